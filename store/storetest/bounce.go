package storetest

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// bounce keeps one notice about an invitation, with its entry.
func (w *world) bounce(i campaign.Invitation, m campaign.Meaning, mark string) {
	w.Helper()
	w.update(func(tx campaign.Tx) error { return bounceTx(tx, i, m, mark) })
}

func bounceTx(tx campaign.Tx, i campaign.Invitation, m campaign.Meaning, mark string) error {
	no, err := tx.Append(campaign.Entry{Kind: campaign.EntryBounced, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{"invitation": i.ID, "meaning": m}})
	if err != nil {
		return err
	}
	return tx.AddBounce(campaign.Bounce{Entry: no, Invitation: i.ID, Meaning: m, Class: "soft", Status: "4.2.2", Words: "over quota", Mark: mark})
}

// bounces: each notice once, counted per person, found by the invitation and by its message.
func bounces(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.update(func(tx campaign.Tx) error { return tx.PutOrganisation(organisation()) })
	c := w.running("printemps")
	ada, bob := w.asked(c, "ada"), w.asked(c, "bob")
	w.bounce(ada, campaign.MeansSoft, "aa")
	w.bounce(ada, campaign.MeansSoft, "bb")
	w.bounce(bob, campaign.MeansHard, "aa")
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return bounceTx(tx, ada, campaign.MeansSoft, "bb") })
	w.view(func(r campaign.Reader) error {
		known, err := r.BouncesOf(ada.ID, bob.ID)
		w.must(err)
		if len(known) != 2 || len(known[ada.ID]) != 2 {
			t.Fatalf("%+v", known)
		}
		first := known[ada.ID][0]
		same(t, campaign.Bounce{Entry: first.Entry, Invitation: ada.ID, Meaning: campaign.MeansSoft, Class: "soft", Status: "4.2.2", Words: "over quota", Mark: "aa", At: first.At}, first)
		if first.At.IsZero() {
			t.Error("a bounce has no time")
		}
		tally, err := r.Tally(c)
		w.must(err)
		if tally.Soft != 1 || tally.Hard != 1 {
			t.Errorf("%d hard, %d soft", tally.Hard, tally.Soft)
		}
		i, err := r.InvitationByMessageID(ada.MessageID)
		w.must(err)
		same(t, ada, i)
		if _, err := r.InvitationByMessageID("nobody@lumen.example"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown message: %v", err)
		}
		return nil
	})
	w.whole()
}
