package store

import (
	"cmp"
	"database/sql"
	"errors"
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

// verdictBlock is of how many contacts, whose numbers follow each other, verdicts are counted together.
const verdictBlock = 512

func blockOf(contact campaign.ContactID) int64 { return int64(contact) / verdictBlock }

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
// was there.
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
	for _, contact := range ids {
		v, was := vs[contact], before[contact]
		counts.move(contact, &was, &v)
		if v.Class == "" {
			continue
		}
		text := rulingText{kindOf(&v), v.Fine, strings.Join(v.Reasons, "\x00")}
		if _, ok := known[text]; !ok {
			if known[text], err = t.rulingID(&v); err != nil {
				return err
			}
		}
		rows = append(rows, []any{int64(contact), known[text], v.AsOf.Day()})
	}
	if err := t.removeVerdicts(before, func(c campaign.ContactID) bool { return vs[c].Class == "" }); err != nil {
		return err
	}
	err = t.insertMany("INSERT INTO verdict (contact, ruling, as_of) VALUES", rows,
		"ON CONFLICT (contact) DO UPDATE SET ruling = excluded.ruling, as_of = excluded.as_of")
	if err != nil {
		return err
	}
	return t.putCounts(counts)
}

// verdictsOf gives the verdicts of those of some contacts that have one, without their days.
func (t *tx) verdictsOf(ids []campaign.ContactID) (map[campaign.ContactID]campaign.Verdict, error) {
	out := map[campaign.ContactID]campaign.Verdict{}
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		rows, err := all(t, scanPair, "SELECT contact, ruling FROM verdict WHERE contact IN ("+places(1, len(piece))+")", anys(piece)...)
		for n := 0; n < len(rows) && err == nil; n++ {
			out[campaign.ContactID(rows[n][0])], err = t.ruling(rows[n][1])
		}
		return err
	})
	return out, err
}

func scanPair(scan func(...any) error) (pair [2]int64, err error) {
	return pair, scan(&pair[0], &pair[1])
}

// removeVerdicts takes away those of some verdicts that which says; their counts are the caller's.
func (t *tx) removeVerdicts(there map[campaign.ContactID]campaign.Verdict, which func(campaign.ContactID) bool) error {
	gone := slices.DeleteFunc(slices.Sorted(maps.Keys(there)), func(c campaign.ContactID) bool { return !which(c) })
	return chunks(numbers(gone), mostParameters, func(piece []int64) error {
		_, err := t.exec("DELETE FROM verdict WHERE contact IN ("+places(1, len(piece))+")", anys(piece)...)
		return err
	})
}

// auditing is an audit of the whole base that is being kept.
type auditing struct {
	t       *tx
	rulings map[*campaign.Verdict]*ruled
	counts  verdictCounts
	present []*ruled // that the present block has
	block   int64

	fresh, changed []any // of a page, to be used again
}

// ruled is a verdict that was given.
type ruled struct {
	id       any // as the engine takes it
	kind     kind
	contacts int64 // of the present block
}

// mostVerdicts is how many verdicts of an audit one statement writes: they are narrow, and there are many.
const mostVerdicts = 256

// A verdict of an audit of the whole base has no day of its own.
var (
	addVerdictsQuery = perRows(mostVerdicts, func(n int) string {
		return "INSERT INTO verdict (contact, ruling, as_of) VALUES " + strings.ReplaceAll(tuples(1, 2, n), ")", ", 0)")
	})
	changeVerdictsQuery = perRows(mostVerdicts, func(n int) string {
		return addVerdictsQuery(n) + " ON CONFLICT (contact) DO UPDATE SET ruling = excluded.ruling, as_of = excluded.as_of"
	})
)

// KeepAudit keeps an audit of the whole base. See campaign.ContactWriter.
func (t *tx) KeepAudit(asOf campaign.Date, judge func(put func([]campaign.Audited) error) error) error {
	a := &auditing{t: t, rulings: map[*campaign.Verdict]*ruled{}, counts: verdictCounts{}}
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

// put writes what changed of a page. Who had no verdict goes behind those who have: nothing is looked for.
func (a *auditing) put(page []campaign.Audited) error {
	a.fresh, a.changed = a.fresh[:0], a.changed[:0]
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
		if p.Was.Class == "" {
			a.fresh = append(a.fresh, int64(p.Contact), r.id)
		} else {
			a.counts.move(p.Contact, &p.Was, &campaign.Verdict{})
			a.changed = append(a.changed, int64(p.Contact), r.id)
		}
	}
	if err := a.insert(addVerdictsQuery, a.fresh); err != nil {
		return err
	}
	return a.insert(changeVerdictsQuery, a.changed)
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
	a.rulings[v] = &ruled{id: id, kind: kindOf(v)}
	return a.rulings[v], err
}

func (a *auditing) insert(query func(rows int) string, args []any) error {
	for len(args) > 0 {
		n := piece(len(args)/2, mostVerdicts)
		if err := a.t.execBare(query(n), args[:2*n]); err != nil {
			return err
		}
		args = args[2*n:]
	}
	return nil
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
func (t *tx) judged(f campaign.ContactFilter, after campaign.ContactID, limit int) (ids []campaign.ContactID, err error) {
	which, next, err := t.rulingsOf(f)
	if err != nil {
		return nil, err
	}
	for block := blockOf(after + 1); len(ids) < limit; block++ {
		if block, err = t.nextBlock(next, block); err != nil || block < 0 {
			return ids, err
		}
		err := t.each(func(scan func(...any) error) error {
			pair, err := scanPair(scan)
			if which[pair[1]] && len(ids) < limit {
				ids = append(ids, campaign.ContactID(pair[0]))
			}
			return err
		}, selectJudged, max(int64(after), block*verdictBlock-1), (block+1)*verdictBlock)
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

const selectJudged = "SELECT contact, ruling FROM verdict WHERE contact > $1 AND contact < $2 ORDER BY contact"

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
