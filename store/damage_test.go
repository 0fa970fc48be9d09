package store_test

import (
	"testing"

	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
	"strings"
)

// swapped is a proven database in which an index has the pages of another, which statements make.
func swapped(t *testing.T, index, other string, statements ...string) (*store.DB, ledger.Verifier) {
	t.Helper()
	db, verifier := storetest.Proven(t, storetest.Harness{New: create, Bare: bare, Triggered: triggered})
	raw := triggered(t, db)
	for _, s := range append(statements, "PRAGMA writable_schema = 1",
		"UPDATE sqlite_schema SET rootpage = (SELECT o.rootpage FROM sqlite_schema o WHERE o.name = '"+other+"') WHERE name = '"+index+"'",
		"DELETE FROM sqlite_schema WHERE name = '"+other+"'", "PRAGMA wal_checkpoint(TRUNCATE)") {
		exec(t, raw, s)
	}
	path := store.PathOf(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	return again, verifier
}

// TestANoThatItsIndexDoesNotFindIsDamage: its row is as the entry says, and yet nobody would see it
// before the next message.
func TestANoThatItsIndexDoesNotFindIsDamage(t *testing.T) {
	t.Parallel()
	unwatched(t)
	db, verifier := swapped(t, "suppression_by_key", "hollow_index", "CREATE TABLE hollow (key, kind, entry, n)", "CREATE INDEX hollow_index ON hollow (key, kind, entry, n)")
	rep, err := db.VerifyLedger(t.Context(), []ledger.Verifier{verifier}, nil)
	if err != nil || rep.OK {
		t.Fatalf("OK %v, %v", rep.OK, err)
	}
	for _, f := range rep.Faults {
		if strings.Contains(f.What, "the database file is damaged: ") && strings.Contains(f.What, "suppression_by_key") {
			return
		}
	}
	t.Errorf("not named: %+v", rep.Faults)
}

// TestAnIndexOutOfOrderIsDamage: verification once read on and on from its last row, for ever.
func TestAnIndexOutOfOrderIsDamage(t *testing.T) {
	t.Parallel()
	unwatched(t)
	db, verifier := swapped(t, "sending_by_invitation", "reversed", "CREATE INDEX reversed ON sending (invitation DESC, entry, n)")
	rep, err := db.VerifyLedger(t.Context(), []ledger.Verifier{verifier}, nil)
	if err != nil || rep.OK {
		t.Fatalf("OK %v, %v", rep.OK, err)
	}
	for _, f := range rep.Faults {
		if strings.Contains(f.What, "the database file is damaged: ") && strings.Contains(f.What, "sending_by_invitation") {
			return
		}
	}
	t.Errorf("not named: %+v", rep.Faults)
}
