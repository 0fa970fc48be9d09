package campaign

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Survey is an audit in figures, to be shown to people who must not see the base: counts only, never a
// person. What a base says in its own words (sources) is shown only where several people share it.
type Survey struct {
	AuditSummary
	Organisation string
	Rulebook     Rulebook
	Questions    []AuditQuestion // in the order of the topics
	Losses       []Loss          // in the order of the funnel
	Askable      []Loss          // who can be asked, by the word with which a campaign asks them
	Ages         []AgeBand       // of the consents that are claimed, the youngest first
	Sources      []SourceFigures // the most doubtful first
	Countries    map[string]int  // by country; "" not known
}

// Topic is one of the four questions that an audit answers.
type Topic string

// The topics. The last three are asked of those who said yes.
const (
	TopicConsent    Topic = "consent"    // was there a consent?
	TopicProof      Topic = "proof"      // is there a proof?
	TopicPurpose    Topic = "purpose"    // for the same purpose and controller?
	TopicConditions Topic = "conditions" // under lawful conditions?
)

// AuditQuestion counts the answers: yes, not known or only in part, no.
type AuditQuestion struct {
	Topic         Topic
	Yes, Open, No int
}

// Loss is a step of the funnel from the imported to those who can be asked, with its reasons.
type Loss struct {
	Name     string
	Contacts int
	Reasons  []AuditReason
}

// The losses, in the order of the funnel.
const (
	LossNo          = "said_no"
	LossProtected   = "protected"
	LossUnreachable = "unreachable"
	LossExpired     = "expired"
	LossNoBasis     = "no_basis"
	LossWaiting     = "waiting"
	LossSettled     = "settled"
)

var lossOrder = []string{LossNo, LossProtected, LossUnreachable, LossExpired, LossNoBasis, LossWaiting, LossSettled}

// loss says why a person is not asked; "" when they can be.
func loss(v Verdict) string {
	base, why, _ := strings.Cut(v.Fine, "(")
	switch {
	case v.Route != RouteNone:
		return ""
	case v.Class == OptedOut:
		return LossNo
	case v.Class == OptedIn:
		return LossSettled
	case v.Class == Doubtful:
		return LossWaiting
	case base == fineUnreachable, strings.HasPrefix(why, "disposable"):
		return LossUnreachable
	case base == fineExcluded:
		return LossProtected
	case base == fineExpired, strings.HasPrefix(why, "undated"):
		return LossExpired
	}
	return LossNoBasis
}

// AgeBand counts consents by age.
type AgeBand struct {
	Years    string // "0-1", "1-2", "2-3", "3-5", "5", "" without a day
	Contacts int
	Proven   int
}

// SourceFigures are the people of one source of consents. Who said no is not among them: a no is kept without where
// it was said, and a source would seem to have only those who did not say it.
type SourceFigures struct {
	Source  string // as the base says it, or the origin of the list; "" for none
	Origin  bool   // the origin: no source is stated
	Rest    bool   // all the sources that are not shown by themselves
	Total   int
	Doubt   int // not opted in
	Classes map[Class]int
}

// Survey audits the base as Audit does, keeps the verdicts, and gathers the figures in the same pass.
func (d *Desk) Survey(ctx context.Context, actor Actor, asOf Date) (Survey, error) {
	var count *counting
	var figures *surveying
	err := d.store.Update(ctx, func(tx Tx) error {
		count, figures = newCount(asOf), newSurvey(asOf)
		return saveAudit(ctx, tx, actor, asOf, count, figures.take)
	})
	if err != nil {
		return Survey{}, err
	}
	s := figures.survey()
	s.AuditSummary = count.summary()
	return s, nil
}

// Bounds of what is kept of the sources, whose number a base decides.
const (
	sourcesKept  = 2000 // different ones that are counted by themselves
	sourcesShown = 12
	sourcePeople = 5 // fewer people than this are nobody's business
)

// surveying gathers the figures; its size does not depend on the base.
type surveying struct {
	asOf      Date
	o         *Organisation
	questions map[Topic]*AuditQuestion
	reasons   map[string]map[AuditReason]int // by loss, or by the group that a campaign asks
	ages      map[string]*AgeBand
	sources   map[string]*SourceFigures
	countries map[string]int
}

