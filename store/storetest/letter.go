package storetest

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// letterCodes: a code opens one invitation, and goes on doing so beside a later one.
func letterCodes(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.update(func(tx campaign.Tx) error { return tx.PutOrganisation(organisation()) })
	c := w.running("printemps")
	ada, bob := w.asked(c, "ada"), w.asked(c, "bob")
	put := func(tx campaign.Tx, i campaign.Invitation, d byte) error {
		return tx.PutCode(i.ID, campaign.CodeDigest{d})
	}
	w.update(func(tx campaign.Tx) error { return put(tx, ada, 1) })
	w.update(func(tx campaign.Tx) error { return put(tx, bob, 2) })
	for range 2 {
		w.update(func(tx campaign.Tx) error { return put(tx, bob, 3) })
	}
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return put(tx, bob, 1) })
	w.view(func(r campaign.Reader) error {
		for d, want := range map[byte]campaign.InvitationID{1: ada.ID, 2: bob.ID, 3: bob.ID, 4: 0} {
			i, err := r.InvitationByCode(campaign.CodeDigest{d})
			if i.ID != want || want == 0 && !fault.Is(err, fault.NotFound) {
				t.Errorf("code %d opens %d: %v", d, i.ID, err)
			}
		}
		unknown, err := r.UnknownCodes([]campaign.CodeDigest{{1}, {4}, {3}, {5}})
		same(t, []campaign.CodeDigest{{4}, {5}}, unknown)
		return err
	})
}

// receiptMails: a wish is kept once, waits until it ends, and may wait again.
func receiptMails(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.update(func(tx campaign.Tx) error { return tx.PutOrganisation(organisation()) })
	c := w.running("printemps")
	first, second := "r1", "r2"
	w.answer(w.asked(c, "ada"), first, "n1", campaign.Granted)
	w.answer(w.asked(c, "bob"), second, "n2", campaign.Granted)
	w.update(func(tx campaign.Tx) error { return tx.AskReceipt(first) })
	w.pass(1e9)
	for range 2 {
		w.update(func(tx campaign.Tx) error { return tx.AskReceipt(second) })
	}
	waiting := func(want ...string) {
		t.Helper()
		w.view(func(r campaign.Reader) error {
			ms, err := r.ReceiptsWaiting(10)
			w.must(err)
			var got []string
			for _, m := range ms {
				got = append(got, m.Response)
			}
			same(t, want, got)
			return nil
		})
	}
	waiting(first, second)
	w.update(func(tx campaign.Tx) error { return tx.TryReceipt(first) })
	w.update(func(tx campaign.Tx) error { return tx.EndReceipt(first, campaign.ReceiptUncertain) })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.TryReceipt(first) })
	waiting(second)
	w.update(func(tx campaign.Tx) error { return tx.EndReceipt(first, "") })
	waiting(first, second)
	w.update(func(tx campaign.Tx) error { return tx.EndReceipt(first, campaign.ReceiptSent) })
	w.view(func(r campaign.Reader) error {
		m, err := r.ReceiptMail(first)
		w.must(err)
		if m.Tries != 1 || m.Outcome != campaign.ReceiptSent || m.EndedAt.IsZero() || m.AskedAt.IsZero() {
			t.Errorf("%+v", m)
		}
		if _, err := r.ReceiptMail("nobody"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown one: %v", err)
		}
		return nil
	})
}
