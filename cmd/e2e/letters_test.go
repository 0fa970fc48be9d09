package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// people are who a campaign asks by both routes: one with a mailbox, three without.
func people(now time.Time) string {
	day := func(days int) string { return now.AddDate(0, 0, -days).Format(time.DateOnly) }
	var b strings.Builder
	b.WriteString("external_id,email,first_name,last_name,address_line1,postal_code,city,country,language,relationship,market,list_origin,collected_at,last_inbound_at,consent_status,consent_at,consent_method,consent_source,purpose_at_collection,controller_at_collection,consent_channels,bundled,incentive\n")
	for n, who := range []string{"camille@place.example,Camille,Dupont", ",Rosa,Martin", ",Karim,Martin", ",Anna,Weiss"} {
		fmt.Fprintf(&b, "K%d,%s,%d place du Marché,67000,Strasbourg,FR,fr,prospect,b2c,own,%s,%s,yes,%s,unticked_box,site,newsletter,Maison Lumen,email,no,no\n", n, who, n+1, day(400), day(60), day(400))
	}
	return b.String()
}

// TestBothRoutes asks by mail and by letter in one campaign: the letters are printed and marked on the dashboard, one is
// answered by its code, and one comes back.
func TestBothRoutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.run("organisation", "apply", h.file("organisation.toml", today(t, "organisation.toml")))
	h.run("contacts", "import", h.file("people.csv", people(time.Now())))
	h.run("contacts", "audit")
	h.run("campaign", "create", h.file("both.toml", strings.Replace(h.run("campaign", "new", "both"), `routes = ["email"]`, `routes = ["email", "letter"]`, 1)))
	h.run("campaign", "approve", "both")
	h.serve()
	h.run("campaign", "start", "both", "--wait")
	v := h.enter(t, administrator)
	v.open("/admin/campaigns/both/letters")
	file, err := os.Open(v.downloads("section[aria-labelledby=print] button[value=csv]"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][3] != "code" {
		t.Fatalf("%v, %v", rows, err)
	}
	v.open("/admin/campaigns/both/letters") // the batch is there now, and can be printed again
	if pdf, err := os.ReadFile(v.downloads("article button[value=pdf]")); err != nil || !strings.HasPrefix(string(pdf), "%PDF-") {
		t.Errorf("no PDF: %v", err)
	}
	v.press("article button[value=posted]")

	r := h.visitor(t)
	r.open("/l")
	r.fill("#code", strings.ToLower(rows[1][3]))
	r.press("form button")
	r.reads()
	r.click("input[type=checkbox]")
	r.press("button[value=save]")
	if !ask[bool](r, `location.pathname.startsWith("/r/")`) {
		t.Errorf("no receipt after the code:\n%s", r.text("main"))
	}
	m := h.visitor(t)
	m.open(h.letters()[0].form)
	m.reads()
	m.press("button[value=refuse-all]")

	v.open("/admin/campaigns/both/letters")
	v.fill("#codes", rows[2][3])
	v.press("section[aria-labelledby=back] button")
	v.until(`document.querySelector("section[aria-labelledby=back] [role=status]")`)
	for who, w := range map[string]*tab{"the dashboard": v, "the one who typed the code": r, "the one who got mail": m} {
		if noise := w.quiet(); len(noise) > 0 {
			t.Errorf("noise before %s:\n%s", who, strings.Join(noise, "\n"))
		}
	}
	var s struct {
		Invitations, Letters map[string]int
		Responses            struct{ People, Granted, Refused int }
		Bounces              struct{ Hard int }
	}
	h.asked(&s, "campaign", "status", "both")
	if s.Invitations["sent"] != 4 || s.Letters["sent"] != 3 || s.Responses.People != 2 || s.Responses.Granted != 1 || s.Bounces.Hard != 1 {
		t.Errorf("%+v", s)
	}
	h.run("ledger", "verify")
}