// count counts one more under a key. A new one is kept by itself, without all that was read with it.
func count(of map[string]int, k string) {
	if _, known := of[k]; !known {
		k = strings.Clone(k)
	}
	of[k]++
}

func newSurvey(asOf Date) *surveying {
	n := &surveying{asOf: asOf, questions: map[Topic]*AuditQuestion{}, reasons: map[string]map[AuditReason]int{}, ages: map[string]*AgeBand{}, sources: map[string]*SourceFigures{}, countries: map[string]int{}}
	for _, q := range topics {
		n.questions[q] = &AuditQuestion{Topic: q}
	}
	for _, y := range ageOrder {
		n.ages[y] = &AgeBand{Years: y}
	}
	return n
}

var topics = []Topic{TopicConsent, TopicProof, TopicPurpose, TopicConditions}

func (n *surveying) take(o *Organisation, page []judgement) error {
	n.o = o
	for _, j := range page {
		v := j.verdict
		where := cmp.Or(loss(*v), group(*v))
		if n.reasons[where] == nil {
			n.reasons[where] = map[AuditReason]int{}
		}
		n.reasons[where][AuditReason{Code: v.Code, Class: v.Class, Route: v.Route}]++
		n.ask(j)
		n.source(j)
		count(n.countries, j.contact.Country)
	}
	return nil
}

// answeredBy is how a question is answered for one person.
type answeredBy byte

const (
	byYes answeredBy = iota
	byOpen
	byNo
)

func (n *surveying) add(q Topic, a answeredBy) {
	switch a {
	case byYes:
		n.questions[q].Yes++
	case byOpen:
		n.questions[q].Open++
	case byNo:
		n.questions[q].No++
	}
}

// ask answers the four questions for one person. What reoptin itself was answered is its own proof.
func (n *surveying) ask(j judgement) {
	s := j.standing
	refused := s.Answer == Declined || s.Answer == Withdrawn || s.refuses() || j.contact.Facts.saidNo()
	switch {
	case s.Answer == Granted && (s.Moved || j.verdict.Code == "T-22") && !s.refuses(): // proven, of another mailbox or a time that is over
		for _, q := range topics {
			if q == TopicConditions {
				n.add(q, byNo)
			} else {
				n.add(q, byYes)
			}
		}
		n.age(s.AnsweredAt, *j.verdict)
		return
	case s.Answer == Granted && !s.refuses():
		for _, q := range topics {
			n.add(q, byYes)
		}
		n.age(s.AnsweredAt, *j.verdict)
		return
	case refused:
		n.add(TopicConsent, byNo)
		return
	case j.claim.Status != statusYes:
		n.add(TopicConsent, byOpen)
		return
	}
	n.age(j.claim.At, *j.verdict)
	scope := n.o.scopeOf(j.claim)
	n.add(TopicConsent, byYes)
	n.add(TopicProof, j.claim.proofHeld())
	n.add(TopicPurpose, scope.ours())
	n.add(TopicConditions, j.claim.conditions(scope.channel, j.contact.Facts.AddressChanged))
}

// proofHeld reports whether day, source and wording or log are held, some of them, or nothing.
func (c *Claim) proofHeld() answeredBy {
	switch {
	case !c.At.IsZero() && c.Source != "" && c.evidenced():
		return byYes
	case !c.At.IsZero() || c.Source != "" || c.Text != "" || c.Proof != "" || !c.DoubleAt.IsZero():
		return byOpen
	}
	return byNo
}

func (s scope) ours() answeredBy {
	switch {
	case s.purpose == other || s.controller == other:
		return byNo
	case s.purpose == unknown || s.controller == unknown:
		return byOpen
	}
	return byYes
}

// conditions reports whether the yes was a free act, for e-mail, of this address.
func (c *Claim) conditions(channel match, moved bool) answeredBy {
	switch {
	case c.Method == "preticked_box" || c.Bundled == "yes" || c.Incentive == "yes" || channel == other || moved:
		return byNo
	case c.act() && c.Bundled == "no" && c.Incentive == "no" && channel == same:
		return byYes
	}
	return byOpen
}

// ageOrder is the bands of age; the number is the first year that is no longer in it.
var ageOrder = []string{"0-1", "1-2", "2-3", "3-5", "5", ""}

