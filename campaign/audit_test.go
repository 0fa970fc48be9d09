package campaign

import (
	"strings"
	"testing"
)

var day = mustDate("2026-11-01")

func mustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

// shop is a French organisation with P1 signed for France, and every optional fact stated.
func shop() Organisation {
	return Organisation{Name: "Atelier Nord", LegalName: "Atelier Nord SAS", Brands: []string{"Nordlys"}, Country: "FR", Email: "bonjour@atelier-nord.example",
		Kind: "company", SimilarToPurchases: yes(), B2BSubject: "architecte", SuccessorOf: []string{"Papeterie Sud"},
		Purposes: []Purpose{{Key: "newsletter", Title: map[string]string{"fr": "Notre lettre", "en": "Our letter"}}},
		Policies: map[string]Policy{"FR": {Mode: P1, Justification: "fin de conservation", ApprovedBy: "dpo", ApprovedAt: day}}}
}

// someone is a French prospect with a postal address and a consent that lacks its wording: T-50.
func someone() Contact {
	return Contact{Email: "lea.martin@courrier.example", FirstName: "Léa", LastName: "Martin", Address1: "3 quai Vert", PostalCode: "44000", City: "Nantes", Country: "FR",
		Facts: Facts{Market: "b2c", Relationship: "prospect", LastInbound: mustDate("2026-05-02"), Collected: mustDate("2025-03-01"), LastMarketing: mustDate("2026-09-01"),
			Origins: []string{"own"}, Claims: []Claim{{Status: "yes", At: mustDate("2026-02-03"), Method: "unticked_box", Source: "boutique", Channels: []string{"email"},
				Bundled: "no", Incentive: "no", Purpose: "newsletter", Controller: "Atelier Nord"}}}}
}

// sure is someone with full proof: T-30.
func sure() Contact {
	c := someone()
	c.Facts.Claims[0].Text = "J'accepte de recevoir la lettre."
	return c
}

// buyer is a customer whose soft opt-in can be shown: T-40.
func buyer() Contact {
	c := someone()
	c.Facts.Claims, c.Facts.Relationship, c.Facts.LastPurchase, c.Facts.OppositionOffered = nil, "customer", mustDate("2026-01-10"), true
	return c
}

// colleague is a named professional: T-44.
func colleague() Contact {
	c := someone()
	c.Email, c.JobTitle, c.Company = "lea.martin@cabinet-martin.example", "Architecte associée", "Cabinet Martin"
	c.Facts.Claims, c.Facts.Market, c.Facts.OppositionOffered = nil, "b2b", true
	return c
}

type verdictCase struct {
	name   string
	from   func() Contact
	change func(*Contact)
	s      Standing
	org    func(*Organisation)
	code   string
	class  Class
	route  Route
}

func TestDecisionTable(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, group := range [][]verdictCase{recordCases, identityCases, stopCases, deliveryCases, basisCases, relationCases, doubtCases} {
		for _, tc := range group {
			c, o := tc.from(), shop()
			if tc.change != nil {
				tc.change(&c)
			}
			if tc.org != nil {
				tc.org(&o)
			}
			v := Audit(c, tc.s, o, day)
			if v.Code != tc.code || v.Class != tc.class || v.Route != tc.route {
				t.Errorf("%s: got %s %s %s %v, want %s %s %s", tc.name, v.Code, v.Class, v.Route, v.Reasons, tc.code, tc.class, tc.route)
			}
			if len(v.Reasons) == 0 || strings.Contains(strings.Join(v.Reasons, ""), "%") {
				t.Errorf("%s: reasons %q", tc.name, v.Reasons)
			}
			seen[tc.code]++
			for _, mark := range strings.Fields(tc.name) {
				if strings.HasPrefix(mark, "T-") && mark != tc.code {
					seen[mark]++
				}
			}
		}
	}
	o := shop()
	for _, r := range table() {
		// T-69 is the safety net: one way into it is known.
		if want := map[bool]int{true: 1, false: 2}[r.code == "T-69"]; r.lacks(&o) == "" && r.code != "T-67" && seen[r.code] < want {
			t.Errorf("%s has %d cases, want %d", r.code, seen[r.code], want)
		}
	}
}

