package app

import (
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
)

// abroad is a house whose people live in Paris, New York (they say so), and Auckland (their country says so).
func abroad(t *testing.T, window string, quiet ...string) *house {
	t.Helper()
	h := newHouse(t, plan{emails: at("paris.example", 3), window: window, sending: func(s *config.Sending) { s.Timezone, s.QuietDays = "recipient", quiet }})
	h.importRows(at("newyork.example", 3), map[string]string{"timezone": "America/New_York"})
	h.importRows(at("auckland.example", 2), map[string]string{"timezone": "Pacific/Auckland"})
	return h.start(spring)
}

// tookOf counts what the mail server took for a domain.
func (h *house) tookOf(domain string, want int) {
	h.t.Helper()
	n := 0
	for _, m := range h.relay.Messages() {
		if strings.HasSuffix(m.To, "@"+domain) {
			n++
		}
	}
	if n != want {
		h.t.Errorf("%v: the mail server took %d messages for %s, want %d", h.clock(), n, domain, want)
	}
}

// until lets time pass until an instant, and sends.
func (h *house) until(instant string) {
	h.t.Helper()
	at, err := time.Parse(time.RFC3339, instant)
	h.must(err)
	h.wait(at.Sub(h.clock()))
	h.send()
}

// byOurClock is an instant as a status says it: by the clock of the organisation, whatever that of the machine is. It was said by the
// machine's beside an end by the organisation's, and on a machine in UTC the end seemed to be an hour off.
func (h *house) byOurClock(at time.Time) string {
	h.t.Helper()
	here, err := time.LoadLocation("Europe/Paris")
	h.must(err)
	return at.In(here).Format(time.RFC3339)
}

// Each person is asked by their own clock: New York has changed its clocks already, Paris has not yet.
func TestHoursOfTheRecipient(t *testing.T) {
	t.Parallel()
	h := abroad(t, "Mon-Fri 09:00-19:00").send() // Tuesday 10:00 in Paris, 05:00 in New York, 22:00 in Auckland
	h.tookOf("paris.example", 3)
	h.took(3)
	r := h.status()
	if r.Waiting != "window" || r.NextAt != "2026-03-10T14:00:00+01:00" { // 09:00 of its summer time
		t.Errorf("waiting %q until %s", r.Waiting, r.NextAt)
	}
	h.saidInFrench(r.Reason)
	h.until("2026-03-10T12:59:59Z")
	h.took(3)
	h.until("2026-03-10T13:00:00Z")
	h.tookOf("newyork.example", 3)
	h.tookOf("auckland.example", 0)
	h.until("2026-03-10T20:00:00Z") // Wednesday 09:00 there
	h.tookOf("auckland.example", 2)
	for _, e := range at("newyork.example", 3) { // being put off is no attempt
		if i := h.invitation(e); i.Attempt != 1 || i.State != campaign.Sent {
			t.Errorf("%s: attempt %d, %s", e, i.Attempt, i.State)
		}
	}
}

// Over the night in which Paris changes its clocks, its window opens an hour earlier by the world's.
func TestHoursOverTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, window: "Sun 09:00-10:00", sending: func(s *config.Sending) { s.Timezone = "recipient" }}).start(spring).send()
	h.until("2026-03-29T06:59:59Z")
	h.took(0)
	h.until("2026-03-29T07:00:00Z")
	h.took(3)
}

// On a quiet day nobody is written to, by the clock of each.
func TestQuietDayOfTheRecipient(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := abroad(t, "Mon-Fri 09:00-19:00", "2026-03-10")
	h.send()
	h.took(0)
	h.until("2026-03-10T13:00:00Z")
	h.took(0)
	h.until("2026-03-10T20:00:00Z") // the eleventh in Auckland
	h.tookOf("auckland.example", 2)
	h.took(2)
	h.until("2026-03-11T08:00:00Z")
	h.took(5)
	h.until("2026-03-11T13:00:00Z")
	h.took(8)
}

