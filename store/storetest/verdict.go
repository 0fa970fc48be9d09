package storetest

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/store"
)

// judgedBase is a base whose verdicts a test knows, with another way into its database.
type judgedBase struct {
	*world
	db   *sql.DB
	want map[campaign.ContactID]campaign.Verdict // of all who are there
}

// judgedCrowd has contacts in three blocks, with gaps in and between them.
func judgedCrowd(t testing.TB, h Harness) *judgedBase {
	w := newWorld(t, h)
	b := &judgedBase{world: w, db: h.Triggered(t, w.DB), want: map[campaign.ContactID]campaign.Verdict{}}
	w.crowd(1300)
	for id := campaign.ContactID(1); id <= 1300; id++ {
		b.want[id] = campaign.Verdict{}
	}
	gone := []campaign.ContactID{1, 7}
	for id := campaign.ContactID(400); id < 620; id++ {
		gone = append(gone, id)
	}
	b.remove(append(gone, 1023, 1024)...)
	return b
}

// remove takes contacts out, as when an import is taken back.
func (b *judgedBase) remove(ids ...campaign.ContactID) {
	b.Helper()
	b.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryImportUndone, Payload: map[string]any{"import": 1}})
		b.must(err)
		return tx.RemoveContacts(no, ids)
	})
	for _, id := range ids {
		delete(b.want, id)
	}
}

// all audits the whole base.
func (b *judgedBase) all(day campaign.Date, which func(campaign.ContactID) int) {
	b.Helper()
	b.audit(day, which)
	b.judge(day, which)
	b.view(func(r campaign.Reader) error {
		last, err := r.LastAudit()
		if last != day {
			b.Errorf("the last audit was as of %v, want %v", last, day)
		}
		return err
	})
}

// judge expects what an audit of the whole base finds.
func (b *judgedBase) judge(day campaign.Date, which func(campaign.ContactID) int) {
	for id := range b.want {
		b.want[id] = verdicts[which(id)]
	}
	b.dated(day)
}

// dated gives those a day who have none.
func (b *judgedBase) dated(day campaign.Date) {
	for id, v := range b.want {
		if v.Class != "" && v.AsOf.IsZero() {
			v.AsOf = day
			b.want[id] = v
		}
	}
}

// alone saves verdicts of some contacts.
func (b *judgedBase) alone(vs map[campaign.ContactID]campaign.Verdict) {
	b.Helper()
	b.update(func(tx campaign.Tx) error { return tx.PutVerdicts(vs) })
	for id, v := range vs {
		b.want[id] = v
	}
}

// as is a verdict of a day.
func as(n int, day campaign.Date) campaign.Verdict {
	v := verdicts[n]
	v.AsOf = day
	return v
}

// check holds all readers against what is known. day is that of the last audit of the whole base.
func (b *judgedBase) check(day campaign.Date) {
	b.Helper()
	b.view(func(r campaign.Reader) error { return b.checkIn(r, day) })
	b.counted()
	var own, wrong int
	b.must(b.db.QueryRow("SELECT count(*), count(CASE WHEN as_of = 0 THEN 1 END) FROM own_verdict").Scan(&own, &wrong))
	for _, v := range b.want {
		if v.Class != "" && v.AsOf != day {
			own--
		}
	}
	if own != 0 || wrong != 0 {
		b.Errorf("%d verdicts of contacts alone too many, %d without a day", own, wrong)
	}
	for id := range b.places() {
		if b.want[id].Class == "" {
			b.Errorf("a block knows contact %d, who has no verdict", id)
		}
	}
}

func (b *judgedBase) checkIn(r campaign.Reader, day campaign.Date) error {
	b.Helper()
	all, err := everybody(r, campaign.ContactFilter{})
	b.must(err)
	got := map[campaign.ContactID]campaign.Verdict{}
	for _, c := range all {
		got[c.ID] = c.Verdict
	}
	if !reflect.DeepEqual(b.want, got) {
		for id, want := range b.want {
			if !reflect.DeepEqual(want, got[id]) {
				b.Fatalf("contact %d: %+v, want %+v", id, got[id], want)
			}
		}
		b.Fatalf("%d contacts, want %d", len(got), len(b.want))
	}
	some, err := r.ContactsOf([]campaign.ContactID{all[0].ID, all[len(all)-1].ID, all[len(all)/2].ID})
	b.must(err)
	for id, c := range some {
		same(b, b.want[id], c.Verdict)
	}
	page, err := swept(r)
	for _, c := range page {
		want := b.want[c.ID]
		if want.AsOf == day {
			want.AsOf = campaign.Date{}
		}
		if !reflect.DeepEqual(want, c.Verdict) {
			b.Fatalf("contact %d swept with %+v, want %+v", c.ID, c.Verdict, want)
		}
	}
	return err
}

