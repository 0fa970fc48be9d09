package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// mostRulings bounds what is remembered: sentences that name a day are as many as there are days.
const mostRulings = 1 << 14

func (r *rulings) of(id int64) (campaign.Verdict, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, ok := r.known[id]
	return v, ok
}

func (r *rulings) put(id int64, v campaign.Verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= mostRulings {
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
	return t.readRuling(id)
}

func (t *tx) readRuling(id int64) (v campaign.Verdict, err error) {
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

// kind is what verdicts are counted by.
type kind struct {
	class campaign.Class
	route campaign.Route
	code  string
}

func kindOf(v *campaign.Verdict) kind { return kind{v.Class, v.Route, v.Code} }

func (k kind) compare(o kind) int {
	return cmp.Or(cmp.Compare(k.class, o.class), cmp.Compare(k.route, o.route), cmp.Compare(k.code, o.code))
}

// kindBlock is a row of verdict_count.
type kindBlock struct {
	kind
	block int64
}

// verdictCounts are changes of the counts that are not yet written.
type verdictCounts map[kindBlock]int64

// move counts that a contact has another verdict now; one without a class is none.
func (n verdictCounts) move(contact campaign.ContactID, was, now *campaign.Verdict) {
	if was.Class != "" {
		n[kindBlock{kindOf(was), blockOf(contact)}]--
	}
	if now.Class != "" {
		n[kindBlock{kindOf(now), blockOf(contact)}]++
	}
}

// putCounts writes changes in the order of the table.
func (t *tx) putCounts(n verdictCounts) error {
	maps.DeleteFunc(n, func(_ kindBlock, by int64) bool { return by == 0 })
	sorted := slices.SortedFunc(maps.Keys(n), func(a, b kindBlock) int { return cmp.Or(a.compare(b.kind), cmp.Compare(a.block, b.block)) })
	rows := make([][]any, len(sorted))
	for i, k := range sorted {
		rows[i] = []any{string(k.class), string(k.route), k.code, k.block, n[k]}
	}
	return t.insertMany("INSERT INTO verdict_count (class, route, code, block, contacts) VALUES", rows,
		"ON CONFLICT (class, route, code, block) DO UPDATE SET contacts = verdict_count.contacts + excluded.contacts")
}

// rulingText is what tells two rulings apart.
type rulingText struct {
	kind
	fine, reasons string
}

// PutVerdicts saves what was found of some contacts by themselves. A verdict without a class takes away what
// was there; one without a day is of that of the last audit of the whole base.
func (t *tx) PutVerdicts(vs map[campaign.ContactID]campaign.Verdict) error {
	return translate("store.PutVerdicts", t.putVerdicts(vs))
}

func (t *tx) putVerdicts(vs map[campaign.ContactID]campaign.Verdict) error {
	ids := slices.Sorted(maps.Keys(vs))
	before, err := t.verdictsOf(ids)
	if err != nil {
		return err
	}
	known := map[rulingText]int64{}
	counts := verdictCounts{}
	var rows [][]any
	var places []placed
	for _, contact := range ids {
		v, was := vs[contact], before[contact]
		counts.move(contact, &was, &v)
		if v.Class == "" {
			if was.Class != "" {
				places = append(places, placed{contact: contact})
			}
			continue
		}
		text := rulingText{kindOf(&v), v.Fine, strings.Join(v.Reasons, "\x00")}
		if _, ok := known[text]; !ok {
			if known[text], err = t.rulingID(&v); err != nil {
				return err
			}
		}
		if day := v.AsOf.Day(); day != 0 && !v.AsOf.IsZero() {
			rows = append(rows, []any{int64(contact), known[text], day})
		} else {
			places = append(places, placed{contact, known[text]})
		}
	}
	if err := t.placeOnly(places); err != nil {
		return err
	}
	err = t.insertMany("INSERT INTO own_verdict (contact, ruling, as_of) VALUES", rows,
		"ON CONFLICT (contact) DO UPDATE SET ruling = excluded.ruling, as_of = excluded.as_of")
	if err != nil {
		return err
	}
	return t.putCounts(counts)
}

// placeOnly changes places of blocks, and takes away what went before them.
func (t *tx) placeOnly(places []placed) error {
	contacts := make([]int64, len(places))
	for n := range places {
		contacts[n] = int64(places[n].contact)
	}
	if err := t.removeOwn(contacts); err != nil {
		return err
	}
	return t.putPlaces(places)
}

// verdictsOf gives the verdicts of those of some contacts that have one, without their days.
func (t *tx) verdictsOf(ids []campaign.ContactID) (map[campaign.ContactID]campaign.Verdict, error) {
	out := map[campaign.ContactID]campaign.Verdict{}
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		found, err := all(t, scanPlace, fmt.Sprintf(selectPlaces, bigints(1, len(piece))), anys(piece)...)
		for n := 0; n < len(found) && err == nil; n++ {
			var v campaign.Verdict
			if v, err = t.verdictIn(found[n].own, found[n].place, found[n].contact); v.Class != "" {
				out[found[n].contact] = v
			}
		}
		return err
	})
	return out, err
}

