package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
)

// userEntry is what the ledger keeps of an act on an account.
type userEntry struct {
	Actor   account.Actor `json:"actor"`
	Account account.ID    `json:"account"`
	User    string        `json:"user"`
	Role    account.Role  `json:"role"`
}

// Accounts is the part of the database that says who works with the house.
func (d *DB) Accounts() account.Store { return accounts{d} }

type accounts struct{ db *DB }

func (a accounts) View(ctx context.Context, fn func(account.Reader) error) error {
	return a.db.view(ctx, func(t *tx) error { return fn(accountTx{t}) })
}

func (a accounts) Update(ctx context.Context, fn func(account.Tx) error) error {
	return a.db.update(ctx, func(t *tx) error { return fn(accountTx{t}) })
}

// accountTx is a transaction as the roster sees it.
type accountTx struct{ t *tx }

var _ account.Tx = accountTx{}

func (a accountTx) Now() time.Time { return a.t.now }

const selectAccount = "SELECT id, name, role, hash, created_at, disabled_at, last_login FROM account "

func scanAccount(scan func(...any) error) (a account.Account, err error) {
	var created, disabled, last int64
	err = scan(&a.ID, &a.Name, &a.Role, &a.Hash, &created, &disabled, &last)
	a.CreatedAt, a.DisabledAt, a.LastLogin = fromMillis(created), fromMillis(disabled), fromMillis(last)
	return a, err
}

func (a accountTx) one(op, query string, args ...any) (account.Account, error) {
	found, err := all(a.t, scanAccount, query, args...)
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return account.Account{}, translate(op, err)
	}
	return found[0], nil
}

func (a accountTx) Account(name string) (account.Account, error) {
	return a.one("store.Account", selectAccount+"WHERE name = $1", name)
}

func (a accountTx) AccountByID(id account.ID) (account.Account, error) {
	return a.one("store.AccountByID", selectAccount+"WHERE id = $1", int64(id))
}

func (a accountTx) Accounts() ([]account.Account, error) {
	found, err := all(a.t, scanAccount, selectAccount+"ORDER BY id")
	return found, translate("store.Accounts", err)
}

func (a accountTx) AddAccount(n account.Account, by account.Actor) (account.ID, error) {
	var id account.ID
	if err := a.t.row([]any{&id}, "SELECT coalesce(max(id), 0) + 1 FROM account"); err != nil {
		return 0, translate("store.AddAccount", err)
	}
	no, err := a.t.Append(campaign.Entry{Kind: campaign.EntryUserAdded, Payload: userEntry{by, id, n.Name, n.Role}})
	if err != nil {
		return 0, err
	}
	_, err = a.t.exec("INSERT INTO account (id, name, role, hash, created_at, entry) VALUES ($1, $2, $3, $4, $5, $6)",
		int64(id), n.Name, string(n.Role), n.Hash, millis(n.CreatedAt), int64(no))
	return id, translate("store.AddAccount", err)
}

func (a accountTx) DisableAccount(id account.ID, by account.Actor) error {
	was, err := a.AccountByID(id)
	if err != nil {
		return err
	}
	no, err := a.t.Append(campaign.Entry{Kind: campaign.EntryUserDisabled, Payload: userEntry{by, id, was.Name, was.Role}})
	if err != nil {
		return err
	}
	return a.t.must("store.DisableAccount", "UPDATE account SET disabled_at = $1, disabled_entry = $2 WHERE id = $3 AND disabled_at = 0",
		millis(a.t.now), int64(no), int64(id))
}

func (a accountTx) SetPassword(id account.ID, hash string) error {
	return a.t.must("store.SetPassword", "UPDATE account SET hash = $1 WHERE id = $2 AND disabled_at = 0", hash, int64(id))
}

func (a accountTx) SetLastLogin(id account.ID) error {
	return a.t.must("store.SetLastLogin", "UPDATE account SET last_login = $1 WHERE id = $2", millis(a.t.now), int64(id))
}

func (a accountTx) Session(k account.Key) (account.Session, error) {
	found, err := all(a.t, scanSession, selectSession+"WHERE key = $1", k[:])
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return account.Session{Key: k}, translate("store.Session", err)
	}
	return found[0], nil
}

const selectSession = "SELECT key, account, created_at, seen_at, proved_at, half, signed_on FROM session "

