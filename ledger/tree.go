package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a node of the tree: 32 bytes of SHA-256. A [32]byte can be given wherever a Hash is
// asked for.
type Hash = tlog.Hash

// HashReader reads stored tree nodes by their index (StoredHashIndex), in the order asked for. The
// store implements it.
type HashReader func(indexes []int64) ([]Hash, error)

// ReadHashes makes a HashReader usable with tlog.
func (r HashReader) ReadHashes(indexes []int64) ([]Hash, error) { return r(indexes) }

// LeafHash is the leaf's hash in the tree: SHA-256(0x00 ‖ leaf), RFC 6962 section 2.1.
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }

// StoredHashIndex is where the node n of a level (0 are the leaves) is stored.
func StoredHashIndex(level int, n int64) int64 { return tlog.StoredHashIndex(level, n) }

// StoredHashCount is how many nodes are stored for a tree of size entries.
func StoredHashCount(size int64) int64 { return tlog.StoredHashCount(size) }

// StoredHashes returns the nodes to store when leaf seq is appended, the first at
// StoredHashIndex(0, seq), the others at the indexes that follow.
func StoredHashes(seq int64, leaf []byte, r HashReader) ([]Hash, error) {
	if err := checkSize(seq); err != nil {
		return nil, err
	}
	return tlog.StoredHashes(seq, leaf, r)
}

// TreeHash is the root of the tree of the first size entries, from stored nodes.
func TreeHash(size int64, r HashReader) (Hash, error) {
	if err := checkSize(size); err != nil {
		return Hash{}, err
	}
	return tlog.TreeHash(size, r)
}

// ProveInclusion returns the hashes that lead from entry seq to the root of size (RFC 6962 section
// 2.1.1).
func ProveInclusion(size, seq int64, r HashReader) ([]Hash, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	return tlog.ProveRecord(size, seq, r)
}

// CheckInclusion checks that the tree of size and root holds leaf as its entry seq.
func CheckInclusion(proof []Hash, size int64, root Hash, seq int64, leaf Hash) error {
	if err := checkSize(size); err != nil {
		return err
	}
	return tlog.CheckRecord(proof, size, root, seq, leaf)
}

// ProveConsistency returns the hashes that show the tree of size older to be the beginning of the
// tree of size (RFC 6962 section 2.1.2).
func ProveConsistency(size, older int64, r HashReader) ([]Hash, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	return tlog.ProveTree(size, older, r)
}

// CheckConsistency checks that the older tree is the beginning of the newer one.
func CheckConsistency(proof []Hash, size int64, root Hash, older int64, olderRoot Hash) error {
	if err := checkSize(size); err != nil {
		return err
	}
	return tlog.CheckTree(proof, size, root, older, olderRoot)
}

// Root computes the root from the hashes of all leaves, without any stored node (RFC 6962
// section 2.1).
func Root(leaves []Hash) Hash {
	var f frontier
	for _, leaf := range leaves {
		f.push(leaf, nil)
	}
	return f.root()
}

func checkSize(size int64) error {
	if size < 0 || size > MaxSize {
		return fmt.Errorf("a ledger of %d entries is out of bounds", size)
	}
	return nil
}