// places are the places of all blocks that are not empty, with the numbers of their rulings.
func (b *judgedBase) places() map[campaign.ContactID]string {
	b.Helper()
	out := map[campaign.ContactID]string{}
	rows, err := b.db.Query("SELECT block, rulings FROM verdict_block")
	b.must(err)
	defer rows.Close()
	for rows.Next() {
		var block int
		var rulings string
		b.must(rows.Scan(&block, &rulings))
		for n := range 512 {
			if place := rulings[n*7 : n*7+7]; place != "0000000" {
				out[campaign.ContactID(block*512+n)] = place
			}
		}
	}
	b.must(rows.Err())
	return out
}

// verdictBlocks: what an audit of the whole base finds, what is given to a contact alone, and what is taken away
// is read back the same by every way of reading, whatever stood there before.
func verdictBlocks(t *testing.T, h Harness) {
	b := judgedCrowd(t, h)
	one, two, three := campaign.NewDate(2026, 3, 1), campaign.NewDate(2026, 3, 2), campaign.NewDate(2026, 3, 3)
	b.check(one)
	b.all(one, func(id campaign.ContactID) int { return int(id) % 3 })
	b.check(one)
	b.all(two, func(id campaign.ContactID) int { return (int(id) + int(id)%7/6) % 3 })
	b.check(two)
	// 3 and 9 get another verdict, 4 the same; 700 loses its own and what stood in its block with it, 701 never had one.
	b.alone(map[campaign.ContactID]campaign.Verdict{3: as(3, three), 4: as(1, three), 9: as(3, three), 700: as(0, three), 1300: as(3, three)})
	b.check(two)
	b.alone(map[campaign.ContactID]campaign.Verdict{3: as(1, three), 700: {}, 701: {}})
	b.check(two)
	b.alone(map[campaign.ContactID]campaign.Verdict{701: {}, 702: as(0, three)})
	b.check(two)
	if places := b.places(); places[700] != "" || places[701] != "" || places[702] == "" {
		t.Errorf("after they were taken away there stand %q and %q, and below one of its own %q", places[700], places[701], places[702])
	}
	audited := func(id campaign.ContactID) int { return (int(id) + int(id)%7/6) % 3 } // 9 and 1300: what stood in their blocks
	below := b.places()
	wrong := errors.New("wrong")
	before := maps.Clone(b.want)
	err := b.Update(context.Background(), func(tx campaign.Tx) error {
		if err := keepAudit(tx, three, audited); err != nil {
			return err
		}
		b.judge(three, audited)
		return errors.Join(wrong, b.checkIn(tx, three)) // what it wrote itself it sees
	})
	if !errors.Is(err, wrong) {
		t.Fatalf("got %v", err)
	}
	b.want = before
	b.check(two)
	b.all(campaign.NewDate(2026, 3, 4), audited)
	b.check(campaign.NewDate(2026, 3, 4))
	above := b.places()
	for _, id := range []campaign.ContactID{3, 4, 9, 702, 1300} {
		if above[id] != below[id] {
			t.Errorf("contact %d: %s stood in its block, and now %s", id, below[id], above[id])
		}
	}
	leaves(b)
}