var recordCases = []verdictCase{
	{name: "yes given", from: someone, s: Standing{Answer: Granted, AnsweredAt: day}, code: "T-00", class: OptedIn, route: RouteNone},
	{name: "yes given counts before an imported no", from: someone, s: Standing{Answer: Granted}, change: optOut("all"), code: "T-00", class: OptedIn, route: RouteNone},
	{name: "yes given, then put on the list", from: someone, s: Standing{Answer: Granted, Suppressed: SuppressManual}, code: "T-04", class: OptedOut, route: RouteNone},
	{name: "no given", from: sure, s: Standing{Answer: Declined, Asked: true}, code: "T-00", class: OptedOut, route: RouteNone},
	{name: "withdrawn", from: sure, s: Standing{Answer: Withdrawn}, code: "T-00", class: OptedOut, route: RouteNone},
	{name: "objected", from: someone, s: Standing{Asked: true, Suppressed: SuppressObjection}, code: "T-00", class: OptedOut, route: RouteNone},
	{name: "asked, last day", from: someone, s: Standing{Asked: true, AskedAt: day, Deadline: day}, code: "T-00", class: Doubtful, route: RouteNone},
	{name: "asked, silent", from: someone, s: Standing{Asked: true, Deadline: day.AddDays(-1)}, code: "T-00", class: Unusable, route: RouteNone},
	{name: "asked, closed early", from: someone, s: Standing{Asked: true, Deadline: day.AddDays(9), Closed: true}, code: "T-00", class: Unusable, route: RouteNone},
	{name: "asked to refresh, silent", from: sure, s: Standing{Asked: true, Deadline: day.AddDays(-1)}, code: "T-00", class: OptedIn, route: RouteNone},
	{name: "asked, mailbox dead", from: someone, s: Standing{Asked: true, Suppressed: SuppressBounce}, code: "T-00", class: Unusable, route: RouteNone},
}

func optOut(scope string) func(*Contact) {
	return func(c *Contact) {
		c.Facts.Objections = append(c.Facts.Objections, Objection{Kind: "optout", At: mustDate("2026-06-01"), Scope: scope})
	}
}

var identityCases = []verdictCase{
	{name: "T-02 merged rows", from: someone, change: func(c *Contact) { c.MergedIDs = []string{"9"} }, code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "T-02 merged rows, proven", from: sure, change: func(c *Contact) { c.MergedIDs = []string{"9"} }, code: "T-30", class: OptedIn, route: RouteNone},
	{name: "T-06 no to telephone", from: someone, change: optOut("phone"), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "T-06 no to post closes the letter", from: someone, change: func(c *Contact) { optOut("post")(c); c.Country = "DE" }, code: "T-51", class: Doubtful, route: RouteOnsite},
	{name: "T-14 partner that named us, with proof", from: sure, change: func(c *Contact) { c.Facts.Origins = []string{"partner_named"} }, code: "T-30", class: OptedIn, route: RouteNone},
	{name: "T-14 partner without proof", from: someone, change: func(c *Contact) { c.Facts.Origins = []string{"partner_named"} }, code: "T-13", class: Unusable, route: RouteNone},
	{name: "proven yes after a dated no", from: sure, change: func(c *Contact) { c.Facts.Objections = []Objection{{"optout", mustDate("2025-12-01"), "all"}} }, code: "T-21", class: Doubtful, route: RouteNone},
	{name: "proven yes after a withdrawal", from: sure, change: func(c *Contact) { c.Facts.Objections = []Objection{{"withdrawn", mustDate("2026-02-02"), ""}} }, code: "T-21", class: Doubtful, route: RouteNone},
	{name: "proven yes of the same day", from: sure, change: func(c *Contact) { c.Facts.Objections = []Objection{{"no", mustDate("2026-02-03"), ""}} }, code: "T-03", class: OptedOut, route: RouteNone},
	{name: "proven yes after an undated no", from: sure, change: func(c *Contact) { c.Facts.Objections = []Objection{{"no", Date{}, ""}} }, code: "T-03", class: OptedOut, route: RouteNone},
}