func scanSession(scan func(...any) error) (s account.Session, err error) {
	var created, seen, proved, half, on int64
	var key []byte
	err = scan(&key, &s.Account, &created, &seen, &proved, &half, &on)
	copy(s.Key[:], key)
	s.CreatedAt, s.SeenAt, s.ProvedAt, s.Half, s.SignedOn = fromMillis(created), fromMillis(seen), fromMillis(proved), half != 0, on != 0
	return s, err
}

func (a accountTx) Sessions(id account.ID) ([]account.Session, error) {
	found, err := all(a.t, scanSession, selectSession+"WHERE account = $1 ORDER BY created_at DESC, key", int64(id))
	return found, translate("store.Sessions", err)
}

func (a accountTx) AddSession(s account.Session) error {
	_, err := a.t.exec("INSERT INTO session (key, account, created_at, seen_at, proved_at, half, signed_on) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		s.Key[:], int64(s.Account), millis(s.CreatedAt), millis(s.SeenAt), millis(s.ProvedAt), flag(s.Half), flag(s.SignedOn))
	return translate("store.AddSession", err)
}

func (a accountTx) ProveSession(k account.Key) error {
	return a.t.must("store.ProveSession", "UPDATE session SET proved_at = $1 WHERE key = $2 AND half = 0", millis(a.t.now), k[:])
}

// TouchSession keeps the sign of life; a session that ended meanwhile stays ended.
func (a accountTx) TouchSession(k account.Key) error {
	_, err := a.t.exec("UPDATE session SET seen_at = $1 WHERE key = $2 AND seen_at < $1", millis(a.t.now), k[:])
	return translate("store.TouchSession", err)
}

func (a accountTx) EndSession(k account.Key) error {
	_, err := a.t.exec("DELETE FROM session WHERE key = $1", k[:])
	return translate("store.EndSession", err)
}

func (a accountTx) EndSessions(id account.ID) error {
	_, err := a.t.exec("DELETE FROM session WHERE account = $1", int64(id))
	return translate("store.EndSessions", err)
}

func (a accountTx) Attempt(k account.Key) (account.Attempt, error) {
	n := account.Attempt{Key: k}
	var at int64
	err := a.t.row([]any{&n.Failed, &at}, "SELECT failed, at FROM login_attempt WHERE key = $1", k[:])
	if errors.Is(err, sql.ErrNoRows) {
		return n, nil
	}
	n.At = fromMillis(at)
	return n, translate("store.Attempt", err)
}

// PutAttempt keeps how often something failed; none at all needs no row.
func (a accountTx) PutAttempt(n account.Attempt) error {
	if n.Failed == 0 {
		_, err := a.t.exec("DELETE FROM login_attempt WHERE key = $1", n.Key[:])
		return translate("store.PutAttempt", err)
	}
	_, err := a.t.exec("INSERT INTO login_attempt (key, failed, at) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET failed = excluded.failed, at = excluded.at",
		n.Key[:], int64(n.Failed), millis(n.At))
	return translate("store.PutAttempt", err)
}

func (a accountTx) Forget(attempts, sessions, trail time.Time) error {
	for _, f := range []struct {
		query string
		at    time.Time
	}{
		{"DELETE FROM login_attempt WHERE at < $1", attempts},
		{"DELETE FROM session WHERE created_at < $1", sessions},
		{"DELETE FROM audit_trail WHERE at < $1", trail},
	} {
		if _, err := a.t.exec(f.query, millis(f.at)); err != nil {
			return translate("store.Forget", err)
		}
	}
	return nil
}

func (a accountTx) Record(e account.Event) error {
	who := sql.NullInt64{Int64: int64(e.Account), Valid: e.Account != 0}
	_, err := a.t.exec("INSERT INTO audit_trail (kind, account, by, at) VALUES ($1, $2, $3, $4)", string(e.Kind), who, e.By, millis(e.At))
	return translate("store.Record", err)
}

func (a accountTx) Trail(limit int) ([]account.Event, error) {
	es, err := all(a.t, func(scan func(...any) error) (e account.Event, err error) {
		var at int64
		err = scan(&e.Kind, &e.Account, &e.By, &at)
		e.At = fromMillis(at)
		return e, err
	}, "SELECT kind, coalesce(account, 0), by, at FROM audit_trail ORDER BY id DESC LIMIT $1", int64(limit))
	return es, translate("store.Trail", err)
}
