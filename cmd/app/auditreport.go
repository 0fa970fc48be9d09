package app

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/templates/audit"
)

// AuditOptions says as of which day an audit judges, and where its report goes.
type AuditOptions struct {
	AsOf     string
	HTML     string // file of the report; "": none
	Language string // of the report; "": the organisation's own
	Lookup
}

// Audited is what an audit found, and before it asking the DNS, where that was wished for.
type Audited struct {
	campaign.AuditSummary
	DNS *LookedUp `json:"dns,omitempty"`
}

// Audit gives every contact its verdict as of today, or of another day, keeps it, and writes the report when one
// is wanted. The file is made first, so that nothing is done where it cannot be written. Starting a campaign
// audits again as of its own day.
func (a *App) Audit(ctx context.Context, o AuditOptions) (done Audited, err error) {
	defer collect(roomyGC)()
	day := campaign.DateOf(a.clock())
	if o.AsOf != "" {
		if day, err = campaign.ParseDate(o.AsOf); err != nil {
			return done, fault.New(fault.Invalid, "audit.date", "--as-of {day} is no day", "day", strconv.Quote(o.AsOf)).Hint("write it as 2027-06-01")
		}
	}
	var words *i18n.Catalogue
	if o.Language != "" || o.HTML != "" {
		if words, err = a.wordsIn(o.Language); err != nil {
			return done, err
		}
	}
	if o.HTML == "" {
		if done.DNS, err = a.lookUp(ctx, o.Lookup); err == nil {
			done.AuditSummary, err = a.Desk.Audit(ctx, Operator(), day, true)
		}
		return done, err
	}
	err = WriteFile(o.HTML, func(w io.Writer) error {
		who, err := a.Desk.Organisation(ctx)
		if err != nil {
			return err
		}
		if done.DNS, err = a.lookUp(ctx, o.Lookup); err != nil {
			return err
		}
		s, err := a.Desk.Survey(ctx, Operator(), day)
		if err != nil {
			return err
		}
		done.AuditSummary = s.AuditSummary
		page, err := audit.HTML(auditReport{s, words.For(append([]string{o.Language}, spoken(who)...)...)}.page())
		if err != nil {
			return err
		}
		_, err = w.Write(page)
		return err
	})
	return done, err
}

// wordsIn gives the languages of the house, if the one that is wished for is among them; "" is no wish.
func (a *App) wordsIn(language string) (*i18n.Catalogue, error) {
	words, err := i18n.Shipped()
	if err != nil {
		return nil, err
	}
	if language != "" && !words.Speaks(language) {
		return nil, fault.New(fault.Invalid, "audit.language", "there is no report in {language}", "language", strconv.Quote(language)).
			Hint("--language takes one of " + strings.Join(words.Languages(), ", "))
	}
	return words.House(), nil
}

// auditReport says a survey in a language.
type auditReport struct {
	campaign.Survey
	p i18n.Printer
}

func (r auditReport) page() audit.Report {
	page := audit.Report{P: r.p, Organisation: r.Organisation, AsOf: r.p.Date(r.AsOf.Time()), People: r.Contacts, Headline: r.headline(),
		Questions: r.questions(), Countries: r.countries()}
	for _, c := range Classes() {
		page.Classes = append(page.Classes, audit.Part{Label: r.p.T("board.class." + string(c)), Kind: classColours[c], N: r.AuditSummary.Classes[c]})
	}
	page.Routes = r.routes()
	page.Funnel, page.AskableTotal = r.funnel()
	for _, l := range r.Askable {
		for _, way := range []campaign.Route{campaign.RouteEmail, campaign.RouteLetter, campaign.RouteOnsite} {
			n := 0
			for _, why := range l.Reasons {
				if why.Route == way {
					n += why.Contacts
				}
			}
			if n > 0 {
				page.Askable = append(page.Askable, audit.Line{Label: r.p.T("audit.group."+l.Name) + " · " + r.p.T("board.way."+string(way)), N: n})
			}
		}
	}
	for _, a := range r.Ages {
		page.Ages = append(page.Ages, audit.Age{Label: r.p.T("audit.years.y" + strings.ReplaceAll(a.Years, "-", "_")), N: a.Contacts, Proven: a.Proven})
	}
	for _, s := range r.Sources {
		page.Sources = append(page.Sources, audit.Source{Name: r.sourceName(s), N: s.Total, Doubt: s.Doubt})
	}
	for _, why := range r.Reasons {
		next, _ := r.p.Said(why.Next())
		page.Reasons = append(page.Reasons, audit.Reason{Code: why.Code, Text: r.reason(why), Class: r.p.T("board.class." + string(why.Class)), Kind: classColours[why.Class],
			Route: r.way(why), Next: next, N: why.Contacts})
	}
	r.basis(&page)
	return page
}

// routes are the ways of asking; of those who are asked by none, whose consent is proven stand apart.
func (r auditReport) routes() (out []audit.Part) {
	settled := 0
	for _, l := range r.Losses {
		if l.Name == campaign.LossSettled {
			settled = l.Contacts
		}
	}
	for _, way := range []campaign.Route{campaign.RouteEmail, campaign.RouteLetter, campaign.RouteOnsite} {
		out = append(out, audit.Part{Label: r.p.T("board.way_long." + string(way)), Kind: routeColours[way], N: r.AuditSummary.Routes[way]})
	}
	return append(out, audit.Part{Label: r.p.T("audit.worth.settled"), Kind: "rest", N: settled},
		audit.Part{Label: r.p.T("board.way_long.none"), Kind: "off", N: r.AuditSummary.Routes[campaign.RouteNone] - settled})
}

