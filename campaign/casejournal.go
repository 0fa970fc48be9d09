package campaign

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// What people ask for by right has a day by which it must be done, which goes on when a database from before is put back. So
// the send journal knows of each request: whose it is, by keyed hashes, of which kind, and since when. That it was done is not in
// it: what was done was lost with the database as well.

// caseLost is the note of a case that the send journal brought back.
const caseLost = "the send journal brought this request back; how it came, what it said and what was done about it were lost with the database"

// request is a case as the send journal has it.
type request struct {
	kind  CaseKind
	keys  []PersonKey
	at    time.Time
	place int // in the journal
}

func (q request) is(c Case) bool { return q.kind == c.Kind && q.at.Equal(c.OpenedAt) }

// caseRecords are the journal's lines for a case.
func (d *Desk) caseRecords(r Reader, c Case) ([]Record, error) {
	keys, err := identified(r, c.Contact)
	if err != nil || len(keys) == 0 { // erased
		return nil, err
	}
	var number LinkID
	if _, err := io.ReadFull(d.rand, number[:]); err != nil {
		return nil, fault.Wrap("campaign.caseRecords", err)
	}
	return spread(Record{Kind: RecordCase, Attempt: slices.Index(CaseKinds(), c.Kind), Link: number, At: c.OpenedAt}, keys), nil
}

// lostCase is a request of which a database has no case, with whose it is.
type lostCase struct {
	request
	contact ContactID
}

// lostCases looks for the case of each request. Two of a kind that count as asked for at one moment, as do all that arrived by letter on a
// day, are two. Unplaced are those of people whom the database does not have.
func (d *Desk) lostCases(r Reader, all map[LinkID]request) (lost []lostCase, unplaced int, err error) {
	cases := map[ContactID][]Case{} // for which no request was found yet
	for _, q := range inPlace(all) {
		people, err := d.bearers(r, q.keys)
		if err != nil {
			return nil, 0, err
		}
		if len(people) == 0 {
			unplaced++
			continue
		}
		known := false
		for _, id := range people {
			if _, read := cases[id]; !read {
				if cases[id], err = r.CasesOf(id); err != nil {
					return nil, 0, err
				}
			}
			if n := slices.IndexFunc(cases[id], q.is); n >= 0 && !known {
				cases[id], known = slices.Delete(cases[id], n, n+1), true
			}
		}
		if !known {
			lost = append(lost, lostCase{q, people[0]})
		}
	}
	return lost, unplaced, nil
}

// inPlace are requests in the order of the journal.
func inPlace(all map[LinkID]request) (qs []request) {
	for _, q := range all {
		qs = append(qs, q)
	}
	slices.SortFunc(qs, func(a, b request) int { return a.place - b.place })
	return qs
}

// restoreCases opens again each case that a database has forgotten, due as it was. Where one of the kind is open already, that one
// is to be done first.
func (d *Desk) restoreCases(tx Tx, all map[LinkID]request) (n, unplaced int, err error) {
	lost, unplaced, err := d.lostCases(tx, all)
	if err != nil {
		return 0, 0, err
	}
	for _, q := range lost {
		_, open, err := openOf(tx, q.contact, q.kind)
		if err == nil && !open {
			_, _, err = d.begin(tx, Invitation{Contact: q.contact}, q.at, caseOpened{Actor: Machine, Asked: q.kind, AskedAt: &Instant{q.at}, Note: caseLost})
			n++
		}
		if err != nil {
			return n, unplaced, err
		}
	}
	return n, unplaced, nil
}

// journalCases writes to the journal every open case that it does not know: whoever stored it died before the second step.
func (d *Desk) journalCases(ctx context.Context, known map[LinkID]request) error {
	qs := inPlace(known)
	var rs []Record
	err := d.store.View(ctx, func(r Reader) error {
		for after := CaseID(0); ; {
			cs, err := r.CasePage(CaseOpen, after, page)
			if err != nil || len(cs) == 0 {
				return err
			}
			for _, c := range cs {
				keys, err := identified(r, c.Contact)
				if err != nil {
					return err
				}
				shared := func(k PersonKey) bool { return slices.Contains(keys, k) }
				if n := slices.IndexFunc(qs, func(q request) bool { return q.is(c) && slices.ContainsFunc(q.keys, shared) }); n >= 0 {
					qs = slices.Delete(qs, n, n+1)
					continue
				}
				some, err := d.caseRecords(r, c)
				if err != nil {
					return err
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
