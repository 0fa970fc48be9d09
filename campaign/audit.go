package campaign

import (
	"cmp"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
)

// Standing is reoptin's own record of a person: what was asked and answered here, and the never-write
// list. The zero Standing is a person never met.
type Standing struct {
	Answer     Choice // latest; granted when any question stands granted; "" without an answer
	AnsweredAt Date
	Until      Date // of a yes: the last day of the time that was promised; zero: none was (ADR 0066)
	Moved      bool // each yes is one to e-mail, and the mailbox is another than was asked (T-34)
	Asked      bool // a message left, or may have left
	AskedAt    Date
	Deadline   Date              // last day to answer
	Closed     bool              // the campaign is closed: silence is a no before the deadline too
	Open       Date              // the day after the deadline, while it is that day and nobody closed the campaign
	Suppressed SuppressionReason // the gravest that stands against any key of the person; "" none
	OtherAsked bool              // another key of the same person was asked (T-12)

	OtherAskedAt Date

	Left bool // a machine answered that the person has left

	Listed []string // external lists that name the person, beside those that the base tells of (T-11)

	Dead *DeadDomain // the domain of the mailbox, when it was found to take no mail (T-15)
}

// refuses reports a suppression that means a no, whoever wrote it (T-04).
func (s *Standing) refuses() bool {
	return s.Suppressed != "" && s.Suppressed != SuppressBounce && s.Suppressed != SuppressErasure
}

// over reports whether the time to answer has passed. Days here are those of UTC: when the next one begins there, the deadline
// still runs where clocks are behind. Whoever knows the campaign's clock closes it.
func (s *Standing) over(asOf Date) bool {
	return s.Closed || !s.Deadline.IsZero() && asOf.After(s.Deadline) && asOf != s.Open
}

// Audit is the verdict of the decision table (COMPLIANCE D.2) on one contact on one day. It is pure:
// the same facts give the same verdict, in whatever order the rows of the base stood.
//
// A fully proven claim stands for all; of several the latest. Else each claim is judged and the most
// protective verdict stands. What somebody stated of the claims never gives more than they would without it.
func Audit(c Contact, s Standing, o Organisation, asOf Date) Verdict {
	return newAuditor(o, asOf).audit(c, s)
}

// auditor keeps the rows that are evaluated for one organisation.
type auditor struct {
	o      Organisation
	asOf   Date
	rows   []rule
	judges []func(*view) (ruling, bool) // of the rows: side by side they are read faster

	found       map[found]*Verdict
	lately      [128]*Verdict         // the last that each row of the table gave
	purposes    recall[string, match] // what the base says of them, as it compares with the organisation's own
	controllers recall[string, match]
	laws        recall[place, *law]
	domains     recall[string, domain]
	unproven    recall[lack, string] // the reason of T-50
	limits      []limit
	spare       *view    // to be used again
	reasons     []string // of the verdict that is being given, to be used again
}

// limit is the first day that is at most so many months and then days back.
type limit struct {
	months, days int
	first        Date
}

// domain is what the name of a mailbox's host says.
type domain struct{ misspelt, disposable, freemail bool }

func (a *auditor) domain(name string) domain {
	return a.domains.of(name, func() domain {
		return domain{address.IsTypoDomain(name), address.IsDisposable(name), address.IsFreemail(name)}
	})
}

// place is what the law that holds for a contact depends on.
type place struct {
	country  string
	inferred bool
}

// found is what tells two verdicts apart, but for their day.
type found struct {
	class         Class
	route         Route
	code, fine    string
	first, others string // sentences
}

// mostFound bounds what an auditor remembers of each kind; sentences that name somebody's numbers are as many as
// people, and so may be what a base says.
const mostFound = 1 << 14

// recall remembers what was found out under a key. Who stands beside each other in a base often has much in common:
// the last key is compared first.
type recall[K comparable, V any] struct {
	known map[K]V
	keep  func(K) K // a key by itself, without all that was read with it
	key   K
	value V
	any   bool
}

func recalling[K comparable, V any](keep func(K) K) recall[K, V] {
	return recall[K, V]{known: map[K]V{}, keep: keep}
}

// of gives what is known under a key, or finds it out.
func (r *recall[K, V]) of(k K, find func() V) V {
	if !r.any || r.key != k {
		v, known := r.known[k]
		if !known {
			v = remembered(r.known, r.keep(k), find)
		}
		r.key, r.value, r.any = k, v, true
	}
	return r.value
}

