package campaign

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// AuditSummary counts the base by verdict.
type AuditSummary struct {
	Contacts int           `json:"contacts"`
	Classes  map[Class]int `json:"classes"`
	Routes   map[Route]int `json:"routes"`
	Reasons  []AuditReason `json:"reasons"` // the most frequent first
	AsOf     Date          `json:"as_of"`
	Rules    string        `json:"rules"`  // version of the decision table
	Policy   string        `json:"policy"` // version of the contact policies
}

// AuditReason is one row of the decision table with the people it decided.
type AuditReason struct {
	Code     string `json:"code"`
	Class    Class  `json:"class"`
	Route    Route  `json:"route"`
	Text     string `json:"text"`
	Contacts int    `json:"contacts"`
}

// Base is how the base stands, by the verdicts of its last audit.
type Base struct {
	Contacts  int
	Classes   map[Class]int
	Routes    map[Route]int
	Reasons   []AuditReason // the most frequent first
	Unaudited int           // imported since, or never audited
}

// Base counts the base. It judges nobody.
func (d *Desk) Base(ctx context.Context) (b Base, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		b, err = baseOf(r)
		return err
	})
	return b, err
}

func baseOf(r Reader) (Base, error) {
	b := Base{Classes: map[Class]int{}, Routes: map[Route]int{}}
	var err error
	if b.Contacts, err = r.ContactCount(); err != nil {
		return b, err
	}
	b.Unaudited = b.Contacts
	counts, err := r.ReasonCounts()
	for _, c := range counts {
		b.Classes[c.Class] += c.Contacts
		b.Routes[c.Route] += c.Contacts
		b.Reasons = append(b.Reasons, AuditReason{Code: c.Code, Class: c.Class, Route: c.Route, Text: reasonOf(c.Code, c.Class, c.Route), Contacts: c.Contacts})
		b.Unaudited -= c.Contacts
	}
	return b, err
}

// auditPage bounds how many contacts are judged between two looks at the store.
const auditPage = 1000

// judgement is one contact as an audit judged it.
type judgement struct {
	contact  *Contact
	standing *Standing
	claim    *Claim   // that the verdict was given on
	verdict  *Verdict // one for all of whom the same was found
	changed  bool     // it is not what the last audit of the whole base left
}

// auditedPage is what a page was judged into, to be used again once it is taken.
type auditedPage struct {
	standings  []Standing
	judgements []judgement
}

// taker gets the judgements of an audit page by page, in the order of the numbers. The first page is empty. Nothing of a
// page may be kept but verdicts: it is judged into again, and its texts hold those of many others in memory.
type taker func(*Organisation, []judgement) error

// Audit judges the whole base as of a day. With save the verdicts are kept, with one ledger entry that says who wished for it.
func (d *Desk) Audit(ctx context.Context, actor Actor, asOf Date, save bool) (AuditSummary, error) {
	count := newCount(asOf)
	if !save {
		err := d.store.View(ctx, func(r Reader) error {
			return auditBase(ctx, r, asOf, count.take)
		})
		return count.summary(), err
	}
	err := d.store.Update(ctx, func(tx Tx) error {
		count = newCount(asOf)
		return saveAudit(ctx, tx, actor, asOf, count)
	})
	return count.summary(), err
}

// saveAudit judges the whole base and keeps the verdicts, with their ledger entry. Others may look on.
func saveAudit(ctx context.Context, tx Tx, actor Actor, asOf Date, count *counting, others ...taker) error {
	err := tx.KeepAudit(asOf, func(put func([]Audited) error) error {
		var changed []Audited // of a page
		keep := func(_ *Organisation, page []judgement) error {
			changed = changed[:0]
			for _, j := range page {
				if j.changed {
					changed = append(changed, Audited{Contact: j.contact.ID, Was: &j.contact.Verdict, Now: j.verdict})
				}
			}
			return put(changed)
		}
		return auditBase(ctx, tx, asOf, append([]taker{count.take, keep}, others...)...)
	})
	if err != nil {
		return err
	}
	s := count.summary()
	_, err = tx.Append(Entry{Kind: EntryClassified, Payload: map[string]any{"actor": actor, "as_of": asOf, "contacts": s.Contacts,
		"classes": s.Classes, "routes": s.Routes, "reasons": s.Reasons, "rules": s.Rules, "policy": s.Policy}})
	return err
}