// way is how people of a reason are asked.
func (r auditReport) way(why campaign.AuditReason) string {
	if why.Class == campaign.OptedIn && why.Route == campaign.RouteNone {
		return r.p.T("audit.worth.settled")
	}
	return r.p.T("board.way." + string(why.Route))
}

var classColours = map[campaign.Class]string{campaign.OptedIn: "good", campaign.Doubtful: "wait", campaign.OptedOut: "bad", campaign.Unusable: "off"}

var routeColours = map[campaign.Route]string{campaign.RouteEmail: "good", campaign.RouteLetter: "wait", campaign.RouteOnsite: "mild"}

// headline is the result in sentences. What is none is not said.
func (r auditReport) headline() []string {
	if r.Contacts == 0 {
		return []string{r.p.T("audit.headline.nobody")}
	}
	out := []string{r.p.N("audit.headline.proven", r.AuditSummary.Classes[campaign.OptedIn])}
	for _, s := range []struct {
		key string
		n   int
	}{{"audit.headline.email", r.AuditSummary.Routes[campaign.RouteEmail]}, {"audit.headline.letter", r.AuditSummary.Routes[campaign.RouteLetter]},
		{"audit.headline.out", r.AuditSummary.Classes[campaign.OptedOut]}} {
		if s.n > 0 {
			out = append(out, r.p.N(s.key, s.n))
		}
	}
	return out
}

// reason is a row of the decision table in words that name no person.
func (r auditReport) reason(why campaign.AuditReason) string {
	code := why.Code
	if code == "T-00" { // what the house's own record says differs by class
		code += "_" + string(why.Class)
	}
	return r.p.Or("rule."+code, why.Text)
}

func (r auditReport) questions() (out []audit.Question) {
	for _, q := range r.Survey.Questions {
		key := "audit.asked." + string(q.Topic)
		out = append(out, audit.Question{Title: r.p.T(key + ".title"), Text: r.p.T(key + ".text"), Of: q.Yes + q.Open + q.No, Parts: []audit.Part{
			{Label: r.p.T(key + ".yes"), Kind: "good", N: q.Yes}, {Label: r.p.T(key + ".open"), Kind: "wait", N: q.Open}, {Label: r.p.T(key + ".no"), Kind: "bad", N: q.No}}})
	}
	return out
}

func (r auditReport) funnel() (steps []audit.Step, left int) {
	left = r.Contacts
	steps = []audit.Step{{Label: r.p.T("audit.funnel.imported"), Remains: left}}
	for _, l := range r.Losses {
		if l.Contacts == 0 {
			continue
		}
		left -= l.Contacts
		s := audit.Step{Label: r.p.T("audit.loss." + l.Name), Lost: l.Contacts, Remains: left}
		for _, why := range l.Reasons {
			s.Reasons = append(s.Reasons, audit.Line{Code: why.Code, Label: r.reason(why), N: why.Contacts})
		}
		steps = append(steps, s)
	}
	return steps, left
}

func (r auditReport) sourceName(s campaign.SourceFigures) string {
	switch {
	case s.Rest:
		return r.p.T("audit.sources.rest")
	case s.Source == "":
		return r.p.T("audit.sources.none")
	}
	if s.Origin {
		return r.p.T("audit.sources.origin", "origin", r.p.Or("board.value."+s.Source, s.Source))
	}
	return s.Source
}

// countries are those of the people, the most frequent first, with what holds there.
func (r auditReport) countries() (out []audit.Country) {
	codes := slices.SortedFunc(maps.Keys(r.Survey.Countries), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.Survey.Countries[b], r.Survey.Countries[a]), cmp.Compare(a, b))
	})
	for _, code := range codes {
		rule := r.Rulebook.Country(code)
		c := audit.Country{Name: code, N: r.Survey.Countries[code], Mode: string(rule.Mode), Says: r.p.T("board.mode." + string(rule.Mode)), Source: rule.Source, Signed: r.p.T("audit.basis.unsigned")}
		switch {
		case code == "":
			c.Name = r.p.T("audit.basis.unknown")
		case code == campaign.CountryUnclear:
			c.Name = r.p.T("audit.basis.unclear")
		}
		if len(rule.Countries) == 0 {
			c.Source = r.p.T("audit.basis.strictest")
		}
		if rule.SignedBy != "" {
			c.Signed = r.p.T("audit.basis.by", "name", rule.SignedBy, "day", r.p.Date(rule.SignedAt.Time()), "reference", rule.Reference)
		}
		out = append(out, c)
	}
	return out
}

// basis is what the verdicts rest on.
func (r auditReport) basis(page *audit.Report) {
	policy := r.Policy
	if policy == "none" {
		policy = r.p.T("audit.basis.none")
	}
	page.Versions = []audit.Pair{{Term: r.p.T("audit.basis.rules"), Text: r.Rules}, {Term: r.p.T("audit.basis.policy"), Text: policy},
		{Term: r.p.T("audit.basis.as_of"), Text: page.AsOf}, {Term: r.p.T("audit.basis.program"), Text: "reoptin " + Version()}}
	for _, l := range r.Rulebook.Limits {
		if name := r.p.Or("audit.limit."+l.Name, ""); name != "" {
			page.Limits = append(page.Limits, audit.Pair{Term: name, Text: r.value(l.Value)})
		}
	}
	for _, row := range r.Rulebook.Rules {
		if !row.Evaluated && !row.Never {
			page.Unevaluated = append(page.Unevaluated, audit.Pair{Term: row.Code + " · " + r.p.Or("rule."+row.Code, row.Reason), Text: strings.TrimSuffix(row.Why, " is not stated")})
		}
	}
}

// value is a time limit in the reader's language.
func (r auditReport) value(english string) string {
	if day, err := campaign.ParseDate(english); err == nil {
		return r.p.Date(day.Time())
	}
	said, _ := r.p.Said(english)
	return said
}
