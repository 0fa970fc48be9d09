package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

func TestEveryoneIsAskedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 12}).start(spring).send().send()
	h.expect(map[campaign.State]int{campaign.Sent: 12})
	h.took(12)
}

// meanwhile does something once, while the first message is held by the mail server between RCPT and
// the body, and lets it go on.
func (h *house) meanwhile(do func()) {
	reached, on := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage != smtptest.Data {
			return smtptest.Step{}
		}
		once.Do(func() { close(reached) })
		return smtptest.Step{Wait: on}
	})
	ended := make(chan error, 1)
	go func() { ended <- h.tick() }()
	select {
	case <-reached:
	case err := <-ended:
		h.t.Fatal("no message was held:", err)
	}
	do()
	h.relays(nil)
	close(on)
	h.must(<-ended)
}

// expectClass audits and expects the finer class of a person.
func (h *house) expectClass(email, fine string) {
	h.t.Helper()
	_, err := h.app.Audit(h.t.Context(), AuditOptions{})
	h.must(err)
	if v := h.contact(email).Verdict; v.Fine != fine {
		h.t.Errorf("%s is %s (%s), want %s", email, v.Fine, v.Code, fine)
	}
}

// A relay that refuses for its own reasons must not burn the base.
func TestPolicyRefusalsPause(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		at    smtptest.Stage
		reply string
		burnt int // refused for good
	}{
		"sender, before the dot": {smtptest.Mail, "553 5.7.1 sender not allowed", 0},
		"policy at RCPT":         {smtptest.Rcpt, "550 5.7.1 relaying denied by policy", 0},
		"content, at DATA":       {smtptest.Data, "554 5.7.1 rejected by policy", 0},
		"content, at the dot":    {smtptest.Dot, "554 5.7.1 message rejected as spam", 5},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 20, senders: 1}).start(spring)
			h.relays(smtptest.At(c.at, 1, smtptest.Step{Reply: c.reply}))
			h.send()
			r := h.status()
			if r.Status != campaign.Paused || !strings.Contains(r.Reason, c.reply[10:]) {
				t.Errorf("%s, %q", r.Status, r.Reason)
			}
			h.took(0)
			h.expect(map[campaign.State]int{campaign.Planned: 20 - c.burnt, campaign.Refused: c.burnt})
			for n := range 20 {
				if h.suppressed(person(n)) {
					t.Errorf("%s is suppressed", person(n))
				}
			}
			h.relays(nil)
			h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
			for range 3 {
				h.send()
				h.wait(6 * time.Minute)
			}
			h.expect(map[campaign.State]int{campaign.Sent: 20 - c.burnt, campaign.Refused: c.burnt})
			again := 0
			for n := range 20 {
				if i := h.invitation(person(n)); i.Attempt > 1 {
					again++
				}
			}
			// The claims that waited behind the fifth refusal were given back; each counts as an attempt too. One
			// connection claims sixteen at a time.
			if refused := 5 - c.burnt; again < refused || again > 16-c.burnt {
				t.Errorf("%d people had a second attempt, want at least %d of sixteen", again, refused)
			}
		})
	}
}

// What is wrong with the relay is put right in the settings, which are read at the start: nobody waits then for the hour of the next try.
func TestARestartTriesTheRelay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 9}).start(spring)
	h.relays(smtptest.At(smtptest.Banner, 0, smtptest.Step{Drop: true}))
	for range 4 {
		h.send()
		h.wait(40 * time.Minute)
	}
	h.send()
	if r := h.status(); r.Waiting != "relay" {
		t.Fatalf("waiting for %q", r.Waiting)
	}
	h.relays(nil)
	h.reopen()
	h.send()
	h.took(9)
}

func TestUnreachableRelay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 9}).start(spring)
	h.relays(smtptest.At(smtptest.Banner, 0, smtptest.Step{Drop: true}))
	for n, pause := range []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute} {
		h.send()
		r := h.status()
		want := h.byOurClock(h.clock().Add(pause))
		if r.Waiting != "relay" || r.NextAt != want {
			t.Errorf("try %d: waiting %q until %s, want %s", n+1, r.Waiting, r.NextAt, want)
		}
		before := h.relay.Connections()
		h.wait(pause - time.Second)
		h.send()
		if h.relay.Connections() != before {
			t.Error("the relay was tried too early")
		}
		h.wait(2 * time.Second)
	}
	h.expect(map[campaign.State]int{campaign.Planned: 9})
	h.relays(nil)
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 9})
	if r := h.status(); r.Waiting != "" {
		t.Errorf("still waiting for %q", r.Waiting)
	}
	h.took(9)
}

