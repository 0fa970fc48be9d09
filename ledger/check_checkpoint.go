package ledger

import (
	"fmt"
	"math"
)

// readCheckpoints reads all checkpoints, finds lost and surplus ones, and notes the sizes whose
// roots have to be recomputed.
func (c *check) readCheckpoints() error {
	pages := &pager[StoredCheckpoint]{
		read: c.src.Checkpoints, key: func(p StoredCheckpoint) int64 { return p.N }, from: math.MinInt64,
	}
	next := int64(1)
	for {
		p, ok, err := pages.next(c.ctx)
		if err != nil {
			return fmt.Errorf("read checkpoints: %w", err)
		}
		if !ok {
			break
		}
		switch {
		case p.N < next:
			c.fault(-1, "checkpoint %d: its number is not from 1 on or comes twice", p.N)
			continue
		case p.N > c.head.Checkpoints:
			c.fault(-1, "checkpoint %d: the head counts only %d", p.N, c.head.Checkpoints)
		case p.N > next:
			c.missing("checkpoint", next, p.N-1, c.head.Checkpoints)
		}
		next = p.N + 1
		c.checkpoints = append(c.checkpoints, p)
		c.wanted[p.Size] = true
	}
	if next <= c.head.Checkpoints {
		c.missing("checkpoint", next, c.head.Checkpoints, c.head.Checkpoints)
	}
	return nil
}

// judgeCheckpoint checks one stored checkpoint against its own note and the recomputed tree.
func (c *check) judgeCheckpoint(p StoredCheckpoint) {
	fault := func(format string, args ...any) {
		c.fault(-1, "checkpoint %d (size %d): "+format, append([]any{p.N, p.Size}, args...)...)
	}
	signed, err := OpenCheckpoint(p.Note, c.verifiers...)
	strange := strangeSigner(p.Note, c.verifiers)
	if strange != "" {
		fault("it is signed by the key %s of this ledger, which is not among the keys at hand: the key folder is older than the ledger, or somebody else has signed", plain(strange))
	}
	if err != nil {
		if strange == "" {
			fault("%v", err)
		}
		return
	}
	if c.Origin == "" {
		c.Origin = signed.Origin
	}
	if signed.Origin != c.Origin {
		fault("it is of %s, the ones before it of %s", quote(signed.Origin), quote(c.Origin))
	}
	if newest := newestSigner(p.Note, c.verifiers); newest < c.signer {
		fault("it is signed by a key that had been replaced before")
	} else {
		c.signer = newest
	}
	if signed.Size != p.Size {
		fault("its note is signed for size %d", signed.Size)
	}
	if !same(p.Root, signed.Root) {
		fault("its root differs from the one in its note")
	}
	c.judgeCovered(p, signed, fault)
	c.Checkpoint = p.Note
}

// judgeCovered compares a checkpoint with the entries that it covers.
func (c *check) judgeCovered(p StoredCheckpoint, signed Checkpoint, fault func(string, ...any)) {
	if p.Size > c.head.Size {
		fault("the ledger has only %d entries: rows were lost or an old copy was put back", c.head.Size)
		return
	}
	if p.Size < 1 {
		fault("it covers no entry")
		return
	}
	root, ok := c.roots[p.Size]
	if ok && signed.Size == p.Size && root != signed.Root {
		fault("the root signed is not that of the first %d entries", p.Size)
	}
	if at, known := c.times[p.Size]; known && !at.Equal(p.At) {
		fault("its time is not that of entry %d, the newest that it covers", p.Size-1)
	}
}

// missing names a run of lost items.
func (c *check) missing(what string, first, last, of int64) {
	if first == last {
		c.fault(entryOf(what, first), "%s %d of %d is missing", what, first, of)
		return
	}
	c.fault(entryOf(what, first), "%s %d to %d of %d are missing", plural(what), first, last, of)
}

func entryOf(what string, n int64) int64 {
	if what == "entry" {
		return n
	}
	return -1
}

func plural(what string) string {
	if what == "entry" {
		return "entries"
	}
	return what + "s"
}
