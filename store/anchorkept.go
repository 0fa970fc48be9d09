package store

import "context"

// AnchorKept is the file to which a head of the ledger was copied last, "" when there was none.
func (d *DB) AnchorKept(ctx context.Context) (path string, err error) {
	err = d.view(ctx, func(t *tx) error {
		path, err = t.meta("anchor_kept")
		return err
	})
	return path, translate("store.AnchorKept", err)
}

// NoteAnchorKept remembers that a head of the ledger was copied to a file.
func (d *DB) NoteAnchorKept(ctx context.Context, path string) error {
	known, err := d.AnchorKept(ctx)
	if err != nil || known == path {
		return err
	}
	return translate("store.NoteAnchorKept", d.update(ctx, func(t *tx) error {
		return t.setMeta("anchor_kept", path)
	}))
}
