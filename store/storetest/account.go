package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

var anna = account.Actor{Kind: "operator", Name: "anna", Role: "administrator"}

// onAccounts runs fn in a transaction of the accounts, which must not fail.
func (w *world) onAccounts(fn func(account.Tx) error) {
	w.Helper()
	w.must(w.Accounts().Update(context.Background(), fn))
}

// user adds an account.
func (w *world) user(name string, role account.Role) (id account.ID) {
	w.Helper()
	w.onAccounts(func(tx account.Tx) (err error) {
		id, err = tx.AddAccount(account.Account{Name: name, Role: role, Hash: "hash of " + name, CreatedAt: tx.Now()}, anna)
		return err
	})
	return id
}

func accounts(t *testing.T, h Harness) {
	w := newWorld(t, h)
	id := w.user("boris", account.Marketer)
	second := w.user("carla", account.Approver)
	began := w.clock().Truncate(time.Millisecond)
	w.pass(time.Hour)
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.SetLastLogin(id))
		w.must(tx.SetPassword(id, "another"))
		return tx.DisableAccount(second, anna)
	})
	later := began.Add(time.Hour)
	want := []account.Account{
		{ID: id, Name: "boris", Role: account.Marketer, Hash: "another", CreatedAt: began, LastLogin: later},
		{ID: second, Name: "carla", Role: account.Approver, Hash: "hash of carla", CreatedAt: began, DisabledAt: later},
	}
	w.must(w.Accounts().View(t.Context(), func(r account.Reader) error {
		got, err := r.Accounts()
		w.must(err)
		same(t, want, got)
		one, err := r.Account("carla")
		w.must(err)
		same(t, want[1], one)
		_, err = r.AccountByID(99)
		return wants(t, fault.NotFound, err)
	}))
	for name, act := range map[string]func(account.Tx) error{
		"a name twice": func(tx account.Tx) error {
			_, err := tx.AddAccount(account.Account{Name: "boris", Role: account.Viewer, Hash: "x", CreatedAt: tx.Now()}, anna)
			return err
		},
		"disabled twice":      func(tx account.Tx) error { return tx.DisableAccount(second, anna) },
		"a disabled password": func(tx account.Tx) error { return tx.SetPassword(second, "new") },
	} {
		if err := w.Accounts().Update(t.Context(), act); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rep := w.whole()
	if rep.Entries[string(campaign.EntryUserAdded)] != 2 || rep.Entries[string(campaign.EntryUserDisabled)] != 1 {
		t.Errorf("entries are %v", rep.Entries)
	}
	e, err := w.Entry(t.Context(), 2)
	w.must(err)
	var said map[string]any
	w.must(json.Unmarshal(e.Payload, &said))
	if said["user"] != "carla" || said["role"] != "approver" || said["actor"].(map[string]any)["name"] != "anna" {
		t.Errorf("the entry says %v", said)
	}
}

func wants(t *testing.T, k fault.Kind, err error) error {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("got %v, want a fault that is %s", err, k)
	}
	return nil
}

func sessions(t *testing.T, h Harness) {
	w := newWorld(t, h)
	id, other := w.user("boris", account.Marketer), w.user("carla", account.Viewer)
	began := w.clock().Truncate(time.Millisecond)
	keys := []account.Key{{1}, {2}, {3}}
	w.onAccounts(func(tx account.Tx) error {
		for n, k := range keys {
			w.must(tx.AddSession(account.Session{Key: k, Account: []account.ID{id, id, other}[n], CreatedAt: tx.Now(), SeenAt: tx.Now()}))
		}
		return nil
	})
	w.pass(time.Minute)
	w.onAccounts(func(tx account.Tx) error { return tx.TouchSession(keys[0]) })
	w.onAccounts(func(tx account.Tx) error {
		s, err := tx.Session(keys[0])
		w.must(err)
		same(t, account.Session{Key: keys[0], Account: id, CreatedAt: began, SeenAt: began.Add(time.Minute)}, s)
		w.must(tx.EndSessions(id))
		for _, k := range keys[:2] {
			_, err := tx.Session(k)
			w.must(wants(t, fault.NotFound, err))
		}
		w.must(tx.TouchSession(keys[0])) // brings nothing back
		_, err = tx.Session(keys[0])
		w.must(wants(t, fault.NotFound, err))
		_, err = tx.Session(keys[2])
		w.must(err)
		w.must(tx.EndSession(keys[2]))
		_, err = tx.Session(keys[2])
		return wants(t, fault.NotFound, err)
	})
}

func attempts(t *testing.T, h Harness) {
	w := newWorld(t, h)
	id := w.user("boris", account.Marketer)
	now := w.clock().Truncate(time.Millisecond)
	w.onAccounts(func(tx account.Tx) error {
		for _, n := range []int{1, 2} {
			w.must(tx.PutAttempt(account.Attempt{Key: account.Key{7}, Failed: n, At: tx.Now()}))
		}
		w.must(tx.Record(account.Event{Kind: account.LoginFailed, At: tx.Now()}))
		w.must(tx.Record(account.Event{Kind: account.LoggedIn, Account: id, By: "carla", At: tx.Now()}))
		got, err := tx.Attempt(account.Key{7})
		w.must(err)
		same(t, account.Attempt{Key: account.Key{7}, Failed: 2, At: now}, got)
		trail, err := tx.Trail(10)
		same(t, []account.Event{{Kind: account.LoggedIn, Account: id, By: "carla", At: now}, {Kind: account.LoginFailed, At: now}}, trail)
		return err
	})
	w.pass(time.Second)
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.Forget(tx.Now(), tx.Now(), now)) // the trail is just young enough
		got, err := tx.Attempt(account.Key{7})
		w.must(err)
		same(t, account.Attempt{Key: account.Key{7}}, got)
		trail, err := tx.Trail(10)
		if len(trail) != 2 {
			t.Errorf("the trail has %d lines", len(trail))
		}
		return err
	})
}

