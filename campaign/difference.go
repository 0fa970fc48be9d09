package campaign

import (
	"cmp"
	"maps"
	"slices"
)

// ContactChange is what an import changes of one stored contact.
type ContactChange struct {
	Line    int       `json:"line"`
	Contact ContactID `json:"contact"`
	Fields  []string  `json:"fields"`
}

// mostChanges bounds how many changed contacts an import tells of.
const mostChanges = 20

// differences names what of a contact is not as it was.
func differences(was, now Contact) (fields []string) {
	a, b := &was.Facts, &now.Facts
	for _, f := range [...]struct {
		name string
		same bool
	}{
		{"external_id", was.ExternalID == now.ExternalID && slices.Equal(was.MergedIDs, now.MergedIDs)},
		{"email", was.Email == now.Email && was.BadEmail == now.BadEmail}, {"phone", was.Phone == now.Phone},
		{"name", slices.Equal(was.name(), now.name())}, {"company", was.Company == now.Company && was.JobTitle == now.JobTitle},
		{"language", was.Language == now.Language}, {"country", was.Country == now.Country && was.Inferred == now.Inferred}, {"timezone", was.Timezone == now.Timezone},
		{"postal address", slices.Equal(was.postal(), now.postal())}, {"attributes", maps.Equal(was.Attributes, now.Attributes)},
		{"market", a.Market == b.Market}, {"relationship", a.Relationship == b.Relationship}, {"last_purchase_at", a.LastPurchase == b.LastPurchase},
		{"relationship_end_at", a.RelationEnd == b.RelationEnd}, {"last_inbound_at", a.LastInbound == b.LastInbound}, {"last_marketing_at", a.LastMarketing == b.LastMarketing},
		{"collected_at", a.Collected == b.Collected}, {"list_origin", slices.Equal(a.Origins, b.Origins)},
		{"consent", slices.EqualFunc(a.Claims, b.Claims, func(x, y Claim) bool { return compareClaims(x, y) == 0 }) && a.AddressChanged == b.AddressChanged},
		{"optout", slices.Equal(a.Objections, b.Objections)}, {"complaint", a.Complaint == b.Complaint}, {"bounce", a.Bounce == b.Bounce && a.BounceAt == b.BounceAt},
		{"external_lists", slices.Equal(a.ExternalLists, b.ExternalLists)}, {"minor", a.Minor == b.Minor}, {"deceased", a.Deceased == b.Deceased},
		{"erasure_requested", a.Erasure == b.Erasure}, {"restricted", a.Restricted == b.Restricted}, {"merged rows", slices.Equal(was.Joined, now.Joined)},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// ColumnRead is what a column of a file was taken for.
type ColumnRead struct {
	Column string `json:"column"`
	Field  string `json:"field"` // "" for an attribute
}

// read says what each column was taken for, in the order of the file.
func (c *columns) read() []ColumnRead {
	type place struct {
		at    int
		field string
	}
	var places []place
	for field, at := range c.of {
		for _, i := range at {
			places = append(places, place{c.source(i), field})
		}
	}
	for _, i := range c.rest {
		places = append(places, place{i, ""})
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.field, b.field)) })
	out := make([]ColumnRead, 0, len(places))
	for _, p := range places {
		if p.at >= 0 && p.at < len(c.header) {
			out = append(out, ColumnRead{Column: c.header[p.at], Field: p.field})
		}
	}
	return slices.Compact(out)
}