func TestGreylisting(t *testing.T) {
	t.Parallel()
	for _, at := range []smtptest.Stage{smtptest.Rcpt, smtptest.Dot} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 7}).start(spring)
			h.relays(smtptest.At(at, 1, smtptest.Step{Reply: "451 4.7.1 greylisted, come back"}))
			h.send()
			h.took(0)
			h.expect(map[campaign.State]int{campaign.Planned: 7})
			h.relays(nil)
			h.wait(4 * time.Minute)
			h.send()
			h.took(0)
			h.wait(time.Minute)
			h.send()
			h.expect(map[campaign.State]int{campaign.Sent: 7})
			h.took(7)
			if i := h.invitation(person(2)); i.Attempt != 2 {
				t.Errorf("attempt %d, want 2", i.Attempt)
			}
		})
	}
}

// An unknown mailbox is refused and never written to again; nobody else suffers.
func TestUnknownMailbox(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 8}).start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Rcpt && e.To == person(3) {
			return smtptest.Step{Reply: "550 5.1.1 no such user"}
		}
		return smtptest.Step{}
	})
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 7, campaign.Refused: 1})
	if !h.suppressed(person(3)) || h.suppressed(person(4)) {
		t.Error("the wrong mailbox is suppressed")
	}
}

// slow is a pace at which something happens to the clock.
type slow struct {
	campaign.Pace
	wait func()
}

func (s slow) Turn(ctx context.Context) error {
	s.wait()
	return s.Pace.Turn(ctx)
}

func TestWindowClosesWhileWaiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 5, window: "Mon-Fri 09:00-19:00"}).start(spring)
	h.wait(8*time.Hour + 59*time.Minute) // 18:59
	h.rewire(func(d *campaign.Deps) {
		d.Pace = slow{d.Pace, sync.OnceFunc(func() { h.wait(2 * time.Minute) })}
	})
	h.send()
	h.took(0)
	h.expect(map[campaign.State]int{campaign.Planned: 5})
	if r := h.status(); r.Waiting != "window" || !strings.HasPrefix(r.NextAt, "2026-03-11T0") {
		t.Errorf("waiting %q until %s", r.Waiting, r.NextAt)
	}
	h.wait(14 * time.Hour)
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 5})
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 4, shorter: 5}).start(spring).send()
	late := h.form(person(1))
	nonce := h.opened(late)
	h.says(person(0), "newsletter.email")
	h.wait(6 * 24 * time.Hour)
	h.post(late, 422, "form", nonce, "action", "save", "decision.newsletter.email", "yes") // a page of last week
	h.send()
	if r := h.status(); r.Status != campaign.Closed {
		t.Fatalf("the campaign is %s", r.Status)
	}
	h.post(late, 410, "form", h.opened(late), "action", "save", "decision.newsletter.email", "yes")
	h.expectClass(person(1), "EXPIRED_DELETE")
	h.expectClass(person(0), "OPTED_IN_VALID")
	h.oneClick(person(2))
	h.expectClass(person(2), "OPTED_OUT")
	h.post(late, 303, "form", h.opened(late), "action", "refuse-all")
	h.expectClass(person(1), "OPTED_OUT")
}

// Nothing is sent after the deadline, not even by a tick that finds the campaign still running.
func TestDeadlineWhileWaiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 4, shorter: 5}).start(spring)
	h.rewire(func(d *campaign.Deps) {
		d.Pace = slow{d.Pace, sync.OnceFunc(func() { h.wait(6 * 24 * time.Hour) })}
	})
	h.send()
	h.took(0)
	h.expect(map[campaign.State]int{campaign.Withheld: 4})
}