var stopCases = []verdictCase{
	{name: "opt-out", from: sure, change: optOut("all"), code: "T-03", class: OptedOut, route: RouteNone},
	{name: "opt-out of unclear scope", from: someone, change: optOut(""), code: "T-03", class: OptedOut, route: RouteNone},
	{name: "suppressed by hand", from: someone, s: Standing{Suppressed: SuppressManual}, code: "T-04", class: OptedOut, route: RouteNone},
	{name: "suppressed through an alias", from: sure, s: Standing{Suppressed: SuppressObjection}, code: "T-04", class: OptedOut, route: RouteNone},
	{name: "complaint", from: sure, change: func(c *Contact) { c.Facts.Complaint = true }, code: "T-05", class: OptedOut, route: RouteNone},
	{name: "complaint of a doubtful person", from: someone, change: func(c *Contact) { c.Facts.Complaint = true }, code: "T-05", class: OptedOut, route: RouteNone},
	{name: "erasure asked for", from: sure, change: func(c *Contact) { c.Facts.Erasure = true }, code: "T-07", class: Unusable, route: RouteNone},
	{name: "erased before", from: sure, s: Standing{Suppressed: SuppressErasure}, code: "T-07", class: Unusable, route: RouteNone},
	{name: "deceased", from: sure, change: func(c *Contact) { c.Facts.Deceased = true }, code: "T-08", class: Unusable, route: RouteNone},
	{name: "deceased customer", from: buyer, change: func(c *Contact) { c.Facts.Deceased = true }, code: "T-08", class: Unusable, route: RouteNone},
	{name: "minor", from: sure, change: func(c *Contact) { c.Facts.Minor = true }, code: "T-09", class: Unusable, route: RouteNone},
	{name: "minor, doubtful", from: someone, change: func(c *Contact) { c.Facts.Minor = true }, code: "T-09", class: Unusable, route: RouteNone},
	{name: "employee", from: sure, change: func(c *Contact) { c.Facts.Relationship = "employee" }, code: "T-10", class: Unusable, route: RouteNone},
	{name: "own domain", from: sure, change: func(c *Contact) { c.Email = "lea@atelier-nord.example" }, code: "T-10", class: Unusable, route: RouteNone},
	{name: "on a Robinson list", from: someone, change: func(c *Contact) { c.Facts.ExternalLists = []string{"robinson"} }, code: "T-11", class: OptedOut, route: RouteNone},
	{name: "on a Robinson list, customer", from: buyer, change: func(c *Contact) { c.Facts.ExternalLists = []string{"ecg"} }, code: "T-11", class: OptedOut, route: RouteNone},
	{name: "on a Robinson list with express consent", from: sure, change: func(c *Contact) { c.Facts.ExternalLists = []string{"robinson"} }, code: "T-30", class: OptedIn, route: RouteNone},
	{name: "asked under another address", from: someone, s: Standing{OtherAsked: true, OtherAskedAt: day}, code: "T-12", class: Unusable, route: RouteNone},
	{name: "asked under another address, day unknown", from: sure, s: Standing{OtherAsked: true}, code: "T-12", class: Unusable, route: RouteNone},
	{name: "bought list", from: sure, change: func(c *Contact) { c.Facts.Origins = []string{"own", "purchased"} }, code: "T-13", class: Unusable, route: RouteNone},
	{name: "scraped, without mailbox", from: someone, change: func(c *Contact) { c.Facts.Origins, c.Email = []string{"scraped"}, "" }, code: "T-13", class: Unusable, route: RouteNone},
	{name: "undated yes beside an unknown", from: someone, change: func(c *Contact) {
		c.Facts.Claims[0].At = Date{}
		c.Facts.Claims = append(c.Facts.Claims, Claim{Status: "unknown"})
	}, code: "T-20", class: Doubtful, route: RouteNone},
	{name: "yes beside an unknown", from: someone, change: func(c *Contact) { c.Facts.Claims = append(c.Facts.Claims, Claim{Status: "unknown"}) }, code: "T-20", class: Doubtful, route: RouteNone},
	{name: "public authority", from: sure, org: func(o *Organisation) { o.Kind = "public_authority" }, code: "T-68", class: Doubtful, route: RouteNone},
	{name: "employer", from: someone, org: func(o *Organisation) { o.Kind = "employer" }, code: "T-68", class: Doubtful, route: RouteNone},
}

func noPost(c *Contact) { c.Address1, c.City = "", "" }

