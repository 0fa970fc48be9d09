package app

import (
	"strings"

	"github.com/reoptin/reoptin/campaign"
)

// FactLines are the facts that the base holds of a person, in the words of an import: one line per claim
// and objection, then what is known beside. What is not known is left out.
func FactLines(f campaign.Facts) (out []string) {
	add := func(pairs ...string) {
		var known []string
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				known = append(known, pairs[i]+"="+pairs[i+1])
			}
		}
		if len(known) > 0 {
			out = append(out, strings.Join(known, " "))
		}
	}
	day := campaign.Date.String
	for _, o := range f.Objections {
		scope := o.Scope
		if scope == "" {
			scope = "unclear"
		}
		add("no", o.Kind, "at", day(o.At), "scope", scope)
	}
	for _, c := range f.Claims {
		add("consent_status", c.Status, "consent_at", day(c.At), "consent_method", c.Method, "consent_source", quoted(c.Source), "consent_channels", strings.Join(c.Channels, ","),
			"consent_text", quoted(c.Text), "consent_proof", quoted(c.Proof), "double_opt_in_at", day(c.DoubleAt), "bundled", c.Bundled, "incentive", c.Incentive, "stated", strings.Join(c.Stated, ", "), "stated_by", c.StatedBy,
			"purpose_at_collection", quoted(c.Purpose), "controller_at_collection", quoted(c.Controller))
	}
	add("market", f.Market, "relationship", f.Relationship, "list_origin", strings.Join(f.Origins, ","), "opposition_offered", flag(f.OppositionOffered))
	add("collected_at", day(f.Collected), "last_inbound_at", day(f.LastInbound), "last_purchase_at", day(f.LastPurchase), "relationship_end_at", day(f.RelationEnd), "last_marketing_at", day(f.LastMarketing))
	add("complaint", flag(f.Complaint), "bounce", f.Bounce, "bounce_at", day(f.BounceAt), "external_lists", strings.Join(f.ExternalLists, ","), "minor", flag(f.Minor), "deceased", flag(f.Deceased),
		"erasure_requested", flag(f.Erasure), "restricted", flag(f.Restricted), "address_changed", flag(f.AddressChanged))
	return out
}

func flag(set bool) string {
	if set {
		return "yes"
	}
	return ""
}

// quoted keeps words that contain spaces together.
func quoted(s string) string {
	if strings.ContainsAny(s, " =\"") {
		return quote(s)
	}
	return s
}
