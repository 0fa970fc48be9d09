package app

import (
	"context"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// Whoever stores a no and dies before the journal has it leaves a no that a restored backup would
// forget. The next start writes it.
func TestStoredNoReachesTheJournalAtTheNextStart(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3})
	restore := h.backup()
	h.rewire(func(d *campaign.Deps) {
		d.Journal = &failingJournal{Journal: d.Journal, when: func([]campaign.Record) bool { return true }}
	})
	if _, err := h.app.Desk.SuppressAddress(t.Context(), campaign.Machine, campaign.Address(person(1)), "said no"); err == nil {
		t.Fatal("the journal failed and nobody was told")
	}
	h.reopen() // this start sees the no in the database and not in the journal
	restore()
	h.reopen()
	if !h.suppressed(person(1)) {
		t.Error("a restored backup forgot a no that was stored before the last start")
	}
}

// A relay that takes messages and never answers the dot would leave the whole base uncertain.
func TestUnclearRelayPausesTheCampaign(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 40, senders: 2}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true}))
	h.must(h.tick())
	if s := h.status(); s.Status != campaign.Paused || s.Invitations[campaign.Uncertain] > 5+2 || s.Reason == "" {
		t.Errorf("%s with %d uncertain, because %q", s.Status, s.Invitations[campaign.Uncertain], s.Reason)
	}
}

// Views wait for nobody and are stored all the same.
func TestViewsAreStored(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring)
	c, err := h.app.Desk.Campaign(t.Context(), spring)
	h.must(err)
	for range 100 {
		h.app.Desk.CountView(c.ID)
	}
	h.must(h.app.Desk.FlushViews(t.Context()))
	if n := h.status().FormViews; n != 100 {
		t.Errorf("%d views are stored, want 100", n)
	}
}

// Whoever waits for a campaign that is settled already is told so: the sender that is stopped at once is
// no failure.
func TestWaitForASettledCampaign(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	for range 50 {
		if _, err := h.app.Wait(context.Background(), spring, func(Status) {}); err != nil {
			t.Fatal(err)
		}
	}
}
