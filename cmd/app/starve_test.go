package app

import (
	"context"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// Whoever pauses and resumes a campaign before its hour has not begun it: a start that is missed still waits for a person.
func TestTooLateToBeginAfterAPause(t *testing.T) {
	t.Parallel()
	h := armed(t)
	h.must(h.app.Desk.Pause(t.Context(), Operator(), "summer", "a doubt"))
	h.must(h.app.Desk.Resume(t.Context(), Operator(), "summer"))
	h.close() // nothing runs
	h.wait(48*time.Hour + time.Second)
	h.open()
	h.send()
	h.took(0)
	if r := h.statusOf("summer"); r.Status != campaign.Paused {
		t.Fatalf("%s", r.Status)
	}
	h.must(h.app.Desk.Resume(t.Context(), Operator(), "summer"))
	h.send()
	h.took(4)
}

// People of one campaign who wait for their slot at a mailbox provider do not hold up those of another.
func TestDomainRateOfAnotherCampaign(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{emails: at("gmail.com", 30), senders: 1, sending: func(s *config.Sending) { s.DomainRate = "1/min" }}).start(spring).send()
	h.tookGmail(1)
	h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a doubt"))
	h.importPeople([]string{"late@gmail.com", "later@gmail.com"})
	h.approve("summer", nil)
	h.start("summer").send()
	h.tookGmail(1) // the slot of this minute is taken
	h.wait(time.Minute)
	h.send()
	h.tookGmail(2)
	h.wait(time.Minute)
	h.send()
	h.tookGmail(3)
}

// ticks lets the sender do what there is to do; it must not wait for the hour of a slow campaign.
func (h *house) ticks() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*time.Minute)
	defer cancel()
	h.must(h.app.Desk.Tick(ctx, "test"))
	if ctx.Err() != nil {
		h.t.Fatal("the sender waits for a slow campaign, and everybody else waits with it")
	}
}

// A campaign that sends one message an hour does not keep the others, nor deadlines and complaints, waiting for that hour.
func TestSlowCampaignHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, slow: "1/h"}).start(spring)
	h.importPeople(at("other.example", 5))
	h.approve("summer", func(f *campaign.File) { f.Schedule.Rate = "" })
	h.start("summer")
	h.ticks()
	h.tookOf("other.example", 5)
}

// Such a campaign sends its message when the hour has come.
func TestSlowCampaign(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, slow: "1/h"}).start(spring)
	h.ticks()
	h.took(1)
	if r := h.status(); r.Waiting != "rate" || r.NextAt != h.byOurClock(h.clock().Add(time.Hour)) {
		t.Errorf("waiting %q until %s", r.Waiting, r.NextAt)
	}
	h.wait(time.Hour - time.Second)
	h.ticks()
	h.took(1)
	h.wait(time.Second)
	h.ticks()
	h.took(2)
}

// A slow rate of the house is one for all campaigns together.
func TestSlowHouse(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2, rate: "2/h"}).start(spring)
	h.importPeople(at("other.example", 2))
	h.approve("summer", nil)
	h.start("summer")
	for n := range 4 {
		h.ticks()
		h.took(n + 1)
		h.wait(29 * time.Minute)
		h.ticks()
		h.took(n + 1)
		h.wait(time.Minute)
	}
}

// A turn that begins before midnight does not send what both days allow, and more: what leaves after it counts for the new day.
func TestWarmUpOverMidnight(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{emails: at("gmail.com", 40), senders: 1, sending: func(s *config.Sending) { s.Warmup = "4, 7" }}).start(spring)
	h.wait(14*time.Hour - 10*time.Second) // ten seconds before midnight in Paris
	begun := 0
	h.rewire(func(d *campaign.Deps) {
		d.Pace = slow{d.Pace, func() {
			if begun++; begun == 1 {
				h.wait(20 * time.Second)
			}
		}}
	})
	h.send()
	h.tookGmail(4)
	h.wait(23 * time.Hour)
	h.send()
	h.tookGmail(4)
}

// The last people of a campaign, claimed already, are spared too when a stop rule is broken.
func TestStopRuleSparesThoseInHand(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 14, senders: 4, sending: func(s *config.Sending) { s.StopBounces = "2" }}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "550 5.1.1 no such user", func(string) bool { return true }))
	h.send()
	if r := h.status(); r.Status != campaign.Paused || r.Counted.Hard > 2+3 {
		t.Errorf("%s, %+v", r.Status, r.Counted)
	}
}