// selectPlaces reads of some numbers the ruling that was given to each alone, 0 for none, and what stands at its place in its block.
var selectPlaces = `SELECT c.id, coalesce(v.ruling, 0), ` + placeInBlock + ` FROM (SELECT column1 AS id FROM (VALUES %s) AS n) c ` + joinVerdicts

// foundPlace is a row of selectPlaces.
type foundPlace struct {
	contact campaign.ContactID
	own     int64
	place   string
}

func scanPlace(scan func(...any) error) (f foundPlace, err error) {
	var place sql.RawBytes
	err = scan(&f.contact, &f.own, &place)
	f.place = string(place)
	return f, err
}

// auditing is an audit of the whole base that is being kept.
type auditing struct {
	t       *tx
	rulings map[*campaign.Verdict]*ruled
	counts  verdictCounts
	present []*ruled // that the present block has
	block   int64
	writer  blockWriter
	own     []int64 // of a page: whose own verdict stood
}

// ruled is a verdict that was given.
type ruled struct {
	digits   string // of its number
	kind     kind
	contacts int64 // of the present block
}

// KeepAudit keeps an audit of the whole base. See campaign.ContactWriter.
func (t *tx) KeepAudit(asOf campaign.Date, judge func(put func([]campaign.Audited) error) error) error {
	a := &auditing{t: t, rulings: map[*campaign.Verdict]*ruled{}, counts: verdictCounts{}, writer: blockWriter{t: t}}
	err := judge(a.put)
	if a.flush(); err == nil {
		err = t.putCounts(a.counts)
	}
	if err == nil {
		_, err = t.exec("UPDATE base SET as_of = $1", asOf.Day())
		t.day = 0
	}
	return translate("store.KeepAudit", err)
}

// put writes what changed of a page. A page ends where a block does, so that each block is written once.
func (a *auditing) put(page []campaign.Audited) error {
	a.own = a.own[:0]
	for n := range page {
		p := &page[n]
		r, err := a.ruling(p.Now)
		if err != nil {
			return err
		}
		if b := blockOf(p.Contact); b != a.block {
			if err := a.next(b); err != nil {
				return err
			}
		}
		if r.contacts == 0 {
			a.present = append(a.present, r)
		}
		r.contacts++
		if p.Was.Class != "" {
			a.counts.move(p.Contact, p.Was, &campaign.Verdict{})
		}
		if !p.Was.AsOf.IsZero() {
			a.own = append(a.own, int64(p.Contact))
		}
		if err := a.writer.put(p.Contact, r.digits); err != nil {
			return err
		}
	}
	if err := a.writer.leave(); err != nil {
		return err
	}
	return a.t.removeOwn(a.own)
}

// countsAhead is how many counts wait to be written together. They are written while others still judge: when all have
// been judged nothing else is done beside it.
const countsAhead = 1024

// next begins another block.
func (a *auditing) next(block int64) error {
	a.flush()
	a.block = block
	if len(a.counts) < countsAhead {
		return nil
	}
	err := a.t.putCounts(a.counts)
	clear(a.counts)
	return err
}

// flush counts the verdicts of a block.
func (a *auditing) flush() {
	for _, r := range a.present {
		a.counts[kindBlock{r.kind, a.block}] += r.contacts
		r.contacts = 0
	}
	a.present = a.present[:0]
}

