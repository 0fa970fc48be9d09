package app

import (
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

const year = 365 * 24 * time.Hour

// clocked is a house whose people may be written to on workdays from nine to seven, Paris time, and whose log is read.
func clocked(t *testing.T, p plan) *house {
	t.Helper()
	p.window = "Mon-Fri 09:00-19:00"
	h := newHouse(t, p)
	h.close()
	h.logged = &heard{}
	h.open()
	return h.start(spring)
}

func (h *house) warned(times int) {
	h.t.Helper()
	if n := strings.Count(h.logged.String(), "the clock was set"); n != times {
		h.t.Errorf("%d warnings of the clock, want %d:\n%s", n, times, h.logged)
	}
}

// F13: the clock jumps in the middle of a run, while a message stands before its data. Wherever it jumps to,
// nobody is asked twice, nobody is left out in the end, and no message leaves outside of the hours.
func TestClockJumpsWhileSending(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{
		"a minute ahead": time.Minute, "a minute back": -time.Minute, "an hour back": -time.Hour, "past the window": 10 * time.Hour,
		"before the window": -3 * time.Hour, "to the weekend": 4 * 24 * time.Hour, "ten years ahead": 10 * year, "ten years back": -10 * year,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := clocked(t, plan{people: 24, senders: 2})
			h.meanwhile(func() { h.sets(jump) })
			shut := !h.app.opensNow(t)
			if n := len(h.relay.Messages()); shut && n > 0 {
				t.Errorf("%d messages left, and the window had shut before any of their dots", n)
			}
			h.send()
			h.warned(1)
			if r := h.status(); r.Status == campaign.Closed {
				t.Error("the campaign was closed because the clock jumped")
			}
			h.sets(-jump) // somebody puts it right
			h.wait(6 * time.Minute)
			h.send().send()
			h.warned(2)
			h.expect(map[campaign.State]int{campaign.Sent: 24})
			h.took(24)
		})
	}
}

// opensNow reports whether the windows of the campaign are open.
func (a *App) opensNow(t *testing.T) bool {
	t.Helper()
	c, err := a.Desk.Campaign(t.Context(), spring)
	if err != nil {
		t.Fatal(err)
	}
	l, err := a.bounds(c.File, c.Frozen.Organisation)
	if err != nil {
		t.Fatal(err)
	}
	return l.Open(a.clock())
}

// Whoever was put off by a clock that ran ahead does not wait until that hour comes again.
func TestClockGoesBackOverThosePutOff(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := clocked(t, plan{people: 6, senders: 2, sending: func(s *config.Sending) { s.Warmup, s.DomainRate = "2, 100", "1/h" }})
	greylisted := smtptest.At(smtptest.Rcpt, 1, smtptest.Step{Reply: "450 4.2.0 greylisted"})
	h.relays(greylisted)
	h.send()                   // it has begun
	h.sets(7 * 24 * time.Hour) // a Tuesday, ten in the morning
	h.relays(greylisted)
	h.send()
	h.took(0)
	h.sets(-7 * 24 * time.Hour)
	h.relays(nil)
	for range 4 {
		h.send()
		h.wait(time.Hour)
	}
	h.expect(map[campaign.State]int{campaign.Sent: 6})
}

// A deadline that a jump ahead seems to have passed ends nothing for good until the clock has gone on like that for
// an hour; and nothing that is uncertain counts as sent.
func TestClockJumpsPastTheDeadline(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := clocked(t, plan{people: 2, senders: 1})
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true}))
	h.send()
	h.relays(nil)
	h.expect(map[campaign.State]int{campaign.Uncertain: 2})
	h.sets(10 * year)
	h.send()
	h.wait(59 * time.Minute)
	h.send()
	if r := h.status(); r.Status != campaign.Running {
		t.Fatalf("the campaign is %s", r.Status)
	}
	h.expect(map[campaign.State]int{campaign.Uncertain: 2})
	h.wait(time.Minute)
	h.send().send()
	if r := h.status(); r.Status != campaign.Closed {
		t.Errorf("the campaign is %s an hour after", r.Status)
	}
	h.warned(1)
}

// A process that starts with a clock behind what the send journal has seen says so, and leaves nobody waiting.
func TestClockIsBehindTheJournal(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := clocked(t, plan{people: 8, senders: 1})
	h.relays(smtptest.At(smtptest.Dot, 4, smtptest.Step{Reply: "450 4.3.0 later"}))
	h.send()
	h.sets(-28 * 24 * time.Hour) // it had been wrong
	h.relays(nil)
	h.reopen()
	if !strings.Contains(h.logged.String(), "the clock is behind what the send journal has seen") {
		t.Errorf("nothing was said of the clock:\n%s", h.logged)
	}
	h.send().send()
	h.expect(map[campaign.State]int{campaign.Sent: 8})
	h.took(8)
}

// A rate of one message an hour stays that when the clock jumps: nobody waits for an hour that has to come again, and
// no jump ahead lets anybody go sooner.
func TestClockJumpsBetweenSlowMessages(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"a day back": -24 * time.Hour, "a day ahead": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := clocked(t, plan{people: 3, slow: "1/h"})
			h.send()
			h.took(1)
			h.wait(30 * time.Minute)
			h.sets(jump)
			h.send()
			h.took(1)
			h.wait(31 * time.Minute)
			h.send()
			h.took(2)
		})
	}
}
