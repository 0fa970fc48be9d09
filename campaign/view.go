package campaign

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
)

// view is what the rows of the decision table see of one person: the facts, reoptin's own record,
// the one claim that is being judged, and what earlier rows concluded. It is made anew per claim.
type view struct {
	a    *auditor
	c    *Contact
	f    *Facts
	s    *Standing
	o    *Organisation
	asOf Date
	law  *law

	claim  *Claim
	proven bool // the claim is fully proven
	scope  scope
	covers bool // the claim is a yes that speaks of this controller's marketing by e-mail
	oral   bool // indicium I3 by a dated note (T-60)

	box        address.Mailbox
	role       bool // the mailbox is nobody's own
	technical  bool // and belongs to the running of mail
	domain     domain
	act        Date   // the last: see lastAct
	lost       string // row that took the e-mail channel away, "" when it works
	lostReason string
	post       bool // a letter could lawfully be sent
	business   bool // may be treated as a professional contact
	partner    bool // a named partner's address with own proof (T-14)
	notes      []string
	row        string // the code of the row that rules, where another reads the fact; "" for its own
}

// match says how a stated value compares with the organisation's.
type match byte

const (
	unknown match = iota
	same
	related // controller: a predecessor; purpose: marketing in general
	other
)

type scope struct{ purpose, controller, channel match }

func newView(a *auditor, c *Contact, s *Standing, claim *Claim) *view {
	v := a.spare
	if a.spare = nil; v == nil { // a row may have the person judged once more
		v = &view{}
	}
	notes := v.notes[:0]
	*v = view{} // in place: made elsewhere and copied it takes twice as long
	v.a, v.c, v.f, v.s, v.o, v.asOf, v.claim, v.notes = a, c, &c.Facts, s, &a.o, a.asOf, claim, notes
	v.proven, v.law = claim.proven(), a.law(c)
	v.box, _ = address.Parse(string(c.Email))
	v.role, v.technical = address.Role(v.box.Local())
	v.domain = a.domain(v.box.Domain())
	v.act = v.lastAct()
	v.scope = a.scopeOf(claim)
	v.covers = claim.Status == statusYes && claim.Method != "soft_opt_in" && v.scope.purpose != other &&
		v.scope.controller != other && v.scope.channel != other
	v.post = c.HasPostal() && !c.Facts.objectsTo("post") && len(c.Facts.listed()) == 0 && v.within(v.act, v.o.retention())
	v.business = c.Facts.Market == "b2b"
	return v
}

// within reports whether a day is known and at most n months back.
func (v *view) within(d Date, months int) bool {
	return !d.IsZero() && !d.Before(v.a.since(months, 0))
}

// kept reports whether a day is known and its retention, with the grace, not over.
func (v *view) kept(d Date) bool {
	return !d.IsZero() && !d.Before(v.a.since(v.o.retention(), v.o.grace()))
}

// older reports whether a day is known and more than n months back.
func (v *view) older(d Date, months int) bool {
	return d.Before(v.a.since(months, 0)) && !d.IsZero()
}

// country is the name by which reasons speak of the person's country.
func (v *view) country() string {
	if v.c.Country == "" || v.c.Country == CountryUnclear {
		return "an unknown country"
	}
	return v.c.Country
}

func (v *view) note(s string) { v.notes = append(v.notes, s) }

func (v *view) customer() bool {
	return v.f.Relationship == "customer" || v.f.Relationship == "former_customer"
}

// lastSale is the end of a customer's relationship as far as it is known: its stated end, or the
// last purchase, whichever is later (COMPLIANCE D.1).
func (v *view) lastSale() Date { return later(v.f.RelationEnd, v.f.LastPurchase) }

// lastAct is the day from which the retention counts: of a customer the end of the relationship, of
// anybody else the last act coming from the person, of which a consent is one, or the collection (T-22).
func (v *view) lastAct() Date {
	if d := v.lastSale(); v.customer() && !d.IsZero() {
		return d
	}
	return later(later(v.f.LastInbound, v.f.lastClaim()), later(v.f.Collected, v.f.LastPurchase))
}