// remembered gives what is known under a key, or finds it out.
func remembered[K comparable, V any](known map[K]V, k K, find func() V) V {
	v, ok := known[k]
	if !ok {
		if len(known) >= mostFound {
			clear(known)
		}
		v = find()
		known[k] = v
	}
	return v
}

func (a *auditor) controller(s string) match {
	return a.controllers.of(s, func() match { return a.o.sameController(s) })
}

func (a *auditor) scopeOf(c *Claim) scope {
	purpose := a.purposes.of(c.Purpose, func() match { return a.o.samePurpose(c.Purpose) })
	return scope{purpose: purpose, controller: a.controller(c.Controller), channel: sameChannel(c.Channels)}
}

func (a *auditor) law(c *Contact) *law {
	return a.laws.of(place{c.Country, c.Inferred}, func() *law {
		l := a.o.law(c.Country, c.Inferred)
		return &l
	})
}

// since is the first day from which so many months, and some days after them, have not passed yet.
func (a *auditor) since(months, days int) Date {
	for _, l := range a.limits {
		if l.months == months && l.days == days {
			return l.first
		}
	}
	end := a.asOf.AddDays(-days)
	d := end.AddMonths(-months).AddDays(-4) // months end on different days
	for end.After(d.AddMonths(months)) {
		d = d.AddDays(1)
	}
	a.limits = append(a.limits, limit{months, days, d})
	return d
}

func newAuditor(o Organisation, asOf Date) *auditor {
	a := &auditor{o: o, asOf: asOf, found: map[found]*Verdict{}}
	a.purposes, a.controllers = recalling[string, match](strings.Clone), recalling[string, match](strings.Clone)
	a.domains = recalling[string, domain](strings.Clone)
	a.laws = recalling[place, *law](func(p place) place { return place{strings.Clone(p.country), p.inferred} })
	a.unproven = recalling[lack, string](func(l lack) lack { return l })
	for _, r := range table() {
		if r.lacks(&a.o) == "" {
			a.rows, a.judges = append(a.rows, r), append(a.judges, r.judge)
		}
	}
	return a
}

func (a *auditor) audit(c Contact, s Standing) Verdict {
	v, _ := a.decide(&c, &s)
	v.Reasons = slices.Clone(v.Reasons)
	return v
}

// judgePage judges some contacts, into what may hold an earlier page.
func (a *auditor) judgePage(into []judgement, page []Contact, standings []Standing) []judgement {
	js := slices.Grow(into[:0], len(page))[:len(page)]
	for n := range page {
		j := &js[n]
		j.contact, j.standing = &page[n], &standings[n]
		v, claim := a.decide(j.contact, j.standing)
		j.verdict, j.claim = a.once(&v), claim
		was := &j.contact.Verdict
		j.changed = !was.AsOf.IsZero() || !was.same(j.verdict)
	}
	return js
}

// once gives one and the same verdict for all of whom the same was found.
func (a *auditor) once(v *Verdict) *Verdict {
	lately := &a.lately[slot(v.Code)]
	if *lately == nil || !(*lately).same(v) {
		*lately = a.sought(v)
	}
	return *lately
}

// slot is a number for the code of a row: its own, as long as there are not many.
func slot(code string) (n byte) {
	for i := range len(code) {
		n = n*10 + code[i] - '0'
	}
	return n % 128
}

func (a *auditor) sought(v *Verdict) *Verdict {
	f := found{class: v.Class, route: v.Route, code: v.Code, fine: v.Fine, first: v.Reasons[0]}
	if len(v.Reasons) > 1 {
		f.others = strings.Join(v.Reasons[1:], "\x00")
	}
	return remembered(a.found, f, func() *Verdict {
		own := *v
		own.Reasons = slices.Clone(v.Reasons)
		return &own
	})
}

// same compares what was found, on whatever day.
func (v *Verdict) same(o *Verdict) bool {
	return v.Class == o.Class && v.Route == o.Route && v.Code == o.Code && v.Fine == o.Fine && slices.Equal(v.Reasons, o.Reasons)
}

