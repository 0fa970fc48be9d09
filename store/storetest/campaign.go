package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

func campaigns(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.view(func(r campaign.Reader) error {
		if _, err := r.Organisation(); !fault.Is(err, fault.NotFound) {
			t.Errorf("before the first apply: %v", err)
		}
		return nil
	})
	w.update(func(tx campaign.Tx) error { return tx.PutOrganisation(organisation()) })
	id := w.running("printemps")
	w.refused(fault.Conflict, func(tx campaign.Tx) error {
		_, err := tx.CreateCampaign(campaign.Campaign{Name: "printemps"})
		return err
	})
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.PutDraft(id, file("printemps"), "max") })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.DeleteDraft(id) })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.MoveCampaign(id, campaign.Paused, campaign.Closed) })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.MoveCampaign(id, campaign.Running, campaign.Draft) })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.Freeze(id, frozen("printemps"), "anna") })
	w.refused(fault.NotFound, func(tx campaign.Tx) error { return tx.CountFormViews(id+9, 1) })
	until := w.clock().Add(time.Hour).Truncate(time.Millisecond)
	w.update(func(tx campaign.Tx) error {
		w.must(tx.SetWaiting(id, campaign.Waiting{For: "relay", Until: until, Reason: "451"}))
		w.must(tx.CountFormViews(id, 1))
		return tx.CountFormViews(id, 1)
	})
	w.view(func(r campaign.Reader) error {
		o, err := r.Organisation()
		w.must(err)
		c, err := r.Campaign("printemps")
		w.must(err)
		f := frozen("printemps")
		at := r.Now()
		want := campaign.Campaign{ID: id, Name: "printemps", Status: campaign.Running, File: f.File, Frozen: &f, ApprovedBy: "anna",
			CreatedAt: at, ApprovedAt: at, StartedAt: at, Waiting: campaign.Waiting{For: "relay", Until: until, Reason: "451"}, FormViews: 2}
		same(t, want, c)
		same(t, organisation(), o)
		if _, err := r.Campaign("automne"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown campaign: %v", err)
		}
		cs, err := r.CampaignList()
		if len(cs) != 1 {
			t.Errorf("campaigns: %v", cs)
		}
		return err
	})
	drafts(t, w)
	undoneApproval(t, w)
	w.whole()
}

// undoneApproval approves a draft in a transaction that is undone, then its next version: nothing of the first
// is remembered, although both have the same number.
func undoneApproval(t *testing.T, w *world) {
	var id campaign.CampaignID
	w.update(func(tx campaign.Tx) (err error) {
		id, err = tx.CreateCampaign(campaign.Campaign{Name: "hiver", File: file("hiver")})
		return err
	})
	approve := func(tx campaign.Tx, hash, label string) error {
		f := frozen("hiver")
		f.Hash, f.Documents = hash, map[string]string{"label": label}
		w.must(tx.Freeze(id, f, "anna"))
		c, err := tx.CampaignByID(id)
		if err == nil && (c.Frozen == nil || c.Frozen.Hash != hash || c.Frozen.Documents["label"] != label) {
			t.Errorf("approved %s, read %+v", label, c.Frozen)
		}
		return err
	}
	undone := errors.New("undone")
	if err := w.Update(t.Context(), func(tx campaign.Tx) error { return errors.Join(approve(tx, "11", "first"), undone) }); !errors.Is(err, undone) {
		t.Errorf("%v", err)
	}
	w.update(func(tx campaign.Tx) error { return approve(tx, "22", "second") })
	w.update(func(tx campaign.Tx) error { return tx.PutDraft(id, file("hiver"), "max") })
	w.update(func(tx campaign.Tx) error { return tx.DeleteDraft(id) })
}

func drafts(t *testing.T, w *world) {
	var id campaign.CampaignID
	voided := campaign.Voided{By: "max", At: w.clock().UTC().Truncate(time.Second), Hash: "ab", Changed: []string{"message.fr.body"}}
	w.update(func(tx campaign.Tx) (err error) {
		id, err = tx.CreateCampaign(campaign.Campaign{Name: "été", File: file("été")})
		w.must(err)
		w.must(tx.Freeze(id, frozen("été"), "anna"))
		w.must(tx.PutDraft(id, file("été 2"), "max"))
		return tx.Void(id, voided)
	})
	w.view(func(r campaign.Reader) error {
		c, err := r.CampaignByID(id)
		if c.Status != campaign.Draft || c.Frozen != nil || c.Name != "été 2" || c.WrittenBy != "max" {
			t.Errorf("after a change the approval stands: %+v", c)
		}
		same(t, &voided, c.Voided)
		return err
	})
	w.update(func(tx campaign.Tx) error { return tx.Freeze(id, frozen("été 2"), "anna") })
	w.view(func(r campaign.Reader) error {
		c, err := r.CampaignByID(id)
		if c.Voided != nil {
			t.Errorf("after the next approval: %+v", c.Voided)
		}
		return err
	})
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.Void(id, voided) })
	w.update(func(tx campaign.Tx) error { return tx.PutDraft(id, file("été 2"), "max") })
	w.update(func(tx campaign.Tx) error { return tx.DeleteDraft(id) })
	w.update(func(tx campaign.Tx) error {
		again, err := tx.CreateCampaign(campaign.Campaign{Name: "été", File: file("été")})
		if again <= id {
			t.Errorf("the number %d was given again", again)
		}
		return err
	})
}

func documents(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.running("printemps")
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryApproved, Payload: map[string]any{}})
		w.must(err)
		other := form
		other.Name = "another name"
		return tx.PutDocument(no, other)
	})
	w.view(func(r campaign.Reader) error {
		d, err := r.Document(form.SHA256)
		same(t, form, d)
		if _, err := r.Document("00"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown document: %v", err)
		}
		return err
	})
	if err := w.Update(t.Context(), func(tx campaign.Tx) error { return tx.PutDocument(7777, campaign.Document{SHA256: "aa"}) }); err == nil {
		t.Error("a document without an entry of its transaction was kept")
	}
	w.whole()
}
