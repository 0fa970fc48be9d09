//go:build failpoint

package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// A no that is stored before the dot holds the message back, whoever stores it: nothing is left with
// the mail server.
func TestNoWhileAMessageIsUnderWay(t *testing.T) {
	t.Parallel()
	who := person(0)
	suppress := func(h *house) {
		_, err := h.app.Suppress(context.Background(), who, "said so by telephone")
		h.must(err)
	}
	for _, point := range []string{"mail.after-rcpt", "mail.mid-body", "mail.after-body", "beat.before-update"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1}).start(spring)
			h.on(point, sync.OnceFunc(func() { suppress(h) }))
			h.send()
			h.expectHeld(campaign.Withheld, campaign.WithheldSuppressed)
		})
	}
	t.Run("held before the body", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, plan{people: 1}).start(spring)
		h.meanwhile(func() { suppress(h) })
		h.expectHeld(campaign.Withheld, campaign.WithheldSuppressed)
	})
}

// Who answers has got the message, whatever the database believes; the second one is held back. The
// answer is the ledger's last word on the invitation.
func TestAnswerWhileAMessageIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"mail.after-rcpt", "mail.after-body"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1}).start(spring)
			h.on(point, sync.OnceFunc(func() { h.oneClick(person(0)) }))
			h.send()
			h.expectHeld(campaign.Sent, "answered")
		})
	}
}

// A no that comes after the point of no return cannot hold the message back, but stands.
func TestNoAfterThePointOfNoReturn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1}).start(spring)
	h.on("mail.after-commit", func() { h.oneClick(person(0)) })
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 1})
	if !h.suppressed(person(0)) || len(h.responses(person(0))) != 1 {
		t.Error("the no is lost")
	}
}

func TestPauseAndCloseBeforeTheDot(t *testing.T) {
	t.Parallel()
	t.Run("pause", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, plan{people: 6}).start(spring)
		h.meanwhile(func() { h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a question")) })
		h.took(0)
		h.expect(map[campaign.State]int{campaign.Planned: 6})
		if r := h.status(); r.Status != campaign.Paused || r.Reason != "a question" {
			t.Errorf("%+v", r)
		}
		h.send()
		h.took(0)
		h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
		h.send()
		h.expect(map[campaign.State]int{campaign.Sent: 6})
	})
	t.Run("close", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, plan{people: 6}).start(spring)
		h.meanwhile(func() {
			done, err := h.app.CloseCampaign(t.Context(), spring)
			if err != nil || done.Withheld != 6 || done.Silent != 0 {
				t.Errorf("%+v, %v", done, err)
			}
		})
		h.took(0)
		h.expect(map[campaign.State]int{campaign.Withheld: 6})
	})
	t.Run("close after the point of no return", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, plan{people: 1}).start(spring)
		h.on("mail.after-commit", func() {
			_, err := h.app.CloseCampaign(context.Background(), spring)
			h.must(err)
		})
		h.send()
		h.expect(map[campaign.State]int{campaign.Sent: 1})
		h.expectClass(person(0), "EXPIRED_DELETE")
	})
}

// Shutting down brings what has begun to its end and gives the other claims back.
func TestShutdown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 20, senders: 2}).start(spring)
	ctx, stop := context.WithCancel(t.Context())
	h.on("mail.after-body", stop)
	h.must(h.app.Desk.Tick(ctx, "test"))
	got := h.status().Invitations
	if n := got[campaign.Sent]; n < 1 || n > 2 || got[campaign.Planned] != 20-n {
		t.Errorf("%v", got)
	}
	h.took(got[campaign.Sent])
	h.on("", nil)
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 20})
}

func TestJournalFailure(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"lost": false, "written all the same": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 12, senders: 2}).start(spring)
			h.rewire(func(d *campaign.Deps) { d.Journal = &failingJournal{Journal: d.Journal, when: intents, keep: keep} })
			if err := h.tick(); !errors.Is(err, errDisk) {
				t.Fatalf("the tick says %v", err)
			}
			for range 2 {
				if err := h.tick(); !errors.Is(err, errDisk) {
					t.Errorf("a further tick says %v", err)
				}
			}
			h.took(0)
			got := h.status().Invitations
			if u := got[campaign.Uncertain]; u < 1 || u > 2 || got[campaign.Planned] != 12-u {
				t.Errorf("%v", got)
			}
			h.on("", nil)
			u := got[campaign.Uncertain]
			h.reopen()
			h.send()
			h.expect(map[campaign.State]int{campaign.Sent: 12 - u, campaign.Uncertain: u})
			h.took(12 - u)
		})
	}
}

