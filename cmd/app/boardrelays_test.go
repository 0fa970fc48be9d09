package app

import (
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/zonetest"
)

// The page says what the command doctor says, with the records to publish, and asks nobody before the button is pressed.
func TestTheChecksOfThePageAreThoseOfTheCommand(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 2}).start(spring).send()
	asked := 0
	zone, err := zonetest.Parse("nothing.example TXT FAIL")
	h.must(err)
	h.app.doctor = DoctorDeps{Resolver: zone, Patience: 20 * time.Millisecond, Room: func() (campaign.Room, error) { asked++; return campaign.Room{Free: 1 << 30, Total: 1 << 31}, nil }}
	adam := h.person("adam", account.Administrator)
	if _, w := h.board(adam, "/admin/relays"); asked != 0 || !strings.Contains(w.Body.String(), "Not checked since") || !strings.Contains(w.Body.String(), h.relay.Addr()) {
		t.Errorf("%d asked: %d", w.Code, asked)
	}
	if w := h.sends(adam, "/admin/relays/check"); w.Header().Get("Location") != "/admin/relays?done=diagnosed" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	found, err := Doctor(t.Context(), h.app.config, Surroundings{Log: h.app.log, Clock: h.app.clock}, h.app.doctor)
	h.must(err)
	shown := desk{h.app.Desk, h.app}.Diagnosis()
	if len(shown.Lines) != len(found.Lines) || len(shown.Lines) < 10 || !shown.At.Equal(h.clock()) {
		t.Fatalf("%d lines, not %d", len(shown.Lines), len(found.Lines))
	}
	records := 0
	for n, l := range found.Lines {
		if shown.Lines[n].Check != l.Check || shown.Lines[n].Status != l.Status || len(shown.Lines[n].Records) != len(l.Records) {
			t.Errorf("%+v is shown as %+v", l, shown.Lines[n])
		}
		records += len(l.Records)
	}
	if records == 0 {
		t.Error("no record is to be published: the test looks at something else")
	}
	h.app.diagnosing.Lock()
	if err := (desk{h.app.Desk, h.app}).Diagnose(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice at once: %v", err)
	}
	h.app.diagnosing.Unlock()
}
