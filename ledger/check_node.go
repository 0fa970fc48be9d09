package ledger

import "fmt"

// leafNode looks at the stored node of a leaf without taking it; its hash is nil when it is lost.
func (c *check) leafNode(seq int64) (StoredNode, error) {
	if c.broken {
		return StoredNode{}, nil
	}
	return c.nodeAt(StoredHashIndex(0, seq))
}

// nodeAt looks at the stored node of an index and names those before it, which belong nowhere.
func (c *check) nodeAt(index int64) (StoredNode, error) {
	for {
		node, ok, err := c.nodes.peek(c.ctx)
		if err != nil {
			return StoredNode{}, fmt.Errorf("read tree nodes: %w", err)
		}
		if !ok || node.Index > index {
			return StoredNode{}, nil
		}
		if node.Index == index {
			return node, nil
		}
		c.nodes.page = c.nodes.page[1:]
		c.fault(-1, "tree node %d belongs to no tree", node.Index)
	}
}

// push appends a leaf to the tree and compares the nodes that it completes with the stored ones.
func (c *check) push(leaf Hash) error {
	if c.broken {
		c.tree.size++
		return nil
	}
	var failed error
	c.tree.push(leaf, func(level int, n int64, h Hash) {
		if failed == nil {
			failed = c.node(level, n, h)
		}
	})
	return failed
}

func (c *check) node(level int, n int64, h Hash) error {
	index := StoredHashIndex(level, n)
	node, err := c.nodeAt(index)
	if err != nil {
		return err
	}
	if node.Hash == nil {
		c.fault(-1, "tree node %d (level %d, index %d) is missing", index, level, n)
		return nil
	}
	c.nodes.page = c.nodes.page[1:]
	if !same(node.Hash, h) {
		c.fault(-1, "tree node %d (level %d, index %d) differs", index, level, n)
	}
	return nil
}

// restNodes names the nodes behind the tree. A broken tree says nothing about its nodes.
func (c *check) restNodes() error {
	count := StoredHashCount(c.head.Size)
	for {
		node, ok, err := c.nodes.next(c.ctx)
		if err != nil {
			return fmt.Errorf("read tree nodes: %w", err)
		}
		if !ok {
			return nil
		}
		if node.Index >= count {
			c.fault(-1, "tree node %d: the tree of %d entries has only %d nodes", node.Index, c.head.Size, count)
		}
	}
}
