package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
)

// unwatched leaves a test to the run without the race detector, which makes it ten times as dear and has nothing to see: it does one
// thing after the other.
func unwatched(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("runs without the race detector")
	}
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{New: poured, Bare: bare, Triggered: triggered})
}

// place is where the database of a test is, under a name that nothing may be careless with.
func place(t testing.TB) string { return filepath.Join(t.TempDir(), "a #%?& b.db") }

func create(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	o.Path = place(t)
	db, err := store.Create(context.Background(), o)
	return closing(t, db, err)
}

// poured opens a copy of the empty database.
func poured(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	o.Path = place(t)
	storetest.Empty(t, o.Path)
	db, err := store.Open(context.Background(), o)
	return closing(t, db, err)
}

// closing sees to it that a database is closed in order when the test ends.
func closing(t testing.TB, db *store.DB, err error) *store.DB {
	t.Helper()
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
	carriedOut(t, "ORDER BY", map[string]string{
		store.Due:       "USING INDEX invitation_due (campaign=? AND route=? AND deferred=?)",
		store.Wake:      "USING COVERING INDEX invitation_later (campaign=? AND not_before<?)",
		store.NextNow:   "USING INDEX invitation_due (campaign=? AND route=? AND deferred=?)",
		store.NextLater: "USING INDEX invitation_later (campaign=?)",
	})
}

// TestAPageOfInvitationsCostsAPage: the invitations of a campaign in one state are read page by page, each without a look at the others.
func TestAPageOfInvitationsCostsAPage(t *testing.T) {
	t.Parallel()
	carriedOut(t, "ORDER BY", map[string]string{
		store.PageInState: "USING INDEX invitation_by_state (campaign=? AND state=? AND rowid>?)",
	})
}

// TestKeysAreFoundByTheirInvitation: who gives keys up, and whose a dossier is, is found without a look at all others.
func TestKeysAreFoundByTheirInvitation(t *testing.T) {
	t.Parallel()
	carriedOut(t, "SCAN", map[string]string{
		store.FreeKeys:  "SEARCH person_key USING PRIMARY KEY (key=? AND kind=?)",
		store.OfContact: "SEARCH entry USING INDEX entry_by_contact (contact=? AND seq<?)",
	})
}

// TestAPartOfTheBaseCostsAPart: an audit reads each part of the base, and a list what comes next, without a look
// at the rest.
func TestAPartOfTheBaseCostsAPart(t *testing.T) {
	t.Parallel()
	carriedOut(t, "SCAN i", map[string]string{
		store.SelectSwept:     "SEARCH contact USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		store.KeysBetween:     "SEARCH contact_key USING PRIMARY KEY (key>? AND key<?)",
		store.NextBlockOf:     "USING PRIMARY KEY (class=? AND route=? AND code=? AND block>?)",
		store.SelectOwn:       "SEARCH own_verdict USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		store.SelectBlocks:    "SEARCH verdict_block USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		store.InvitedContacts: "SEARCH i USING INDEX invitation_by_contact (contact>? AND contact<?)",
		store.ContactPage:     "SEARCH b USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
		store.VerdictsOf:      "SEARCH b USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
		store.Unasked:         "SEARCH i USING INDEX invitation_by_contact (contact=?)",
		store.ConsentsBetween: "SEARCH i USING COVERING INDEX invitation_by_contact (contact>? AND contact<?)",
	})
}

// TestTheNeverWriteListIsReadInItsOrder, which an audit takes it to be in, and without sorting it.
func TestTheNeverWriteListIsReadInItsOrder(t *testing.T) {
	t.Parallel()
	carriedOut(t, "TEMP B-TREE", map[string]string{
		store.SelectSilenced: "SEARCH suppression USING PRIMARY KEY ((entry,n)>(?,?) AND (entry,n)<(?,?))",
		store.SilencedNext:   "SEARCH suppression USING PRIMARY KEY ((entry,n)>(?,?))",
		store.SilencedOf:     "SEARCH suppression USING PRIMARY KEY (entry=? AND n>? AND n<?)",
	})
}

// TestAPageOfTheNeverWriteListCostsAPage: an import of a million addresses is one entry, and a page of it is read without the rest.
func TestAPageOfTheNeverWriteListCostsAPage(t *testing.T) {
	t.Parallel()
	carriedOut(t, "ORDER BY", map[string]string{store.SuppressionPage: "SEARCH s USING PRIMARY KEY ((entry,n)>(?,?))"})
}

// parameters is how many parameters a query has.
func parameters(query string) (n int) {
	for n < 4 && strings.Contains(query, "$"+strconv.Itoa(n+1)) {
		n++
	}
	return n
}

// carriedOut looks at how the engine carries out some queries, and that it never has to do something.
func carriedOut(t *testing.T, never string, queries map[string]string) {
	t.Helper()
	raw := triggered(t, create(t, store.Options{}))
	for query, want := range queries {
		rows, err := raw.Query("EXPLAIN QUERY PLAN "+query, []any{1, 2, 3, 4}[:parameters(query)]...)
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
		if !strings.Contains(plan.String(), want) || strings.Contains(plan.String(), never) {
			t.Errorf("%s\nis carried out as\n%s", query, plan.String())
		}
	}
}
