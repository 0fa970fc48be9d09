package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// letters: whoever sends messages never gets a letter, whoever prints never gets a message, and both meet at the keys.
func letters(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("post")
	w.plan(c, w.contact("a"), keys("a", "a")...)
	byPost := func(n byte, priority int64, ks ...campaign.PersonKey) {
		w.update(func(tx campaign.Tx) error {
			return tx.Plan([]campaign.Invitation{{Campaign: c, Contact: campaign.ContactID(100 + int64(n)), Link: campaign.LinkID{n, 2}, Route: campaign.RouteLetter, Language: "fr",
				NotBefore: tx.Now(), Priority: priority, Keys: ks, Values: campaign.Values{"last_name": "Ada", campaign.ValueCity: "Lyon"}}})
		})
	}
	byPost(1, 900, key(campaign.KeyPerson, "postal:b"))
	byPost(2, 1, key(campaign.KeyPerson, "postal:c"), key(campaign.KeyStrict, "a")) // the person of the message

	var claimed []campaign.Invitation
	w.update(func(tx campaign.Tx) (err error) {
		claimed, _, err = tx.Claim(c, 10, "sender", nil)
		return err
	})
	if len(claimed) != 1 || claimed[0].Route != campaign.RouteEmail {
		t.Fatalf("a sender claimed %+v", claimed)
	}
	var due []campaign.Invitation
	w.view(func(r campaign.Reader) (err error) {
		if due, err = r.LettersDue(c, nil, 10); err != nil {
			return err
		}
		rest, err := r.LettersDue(c, &due[0], 10)
		if len(due) != 2 || due[0].Priority != 900 || len(rest) != 1 || rest[0].ID != due[1].ID {
			t.Errorf("due: %+v, behind the first: %+v", due, rest)
		}
		if at, _, ok, err := r.NextDue(c); ok || err != nil {
			t.Errorf("a letter is due for a sender at %v (%v)", at, err)
		}
		return err
	})
	var batch campaign.BatchID
	w.update(func(tx campaign.Tx) (err error) {
		if claimed, err = tx.ClaimLetters([]campaign.InvitationID{due[0].ID, due[1].ID}, "letters"); err != nil {
			return err
		}
		if len(claimed) != 1 || claimed[0].ID != due[0].ID || claimed[0].Attempt != 1 {
			t.Fatalf("claimed %+v", claimed)
		}
		won, err := tx.Commit("letters", []campaign.Message{{Invitation: due[0].ID, Attempt: 1, SHA256: "sha"}})
		if err != nil || len(won) != 1 {
			t.Fatal(won, err)
		}
		batch, err = tx.AddBatch(campaign.Batch{Campaign: c, State: campaign.BatchClaimed, Window: campaign.WindowNF}, won)
		return err
	})
	w.update(func(tx campaign.Tx) error {
		released, uncertain, err := tx.Recover()
		if released != 1 || uncertain != 0 {
			t.Errorf("a start released %d claims and found %d uncertain; printed letters are neither", released, uncertain)
		}
		return err
	})
	batchRead(t, w, c, batch, due)
	batchMoves(t, w, batch)
}

// batchRead: what is told of a batch and its letters.
func batchRead(t *testing.T, w *world, c campaign.CampaignID, batch campaign.BatchID, due []campaign.Invitation) {
	w.view(func(r campaign.Reader) error {
		states, err := r.LetterStates(c)
		all, err2 := r.LettersOf(batch)
		places, err3 := r.BatchesOf(due[0].ID, due[1].ID)
		b, err4 := r.Batch(batch)
		bs, err5 := r.Batches(c)
		if states[campaign.Sending] != 1 || states[campaign.Withheld] != 1 || len(all) != 1 || all[0].MessageSHA256 != "sha" || len(places) != 1 ||
			places[due[0].ID] != (campaign.Place{Batch: batch, N: 1}) || b.Letters != 1 || b.Window != campaign.WindowNF || !slices.Equal(bs, []campaign.Batch{b}) {
			t.Errorf("%v %+v %v %+v %+v", states, all, places, b, bs)
		}
		_, missing := r.Batch(batch + 1)
		if !fault.Is(missing, fault.NotFound) {
			t.Error(missing)
		}
		return errors.Join(err, err2, err3, err4, err5)
	})
}

// batchMoves: a batch only moves forward.
func batchMoves(t *testing.T, w *world, batch campaign.BatchID) {
	move := func(from, to campaign.BatchState) error {
		return w.Update(context.Background(), func(tx campaign.Tx) error { return tx.MoveBatch(batch, from, to) })
	}
	for _, step := range []struct {
		from, to campaign.BatchState
		ok       bool
	}{{campaign.BatchPrinted, campaign.BatchPosted, false}, {campaign.BatchClaimed, campaign.BatchClaimed, false}, {campaign.BatchClaimed, campaign.BatchPrinted, true},
		{campaign.BatchPrinted, campaign.BatchClaimed, false}, {campaign.BatchPrinted, campaign.BatchPosted, true}, {campaign.BatchPosted, campaign.BatchLost, false}} {
		if err := move(step.from, step.to); (err == nil) != step.ok || err != nil && !fault.Is(err, fault.Conflict) {
			t.Errorf("%s to %s: %v", step.from, step.to, err)
		}
	}
}
