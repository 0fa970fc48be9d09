package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

func enter(db *store.DB, n int) error {
	for range n {
		err := db.Update(context.Background(), func(tx campaign.Tx) error {
			_, err := tx.Append(campaign.Entry{Kind: campaign.EntryClassified, Payload: map[string]any{"contacts": 1}})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A damaged edge of the tree was once built upon after a restart, and the next checkpoint signed a
// history that no earlier one leads to.
func TestADamagedEdgeIsNotBuiltUpon(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for entries := 1; entries <= 9; entries++ {
		db := create(t, store.Options{})
		if err := enter(db, entries); err != nil {
			t.Fatal(err)
		}
		raw := bare(t, db)
		exec(t, raw, "UPDATE tree_node SET hash = zeroblob(32) WHERE position = (SELECT max(position) FROM tree_node)")
		again, err := store.Open(context.Background(), store.Options{Path: store.PathOf(db)}) // as a new process, which remembers nothing
		if err != nil {
			t.Fatal(err)
		}
		if err := enter(again, 1); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "tree is damaged") {
			t.Errorf("after %d entries: %v", entries, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}
