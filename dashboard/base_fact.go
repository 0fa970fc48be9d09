package dashboard

import (
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/templates/board"
)

// field is the name of an import's field in words.
func (v *visit) field(name string) string { return v.P.T("board.field." + name) }

// value is a word of the base's enumerations in the reader's language.
func (v *visit) value(word string) string {
	if word == "" {
		return ""
	}
	return v.P.Or("board.value."+word, word)
}

func (v *visit) yesNo(b bool) string {
	if b {
		return v.value("yes")
	}
	return v.value("no")
}

func (v *visit) values(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = v.value(w)
	}
	return strings.Join(out, ", ")
}

func (v *visit) day(d campaign.Date) string {
	if d.IsZero() {
		return ""
	}
	return v.P.Date(d.Time())
}

// known leaves out what nobody stated.
func known(ps ...board.Pair) (out []board.Pair) {
	for _, p := range ps {
		if p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}

func (v *visit) pair(field, text string) board.Pair {
	return board.Pair{Term: v.field(field), Text: text}
}

// flag is a fact that is only shown when it holds.
func (v *visit) flag(field string, set bool) board.Pair {
	if !set {
		return board.Pair{}
	}
	return v.pair(field, v.value("yes"))
}

// person says who a contact is.
func (v *visit) person(c campaign.Contact) []board.Pair {
	email := v.pair("email", string(c.Email))
	if c.Email == "" && c.BadEmail != "" {
		email = v.pair("email", c.BadEmail+" "+v.P.T("board.contact.bad_email"))
	}
	country := c.Country
	if c.Inferred {
		country += " " + v.P.T("board.contact.inferred")
	}
	if c.Country == campaign.CountryUnclear {
		country = v.P.T("board.contact.unclear")
	}
	address := strings.Join(filled(c.Address1, c.Address2, strings.TrimSpace(c.PostalCode+" "+c.City)), ", ")
	return known(email, v.pair("external_id", c.ExternalID), board.Pair{Term: v.P.T("board.contact.merged"), Text: strings.Join(c.MergedIDs, ", ")},
		board.Pair{Term: v.P.T("board.contact.joined"), Text: strings.Join(v.joined(c.Joined), ", ")},
		v.pair("title", c.Title), v.pair("first_name", c.FirstName), v.pair("last_name", c.LastName), v.pair("company", c.Company), v.pair("job_title", c.JobTitle),
		v.pair("phone", c.Phone), v.pair("address_line1", address), v.pair("language", c.Language), v.pair("country", country), v.pair("timezone", c.Timezone),
		board.Pair{Term: v.P.T("board.contact.corrected"), Text: strings.Join(v.corrected(c.Corrected), ", ")})
}

// corrected says which fields the person had corrected, and when.
func (v *visit) corrected(by []campaign.Correction) (out []string) {
	for _, k := range by {
		out = append(out, v.field(k.Field)+" ("+v.day(k.On)+")")
	}
	return out
}

// joined says what the rows that make a contact had in common.
func (v *visit) joined(by []string) (out []string) {
	for _, b := range by {
		out = append(out, v.P.Or("board.joined."+b, b))
	}
	return out
}

func filled(texts ...string) (out []string) {
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

// facts are what the base says of a relationship, beside what it claims about consent.
func (v *visit) facts(f campaign.Facts) []board.Pair {
	return known(v.pair("market", v.value(f.Market)), v.pair("relationship", v.value(f.Relationship)), v.pair("collected_at", v.day(f.Collected)),
		v.pair("last_inbound_at", v.day(f.LastInbound)), v.pair("last_purchase_at", v.day(f.LastPurchase)), v.pair("relationship_end_at", v.day(f.RelationEnd)),
		v.pair("last_marketing_at", v.day(f.LastMarketing)), v.pair("list_origin", v.values(f.Origins)), v.flag("opposition_offered", f.OppositionOffered),
		v.flag("complaint", f.Complaint), v.pair("bounce", v.value(f.Bounce)), v.pair("bounce_at", v.day(f.BounceAt)), v.pair("external_lists", strings.Join(f.ExternalLists, ", ")),
		v.flag("minor", f.Minor), v.flag("deceased", f.Deceased), v.flag("erasure_requested", f.Erasure), v.flag("restricted", f.Restricted))
}

// stated says which facts the file did not say, but a person.
func (v *visit) stated(c campaign.Claim) board.Pair {
	p := board.Pair{Term: v.P.T("home.stated.term")}
	if len(c.Stated) > 0 {
		p.Text = v.P.T("home.stated.by", "name", c.StatedBy, "fields", strings.Join(v.labels(c.Stated), ", "))
	}
	return p
}

// labels are the names of fields.
func (v *visit) labels(fields []string) []string {
	out := make([]string, len(fields))
	for n, f := range fields {
		out[n] = v.field(f)
	}
	return out
}

// claims are what the rows of a contact say of consent, the noes first.
func (v *visit) claims(f campaign.Facts) (out [][]board.Pair) {
	for _, o := range f.Objections {
		scope := v.value(o.Scope)
		if o.Scope == "" {
			scope = v.P.T("board.contact.scope_unclear")
		}
		out = append(out, known(v.pair("optout", v.value(o.Kind)), v.pair("optout_at", v.day(o.At)), v.pair("optout_scope", scope)))
	}
	for _, c := range f.Claims {
		out = append(out, known(v.pair("consent_status", v.value(c.Status)), v.pair("consent_at", v.day(c.At)), v.pair("consent_method", v.value(c.Method)),
			v.pair("consent_source", c.Source), v.pair("purpose_at_collection", c.Purpose), v.pair("controller_at_collection", c.Controller),
			v.pair("consent_channels", v.values(c.Channels)), v.pair("consent_text", c.Text), v.pair("consent_proof", c.Proof),
			v.pair("double_opt_in_at", v.day(c.DoubleAt)), v.pair("bundled", v.value(c.Bundled)), v.pair("incentive", v.value(c.Incentive)), v.stated(c)))
	}
	return out
}
