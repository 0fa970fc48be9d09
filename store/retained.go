package store

import (
	"context"
	"strconv"
	"time"
)

// Retained is when what was kept long enough was looked through last; zero when it never was.
func (d *DB) Retained(ctx context.Context) (at time.Time, err error) {
	err = d.view(ctx, func(t *tx) error {
		value, err := t.meta("retained")
		if err != nil || value == "" {
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
		return t.setMeta("retained", strconv.FormatInt(millis(t.now), 10))
	}))
}
