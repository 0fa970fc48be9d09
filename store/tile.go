package store

import (
	"context"

	"github.com/reoptin/reoptin/ledger"
)

// Sealed is the newest checkpoint.
func (d *DB) Sealed(ctx context.Context) (p Checkpoint, err error) {
	err = d.view(ctx, func(t *tx) error {
		p, err = t.lastCheckpoint()
		return err
	})
	return p, translate("store.Sealed", err)
}

// Tile is a piece of the ledger as anybody may have it: hashes, or leaves, which hold commitments and nothing
// personal. there is false beyond the newest checkpoint.
func (d *DB) Tile(ctx context.Context, tile ledger.Tile) (data []byte, there bool, err error) {
	err = d.view(ctx, func(t *tx) error {
		p, err := t.lastCheckpoint()
		if err != nil || !tile.Within(p.Size) {
			return err
		}
		there = true
		if !tile.Leaves {
			data, err = tile.Hashes(t.readHashes)
			return err
		}
		first := tile.First()
		es, err := all(t, func(scan func(...any) error) (l ledger.Leaf, err error) {
			var at int64
			var commitment []byte
			err = scan(&l.Seq, &l.Kind, &at, &commitment)
			l.At = fromMillis(at)
			if copy(l.Commitment[:], commitment) != len(l.Commitment) && err == nil {
				err = damagedEntry(l.Seq)
			}
			return l, err
		}, "SELECT seq, kind, at, commitment FROM entry WHERE seq >= $1 AND seq < $2 ORDER BY seq", first, first+int64(tile.Width))
		for _, l := range es {
			data = ledger.AppendLeaf(data, l)
		}
		if err == nil && len(es) != tile.Width {
			err = damagedEntry(first)
		}
		return err
	})
	return data, there, translate("store.Tile", err)
}

// ConsistencyOf are the hashes that show the ledger of an older size to be the beginning of that of a newer one.
func (d *DB) ConsistencyOf(ctx context.Context, older, newer int64) (proof []ledger.Hash, err error) {
	err = d.view(ctx, func(t *tx) error {
		proof, err = ledger.ProveConsistency(newer, older, t.readHashes)
		return err
	})
	return proof, translate("store.ConsistencyOf", err)
}

// Consistency are the hashes that show the ledger of an older size to be the beginning of that of the newest
// checkpoint. there is false when it has never been so long.
func (d *DB) Consistency(ctx context.Context, older int64) (p Checkpoint, proof []ledger.Hash, there bool, err error) {
	err = d.view(ctx, func(t *tx) error {
		if p, err = t.lastCheckpoint(); err != nil || older > p.Size || older < 1 {
			return err
		}
		there = true
		proof, err = ledger.ProveConsistency(p.Size, older, t.readHashes)
		return err
	})
	return p, proof, there, translate("store.Consistency", err)
}
