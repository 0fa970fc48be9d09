package campaign

import (
	"reflect"
	"slices"
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
		if rapid.Bool().Draw(t, "told") {
			f.Objections[0].Told = mustDate("2026-10-20").Time().AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "days"))
		}
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

// reach orders the routes by what they permit.
func reach(v Verdict) int {
	return map[Route]int{RouteNone: 0, RouteOnsite: 1, RouteLetter: 2, RouteEmail: 3}[v.Route]
}

// TestNoNewNoOpensADoor: nothing that speaks against a person adds a route, or makes a wider one of a narrow
// one.
func TestNoNewNoOpensADoor(t *testing.T) {
	t.Parallel()
	darker := map[string]func(*Facts, *Standing){
		"opt-out": func(f *Facts, _ *Standing) {
			f.Objections = append(f.Objections, Objection{Kind: "optout", Scope: "all"})
		},
		"dated no": func(f *Facts, _ *Standing) {
			f.Objections = append(f.Objections, Objection{Kind: "no", At: mustDate("2024-01-01")})
		},
		"no post": func(f *Facts, _ *Standing) {
			f.Objections = append(f.Objections, Objection{Kind: "optout", Scope: "post"})
		},
		"complaint":  func(f *Facts, _ *Standing) { f.Complaint = true },
		"minor":      func(f *Facts, _ *Standing) { f.Minor = true },
		"deceased":   func(f *Facts, _ *Standing) { f.Deceased = true },
		"bounce":     func(f *Facts, _ *Standing) { f.Bounce = "hard" },
		"erasure":    func(f *Facts, _ *Standing) { f.Erasure = true },
		"restricted": func(f *Facts, _ *Standing) { f.Restricted = true },
		"listed":     func(f *Facts, _ *Standing) { f.ExternalLists = []string{"robinson"} },
		"moved":      func(f *Facts, _ *Standing) { f.AddressChanged = true },
		"bought":     func(f *Facts, _ *Standing) { f.Origins = union(f.Origins, []string{"purchased"}) },
		"dead":       func(_ *Facts, s *Standing) { s.Dead = &DeadDomain{Since: day} },
		"suppressed": func(_ *Facts, s *Standing) { s.Suppressed = SuppressObjection },
	}
	rapid.Check(t, func(t *rapid.T) {
		c, s := anyContact(t), anyStanding(t)
		before := Audit(c, s, shop(), day)
		for name, change := range darker {
			d, r := c, s
			d.Facts.Objections = append([]Objection{}, c.Facts.Objections...)
			change(&d.Facts, &r)
			after := Audit(d, r, shop(), day)
			if reach(after) > reach(before) || after.Class == OptedIn && before.Class != OptedIn {
				t.Fatalf("%s opened a door for %+v: %+v", name, before, after)
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

// TestUnknownNeverHelps: what speaks for a person and is not known leads to no better verdict than when it is
// known. What speaks against them is a fact only when it is stated.
func TestUnknownNeverHelps(t *testing.T) {
	t.Parallel()
	blankClaim := map[string]func(*Claim){
		"date": func(c *Claim) { c.At = Date{} }, "source": func(c *Claim) { c.Source = "" }, "text": func(c *Claim) { c.Text = "" }, "proof": func(c *Claim) { c.Proof = "" },
		"click": func(c *Claim) { c.DoubleAt = Date{} },
		"method": func(c *Claim) {
			if c.act() {
				c.Method = ""
			}
		},
		"bundled": func(c *Claim) {
			if c.Bundled == "no" {
				c.Bundled = ""
			}
		},
		"incentive": func(c *Claim) {
			if c.Incentive == "no" {
				c.Incentive = ""
			}
		},
		"purpose": func(c *Claim) {
			if c.Purpose == "newsletter" {
				c.Purpose = ""
			}
		},
		"controller": func(c *Claim) {
			if c.Controller == "Atelier Nord" {
				c.Controller = ""
			}
		},
		"channels": func(c *Claim) {
			if slices.Contains(c.Channels, "email") {
				c.Channels = nil
			}
		},
	}
	blank := map[string]func(*Contact){
		"country": func(c *Contact) { c.Country = "" }, "name": func(c *Contact) { c.FirstName, c.LastName = "", "" }, "street": func(c *Contact) { c.Address1 = "" },
		"job": func(c *Contact) { c.JobTitle = "" }, "company": func(c *Contact) { c.Company = "" },
		"origin": func(c *Contact) {
			if slices.Equal(c.Facts.Origins, []string{"own"}) {
				c.Facts.Origins = nil
			}
		},
		"offer":  func(c *Contact) { c.Facts.OppositionOffered = false },
		"market": func(c *Contact) { c.Facts.Market = "" },
		"customer": func(c *Contact) {
			v := view{f: &c.Facts}
			if v.customer() && !v.lastSale().Before(day.AddMonths(-defaultRetention)) { // one that ended long ago speaks against
				c.Facts.Relationship = ""
			}
		},
		"last inbound": func(c *Contact) { c.Facts.LastInbound = Date{} },
		"collected":    func(c *Contact) { c.Facts.Collected = Date{} },
		"recent message": func(c *Contact) {
			if !c.Facts.LastMarketing.Before(day.AddMonths(-pureSilenceMonths)) {
				c.Facts.LastMarketing = Date{}
			}
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		c := anyContact(t)
		known := anyClaim(t)
		if known.At.IsZero() || known.At.Before(gdprDay) {
			known.At = mustDate("2025-12-24") // an undated consent from before the GDPR is T-57's own affair
		}
		c.Facts.Claims = []Claim{known}
		before := Audit(c, Standing{}, shop(), day)
		helped := func(name string, d Contact) {
			after := Audit(d, Standing{}, shop(), day)
			// Of whoever's yes is proven nothing is to be asked, not even where no mailbox can be used; of a doubtful one it is.
			proven := before.Class == OptedIn || slices.Contains(before.Reasons, "Valid proof held; do not ask.")
			if after.Class == OptedIn && before.Class != OptedIn || reach(after) > reach(before) && !proven {
				t.Fatalf("without %s %+v became %+v", name, before, after)
			}
		}
		for name, change := range blankClaim {
			d, some := c, known
			change(&some)
			d.Facts.Claims = []Claim{some}
			helped(name, d)
		}
		for name, change := range blank {
			d := c
			change(&d)
			helped(name, d)
		}
	})
}

// TestTheOrderOfRowsNeverMatters: however the rows of one person stand in a file, the verdict is the same to
// the last word.
func TestTheOrderOfRowsNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := []Contact{anyContact(t), anyContact(t), anyContact(t)}
		s := anyStanding(t)
		want := Audit(Merge(Merge(rows[0], rows[1]), rows[2]), s, shop(), day)
		for _, order := range [][3]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			got := Audit(Merge(Merge(rows[order[0]], rows[order[1]]), rows[order[2]]), s, shop(), day)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("in the order %v %+v, else %+v", order, got, want)
			}
		}
	})
}