// Only what the relay said for certain counts: a connection that breaks at the dot is uncertain, and
// the machine never sends it again.
func TestBrokenAtTheDot(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 3}).start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && e.To == person(1) {
			return smtptest.Step{Drop: true, Store: true}
		}
		return smtptest.Step{}
	})
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Uncertain: 1})
	h.relays(nil)
	h.wait(20 * 24 * time.Hour)
	h.send()
	h.took(3)
	h.says(person(1), "newsletter.email")
	h.expect(map[campaign.State]int{campaign.Sent: 3})
}

// After thirty days without evidence, what was uncertain is taken as sent.
func TestUncertainForThirtyDays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1, shorter: 60}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true}))
	h.send()
	h.relays(nil)
	h.wait(29 * 24 * time.Hour)
	h.send()
	h.expect(map[campaign.State]int{campaign.Uncertain: 1})
	h.wait(2 * 24 * time.Hour)
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 1})
	h.took(0)
}

// While messages wait for the rate, shutting down and a no still count.
func TestShutdownWhileWaitingForTheRate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 6, rate: "3/min"}).start(spring)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.app.Desk.Tick(ctx, "test") }()
	h.relay.Wait(func() bool { return len(h.relay.Messages()) == 1 })
	waits := person(0)
	if h.relay.Messages()[0].To == waits { // either worker may have had the first turn
		waits = person(1)
	}
	_, err := h.app.Suppress(t.Context(), waits, "telephone")
	h.must(err)
	stop()
	h.must(<-ended)
	h.expect(map[campaign.State]int{campaign.Sent: 1, campaign.Planned: 4, campaign.Withheld: 1})
}

// A slow campaign claims no more than its rate lets it send, and lets the others have their turn.
func TestSlowCampaignSharesTurns(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 30, slow: "1/min"}).start(spring)
	h.plan.slow = ""
	h.approve("summer", nil)
	h.start("summer")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.app.Desk.Tick(ctx, "test") }()
	h.relay.Wait(func() bool { return len(h.relay.Messages()) == 30 })
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) { // it may have been about to look for more
		t.Fatal(err)
	}
	h.wait(time.Minute) // its next turn
	h.send()
	h.took(30)
	if got := h.status().Invitations; got[campaign.Sent] != 1 || got[campaign.Withheld] != 29 {
		t.Errorf("%v", got)
	}
}

// At the dot several connections may be refused before the fifth is counted, and not one more.
func TestPolicyRefusalsOnSeveralConnections(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 40, senders: 4}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Reply: "554 5.7.1 rejected by policy"}))
	h.send()
	got := h.status()
	if n := got.Invitations[campaign.Refused]; got.Status != campaign.Paused || n < 5 || n > 8 || got.Invitations[campaign.Planned] != 40-n {
		t.Errorf("%+v", got)
	}
}

// What changed in the base since the start counts when a person's turn comes.
func TestBaseChangesBeforeTheTurn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 4}).start(spring)
	h.importRows([]string{person(0)}, map[string]string{"optout": "yes", "optout_at": "2026-02-01", "optout_scope": "all"})
	h.importRows([]string{person(1)}, map[string]string{"deceased": "yes"})
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Withheld: 2})
	if a, b := h.invitation(person(0)), h.invitation(person(1)); a.Reason != campaign.WithheldSuppressed || b.Reason != campaign.WithheldAudience {
		t.Errorf("withheld for %q and %q", a.Reason, b.Reason)
	}
}

// A signed policy that is taken back stops the asking.
func TestPolicyTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 3}).start(spring)
	o := organisation(1)
	o.Policies = nil
	h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
	h.send()
	h.expect(map[campaign.State]int{campaign.Withheld: 3})
	h.took(0)
}

// Watching ends when all is settled, and then the sender is stopped wherever it is: that is no failure, and
// no reason to say that nothing can be sent.
func TestWaitingForWhatIsSettled(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 3}).start(spring).send()
	for range 10 {
		if r, err := h.app.Wait(t.Context(), spring, func(Status) {}); err != nil || !r.Settled() {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := h.app.sendUntil(stopped); err != nil {
		t.Errorf("a sender that is stopped says %v", err)
	}
	if why := h.app.cannot.Load(); why != nil && *why != "" {
		t.Errorf("it was logged that nothing can be sent: %s", *why)
	}
	if _, err := h.app.Wait(stopped, spring, func(Status) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever interrupts the waiting is told %v", err)
	}
}
