//go:build failpoint

package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/store"
)

// newcomers is how many people the first import brings: more than the engine remembers, so that some are in the file before
// the commit.
const newcomers = 40_000

// The first import into a base is written without the log. After a power cut at any instant it is there wholly, with its entry, or
// not at all; and wholly once somebody was told so.
func TestPowerCutWhileImporting(t *testing.T) {
	t.Parallel()
	strace, p := needStrace(t), program(t)
	s := &shop{program: p, scratch: folder(t)}
	s.dir = filepath.Join(s.scratch, "shop")
	file, before, trace := filepath.Join(s.scratch, "base.csv"), filepath.Join(s.scratch, "before"), filepath.Join(s.scratch, "trace")
	l, err := begin(p, filepath.Join(s.scratch, "said"), nil, "", "init", "--dir", s.dir)
	must(t, err)
	must(t, l.wait())
	must(t, os.WriteFile(file, []byte(base(newcomers)), 0o600))
	must(t, copied(s.dir, before))
	l, err = s.traced(strace, trace, "", "contacts", "import", file)
	must(t, err)
	must(t, l.wait())
	if l.code() != done {
		t.Fatalf("the import ended with %d: %s", l.code(), l.said())
	}
	calls, err := readTrace(trace, l.process.Pid)
	must(t, err)
	d, err := newDisk(s.dir, before, calls)
	must(t, err)
	if len(d.calls["reoptin.db-journal"]) == 0 || len(d.syncs["reoptin.db-journal"]) == 0 {
		t.Fatal("the import went through the log")
	}
	told := slices.IndexFunc(calls, func(c call) bool {
		return c.path == l.output && strings.Contains(string(c.data), fmt.Sprint(newcomers))
	})
	if told < 0 {
		t.Fatalf("nobody was told of %d people: %s", newcomers, l.said())
	}
	var lines []int
	for _, name := range promising {
		for _, c := range slices.Concat(d.calls[name], d.syncs[name], d.syncs["."]) {
			lines = append(lines, c.begin, min(c.end, calls[len(calls)-1].begin))
		}
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	// Most lines write one more page; those where something is decided come at the end.
	dice := rand.New(rand.NewPCG(1, 2))
	looked := lines[max(len(lines)-24, 0):]
	for range imagesOr(t, 8) {
		looked = append(looked, lines[dice.IntN(len(lines))])
	}
	seen := map[int]int{}
	for n, line := range looked {
		people, err := s.imported(d, line, loss(n)%losses, dice)
		if err == nil && people != newcomers && (people != 0 || line >= calls[told].begin) {
			err = fmt.Errorf("%d people", people)
		}
		if err != nil {
			t.Errorf("line %d of %d, loss %d: %v", line, lines[len(lines)-1], loss(n)%losses, err)
		}
		seen[people]++
	}
	if seen[0] == 0 || seen[newcomers] == 0 {
		t.Errorf("the cuts left nothing else than %v", seen)
	}
}

// imported cuts the power at a line and opens what is left. It gives how many people are there.
func (s *shop) imported(d *disk, line int, how loss, dice *rand.Rand) (people int, err error) {
	dir := filepath.Join(s.scratch, "image")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := d.cut(line, how, dice, dir); err != nil {
		return 0, err
	}
	db, err := store.Open(context.Background(), store.Options{Path: filepath.Join(dir, "reoptin.db"), Readers: 1})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	imports := 0
	err = db.View(context.Background(), func(r campaign.Reader) error {
		is, err := r.Imports()
		if imports = len(is); err == nil {
			people, err = r.ContactCount()
		}
		return err
	})
	if err == nil && imports*newcomers != people {
		err = fmt.Errorf("%d imports and %d people", imports, people)
	}
	if err != nil {
		return people, err
	}
	rep, err := db.VerifyLedger(context.Background(), nil, nil)
	if err == nil && len(rep.Faults) > 0 {
		err = fmt.Errorf("the ledger: %+v", rep.Faults)
	}
	return people, err
}