var deliveryCases = []verdictCase{
	{name: "no mailbox", from: someone, change: func(c *Contact) { c.Email = "" }, code: "T-01", class: Doubtful, route: RouteLetter},
	{name: "no mailbox, no street", from: someone, change: func(c *Contact) { c.Email, c.BadEmail = "", "rien"; noPost(c) }, code: "T-01", class: Unusable, route: RouteNone},
	{name: "no mailbox, proven", from: sure, change: func(c *Contact) { c.Email = "" }, code: "T-01", class: Unusable, route: RouteNone},
	{name: "no mailbox, opted out", from: someone, change: func(c *Contact) { c.Email = ""; optOut("all")(c) }, code: "T-03", class: OptedOut, route: RouteNone},
	{name: "no mailbox, no basis", from: someone, change: func(c *Contact) { c.Email, c.Facts.Claims = "", nil }, code: "T-59", class: Unusable, route: RouteNone},
	{name: "mailbox needs SMTPUTF8", from: someone, change: func(c *Contact) { c.Email = "léa@courrier.example" }, code: "T-66", class: Doubtful, route: RouteLetter},
	{name: "mailbox needs SMTPUTF8, no street", from: someone, change: func(c *Contact) { c.Email = "léa@courrier.example"; noPost(c) }, code: "T-66", class: Unusable, route: RouteNone},
	{name: "hard bounce", from: someone, change: func(c *Contact) { c.Facts.Bounce = "hard" }, code: "T-15", class: Doubtful, route: RouteLetter},
	{name: "hard bounce, no street", from: someone, change: func(c *Contact) { c.Facts.Bounce = "hard"; noPost(c) }, code: "T-15", class: Unusable, route: RouteNone},
	{name: "bounced for us", from: someone, s: Standing{Suppressed: SuppressBounce}, code: "T-15", class: Doubtful, route: RouteLetter},
	{name: "soft bounce", from: someone, change: func(c *Contact) { c.Facts.Bounce = "soft" }, code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "throw-away", from: someone, change: func(c *Contact) { c.Email = "x@mailinator.com" }, code: "T-16", class: Unusable, route: RouteNone},
	{name: "throw-away, proven", from: sure, change: func(c *Contact) { c.Email = "x@yopmail.com" }, code: "T-16", class: Unusable, route: RouteNone},
	{name: "technical", from: sure, change: func(c *Contact) { c.Email = "postmaster@firme.example" }, code: "T-18", class: Unusable, route: RouteNone},
	{name: "typo domain", from: someone, change: func(c *Contact) { c.Email = "lea@gmial.com" }, code: "T-18", class: Unusable, route: RouteNone},
	{name: "never active, long unmailed", from: someone, change: func(c *Contact) {
		c.Facts.LastInbound, c.Facts.LastMarketing = Date{}, mustDate("2024-01-01")
	}, code: "T-18", class: Doubtful, route: RouteNone},
	{name: "role", from: sure, change: func(c *Contact) { c.Email = "info@firme.example"; c.Country = "DE" }, code: "T-17", class: Unusable, route: RouteNone},
	{name: "role at a company in France, business subject", from: sure, change: func(c *Contact) { c.Email = "contact+x@firme.example" }, code: "T-17", class: Unusable, route: RouteNone},
	{name: "no date", from: someone, change: func(c *Contact) {
		c.Facts.LastInbound, c.Facts.Collected, c.Facts.Claims[0].At = Date{}, Date{}, Date{}
		c.Facts.LastMarketing = Date{}
	}, code: "T-23", class: Unusable, route: RouteNone},
	{name: "no date, no claim", from: someone, change: func(c *Contact) {
		c.Facts.LastInbound, c.Facts.Collected, c.Facts.LastMarketing, c.Facts.Claims = Date{}, Date{}, Date{}, nil
	}, code: "T-23", class: Unusable, route: RouteNone},
	{name: "expired by a day", from: someone, change: expire(day.AddDays(-91).AddMonths(-36)), code: "T-22", class: Unusable, route: RouteNone},
	{name: "last day of grace", from: someone, change: expire(day.AddDays(-90).AddMonths(-36)), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "customer, long ended", from: buyer, change: func(c *Contact) {
		c.Facts.Relationship, c.Facts.LastPurchase, c.Facts.RelationEnd = "former_customer", mustDate("2021-01-01"), mustDate("2022-01-01")
	}, code: "T-22", class: Unusable, route: RouteNone},
}

