package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

func mustExec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func entries(t *testing.T, h Harness) {
	w := newWorld(t, h)
	var first, second campaign.EntryNo
	w.update(func(tx campaign.Tx) (err error) {
		if first, err = tx.Append(campaign.Entry{Kind: campaign.EntryImported, Payload: map[string]any{"note": "<été>"}}); err != nil {
			return err
		}
		second, err = tx.Append(campaign.Entry{Kind: campaign.EntryClassified, Contact: 4, Payload: struct{}{}})
		return err
	})
	if first != 0 || second != 1 {
		t.Errorf("numbered %d and %d", first, second)
	}
	failing := func(p any) error {
		return w.Update(context.Background(), func(tx campaign.Tx) error {
			_, err := tx.Append(campaign.Entry{Kind: campaign.EntryImported, Payload: p})
			return err
		})
	}
	for _, bad := range []any{nil, "text", map[string]any{"rows": 1}, map[string]any{"kind": "x"}, map[string]any{"half": 0.5}} {
		if failing(bad) == nil {
			t.Errorf("the payload %v was kept", bad)
		}
	}
	w.pass(-24 * time.Hour)
	w.must(failing(map[string]any{}))
	e, err := w.Entry(t.Context(), 1)
	w.must(err)
	var payload map[string]any
	w.must(json.Unmarshal(e.Payload, &payload))
	if payload["kind"] != "classified" || payload["at"] != "2026-03-02T09:00:00.123Z" || payload["rows"] == nil {
		t.Errorf("the payload does not explain itself: %s", e.Payload)
	}
	late, err := w.Entry(t.Context(), 2)
	w.must(err)
	if !late.At.Equal(e.At) || !strings.Contains(string(late.Payload), "2026-03-01") {
		t.Errorf("the clock went back: %v, %s", late.At, late.Payload)
	}
	if _, err := w.Entry(t.Context(), 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("an entry that is not there: %v", err)
	}
	if rep := w.whole(); rep.Size != 3 {
		t.Errorf("size %d", rep.Size)
	}
}

func checkpoints(t *testing.T, h Harness) {
	w := newWorld(t, h)
	if p, signed, err := w.Checkpoint(t.Context(), w.signer); err != nil || signed || p.N != 0 {
		t.Errorf("an empty ledger was signed: %+v %v %v", p, signed, err)
	}
	var anchors []ledger.Anchor
	for n := range 3 {
		w.suppress(n%2 == 1, key(campaign.KeyStrict, "a"))
		p, signed, err := w.Checkpoint(t.Context(), w.signer)
		w.must(err)
		again, twice, err := w.Checkpoint(t.Context(), w.signer)
		w.must(err)
		if !signed || twice || again.N != p.N || p.N != int64(n+1) || p.Size != int64(n+1) {
			t.Errorf("checkpoint %+v, %v; then %+v, %v", p, signed, again, twice)
		}
		anchors = append(anchors, ledger.Anchor{Size: p.Size, Root: p.Root, From: "the send journal", Signed: true})
	}
	rep, err := w.VerifyLedger(t.Context(), []ledger.Verifier{w.verifier}, anchors)
	w.must(err)
	if !rep.OK {
		t.Errorf("%+v", rep.Faults)
	}
	lost, err := w.VerifyLedger(t.Context(), []ledger.Verifier{w.verifier}, []ledger.Anchor{{Size: 9, Root: rep9, From: "the send journal", Signed: true}})
	w.must(err)
	if lost.OK {
		t.Error("a ledger shorter than the journal knows passed")
	}
}

var rep9 ledger.Hash

// history is a ledger with rows in every table of evidence.
func history(t testing.TB, h Harness) *world {
	w := newWorld(t, h)
	w.update(func(tx campaign.Tx) error { return tx.PutOrganisation(organisation()) })
	c := w.running("printemps")
	ada := w.asked(c, "ada")
	w.bounce(w.asked(c, "bob"), campaign.MeansSoft, "aa")
	_, _, err := w.Checkpoint(context.Background(), w.signer)
	w.must(err)
	w.pass(time.Second)
	w.answer(ada, "r1", "n1", campaign.Granted, campaign.Declined)
	w.suppress(false, keys("eve", "eve")...)
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryClosed, Campaign: c, Payload: map[string]any{}})
		w.must(err)
		w.must(tx.MoveCampaign(c, campaign.Running, campaign.Closed))
		_, err = tx.Silence(no, c)
		return err
	})
	_, _, err = w.Checkpoint(context.Background(), w.signer)
	w.must(err)
	w.whole()
	return w
}

func appendOnly(t *testing.T, h Harness) {
	w := history(t, h)
	db := h.Triggered(t, w.DB)
	for _, table := range []string{"entry", "tree_node", "checkpoint", "organisation", "approval", "document", "response", "decision", "suppression", "sending", "silence", "bounce"} {
		column := columns(t, db, table)[0]
		for _, query := range []string{"DELETE FROM " + table, "UPDATE " + table + " SET " + column + " = " + column} {
			if _, err := db.Exec(query); err == nil {
				t.Errorf("the database let through: %s", query)
			}
		}
	}
	for _, query := range []string{"UPDATE entry_payload SET salt = salt", "UPDATE ledger_head SET size = 0", "DELETE FROM ledger_head"} {
		if _, err := db.Exec(query); err == nil {
			t.Errorf("the database let through: %s", query)
		}
	}
	mustExec(t, db, "DELETE FROM entry_payload WHERE seq = 0") // as an erasure does
}

func bundles(t *testing.T, h Harness) {
	w := history(t, h)
	i := w.invitationOf(1)
	for name, tt := range map[string]struct {
		sel       store.Selection
		responses int
	}{
		"all":       {store.Selection{}, 1},
		"campaign":  {store.Selection{Campaign: i.Campaign}, 1},
		"contact":   {store.Selection{Contact: i.Contact}, 1},
		"response":  {store.Selection{Response: "r1"}, 1},
		"bob":       {store.Selection{Contact: i.Contact + 1}, 0},
		"bob there": {store.Selection{Contact: i.Contact + 1, Campaign: i.Campaign}, 0},
	} {
		var out bytes.Buffer
		_, err := w.WriteBundle(t.Context(), &out, store.Making{Key: w.vkey}, tt.sel)
		w.must(err)
		rep, err := ledger.Verify(&out, w.vkey)
		w.must(err)
		if !rep.OK || len(rep.Responses) != tt.responses || rep.Entries["asked"] == 0 || rep.Entries["campaign.approved"] != 1 || len(rep.Documents) != 1 {
			t.Errorf("%s: %+v", name, rep)
		}
		if tt.sel.Contact != 0 && rep.Entries["asked"] != 1 {
			t.Errorf("%s: it holds the proofs of others: %v", name, rep.Entries)
		}
	}
	for _, sel := range []store.Selection{{Campaign: 99}, {Contact: 99}, {Response: "none"}} {
		var out bytes.Buffer
		if _, err := w.WriteBundle(t.Context(), &out, store.Making{Key: w.vkey}, sel); !fault.Is(err, fault.NotFound) || out.Len() > 0 {
			t.Errorf("%+v: %v, %d bytes", sel, err, out.Len())
		}
	}
}

func (w *world) invitationOf(c campaign.ContactID) (i campaign.Invitation) {
	w.Helper()
	w.view(func(r campaign.Reader) error {
		is, err := r.InvitationsOfContact(c)
		if err == nil {
			i = is[0]
		}
		return err
	})
	return i
}