// A journal that fails just when the relay put somebody off at the dot: that one is uncertain at once, and the
// next process takes nothing for the mark of an older database.
func TestJournalFailsAsSomebodyIsPutOff(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"lost": false, "written all the same": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 6, senders: 1}).start(spring)
			h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Reply: "451 4.3.0 later"}))
			h.rewire(func(d *campaign.Deps) { d.Journal = &failingJournal{Journal: d.Journal, when: releases, keep: keep} })
			if err := h.tick(); !errors.Is(err, errDisk) {
				t.Fatalf("the tick says %v", err)
			}
			h.relays(nil)
			h.expect(map[campaign.State]int{campaign.Planned: 5, campaign.Uncertain: 1})
			if r := h.reopen(); r.Restored+r.Paused > 0 {
				t.Errorf("the next process has to put right %+v", r)
			}
			h.send()
			h.expect(map[campaign.State]int{campaign.Sent: 5, campaign.Uncertain: 1})
			h.took(5)
		})
	}
}

// The real journal, closed under a running sender.
func TestJournalClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 9, senders: 3}).start(spring)
	h.on("mail.after-body", func() { _ = h.app.journal.Close() })
	for range 3 {
		if err := h.tick(); !fault.Is(err, fault.Unavailable) {
			t.Errorf("the tick says %v", err)
		}
	}
	h.took(0)
	u := h.status().Invitations[campaign.Uncertain]
	h.on("", nil)
	h.reopen()
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 9 - u, campaign.Uncertain: u})
	if u > 3 {
		t.Errorf("%d are uncertain", u)
	}
}

func TestStoreFailureOnABeat(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		for _, point := range []string{"mail.after-body", "mail.after-dot", "claim.after"} {
			for _, times := range []int{1, 3, 7} {
				t.Run(fmt.Sprintf("%s stored %v times %d", point, keep, times), func(t *testing.T) {
					t.Parallel()
					storeFails(t, point, keep, times)
				})
			}
		}
	}
}

// on does something at a named point of a delivery or a beat.
func (h *house) on(name string, do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.point = func(n string) {
		if n == name && do != nil {
			do()
		}
	}
}

// storeFails lets the store fail some times from a point of the first delivery on, and expects that all
// are asked once it works again: sent where the relay's answer was read, else uncertain.
func storeFails(t *testing.T, point string, keep bool, times int) {
	h := newHouse(t, plan{people: 8, senders: 2}).start(spring)
	s := &failingStore{keep: keep}
	h.rewire(func(d *campaign.Deps) { s.Store, d.Store = d.Store, s })
	h.on(point, sync.OnceFunc(func() { s.arm(times) }))
	failures := 0
	for range 12 {
		if h.tick() != nil {
			failures++
		}
	}
	got := h.status().Invitations
	if failures == 0 || got[campaign.Sent]+got[campaign.Uncertain] != 8 || len(h.relay.Messages()) != got[campaign.Sent] {
		t.Errorf("%d failures, %v, %d messages", failures, got, len(h.relay.Messages()))
	}
	if u := got[campaign.Uncertain]; u > 2 || u > 0 && !keep {
		t.Errorf("%d are uncertain", u)
	}
	if r := h.reopen(); r.Released+r.Restored+r.Suppressed > 0 {
		t.Errorf("the next process has to put right %+v", r)
	}
}

// expectHeld expects that the one person who said no got nothing, and that the connection was cut.
func (h *house) expectHeld(s campaign.State, reason string) {
	h.t.Helper()
	h.took(0)
	if i := h.invitation(person(0)); i.State != s || i.Reason != reason {
		h.t.Errorf("the invitation is %s (%s), want %s (%s)", i.State, i.Reason, s, reason)
	}
	if !h.suppressed(person(0)) {
		h.t.Error("the no is not kept")
	}
	h.on("", nil)
	h.send()
	h.took(0)
	if !h.relay.Wait(func() bool { return len(h.relay.Partial()) == 0 }) {
		h.t.Error("the body still stands with the mail server")
	}
}
