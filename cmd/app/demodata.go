package app

import (
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// demoColumns are the columns of the made-up base, as a shop's CRM might export them.
var demoColumns = []string{"external_id", "email", "first_name", "last_name", "language", "country", "address_line1", "postal_code", "city",
	"market", "relationship", "collected_at", "last_inbound_at", "last_marketing_at", "list_origin", "consent_status", "consent_at", "consent_method",
	"consent_source", "purpose_at_collection", "controller_at_collection", "consent_channels", "consent_text", "consent_proof", "double_opt_in_at",
	"bundled", "incentive", "optout", "optout_at", "optout_scope", "complaint", "bounce", "bounce_at", "shop"}

var (
	demoFirst = []string{"Camille", "Jules", "Inès", "Hugo", "Zoé", "Malik", "Anaïs", "Oscar", "Léa", "Noé", "Emily", "George", "Olivia", "Arthur", "Grace", "Theo", "Søren", "Ada", "Björn", "Chloé"}
	demoLast  = []string{"Perrin", "Lemaître", "Dubois", "Nuñez", "Kowalski", "O'Brien", "Fontaine", "Walker", "Hughes", "Marchand", "Østberg", "Béranger", "Garcia", "Moreau", "Clarke", "D'Angelo", "Lefèvre", "Müller"}
	demoTowns = [][2]string{{"69003", "Lyon"}, {"35000", "Rennes"}, {"13006", "Marseille"}, {"59800", "Lille"}, {"67000", "Strasbourg"}, {"75011", "Paris"}}
	demoShops = []string{"Online", "Lyon Part-Dieu", "Rennes Centre", "Paris Bastille"}
)

// demoKind is one sort of person in the made-up base and its share in percent.
type demoKind struct {
	share int
	fill  func(row map[string]string, r *rand.Rand, today campaign.Date)
}

// demoKinds are what a base that grew for years holds. The first is the one that may be asked.
var demoKinds = []demoKind{
	{34, func(m map[string]string, r *rand.Rand, t campaign.Date) { demoYes(m, r, t) }},
	{22, demoProven},
	{9, func(m map[string]string, r *rand.Rand, t campaign.Date) {
		demoYes(m, r, t)
		m["optout"], m["optout_at"], m["optout_scope"] = "yes", ago(r, t, 10, 300), "all"
	}},
	{8, func(m map[string]string, r *rand.Rand, t campaign.Date) { m["consent_status"] = "unknown" }},
	{7, func(m map[string]string, r *rand.Rand, t campaign.Date) {
		demoYes(m, r, t)
		m["consent_method"] = "preticked_box"
	}},
	{6, func(m map[string]string, r *rand.Rand, t campaign.Date) {
		demoYes(m, r, t)
		m["bounce"], m["bounce_at"] = "hard", ago(r, t, 10, 300)
	}},
	{5, func(m map[string]string, r *rand.Rand, t campaign.Date) {
		demoYes(m, r, t)
		m["country"], m["language"] = "DE", "de"
	}},
	{4, func(m map[string]string, r *rand.Rand, t campaign.Date) {
		demoYes(m, r, t)
		m["list_origin"] = "purchased"
	}},
	{3, func(m map[string]string, r *rand.Rand, t campaign.Date) {
		demoYes(m, r, t)
		m["collected_at"], m["consent_at"], m["last_inbound_at"] = ago(r, t, 1700, 2200), ago(r, t, 1650, 1690), ago(r, t, 1400, 1600)
	}},
	{2, func(m map[string]string, r *rand.Rand, t campaign.Date) { demoYes(m, r, t); m["complaint"] = "yes" }},
}

// demoYes is a consent whose proof is incomplete: a date and a source, no wording.
func demoYes(m map[string]string, r *rand.Rand, today campaign.Date) {
	m["consent_status"], m["consent_method"] = "yes", "unticked_box"
	m["consent_at"] = ago(r, today, 200, 500)
	m["consent_source"] = []string{"website form", "shop form", "trade fair"}[r.IntN(3)]
	m["purpose_at_collection"], m["controller_at_collection"], m["consent_channels"] = "newsletter", demoName, "email"
	m["bundled"], m["incentive"] = "no", "no"
}

// demoProven is a consent with its proof: it need not be asked.
func demoProven(m map[string]string, r *rand.Rand, today campaign.Date) {
	demoYes(m, r, today)
	m["consent_method"], m["double_opt_in_at"] = "double_opt_in", m["consent_at"]
	m["consent_text"], m["consent_proof"] = "I agree to receive the newsletter by e-mail.", "log-"+m["external_id"]+".json"
	m["last_marketing_at"] = ago(r, today, 10, 90)
}

// ago is a day between from and to days before today.
func ago(r *rand.Rand, today campaign.Date, from, to int) string {
	return today.AddDays(-from - r.IntN(to-from)).String()
}

// writeDemoBase writes n made-up people as CSV. Every address is under a reserved name; no one
// exists. The same seed gives the same people.
func writeDemoBase(w io.Writer, n int, seed uint64, today campaign.Date) error {
	r := rand.New(rand.NewPCG(seed, 7))
	out := csv.NewWriter(w)
	if err := out.Write(demoColumns); err != nil {
		return err
	}
	for i := range n {
		m := demoPerson(r, i, today)
		row := make([]string, len(demoColumns))
		for c, name := range demoColumns {
			row[c] = m[name]
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func demoPerson(r *rand.Rand, i int, today campaign.Date) map[string]string {
	first, last := demoFirst[r.IntN(len(demoFirst))], demoLast[r.IntN(len(demoLast))]
	town := demoTowns[r.IntN(len(demoTowns))]
	m := map[string]string{
		"external_id": fmt.Sprintf("D%07d", i+1), "email": fmt.Sprintf("%s.%s%d@inbox%d.example", plain(first), plain(last), i+1, 1+r.IntN(4)),
		"first_name": first, "last_name": last, "language": []string{"fr", "fr", "en"}[r.IntN(3)], "country": "FR",
		"market": "b2c", "relationship": "prospect", "list_origin": "own", "shop": demoShops[r.IntN(len(demoShops))],
		"collected_at": ago(r, today, 500, 900), "last_inbound_at": ago(r, today, 20, 400),
	}
	if r.IntN(4) > 0 {
		m["address_line1"], m["postal_code"], m["city"] = fmt.Sprintf("%d rue des Tilleuls", 1+r.IntN(120)), town[0], town[1]
	}
	pick := r.IntN(100)
	for _, k := range demoKinds {
		if pick -= k.share; pick < 0 {
			k.fill(m, r, today)
			break
		}
	}
	return m
}

// plain writes a name as an address would.
func plain(s string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ï", "i", "î", "i", "ñ", "n", "ø", "o", "ö", "o", "ü", "u", "Ø", "o", "'", "", " ", "").Replace(strings.ToLower(strings.ReplaceAll(s, "Ø", "o")))
}

const demoName = "Maison Lumière"

// demoOrganisation is the made-up shop, with a made-up sign-off.
func demoOrganisation(today campaign.Date) campaign.Organisation {
	return campaign.Organisation{
		Name: demoName, Brands: []string{demoName}, LegalName: "Maison Lumière SAS", LegalForm: "SAS", Registration: "RCS Lyon 000 000 000",
		Address: "4 rue des Tilleuls, 69002 Lyon, France", Country: "FR", Email: "contact@lumiere.example", Phone: "+33 4 00 00 00 00",
		PrivacyURL: "https://lumiere.example/privacy", DPO: "dpo@lumiere.example", Authority: "CNIL",
		Purposes: []campaign.Purpose{{Key: "newsletter", Category: "marketing", Retention: "36mo",
			Title:       map[string]string{"en": "Our newsletter", "fr": "Notre lettre d’information"},
			Description: map[string]string{"en": "Receive our marketing messages about our products and shops by e-mail.", "fr": "Recevoir par e-mail nos informations commerciales sur nos produits et nos boutiques."}}},
		Policies: map[string]campaign.Policy{"FR": {Mode: campaign.P1, Justification: "made up for the demonstration", ApprovedBy: "dpo@lumiere.example",
			ApprovedAt: campaign.DateOf(today.Time().Add(-24 * time.Hour))}},
	}
}