func expire(last Date) func(*Contact) {
	return func(c *Contact) {
		c.Facts.LastInbound, c.Facts.Collected, c.Facts.Claims[0].At = last, last.AddMonths(-12), last.AddMonths(-2)
	}
}

func claim(change func(*Claim)) func(*Contact) {
	return func(c *Contact) { change(&c.Facts.Claims[0]) }
}

var basisCases = []verdictCase{
	{name: "address changed", from: sure, change: func(c *Contact) { c.Facts.AddressChanged = true }, code: "T-34", class: Unusable, route: RouteNone},
	{name: "address changed, doubtful", from: someone, change: func(c *Contact) { c.Facts.AddressChanged = true }, code: "T-34", class: Unusable, route: RouteNone},
	{name: "address changed, nothing claimed", from: buyer, change: func(c *Contact) { c.Facts.AddressChanged = true }, code: "T-40", class: Doubtful, route: RouteEmail},
	{name: "T-33 predecessor", from: sure, change: claim(func(c *Claim) { c.Controller = "papeterie  SUD" }), code: "T-31", class: OptedIn, route: RouteEmail},
	{name: "T-33 predecessor, doubtful", from: someone, change: claim(func(c *Claim) { c.Controller = "Papeterie Sud" }), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "old silence in Germany", from: sure, change: func(c *Contact) {
		c.Country, c.Facts.Claims[0].At, c.Facts.LastMarketing = "DE", mustDate("2024-06-01"), mustDate("2024-07-01")
	}, code: "T-31b", class: Doubtful, route: RouteLetter},
	{name: "old silence in Austria, no street", from: sure, change: func(c *Contact) {
		noPost(c)
		c.Country, c.Facts.Claims[0].At, c.Facts.LastMarketing = "AT", mustDate("2024-06-01"), Date{}
	}, code: "T-31b", class: Doubtful, route: RouteOnsite},
	{name: "old silence in Germany, marketing as a whole", from: sure, change: func(c *Contact) {
		c.Country, c.Facts.Claims[0].At, c.Facts.LastMarketing, c.Facts.Claims[0].Purpose = "DE", mustDate("2024-06-01"), mustDate("2024-07-01"), "marketing"
	}, code: "T-31b", class: Doubtful, route: RouteLetter},
	{name: "old proof", from: sure, change: claim(func(c *Claim) { c.At = mustDate("2023-10-31") }), code: "T-31", class: OptedIn, route: RouteEmail},
	{name: "two silent years", from: sure, change: func(c *Contact) { c.Facts.Claims[0].At, c.Facts.LastMarketing = mustDate("2024-10-31"), Date{} }, code: "T-31", class: OptedIn, route: RouteEmail},
	{name: "valid", from: sure, code: "T-30", class: OptedIn, route: RouteNone},
	{name: "valid by double opt-in log", from: someone, change: claim(func(c *Claim) { c.DoubleAt, c.Proof, c.Method = c.At, "log-7", "double_opt_in" }), code: "T-30", class: OptedIn, route: RouteNone},
	{name: "brand without case and accents, title as purpose", from: sure, change: claim(func(c *Claim) { c.Controller, c.Purpose = "NORDLYS", "notre  LETTRE" }), code: "T-30", class: OptedIn, route: RouteNone},
	{name: "latest proof counts beside a pre-ticked box", from: sure, change: func(c *Contact) {
		c.Facts.Claims = append(c.Facts.Claims, Claim{Status: "yes", Method: "preticked_box"})
	}, code: "T-30", class: OptedIn, route: RouteNone},
	{name: "covers marketing as a whole", from: sure, change: claim(func(c *Claim) { c.Purpose = "Prospection commerciale" }), code: "T-32", class: OptedIn, route: RouteEmail},
	{name: "covers marketing, predecessor", from: sure, change: claim(func(c *Claim) { c.Purpose, c.Controller = "marketing", "Papeterie Sud" }), code: "T-32", class: OptedIn, route: RouteEmail},
	{name: "another purpose", from: sure, change: claim(func(c *Claim) { c.Purpose = "suivi de commande" }), code: "T-59", class: Unusable, route: RouteNone},
	{name: "another controller", from: sure, change: claim(func(c *Claim) { c.Controller = "Autre SA" }), code: "T-59", class: Unusable, route: RouteNone},
	{name: "Canadian inquiry", from: someone, change: func(c *Contact) { c.Country, c.Facts.Claims = "CA", nil }, code: "T-64", class: Doubtful, route: RouteEmail},
	{name: "Canadian purchase", from: buyer, change: func(c *Contact) { c.Country, c.Facts.LastInbound = "CA", Date{} }, code: "T-64", class: Doubtful, route: RouteEmail},
}

