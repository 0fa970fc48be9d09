package spool

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func temporary(t *testing.T) *Spool {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	s := New(f)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func read(t *testing.T, s *Sorter) (all []Record) {
	t.Helper()
	c, err := s.Sorted()
	if err != nil {
		t.Fatal(err)
	}
	for r, ok := c.Next(); ok; r, ok = c.Next() {
		all = append(all, r)
	}
	if c.Err() != nil {
		t.Fatal(c.Err())
	}
	return all
}

// Records come in order however many fit into memory, as often as they are asked for.
func TestRecordsComeInOrder(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 7, 8, 9, 64, 1000, 20 * runAhead} {
		s := NewSorter(temporary(t))
		if s.most = 8; n > 1000 {
			s.most = 2*runAhead + 5
		}
		var want []Record
		for range n {
			r := Record{rng.Uint64N(50), rng.Uint64N(5), rng.Uint64()}
			want = append(want, r)
		}
		if err := s.Add(want...); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(want, func(a, b Record) int { return compare(&a, &b) })
		for range 2 {
			if got := read(t, s); !slices.Equal(got, want) {
				t.Fatalf("%d records: got %d, or in another order", n, len(got))
			}
		}
		if err := s.Add(Record{}); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s); len(got) != n+1 || got[0] != (Record{}) {
			t.Fatalf("one more than %d records: %d", n, len(got))
		}
	}
}

// Texts and runs share the file, and are found where they stand.
func TestTextsStandAmongRuns(t *testing.T) {
	t.Parallel()
	spool := temporary(t)
	s := NewSorter(spool)
	s.most = 4
	var at []int64
	for n := range 10 {
		p, err := spool.Append([]byte{byte(n), byte(n + 1)})
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, p)
		if err := s.Add(Record{Hi: uint64(100 - n)}); err != nil {
			t.Fatal(err)
		}
	}
	for n, p := range at {
		b := make([]byte, 2)
		if k, err := spool.Read(b, p); err != nil || k != 2 || b[0] != byte(n) {
			t.Errorf("text %d: %v %v", n, b, err)
		}
	}
	if k, err := spool.Read(make([]byte, 100), spool.Size()-1); err != nil || k != 1 {
		t.Errorf("beyond the end: %d %v", k, err)
	}
	if got := read(t, s); len(got) != 10 || got[0].Hi != 91 {
		t.Errorf("%v", got)
	}
}

// broken is a file that fails from some place on.
type broken struct {
	File
	writes int
	after  int64
}

var errDisk = errors.New("the disk is gone")

func (b *broken) Write(p []byte) (int, error) {
	if b.writes--; b.writes < 0 {
		return 0, errDisk
	}
	return b.File.Write(p)
}

func (b *broken) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > b.after {
		return 0, errDisk
	}
	return b.File.ReadAt(p, at)
}

func TestAFailingFileIsToldOf(t *testing.T) {
	t.Parallel()
	spool := temporary(t)
	spool.file = &broken{File: spool.file, writes: 2, after: 1 << 40}
	s := NewSorter(spool)
	s.most = 2
	if err := s.Add(Record{}, Record{}, Record{}, Record{}, Record{}, Record{}); !errors.Is(err, errDisk) {
		t.Errorf("writing: %v", err)
	}
	spool = temporary(t)
	spool.file = &broken{File: spool.file, writes: 100, after: recordSize * (runAhead + 1)}
	s = NewSorter(spool)
	s.most = 2 * runAhead
	if err := s.Add(make([]Record, 2*runAhead)...); err != nil {
		t.Fatal(err)
	}
	c, err := s.Sorted()
	if err != nil {
		t.Fatal(err)
	}
	for _, ok := c.Next(); ok; _, ok = c.Next() {
	}
	if !errors.Is(c.Err(), errDisk) {
		t.Errorf("reading: %v", c.Err())
	}
	spool.file = &broken{File: spool.file}
	if _, err := s.Sorted(); !errors.Is(err, errDisk) {
		t.Errorf("beginning to read: %v", err)
	}
}

var _ io.ReaderAt = (*broken)(nil)

// Records come into the same order as by comparing all with each other, however their octets are spread.
func TestOrderOfManyRecords(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for name, hi := range map[string]func(n int) uint64{
		"spread":           func(int) uint64 { return rng.Uint64() },
		"all the same":     func(int) uint64 { return 7 },
		"two":              func(int) uint64 { return rng.Uint64N(2) << 63 },
		"in order":         func(n int) uint64 { return uint64(n) },
		"from the end":     func(n int) uint64 { return ^uint64(n) },
		"few, far apart":   func(int) uint64 { return rng.Uint64N(3) * 0x5500000000000055 },
		"most in a corner": func(int) uint64 { return 1 << rng.Uint64N(64) },
		"low octets alone": func(int) uint64 { return 0xff00ff00ff00ff00 | rng.Uint64N(200) },
		"one beside":       func(n int) uint64 { return map[bool]uint64{true: 1 << 40}[n == 100] },
	} {
		for _, size := range []int{0, 1, fewRecords, fewRecords + 1, 10_000, 70_000} {
			rs := make([]Record, size)
			for n := range rs {
				rs[n] = Record{hi(n), rng.Uint64N(4), rng.Uint64N(4)}
			}
			want := slices.Clone(rs)
			slices.SortFunc(want, func(a, b Record) int { return compare(&a, &b) })
			if order(rs); !slices.Equal(rs, want) {
				t.Errorf("%s: %d records are out of order", name, size)
			}
		}
	}
}

func BenchmarkSorter(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	f, err := os.Create(filepath.Join(b.TempDir(), "spool"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	s := NewSorter(New(f))
	for b.Loop() {
		if err := s.Add(Record{rng.Uint64(), rng.Uint64(), 1}); err != nil {
			b.Fatal(err)
		}
	}
	c, err := s.Sorted()
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, ok := c.Next(); ok; _, ok = c.Next() {
		n++
	}
	if n < b.N {
		b.Fatal(n)
	}
}