// Quiet days of the campaign add to those of the house, on one clock too.
func TestQuietDays(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2, sending: func(s *config.Sending) { s.QuietDays = []string{"03-10"} }})
	h.approve("summer", func(f *campaign.File) { f.Schedule.QuietDays = []string{"2026-03-11"} })
	h.start("summer").send()
	h.took(0)
	r, err := h.app.Desk.Status(t.Context(), "summer")
	h.must(err)
	if r.Waiting != "window" || r.NextAt != "2026-03-12T00:00:00+01:00" {
		t.Errorf("waiting %q until %s", r.Waiting, r.NextAt)
	}
	h.until("2026-03-11T22:59:59Z")
	h.took(0)
	h.until("2026-03-11T23:00:00Z")
	h.took(2)
}

// A window that closes while a message waits for its turn keeps it back, by the recipient's clock.
func TestHoursShutWhileWaiting(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := abroad(t, "Mon-Fri 09:00-19:00")
	h.wait(8*time.Hour + 59*time.Minute) // 18:59 in Paris, 13:59 in New York
	first := true
	h.rewire(func(d *campaign.Deps) {
		d.Senders = 1
		d.Pace = slow{d.Pace, func() {
			if first {
				first = false
				h.wait(2 * time.Minute)
			}
		}}
	})
	h.send()
	h.tookOf("paris.example", 0)
	h.tookOf("newyork.example", 3)
	h.until("2026-03-11T08:00:00Z")
	h.tookOf("paris.example", 3)
}

// A relay that takes its time brings no message past the end of the hours: what had begun within them, and whose dot would
// come after, is cut off before it and comes back when they open, on one clock as on the recipient's.
func TestHoursShutBeforeTheDot(t *testing.T) {
	t.Parallel()
	for name, zone := range map[string]string{"on one clock": "Europe/Paris", "of each recipient": "recipient"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1, senders: 1, window: "Mon-Fri 09:00-19:00", sending: func(s *config.Sending) { s.Timezone = zone }}).start(spring)
			h.wait(8*time.Hour + 59*time.Minute) // 18:59
			h.meanwhile(func() { h.wait(2 * time.Minute) })
			h.took(0)
			h.expect(map[campaign.State]int{campaign.Planned: 1})
			if r := h.status(); r.Waiting != "window" || !strings.HasPrefix(r.NextAt, "2026-03-11T0") {
				t.Errorf("waiting %q until %s", r.Waiting, r.NextAt)
			}
			h.until("2026-03-11T07:59:59Z")
			h.took(0)
			h.until("2026-03-11T08:00:00Z")
			h.expect(map[campaign.State]int{campaign.Sent: 1})
			h.took(1)
		})
	}
}

// The same holds for the deadline: nobody is asked who could not say yes any more.
func TestDeadlineBeforeTheDot(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1, senders: 1, shorter: 1})
	h.wait(37*time.Hour + 59*time.Minute) // 23:59 of the last day
	h.start(spring)
	h.meanwhile(func() { h.wait(2 * time.Minute) })
	h.took(0)
	h.send()
	h.expect(map[campaign.State]int{campaign.Withheld: 1})
}

// A campaign whose hours are those of the house is said to have them once.
func TestTheSameHoursAreSaidOnce(t *testing.T) {
	t.Parallel()
	for own, want := range map[string]string{"": "Mon-Fri 09:00-19:00 UTC", "Mon-Fri 09:00-19:00": "Mon-Fri 09:00-19:00 UTC", "Mon-Fri 10:00-12:00": "Mon-Fri 09:00-19:00 UTC and Mon-Fri 10:00-12:00 UTC"} {
		all, err := windows(hung{text: "Mon-Fri 09:00-19:00", place: time.UTC}, hung{text: own, place: time.UTC})
		if err != nil || all.shown != want {
			t.Errorf("%q: %q, %v", own, all.shown, err)
		}
	}
}
