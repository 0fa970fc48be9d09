package campaign

import "testing"

func TestModes(t *testing.T) {
	t.Parallel()
	signed := Policy{Mode: P1, Justification: "avis", ApprovedBy: "dpo", ApprovedAt: day}
	for _, tc := range []struct {
		country string
		policy  Policy
		want    Mode
	}{
		{"FR", Policy{}, P2}, {"FR", signed, P1}, {"FR", Policy{Mode: P1, Justification: "avis", ApprovedBy: "dpo"}, P2}, {"FR", Policy{Mode: P1, ApprovedBy: "dpo", ApprovedAt: day}, P2},
		{"FR", Policy{Mode: P1, Justification: "avis", ApprovedAt: day}, P2}, {"FR", Policy{Mode: P0, Justification: "avis", ApprovedBy: "dpo", ApprovedAt: day}, P2},
		{"DE", signed, P2}, {"AU", signed, P2}, {"US", Policy{}, P0}, {"US", Policy{Mode: P2}, P2}, {"US", Policy{Mode: P1}, P1}, {"DE", Policy{}, P2}, {"", signed, P2}, {"AU", Policy{}, P2}, {CountryUnclear, Policy{}, P2},
	} {
		o := Organisation{Country: "FR", Policies: map[string]Policy{"FR": tc.policy, "US": tc.policy, "DE": tc.policy, "AU": tc.policy, "": tc.policy}}
		if got := o.law(tc.country, false).mode; got != tc.want {
			t.Errorf("%q with %+v: %s, want %s", tc.country, tc.policy, got, tc.want)
		}
	}
}

func TestInferredCountryIsNoBetterThanHome(t *testing.T) {
	t.Parallel()
	o := shop()
	for country, want := range map[string]Mode{"US": P1, "DE": P2, "FR": P1} {
		if got := o.law(country, true).mode; got != want {
			t.Errorf("inferred %s: %s, want %s", country, got, want)
		}
	}
	if l := o.law("IE", true); l.softMonths != 12 {
		t.Errorf("Irish window, inferred, from France: %d months", l.softMonths)
	}
	if l := o.law("CA", true); l.purchase != 0 || l.soft {
		t.Errorf("implied consent of an inferred country: %+v", l)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"N° client": "nclient", "Prénom": "prenom", "E-MAIL ": "email", "Œuvre d'été": "oeuvredete", "STRASSE ß": "strassess", "e\u0301te\u0301": "ete", "Љубав": "љубав"} {
		if got := plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPolicyThatMayNotBeUsedIsAFinding(t *testing.T) {
	t.Parallel()
	signed := Policy{Mode: P1, Justification: "avis", ApprovedBy: "dpo", ApprovedAt: day}
	why, closed, lower := unpolicied(Organisation{Policies: map[string]Policy{"FR": signed, "US": {Mode: P1}, "DE": signed, "IE": {Mode: P2}, "ES": {Mode: P0, Justification: "avis", ApprovedBy: "dpo", ApprovedAt: day}}})
	if len(why) != 3 || why["DE"] != "mode P1 is not open in this country" || why["ES"] != "mode P0 is not open in this country" || why["US"] == "" {
		t.Errorf("%v", why)
	}
	if !closed["DE"] || !closed["ES"] || closed["US"] {
		t.Errorf("closed: %v", closed)
	}
	if lower["DE"] || lower["ES"] || lower["US"] {
		t.Errorf("P1 would do: %v", lower)
	}
	if _, closed, lower = unpolicied(Organisation{Policies: map[string]Policy{"FR": {Mode: P0, Justification: "avis", ApprovedBy: "dpo", ApprovedAt: day}}}); !closed["FR"] || !lower["FR"] {
		t.Errorf("P0 where P1 may be signed: closed %v, P1 %v", closed, lower)
	}
}
