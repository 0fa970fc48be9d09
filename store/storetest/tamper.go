package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// words are those of which a report on a change must use at least one, by table. Every table of the
// schema stands here or in unproven.
var words = map[string][]string{
	"entry": {"entry"}, "entry_payload": {"entry"}, "tree_node": {"tree node"}, "checkpoint": {"checkpoint"},
	"ledger_head": {"head", "entry", "entries", "checkpoint"}, "document": {"document"},
	"organisation": {"organisation"}, "approval": {"approval"}, "sending": {"sending"}, "response": {"response"},
	"decision": {"decision", "response"}, "suppression": {"suppression"}, "silence": {"silence"},
	"campaign": {"campaign"}, "import": {"import"}, "account": {"account"}, "api_token": {"token"}, "subject_case": {"case"}, "case_extension": {"case"}, "erasure": {"erasure"}, "voucher": {"voucher"}, "suppression_list": {"suppression_list"}, "listed": {"listed"}, "import_undone": {"import_undone"}, "bounce": {"bounce"}, "invitation": {"invitation", "campaign"}, "invitation_key": {"key"}, "person_key": {"key"},
}

// unproven is what section 7 of docs/ledger.md says is no evidence: columns, or whole tables.
var unproven = map[string][]string{
	"meta": nil, "goose_db_version": nil, "sqlite_sequence": nil, // what the database is
	"contact": nil, "contact_key": nil, "import_change": nil, "ruling": nil, "own_verdict": nil, "verdict_block": nil, "verdict_count": nil, "state_count": nil, "tally": nil, "stock": nil, "verification": nil, "base": nil, "person_key_next": nil, "session": nil, "login_attempt": nil, "audit_trail": nil, "delivery_count": nil, "warmth": nil, "spent_token": nil, "second_factor": nil, "recovery_code": nil, "account_identity": nil, "passkey": nil, "invitation_relay": nil, "anchor": nil, "dead_domain": nil,
	"letter_code": nil, "receipt_mail": nil, "letter_batch": nil, "letter": nil,
	"account":    {"hash", "created_at", "disabled_at", "last_login"}, // of disabled_at only whether there is one
	"api_token":  {"created_at", "used_day", "revoked_at"},            // of revoked_at only whether there is one
	"campaign":   {"created_at", "wait_for", "wait_until", "wait_reason", "form_views", "heard", "canary_until", "begun_at", "anew", "written_by", "voided"},
	"invitation": {"owner", "planned_at", "not_before", "priority", "deferred", "zone"},
}

// Proving gives the tables that prove something, each with those of its columns that do. It reads the
// schema itself, so that a new column is evidence until somebody says that it is not.
func Proving(t testing.TB, db *sql.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, table := range tables(t, db) {
		no, listed := unproven[table]
		if listed && no == nil {
			continue
		}
		if words[table] == nil {
			t.Errorf("nobody says whether table %s is evidence", table)
		}
		out[table] = slices.DeleteFunc(columns(t, db, table), func(c string) bool { return slices.Contains(no, c) })
	}
	return out
}

