package campaign

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/spool"
)

// A file may have more rows than memory should hold. What a row says is packed as the store keeps it and laid
// aside in a temporary file; of its keys the short forms are sorted there. Rows that share an identity then
// stand side by side, and only these are taken up again to be merged. What stays in memory of a row is where it
// lies and in whose place it stands.

// told is what an import tells of a file.
type told struct {
	Rejects    []Reject
	Notes      []Note
	Conflicts  []Note        // a yes that stands against a no of the same person
	Suppress   [][]PersonKey // per rejected row that carries a no, its keys
	Beside     [][]PersonKey // per other row that does, those of its further mailboxes
	Columns    []ColumnRead
	Rows       int
	Duplicates int            // rows merged into another row of the file
	Stated     map[string]int // field → rows that it was stated of
}

// intake is what was read of a file.
type intake struct {
	told
	importer *importer
	packer   Packer
	spool    *spool.Spool
	leaves   leaves
	at       []int64       // where the leaf of each kept row lies
	first    []uint32      // of each kept row the first of its person
	keys     *spool.Sorter // of all kept rows: the short key, and in Tag whose it is (keyTag)
	merged   *spool.Sorter // the same of people of several rows: their identity
	tail     int64         // where the leaves of these begin
	met      strangers     // rows that share a number
}

// A key's tag is its row, and what the key is to it: the place in which its identity is looked for, or no part
// of its identity.
const (
	tagRow   = 1<<32 - 1
	tagRank  = 32
	tagOther = 1 << 63
)

// mostRows is beyond what one file may have.
const mostRows = tagRow >> 2

func keyRecord(k *PersonKey, tag uint64) spool.Record {
	s := k.Short()
	return spool.Record{Hi: binary.BigEndian.Uint64(s[:8]), Lo: binary.BigEndian.Uint64(s[8:]), Tag: tag}
}

func shortOf(r *spool.Record) (k ShortKey) {
	binary.BigEndian.PutUint64(k[:8], r.Hi)
	binary.BigEndian.PutUint64(k[8:], r.Lo)
	return k
}

func (d *Desk) newIntake(src ImportSource, i *importer) (*intake, error) {
	f, err := src.Spool()
	if err != nil {
		return nil, err
	}
	s := spool.New(f)
	return &intake{told: told{Stated: map[string]int{}}, importer: i, packer: d.store, spool: s, leaves: leaves{spool: s}, keys: spool.NewSorter(s), merged: spool.NewSorter(s)}, nil
}

func (in *intake) close() error { return in.spool.Close() }

// written lets go of what was kept of rows: what is suppressed in the end needs memory, too.
func (in *intake) written() { in.at, in.first, in.keys, in.merged = nil, nil, nil, nil }

// read takes all lines up, and finds which rows are one person's.
func (in *intake) read(ctx context.Context, lines iter.Seq2[Line, error]) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for part := range in.readParts(ctx, lines) {
		<-part.read
		if part.err != nil {
			return part.err
		}
		if err := in.take(part); err != nil {
			return err
		}
		part.give()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	in.Columns = in.importer.rows.columns.read()
	return in.group()
}

// take keeps a part.
func (in *intake) take(p *importPart) error {
	in.Rows += len(p.lines)
	in.Rejects, in.Notes, in.Suppress = append(in.Rejects, p.rejects...), append(in.Notes, p.notes...), append(in.Suppress, p.suppress...)
	in.Beside = append(in.Beside, p.beside...)
	for field, n := range p.stated {
		in.Stated[field] += n
	}
	if len(in.at)+len(p.starts) > mostRows {
		return fault.New(fault.Invalid, "tabular.rows", "the file has more than {limit} rows; split it", "limit", mostRows)
	}
	at, err := in.spool.Append(p.leaves)
	if err != nil {
		return err
	}
	for n := range p.keys {
		p.keys[n].Tag += uint64(len(in.at))
	}
	for _, start := range p.starts {
		in.at = append(in.at, at+int64(start))
	}
	return in.keys.Add(p.keys...)
}

