package store

import (
	"database/sql"

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
	removed := int64(0)
	for _, query := range []string{"DELETE FROM second_factor WHERE account = $1", "DELETE FROM passkey WHERE account = $1", "DELETE FROM recovery_code WHERE account = $1"} {
		n, err := a.t.exec(query, int64(id))
		if err != nil {
			return translate("store.RemoveFactor", err)
		}
		removed += n
	}
	if removed == 0 {
		return lost("store.RemoveFactor", sql.ErrNoRows)
	}
	return nil
}

func (a accountTx) Passkeys(id account.ID) ([]account.Passkey, error) {
	found, err := all(a.t, func(scan func(...any) error) (k account.Passkey, err error) {
		var counter, added, used int64
		err = scan(&k.ID, &k.Account, &k.Name, &k.Public, &counter, &added, &used)
		k.Counter, k.AddedAt, k.UsedAt = uint32(counter), fromMillis(added), fromMillis(used)
		return k, err
	}, "SELECT id, account, name, public, counter, added_at, used_at FROM passkey WHERE account = $1 ORDER BY added_at, id", int64(id))
	return found, translate("store.Passkeys", err)
}

func (a accountTx) AddPasskey(k account.Passkey) error {
	_, err := a.t.exec("INSERT INTO passkey (id, account, name, public, counter, added_at) VALUES ($1, $2, $3, $4, $5, $6)",
		k.ID, int64(k.Account), k.Name, k.Public, int64(k.Counter), millis(k.AddedAt))
	return translate("store.AddPasskey", err)
}

func (a accountTx) UsePasskey(id []byte, counter uint32) error {
	return a.t.must("store.UsePasskey", "UPDATE passkey SET counter = $1, used_at = $2 WHERE id = $3", int64(counter), millis(a.t.now), id)
}

func (a accountTx) RemovePasskey(of account.ID, id []byte) error {
	return a.t.must("store.RemovePasskey", "DELETE FROM passkey WHERE account = $1 AND id = $2", int64(of), id)
}

func (a accountTx) SetChallenge(k account.Key, challenge []byte) error {
	return a.t.must("store.SetChallenge", "UPDATE session SET challenge = $1 WHERE key = $2", challenge, k[:])
}

func (a accountTx) TakeChallenge(k account.Key) (challenge []byte, err error) {
	if err := a.t.row([]any{&challenge}, "SELECT challenge FROM session WHERE key = $1", k[:]); err != nil {
		return nil, translate("store.TakeChallenge", err)
	}
	_, err = a.t.exec("UPDATE session SET challenge = x'' WHERE key = $1", k[:])
	return challenge, translate("store.TakeChallenge", err)
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