// decide gives the verdict and the claim that it was given on. Its reasons last until the next decision.
func (a *auditor) decide(c *Contact, s *Standing) (worst Verdict, on *Claim) {
	if len(s.Listed) > 0 { // what lists say beside the base
		own := *c
		own.Facts.ExternalLists = union(own.Facts.ExternalLists, s.Listed)
		c = &own
	}
	worst, on = a.decideOn(c, s)
	if anyStated(c.Facts.Claims) {
		own := *c
		own.Facts.Claims = written(c.Facts.Claims)
		worst.Reasons = slices.Clone(worst.Reasons)
		if v, claim := a.decideOn(&own, s); rank(v) <= rank(worst) {
			worst, on = v, claim
		}
	}
	return worst, on
}

// decideOn decides on all that is claimed, whoever says it.
func (a *auditor) decideOn(c *Contact, s *Standing) (worst Verdict, on *Claim) {
	claims := judged(c.Facts.Claims)
	for i := range claims {
		if v := a.judge(c, s, &claims[i]); i == 0 || rank(v) < rank(worst) {
			if worst, on = v, &claims[i]; len(claims) > 1 {
				worst.Reasons = slices.Clone(v.Reasons)
			}
		}
	}
	return worst, on
}

// judged picks the claims that count; a person without any is judged on none.
func judged(claims []Claim) []Claim {
	var proven []Claim
	for n := range claims {
		if c := &claims[n]; c.proven() && (len(proven) == 0 || !c.At.Before(proven[0].At)) {
			proven = claims[n : n+1]
		}
	}
	switch {
	case len(proven) > 0:
		return proven
	case len(claims) > 0:
		return claims
	}
	return []Claim{{}}
}

func (a *auditor) judge(c *Contact, s *Standing, claim *Claim) Verdict {
	v := newView(a, c, s, claim)
	defer func() { a.spare = v }()
	for n, judge := range a.judges {
		if ruled, ok := judge(v); ok {
			return v.verdict(cmp.Or(v.row, a.rows[n].code), ruled)
		}
	}
	return v.verdict("T-69", ruling{fine: fineReview, reason: "No rule matched."})
}

// verdict turns a finer class into class and route. Without a usable mailbox, what would be an e-mail
// or a letter is a letter to whoever has a postal address, and everything else is out of reach (T-01).
func (v *view) verdict(code string, r ruling) Verdict {
	base, _, _ := strings.Cut(r.fine, "(")
	class, route := standard(base, v.post)
	lost := v.lost != "" && class != OptedOut && class != Unusable
	reasons := v.a.reasons[:0]
	if lost {
		reasons = append(reasons, v.lostReason)
	}
	reasons = append(append(reasons, r.reason), v.notes...)
	v.a.reasons = reasons
	if lost {
		asked := route == RouteEmail || route == RouteLetter
		code, class, route, r.fine = v.lost, Unusable, RouteNone, fineUnreachable
		if asked && v.post {
			class, route, r.fine = Doubtful, RouteLetter, finePostal
		}
	}
	return Verdict{Class: class, Route: route, Code: code, Fine: r.fine, Reasons: reasons, AsOf: v.asOf}
}

// standard is the contract's table of finer classes.
func standard(fine string, post bool) (Class, Route) {
	switch fine {
	case fineValid, fineStays:
		return OptedIn, RouteNone
	case fineRefresh:
		return OptedIn, RouteEmail
	case fineSoft, fineB2B, fineEligible:
		return Doubtful, RouteEmail
	case finePostal:
		if post {
			return Doubtful, RouteLetter
		}
		return Doubtful, RouteOnsite
	case fineOnsite:
		return Doubtful, RouteOnsite
	case fineReview, fineAsked:
		return Doubtful, RouteNone
	case fineOut:
		return OptedOut, RouteNone
	}
	return Unusable, RouteNone
}

// rank orders verdicts by what they permit, the most protective first.
func rank(v Verdict) int {
	switch {
	case v.Class == OptedOut:
		return 0
	case v.Class == Unusable:
		return 1
	case v.Class == OptedIn && v.Route == RouteNone:
		return 9
	case v.Class == OptedIn:
		return 8
	}
	switch v.Route {
	case RouteNone:
		return 2
	case RouteOnsite:
		return 3
	case RouteLetter:
		return 4
	}
	return map[string]int{fineEligible: 5, fineB2B: 6, fineSoft: 7}[v.Fine]
}
