package spool

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Record is ordered by its parts from the first to the last.
type Record struct{ Hi, Lo, Tag uint64 }

func compare(a, b *Record) int {
	if a.Hi != b.Hi { // nearly always
		if a.Hi < b.Hi {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Tag, b.Tag))
}

const (
	recordSize = 24      // octets in the file
	runRecords = 1 << 18 // that are sorted in memory at a time: 6 MiB
	runAhead   = 1 << 10 // that are read at once of each run: 24 KiB
)

// Sorter puts records in order: some at a time in memory, each such run then in the file. When all fit into
// memory the file is left alone.
type Sorter struct {
	spool *Spool
	buf   []Record
	runs  []run
	ready bool // buf is sorted
	most  int  // records of a run
}

// run is a sorted piece in the file.
type run struct {
	at      int64
	records int
}

// NewSorter keeps its runs in s.
func NewSorter(s *Spool) *Sorter { return &Sorter{spool: s, most: runRecords} }

// Add takes some records.
func (s *Sorter) Add(rs ...Record) error {
	for len(rs) > 0 {
		n := min(len(rs), s.most-len(s.buf))
		s.room(n)
		s.buf, s.ready = append(s.buf, rs[:n]...), false
		rs = rs[n:]
		if len(s.buf) == s.most {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// manyRecords is from how many on a run is taken for one that becomes full.
const manyRecords = 1 << 12

// room makes room for n records more: from many on at once for all of a run, since what grows by and by takes several times the memory of
// its end.
func (s *Sorter) room(n int) {
	if len(s.buf) >= manyRecords && len(s.buf)+n > cap(s.buf) {
		s.buf = append(make([]Record, 0, s.most), s.buf...)
	}
}

func (s *Sorter) sort() {
	if !s.ready {
		order(s.buf)
		s.ready = true
	}
}

// fewRecords is how many are put in order by comparing them with each other.
const fewRecords = 256

// order sorts in place. Digests are spread evenly: put into 256 groups by the first octet in which they differ, and each of these again, they
// need a third of the comparisons.
func order(rs []Record) {
	if len(rs) > fewRecords {
		if shift, some := differ(rs); some {
			for _, group := range groups(rs, shift) {
				order(group)
			}
			return
		}
	}
	slices.SortFunc(rs, func(a, b Record) int { return compare(&a, &b) })
}

// differ is by how much Hi is to be shifted so that its lowest octet is the first in which records differ; none do where some is false.
func differ(rs []Record) (shift int, some bool) {
	least, most := rs[0].Hi, rs[0].Hi
	for i := range rs {
		least, most = min(least, rs[i].Hi), max(most, rs[i].Hi)
	}
	return max(0, bits.Len64(least^most)-8), least != most
}

// groups moves records so that those with the same octet stand together, lower octets first.
func groups(rs []Record, shift int) (out [256][]Record) {
	var next, ends [256]int
	for i := range rs {
		ends[byte(rs[i].Hi>>shift)]++
	}
	begin := 0
	for g, n := range ends {
		out[g] = rs[begin : begin+n]
		next[g], ends[g] = begin, begin+n
		begin += n
	}
	for g := range next {
		for next[g] < ends[g] {
			r := rs[next[g]]
			for to := int(byte(r.Hi >> shift)); to != g; to = int(byte(r.Hi >> shift)) {
				rs[next[to]], r = r, rs[next[to]]
				next[to]++
			}
			rs[next[g]] = r
			next[g]++
		}
	}
	return out
}

// flush writes the records in memory as a run.
func (s *Sorter) flush() error {
	s.sort()
	s.runs = append(s.runs, run{s.spool.Size(), len(s.buf)})
	bytes := make([]byte, 0, recordSize*runAhead)
	for some := range slices.Chunk(s.buf, runAhead) {
		bytes = bytes[:0]
		for _, r := range some {
			bytes = binary.LittleEndian.AppendUint64(bytes, r.Hi)
			bytes = binary.LittleEndian.AppendUint64(bytes, r.Lo)
			bytes = binary.LittleEndian.AppendUint64(bytes, r.Tag)
		}
		if _, err := s.spool.Append(bytes); err != nil {
			return err
		}
	}
	s.buf = s.buf[:0]
	return nil
}

// Sorted reads all records in order. It may be called again; nothing may be added while one is read.
func (s *Sorter) Sorted() (*Cursor, error) {
	s.sort()
	c := &Cursor{spool: s.spool}
	if len(s.buf) > 0 {
		c.heads = append(c.heads, &head{ahead: s.buf})
	}
	for _, r := range s.runs {
		h := &head{at: r.at, left: r.records, own: make([]Record, 0, min(runAhead, r.records)), bytes: make([]byte, recordSize*min(runAhead, r.records))}
		if err := h.fill(c.spool); err != nil {
			return nil, err
		}
		c.heads = append(c.heads, h)
	}
	for i := len(c.heads)/2 - 1; i >= 0; i-- {
		c.sink(i)
	}
	return c, nil
}

// Cursor reads records in order. The run with the least of the next ones stands first in heads, which are a heap.
type Cursor struct {
	spool *Spool
	heads []*head
	err   error
}

// head is what is next of one run.
type head struct {
	ahead []Record // never empty in a heap
	own   []Record // the memory of ahead, nil for what was in memory all along
	bytes []byte
	at    int64
	left  int // behind ahead
}

func (h *head) fill(s *Spool) error {
	n := min(h.left, cap(h.own))
	b := h.bytes[:recordSize*n]
	if _, err := s.Read(b, h.at); err != nil {
		return err
	}
	h.at, h.left, h.ahead = h.at+int64(len(b)), h.left-n, h.own[:n]
	for i := range h.ahead {
		at := b[recordSize*i:]
		h.ahead[i] = Record{binary.LittleEndian.Uint64(at), binary.LittleEndian.Uint64(at[8:]), binary.LittleEndian.Uint64(at[16:])}
	}
	return nil
}

// Next is the next record; ok is false behind the last, and when the file fails: see Err.
func (c *Cursor) Next() (r Record, ok bool) {
	if len(c.heads) == 0 {
		return r, false
	}
	h := c.heads[0]
	r = h.ahead[0]
	if h.ahead = h.ahead[1:]; len(h.ahead) == 0 && !c.renew(h) {
		return r, c.err == nil
	}
	c.sink(0)
	return r, true
}

// renew reads on in the first run, or takes it out of the heap: false when there is no heap any more.
func (c *Cursor) renew(h *head) bool {
	if h.left > 0 {
		if c.err = h.fill(c.spool); c.err != nil {
			c.heads = nil
		}
		return c.err == nil
	}
	last := len(c.heads) - 1
	c.heads[0] = c.heads[last]
	c.heads = c.heads[:last]
	return last > 0
}

// Err is why Next ended early.
func (c *Cursor) Err() error { return c.err }

func (c *Cursor) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(c.heads); child++ {
			if compare(&c.heads[child].ahead[0], &c.heads[least].ahead[0]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		c.heads[i], c.heads[least] = c.heads[least], c.heads[i]
		i = least
	}
}
