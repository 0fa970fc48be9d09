package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

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
// country's own mode; P1 counts only where the country's law leaves room for it and when signed, and P0
// only where it is the country's own (COMPLIANCE A.5, CAMP-005).
func (o *Organisation) mode(country string) Mode {
	own := lawOf(country)
	p, ok := o.Policies[country]
	switch {
	case !ok || p.Mode == "" || p.Mode == own.mode:
		return own.mode
	case p.Mode == P1 && (own.mode == P0 || own.signable && p.Signed()):
		return P1
	}
	return P2
}

// Signed reports whether somebody answers for the policy, and why, and since when.
func (p Policy) Signed() bool {
	return strings.TrimSpace(p.Justification) != "" && strings.TrimSpace(p.ApprovedBy) != "" && !p.ApprovedAt.IsZero()
}

// signedBy is the organisation with the signatures that were given by then. One of a day to come, or from before there was
// anything to sign, is refused where it is applied, and may have been stored before it was.
func (o Organisation) signedBy(now time.Time) Organisation {
	never := func(p Policy) bool { return p.ApprovedAt.After(lastDay(now)) || p.signedTooSoon() }
	if !slices.ContainsFunc(slices.Collect(maps.Values(o.Policies)), never) {
		return o
	}
	o.Policies = maps.Clone(o.Policies)
	for country, p := range o.Policies {
		if never(p) {
			p.ApprovedAt = Date{}
			o.Policies[country] = p
		}
	}
	return o
}

// signedTooSoon holds for a signature from before the GDPR applied, whose doubtful consents a policy is about.
func (p Policy) signedTooSoon() bool { return !p.ApprovedAt.IsZero() && p.ApprovedAt.Before(gdprDay) }

// lastDay is the latest day that it is somewhere.
func lastDay(now time.Time) Date {
	const eastmost = 14 * time.Hour
	return DateOf(now.UTC().Add(eastmost))
}

// Shortfall is a policy that does not hold as its file states it. Nothing goes wrong where the stricter mode holds
// instead, but whoever wrote it expects another (CAMP-005).
type Shortfall struct {
	Country string `json:"country"`
	Stated  Mode   `json:"stated"`
	InForce Mode   `json:"in_force"` // what holds instead
	Why     string `json:"why"`
	Closed  bool   `json:"closed"` // no signature would open it
	Lower   bool   `json:"lower"`  // … but P1 is open there, by the country's law or to a signature
}

// Shortfalls are the policies that go further than the default without being signed, or where no signature can open
// what they state, by country.
func (o Organisation) Shortfalls() []Shortfall {
	out := []Shortfall{}
	for _, country := range slices.Sorted(maps.Keys(o.Policies)) {
		p, own := o.Policies[country], lawOf(country)
		s := Shortfall{Country: country, Stated: p.Mode, InForce: o.mode(country)}
		switch {
		case p.Mode == "" || p.Mode == P2 || p.Mode == P0 && own.mode == P0:
			continue
		case p.Mode == P0 || own.mode == P2 && !own.signable:
			s.Closed, s.Lower, s.Why = true, own.mode == P1 || own.signable, fmt.Sprintf("mode %s is not open in this country", p.Mode)
		case !p.Signed():
			s.Why = fmt.Sprintf("mode %s needs justification, approved_by and approved_at", p.Mode)
		default:
			continue
		}
		out = append(out, s)
	}
	return out
}

func stricter(a, b law) law {
	return law{
		mode: max(a.mode, b.mode), // P0 < P1 < P2
		soft: a.soft && b.soft, softMonths: shorter(a.softMonths, b.softMonths), softSent: a.softSent && b.softSent, offerBox: a.offerBox && b.offerBox,
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
