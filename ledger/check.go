package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// pageSize is how many rows of a table Check holds at a time.
const pageSize = 1000

// Check recomputes the whole ledger from its entries and names everything that does not fit:
// entries, payloads, tree nodes, checkpoints, rows of evidence and documents. Stored hashes are
// compared, never trusted. Verifiers are the public keys, the
// oldest first: once one has signed, none before it may sign any more.
// Anchors are heads known from elsewhere; each must be the ledger's root at its size. The error is
// that of the source or of the context; whatever is wrong with the ledger is in the report.
func Check(ctx context.Context, src Source, verifiers []Verifier, anchors []Anchor) (Report, error) {
	c := &check{
		Report: newReport(), ctx: ctx, src: src, verifiers: verifiers, anchors: anchors,
		roots: map[int64]Hash{}, times: map[int64]time.Time{}, wanted: map[int64]bool{},
		lost: map[int64]bool{}, erased: map[int64]int64{}, refs: map[string]int64{},
	}
	c.listener, _ = src.(Listener)
	c.nodes = &pager[StoredNode]{read: src.Nodes, key: func(n StoredNode) int64 { return n.Index }, from: math.MinInt64}
	c.payloads = &pager[StoredPayload]{read: src.Payloads, key: func(p StoredPayload) int64 { return p.Seq }, from: math.MinInt64}
	for _, step := range []func() error{c.readHead, c.readCheckpoints, c.readEntries, c.readRest, c.readDocuments} {
		if err := step(); err != nil {
			return c.Report, err
		}
	}
	c.judgeErasures()
	c.judgeRoots()
	return c.close(), nil
}

// check is the work on one ledger.
type check struct {
	Report
	ctx       context.Context
	src       Source
	listener  Listener // nil when nobody listens
	verifiers []Verifier
	anchors   []Anchor
	head      Head

	checkpoints []StoredCheckpoint
	signer      int                 // place of the newest key that has signed so far
	wanted      map[int64]bool      // sizes whose root somebody states
	roots       map[int64]Hash      // recomputed, at the sizes wanted
	times       map[int64]time.Time // of the newest entry, at the sizes wanted

	tree     frontier
	broken   bool // an entry is lost and so is its leaf hash: later roots cannot be recomputed
	last     time.Time
	lastSeq  int64
	rowsFrom int64  // evidence rows of the entries below are judged
	row      []byte // the one at hand, as it is digested
	nodes    *pager[StoredNode]
	payloads *pager[StoredPayload]

	lost   map[int64]bool   // entries without content
	erased map[int64]int64  // entry → the entry that says it was erased
	refs   map[string]int64 // document → the first entry that refers to it
}

func (c *check) readHead() error {
	head, err := c.src.Head()
	if err != nil {
		return fmt.Errorf("read the ledger's head: %w", err)
	}
	c.head, c.Size, c.Root = head, head.Size, head.Root.String()
	c.lastSeq = -1
	c.wanted[head.Size] = true
	for _, a := range c.anchors {
		c.wanted[a.Size] = true
	}
	if head.Size < 0 || head.Size > MaxSize {
		c.fault(-1, "head: a size of %d is impossible", head.Size)
		c.head.Size = 0
	}
	return nil
}

// readRest looks for what lies outside the ledger: nodes, payloads and rows of no entry.
func (c *check) readRest() error {
	if err := c.restNodes(); err != nil {
		return err
	}
	if err := c.payloadsBelow(math.MaxInt64); err != nil {
		return err
	}
	stray := func(r StoredRow) error {
		c.fault(r.Seq, "%s row of entry %d: there is no such entry", plain(r.Table), r.Seq)
		return c.ctx.Err()
	}
	if err := c.src.Rows(math.MinInt64, 0, stray); err != nil {
		return fmt.Errorf("read rows of no entry: %w", err)
	}
	if err := c.src.Rows(c.head.Size, math.MaxInt64, stray); err != nil {
		return fmt.Errorf("read rows of no entry: %w", err)
	}
	return nil
}

