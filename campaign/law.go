package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// RulesVersion names the decision table, its limits and the law of the countries as they stand in this
// program. Whatever changes in what docs/triage.md says of them changes it; a test demands that.
const RulesVersion = "2026-11-27"

// law is what a country's rules leave to a sender (COMPLIANCE A.5). It is data: a change of law is a
// change of a line below.
type law struct {
	mode       Mode
	signable   bool // a signed policy may open P1
	soft       bool // existing customers may be written to about similar products
	softMonths int  // for how long after the sale or the end of the relationship; 0: no limit in law
	softSent   bool // the last message counts as well, and not only the sale
	purchase   int  // Canada: months of implied consent after a purchase
	inquiry    int  // Canada: months of implied consent after an inquiry
	b2b        bool // a named professional may be written to until they object
	corporate  bool // corporate subscribers are outside the rule
	charity    bool // charities have a soft opt-in of their own
	impersonal bool // an impersonal address of a company is outside the rule
	silence    bool // consent may lapse through long silence
	offerBox   bool // an "untick" box at the checkout can prove that opposition was offered
	source     string
}

// countryLaw is the law of one country, or of several.
type countryLaw struct {
	countries []string // ISO 3166-1 alpha-2
	law
}

// laws are the countries of which something of their own is known. France ships as P2: the controller
// signs P1 on.
var laws = []countryLaw{
	{[]string{"FR"}, law{mode: P2, signable: true, soft: true, softMonths: 36, b2b: true, impersonal: true, source: "CPCE art. L34-5; CNIL"}},
	{[]string{"DE"}, law{mode: P2, soft: true, offerBox: true, silence: true, source: "UWG § 7; OLG München 29 U 1682/12; AG München 161 C 12736/22"}},
	{[]string{"AT"}, law{mode: P2, soft: true, offerBox: true, silence: true, source: "TKG 2021 § 174; ECG list (RTR)"}},
	{[]string{"CH"}, law{mode: P2, soft: true, offerBox: true, source: "UWG art. 3(1)(o)"}},
	{[]string{"IT"}, law{mode: P2, soft: true, offerBox: true, source: "Codice privacy art. 130; Cass. 11019/2021, 9920/2022"}},
	{[]string{"ES"}, law{mode: P2, soft: true, offerBox: true, source: "LSSI art. 21; LOPDGDD art. 23(4)"}},
	{[]string{"PT"}, law{mode: P2, soft: true, offerBox: true, source: "Lei 41/2004 art. 13-A, 13-B"}},
	{[]string{"NL"}, law{mode: P2, soft: true, offerBox: true, source: "Tw art. 11.7"}},
	{[]string{"BE"}, law{mode: P2, soft: true, offerBox: true, impersonal: true, source: "CEL art. XII.13; RD of 4 April 2003"}},
	{[]string{"IE"}, law{mode: P2, soft: true, softMonths: 12, softSent: true, offerBox: true, b2b: true, source: "S.I. 336/2011 reg. 13; DPC"}},
	{[]string{"GB"}, law{mode: P2, soft: true, offerBox: true, corporate: true, charity: true, source: "PECR reg. 22; DUAA 2025 s. 114; ICO"}},
	{[]string{"PL"}, law{mode: P2, source: "PKE art. 398"}},
	{[]string{"CA"}, law{mode: P2, purchase: 24, inquiry: 6, source: "CASL s. 1(3), 10(9); CRTC"}},
	{[]string{"US"}, law{mode: P0, source: "CAN-SPAM, 15 USC 7704"}},
	{european, law{mode: P2, soft: true, offerBox: true, source: "Directive 2002/58 art. 13"}},
}

// european are the other countries of the European Economic Area: the directive's customer rule
// holds there, with nothing more known.
var european = []string{"BG", "CY", "CZ", "DK", "EE", "FI", "GR", "HR", "HU", "IS", "LI", "LT", "LU", "LV", "MT", "NO", "RO", "SE", "SI", "SK"}

// elsewhere is what holds where nothing is known of a country, or the country is not known.
var elsewhere = law{mode: P2, source: "the strictest of all"}

// CountryUnclear stands where rows of one person name different countries. Nothing is allowed there
// that is not allowed everywhere.
const CountryUnclear = "ZZ"

