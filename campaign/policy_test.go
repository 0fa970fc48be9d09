package campaign

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

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

// TestAPolicyThatHoldsForNobodyIsRefused applies organisation files with a mistyped country, which held for nobody without a word,
// with the mark of an unclear one, which held for all of whom rows disagree, and with a signature of a day to come, which held at
// once.
func TestAPolicyThatHoldsForNobodyIsRefused(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		country, home string
		at            Date
		want          string
	}{
		{"FR", "FR", NewDate(2026, 11, 27), ""}, {"FR", "GB", NewDate(2026, 1, 31), ""}, {"XK", "XK", Date{}, ""},
		{"FR", "FR", NewDate(2026, 11, 29), "policy.country.FR.approved_at: 2026-11-29 is a day to come"},
		{"FR", "FR", NewDate(2018, 5, 25), ""}, {"FR", "FR", NewDate(2018, 5, 24), "policy.country.FR.approved_at: 2018-05-24 is before 2018-05-25"},
		{"FR", "FR", NewDate(1900, 1, 1), "policy.country.FR.approved_at: 1900-01-01 is before 2018-05-25"},
		{"UK", "FR", Date{}, "policy.country.UK: UK is no ISO 3166 code of two capital letters; try: did you mean GB?"},
		{"EL", "FR", Date{}, "did you mean GR?"}, {"fr", "FR", Date{}, "did you mean FR?"}, {"QQ", "FR", Date{}, "policy.country.QQ: QQ is no ISO"}, {CountryUnclear, "FR", Date{}, "is no ISO"},
		{"FR", "UK", Date{}, "organisation.country: UK is no ISO 3166 code of two capital letters; try: did you mean GB?"}, {"FR", "Allemagne", Date{}, "did you mean DE?"},
	} {
		o := whole()
		o.Country, o.Policies = tc.home, map[string]Policy{tc.country: {Mode: P1, Justification: "avis", ApprovedBy: "dpo", ApprovedAt: tc.at, Post: true}}
		err := o.validate(now)
		if said := inWords(err); (err == nil) != (tc.want == "") || !strings.Contains(said, tc.want) {
			t.Errorf("%s in %s: %q, want %q", tc.country, tc.home, said, tc.want)
		}
	}
}

// TestEachPolicyIsInTheRules shows a policy also of a country of whose law nothing is known.
func TestEachPolicyIsInTheRules(t *testing.T) {
	t.Parallel()
	o := Organisation{Country: "FR", Policies: map[string]Policy{"AU": {Post: true, ApprovedBy: "dpo", ApprovedAt: day, Justification: "LIA 7"}, "SE": {Post: true}, "FR": {Post: true}}}
	shown := map[string]bool{}
	all := Countries(o)
	for _, r := range all {
		if r.Post && len(r.Countries) == 1 {
			shown[r.Countries[0]] = true
		}
	}
	if len(shown) != 3 || len(all[len(all)-1].Countries) != 0 {
		t.Errorf("%+v", all)
	}
}

// TestABlankSignatureIsNone keeps a mode shut that nobody signed, or for which nobody said why.
func TestABlankSignatureIsNone(t *testing.T) {
	t.Parallel()
	for _, p := range []Policy{{Mode: P1, Justification: " ", ApprovedBy: "dpo", ApprovedAt: day}, {Mode: P1, Justification: "avis", ApprovedBy: "\t", ApprovedAt: day}} {
		o := Organisation{Country: "FR", Policies: map[string]Policy{"FR": p}}
		if got := o.law("FR", false).mode; got != P2 || len(o.Shortfalls()) != 1 {
			t.Errorf("%+v: %s, %v", p, got, o.Shortfalls())
		}
	}
}

// TestASignatureOfADayToComeThatIsStoredOpensNothing judges with an organisation that was stored while such a day was still taken:
// the mode held at once, and until somebody applied it again.
func TestASignatureOfADayToComeThatIsStoredOpensNothing(t *testing.T) {
	t.Parallel()
	s, d := populated(t, "ana@iris.example")
	for at, want := range map[Date]Mode{DateOf(s.now): P1, DateOf(s.now).AddDays(40): P2} {
		s.org = whole()
		s.org.Policies = map[string]Policy{"FR": {Mode: P1, Justification: "avis", ApprovedBy: "dpo", ApprovedAt: at}}
		o, err := d.Organisation(t.Context())
		if err != nil || o.mode("FR") != want || (len(o.Shortfalls()) > 0) != (want == P2) {
			t.Errorf("%s: %v, %+v", at, err, o.Shortfalls())
		}
		if s.org.Policies["FR"].ApprovedAt != at {
			t.Error("what is stored was changed")
		}
		if err := d.ChangeOrganisation(t.Context(), tester, o, Mandate{Rest: true, Seen: o.Mark()}); err != nil { // as the page shows it
			t.Errorf("%s: %v", at, err)
		}
	}
}

// TestNoGraceIsNoGrace keeps people no longer than the organisation says, also where it says none: 0 was read as not said, which is
// 90 days.
func TestNoGraceIsNoGrace(t *testing.T) {
	t.Parallel()
	o, none, less := whole(), 0, -1
	if o.grace() != defaultGrace {
		t.Errorf("not said: %d", o.grace())
	}
	if o.FrenchGraceDays = &none; o.grace() != 0 || o.validate(time.Now()) != nil {
		t.Errorf("none: %d, %v", o.grace(), o.validate(time.Now()))
	}
	for key, change := range map[string]func(*Organisation){"fr_grace_days": func(o *Organisation) { o.FrenchGraceDays = &less }, "retention_months": func(o *Organisation) { o.RetentionMonths = -3 },
		"refresh_after_months": func(o *Organisation) { o.RefreshAfterMonths = -1 }} {
		o := whole()
		if change(&o); !strings.Contains(inWords(o.validate(time.Now())), "organisation."+key+" must not be negative") {
			t.Errorf("%s: %v", key, o.validate(time.Now()))
		}
	}
}

// TestNoLimitIsBoundless refuses limits that a slip of the finger makes: they kept people who may not be asked any more.
func TestNoLimitIsBoundless(t *testing.T) {
	t.Parallel()
	for key, most := range map[string]int{"fr_grace_days": 365, "retention_months": 120, "refresh_after_months": 120} {
		for n, good := range map[int]bool{most: true, most + 1: false, math.MaxInt: false} {
			o := whole()
			*map[string]*int{"retention_months": &o.RetentionMonths, "refresh_after_months": &o.RefreshAfterMonths, "fr_grace_days": new(int)}[key] = n
			if key == "fr_grace_days" {
				o.FrenchGraceDays = &n
			}
			if err := o.validate(time.Now()); (err == nil) != good || !good && !strings.Contains(inWords(err), fmt.Sprintf("organisation.%s must be at most %d", key, most)) {
				t.Errorf("%s = %d: %v", key, n, err)
			}
		}
	}
}

// whole is an organisation that can be applied.
func whole() Organisation {
	o := shop()
	o.Address, o.PrivacyURL, o.Authority, o.Policies = "1 rue de la Paix, 44000 Nantes", "https://atelier-nord.example/vie-privee", "CNIL", nil
	o.Purposes = []Purpose{{Key: "newsletter", Retention: "36mo", Title: map[string]string{"fr": "Notre lettre"}, Description: map[string]string{"fr": "Nos offres."}}}
	return o
}

// inWords is a fault as a command line says it.
func inWords(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + "; try: " + fault.HintOf(err)
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
