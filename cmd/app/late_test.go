package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// armed is a house whose campaign is armed for the next morning, when nothing may be running.
func armed(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, plan{people: 4})
	h.approve("summer", func(f *campaign.File) { f.Schedule.Start = morning.Add(24 * time.Hour) })
	return h.start("summer")
}

func (h *house) statusOf(name string) Status {
	h.t.Helper()
	r, err := h.app.Desk.Status(h.t.Context(), name)
	h.must(err)
	return r
}

// A start that was missed by more than a day waits for a person, and begins when they say so.
func TestTooLateToBegin(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := armed(t)
	h.close() // nothing runs
	h.wait(48*time.Hour + time.Second)
	h.open()
	h.send()
	h.took(0)
	r := h.statusOf("summer")
	if want := "it was to begin at 2026-03-11 10:00, when nothing was running; look whether it still should, then resume"; r.Status != campaign.Paused || r.Reason != want {
		t.Fatalf("%s: %q, want %q", r.Status, r.Reason, want)
	}
	h.saidInFrench(r.Reason)
	h.must(h.app.Desk.Resume(t.Context(), Operator(), "summer"))
	h.send()
	h.took(4)
}

// So does one that was to begin at once, and was forgotten because nothing ran.
func TestStartedAndForgotten(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4}).start(spring)
	h.close()
	h.wait(24*time.Hour + time.Second)
	h.open()
	h.send()
	h.took(0)
	if r := h.statusOf(spring); r.Status != campaign.Paused || !strings.HasPrefix(r.Reason, "it was to begin at 2026-03-10 10:00") {
		t.Fatalf("%s: %q", r.Status, r.Reason)
	}
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.send()
	h.took(4)
}

// Within the day it begins by itself; and once it has begun, a gap of days is no reason to stop.
func TestNotTooLateToBegin(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := armed(t).send()
	h.took(0)
	if r := h.statusOf("summer"); r.Waiting != "start" {
		t.Errorf("waiting %q", r.Waiting)
	}
	h.wait(47 * time.Hour)
	h.relays(rejects("rcpt", "451 4.7.1 later", func(to string) bool { return to != person(0) }))
	h.send()
	h.took(1)
	h.relays(nil)
	h.close()
	h.wait(5 * 24 * time.Hour)
	h.open()
	h.send()
	h.took(4)
}

// A campaign that was closed before its last day has ended; only behind that day the day has passed.
func TestAFormOfACampaignThatWasClosedEarly(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	if _, err := h.app.Desk.Close(t.Context(), Operator(), spring); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"Cette campagne est terminée", "Le dernier jour pour répondre est derrière nous"} {
		if page := h.do(http.MethodGet, h.form(who)+"?lang=fr", nil); page.Code != http.StatusOK || !strings.Contains(page.Body.String(), says) {
			t.Errorf("%d, it does not say %q:\n%s", page.Code, says, page.Body)
		}
		h.wait(366 * 24 * time.Hour)
	}
}

// Whether somebody may still answer goes by the campaign's clock: where it is behind, its last day runs on into the next one of UTC.
// What is asked of that next day beforehand is the day itself.
func TestTheLastDayGoesByTheClockOfTheCampaign(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1})
	h.approve("west", func(f *campaign.File) {
		f.Schedule.Timezone, f.Schedule.Deadline = "America/New_York", campaign.NewDate(2026, 3, 20)
	})
	h.start("west").send()
	h.took(1)
	h.wait(time.Date(2026, 3, 20, 23, 0, 0, 0, time.UTC).Sub(h.clock()))
	after, err := h.app.Audit(t.Context(), AuditOptions{AsOf: "2026-03-21"})
	h.must(err)
	if after.Classes["unusable"] != 1 {
		t.Errorf("the day after the last one: %+v", after.Classes)
	}
	for h.clock().Before(time.Date(2026, 3, 21, 4, 0, 0, 0, time.UTC)) {
		h.send()
		h.expectClass(who, "ASKED")
		h.wait(time.Hour)
	}
	h.send()
	h.expectClass(who, "EXPIRED_DELETE")
}
