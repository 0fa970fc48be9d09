//go:build failpoint

package crash

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Whoever was being erased when the process died is erased by the next command, nowhere to be found after a
// second look at the disk.
func TestKilledWhileErasing(t *testing.T) {
	t.Parallel()
	p := program(t)
	for _, m := range append([]string{"journal.after-write"}, erasingMarks...) {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, p, shopPlan{people: 3, connections: 1})
			_, err := s.do([]string{"campaign", "start", "spring", "--wait"}, done)
			must(t, err)
			who := s.relay.Messages()[0].To
			erase := []string{"subject", "erase", who, "--yes"}
			l, err := s.begin(m+"=1:kill", erase...)
			must(t, err)
			must(t, l.wait())
			if !l.killed() {
				t.Fatalf("the command did not come to %s: %s", m, l.said())
			}
			_, err = s.do([]string{"campaign", "list"}, done) // whichever command
			must(t, err)
			must(t, s.verifies(false))
			_, err = s.do([]string{"contacts", "show", who}, 4)
			must(t, err)
			_, err = s.do([]string{"subject", "erase", s.relay.Messages()[1].To, "--yes"}, done) // and overwrites both
			must(t, err)
			text, err := os.ReadFile(filepath.Join(s.dir, "reoptin.db"))
			must(t, err)
			if bytes.Contains(text, []byte(who)) {
				t.Error("still in the database")
			}
		})
	}
}