// readDocuments checks every stored document and that none that an entry refers to is lost.
func (c *check) readDocuments() error {
	after := ""
	for {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		page, err := c.src.Documents(after, pageSize)
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		for _, d := range page {
			sum := sha256.Sum256(d.Content)
			if hex.EncodeToString(sum[:]) != d.SHA256 {
				c.fault(-1, "document %s: content does not match its hash", short(d.SHA256))
			}
			delete(c.refs, d.SHA256)
		}
		if len(page) == 0 {
			break
		}
		last := page[len(page)-1].SHA256
		if last <= after {
			return fmt.Errorf("read documents: the source does not move on after %s", short(after))
		}
		after = last
	}
	for _, hash := range slices.Sorted(maps.Keys(c.refs)) {
		c.entryFault(c.refs[hash], "document %s that it refers to is missing", short(hash))
	}
	return nil
}

// judgeErasures compares the entries without content with what the entries of erasure say.
func (c *check) judgeErasures() {
	for _, seq := range slices.Sorted(maps.Keys(c.lost)) {
		if by, said := c.erased[seq]; said && by > seq {
			c.Erased = append(c.Erased, seq)
			continue
		}
		c.entryFault(seq, "its payload is missing and no later entry says that it was erased")
	}
	for _, seq := range slices.Sorted(maps.Keys(c.erased)) {
		if !c.lost[seq] {
			c.entryFault(seq, "entry %d says that it was erased, but its payload is here", c.erased[seq])
		}
	}
}

// judgeRoots compares every stated root with the recomputed one.
func (c *check) judgeRoots() {
	if root, ok := c.roots[c.head.Size]; ok && root != c.head.Root {
		c.fault(-1, "head: its root is not that of the %d entries", c.head.Size)
	}
	signed := map[int64]bool{}
	before := int64(0)
	for _, p := range c.checkpoints {
		if p.Size < before {
			c.fault(-1, "checkpoint %d (size %d): the one before it is of size %d", p.N, p.Size, before)
		}
		before, signed[p.Size] = p.Size, true
		c.judgeCheckpoint(p)
	}
	c.judgeAnchors(signed)
}

// judgeAnchors compares the heads that are known from elsewhere. Who keeps one keeps many, and after a restore none of the later ones fits: what
// they say is said once, of the head that says most, with how many say it.
func (c *check) judgeAnchors(signed map[int64]bool) {
	type saying struct {
		from string
		kind int
	}
	const lost, impossible, rewritten, unsigned = 1, 2, 3, 4
	found, order := map[saying][]int64{}, []saying{}
	for _, a := range c.anchors {
		root, ok := c.roots[a.Size]
		kind := 0
		switch {
		case a.Size > c.head.Size:
			kind = lost
		case a.Size < 0:
			kind = impossible
		case ok && root != a.Root:
			kind = rewritten
		case a.Signed && !signed[a.Size]:
			kind = unsigned
		default:
			continue
		}
		s := saying{plain(a.From), kind}
		if found[s] == nil {
			order = append(order, s)
		}
		found[s] = append(found[s], a.Size)
	}
	for _, s := range order {
		sizes := found[s]
		var what string
		switch s.kind {
		case lost:
			what = fmt.Sprintf("%s knows %d entries, the database has %d: rows were lost or an old copy was put back", s.from, slices.Max(sizes), c.head.Size)
		case impossible:
			what = fmt.Sprintf("%s states a ledger of %d entries, which is impossible", s.from, slices.Min(sizes))
		case rewritten:
			what = fmt.Sprintf("%s knows another root for the first %d entries: history was rewritten", s.from, slices.Min(sizes))
		default:
			what = fmt.Sprintf("the checkpoint of size %d that %s knows is missing", slices.Min(sizes), s.from)
		}
		if len(sizes) > 1 {
			c.fault(-1, "%s (heads that say so: %d)", what, len(sizes))
		} else {
			c.fault(-1, "%s", what)
		}
	}
}

// same reports whether stored bytes are the hash.
func same(stored []byte, h Hash) bool { return bytes.Equal(stored, h[:]) }
