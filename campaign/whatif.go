package campaign

import (
	"fmt"
	"maps"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// Change is something that would move a person to a better verdict, if it were so. Nothing here may be
// made up: it says what to look for.
type Change struct {
	If    string `json:"if"`
	Code  string `json:"code"`
	Class Class  `json:"class"`
	Route Route  `json:"route"`
}

// Explanation says why a person has a verdict today, and what would change it.
type Explanation struct {
	Verdict Verdict     // as of now
	Rule    RuleRow     // that decided
	Next    string      // what to do about it
	Changes []Change    // none where nothing would
	Dead    *DeadDomain // the domain of the mailbox, when it was found to take no mail
}

// supposed is a person as they would be judged.
type supposed struct {
	c Contact
	s Standing
	o Organisation
}

// supposition is one thing that might turn out to be so.
type supposition struct {
	text  string // with a %s for each value
	apply func(p *supposed, today Date) (values []any, news bool)
}

func suppose(text string, apply func(*supposed, Date) ([]any, bool)) supposition {
	return supposition{text, apply}
}

// suppositions are what evidence, an act of the person or a decision of the controller could bring. What
// the base says against a person is never supposed away.
func suppositions() []supposition {
	return []supposition{
		suppose("Proof of the consent of %s, with what is missing: %s.", func(p *supposed, today Date) ([]any, bool) {
			at := p.claimed().At
			missing, news := p.prove(today)
			return []any{at, missing}, news && !at.IsZero()
		}),
		suppose("Proof of the consent, with what is missing: %s.", func(p *supposed, today Date) ([]any, bool) {
			dated := !p.claimed().At.IsZero()
			missing, news := p.prove(today)
			return []any{missing}, news && !dated
		}),
		suppose("Of the consent at least what makes it probable: %s.", func(p *supposed, today Date) ([]any, bool) {
			missing, news := p.trace(today)
			return []any{missing}, news
		}),
		suppose("A record of a yes to messages by e-mail, with its date and its source.", func(p *supposed, today Date) ([]any, bool) {
			was := len(p.c.Facts.Claims) > 0
			p.c.Facts.Claims = []Claim{{Status: statusYes, At: today, Source: "-", Channels: []string{"email"}}}
			return nil, !was
		}),
		suppose("Proof that opposition was offered when the address was collected.", func(p *supposed, _ Date) ([]any, bool) {
			was := p.c.Facts.OppositionOffered
			p.c.Facts.OppositionOffered = true
			return nil, !was
		}),
		suppose("The day on which the address was collected.", func(p *supposed, today Date) ([]any, bool) {
			was := p.c.Facts.Collected
			p.c.Facts.Collected = today
			return nil, was.IsZero()
		}),
		suppose("An act that comes from the person now: a purchase, a login, a reply.", func(p *supposed, today Date) ([]any, bool) {
			p.c.Facts.LastInbound = today
			return nil, true
		}),
		suppose("A postal address.", func(p *supposed, _ Date) ([]any, bool) {
			was := p.c.HasPostal()
			p.c.Address1, p.c.City = "-", "-"
			return nil, !was
		}),
		suppose("A signed policy of mode P1 for %s.", func(p *supposed, today Date) ([]any, bool) {
			signed := p.sign(func(pol *Policy) {
				*pol = Policy{Mode: P1, Justification: "-", ApprovedBy: "-", ApprovedAt: today, Post: pol.Post}
			})
			return []any{p.c.Country}, signed
		}),
		suppose("A documented balancing test for letters in %s (post = true).", func(p *supposed, _ Date) ([]any, bool) {
			was := p.o.Policies[p.c.Country].Post
			return []any{p.c.Country}, p.sign(func(pol *Policy) { pol.Post = true }) && !was
		}),
		suppose("The statement that the messages are about products similar to those bought.", func(p *supposed, _ Date) ([]any, bool) {
			was, similar := p.o.SimilarToPurchases, true
			p.o.SimilarToPurchases = &similar
			return nil, was == nil
		}),
		suppose("A new yes that the person gives of their own accord; nobody may ask for it.", func(p *supposed, today Date) ([]any, bool) {
			f, erased := p.c.Facts, p.s.Suppressed == SuppressErasure
			p.s = Standing{Answer: Granted, AnsweredAt: today}
			return nil, !erased && !f.Deceased && !f.Minor && !f.Erasure && !f.Restricted
		}),
	}
}

// claimed is the one consent that the base claims; of several none is singled out.
func (p *supposed) claimed() Claim {
	if len(p.c.Facts.Claims) != 1 || p.c.Facts.Claims[0].Status != statusYes {
		return Claim{}
	}
	return p.c.Facts.Claims[0]
}

// prove completes the consent that is claimed, leaves what is known of it, and says what was missing.
func (p *supposed) prove(today Date) (missing string, news bool) {
	c := p.claimed()
	s, own := p.o.scopeOf(&c), c.written()
	lacks := lackOf(&own, p.o.scopeOf(&own)).words()
	if c.Status != statusYes || len(lacks) == 0 {
		return "", false
	}
	orElse := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	if c.At.IsZero() {
		c.At = earlier(c.DoubleAt, today)
	}
	orElse(&c.Source, "-")
	if !c.evidenced() {
		c.Text = "-"
	}
	if !c.act() && (c.Method == "" || c.Method == "unknown") {
		c.Method = "unticked_box"
	}
	orElse(&c.Bundled, "no")
	orElse(&c.Incentive, "no")
	if s.purpose == unknown && len(p.o.Purposes) > 0 {
		c.Purpose = p.o.Purposes[0].Key
	}
	orElse(&c.Controller, p.o.Name)
	if s.channel == unknown {
		c.Channels = []string{"email"}
	}
	c.Stated = nil // what was stated is found
	p.c.Facts.Claims = []Claim{c}
	return strings.Join(lacks, ", "), true
}

// trace gives the consent that is claimed what makes an indicium of it (I1), and says what of that was missing. It
// takes less to be asked than to need no question.
func (p *supposed) trace(today Date) (missing string, news bool) {
	c := p.claimed()
	var lacks []string
	if c.At.IsZero() {
		c.At, lacks = today, append(lacks, "date")
	}
	if c.Source == "" {
		c.Source, lacks = "-", append(lacks, "source")
	}
	if p.o.scopeOf(&c).channel == unknown {
		c.Channels, lacks = []string{"email"}, append(lacks, "channel")
	}
	if c.Status != statusYes || len(lacks) == 0 {
		return "", false
	}
	p.c.Facts.Claims = []Claim{c}
	return strings.Join(lacks, ", "), true
}

// sign changes the policy of the person's country; false where there is none to sign for.
func (p *supposed) sign(change func(*Policy)) bool {
	if p.c.Country == "" || p.c.Country == CountryUnclear || p.c.Inferred {
		return false
	}
	policies := map[string]Policy{}
	maps.Copy(policies, p.o.Policies)
	pol := policies[p.c.Country]
	change(&pol)
	policies[p.c.Country] = pol
	p.o.Policies = policies
	return true
}

// changes are the suppositions under which a person would have a better verdict, in the order of the list.
func changes(c Contact, s Standing, o Organisation, asOf Date) (out []Change) {
	now := rank(Audit(c, s, o, asOf))
	for _, one := range suppositions() {
		p := supposed{c, s, o}
		values, news := one.apply(&p, asOf)
		if !news {
			continue
		}
		if v := Audit(p.c, p.s, p.o, asOf); rank(v) > now {
			out = append(out, Change{If: fmt.Sprintf(one.text, values...), Code: v.Code, Class: v.Class, Route: v.Route})
		}
	}
	return out
}

// Explain judges one contact with the facts of this transaction, and says what would change the verdict.
// Before an organisation was applied there is nothing to say.
func Explain(r Reader, c Contact) (Explanation, error) {
	var e Explanation
	o, err := organisation(r)
	if fault.Is(err, fault.NotFound) {
		return e, nil
	}
	if err != nil {
		return e, err
	}
	known, err := recordOfSome(r, []Contact{c})
	if err != nil {
		return e, err
	}
	standings, err := known.standings([]Contact{c})
	if err != nil {
		return e, err
	}
	today := DateOf(r.Now())
	e.Verdict = Audit(c, standings[0], o, today)
	e.Dead = standings[0].Dead
	e.Next = nextStep(e.Verdict.Code, e.Verdict.Class, e.Verdict.Route)
	e.Changes = changes(c, standings[0], o, today)
	for _, row := range Rules(o) {
		if row.Code == e.Verdict.Code {
			e.Rule = row
		}
	}
	return e, nil
}