func (a *auditing) ruling(v *campaign.Verdict) (*ruled, error) {
	if r := a.rulings[v]; r != nil {
		return r, nil
	}
	id, err := a.t.rulingID(v)
	if err != nil {
		return nil, err
	}
	digits, err := digitsOf(id)
	a.rulings[v] = &ruled{digits: digits, kind: kindOf(v)}
	return a.rulings[v], err
}

// LastAudit is the day as of which the whole base was last judged.
func (t *tx) LastAudit() (campaign.Date, error) {
	day, err := t.audited()
	if err != nil || day == 0 {
		return campaign.Date{}, translate("store.LastAudit", err)
	}
	return campaign.DayOf(day), nil
}

// audited is the day of the last audit of the whole base.
func (t *tx) audited() (day int64, err error) {
	if t.day == 0 {
		err = t.row([]any{&t.day}, "SELECT as_of FROM base")
	}
	return t.day, err
}

// judged lists the contacts of whom an audit found something that a filter takes, by number. It looks only
// where the counts say that there are any.
func (t *tx) judged(f campaign.ContactFilter, after campaign.ContactID, limit int) ([]campaign.ContactID, error) {
	which, next, err := t.rulingsOf(f)
	if err != nil {
		return nil, err
	}
	return t.judgedAfter(after, limit, func(block int64) (int64, error) { return t.nextBlock(next, block) },
		func(ruling int64) (bool, error) { return which[ruling], nil })
}

// judgedAfter lists contacts behind one, by number, whose ruling is taken. It looks into the blocks that next names, each the first
// from one on; -1 for no more.
func (t *tx) judgedAfter(after campaign.ContactID, limit int, next func(block int64) (int64, error), takes func(ruling int64) (bool, error)) (ids []campaign.ContactID, err error) {
	for block := blockOf(after + 1); len(ids) < limit; block++ {
		if block, err = next(block); err != nil || block < 0 {
			return ids, err
		}
		some, err := t.judgedIn(block, after+1, takes)
		if err != nil {
			return nil, err
		}
		ids = append(ids, some[:min(len(some), limit-len(ids))]...)
	}
	return ids, nil
}

// rulingsOf gives the rulings that a filter takes, and their kinds.
func (t *tx) rulingsOf(f campaign.ContactFilter) (ids map[int64]bool, kinds map[kind]int64, err error) {
	ids, kinds = map[int64]bool{}, map[kind]int64{}
	err = t.each(func(scan func(...any) error) error {
		var id int64
		var k kind
		err := scan(&id, &k.class, &k.route, &k.code)
		ids[id], kinds[k] = true, -1
		return err
	}, "SELECT id, class, route, code FROM ruling WHERE ($1 = '' OR class = $1) AND ($2 = '' OR route = $2) AND ($3 = '' OR code = $3)",
		string(f.Class), string(f.Route), f.Code)
	return ids, kinds, err
}

// nextBlockOf is the next block in which somebody has a verdict of a kind.
const nextBlockOf = `SELECT block FROM verdict_count WHERE class = $1 AND route = $2 AND code = $3 AND block >= $4 AND contacts > 0 ORDER BY block LIMIT 1`

// nextBlock is the first block from one on in which anybody has a verdict of some kinds, -1 when there is
// none. next holds the block of each kind that was found last.
func (t *tx) nextBlock(next map[kind]int64, from int64) (int64, error) {
	first := int64(-1)
	for k, block := range next {
		if block < from {
			err := t.row([]any{&block}, nextBlockOf, string(k.class), string(k.route), k.code, from)
			if errors.Is(err, sql.ErrNoRows) {
				delete(next, k)
				continue
			}
			if err != nil {
				return 0, err
			}
			next[k] = block
		}
		if first < 0 || block < first {
			first = block
		}
	}
	return first, nil
}

// ReasonCounts counts the contacts of each verdict, most first; those never audited are left out.
func (t *tx) ReasonCounts() ([]campaign.ReasonCount, error) {
	out, err := all(t, func(scan func(...any) error) (r campaign.ReasonCount, err error) {
		return r, scan(&r.Class, &r.Route, &r.Code, &r.Contacts)
	}, `SELECT class, route, code, sum(contacts) FROM verdict_count GROUP BY class, route, code HAVING sum(contacts) > 0
ORDER BY sum(contacts) DESC, code, class, route`)
	return out, translate("store.ReasonCounts", err)
}
