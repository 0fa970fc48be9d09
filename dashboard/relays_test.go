package dashboard_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// relayDesk is the part of the desk that the page of relays asks.
type relayDesk struct {
	ways      []dashboard.Relay
	findable  []dashboard.Finding // what a diagnosis finds
	diagnosis dashboard.Diagnosis
}

func (d *desk) Relays(context.Context) ([]dashboard.Relay, error) { return d.ways, d.fail }

func (d *desk) Diagnosis() dashboard.Diagnosis { return d.diagnosis }

func (d *desk) Diagnose(ctx context.Context) error {
	if _, bounded := ctx.Deadline(); !bounded {
		return fault.New(fault.Internal, "x", "somebody may wait for ever")
	}
	if err := d.act("diagnose"); err != nil {
		return err
	}
	d.diagnosis = dashboard.Diagnosis{At: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), Lines: d.findable}
	return nil
}

// relays gives the house two relays, one of which rests, with a word in what others said.
func (h *house) relays(word string) {
	one := dashboard.Relay{Section: "smtp", Security: "smtps", Login: "lumen", Signs: "lumen.example"}
	one.Name, one.Until, one.Refuses, one.Said = "mail.lumen.example:465", h.clock().Add(time.Hour), true, word
	two := dashboard.Relay{Section: "smtp2", Security: "smtp"}
	two.Name, two.Steps = "backup.lumen.example:587", []int{50, 100, 200}
	two.Today = []campaign.Warmth{{Provider: campaign.Everyone, Sent: 70}, {Provider: "boite.example", Step: 1, Sent: 70}, {Provider: "poste.example", Step: 3, Sent: 9}}
	h.desk.ways = []dashboard.Relay{one, two}
	h.desk.findable = []dashboard.Finding{{Check: "spf", About: "lumen.example", Status: "error", Text: word, Mend: word, Records: []dashboard.ZoneRecord{{Name: "lumen.example", Type: "TXT", Text: "v=spf1 ip4:192.0.2.7 -all"}}},
		{Check: "disk", Status: "ok", Text: "enough"}, {Check: "mx", About: "post.example", Status: "info", Text: "not needed for letters"}}
}

func TestRelaysAndWhatTheChecksFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.relays("550 5.7.1 go away")
	b := h.as(account.Administrator)
	page := parse(t, b.get("/admin/relays"))
	words := text(page)
	for _, want := range []string{"mail.lumen.example:465 Rests: it refuses It is tried again from 10 March 2026, 10:00:00 UTC", "550 5.7.1 go away", "Encrypted from the first byte", "Logs in as lumen", "backup.lumen.example:587 Ready",
		"boite.example 70 100 2 of 3", "poste.example 9 – done: no bound", "Not checked since the program began"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if h.desk.did() != "" {
		t.Errorf("looking asks somebody: %s", h.desk.did())
	}
	if w := b.post("/admin/relays/check"); w.Header().Get("Location") != "/admin/relays?done=diagnosed" || h.desk.did() != "diagnose" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	page = parse(t, b.get("/admin/relays"))
	for _, want := range []string{"Checked on 10 March 2026, 09:00:00 UTC.", "To be mended Permitted senders (SPF) lumen.example", "lumen.example. TXT v=spf1 ip4:192.0.2.7 -all", "In order Disk enough", "Not needed for letters Takes mail (MX) post.example not needed for letters"} {
		if words := text(page); !strings.Contains(words, want) {
			t.Errorf("after the checks the page lacks %q:\n%s", want, words)
		}
	}
	h.desk.refuse = fault.New(fault.Conflict, "board.relays.busy", "the checks are running already")
	if w := b.post("/admin/relays/check"); w.Code != http.StatusConflict || !strings.Contains(alert(t, w), "running already") {
		t.Errorf("twice at once: %d", w.Code)
	}
	if page := parse(t, h.as(account.Marketer).get("/admin/relays")); len(find(page, "form", "action", "/admin/relays/check")) != 0 {
		t.Error("a marketer has the button")
	}
	h.desk.ways = nil
	if words := text(parse(t, b.get("/admin/relays"))); !strings.Contains(words, "No relay is set Set smtp.url") {
		t.Errorf("without a relay: %s", words)
	}
}

func TestWhatRelaysSayIsOnlyText(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t)
	b := h.as(account.Administrator)
	look := func(word string) string {
		h.relays(word)
		h.desk.diagnosis = dashboard.Diagnosis{At: h.clock(), Lines: h.desk.findable}
		return shape(parse(t, b.get("/admin/relays")))
	}
	plain := look("Plain Name")
	for _, attack := range append(manyAttacks(t), attacks...) {
		if look(attack) != plain {
			t.Fatalf("the page changes its shape with %q", attack)
		}
	}
}
