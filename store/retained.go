package store

import (
	"context"
	"strconv"
	"time"
)

// Retained is when what was kept long enough was looked through last; zero when it never was.
func (d *DB) Retained(ctx context.Context) (at time.Time, err error) {
	err = d.view(ctx, func(t *tx) error {
		var value string
		if err := t.row([]any{&value}, "SELECT coalesce(max(value), '') FROM meta WHERE name = 'retained'"); err != nil || value == "" {
			return err
		}
		ms, err := strconv.ParseInt(value, 10, 64)
		at = fromMillis(ms)
		return err
	})
	return at, translate("store.Retained", err)
}

// NoteRetained remembers that it is looked through now.
func (d *DB) NoteRetained(ctx context.Context) error {
	return translate("store.NoteRetained", d.update(ctx, func(t *tx) error {
		_, err := t.exec("INSERT INTO meta (name, value) VALUES ('retained', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", strconv.FormatInt(millis(t.now), 10))
		return err
	}))
}
