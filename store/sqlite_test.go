package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{New: create, Bare: bare, Triggered: triggered})
}

func create(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	o.Path = filepath.Join(t.TempDir(), "a #%?& b.db")
	db, err := store.Create(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// triggered opens the file once more, past the store.
func triggered(t testing.TB, db *store.DB) *sql.DB {
	t.Helper()
	raw, err := sql.Open("sqlite", store.DSN(db))
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	t.Cleanup(func() { raw.Close() })
	return raw
}

// bare takes away every trigger, foreign key and check.
func bare(t testing.TB, db *store.DB) *sql.DB {
	t.Helper()
	raw := triggered(t, db)
	rows, err := raw.Query("SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	statements := []string{"PRAGMA foreign_keys = 0", "PRAGMA ignore_check_constraints = 1"}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		statements = append(statements, s)
	}
	rows.Close()
	for _, s := range statements {
		if _, err := raw.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	return raw
}

// TestWhoWasPutOffCostsNothing: finding who is due, and when, goes through an index that leaves out
// those who were put off.
func TestWhoWasPutOffCostsNothing(t *testing.T) {
	t.Parallel()
	raw := triggered(t, create(t, store.Options{}))
	for query, want := range map[string]string{
		store.Due:     "USING INDEX invitation_due (campaign=? AND deferred=?)",
		store.Wake:    "USING COVERING INDEX invitation_later (campaign=? AND deferred=? AND not_before<?)",
		store.NextDue: "USING INDEX invitation_later (campaign=? AND deferred=?)",
	} {
		rows, err := raw.Query("EXPLAIN QUERY PLAN "+query, 1, 2, 3)
		if err != nil {
			t.Fatal(err)
		}
		var plan strings.Builder
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(detail + "\n")
		}
		rows.Close()
		if !strings.Contains(plan.String(), want) || strings.Contains(plan.String(), "ORDER BY") {
			t.Errorf("%s\nis carried out as\n%s", query, plan.String())
		}
	}
}