// group unites the rows that share an identity, directly or by others, under the first of them.
func (in *intake) group() error {
	in.first = make([]uint32, len(in.at))
	for n := range in.first {
		in.first[n] = uint32(n)
	}
	keys, err := in.keys.Sorted()
	if err != nil {
		return err
	}
	var before spool.Record
	any := false
	for k, ok := keys.Next(); ok; k, ok = keys.Next() {
		if k.Tag&tagOther != 0 {
			continue
		}
		if any && k.Hi == before.Hi && k.Lo == before.Lo {
			in.unite(uint32(k.Tag), uint32(before.Tag))
		}
		before, any = k, true
	}
	in.tail = in.spool.Size()
	return errors.Join(keys.Err(), in.merge())
}

func (in *intake) unite(a, b uint32) {
	a, b = in.root(a), in.root(b)
	in.first[max(a, b)] = min(a, b)
}

func (in *intake) root(n uint32) uint32 {
	for in.first[n] != n {
		in.first[n] = in.first[in.first[n]] // half the way for whoever comes next
		n = in.first[n]
	}
	return n
}

// merge makes one leaf of those of each person with several rows.
func (in *intake) merge() error {
	var later []uint64 // the first row of a person, and another one
	for n := range in.first {
		if r := in.root(uint32(n)); r != uint32(n) {
			later = append(later, uint64(r)<<32|uint64(n))
		}
	}
	in.Duplicates = len(later)
	slices.Sort(later)
	for len(later) > 0 {
		root := later[0] >> 32
		n := 1
		for n < len(later) && later[n]>>32 == root {
			n++
		}
		if err := in.mergeRows(uint32(root), later[:n]); err != nil {
			return err
		}
		later = later[n:]
	}
	slices.SortFunc(in.Conflicts, func(x, y Note) int { return x.Line - y.Line })
	const mistakes = 50 // of so many rows one may be joined with a stranger's
	return in.met.refuse(len(in.at) / mistakes)
}

// mergeRows merges the rows of one person.
func (in *intake) mergeRows(root uint32, later []uint64) error {
	rows := make([]Contact, 0, 1+len(later))
	line := 0
	var agrees []int // lines of rows that say yes and no no
	for _, r := range append([]uint64{uint64(root)}, later...) {
		l, err := in.leaves.read(in.at[uint32(r)], leafAhead)
		if err != nil {
			return err
		}
		c, err := l.unpack(in.packer)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			line = l.line
		}
		if l.yes && !l.no {
			agrees = append(agrees, l.line)
		}
		if len(rows) > 0 {
			in.met.see(l.line, &rows[0], &c)
		}
		rows = append(rows, c)
	}
	c := in.importer.keys.join(rows)
	if c.Facts.saidNo() {
		for _, line := range agrees {
			in.Conflicts = append(in.Conflicts, Note{line, "consent_status", "a yes against a no of the same person on another line"})
		}
	}
	at, err := in.spool.Append(appendLeaf(nil, line, &c, in.packer))
	if err != nil {
		return err
	}
	in.at[root] = at
	for n, k := range byRank(in.importer.keys.identity(c)) {
		if err := in.merged.Add(keyRecord(&k, uint64(root)|uint64(n)<<tagRank)); err != nil {
			return err
		}
	}
	return nil
}

// byRank puts an identity in the order in which it is looked for among stored contacts: by external id first,
// then by mailbox.
func byRank(identity []PersonKey) []PersonKey {
	slices.SortStableFunc(identity, func(a, b PersonKey) int { return kindRank(a.Kind) - kindRank(b.Kind) })
	return identity
}

func kindRank(k KeyKind) int {
	if k == KeyPerson {
		return 0
	}
	return 1
}

// several reports whether a person has several rows. row is their first.
func (in *intake) several(row uint32) bool { return in.at[row] >= in.tail }