func (n *surveying) ageOf(d Date) string {
	if d.IsZero() {
		return ""
	}
	for i, years := range []int{1, 2, 3, 5} {
		if n.asOf.Before(d.AddMonths(12 * years)) {
			return ageOrder[i]
		}
	}
	return "5"
}

// age counts a yes by the day on which it was given.
func (n *surveying) age(given Date, v Verdict) {
	a := n.ages[n.ageOf(given)]
	a.Contacts++
	if v.Class == OptedIn {
		a.Proven++
	}
}

// source counts a person where the consent that the verdict was given on came from.
func (n *surveying) source(j judgement) {
	if j.verdict.Class == OptedOut {
		return
	}
	f := n.sourceOf(j)
	f.Total++
	f.Classes[j.verdict.Class]++
	if j.verdict.Class == Doubtful || j.verdict.Class == Unusable {
		f.Doubt++
	}
}

// sourceOf is where the figures of a person's source are gathered.
func (n *surveying) sourceOf(j judgement) *SourceFigures {
	name, key := strings.TrimSpace(unturned(j.claim.Source)), "source "
	origin := name == "" && len(j.contact.Facts.Origins) > 0
	if origin {
		name, key = j.contact.Facts.Origins[0], "origin "
	}
	key += name
	rest := len(n.sources) >= sourcesKept || personal(name)
	if n.sources[key] == nil && rest {
		key, name = "", ""
	}
	if n.sources[key] == nil {
		n.sources[key] = &SourceFigures{Source: strings.Clone(name), Origin: origin, Rest: key == "", Classes: map[Class]int{}}
	}
	return n.sources[key]
}

// unturned is a text without the signs that turn what follows round: a page would show another name than the base has.
func unturned(s string) string {
	if !strings.ContainsFunc(s, isTurn) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isTurn(r) {
			return -1
		}
		return r
	}, s)
}

func isTurn(r rune) bool { return r > unicode.MaxLatin1 && unicode.Is(unicode.Bidi_Control, r) }

// personal reports that a source looks like it names somebody: an address, a number.
func personal(source string) bool {
	digits := 0
	for _, r := range source {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return strings.Contains(source, "@") || digits > 4 || len(source) > 80
}

func (n *surveying) survey() Survey {
	s := Survey{Organisation: n.o.Name, Rulebook: RulesOf(*n.o), Countries: n.countries, Sources: n.ranked()}
	for _, q := range topics {
		s.Questions = append(s.Questions, *n.questions[q])
	}
	for _, y := range ageOrder {
		s.Ages = append(s.Ages, *n.ages[y])
	}
	for _, name := range lossOrder {
		s.Losses = append(s.Losses, n.lost(name))
	}
	for _, name := range []string{"doubtful", "soft_opt_in", "b2b", "refresh"} {
		s.Askable = append(s.Askable, n.lost(name))
	}
	return s
}

func (n *surveying) lost(name string) Loss {
	l := Loss{Name: name}
	for r, contacts := range n.reasons[name] {
		r.Contacts, r.Text = contacts, reasonOf(r.Code, r.Class, r.Route)
		l.Contacts += contacts
		l.Reasons = append(l.Reasons, r)
	}
	slices.SortFunc(l.Reasons, compareReasons)
	return l
}

// ranked are the sources with the most people in doubt; the others, and those of few people, are one line.
func (n *surveying) ranked() (out []SourceFigures) {
	rest := SourceFigures{Rest: true, Classes: map[Class]int{}}
	all := slices.SortedFunc(maps.Values(n.sources), func(a, b *SourceFigures) int {
		return cmp.Or(cmp.Compare(b.Doubt, a.Doubt), cmp.Compare(b.Total, a.Total), cmp.Compare(a.Source, b.Source))
	})
	for _, f := range all {
		if !f.Rest && f.Total >= sourcePeople && len(out) < sourcesShown {
			out = append(out, *f)
			continue
		}
		rest.Total, rest.Doubt = rest.Total+f.Total, rest.Doubt+f.Doubt
		for c, contacts := range f.Classes {
			rest.Classes[c] += contacts
		}
	}
	if rest.Total > 0 {
		out = append(out, rest)
	}
	return out
}
