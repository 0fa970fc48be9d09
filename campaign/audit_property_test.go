package campaign

import (
	"testing"

	"pgregory.net/rapid"
)

// anyContact draws a contact as the rows of a base could make it, canonical as Merge leaves it.
func anyContact(t *rapid.T) Contact {
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	c := Contact{Email: Address(pick("email", "", "lea@courrier.example", "LEA@courrier.example", "info@firme.example", "a.b@gmail.com", "x@mailinator.com", "léa@x.example")),
		ExternalID: pick("id", "", "1", "2", "3"), FirstName: pick("first", "", "Léa", "Lea"), LastName: pick("last", "", "Martin"), Address1: pick("street", "", "3 quai Vert", "3 q. Vert"),
		City: pick("city", "", "Nantes"), Country: pick("country", "", "FR", "DE", "US", "CA", "GB", "IE"), JobTitle: pick("job", "", "Architecte"), Company: pick("company", "", "Martin Ltd"),
		Phone: pick("phone", "", "+33600000000")}
	c.Inferred = c.Country != "" && rapid.Bool().Draw(t, "inferred")
	if rapid.Bool().Draw(t, "attribute") {
		c.Attributes = map[string]string{"shop": pick("shop", "Lyon", "Brest")}
	}
	f := Facts{Market: pick("market", "", "b2c", "b2b"), Relationship: pick("relationship", "", "customer", "former_customer", "prospect", "employee"),
		LastPurchase: anyDate(t), RelationEnd: anyDate(t), LastInbound: anyDate(t), LastMarketing: anyDate(t), Collected: anyDate(t),
		Bounce: pick("bounce", "", "none", "soft", "hard"), BounceAt: anyDate(t), OppositionOffered: rapid.Bool().Draw(t, "offered")}
	f.Origins = union(rapid.SliceOfN(rapid.SampledFrom([]string{"own", "own", "own", "event", "purchased", "partner_named"}), 0, 2).Draw(t, "origins"), nil)
	for range rapid.IntRange(0, 2).Draw(t, "claims") {
		f.Claims = append(f.Claims, anyClaim(t))
	}
	if rapid.IntRange(0, 5).Draw(t, "no") == 0 {
		f.Objections = []Objection{{Kind: pick("kind", "no", "optout"), At: anyDate(t), Scope: pick("scope", "", "all", "email", "phone", "post")}}
	}
	rare := func(name string) bool { return rapid.IntRange(0, 9).Draw(t, name) == 0 }
	f.Complaint, f.Minor, f.Deceased, f.Erasure, f.Restricted, f.AddressChanged = rare("complaint"), rare("minor"), rare("deceased"), rare("erasure"), rare("restricted"), rare("moved")
	c.Facts = f
	c.Keys = testKeys.keys(c)
	return Merge(c, c)
}

func anyDate(t *rapid.T) Date {
	s := rapid.SampledFrom([]string{"", "2017-03-01", "2021-06-01", "2023-09-15", "2024-08-01", "2025-12-24", "2026-05-02", "2026-10-20"}).Draw(t, "date")
	if s == "" {
		return Date{}
	}
	return mustDate(s)
}

func anyClaim(t *rapid.T) Claim {
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	c := Claim{Status: pick("status", "yes", "yes", "yes", "pending", "unknown"), At: anyDate(t), DoubleAt: anyDate(t),
		Method: pick("method", "", "unticked_box", "double_opt_in", "preticked_box", "paper", "oral", "soft_opt_in"), Source: pick("source", "", "shop"), Text: pick("text", "", "J'accepte."),
		Proof: pick("proof", "", "log"), Bundled: pick("bundled", "", "no", "no", "yes"), Incentive: pick("incentive", "", "no", "no", "yes"),
		Purpose: pick("purpose", "", "newsletter", "newsletter", "marketing", "orders"), Controller: pick("controller", "", "Atelier Nord", "Atelier Nord", "Papeterie Sud", "Autre SA")}
	c.Channels = union(rapid.SliceOfN(rapid.SampledFrom([]string{"email", "email", "sms", "post"}), 0, 2).Draw(t, "channels"), nil)
	return c
}

