package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// Messages to one mailbox provider that are slow do not hold up those who are behind them and go elsewhere: while two of them
// stand at their dots, everybody else is written to.
func TestASlowProviderHoldsNobodyElseUp(t *testing.T) {
	t.Parallel()
	for name, many := range map[string]int{"a few": 10, "more than are laid aside": 90} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow, others := at("gmail.com", many), at("other.example", 12)
			h := newHouse(t, plan{emails: slices.Concat(slow, others), senders: 4, sending: func(s *config.Sending) { s.PerDomain = 2 }}).start(spring)
			h.rewire(func(d *campaign.Deps) { d.Pace = unhurried{d.Pace} })
			let, written := make(chan struct{}), make(chan struct{})
			var mu sync.Mutex
			left, atDot := map[string]bool{}, map[string]bool{}
			h.relays(func(e smtptest.Event) smtptest.Step {
				if e.Stage != smtptest.Dot {
					return smtptest.Step{}
				}
				mu.Lock()
				defer mu.Unlock()
				if strings.HasSuffix(e.To, "gmail.com") {
					atDot[e.To] = true
					return smtptest.Step{Wait: let}
				}
				if left[e.To] = true; len(left) == len(others) {
					close(written)
				}
				return smtptest.Step{}
			})
			done := make(chan error, 1)
			go func() { done <- h.tick() }()
			select {
			case <-written:
			case err := <-done:
				t.Errorf("it ended: %v", err)
			}
			mu.Lock()
			if len(atDot) > 2 {
				t.Errorf("%d messages to one provider were under way at once", len(atDot))
			}
			mu.Unlock()
			close(let)
			h.must(<-done)
			h.took(many + len(others))
			for _, who := range slices.Concat(slow, others) {
				if i := h.invitation(who); i.Attempt != 1 {
					t.Errorf("%s was claimed %d times", who, i.Attempt)
				}
			}
		})
	}
}

// unhurried is a pace whose rate has always room; the test's clock, which stands, makes none.
type unhurried struct{ campaign.Pace }

func (unhurried) Ready() bool { return true }

// Who is told to stop while many are laid aside gives them back.
func TestThoseLaidAsideAreGivenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: at("gmail.com", 30), senders: 4, sending: func(s *config.Sending) { s.PerDomain = 2 }}).start(spring)
	ctx, stop := context.WithCancel(t.Context())
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot {
			stop()
		}
		return smtptest.Step{}
	})
	h.must(h.app.Desk.Tick(ctx, "test"))
	r := h.status().Invitations
	if r[campaign.Sent] == 0 || r[campaign.Sent] > 4 || r[campaign.Claimed]+r[campaign.Sending] != 0 || r[campaign.Sent]+r[campaign.Planned] != 30 {
		t.Errorf("%v", r)
	}
	h.relays(nil)
	h.send()
	h.took(30)
}

// virtual is a pace whose waits are steps of the test's clock.
type virtual struct {
	campaign.Pace
	h     *house
	of    campaign.CampaignID
	apart map[campaign.CampaignID]time.Duration
	next  map[campaign.CampaignID]time.Time
	began map[campaign.CampaignID][]time.Time // when messages began, by whose rate bound them
}

func (v *virtual) Limit(c campaign.CampaignID, n int, per time.Duration) {
	v.of, v.apart[c] = c, per/time.Duration(n)
}

func (v *virtual) Turn(context.Context) error {
	if wait := v.next[v.of].Sub(v.h.clock()); wait > 0 {
		v.h.wait(wait)
	}
	v.next[v.of] = v.h.clock().Add(v.apart[v.of])
	v.began[v.of] = append(v.began[v.of], v.h.clock())
	return nil
}

// A campaign at ten messages a minute does not slow one at ten a second, and keeps its own pace. Both ask the same
// people, and each of them once.
func TestASlowCampaignDoesNotSlowAFastOne(t *testing.T) {
	t.Parallel()
	const people, rate = 130, 120
	h := newHouse(t, plan{people: people, senders: 1, slow: "10/min", rate: "60000/min"}).start(spring)
	h.approve("summer", func(f *campaign.File) { f.Schedule.Rate = fmt.Sprintf("%d/min", rate) })
	h.start("summer")
	v := &virtual{h: h, apart: map[campaign.CampaignID]time.Duration{}, next: map[campaign.CampaignID]time.Time{}, began: map[campaign.CampaignID][]time.Time{}}
	h.rewire(func(d *campaign.Deps) { v.Pace, d.Pace = d.Pace, v })
	start := h.clock()
	for range 90 { // the scheduler, every second
		h.send()
		h.wait(time.Second)
	}
	h.took(people)
	summer, err := h.app.Desk.Campaign(t.Context(), "summer")
	h.must(err)
	slow, fast := v.began[campaign.EveryCampaign], v.began[summer.ID]
	if len(slow)+len(fast) < people || len(fast) == 0 {
		t.Fatalf("%d messages at one rate, %d at the other", len(slow), len(fast))
	}
	if last := fast[len(fast)-1].Sub(start); last > 62*time.Second {
		t.Errorf("%d messages at %d/min took %v beside a slow campaign", len(fast), rate, last)
	}
	if len(slow) < 9 || len(slow) > 11 {
		t.Errorf("%d messages in a minute at 10/min", len(slow))
	}
}