// The first day from which some months have not passed yet is found once, and says of each day what counting its
// months would.
func TestSinceAgreesWithCounting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		asOf := DayOf(rapid.Int64Range(0, 40_000).Draw(t, "as of"))
		a := newAuditor(Organisation{}, asOf)
		v := &view{a: a, asOf: asOf}
		for range 8 {
			months := rapid.SampledFrom([]int{0, 1, 3, 6, 13, 24, 36, 120}).Draw(t, "months")
			d := rapid.OneOf(rapid.Int64Range(0, 40_000), rapid.Custom(func(t *rapid.T) int64 {
				return asOf.AddMonths(-months).Day() + rapid.Int64Range(-5, 5).Draw(t, "beside")
			})).Draw(t, "day")
			day := DayOf(d)
			passed := asOf.After(day.AddMonths(months))
			if v.within(day, months) == passed || v.older(day, months) != passed {
				t.Fatalf("%v and %d months on %v: passed is %v", day, months, asOf, passed)
			}
		}
		if v.within(Date{}, 1) || v.older(Date{}, 1) {
			t.Fatal("a day that is not known is in time, or over")
		}
	})
}

// The same for the retention and its grace, which are counted one after the other.
func TestKeptAgreesWithCounting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		asOf := DayOf(rapid.Int64Range(0, 40_000).Draw(t, "as of"))
		days := rapid.IntRange(0, 400).Draw(t, "days")
		o := Organisation{RetentionMonths: rapid.IntRange(0, 120).Draw(t, "months"), FrenchGraceDays: &days}
		v := &view{a: newAuditor(o, asOf), o: &o, asOf: asOf}
		for range 8 {
			day := DayOf(rapid.OneOf(rapid.Int64Range(0, 40_000), rapid.Custom(func(t *rapid.T) int64 {
				return asOf.AddDays(-o.grace()).AddMonths(-o.retention()).Day() + rapid.Int64Range(-5, 5).Draw(t, "beside")
			})).Draw(t, "day"))
			if over := asOf.After(day.AddMonths(o.retention()).AddDays(o.grace())); v.kept(day) == over {
				t.Fatalf("%v with %d months and %d days on %v: over is %v", day, o.retention(), o.grace(), asOf, over)
			}
		}
		if v.kept(Date{}) {
			t.Fatal("a day that is not known is kept")
		}
	})
}
