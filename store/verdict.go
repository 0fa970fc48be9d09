package store

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"
	"sync"

	"github.com/reoptin/reoptin/campaign"
)

// What an audit finds of a person is one of few things: class, route, row of the table and sentences
// stand once as a ruling, and a verdict only points there. Rulings are added and never changed.

// rulings remembers what has been committed, by number.
type rulings struct {
	mu    sync.RWMutex
	known map[int64]campaign.Verdict
}

func (r *rulings) of(id int64) (campaign.Verdict, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, ok := r.known[id]
	return v, ok
}

func (r *rulings) put(id int64, v campaign.Verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= mostMemos {
		r.known = map[int64]campaign.Verdict{}
	}
	r.known[id] = v
}

const rulingColumns = "class, route, code, fine, reasons"

// ruling is what a verdict points to. Its reasons are shared and must not be changed.
func (t *tx) ruling(id int64) (v campaign.Verdict, err error) {
	if v, ok := t.db.rulings.of(id); ok {
		return v, nil
	}
	var reasons string
	if err = t.row([]any{&v.Class, &v.Route, &v.Code, &v.Fine, &reasons}, "SELECT "+rulingColumns+" FROM ruling WHERE id = $1", id); err != nil {
		return v, err
	}
	if err = decode(reasons, &v.Reasons); err == nil && t.snapshot { // a writer may yet roll it back
		t.db.rulings.put(id, v)
	}
	return v, err
}

// rulingID gives the number of a ruling, which is added when it is new.
func (t *tx) rulingID(v *campaign.Verdict) (id int64, err error) {
	reasons, err := encode(v.Reasons)
	if err != nil {
		return 0, err
	}
	args := []any{string(v.Class), string(v.Route), v.Code, v.Fine, reasons}
	find := "SELECT id FROM ruling WHERE class = $1 AND route = $2 AND code = $3 AND fine = $4 AND reasons = $5"
	if err = t.row([]any{&id}, find, args...); errors.Is(err, sql.ErrNoRows) {
		err = t.row([]any{&id}, "INSERT INTO ruling ("+rulingColumns+") VALUES ($1, $2, $3, $4, $5) RETURNING id", args...)
	}
	return id, err
}

// sameRuling is what two verdicts that point to one ruling have in common; reasons are compared after it.
type sameRuling struct {
	class campaign.Class
	route campaign.Route
	code  string
	fine  string
}

// rulingIDs gives the numbers of the rulings of many verdicts, each looked up once.
type rulingIDs struct {
	t     *tx
	known map[sameRuling][]knownRuling
}

type knownRuling struct {
	reasons []string
	id      int64
}

func (r *rulingIDs) of(v *campaign.Verdict) (int64, error) {
	same := sameRuling{v.Class, v.Route, v.Code, v.Fine}
	for _, k := range r.known[same] {
		if slices.Equal(k.reasons, v.Reasons) {
			return k.id, nil
		}
	}
	id, err := r.t.rulingID(v)
	if err == nil {
		r.known[same] = append(r.known[same], knownRuling{v.Reasons, id})
	}
	return id, err
}

// PutVerdicts saves the results of an audit. A verdict without a class takes away what was there.
func (t *tx) PutVerdicts(vs map[campaign.ContactID]campaign.Verdict) error {
	ids := rulingIDs{t: t, known: map[sameRuling][]knownRuling{}}
	rows := make([][]any, 0, len(vs))
	for contact, v := range vs {
		if v.Class == "" {
			if _, err := t.exec("DELETE FROM verdict WHERE contact = $1", int64(contact)); err != nil {
				return translate("store.PutVerdicts", err)
			}
			continue
		}
		id, err := ids.of(&v)
		if err != nil {
			return translate("store.PutVerdicts", err)
		}
		rows = append(rows, []any{int64(contact), id, v.AsOf.Day()})
	}
	slices.SortFunc(rows, func(a, b []any) int { return cmp.Compare(a[0].(int64), b[0].(int64)) })
	err := t.insertMany("INSERT INTO verdict (contact, ruling, as_of) VALUES", rows,
		"ON CONFLICT (contact) DO UPDATE SET ruling = excluded.ruling, as_of = excluded.as_of")
	return translate("store.PutVerdicts", err)
}

// judged lists the contacts of whom an audit found something that a filter takes, by number: the next of
// each ruling, of which there are few, laid together.
func (t *tx) judged(f campaign.ContactFilter, after campaign.ContactID, limit int) (ids []campaign.ContactID, err error) {
	number := func(scan func(...any) error) (id int64, err error) { return id, scan(&id) }
	which, err := all(t, number, "SELECT id FROM ruling WHERE ($1 = '' OR class = $1) AND ($2 = '' OR route = $2) AND ($3 = '' OR code = $3)",
		string(f.Class), string(f.Route), f.Code)
	if err != nil {
		return nil, err
	}
	for _, r := range which {
		some, err := all(t, number, "SELECT contact FROM verdict WHERE ruling = $1 AND contact > $2 ORDER BY contact LIMIT $3", r, int64(after), int64(limit))
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			ids = append(ids, campaign.ContactID(id))
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), limit)], nil
}

// ReasonCounts counts the contacts of each verdict, most first; those never audited are left out.
func (t *tx) ReasonCounts() ([]campaign.ReasonCount, error) {
	out, err := all(t, func(scan func(...any) error) (r campaign.ReasonCount, err error) {
		return r, scan(&r.Class, &r.Route, &r.Code, &r.Contacts)
	}, `SELECT r.class, r.route, r.code, sum(v.n) FROM (SELECT ruling, count(*) AS n FROM verdict GROUP BY ruling) AS v
JOIN ruling r ON r.id = v.ruling GROUP BY r.class, r.route, r.code ORDER BY sum(v.n) DESC, r.code, r.class, r.route`)
	return out, translate("store.ReasonCounts", err)
}