var relationCases = []verdictCase{
	{name: "customer", from: buyer, code: "T-40", class: Doubtful, route: RouteEmail},
	{name: "customer in Germany", from: buyer, change: func(c *Contact) { c.Country = "DE" }, code: "T-40", class: Doubtful, route: RouteEmail},
	{name: "customer in Ireland, a year on", from: buyer, change: func(c *Contact) {
		c.Country, c.Facts.LastPurchase, c.Facts.LastMarketing = "IE", mustDate("2025-10-31"), Date{}
	}, code: "T-41", class: Doubtful, route: RouteLetter},
	{name: "British charity", from: buyer, change: func(c *Contact) {
		c.Country, c.Facts.Collected, c.Facts.Relationship = "GB", mustDate("2026-03-01"), "lead"
	},
		org: func(o *Organisation) { o.Kind = "charity" }, code: "T-43", class: Doubtful, route: RouteEmail},
	{name: "British charity, first day", from: buyer, change: func(c *Contact) {
		c.Country, c.Facts.Collected, c.Facts.Relationship = "GB", mustDate("2026-02-05"), "lead"
	},
		org: func(o *Organisation) { o.Kind = "charity" }, code: "T-43", class: Doubtful, route: RouteEmail},
	{name: "British company", from: colleague, change: func(c *Contact) { c.Country, c.Company = "GB", "Martin Ltd." }, code: "T-46", class: Doubtful, route: RouteEmail},
	{name: "British partnership", from: colleague, change: func(c *Contact) { c.Country, c.Company = "GB", "Martin & Co LLP" }, code: "T-46", class: Doubtful, route: RouteEmail},
	{name: "T-45 professional in Germany", from: colleague, change: func(c *Contact) { c.Country = "DE" }, code: "T-59", class: Unusable, route: RouteNone},
	{name: "T-45 professional in Poland", from: colleague, change: func(c *Contact) { c.Country = "PL" }, code: "T-59", class: Unusable, route: RouteNone},
	{name: "T-47 free mail", from: colleague, change: func(c *Contact) { c.Email = "lea@gmail.com" }, code: "T-59", class: Unusable, route: RouteNone},
	{name: "T-47 free mail in Ireland", from: colleague, change: func(c *Contact) { c.Email, c.Country = "lea@gmail.com", "IE" }, code: "T-59", class: Unusable, route: RouteNone},
	{name: "professional", from: colleague, code: "T-44", class: Doubtful, route: RouteEmail},
	{name: "professional in Ireland", from: colleague, change: func(c *Contact) { c.Country = "IE" }, code: "T-44", class: Doubtful, route: RouteEmail},
	{name: "professional of another trade", from: colleague, change: func(c *Contact) { c.JobTitle = "Boulanger" }, code: "T-59", class: Unusable, route: RouteNone},
}

