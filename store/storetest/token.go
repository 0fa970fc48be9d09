package storetest

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// token adds one whose digest begins with a byte.
func (w *world) token(name string, role account.Role, digest byte) (id account.TokenID) {
	w.Helper()
	w.onAccounts(func(tx account.Tx) (err error) {
		id, err = tx.AddToken(account.Token{Name: name, Role: role, Digest: account.Key{digest}, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(90 * 24 * time.Hour)}, anna)
		return err
	})
	return id
}

func tokens(t *testing.T, h Harness) {
	w := newWorld(t, h)
	began := w.clock().Truncate(time.Millisecond)
	id, second := w.token("crm", account.Marketer, 1), w.token("shop", account.Viewer, 2)
	w.pass(48 * time.Hour)
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.UseToken(id))
		return tx.RevokeToken(second, anna)
	})
	ends, later := began.Add(90*24*time.Hour), began.Add(48*time.Hour)
	want := []account.Token{
		{ID: id, Name: "crm", Role: account.Marketer, Digest: account.Key{1}, MadeBy: "anna", CreatedAt: began, ExpiresAt: ends, UsedOn: later.UTC().Truncate(24 * time.Hour)},
		{ID: second, Name: "shop", Role: account.Viewer, Digest: account.Key{2}, MadeBy: "anna", CreatedAt: began, ExpiresAt: ends, RevokedAt: later},
	}
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.UseToken(second)) // brings nothing back
		got, err := tx.Tokens()
		w.must(err)
		same(t, want, got)
		one, err := tx.Token(account.Key{1})
		w.must(err)
		same(t, want[0], one)
		_, err = tx.Token(account.Key{3})
		return wants(t, fault.NotFound, err)
	})
	for name, act := range map[string]func(account.Tx) error{
		"a name twice": func(tx account.Tx) error {
			_, err := tx.AddToken(account.Token{Name: "crm", Role: account.Viewer, Digest: account.Key{9}, CreatedAt: tx.Now()}, anna)
			return err
		},
		"a digest twice": func(tx account.Tx) error {
			_, err := tx.AddToken(account.Token{Name: "other", Role: account.Viewer, Digest: account.Key{1}, CreatedAt: tx.Now()}, anna)
			return err
		},
		"revoked twice": func(tx account.Tx) error { return tx.RevokeToken(second, anna) },
	} {
		if err := w.Accounts().Update(t.Context(), act); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rep := w.whole()
	if rep.Entries[string(campaign.EntryTokenAdded)] != 2 || rep.Entries[string(campaign.EntryTokenRevoked)] != 1 {
		t.Errorf("entries are %v", rep.Entries)
	}
}

// tokensProven changes by hand what the ledger says of a token.
func tokensProven(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.token("crm", account.Viewer, 1)
	w.whole()
	trigger := h.Triggered(t, w.DB)
	for _, query := range []string{"UPDATE api_token SET role = 'administrator'", "UPDATE api_token SET digest = zeroblob(32)", "UPDATE api_token SET expires_at = 0", "DELETE FROM api_token"} {
		if _, err := trigger.Exec(query); err == nil {
			t.Errorf("%s was allowed", query)
		}
	}
	db := h.Bare(t, w.DB)
	for _, c := range []struct{ change, back, says string }{
		{"UPDATE api_token SET role = 'administrator'", "UPDATE api_token SET role = 'viewer'", "token 1"},
		{"UPDATE api_token SET revoked_at = 5, revoked_entry = 0", "UPDATE api_token SET revoked_at = 0, revoked_entry = NULL", "token 1"},
		{"INSERT INTO api_token (id, name, role, digest, made_by, created_at, entry) VALUES (2, 'eve', 'administrator', zeroblob(32), 'anna', 1, 0)", "DELETE FROM api_token WHERE id = 2", "token 2"},
		{"DELETE FROM api_token", "", "token.added"},
	} {
		mustExec(t, db, c.change)
		w.found(c.change, []string{c.says})
		if c.back != "" {
			mustExec(t, db, c.back)
			w.whole()
		}
	}
}
