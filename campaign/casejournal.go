package campaign

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// What people ask for by right has a day by which it must be done, which goes on when a database from before is put back. So
// the send journal knows of each request: whose it is, by keyed hashes, of which kind, since when, and until when if it was extended. That it was done is not in
// it: what was done was lost with the database as well.

// caseLost is the note of a case that the send journal brought back.
const caseLost = "the send journal brought this request back; how it came, what it said and what was done about it were lost with the database"

// request is a case as the send journal has it.
type request struct {
	number LinkID
	kind   CaseKind
	keys   []PersonKey
	at     time.Time
	place  int       // in the journal
	until  time.Time // when it is due since it was extended; zero: it was not
}

// caseRecords are the journal's lines for a case.
func caseRecords(r Reader, c Case) ([]Record, error) {
	keys, _, err := identified(r, c.Contact)
	if err != nil || len(keys) == 0 { // erased
		return nil, err
	}
	rs := spread(Record{Kind: RecordCase, Attempt: slices.Index(CaseKinds(), c.Kind), Link: c.Number, At: c.OpenedAt}, keys)
	if c.Because != "" {
		rs = append(rs, Record{Kind: RecordExtend, Link: c.Number, At: c.DueAt})
	}
	return rs, nil
}

// lostCase is a request of which a database has no case, with whose it is.
type lostCase struct {
	request
	contact ContactID
}

// lostCases are the requests that a database does not know. Unplaced are those of people whom it does not have.
func (d *Desk) lostCases(r Reader, all map[LinkID]request) (lost []lostCase, unplaced int, err error) {
	known, err := r.CasesKnown(slices.Collect(maps.Keys(all)))
	if err != nil {
		return nil, 0, err
	}
	for _, q := range asAsked(all) {
		if _, there := known[q.number]; there {
			continue
		}
		people, err := d.bearers(r, q.keys)
		if err != nil {
			return nil, 0, err
		}
		if len(people) == 0 {
			unplaced++
			continue
		}
		lost = append(lost, lostCase{q, people[0]})
	}
	return lost, unplaced, nil
}

// lengthened is a case of a database that the send journal knows as extended, and the database does not, or not so far.
type lengthened struct {
	Case
	until time.Time
}

func lostExtensions(r Reader, all map[LinkID]request) (lost []lengthened, err error) {
	known, err := r.CasesKnown(slices.Collect(maps.Keys(all)))
	for _, q := range asAsked(all) {
		if c, there := known[q.number]; there && c.State == CaseOpen && q.until.After(c.DueAt) {
			lost = append(lost, lengthened{c, q.until})
		}
	}
	return lost, err
}

// asAsked are requests by when they were asked, which is not the order of the journal: one that came by letter is entered days later.
func asAsked(all map[LinkID]request) []request {
	return slices.SortedFunc(maps.Values(all), func(a, b request) int { return cmp.Or(a.at.Compare(b.at), a.place-b.place) })
}

// restoreCases opens again each case that a database has forgotten, due as it was, and extends each of which it has forgotten that. Where one of the kind is open already, it is
// the same request: the one that is due first stays open, and the other is done with that one. Whoever asked to be erased objected to
// marketing with it, which the journal may lack.
func (d *Desk) restoreCases(tx Tx, all map[LinkID]request) (n, unplaced int, err error) {
	lost, unplaced, err := d.lostCases(tx, all)
	if err != nil {
		return 0, 0, err
	}
	longer, err := lostExtensions(tx, all)
	for _, l := range longer {
		if err == nil {
			_, err = extend(tx, Machine, l.Case, l.until, extensionLost)
		}
		n++
	}
	if err != nil {
		return 0, 0, err
	}
	for _, q := range lost {
		was, open, err := openOf(tx, q.contact, q.kind)
		if err != nil {
			return n, unplaced, err
		}
		c, err := d.enterCase(tx, Invitation{Contact: q.contact}, q.number, q.at, caseOpened{Actor: Machine, Asked: q.kind, AskedAt: &Instant{q.at}, Note: caseLost})
		switch {
		case err != nil || !open:
		case latest(c.DueAt, q.until).Before(was.DueAt):
			err = closeCase(tx, Machine, was, doneWith(c.ID))
		default:
			c.State, c.ClosedAt, c.Note = CaseDone, tx.Now(), doneWith(was.ID)
			c.Closed, err = enterClosing(tx, Machine, c, c.Note)
		}
		if err == nil {
			err = tx.OpenCase(c)
		}
		if err == nil && c.State == CaseOpen && q.until.After(c.DueAt) {
			_, err = extend(tx, Machine, c, q.until, extensionLost)
		}
		if err == nil && c.Kind == CaseErase {
			_, err = d.stopMarketing(tx, Machine, c, true) // the journal learns of it as of any other no that it does not know
		}
		if err != nil {
			return n, unplaced, err
		}
		n++
	}
	return n, unplaced, nil
}

// doneWith is the note of a case that is the same as another.
func doneWith(id CaseID) string {
	return fmt.Sprintf("the same was asked for in case %d, which is open: it is done with that one", id)
}

// lacks reports whether a line of the journal says more of a request than is known.
func (q request) lacks(rec Record) bool {
	return len(mergeKeys(q.keys, rec.Keys)) > len(q.keys) || rec.Kind == RecordExtend && rec.At.After(q.until)
}

// journalCases writes to the journal every open case that it does not know with all its keys, or not with all its time: whoever stored it died before the
// second step, or in the middle of it.
func (d *Desk) journalCases(ctx context.Context, known map[LinkID]request) error {
	var rs []Record
	err := d.store.View(ctx, func(r Reader) error {
		for after := CaseID(0); ; {
			cs, err := r.CasePage(CaseOpen, after, page)
			if err != nil || len(cs) == 0 {
				return err
			}
			for _, c := range cs {
				some, err := caseRecords(r, c)
				if err != nil {
					return err
				}
				if has := known[c.Number]; !slices.ContainsFunc(some, has.lacks) {
					continue
				}
				rs = append(rs, some...)
			}
			after = cs[len(cs)-1].ID
		}
	})
	if err != nil {
		return err
	}
	return d.record(ctx, rs...)
}