var doubtCases = []verdictCase{
	{name: "United States", from: someone, change: func(c *Contact) { c.Country, c.Facts.Claims = "US", nil }, code: "T-52", class: Doubtful, route: RouteEmail},
	{name: "United States, pre-ticked", from: someone, change: func(c *Contact) { c.Country, c.Facts.Claims[0].Method = "US", "preticked_box" }, code: "T-52", class: Doubtful, route: RouteEmail},
	{name: "United States, inferred only", from: someone, change: func(c *Contact) { c.Country, c.Inferred, c.Facts.Claims = "US", true, nil }, code: "T-59", class: Unusable, route: RouteNone},
	{name: "never confirmed", from: someone, change: claim(func(c *Claim) { c.Status = "pending" }), code: "T-58", class: Unusable, route: RouteNone},
	{name: "never confirmed, with text", from: sure, change: claim(func(c *Claim) { c.Status = "pending" }), code: "T-58", class: Unusable, route: RouteNone},
	{name: "pre-ticked", from: sure, change: claim(func(c *Claim) { c.Method = "preticked_box" }), code: "T-53", class: Doubtful, route: RouteLetter},
	{name: "pre-ticked, no street", from: someone, change: func(c *Contact) { c.Facts.Claims[0].Method = "preticked_box"; noPost(c) }, code: "T-53", class: Unusable, route: RouteNone},
	{name: "bundled", from: sure, change: claim(func(c *Claim) { c.Bundled = "yes" }), code: "T-54", class: Doubtful, route: RouteLetter},
	{name: "bundled, no street", from: someone, change: func(c *Contact) { c.Facts.Claims[0].Bundled = "yes"; noPost(c) }, code: "T-54", class: Unusable, route: RouteNone},
	{name: "rewarded", from: sure, change: claim(func(c *Claim) { c.Incentive = "yes" }), code: "T-55", class: Doubtful, route: RouteLetter},
	{name: "rewarded, no street", from: someone, change: func(c *Contact) { c.Facts.Claims[0].Incentive = "yes"; noPost(c) }, code: "T-55", class: Unusable, route: RouteNone},
	{name: "post only", from: someone, change: claim(func(c *Claim) { c.Channels = []string{"post"} }), code: "T-61", class: Doubtful, route: RouteLetter},
	{name: "post and SMS, no street", from: someone, change: func(c *Contact) { c.Facts.Claims[0].Channels = []string{"post", "sms"}; noPost(c) }, code: "T-61", class: Doubtful, route: RouteOnsite},
	{name: "T-62 SMS only", from: someone, change: claim(func(c *Claim) { c.Channels = []string{"sms"} }), code: "T-59", class: Unusable, route: RouteNone},
	{name: "T-62 SMS only, proven", from: sure, change: claim(func(c *Claim) { c.Channels = []string{"sms"} }), code: "T-59", class: Unusable, route: RouteNone},
	{name: "T-63 telephone only", from: someone, change: func(c *Contact) { c.Email, c.Phone = "", "+33600000000"; noPost(c) }, code: "T-01", class: Unusable, route: RouteNone},
	{name: "T-63 telephone and dead mailbox", from: someone, change: func(c *Contact) { c.Phone, c.Facts.Bounce = "+33600000000", "hard"; noPost(c) }, code: "T-15", class: Unusable, route: RouteNone},
	{name: "before the GDPR", from: someone, change: claim(func(c *Claim) { c.At, c.Purpose = mustDate("2017-05-01"), "" }), code: "T-57", class: Unusable, route: RouteNone},
	{name: "eve of the GDPR", from: someone, change: claim(func(c *Claim) { c.At, c.Purpose = mustDate("2018-05-24"), "marketing" }), code: "T-57", class: Unusable, route: RouteNone},
	{name: "before the GDPR, purpose named", from: someone, change: claim(func(c *Claim) { c.At = mustDate("2017-05-01") }), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "T-60 by telephone", from: someone, change: claim(func(c *Claim) { c.Method = "oral" }), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "T-60 by telephone, with text", from: sure, change: claim(func(c *Claim) { c.Method = "oral" }), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "probable", from: someone, code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "click record only", from: someone, change: claim(func(c *Claim) { c.At, c.Source, c.DoubleAt = Date{}, "", mustDate("2026-02-03") }), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "bundling not known", from: sure, change: claim(func(c *Claim) { c.Bundled = "" }), code: "T-50", class: Doubtful, route: RouteEmail},
	{name: "P2", from: someone, change: func(c *Contact) { c.Country = "DE" }, code: "T-51", class: Doubtful, route: RouteLetter},
	{name: "country unknown, no street", from: someone, change: func(c *Contact) { c.Country = ""; noPost(c) }, code: "T-51", class: Doubtful, route: RouteOnsite},
	{name: "P1 not signed", from: someone, org: func(o *Organisation) {
		o.Policies = map[string]Policy{"FR": {Mode: P1, ApprovedBy: "dpo", ApprovedAt: day}}
	}, code: "T-51", class: Doubtful, route: RouteLetter},
	{name: "customer without the offer", from: buyer, change: func(c *Contact) { c.Facts.OppositionOffered = false }, code: "T-41", class: Doubtful, route: RouteLetter},
	{name: "customer without the offer, with a sign", from: buyer, change: func(c *Contact) {
		c.Facts.OppositionOffered, c.Facts.Claims = false, []Claim{{Status: "unknown", At: mustDate("2026-01-10"), Source: "caisse"}}
	}, code: "T-41", class: Doubtful, route: RouteEmail},
	{name: "customer of other products", from: buyer, org: func(o *Organisation) { o.SimilarToPurchases = no() }, code: "T-42", class: Doubtful, route: RouteLetter},
	{name: "customer of other products, no street", from: buyer, change: noPost, org: func(o *Organisation) { o.SimilarToPurchases = no() }, code: "T-42", class: Doubtful, route: RouteOnsite},
	{name: "Canada, nothing left", from: someone, change: canadian, code: "T-65", class: Doubtful, route: RouteLetter},
	{name: "Canada, nothing left, no street", from: someone, change: func(c *Contact) { canadian(c); noPost(c) }, code: "T-65", class: Unusable, route: RouteNone},
	{name: "nothing", from: someone, change: func(c *Contact) { c.Facts.Claims = nil }, code: "T-59", class: Unusable, route: RouteNone},
	{name: "a flag without source and date", from: someone, change: claim(func(c *Claim) { c.At, c.Source = Date{}, "" }), code: "T-59", class: Unusable, route: RouteNone},
	{name: "nothing, letters documented", from: someone, change: func(c *Contact) { c.Facts.Claims = nil }, org: func(o *Organisation) { o.Policies = map[string]Policy{"FR": {Post: true}} }, code: "T-59", class: Doubtful, route: RouteLetter},
	{name: "indicium, but the person's last act is long ago", from: someone, change: func(c *Contact) {
		c.Facts.Claims[0].At, c.Facts.LastInbound, c.Facts.Collected, c.Facts.LastMarketing = mustDate("2020-01-01"), Date{}, mustDate("2026-01-01"), Date{}
	}, code: "T-69", class: Doubtful, route: RouteNone},
}

