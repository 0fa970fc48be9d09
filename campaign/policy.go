package campaign

import "slices"

// law is what a country's rules leave to a sender (COMPLIANCE A.5). It is data: a change of law is a
// change of a line below.
type law struct {
	mode       Mode
	soft       bool // existing customers may be written to about similar products
	softMonths int  // for how long after the sale or the end of the relationship; 0: no limit in law
	purchase   int  // Canada: months of implied consent after a purchase
	inquiry    int  // Canada: months of implied consent after an inquiry
	b2b        bool // a named professional may be written to until they object
	corporate  bool // corporate subscribers are outside the rule
	charity    bool // charities have a soft opt-in of their own
	impersonal bool // an impersonal address of a company is outside the rule
	silence    bool // consent may lapse through long silence
	offerBox   bool // an "untick" box at the checkout can prove that opposition was offered
}

// laws by ISO 3166-1 alpha-2 code. France ships as P2: the controller signs P1 on.
var laws = map[string]law{
	"FR": {mode: P2, soft: true, softMonths: 36, b2b: true, impersonal: true},
	"DE": {mode: P2, soft: true, offerBox: true, silence: true},
	"AT": {mode: P2, soft: true, offerBox: true, silence: true},
	"CH": {mode: P2, soft: true, offerBox: true},
	"IT": {mode: P2, soft: true, offerBox: true},
	"ES": {mode: P2, soft: true, offerBox: true},
	"PT": {mode: P2, soft: true, offerBox: true},
	"NL": {mode: P2, soft: true, offerBox: true},
	"BE": {mode: P2, soft: true, offerBox: true, impersonal: true},
	"IE": {mode: P2, soft: true, softMonths: 12, offerBox: true, b2b: true},
	"GB": {mode: P2, soft: true, offerBox: true, corporate: true, charity: true},
	"PL": {mode: P2},
	"CA": {mode: P2, purchase: 24, inquiry: 6},
	"US": {mode: P0},
}

// european are the other countries of the European Economic Area: the directive's customer rule
// holds there, with nothing more known.
var european = []string{"BG", "CY", "CZ", "DK", "EE", "FI", "GR", "HR", "HU", "IS", "LI", "LT", "LU", "LV", "MT", "NO", "RO", "SE", "SI", "SK"}

// CountryUnclear stands where rows of one person name different countries. Nothing is allowed there
// that is not allowed everywhere.
const CountryUnclear = "ZZ"

func lawOf(country string) law {
	if l, ok := laws[country]; ok {
		return l
	}
	if slices.Contains(european, country) {
		return law{mode: P2, soft: true, offerBox: true}
	}
	return law{mode: P2}
}

// law is what holds for a contact. An inferred country is no certainty: the stricter of it and the
// controller's own country applies (COMPLIANCE A.5).
func (o *Organisation) law(country string, inferred bool) law {
	l := lawOf(country)
	l.mode = o.mode(country)
	if !inferred || country == o.Country {
		return l
	}
	home := lawOf(o.Country)
	home.mode = o.mode(o.Country)
	return stricter(l, home)
}

// mode is the country's contact mode as the organisation signed it. A policy may always go below the
// country's own mode; P1 where the country's mode is P2 counts only when signed, and P0 only where it
// is the country's own (COMPLIANCE A.5, CAMP-005).
func (o *Organisation) mode(country string) Mode {
	own := lawOf(country).mode
	p, ok := o.Policies[country]
	switch {
	case !ok || p.Mode == "" || p.Mode == own:
		return own
	case p.Mode == P1 && (own == P0 || p.signed()):
		return P1
	}
	return P2
}

// signed reports whether somebody answers for the policy, and why, and since when.
func (p Policy) signed() bool {
	return p.Justification != "" && p.ApprovedBy != "" && !p.ApprovedAt.IsZero()
}

func stricter(a, b law) law {
	return law{
		mode: max(a.mode, b.mode), // P0 < P1 < P2
		soft: a.soft && b.soft, softMonths: shorter(a.softMonths, b.softMonths), offerBox: a.offerBox && b.offerBox,
		purchase: min(a.purchase, b.purchase), inquiry: min(a.inquiry, b.inquiry),
		b2b: a.b2b && b.b2b, corporate: a.corporate && b.corporate, charity: a.charity && b.charity,
		impersonal: a.impersonal && b.impersonal, silence: a.silence || b.silence,
	}
}

// shorter is the smaller of two limits, of which 0 is none.
func shorter(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// The product's own constants (COMPLIANCE A.13), where the organisation states nothing else.
const (
	defaultRetention  = 36 // months after the last act of a person, or the end of a relationship
	defaultRefresh    = 36 // months after which a proven consent is worth refreshing
	defaultGrace      = 90 // days after the retention in which the one end-of-retention contact may be made
	silenceMonths     = 24 // months without a message after which a consent counts as silent
	pureSilenceMonths = 24 // months without a message after which a never active mailbox looks like a trap
)

func (o *Organisation) retention() int { return stated(o.RetentionMonths, defaultRetention) }
func (o *Organisation) refresh() int   { return stated(o.RefreshAfterMonths, defaultRefresh) }
func (o *Organisation) grace() int     { return stated(o.FrenchGraceDays, defaultGrace) }

func stated(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
