package app

import (
	"errors"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// A journal that had no room and has it again: sending goes on by itself, without asking anybody again, and a no that was
// stored meanwhile reaches the journal at once, and not only at the next start.
func TestSendingGoesOnWhenTheJournalDoes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const people = 12
	h := newHouse(t, plan{people: people, senders: 2}).start(spring)
	never := func([]campaign.Record) bool { return false }
	j := &failingJournal{Journal: h.app.journal, when: intents}
	h.rewire(func(d *campaign.Deps) { d.Journal = j })
	if err := h.tick(); !errors.Is(err, errDisk) {
		t.Fatalf("the tick says %v", err)
	}
	if _, err := h.app.Desk.SuppressAddress(t.Context(), campaign.Machine, "stranger@place.example", "said no"); err == nil {
		t.Fatal("the journal failed and nobody was told")
	}
	j.mu.Lock()
	j.broken, j.when = false, never
	j.mu.Unlock()
	if err := h.tick(); !errors.Is(err, errDisk) { // nobody is put in doubt for finding out
		t.Errorf("with a journal that took nothing yet the tick says %v", err)
	}
	u := h.status().Invitations[campaign.Uncertain]
	if u < 1 || u > 2 {
		t.Errorf("%d are uncertain", u)
	}
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.send()
	h.took(people - u)
	h.expect(map[campaign.State]int{campaign.Sent: people - u, campaign.Uncertain: u})
	said := false
	h.must(h.app.journal.Replay(func(r campaign.Record) error {
		said = said || r.Kind == campaign.RecordSuppress
		return nil
	}))
	if !said {
		t.Error("the journal lacks a no that was stored while it took nothing")
	}
}

// A head that was signed while the journal took nothing is brought there, although there is nothing new to sign.
func TestAHeadThatTheJournalMissedReachesIt(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring)
	j := &failingJournal{Journal: h.app.journal, when: having(campaign.RecordHead)}
	h.rewire(func(d *campaign.Deps) { d.Journal = j })
	p, err := h.app.Checkpoint(t.Context())
	if !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	j.mu.Lock()
	j.broken, j.when = false, func([]campaign.Record) bool { return false }
	j.mu.Unlock()
	_, err = h.app.Checkpoint(t.Context())
	h.must(err)
	heads, err := h.app.journal.Heads()
	h.must(err)
	if len(heads) == 0 || heads[len(heads)-1].Size != p.Size {
		t.Errorf("the journal has the heads %v, and not %d", heads, p.Size)
	}
	h.send()
	h.took(3)
}