func anyStanding(t *rapid.T) Standing {
	if rapid.Bool().Draw(t, "stranger") {
		return Standing{}
	}
	return Standing{Answer: rapid.SampledFrom([]Choice{"", "", Granted, Declined, Withdrawn}).Draw(t, "answer"), Asked: rapid.Bool().Draw(t, "asked"), Deadline: anyDate(t),
		Closed: rapid.Bool().Draw(t, "closed"), OtherAsked: rapid.Bool().Draw(t, "other"),
		Suppressed: rapid.SampledFrom([]SuppressionReason{"", "", SuppressObjection, SuppressBounce, SuppressErasure, SuppressImported}).Draw(t, "suppressed")}
}

func mailable(v Verdict) bool { return v.Route == RouteEmail }

func TestEveryContactHasOneClass(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := Audit(anyContact(t), anyStanding(t), shop(), day)
		routes := map[Class][]Route{OptedIn: {RouteNone, RouteEmail}, OptedOut: {RouteNone}, Doubtful: {RouteEmail, RouteLetter, RouteOnsite, RouteNone}, Unusable: {RouteNone}}
		for _, r := range routes[v.Class] {
			if r == v.Route && v.Code != "" && v.Fine != "" && len(v.Reasons) > 0 {
				return
			}
		}
		t.Fatalf("not a verdict: %+v", v)
	})
}

func TestNoNewNoOpensADoor(t *testing.T) {
	t.Parallel()
	darker := map[string]func(*Facts){
		"opt-out":   func(f *Facts) { f.Objections = append(f.Objections, Objection{Kind: "optout", Scope: "all"}) },
		"dated no":  func(f *Facts) { f.Objections = append(f.Objections, Objection{Kind: "no", At: mustDate("2024-01-01")}) },
		"no post":   func(f *Facts) { f.Objections = append(f.Objections, Objection{Kind: "optout", Scope: "post"}) },
		"complaint": func(f *Facts) { f.Complaint = true },
		"minor":     func(f *Facts) { f.Minor = true },
		"deceased":  func(f *Facts) { f.Deceased = true },
		"bounce":    func(f *Facts) { f.Bounce = "hard" },
		"moved":     func(f *Facts) { f.AddressChanged = true },
		"bought":    func(f *Facts) { f.Origins = union(f.Origins, []string{"purchased"}) },
	}
	rapid.Check(t, func(t *rapid.T) {
		c, s := anyContact(t), anyStanding(t)
		before := Audit(c, s, shop(), day)
		for name, change := range darker {
			d := c
			d.Facts.Objections = append([]Objection{}, c.Facts.Objections...)
			change(&d.Facts)
			after := Audit(d, s, shop(), day)
			if mailable(after) && !mailable(before) {
				t.Fatalf("%s made %+v mailable: %+v", name, before, after)
			}
		}
	})
}

func TestStricterModeOpensNoDoor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyContact(t)
		p1, p2 := shop(), shop()
		p2.Policies = nil
		before, after := Audit(c, Standing{}, p1, day), Audit(c, Standing{}, p2, day)
		own := after.Code == "T-40" || after.Code == "T-44" || after.Code == "T-46"
		if mailable(after) && !mailable(before) && !own {
			t.Fatalf("P2 made %+v mailable: %+v", before, after)
		}
	})
}

func TestUnknownNeverHelps(t *testing.T) {
	t.Parallel()
	blank := map[string]func(*Claim){
		"date": func(c *Claim) { c.At = Date{} }, "source": func(c *Claim) { c.Source = "" }, "text": func(c *Claim) { c.Text = "" }, "proof": func(c *Claim) { c.Proof = "" },
		"click": func(c *Claim) { c.DoubleAt = Date{} },
	}
	rapid.Check(t, func(t *rapid.T) {
		c := anyContact(t)
		claim := anyClaim(t)
		if claim.At.IsZero() || claim.At.Before(gdprDay) {
			claim.At = mustDate("2025-12-24") // an undated consent from before the GDPR is T-57's own affair
		}
		c.Facts.Claims = []Claim{claim}
		before := Audit(c, Standing{}, shop(), day)
		for name, change := range blank {
			d := c
			known := claim
			change(&known)
			d.Facts.Claims = []Claim{known}
			if after := Audit(d, Standing{}, shop(), day); rank(after) > rank(before) && after.Class != Doubtful || mailable(after) && !mailable(before) && before.Class != OptedIn {
				t.Fatalf("without %s %+v became %+v", name, before, after)
			}
		}
		d := c
		d.Country = ""
		if after := Audit(d, Standing{}, shop(), day); mailable(after) && !mailable(before) && before.Class != OptedIn {
			t.Fatalf("without country %+v became %+v", before, after)
		}
	})
}