// factors keeps second factors, and what goes with them.
func factors(t *testing.T, h Harness) {
	w := newWorld(t, h)
	id, other := w.user("boris", account.Marketer), w.user("carla", account.Viewer)
	now := w.clock().Truncate(time.Millisecond)
	f := account.Factor{Account: id, Sealed: []byte{1, 2}, Step: 7, AddedAt: now}
	w.onAccounts(func(tx account.Tx) error {
		_, err := tx.Factor(id)
		w.must(wants(t, fault.NotFound, err))
		w.must(tx.PutFactor(f))
		w.must(tx.PutRecovery(id, []account.Key{{1}, {2}}))
		return tx.PutRecovery(other, []account.Key{{1}})
	})
	f.Step, f.Sealed = 8, []byte{3}
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.PutFactor(f))
		got, err := tx.Factor(id)
		w.must(err)
		same(t, f, got)
		w.must(tx.SpendRecovery(id, account.Key{2}))
		w.must(wants(t, fault.NotFound, tx.SpendRecovery(id, account.Key{2})))
		left, err := tx.Recovery(id)
		same(t, 1, left)
		return err
	})
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.RemoveFactor(id))
		w.must(wants(t, fault.Conflict, tx.RemoveFactor(id)))
		left, err := tx.Recovery(id)
		w.must(err)
		same(t, 0, left)
		left, err = tx.Recovery(other)
		same(t, 1, left)
		return err
	})
	who := account.Identity{Issuer: "https://id.example", Subject: "7"}
	w.onAccounts(func(tx account.Tx) error {
		_, err := tx.AccountOf(who)
		w.must(wants(t, fault.NotFound, err))
		w.must(tx.AddIdentity(id, who))
		got, err := tx.AccountOf(who)
		same(t, "boris", got.Name)
		return err
	})
	k := account.Passkey{ID: []byte{9}, Account: id, Name: "Laptop", Public: []byte{1}, Counter: 1 << 31, AddedAt: now}
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.AddPasskey(k))
		w.must(tx.UsePasskey(k.ID, 1<<31+1))
		w.must(wants(t, fault.Conflict, tx.RemovePasskey(other, k.ID)))
		k.Counter, k.UsedAt = 1<<31+1, tx.Now().Truncate(time.Millisecond)
		keys, err := tx.Passkeys(id)
		same(t, []account.Passkey{k}, keys)
		w.must(err)
		return tx.RemovePasskey(id, k.ID)
	})
	for _, again := range []func(account.Tx) error{
		func(tx account.Tx) error { return tx.AddIdentity(other, who) },
		func(tx account.Tx) error {
			return tx.AddIdentity(id, account.Identity{Issuer: "https://id.example", Subject: "8"})
		},
	} {
		w.must(wants(t, fault.Conflict, w.Accounts().Update(t.Context(), again)))
	}
	w.onAccounts(func(tx account.Tx) error {
		w.must(tx.AddSession(account.Session{Key: account.Key{1}, Account: id, CreatedAt: now, SeenAt: now, Half: true, SignedOn: true}))
		w.must(tx.AddSession(account.Session{Key: account.Key{2}, Account: id, CreatedAt: now.Add(time.Second), SeenAt: now}))
		w.must(wants(t, fault.Conflict, tx.ProveSession(account.Key{1})))
		w.must(tx.ProveSession(account.Key{2}))
		all, err := tx.Sessions(id)
		same(t, []account.Session{{Key: account.Key{2}, Account: id, CreatedAt: now.Add(time.Second), SeenAt: now, ProvedAt: tx.Now()},
			{Key: account.Key{1}, Account: id, CreatedAt: now, SeenAt: now, Half: true, SignedOn: true}}, all)
		return err
	})
}

// accountsProven changes by hand what the ledger says of an account.
func accountsProven(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.user("boris", account.Viewer)
	w.whole()
	trigger := h.Triggered(t, w.DB)
	for _, query := range []string{"UPDATE account SET role = 'administrator'", "UPDATE account SET name = 'eve'", "DELETE FROM account"} {
		if _, err := trigger.Exec(query); err == nil {
			t.Errorf("%s was allowed", query)
		}
	}
	db := h.Bare(t, w.DB)
	for _, c := range []struct{ change, back, says string }{
		{"UPDATE account SET role = 'administrator'", "UPDATE account SET role = 'viewer'", "account 1"},
		{"UPDATE account SET name = 'eve'", "UPDATE account SET name = 'boris'", "account 1"},
		{"UPDATE account SET disabled_at = 5", "UPDATE account SET disabled_at = 0", "account 1"},
		{"UPDATE account SET disabled_at = 5, disabled_entry = 0", "UPDATE account SET disabled_at = 0, disabled_entry = NULL", "account 1"},
		{"INSERT INTO account (id, name, role, hash, created_at, entry) VALUES (2, 'eve', 'administrator', '', 1, 0)", "DELETE FROM account WHERE id = 2", "account 2"},
		{"DELETE FROM account", "", "user.added"},
	} {
		mustExec(t, db, c.change)
		w.found(c.change, []string{c.says})
		if c.back != "" {
			mustExec(t, db, c.back)
			w.whole()
		}
	}
}