// people gives everybody in the order of their first rows.
func (in *intake) people(do func(row uint32, l *leaf) error) error {
	side := leaves{spool: in.spool} // those of several rows lie elsewhere
	var l leaf
	for n := range in.at {
		row := uint32(n)
		if in.first[row] != row {
			continue
		}
		from, ahead := &in.leaves, leavesAhead
		if in.several(row) {
			from, ahead = &side, leafAhead
		}
		var err error
		if l, err = from.read(in.at[row], ahead); err == nil {
			err = do(row, &l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refused is fault.Invalid when there were rows and none could be taken.
func (f *told) refused() error {
	if f.Rows == 0 {
		return fault.New(fault.Invalid, "import.empty", "the file has no rows")
	}
	if len(f.Rejects) < f.Rows {
		return nil
	}
	first := f.Rejects[0]
	return fault.New(fault.Invalid, "import.rejected", "all {rows} rows were rejected, the first at line {line}: {reason}",
		"rows", f.Rows, "line", first.Line, "reason", strings.TrimPrefix(first.Column+": "+first.Reason, ": ")).
		Hint("the rejects file names each; --map FIELD=COLUMN, --delimiter, --encoding and --date-format say how the file is written")
}

// partLines is how many lines are read at once by one reader.
const partLines = 512

// importPart is some lines on their way from the file to the people they speak of.
type importPart struct {
	lines    []Line
	leaves   []byte         // of the rows that are kept
	starts   []int          // of each in leaves
	keys     []spool.Record // of all of them, with the place in starts for the row
	rejects  []Reject
	notes    []Note
	suppress [][]PersonKey
	beside   [][]PersonKey
	stated   map[string]int
	err      error         // the file cannot be read on
	read     chan struct{} // closed when all this is there
}

// parts lends the memory of parts that were taken to the next ones.
var parts = sync.Pool{New: func() any { return new(importPart) }}

func newPart() *importPart {
	p := parts.Get().(*importPart)
	p.read = make(chan struct{})
	return p
}

// give ends the use of a part.
func (p *importPart) give() {
	clear(p.lines)
	*p = importPart{lines: p.lines[:0], leaves: p.leaves[:0], starts: p.starts[:0], keys: p.keys[:0]}
	parts.Put(p)
}

// readParts reads lines on all processors and gives them in the order of the file. It ends early when
// the context does.
func (in *intake) readParts(ctx context.Context, lines iter.Seq2[Line, error]) <-chan *importPart {
	readers := runtime.GOMAXPROCS(0)
	ordered, work := make(chan *importPart, 2*readers), make(chan *importPart)
	for range readers {
		go func() {
			for p := range work {
				p.readWith(in.importer, in.packer)
			}
		}()
	}
	go func() {
		defer close(ordered)
		defer close(work)
		p := newPart()
		hand := func() bool {
			select {
			case ordered <- p:
			case <-ctx.Done():
				return false
			}
			work <- p // the readers take it whatever happens
			p = newPart()
			return true
		}
		for line, err := range lines {
			if p.err = err; err == nil {
				p.lines = append(p.lines, line)
			}
			if (err != nil || len(p.lines) == partLines) && (!hand() || err != nil) {
				return
			}
		}
		hand()
	}()
	return ordered
}

// readWith reads the part's lines.
func (p *importPart) readWith(i *importer, by Packer) {
	defer close(p.read)
	if len(p.lines) == 0 {
		return
	}
	if err := i.guarded(p.lines[0].Number, func() {
		var r rowRead // it is large: one does for all
		for _, l := range p.lines {
			i.read(l, &r)
			p.add(&r, by)
		}
	}); err != nil {
		p.err = err
	}
}

// guarded makes a panic the import's failure, not the process's.
func (i *importer) guarded(line int, do func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(fault.Internal, "import.panic", "the lines from {line} on cannot be read", "line", line).Because(fmt.Errorf("%v", r)).At("campaign.Import")
		}
	}()
	do()
	return nil
}

func (p *importPart) add(r *rowRead, by Packer) {
	p.notes = append(p.notes, r.notes...)
	if r.reject != nil {
		p.rejects = append(p.rejects, *r.reject)
		if r.contact.Facts.saidNo() {
			if ks := slices.Concat(silenced(r.contact.Keys), r.beside); len(ks) > 0 {
				p.suppress = append(p.suppress, ks)
			}
		}
		return
	}
	if len(r.beside) > 0 {
		p.beside = append(p.beside, r.beside)
	}
	for _, c := range r.contact.Facts.Claims {
		for _, field := range c.Stated {
			if p.stated == nil {
				p.stated = map[string]int{}
			}
			p.stated[field]++
		}
	}
	row := uint64(len(p.starts))
	p.starts = append(p.starts, len(p.leaves))
	p.leaves = appendLeaf(p.leaves, r.line, &r.contact, by)
	for n := range r.contact.Keys {
		k := &r.contact.Keys[n]
		tag := row | tagOther
		if slices.Contains(r.identity, *k) {
			tag = row | uint64(kindRank(k.Kind))<<tagRank
		}
		p.keys = append(p.keys, keyRecord(k, tag))
	}
}
