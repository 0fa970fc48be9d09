//go:build failpoint

package crash

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// What was stored of a bounce and not journalled when the process died, the next sender journals; the same bounce once more
// changes nothing.
func TestKilledWhileNoting(t *testing.T) {
	t.Parallel()
	p := program(t)
	for _, m := range append([]string{"journal.after-write"}, notingMarks...) {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, p, shopPlan{people: 2, connections: 1, serves: true})
			s.env = append(s.env, "REOPTIN_SMTP_ENVELOPE_DOMAIN=bounce.lumen.example")
			_, err := s.do([]string{"campaign", "start", "spring", "--wait"}, done)
			must(t, err)
			message := s.relay.Messages()[0]
			report := filepath.Join(s.scratch, "report.eml")
			must(t, os.WriteFile(report, fmt.Appendf(nil, "Return-Path: <>\nTo: %s\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"+
				"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\n\n--b--\n", message.From, message.To), 0o600))
			ingest := []string{"bounce", "ingest", report}
			l, err := s.begin(m+"=1:kill", ingest...)
			must(t, err)
			must(t, l.wait())
			if !l.killed() {
				t.Fatalf("the command did not come to %s: %s", m, l.said())
			}
			gone := promise{to: message.To, asked: true, removed: true}
			if err := keeps(s.dir, 0, []promise{gone}); err == nil && m != "journal.after-write" {
				t.Error("it was journalled before the death: the mark stands in the wrong place")
			}
			must(t, s.served(nil))
			if err := keeps(s.dir, 0, []promise{gone}); err != nil {
				t.Errorf("after the death: %v", err)
			}
			_, err = s.do(ingest, done)
			must(t, err)
			if err := keeps(s.dir, 0, []promise{gone}); err != nil {
				t.Error(err)
			}
			must(t, s.verifies(false))
		})
	}
}
