package ledger

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier computes the tree from its leaves alone, in memory that grows with the logarithm of its
// size: the roots of the complete subtrees at its right edge, largest first. It shares no code
// with the stored nodes that it serves to check.
type frontier struct {
	size  int64
	edge  []Hash
	level []int // of the subtree in edge, strictly falling
}

// push appends a leaf. For each node that becomes complete, the leaf first and then its ancestors,
// it calls node with level and number: the order in which nodes are stored.
func (f *frontier) push(leaf Hash, node func(level int, n int64, h Hash)) {
	h, level := leaf, 0
	n := f.size
	if node != nil {
		node(0, n, h)
	}
	for last := len(f.edge) - 1; last >= 0 && f.level[last] == level; last-- {
		h = tlog.NodeHash(f.edge[last], h)
		level, n = level+1, n>>1
		f.edge, f.level = f.edge[:last], f.level[:last]
		if node != nil {
			node(level, n, h)
		}
	}
	f.edge, f.level = append(f.edge, h), append(f.level, level)
	f.size++
}

// root is the tree hash of the leaves pushed so far.
func (f *frontier) root() Hash {
	last := len(f.edge) - 1
	if last < 0 {
		return sha256.Sum256(nil)
	}
	h := f.edge[last]
	for i := last - 1; i >= 0; i-- {
		h = tlog.NodeHash(f.edge[i], h)
	}
	return h
}
