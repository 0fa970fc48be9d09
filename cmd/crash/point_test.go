//go:build failpoint

package crash

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// point is one way to die of docs/failure-points.md, and what comes of it when the next sender has done its work.
type point struct {
	name  string // of the row
	mark  string
	reply string // of the mail server to the first dot; "": a yes
	doubt int    // people of unknown outcome
	took  int    // of those, whom the mail server took
}

// TestFailurePoint lets a sender die once at each mark of the table, one message being under way, and holds what the next one
// finds against the row: nobody is asked twice, and in doubt is who must be and nobody else.
func TestFailurePoint(t *testing.T) {
	t.Parallel()
	p := program(t)
	for _, c := range []point{
		{"F1", "claim.before", "", 0, 0},
		{"F2", "claim.after", "", 0, 0},
		{"F2", "mail.before-dial", "", 0, 0},
		{"F2", "mail.after-dial", "", 0, 0},
		{"F3", "mail.after-mail", "", 0, 0},
		{"F3", "mail.after-rcpt", "", 0, 0},
		{"F3", "mail.after-data", "", 0, 0},
		{"F5", "mail.mid-body", "", 0, 0},
		{"F5", "mail.after-body", "", 0, 0},
		{"F6", "beat.before-update", "", 0, 0},
		{"F6", "beat.after-update", "", 1, 0},
		{"F7", "beat.after-journal", "", 1, 0},
		{"F7", "mail.after-commit", "", 1, 0},
		{"F8", "mail.after-reply", later, 1, 0},
		{"F9", "mail.after-dot", "", 1, 1},
		{"F10", "mail.after-reply", "", 1, 1},
	} {
		t.Run(c.name+" "+c.mark, func(t *testing.T) {
			t.Parallel()
			if err := c.dies(t, p); err != nil {
				t.Error(err)
			}
		})
	}
}

const atThePoint = 5 // people

func (c point) dies(t testing.TB, program string) error {
	first := true // one connection: nobody else asks
	s := newShop(t, program, shopPlan{people: atThePoint, connections: 1, kind: relayKinds[1], script: func(e smtptest.Event) smtptest.Step {
		if e.Stage != smtptest.Dot || !first {
			return smtptest.Step{}
		}
		first = false
		return smtptest.Step{Reply: c.reply}
	}})
	o := &oracle{shop: s, deaths: 1}
	l, err := s.send(c.mark + "=1:kill")
	if err != nil {
		return err
	}
	if err := l.wait(); err != nil {
		return err
	}
	if !l.killed() {
		t.Fatalf("the sender did not come to %s: %s", c.mark, l.said())
	}
	if err := o.check(); err != nil {
		return err
	}
	if l, err = s.send(""); err != nil {
		return err
	}
	if err := l.wait(); err != nil {
		return err
	}
	states, err := o.settled(false)
	if err != nil {
		return err
	}
	if states["uncertain"] != c.doubt || states["sent"] != atThePoint-c.doubt || len(s.accepted()) != states["sent"]+c.took {
		return fmt.Errorf("%v, and the mail server took %d", states, len(s.accepted()))
	}
	return nil
}

var rowName = regexp.MustCompile(`(?m)^\| F(\d+) \|(.*)\|\s*$`)

// All 28 ways to fail have a row, and each row a test, or says why there is none.
func TestEveryFailurePointHasItsTest(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile(filepath.Join(root, "docs/failure-points.md"))
	must(t, err)
	rows := map[string]string{}
	for _, m := range rowName.FindAllStringSubmatch(string(table), -1) {
		rows[m[1]] = m[2]
	}
	for n := 1; n <= 28; n++ {
		row, there := rows[fmt.Sprint(n)]
		if !there || !testName.MatchString(row) && !strings.Contains(row, "**not there:**") {
			t.Errorf("F%d has no test: %q", n, row)
		}
	}
}
