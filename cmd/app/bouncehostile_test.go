package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// One notification may speak of several addresses: what it says of the others does not hide what it says of ours.
func TestBounceOfSeveralAddresses(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	hard := h.hardNotice(who)
	other := hard
	other.Address = "someone@elsewhere.example"
	h.note(other, campaign.EffectCounted)
	h.note(hard, campaign.EffectSuppressed)
	h.note(other, campaign.EffectKnown)
	h.note(hard, campaign.EffectKnown)
	h.expectBounces(1, 1, 0)
	if !h.suppressed(who) {
		t.Error("the hard bounce is lost")
	}
}

// Whoever has a signed address cannot fill the ledger with it; a hard bounce still counts after any number of others.
func TestBouncesWithoutEnd(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	soft := h.hardNotice(who)
	soft.Meaning, soft.Class = campaign.MeansSoft, "soft"
	before := h.entries()
	for n := range 60 {
		soft.Mark = fmt.Sprint(n)
		if _, err := h.app.Desk.Note(t.Context(), soft); err != nil {
			t.Fatal(err)
		}
	}
	if grown := h.entries() - before; grown > 30 {
		t.Errorf("%d entries of one person's soft bounces", grown)
	}
	h.note(h.hardNotice(who), campaign.EffectSuppressed)
}

// A machine's answer to a message of somebody who is withheld in a restored database: it must be possible to deal with it,
// or it would stand in the way of all others for ever; and nobody asks the person again.
func TestAnswerToAMessageThatIsWithheld(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring)
	id := h.invitation(who).ID
	h.must(h.app.store.Update(t.Context(), func(tx campaign.Tx) error { return tx.Withhold(id, campaign.WithheldAudience) }))
	notice := campaign.Notice{Link: h.invitation(who).Link, Meaning: campaign.MeansAuto, Mark: "aa"}
	h.note(notice, campaign.EffectSettled)
	h.expect(map[campaign.State]int{campaign.Withheld: 1})
	keys := h.invitation(who).Keys
	h.view(func(r campaign.Reader) error {
		taken, err := r.KeysTaken(keys)
		if len(taken) != len(keys) {
			t.Errorf("%d of the person's keys are taken", len(taken))
		}
		return err
	})
}

// Nobody's address stays in a server's words, which are kept when the person is erased.
func TestNoAddressStaysInTheWordsOfABounce(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	n := h.hardNotice(who)
	n.Words = "<" + who + ">: host mx.x.example said: 550 5.1.1 <jeanne.martin@private.example> (generated from jéanne@house.example) unknown"
	h.note(n, campaign.EffectSuppressed)
	id := h.invitation(who).ID
	h.view(func(r campaign.Reader) error {
		known, err := r.BouncesOf(id)
		for _, b := range known[id] {
			if w := b.Words; strings.Contains(w, "jeanne") || strings.Contains(w, "jéanne") || strings.Contains(w, who) || !strings.Contains(w, "550 5.1.1") || !strings.Contains(w, "mx.x.example") {
				t.Errorf("kept: %q", w)
			}
		}
		return err
	})
}
