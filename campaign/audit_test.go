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