func lawOf(country string) law {
	for _, l := range laws {
		if slices.Contains(l.countries, country) {
			return l.law
		}
	}
	return elsewhere
}

// CountryRule is what the law of a country, and the policy that was signed for it, leave to a sender.
type CountryRule struct {
	Countries []string `json:"countries"` // none: everywhere else
	Mode      Mode     `json:"mode"`      // in force: the country's own, or the signed one
	Own       Mode     `json:"own_mode"`
	Signable  bool     `json:"may_sign_p1"`
	Customers string   `json:"customers"`
	Business  string   `json:"business"`
	Special   []string `json:"special,omitempty"`
	Post      bool     `json:"post"` // letters to people without any sign of consent are documented
	SignedBy  string   `json:"signed_by,omitempty"`
	SignedAt  Date     `json:"signed_at,omitzero"`
	Reference string   `json:"reference,omitempty"`
	Source    string   `json:"source"`
}

// PolicyVersion names the contact policies that an organisation signed: whatever changes in them changes it.
func (o Organisation) PolicyVersion() string {
	b, err := json.Marshal(o.Policies)
	if err != nil || len(o.Policies) == 0 {
		return "none"
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// Countries are the countries of which something is known, in the order of COMPLIANCE A.5, and what holds
// elsewhere, each with the policy that the organisation signed for it.
func Countries(o Organisation) []CountryRule {
	var out []CountryRule
	for _, l := range laws {
		rest := l.countries
		if len(rest) > 1 { // a country with a policy has a line of its own
			own := slices.DeleteFunc(slices.Clone(rest), func(c string) bool { _, ok := o.Policies[c]; return !ok })
			rest = slices.DeleteFunc(slices.Clone(rest), func(c string) bool { return slices.Contains(own, c) })
			for _, c := range own {
				out = append(out, o.country(l.law, c))
			}
		}
		if len(rest) > 0 {
			out = append(out, o.country(l.law, rest...))
		}
	}
	for _, c := range slices.Sorted(maps.Keys(o.Policies)) { // of whose law nothing is known
		if !slices.ContainsFunc(laws, func(l countryLaw) bool { return slices.Contains(l.countries, c) }) {
			out = append(out, o.country(elsewhere, c))
		}
	}
	return append(out, o.country(elsewhere))
}

func (o *Organisation) country(l law, countries ...string) CountryRule {
	c := CountryRule{Countries: countries, Mode: l.mode, Own: l.mode, Signable: l.signable, Customers: l.customers(), Business: l.business(), Special: l.special(), Source: l.source}
	if len(countries) == 1 {
		p := o.Policies[countries[0]]
		c.Mode, c.Post = o.mode(countries[0]), p.Post
		if p.Signed() {
			c.SignedBy, c.SignedAt, c.Reference = p.ApprovedBy, p.ApprovedAt, p.Justification
		}
	}
	return c
}

// customers says for how long an existing customer may be written to.
func (l law) customers() string {
	switch {
	case l.mode == P0:
		return "until they object, as for everybody"
	case l.purchase > 0:
		return fmt.Sprintf("implied consent: %d months after a purchase, %d after an inquiry", l.purchase, l.inquiry)
	case !l.soft:
		return "no"
	case l.softSent:
		return fmt.Sprintf("similar products, for %d months after the sale or the last message", l.softMonths)
	case l.softMonths > 0:
		return fmt.Sprintf("similar products, for %d months after the sale or the end of the relationship", l.softMonths)
	}
	return "similar products, no limit in law"
}

// business says what holds for a named professional.
func (l law) business() string {
	switch {
	case l.mode == P0:
		return "until they object, as for everybody"
	case l.b2b:
		return "until they object, when the subject is tied to the job"
	case l.corporate:
		return "until they object, at a corporate subscriber"
	}
	return "consent, as for everybody"
}

func (l law) special() (out []string) {
	for _, s := range []struct {
		holds bool
		text  string
	}{
		{l.silence, "consent may lapse through long silence"}, {l.charity, "charities may write to supporters"},
		{l.impersonal, "an impersonal address of a company is outside the rule"}, {l.offerBox, "a box to untick at the checkout can prove that opposition was offered"},
	} {
		if s.holds {
			out = append(out, s.text)
		}
	}
	return out
}
