package campaign

import (
	"slices"
	"strings"
	"testing"
)

// TestNothingIsSupposedAway: whoever must be protected is moved by nothing. Whoever said no is moved by an own
// yes, by a proven yes of a later day, which a person looks at, and on an outside list by express consent.
func TestNothingIsSupposedAway(t *testing.T) {
	t.Parallel()
	lines, given := truth(t)
	for _, l := range lines {
		c, s, o := l.contact(t, given), l.record(t), l.controller(t)
		v := Audit(c, s, o, mustDate(l.asOf))
		got := changes(c, s, o, mustDate(l.asOf))
		hard := strings.HasPrefix(v.Fine, fineExcluded+"(m") || strings.HasPrefix(v.Fine, fineExcluded+"(d") || strings.HasPrefix(v.Fine, fineExcluded+"(rights")
		for _, ch := range got {
			if hard || v.Class == OptedOut && ch.Code != "T-00" && ch.Code != "T-21" && v.Code != "T-11" {
				t.Errorf("%s %s: %+v", l.row, l.what, ch)
			}
			if strings.Contains(ch.If, "%!") || ch.Code == v.Code && ch.Route == v.Route && ch.Class == v.Class {
				t.Errorf("%s %s: %+v", l.row, l.what, ch)
			}
		}
		if nextStep(v.Code, v.Class, v.Route) == "" {
			t.Errorf("%s %s: nothing says what to do next", l.row, l.what)
		}
	}
}

func TestWhatWouldChange(t *testing.T) {
	t.Parallel()
	withOrg := func(o Organisation, change func(*Organisation)) Organisation { change(&o); return o }
	with := func(c Contact, change func(*Contact)) Contact { change(&c); return c }
	const own = "A new yes that the person gives of their own accord; nobody may ask for it.: T-00"
	const record = "A record of a yes to messages by e-mail, with its date and its source.: T-50"
	for _, tc := range []struct {
		name string
		c    Contact
		o    Organisation
		want []string
	}{
		{"doubtful", someone(), shop(), []string{"Proof of the consent of 2026-02-03, with what is missing: wording.: T-30", own}},
		{"proven", sure(), shop(), nil},
		{"undated", with(someone(), func(c *Contact) { c.Facts.Claims[0].At = Date{} }), shop(), []string{"Proof of the consent, with what is missing: date, wording.: T-30",
			"Of the consent at least what makes it probable: date.: T-50",
			"A documented balancing test for letters in FR (post = true).: T-59", own}},
		{"nothing signed", someone(), withOrg(shop(), func(o *Organisation) { o.Policies = nil }), []string{"Proof of the consent of 2026-02-03, with what is missing: wording.: T-30",
			"A signed policy of mode P1 for FR.: T-50", own}},
		{"pre-ticked, no street", with(someone(), func(c *Contact) { c.Facts.Claims[0].Method, c.City = "preticked_box", "" }), shop(), []string{"A postal address.: T-53", own}},
		{"stranger", with(someone(), func(c *Contact) { c.Facts.Claims = nil }), shop(), []string{record, "A documented balancing test for letters in FR (post = true).: T-59", own}},
		{"customer, not stated", buyer(), withOrg(shop(), func(o *Organisation) { o.SimilarToPurchases = nil }),
			[]string{record, "A documented balancing test for letters in FR (post = true).: T-59", "The statement that the messages are about products similar to those bought.: T-40", own}},
		{"opted out", with(sure(), func(c *Contact) { c.Facts.Objections = []Objection{{Kind: "no"}} }), shop(), []string{own}},
		{"minor", with(sure(), func(c *Contact) { c.Facts.Minor = true }), shop(), nil},
	} {
		var got []string
		for _, ch := range changes(tc.c, Standing{}, tc.o, day) {
			got = append(got, ch.If+": "+ch.Code)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s:\n%q\nwant\n%q", tc.name, got, tc.want)
		}
	}
}