// leaves: of whoever leaves the base, however that is, nothing is left in a block.
func leaves(b *judgedBase) {
	b.Helper()
	day := campaign.NewDate(2026, 3, 4)
	b.alone(map[campaign.ContactID]campaign.Verdict{800: as(2, campaign.NewDate(2026, 3, 5))})
	b.remove(801, 1300)
	b.update(func(tx campaign.Tx) error {
		for n, id := range []campaign.ContactID{800, 802} { // with a verdict of its own, and without
			no, err := tx.Append(campaign.Entry{Kind: campaign.EntryErased, Payload: map[string]any{"entries": []int64{}, "n": n}})
			b.must(err)
			b.must(tx.ErasePerson(no, campaign.Erasure{ID: campaign.ErasureID{byte(n)}, Contact: id, Why: campaign.EraseRequested}))
			delete(b.want, id)
		}
		return nil
	})
	b.check(day)
	places := b.places()
	for _, id := range []campaign.ContactID{800, 801, 802, 1300} {
		if places[id] != "" {
			b.Errorf("of contact %d is left %s", id, places[id])
		}
	}
	// Without a day a verdict is of that of the last audit.
	b.alone(map[campaign.ContactID]campaign.Verdict{805: as(0, campaign.NewDate(2026, 3, 5))})
	b.alone(map[campaign.ContactID]campaign.Verdict{805: verdicts[3], 806: verdicts[3]})
	b.dated(day)
	b.check(day)
}

// OldVerdicts writes the verdicts of a database as they stood before there were blocks, one row for each contact, and
// takes it back to that schema.
func OldVerdicts(t testing.TB, db *sql.DB) {
	t.Helper()
	mustExec(t, db, "DROP TABLE api_token") // of a later schema, as are the numbers of cases
	mustExec(t, db, "DROP TRIGGER subject_case_pinned")
	mustExec(t, db, "DROP TABLE case_extension")
	mustExec(t, db, "DROP INDEX subject_case_number")
	mustExec(t, db, "ALTER TABLE subject_case DROP COLUMN number")
	mustExec(t, db, "CREATE TRIGGER subject_case_pinned BEFORE UPDATE ON subject_case WHEN OLD.state = 'done' BEGIN SELECT RAISE(ABORT, 'a case is only ever closed'); END")
	mustExec(t, db, "CREATE TABLE verdict (contact INTEGER PRIMARY KEY, ruling INTEGER NOT NULL, as_of INTEGER NOT NULL) STRICT")
	mustExec(t, db, "INSERT INTO verdict (contact, ruling, as_of) SELECT contact, ruling, as_of FROM own_verdict")
	mustExec(t, db, `WITH RECURSIVE place (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n < 511)
INSERT INTO verdict (contact, ruling, as_of) SELECT b.block * 512 + p.n, CAST(CAST(substr(b.rulings, p.n * 7 + 1, 7) AS TEXT) AS INTEGER), 0 FROM verdict_block b CROSS JOIN place p
WHERE substr(b.rulings, p.n * 7 + 1, 7) <> x'30303030303030' ON CONFLICT DO NOTHING`)
	mustExec(t, db, "DROP TABLE verdict_block")
	mustExec(t, db, "DROP TABLE own_verdict")
	mustExec(t, db, "DROP TABLE dead_domain")
	for _, column := range []string{"warmth.best", "delivery_count.earlier", "delivery_count.earlier_hard", "delivery_count.earlier_complaints", "campaign.anew"} {
		table, name, _ := strings.Cut(column, ".")
		mustExec(t, db, "ALTER TABLE "+table+" DROP COLUMN "+name)
	}
	mustExec(t, db, "DELETE FROM goose_db_version WHERE version_id > 22")
}

// Migrated fills a database with verdicts of both kinds and gives what holds it against them once reopen has brought it up
// to date from the schema before. What a process of an older version asks then fails: it would find a verdict of hardly anybody,
// and take the others for people who may be erased.
func Migrated(t *testing.T, h Harness, reopen func(*store.DB) *store.DB) {
	b := judgedCrowd(t, h)
	day := campaign.NewDate(2026, 3, 1)
	b.all(day, func(id campaign.ContactID) int { return int(id) % 3 })
	b.alone(map[campaign.ContactID]campaign.Verdict{3: as(3, day.AddDays(1)), 4: as(1, day.AddDays(2)), 700: {}, 1300: as(3, day.AddDays(1))})
	b.check(day)
	OldVerdicts(t, b.db)
	b.must(b.db.Close())
	b.DB = reopen(b.DB)
	b.db = h.Triggered(t, b.DB)
	if _, err := b.db.Exec("DELETE FROM verdict"); err == nil {
		b.Error("a process of an older version goes on")
	}
	b.check(day)
	b.all(day.AddDays(3), func(id campaign.ContactID) int { return int(id) % 2 })
	b.check(day.AddDays(3))
}