func canadian(c *Contact) {
	c.Country, c.Facts.Claims, c.Facts.LastInbound = "CA", nil, mustDate("2026-01-01")
}

func TestMostProtectiveClaimStands(t *testing.T) {
	t.Parallel()
	c := someone()
	c.Facts.Claims = append(c.Facts.Claims, Claim{Status: "yes", At: mustDate("2026-03-01"), Method: "preticked_box"})
	if v := Audit(c, Standing{}, shop(), day); v.Code != "T-53" {
		t.Errorf("a pre-ticked box beside a probable consent: %+v", v)
	}
}

func TestRulesSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	open := map[string]bool{}
	for _, r := range Rules(Organisation{}) {
		if r.Code == "" || r.Condition == "" || r.Class == "" || r.Reason == "" || r.Source == "" {
			t.Errorf("incomplete row %+v", r)
		}
		if r.Evaluated != (r.Why == "") {
			t.Errorf("%s: evaluated %v, why %q", r.Code, r.Evaluated, r.Why)
		}
		open[r.Code] = !r.Evaluated
	}
	for _, code := range []string{"T-19", "T-33", "T-40", "T-41", "T-42", "T-43", "T-44", "T-56", "T-68"} {
		if !open[code] {
			t.Errorf("%s is evaluated though nobody stated its facts", code)
		}
	}
	const normative = "T-00 T-02 T-06 T-14 T-21 T-03 T-04 T-05 T-07 T-08 T-09 T-10 T-11 T-12 T-13 T-20 T-19 T-68 T-01 T-66 T-15 T-16 T-18 T-17 T-23 T-22 " +
		"T-34 T-33 T-31b T-31 T-30 T-32 T-64 T-40 T-43 T-46 T-45 T-47 T-44 T-52 T-58 T-53 T-54 T-55 T-61 T-62 T-63 T-56 T-57 T-60 T-50 T-51 T-41 T-42 T-65 T-59 T-67 T-69"
	var order []string
	for _, r := range Rules(shop()) {
		order = append(order, r.Code)
	}
	if got := strings.Join(order, " "); got != normative {
		t.Errorf("order\n%s\nwant\n%s", got, normative)
	}
}
