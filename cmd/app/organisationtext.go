package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
)

// texts reads and writes organisation files for the dashboard.
type texts struct{}

// pasted is how faults call a text that came without a file.
const pasted = "organisation.toml"

// ReadOrganisation reads the text of an organisation file.
func (texts) ReadOrganisation(text string) (campaign.Organisation, error) {
	return parseOrganisation(pasted, text)
}

// StarterOrganisation is a file to begin with.
func (texts) StarterOrganisation() string { return starterOrganisation }

// WriteOrganisation gives a file that reads back as o.
func (texts) WriteOrganisation(o campaign.Organisation) string {
	var w tomlText
	w.section("[organisation]")
	w.text("name", o.Name)
	w.list("brands", o.Brands)
	for _, l := range []struct{ key, value string }{{"legal_name", o.LegalName}, {"legal_form", o.LegalForm}, {"registration", o.Registration}, {"address", o.Address},
		{"country", o.Country}, {"email", o.Email}, {"phone", o.Phone}, {"privacy_url", o.PrivacyURL}, {"privacy_version", o.PrivacyVersion}, {"dpo", o.DPO}, {"authority", o.Authority}, {"logo", o.Logo}, {"accent", o.Accent},
		{"kind", o.Kind}, {"b2b_subject", o.B2BSubject}} {
		w.text(l.key, l.value)
	}
	if o.SimilarToPurchases != nil {
		w.line("similar_to_purchases", *o.SimilarToPurchases)
	}
	if o.SecondPerson {
		w.line("second_person", true)
	}
	w.list("successor_of", o.SuccessorOf)
	w.list("processors", o.Processors)
	w.list("recipients", o.Recipients)
	w.list("locations", o.Locations)
	w.text("impact_assessment", o.ImpactAssessment)
	w.list("codes_of_conduct", o.CodesOfConduct)
	if o.FrenchGraceDays != nil {
		w.line("fr_grace_days", *o.FrenchGraceDays)
	}
	w.number("refresh_after_months", o.RefreshAfterMonths)
	w.number("retention_months", o.RetentionMonths)
	for _, p := range o.Purposes {
		w.section("[[purpose]]")
		w.text("key", p.Key)
		w.text("category", p.Category)
		w.text("retention", p.Retention)
		for _, l := range slices.Sorted(maps.Keys(p.Title)) {
			w.text("title."+tomlKey(l), p.Title[l])
		}
		for _, l := range slices.Sorted(maps.Keys(p.Description)) {
			w.text("description."+tomlKey(l), p.Description[l])
		}
	}
	for _, c := range slices.Sorted(maps.Keys(o.Policies)) {
		w.policy(c, o.Policies[c])
	}
	return w.b.String()
}

func (w *tomlText) policy(country string, p campaign.Policy) {
	w.section("[policy.country." + country + "]")
	w.text("mode", string(p.Mode))
	w.text("justification", p.Justification)
	w.text("approved_by", p.ApprovedBy)
	if !p.ApprovedAt.IsZero() {
		w.line("approved_at", p.ApprovedAt)
	}
	if p.Post {
		w.line("post", true)
	}
}

// tomlText is a file being written. What is empty is left out.
type tomlText struct{ b strings.Builder }

func (w *tomlText) section(name string) {
	if w.b.Len() > 0 {
		w.b.WriteByte('\n')
	}
	w.b.WriteString(name + "\n")
}

func (w *tomlText) line(key string, value any) { fmt.Fprintf(&w.b, "%s = %v\n", key, value) }

func (w *tomlText) text(key, value string) {
	if value != "" {
		w.line(key, tomlString(value))
	}
}

func (w *tomlText) number(key string, n int) {
	if n != 0 {
		w.line(key, n)
	}
}

func (w *tomlText) list(key string, values []string) {
	if len(values) > 0 {
		w.line(key, tomlList(values))
	}
}
