package storetest

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// proven is a history whose first invitation became uncertain by an entry that tells all of it, with
// an import and its entry.
func proven(t testing.TB, h Harness) *world {
	w := history(t, h)
	c := w.running("automne")
	l := w.plan(c, w.contact("zoe"), append(keys("zoe", "zoe"), key(campaign.KeyPerson, "zoe"))...)
	w.commit("dead", w.claim(c, 1, "dead")...)
	w.update(func(tx campaign.Tx) error {
		_, _, err := tx.Recover()
		w.must(err)
		id, err := tx.AddImport(campaign.Import{Source: "base.csv", SHA256: "ab", Rows: 9, Created: 2, Updated: 3, Unchanged: 1, Duplicates: 1, Conflicts: 1, Rejected: 2})
		w.must(err)
		_, err = tx.Append(campaign.Entry{Kind: campaign.EntryImported, Payload: map[string]any{"import": id, "source": "base.csv", "sha256": "ab",
			"lines": 9, "created": 2, "updated": 3, "unchanged": 1, "duplicates": 1, "conflicts": 1, "rejected": 2}})
		w.must(err)
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryImportUndone, Payload: map[string]any{"import": id, "removed": 1}})
		w.must(err)
		return tx.EndImport(no, campaign.Undone{Import: id, At: tx.Now(), Removed: 1, Restored: 2, Kept: 1})
	})
	w.list("tool", false, campaign.NewDate(2026, 1, 2), hashed(campaign.KeyMD5, 1), hashed(campaign.KeySHA1, 1), hashed(campaign.KeySHA256, 1))
	w.list("robinson", true, campaign.NewDate(2026, 1, 2), keys("rob", "rob")...)
	w.user("dora", account.Viewer)
	left := w.user("emil", account.Approver)
	w.onAccounts(func(tx account.Tx) error { return tx.DisableAccount(left, anna) })
	w.token("crm", account.Marketer, 1)
	old := w.token("old", account.Viewer, 2)
	w.onAccounts(func(tx account.Tx) error { return tx.RevokeToken(old, anna) })
	w.update(func(tx campaign.Tx) error {
		done, err := asks(tx, 7, campaign.CaseErase)
		w.must(err)
		open, err := asks(tx, 7, campaign.CaseAccess)
		w.must(err)
		_, err = extends(tx, open, 30, "many lists")
		w.must(err)
		return closes(tx, done, "erased")
	})
	w.erasedNobody()
	w.byHand(7)
	_, _, err := w.Checkpoint(t.Context(), w.signer)
	w.must(err)
	if i := w.invitation(l); i.State != campaign.Uncertain {
		t.Fatalf("recovered as %s", i.State)
	}
	w.whole()
	return w
}

// Proven is a store with rows in every table that proves something, and the key that signed it.
func Proven(t testing.TB, h Harness) (*store.DB, ledger.Verifier) {
	w := proven(t, h)
	return w.DB, w.verifier
}

// keyRows deletes and moves the keys of people who were asked; each must be named.
func keyRows(t *testing.T, h Harness) {
	for _, state := range []string{"uncertain", "refused", "sending", "sent"} {
		for _, query := range []string{
			"DELETE FROM person_key WHERE kind = 'strict'", "DELETE FROM person_key WHERE kind = 'mailbox'", "DELETE FROM invitation_key",
			"UPDATE person_key SET invitation = 1 WHERE invitation = 3", "UPDATE person_key SET invitation = NULL",
			"UPDATE person_key SET key = zeroblob(32) WHERE kind = 'person'", "UPDATE invitation_key SET invitation = 1 WHERE invitation = 3 AND kind = 'person'",
		} {
			w := proven(t, h)
			db := h.Bare(t, w.DB)
			mustExec(t, db, "UPDATE invitation SET state = $1 WHERE id = 3", state)
			mustExec(t, db, query)
			w.found(fmt.Sprint(state, ": ", query), []string{"key"})
		}
	}
	w := proven(t, h)
	mustExec(t, h.Bare(t, w.DB), "DELETE FROM invitation_key WHERE invitation = 3 AND kind = 'person'")
	mustExec(t, h.Bare(t, w.DB), "DELETE FROM person_key WHERE invitation = 3 AND kind = 'person'")
	w.found("a key lost in both tables", []string{"list of keys"})
}

// lateSilence: who becomes uncertain after the campaign was closed is silent from then on.
func lateSilence(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	w.plan(c, w.contact("ada"), keys("ada", "ada")...)
	late := w.plan(c, w.contact("bob"), keys("bob", "bob")...)
	w.commit("dead", w.claim(c, 1, "dead")...)
	w.move(c, campaign.Running, campaign.Closed, campaign.EntryClosed)
	w.update(func(tx campaign.Tx) error {
		_, _, err := tx.Recover()
		w.must(err)
		_, err = tx.Restore(late, 1, keys("bob", "bob"), "the person answered the message")
		return err
	})
	var n int
	db := h.Triggered(t, w.DB)
	w.must(db.QueryRow("SELECT count(*) FROM silence").Scan(&n))
	if n != 2 {
		t.Errorf("%d silent, want 2", n)
	}
	w.must(db.QueryRow("SELECT count(*) FROM entry_payload WHERE CAST(payload AS TEXT) LIKE '%\"because\":\"the person answered the message\"%'").Scan(&n))
	if n != 1 {
		t.Errorf("%d entries give the reason", n)
	}
	w.whole()
}

// bundleSignsNothing: what no checkpoint covers is left out of a dossier.
func bundleSignsNothing(t *testing.T, h Harness) {
	w := newWorld(t, h)
	ada := w.asked(w.running("printemps"), "ada")
	if _, err := w.WriteBundle(t.Context(), io.Discard, store.Making{Key: w.vkey}, store.Selection{}); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) != "reoptin ledger checkpoint" {
		t.Errorf("nothing is covered: %v", err)
	}
	_, _, err := w.Checkpoint(t.Context(), w.signer)
	w.must(err)
	w.answer(ada, "r1", "n1", campaign.Granted)
	whole := func() (entries int, text bytes.Buffer) {
		making := store.Making{Key: w.vkey, Seen: func(ledger.BundleEntry) { entries++ }}
		_, err := w.WriteBundle(t.Context(), &text, making, store.Selection{})
		w.must(err)
		return entries, text
	}
	n, _ := whole()
	_, p, err := w.Head(t.Context())
	w.must(err)
	if p.N != 1 || int64(n) != p.Size {
		t.Errorf("%d entries, checkpoint %d of %d", n, p.N, p.Size)
	}
	for n := range 300 {
		w.answer(ada, fmt.Sprint("more ", n), "", campaign.Withdrawn)
	}
	_, _, err = w.Checkpoint(t.Context(), w.signer)
	w.must(err)
	n, text := whole() // more than a page of entries
	if rep, err := ledger.Verify(&text, w.vkey); err != nil || !rep.OK || n < 300 {
		t.Errorf("%d entries: %v", n, err)
	}
}
