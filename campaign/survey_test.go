package campaign

import (
	"context"
	"fmt"
	"testing"
)

// TestSurveyCountsEveryoneOnce: the funnel and each of its parts add up to the base, and the figures agree
// with the audit's.
func TestSurveyCountsEveryoneOnce(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d := s.desk(t)
	lines, given := truth(t)
	for _, l := range lines {
		if l.standing == "" && l.organisation == "" && l.asOf == day.String() {
			s.add(l.contact(t, given))
		}
	}
	got, err := d.Survey(context.Background(), Machine, day)
	if err != nil || len(s.entries) != 1 {
		t.Fatal(err, s.entries)
	}
	want, err := d.Audit(context.Background(), Machine, day, false)
	if err != nil || fmt.Sprint(got.AuditSummary) != fmt.Sprint(want) {
		t.Errorf("%v\n%+v\n%+v", err, got.AuditSummary, want)
	}
	total, asked, bySource, byCountry, ages := 0, 0, 0, 0, 0
	for _, l := range got.Losses {
		total += l.Contacts
		for _, r := range l.Reasons {
			if r.Route != RouteNone {
				t.Errorf("%s loses %+v", l.Name, r)
			}
		}
	}
	for _, l := range got.Askable {
		asked += l.Contacts
	}
	for _, f := range got.Sources {
		bySource += f.Total
		if f.Doubt != f.Classes[Doubtful]+f.Classes[Unusable] || !f.Rest && f.Total < sourcePeople {
			t.Errorf("%+v", f)
		}
	}
	for _, n := range got.Countries {
		byCountry += n
	}
	for _, a := range got.Ages {
		ages += a.Contacts
	}
	all, yes := got.Questions[0], got.Questions[0].Yes
	if n := got.Contacts; total+asked != n || bySource != n-got.Classes[OptedOut] || byCountry != n || all.Yes+all.Open+all.No != n || ages != yes ||
		asked != got.Routes[RouteEmail]+got.Routes[RouteLetter]+got.Routes[RouteOnsite] {
		t.Errorf("of %d: %d lost, %d to ask, sources %d, countries %d, ages %d of %d, %+v", n, total, asked, bySource, byCountry, ages, yes, all)
	}
	for _, q := range got.Questions[1:] {
		if q.Yes+q.Open+q.No != yes {
			t.Errorf("%+v of %d", q, yes)
		}
	}
	if got.Rulebook.Version != RulesVersion || got.Policy == "none" {
		t.Errorf("versions %q %q", got.Rulebook.Version, got.Policy)
	}
}

func TestSurveyAnswersTheFourQuestions(t *testing.T) {
	t.Parallel()
	claimed := func(c Contact, change func(*Claim)) Contact { change(&c.Facts.Claims[0]); return c }
	for _, tc := range []struct {
		name string
		c    Contact
		s    Standing
		want string // consent, proof, purpose, conditions: yes, open, no, or - when not asked
	}{
		{"proven", sure(), Standing{}, "yes yes yes yes"},
		{"without wording", someone(), Standing{}, "yes open yes yes"},
		{"a bare yes", claimed(someone(), func(c *Claim) { *c = Claim{Status: "yes"} }), Standing{}, "yes no open open"},
		{"for something else", claimed(sure(), func(c *Claim) { c.Purpose = "orders" }), Standing{}, "yes yes no yes"},
		{"pre-ticked", claimed(sure(), func(c *Claim) { c.Method = "preticked_box" }), Standing{}, "yes yes yes no"},
		{"for SMS", claimed(sure(), func(c *Claim) { c.Channels = []string{"sms"} }), Standing{}, "yes yes yes no"},
		{"nothing", buyer(), Standing{}, "open - - -"},
		{"no", buyer(), Standing{Suppressed: SuppressManual}, "no - - -"},
		{"answered us", buyer(), Standing{Answer: Granted}, "yes yes yes yes"},
		{"answered us, of another mailbox", buyer(), Standing{Answer: Granted, Moved: true}, "yes yes yes no"},
		{"answered us, of another mailbox, then objected", buyer(), Standing{Answer: Granted, Moved: true, Suppressed: SuppressObjection}, "no - - -"},
		{"answered us, then objected", buyer(), Standing{Answer: Granted, Suppressed: SuppressObjection}, "no - - -"},
	} {
		n, o := newSurvey(day), shop()
		v, claim := newAuditor(o, day).decide(&tc.c, &tc.s)
		if err := n.take(&o, []judgement{{contact: &tc.c, standing: &tc.s, claim: claim, verdict: &v}}); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, q := range n.survey().Questions {
			switch {
			case q.Yes == 1:
				got += " yes"
			case q.Open == 1:
				got += " open"
			case q.No == 1:
				got += " no"
			default:
				got += " -"
			}
		}
		if got[1:] != tc.want {
			t.Errorf("%s:%s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestSourcesThatMayNameSomebodyAreNotShown(t *testing.T) {
	t.Parallel()
	n, o := newSurvey(day), shop()
	put := func(source string, times int) {
		for range times {
			c, s := someone(), Standing{}
			c.Facts.Claims[0].Source = source
			v, claim := newAuditor(o, day).decide(&c, &s)
			_ = n.take(&o, []judgement{{contact: &c, standing: &s, claim: claim, verdict: &v}})
		}
	}
	put("shop", 6)
	put("\u202eshop\u202c", 1) // which a page would show as pohs
	put("Madame Durand", 4)
	put("lea@courrier.example", 9)
	put("call 0612345678", 9)
	for i := range 3000 {
		put(fmt.Sprintf("visit %d", i), 1)
	}
	if len(n.sources) > sourcesKept+1 {
		t.Errorf("%d sources are kept", len(n.sources))
	}
	got := n.survey().Sources
	if len(got) != 2 || got[0].Source != "shop" || got[0].Total != 7 || !got[1].Rest || got[1].Total != 3022 || got[1].Source != "" {
		t.Errorf("%+v", got)
	}
}

// TestASourceIsNotDrawnWithoutThoseWhoSaidNoThere: a no is kept without its source, so that some of those who said it were counted under
// all other sources and some, whose no came beside a yes, under their own. They are nobody's doubt, and are counted under none.
func TestASourceIsNotDrawnWithoutThoseWhoSaidNoThere(t *testing.T) {
	t.Parallel()
	n, o := newSurvey(day), shop()
	put := func(times int, change func(*Contact)) {
		for range times {
			c, s := someone(), Standing{}
			c.Facts.Claims[0].Source = "shop"
			change(&c)
			v, claim := newAuditor(o, day).decide(&c, &s)
			if err := n.take(&o, []judgement{{contact: &c, standing: &s, claim: claim, verdict: &v}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(6, func(*Contact) {})
	put(3, func(c *Contact) { c.Facts.Claims, c.Facts.Objections = nil, []Objection{{Kind: "no"}} })
	put(2, func(c *Contact) { c.Facts.Objections = []Objection{{Kind: "optout"}} })
	got := n.survey().Sources
	if len(got) != 1 || got[0].Source != "shop" || got[0].Total != 6 || got[0].Doubt != 6 || got[0].Classes[OptedOut] != 0 {
		t.Errorf("%+v", got)
	}
}
