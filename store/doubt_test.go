package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
)

// TestDoubts: what agrees is not looked at twice, whatever was erased, and nothing that was changed goes unseen.
func TestDoubts(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const all = "1 2 3"
	for _, tt := range []struct{ change, told, keys string }{
		{"", "", ""},
		{"DELETE FROM entry_payload WHERE seq IN (SELECT entry FROM sending)", "", ""}, // as an erasure does
		{"UPDATE invitation SET link = randomblob(16)", all, ""},
		{"UPDATE invitation SET route = 'letter'", all, ""},
		{"UPDATE invitation SET language = 'de'", all, ""},
		{"UPDATE invitation SET email = 'eve@lumen.example'", all, ""},
		{"UPDATE invitation SET fill = '{\"first_name\":\"Eve\"}'", all, ""},
		{"UPDATE invitation SET verdict = replace(verdict, 'doubtful', 'opted_in')", all, ""},
		{"UPDATE invitation SET contact = contact + 100", all, ""},
		{"UPDATE invitation SET campaign = 3 - campaign", all, ""},
		{"UPDATE invitation SET state = 'refused'", all, ""},
		{"UPDATE invitation SET state = 'planned'", all, ""},
		{"UPDATE invitation SET attempt = attempt + 1", all, ""},
		{"UPDATE invitation SET reason = reason || 'x'", all, ""},
		{"UPDATE invitation SET reply = reply || 'x'", all, ""},
		{"UPDATE invitation SET message_id = message_id || 'x'", all, ""},
		{"UPDATE invitation SET message_sha256 = message_sha256 || 'x'", all, ""},
		{"UPDATE invitation SET sent_at = sent_at + 1", all, ""},
		{"UPDATE invitation SET id = id + 10", "1 2 3 11 12 13", "1 2 3 11 12 13"},
		{"DELETE FROM invitation", all, all},
		{"DELETE FROM invitation WHERE id = 2", "2", "2"},
		{"UPDATE sending SET outcome = 'refused'", all, ""},
		{"UPDATE entry SET contact = 0", all, ""},
		{"DELETE FROM sending", all, ""},
		{"UPDATE invitation_key SET key = randomblob(32)", all, all},
		{"UPDATE person_key SET key = randomblob(32)", "", all},
		{"UPDATE person_key SET invitation = NULL", "", all},
		{"UPDATE person_key SET invitation = 4 - invitation", "", "1 3"},
		{"DELETE FROM person_key WHERE kind = 'mailbox'", "", all},
		{loose + "UPDATE invitation SET email = CAST('eve@lumen.example' AS BLOB)", all, ""},
		{loose + "UPDATE invitation SET fill = CAST(fill AS BLOB)", all, ""},
		{loose + "UPDATE invitation SET reply = CAST('x' AS BLOB)", all, ""},
		{loose + "UPDATE invitation SET sent_at = 'x'", all, ""},
		{loose + "UPDATE entry SET contact = 'z'", all, ""},
		{loose + "UPDATE invitation_key SET key = 'aa' || invitation; UPDATE person_key SET key = 'bb' || invitation", all, all},
		{"UPDATE invitation SET state = 'withheld', sent_at = 0", all, all},
		{"UPDATE invitation SET state = 'withheld', sent_at = 0; DELETE FROM person_key", all, ""},
	} {
		db, _ := storetest.Proven(t, storetest.Harness{New: create, Bare: bare, Triggered: triggered})
		exec(t, bare(t, db), tt.change)
		told, keys := store.DoubtsOf(t, db)
		if got := numbers(told); got != tt.told {
			t.Errorf("%s: the ledger is doubted of %q, want %q", tt.change, got, tt.told)
		}
		if got := numbers(keys); got != tt.keys {
			t.Errorf("%s: the keys are doubted of %q, want %q", tt.change, got, tt.keys)
		}
	}
}

// loose lets every table take values of any type, as whoever may write the file can.
const loose = `PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT, WITHOUT', 'WITHOUT'), 'STRICT', '') WHERE type = 'table';
PRAGMA writable_schema = RESET;
`

// TestALooseTableIsDamage: a value of another type must not pass for none, nor a table that takes it for one of ours.
func TestALooseTableIsDamage(t *testing.T) {
	t.Parallel()
	unwatched(t)
	db, _ := storetest.Proven(t, storetest.Harness{New: create, Bare: bare, Triggered: triggered})
	changed := func() bool {
		rep, err := db.VerifyLedger(t.Context(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return !rep.OK && slices.ContainsFunc(rep.Faults, func(f ledger.Fault) bool { return strings.Contains(f.What, "table invitation was changed") })
	}
	if changed() {
		t.Fatal("the table is taken for changed before it is")
	}
	exec(t, bare(t, db), loose)
	if !changed() {
		t.Error("the changed table is not named")
	}
}

func numbers(ids []int64) string {
	s := fmt.Sprint(ids)
	return s[1 : len(s)-1]
}

// TestVerifyWhileSending: rows and ledger are seen at moments of their own, and neither is called false for it.
func TestVerifyWhileSending(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	n := 5000 // more than a run
	c := armed(t, db, n)
	var sender sync.WaitGroup
	sender.Go(func() { sendAll(t, db, c) })
	sizes := []int64{}
	for range 200 {
		rep, err := db.VerifyLedger(t.Context(), []ledger.Verifier{}, nil)
		if err != nil || !rep.OK {
			t.Errorf("at size %d: %v %v", rep.Size, rep.Faults, err)
			break
		}
		if sizes = append(sizes, rep.Size); rep.Size >= int64(n) {
			break
		}
	}
	sender.Wait()
	if slices.Sort(sizes); len(slices.Compact(sizes)) < 3 {
		t.Errorf("nothing was sent meanwhile: %v", sizes)
	}
}