// auditBase judges everybody. Pages may be judged beside each other.
func auditBase(ctx context.Context, r Reader, asOf Date, takers ...taker) error {
	o, err := organisation(r)
	if err != nil {
		return err
	}
	known, err := recordOfBase(r)
	if err != nil {
		return err
	}
	take := func(page []judgement) error {
		for _, t := range takers {
			if err := t(&o, page); err != nil {
				return err
			}
		}
		return nil
	}
	if err := take(nil); err != nil {
		return err
	}
	auditors := sync.Pool{New: func() any { return newAuditor(o, asOf) }}
	pages := sync.Pool{New: func() any { return &auditedPage{} }}
	return r.Sweep(func(r Reader, page []Contact) (then func() error, err error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := pages.Get().(*auditedPage)
		if p.standings, err = known.standings(p.standings, r, page); err != nil {
			return nil, err
		}
		a := auditors.Get().(*auditor)
		defer auditors.Put(a)
		p.judgements = a.judgePage(p.judgements, page, p.standings)
		return func() error {
			defer pages.Put(p)
			return take(p.judgements)
		}, nil
	})
}

// VerdictsNow judges some contacts with the facts of this transaction, and keeps nothing.
func VerdictsNow(r Reader, cs []Contact) ([]Verdict, error) {
	known, err := recordOfSome(r, cs)
	if err != nil {
		return nil, err
	}
	return known.verdicts(cs)
}

// verdicts judges contacts of the record as of today.
func (k *record) verdicts(cs []Contact) ([]Verdict, error) {
	o, err := organisation(k.r)
	if err != nil {
		return nil, err
	}
	return k.verdictsBy(o, cs)
}

// verdictsBy judges them by an organisation that need not be the one that stands.
func (k *record) verdictsBy(o Organisation, cs []Contact) ([]Verdict, error) {
	standings, err := k.standings(cs)
	if err != nil {
		return nil, err
	}
	judge := newAuditor(o, DateOf(k.r.Now()))
	out := make([]Verdict, len(cs))
	for n, c := range cs {
		out[n] = judge.audit(c, standings[n])
	}
	return out, nil
}

// counting gathers verdicts into a summary.
type counting struct {
	asOf   Date
	policy string
	found  map[*Verdict]int
}

func newCount(asOf Date) *counting {
	return &counting{asOf: asOf, found: map[*Verdict]int{}}
}

func (n *counting) take(o *Organisation, page []judgement) error {
	if n.policy == "" {
		n.policy = o.PolicyVersion()
	}
	for _, j := range page {
		n.found[j.verdict]++
	}
	return nil
}

func (n *counting) summary() AuditSummary {
	reasons := map[AuditReason]int{}
	for v, contacts := range n.found {
		reasons[AuditReason{Code: v.Code, Class: v.Class, Route: v.Route}] += contacts
	}
	s := AuditSummary{AsOf: n.asOf, Rules: RulesVersion, Policy: n.policy, Reasons: []AuditReason{},
		Classes: map[Class]int{OptedIn: 0, OptedOut: 0, Doubtful: 0, Unusable: 0},
		Routes:  map[Route]int{RouteEmail: 0, RouteLetter: 0, RouteOnsite: 0, RouteNone: 0}}
	for r, contacts := range reasons {
		s.Contacts += contacts
		s.Classes[r.Class] += contacts
		s.Routes[r.Route] += contacts
		r.Contacts, r.Text = contacts, reasonOf(r.Code, r.Class, r.Route)
		s.Reasons = append(s.Reasons, r)
	}
	slices.SortFunc(s.Reasons, compareReasons)
	return s
}

// compareReasons puts the most frequent first.
func compareReasons(a, b AuditReason) int {
	return cmp.Or(cmp.Compare(b.Contacts, a.Contacts), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Route, b.Route))
}
