package store

import (
	"context"
	"time"
)

// Spend takes a token for one body, both by their SHA-256, and reports whether it may stand for it: nothing
// else came under it before. Tokens older than keep are forgotten; whoever asks must refuse those by their age.
func (d *DB) Spend(ctx context.Context, token, body [32]byte, keep time.Duration) (ok bool, err error) {
	err = d.update(ctx, func(t *tx) error {
		if _, err := t.exec("DELETE FROM spent_token WHERE at < $1", millis(t.now.Add(-keep))); err != nil {
			return err
		}
		if _, err := t.exec("INSERT INTO spent_token (token, body, at) VALUES ($1, $2, $3) ON CONFLICT (token) DO NOTHING", token[:], body[:], millis(t.now)); err != nil {
			return err
		}
		var first []byte
		if err := t.row([]any{&first}, "SELECT body FROM spent_token WHERE token = $1", token[:]); err != nil {
			return err
		}
		ok = string(first) == string(body[:])
		return nil
	})
	return ok, translate("store.Spend", err)
}
