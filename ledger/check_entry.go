package ledger

import (
	"fmt"
	"math"
	"time"
)

// readEntries walks over all entries in order, with their payloads, nodes and rows alongside.
func (c *check) readEntries() error {
	c.mark()
	entries := &pager[StoredEntry]{
		read: c.src.Entries, key: func(e StoredEntry) int64 { return e.Seq }, from: math.MinInt64,
	}
	var page []expected
	for {
		e, ok, err := entries.next(c.ctx)
		if err != nil {
			return fmt.Errorf("read entries: %w", err)
		}
		if !ok {
			break
		}
		want := c.tree.size
		switch {
		case e.Seq < want:
			c.entryFault(e.Seq, "its number is negative or comes twice")
			continue
		case e.Seq >= c.head.Size:
			c.entryFault(e.Seq, "the head counts only %d entries", c.head.Size)
			continue
		case e.Seq > want:
			if err := c.bridge(e.Seq); err != nil {
				return err
			}
		}
		x, err := c.entry(e)
		if err != nil {
			return err
		}
		if page = append(page, x); len(page) == pageSize {
			if err := c.judgePage(page, e.Seq+1); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	if err := c.judgePage(page, c.head.Size); err != nil {
		return err
	}
	return c.bridge(c.head.Size)
}

// entry checks one entry and appends it to the tree.
func (c *check) entry(e StoredEntry) (expected, error) {
	before := len(c.Faults) + c.More
	x := expected{seq: e.Seq}
	l := Leaf{Seq: e.Seq, Kind: e.Kind, At: e.At}
	commitment := len(e.Commitment) == len(l.Commitment)
	if commitment {
		l.Commitment = [32]byte(e.Commitment)
	}
	if !commitment || !validKind(e.Kind) || !e.At.Equal(e.At.Truncate(time.Millisecond)) {
		c.entryFault(e.Seq, "its kind, time or commitment is malformed")
	}
	if err := c.leaf(e, LeafHash(l.Marshal())); err != nil {
		return x, err
	}
	if e.At.Before(c.last) {
		c.entryFault(e.Seq, "time is before entry %d", c.lastSeq)
	}
	c.last, c.lastSeq = e.At, e.Seq
	c.mark()
	if err := c.payload(l, &x); err != nil {
		return x, err
	}
	if len(c.Faults)+c.More == before {
		c.Entries[e.Kind]++
	}
	return x, nil
}

// leaf compares the three places that state an entry's leaf hash, its fields, its column and its
// node, and says which one is out of step. The tree goes on with what two of them agree on, or else
// with the node, so that one changed entry is one fault and not one per root after it; the signed
// roots judge the rest.
func (c *check) leaf(e StoredEntry, fields Hash) error {
	node, err := c.leafNode(e.Seq)
	if err != nil {
		return err
	}
	use := fields
	switch {
	case same(e.LeafHash, fields):
	case same(node.Hash, fields):
		c.entryFault(e.Seq, "leaf hash differs from that of its fields")
	case len(e.LeafHash) == len(use) && same(node.Hash, Hash(e.LeafHash)):
		c.entryFault(e.Seq, "its kind, time or commitment was changed: they do not give its leaf hash")
		use = Hash(e.LeafHash)
	default:
		c.entryFault(e.Seq, "leaf hash differs from that of its fields and from its tree node")
		if len(node.Hash) == len(use) {
			use = Hash(node.Hash)
		}
	}
	return c.push(use)
}

// bridge passes over lost entries up to the number given, with their stored leaf hashes in their
// place so that what follows can still be judged. When those are lost too, the tree is broken.
func (c *check) bridge(to int64) error {
	first := c.tree.size
	if first >= to {
		return nil
	}
	c.missing("entry", first, to-1, c.head.Size)
	for seq := first; seq < to && !c.broken; seq++ {
		node, err := c.leafNode(seq)
		if err != nil {
			return err
		}
		if len(node.Hash) != len(Hash{}) {
			c.broken = true
			break
		}
		if err := c.push(Hash(node.Hash)); err != nil {
			return err
		}
		c.mark()
	}
	if c.broken {
		c.tree.size = to
	}
	return nil
}

// mark notes the root at this size if somebody states one.
func (c *check) mark() {
	size := c.tree.size
	if !c.wanted[size] {
		return
	}
	if !c.broken {
		c.roots[size] = c.tree.root()
	}
	if c.lastSeq == size-1 {
		c.times[size] = c.last
	}
}

// payload checks the content of an entry and notes what it states.
func (c *check) payload(l Leaf, x *expected) error {
	if err := c.payloadsBelow(l.Seq); err != nil {
		return err
	}
	p, ok, err := c.payloads.peek(c.ctx)
	if err != nil {
		return fmt.Errorf("read payloads: %w", err)
	}
	if ok && p.Seq == l.Seq {
		c.payloads.page = c.payloads.page[1:]
	} else {
		p = StoredPayload{}
	}
	if p.Salt == nil && p.Payload == nil {
		c.lost[l.Seq] = true
		return nil
	}
	if len(p.Salt) != 32 || Commit([32]byte(p.Salt), p.Payload) != l.Commitment {
		c.entryFault(l.Seq, "payload does not match its commitment")
	}
	var field func(name, value string)
	if c.listener != nil {
		field = func(name, value string) { c.listener.Field(l.Seq, name, value) }
	}
	facts, err := readPayload(string(p.Payload), nil, field)
	if err != nil {
		c.entryFault(l.Seq, "its payload is %v", err)
		return nil
	}
	x.known, x.rows = true, facts.rows
	for _, ref := range facts.documents {
		if _, known := c.refs[ref.sha]; !known {
			c.refs[ref.sha] = l.Seq
		}
	}
	if l.Kind == KindErased {
		facts.erased(func(seq int64) { c.erased[seq] = l.Seq })
	}
	return nil
}

// payloadsBelow passes over payloads of entries that do not exist.
func (c *check) payloadsBelow(seq int64) error {
	for {
		p, ok, err := c.payloads.peek(c.ctx)
		if err != nil {
			return fmt.Errorf("read payloads: %w", err)
		}
		if !ok || p.Seq >= seq {
			return nil
		}
		c.payloads.page = c.payloads.page[1:]
		c.fault(p.Seq, "payload of entry %d: there is no such entry", p.Seq)
	}
}
