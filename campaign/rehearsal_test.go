package campaign

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// muddled are rows in which people share numbers and mailboxes across more rows than are written at once.
func muddled(r *rand.Rand, n int) (lines []Line) {
	pick := func(share int, s string) string {
		if r.IntN(100) < share {
			return s
		}
		return ""
	}
	for i := range n {
		cells := []string{pick(60, fmt.Sprintf("E%d", r.IntN(2*n))), pick(80, fmt.Sprintf("p%d@lumen.example", r.IntN(2*n))), pick(10, "oui"), pick(3, "oui"), pick(50, "oui"), "04/03/2025"}
		lines = append(lines, Line{Number: i + 2, Cells: cells})
	}
	return lines
}

// TestADryRunSaysWhatTheImportDoes: it writes nothing and holds nobody up, and its figures are those of the
// import that follows.
func TestADryRunSaysWhatTheImportDoes(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("one after another: runs without the race detector, which makes it ten times as dear and has nothing to see")
	}
	header := []string{"external_id", "email", "optout", "complaint", "consent_status", "collected_at"}
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := newShelf()
		d, ctx := s.desk(t), t.Context()
		for round := range 3 {
			src := source(header, muddled(r, 3500))
			contacts, suppressed := maps.Clone(s.contacts), maps.Clone(s.suppressed)
			dry, err := d.Import(ctx, tester, src, ImportOptions{DryRun: true})
			if err != nil || len(s.contacts) != len(contacts) || !maps.Equal(s.suppressed, suppressed) || len(s.imports) != round || len(s.entries) != round {
				t.Fatalf("seed %d, round %d: %v, something was kept", seed, round, err)
			}
			real, err := d.Import(ctx, tester, src, ImportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			real.Import = 0
			if !reflect.DeepEqual(dry, real) {
				t.Errorf("seed %d, round %d:\n%+v, then\n%+v", seed, round, figures(dry), figures(real))
			}
			if round > 0 && (real.Updated == 0 || real.Conflicts == 0 || real.Suppressed == 0) {
				t.Fatalf("nothing is muddled: %+v", figures(real))
			}
		}
	}
}

func figures(r ImportResult) ImportResult {
	r.Rejects, r.Notes, r.ConflictLines = nil, nil, nil
	return r
}

// brokenDates stands for a defect in the reading of a row.
type brokenDates struct{}

func (brokenDates) Date(int, string) (Date, bool) { panic("no such day") }

// TestAPanicInARowIsTheFilesFailure, whether the file is looked at or taken over: the server goes on.
func TestAPanicInARowIsTheFilesFailure(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d := s.desk(t)
	src := source([]string{"email", "collected_at"}, []Line{{Number: 2, Cells: []string{"zoe@iris.example", "2025-01-02"}}})
	src.Dates = brokenDates{}
	if _, err := d.Import(t.Context(), tester, src, ImportOptions{}); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("taken over: %v", err)
	}
	if _, err := d.Understand(src, ImportOptions{}, 10); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("looked at: %v", err)
	}
}