func tables(t testing.TB, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// tampering changes each column of each row of each table that proves something, and deletes each row,
// one at a time and behind the store's back; each must be found and named.
func tampering(t *testing.T, h Harness) {
	w := proven(t, h)
	db := h.Bare(t, w.DB)
	for table, proving := range Proving(t, db) {
		names := columns(t, db, table)
		rows := read(t, db, table, names)
		if len(rows) == 0 {
			t.Errorf("%s: no rows to change", table)
		}
		rows = rows[max(0, len(rows)-mostRows):]
		for _, row := range rows {
			for n, name := range names {
				if !slices.Contains(proving, name) {
					continue
				}
				changed := append([]any{}, row...)
				changed[n] = other(row[n])
				what := fmt.Sprintf("%s.%s of %v", table, name, row[:min(2, len(row))])
				if replace(t, db, table, names, row, changed) {
					w.found(what, words[table])
					replace(t, db, table, names, changed, row)
				} else if table != "ledger_head" || name != "one" {
					t.Errorf("%s could not be changed", what)
				}
			}
			if table == "ledger_head" {
				continue
			}
			remove(t, db, table, names, row)
			w.found(fmt.Sprintf("%s without %v", table, row[:min(2, len(row))]), words[table])
			mustExec(t, db, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+marks(len(names))+")", row...)
		}
	}
	mustExec(t, db, "UPDATE campaign SET wait_for = 'relay', form_views = 7, created_at = 1") // no evidence
	w.whole()
}

// found looks for a fault that uses one of the words.
func (w *world) found(what string, words []string) {
	w.Helper()
	rep, err := w.VerifyLedger(context.Background(), []ledger.Verifier{w.verifier}, nil)
	w.must(err)
	var said strings.Builder
	for _, f := range rep.Faults {
		for _, word := range words {
			if strings.Contains(f.What, word) {
				return
			}
		}
		said.WriteString(f.What + "\n")
	}
	w.Errorf("%s: not found or not named (OK %v):\n%s", what, rep.OK, said.String())
}

// projections changes what people act on, against the evidence.
func projections(t *testing.T, h Harness) {
	for what, query := range map[string]string{
		"state":        "UPDATE invitation SET state = 'planned', sent_at = 0 WHERE state = 'sent'",
		"sent_at":      "UPDATE invitation SET sent_at = sent_at + 1",
		"message":      "UPDATE invitation SET message_sha256 = 'ff'",
		"message id":   "UPDATE invitation SET message_id = 'x'",
		"contact":      "UPDATE invitation SET contact = contact + 50",
		"keys":         "DELETE FROM person_key",
		"empty field":  "UPDATE invitation SET verdict = replace(verdict, 'as_of', 'as_df')",
		"value's name": "UPDATE invitation SET fill = replace(fill, 'first_name', 'last_name')",
		"no campaign":  "DELETE FROM campaign",
		"status":       "UPDATE campaign SET status = 'running'",
		"file":         "UPDATE campaign SET file = replace(file, 'Bonjour', 'Salut')",
		"approval":     "UPDATE campaign SET approval = -1",
		"no invitee":   "DELETE FROM invitation",
		"unasked":      "UPDATE invitation SET state = 'withheld' WHERE state = 'sent'",
		"wrong answer": "UPDATE decision SET state = 'granted'",
	} {
		w := history(t, h)
		mustExec(t, h.Bare(t, w.DB), query)
		rep, err := w.VerifyLedger(t.Context(), []ledger.Verifier{w.verifier}, nil)
		w.must(err)
		if rep.OK {
			t.Errorf("%s: not found", what)
		}
	}
	forged(t, h)
}

// forged: an act whose rows do not say what its entry says.
func forged(t *testing.T, h Harness) {
	w := newWorld(t, h)
	ada := w.asked(w.running("printemps"), "ada")
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryAnswered, Payload: map[string]any{"decisions": []campaign.Decision{{Purpose: "newsletter", Channel: "email", State: campaign.Declined}}}})
		w.must(err)
		return tx.AddResponses([]campaign.Response{{ID: "r1", Entry: no, Invitation: ada.ID, Kind: campaign.ByForm, Decisions: []campaign.Decision{{Purpose: "newsletter", Channel: "email", State: campaign.Granted}}}})
	})
	w.found("a yes where the entry says no", []string{"response of entry"})
}

func columns(t testing.TB, db *sql.DB, table string) []string {
	t.Helper()
	rows, err := db.Query("SELECT * FROM " + table + " LIMIT 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// read gives the rows of a table.
func read(t testing.TB, db *sql.DB, table string, names []string) (out [][]any) {
	t.Helper()
	rows, err := db.Query("SELECT " + strings.Join(names, ", ") + " FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		row := make([]any, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	return out
}

// other is a value of the same type that differs.
func other(v any) any {
	switch v := v.(type) {
	case int64:
		return v + 1_000_003
	case []byte:
		if len(v) == 0 {
			return []byte{1}
		}
		b := bytes.Clone(v)
		b[0] ^= 0x80
		return b
	case string:
		return v + "x"
	}
	return int64(1) // where nothing stood
}

func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}

func match(names []string) string {
	return strings.Join(names, " IS NOT DISTINCT FROM ? AND ") + " IS NOT DISTINCT FROM ?"
}

// replace swaps one row for another and reports whether it was let to.
func replace(t testing.TB, db *sql.DB, table string, names []string, was, will []any) bool {
	t.Helper()
	r, err := db.Exec("UPDATE "+table+" SET "+strings.Join(names, " = ?, ")+" = ? WHERE "+match(names), append(append([]any{}, will...), was...)...)
	if err != nil {
		return false
	}
	n, err := r.RowsAffected()
	return err == nil && n == 1
}

func remove(t testing.TB, db *sql.DB, table string, names []string, row []any) {
	t.Helper()
	mustExec(t, db, "DELETE FROM "+table+" WHERE "+match(names), row...)
}
