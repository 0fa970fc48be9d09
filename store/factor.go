package store

import (
	"github.com/reoptin/reoptin/internal/account"
)

func (a accountTx) Factor(id account.ID) (account.Factor, error) {
	f := account.Factor{Account: id}
	var added int64
	err := a.t.row([]any{&f.Sealed, &f.Step, &added}, "SELECT sealed, step, added_at FROM second_factor WHERE account = $1", int64(id))
	f.AddedAt = fromMillis(added)
	return f, translate("store.Factor", err)
}

func (a accountTx) PutFactor(f account.Factor) error {
	_, err := a.t.exec("INSERT INTO second_factor (account, sealed, step, added_at) VALUES ($1, $2, $3, $4) "+
		"ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, step = excluded.step, added_at = excluded.added_at",
		int64(f.Account), f.Sealed, f.Step, millis(f.AddedAt))
	return translate("store.PutFactor", err)
}

func (a accountTx) RemoveFactor(id account.ID) error {
	if _, err := a.t.exec("DELETE FROM recovery_code WHERE account = $1", int64(id)); err != nil {
		return translate("store.RemoveFactor", err)
	}
	return a.t.must("store.RemoveFactor", "DELETE FROM second_factor WHERE account = $1", int64(id))
}

func (a accountTx) Recovery(id account.ID) (n int, err error) {
	err = a.t.row([]any{&n}, "SELECT count(*) FROM recovery_code WHERE account = $1", int64(id))
	return n, translate("store.Recovery", err)
}

func (a accountTx) PutRecovery(id account.ID, keys []account.Key) error {
	if _, err := a.t.exec("DELETE FROM recovery_code WHERE account = $1", int64(id)); err != nil {
		return translate("store.PutRecovery", err)
	}
	for _, k := range keys {
		if _, err := a.t.exec("INSERT INTO recovery_code (account, digest) VALUES ($1, $2)", int64(id), k[:]); err != nil {
			return translate("store.PutRecovery", err)
		}
	}
	return nil
}

// SpendRecovery uses up a code; one that is unknown, or was used, is fault.NotFound.
func (a accountTx) SpendRecovery(id account.ID, k account.Key) error {
	var one int
	return translate("store.SpendRecovery", a.t.row([]any{&one}, "DELETE FROM recovery_code WHERE account = $1 AND digest = $2 RETURNING 1", int64(id), k[:]))
}

func (a accountTx) AccountOf(i account.Identity) (account.Account, error) {
	return a.one("store.AccountOf", selectAccount+"WHERE id = (SELECT account FROM account_identity WHERE issuer = $1 AND subject = $2)", i.Issuer, i.Subject)
}

func (a accountTx) AddIdentity(id account.ID, i account.Identity) error {
	_, err := a.t.exec("INSERT INTO account_identity (issuer, subject, account) VALUES ($1, $2, $3)", i.Issuer, i.Subject, int64(id))
	return translate("store.AddIdentity", err)
}