// lastInbound is the last act that is known to come from the person; the consent itself is one.
func (v *view) lastInbound() Date {
	return later(later(v.f.LastInbound, v.f.LastPurchase), later(v.claim.At, v.claim.DoubleAt))
}

// named reports whether a person's name is known.
func (v *view) named() bool { return v.c.FirstName != "" || v.c.LastName != "" }

// companyMailbox reports whether the mailbox stands under a company's own domain.
func (v *view) companyMailbox() bool { return v.c.Email != "" && !v.domain.freemail }

func later(a, b Date) Date {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b Date) Date {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// lastClaim is the latest day on which any claim says that something was agreed.
func (f *Facts) lastClaim() (d Date) {
	for n := range f.Claims {
		c := &f.Claims[n]
		d = later(d, later(c.At, c.DoubleAt))
	}
	return d
}

// listed are the outside objection lists (Robinson, ECG, DGC) that name the person.
func (f *Facts) listed() []string {
	if len(f.ExternalLists) == 0 { // nearly always
		return nil
	}
	return slices.DeleteFunc(slices.Clone(f.ExternalLists), func(s string) bool { return s == "" || plain(s) == "none" })
}

// objectsTo reports a no to one channel, or to all.
func (f *Facts) objectsTo(channel string) bool {
	return slices.ContainsFunc(f.Objections, func(o Objection) bool { return o.Scope == channel || o.total() })
}

// objectsAlone reports a no to one channel that is none to everything: nothing on the never-write list says so.
func (f *Facts) objectsAlone(channel string) bool {
	return slices.ContainsFunc(f.Objections, func(o Objection) bool { return o.Scope == channel && !o.total() })
}

// total reports whether an objection reaches e-mail: scope all or e-mail, or unclear.
func (o Objection) total() bool { return o.Scope == "" || o.Scope == "all" || o.Scope == "email" }

// saidNo reports whether the facts hold a no that is a suppression: an objection to everything, to
// e-mail or of unclear scope, or a complaint.
func (f *Facts) saidNo() bool {
	return f.Complaint || slices.ContainsFunc(f.Objections, Objection.total)
}

// saidYes reports whether any claim is a yes.
func (f *Facts) saidYes() bool {
	return slices.ContainsFunc(f.Claims, func(c Claim) bool { return c.Status == statusYes })
}

// scopeOf compares what a claim was given for with what this organisation would write about.
func (o *Organisation) scopeOf(c *Claim) scope {
	return scope{purpose: o.samePurpose(c.Purpose), controller: o.sameController(c.Controller), channel: sameChannel(c.Channels)}
}

// samePurpose compares with every purpose's key and titles, without case and accents.
func (o *Organisation) samePurpose(s string) match {
	p := plain(s)
	if p == "" {
		return unknown
	}
	for _, purpose := range o.Purposes {
		if p == plain(purpose.Key) {
			return same
		}
		for _, title := range purpose.Title {
			if p == plain(title) {
				return same
			}
		}
	}
	if slices.Contains(marketingWords, p) {
		return related
	}
	return other
}

// marketingWords name marketing as a whole: a consent so worded covers a newer purpose of the same
// kind (T-32).
var marketingWords = strings.Fields(`marketing directmarketing emailmarketing marketingbyemail commercialcommunications commercialmessages
	prospection prospectioncommerciale prospectionparemail communicationscommerciales informationscommerciales werbung`)

// sameController compares with name, legal name and brands, then with those the organisation
// succeeded.
func (o *Organisation) sameController(s string) match {
	p := plain(s)
	if p == "" {
		return unknown
	}
	is := func(n string) bool { return p == plain(n) }
	switch {
	case is(o.Name), is(o.LegalName), slices.ContainsFunc(o.Brands, is):
		return same
	case slices.ContainsFunc(o.SuccessorOf, is):
		return related
	}
	return other
}

func sameChannel(channels []string) match {
	switch {
	case len(channels) == 0:
		return unknown
	case slices.Contains(channels, "email"):
		return same
	}
	return other
}
