package campaign

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
)

// Merge joins what two rows say of one person. It is commutative, associative and idempotent, so the
// order of the rows in a file decides nothing. Where rows disagree the most protective value wins:
// every no counts, the oldest collection, the worst bounce, the relationship and market that permit
// less; countries that differ make the country unclear. Of descriptive fields the fullest is kept,
// names and postal lines as a block each. Two mailboxes of one person make every claim one for
// another address.
//
// ID, Verdict and Corrected are not the rows' business: the smaller id stays, the others are dropped.
func Merge(a, b Contact) Contact {
	m := Contact{ID: smallestID(a.ID, b.ID), Facts: mergeFacts(a.Facts, b.Facts)}
	ids := slices.Concat(a.MergedIDs, b.MergedIDs, []string{a.ExternalID, b.ExternalID})
	m.setIDs(ids)
	m.Joined = union(a.Joined, b.Joined)
	m.Email, m.BadEmail = max(a.Email, b.Email), max(a.BadEmail, b.BadEmail)
	m.Facts.AddressChanged = m.Facts.AddressChanged || moved(a.Email, b.Email)
	m.describe(fullest(a.name(), b.name()), fullest(a.postal(), b.postal()))
	m.Phone, m.Company, m.JobTitle = fuller(a.Phone, b.Phone), fuller(a.Company, b.Company), fuller(a.JobTitle, b.JobTitle)
	m.Language, m.Timezone = fuller(a.Language, b.Language), fuller(a.Timezone, b.Timezone)
	m.Country, m.Inferred = mergeCountry(a, b)
	m.Attributes = mergeAttributes(a.Attributes, b.Attributes)
	m.Keys = mergeKeys(a.Keys, b.Keys)
	return m
}

func smallestID(a, b ContactID) ContactID {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// setIDs keeps the smallest external id in front and the others sorted behind it.
func (c *Contact) setIDs(ids []string) {
	ids = union(ids, nil)
	c.ExternalID, c.MergedIDs = "", nil
	if len(ids) > 0 {
		c.ExternalID = ids[0]
	}
	if len(ids) > 1 {
		c.MergedIDs = ids[1:]
	}
}

// union is sorted, without repetition and without the empty string; nil when empty.
func union(a, b []string) []string {
	all := make([]string, 0, len(a)+len(b))
	for _, list := range [...][]string{a, b} {
		for _, s := range list {
			if s != "" {
				all = append(all, s)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// moved reports two different mailboxes.
func moved(a, b Address) bool {
	return a != b && a != "" && b != "" && strict(a) != strict(b)
}

func strict(a Address) string {
	m, err := address.Parse(string(a))
	if err != nil {
		return string(a)
	}
	return m.Strict()
}

func (c Contact) name() []string { return []string{c.Title, c.FirstName, c.LastName} }
func (c Contact) postal() []string {
	return []string{c.Address1, c.Address2, c.PostalCode, c.City}
}

func (c *Contact) describe(name, postal []string) {
	c.Title, c.FirstName, c.LastName = name[0], name[1], name[2]
	c.Address1, c.Address2, c.PostalCode, c.City = postal[0], postal[1], postal[2], postal[3]
}

// fullest is the block with more lines filled, then the longer, then the first in the alphabet: a
// total order, which is what makes Merge associative.
func fullest(a, b []string) []string {
	filled := func(s []string) (n int) {
		for _, x := range s {
			if x != "" {
				n++
			}
		}
		return n
	}
	length := func(s []string) int { return len(strings.Join(s, "")) }
	if cmp.Or(cmp.Compare(filled(a), filled(b)), cmp.Compare(length(a), length(b)), slices.Compare(b, a)) >= 0 {
		return a
	}
	return b
}

func fuller(a, b string) string { return fullest([]string{a}, []string{b})[0] }

// mergeCountry prefers a stated country to an inferred one; two that differ are unclear.
func mergeCountry(a, b Contact) (country string, inferred bool) {
	switch {
	case a.Country == "":
		return b.Country, b.Inferred
	case b.Country == "":
		return a.Country, a.Inferred
	case a.Inferred != b.Inferred && a.Inferred:
		return b.Country, false
	case a.Inferred != b.Inferred, a.Country == b.Country:
		return a.Country, a.Inferred && b.Inferred
	}
	return CountryUnclear, a.Inferred
}

func mergeAttributes(a, b map[string]string) map[string]string {
	if len(a)+len(b) == 0 {
		return nil
	}
	m := maps.Clone(a)
	if m == nil {
		m = map[string]string{}
	}
	for k, v := range b {
		m[k] = fuller(m[k], v)
	}
	return m
}

func compareKeys(a, b PersonKey) int {
	if a.Kind != b.Kind { // nearly always
		return cmp.Compare(a.Kind, b.Kind)
	}
	return bytes.Compare(a.Digest[:], b.Digest[:])
}

// mergeKeys keeps every key that either had: a merged person was asked if either was.
func mergeKeys(a, b []PersonKey) []PersonKey {
	return sortedKeys(slices.Concat(a, b))
}

func sortedKeys(keys []PersonKey) []PersonKey {
	if len(keys) == 0 {
		return nil
	}
	slices.SortFunc(keys, compareKeys)
	return slices.Compact(keys)
}

func mergeFacts(a, b Facts) Facts {
	bounce, at := worse(a, b)
	return Facts{
		Market:        firstOf(marketOrder, a.Market, b.Market),
		Relationship:  firstOf(relationshipOrder, a.Relationship, b.Relationship),
		LastPurchase:  later(a.LastPurchase, b.LastPurchase),
		RelationEnd:   later(a.RelationEnd, b.RelationEnd),
		LastInbound:   later(a.LastInbound, b.LastInbound),
		LastMarketing: later(a.LastMarketing, b.LastMarketing),
		Collected:     earlier(a.Collected, b.Collected),
		Origins:       union(a.Origins, b.Origins),
		Claims:        mergeClaims(a.Claims, b.Claims),
		Objections:    mergeObjections(a.Objections, b.Objections),

		OppositionOffered: a.OppositionOffered || b.OppositionOffered,
		Complaint:         a.Complaint || b.Complaint,
		Bounce:            bounce,
		BounceAt:          at,
		ExternalLists:     union(a.ExternalLists, b.ExternalLists),
		Minor:             a.Minor || b.Minor,
		Deceased:          a.Deceased || b.Deceased,
		Erasure:           a.Erasure || b.Erasure,
		Restricted:        a.Restricted || b.Restricted,
		AddressChanged:    a.AddressChanged || b.AddressChanged,
	}
}

// The orders in which a value that permits less comes before one that permits more.
var (
	marketOrder       = []string{"b2c", "b2b"}
	relationshipOrder = []string{"employee", "prospect", "lead", "partner", "former_customer", "customer"}
	bounceOrder       = []string{"hard", "soft", "none"}
)

// firstOf is whichever value comes first in the order; the empty value comes last.
func firstOf(order []string, a, b string) string {
	place := func(s string) int {
		if i := slices.Index(order, s); i >= 0 {
			return i
		}
		return len(order)
	}
	if c := cmp.Compare(place(a), place(b)); c < 0 || c == 0 && a > b {
		return a
	}
	return b
}

// worse is the graver bounce, of equal ones the later.
func worse(a, b Facts) (string, Date) {
	switch worst := firstOf(bounceOrder, a.Bounce, b.Bounce); {
	case a.Bounce == b.Bounce:
		return worst, later(a.BounceAt, b.BounceAt)
	case worst == a.Bounce:
		return worst, a.BounceAt
	default:
		return worst, b.BounceAt
	}
}

func compareDates(a, b Date) int { return cmp.Compare(a.n, b.n) }

func compareClaims(a, b Claim) int {
	return cmp.Or(compareDates(a.At, b.At), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Source, b.Source),
		slices.Compare(a.Channels, b.Channels), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Proof, b.Proof), compareDates(a.DoubleAt, b.DoubleAt),
		cmp.Compare(a.Bundled, b.Bundled), cmp.Compare(a.Incentive, b.Incentive), cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Controller, b.Controller),
		slices.Compare(a.Stated, b.Stated), cmp.Compare(a.StatedBy, b.StatedBy))
}

func mergeClaims(a, b []Claim) []Claim {
	all := slices.Concat(a, b)
	slices.SortFunc(all, compareClaims)
	return slices.CompactFunc(all, func(x, y Claim) bool { return compareClaims(x, y) == 0 })
}

func compareObjections(a, b Objection) int {
	return cmp.Or(compareDates(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Scope, b.Scope))
}

func mergeObjections(a, b []Objection) []Objection {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y Objection) int { return cmp.Or(compareObjections(x, y), x.Told.Compare(y.Told)) })
	return slices.CompactFunc(all, func(x, y Objection) bool { return compareObjections(x, y) == 0 })
}

// lowerObjections adds the noes that are new. One that was there before keeps its time: whoever said yes since does not say
// no again by the same old row.
func lowerObjections(stored, incoming []Objection) []Objection {
	fresh := slices.DeleteFunc(slices.Clone(incoming), func(o Objection) bool {
		return slices.ContainsFunc(stored, func(s Objection) bool { return compareObjections(s, o) == 0 })
	})
	return mergeObjections(stored, fresh)
}

// Lower lays a row of a new import over a stored contact. An import can only lower permission: every
// no is added, a yes that stands against a stored no is a conflict and changes nothing, and a new
// fully proven yes does not lift a person whose stored record had none (also a conflict). Contact
// details follow the newer import, but for those that the person had corrected. When the mailbox changes, a stored yes is no longer
// one for it, and where it does not follow, the yes of the row is none for it.
func Lower(stored, incoming Contact) (merged Contact, changed, conflict bool) {
	merged, changed, conflict, _ = lower(stored, incoming)
	return merged, changed, conflict
}

// lower names as well what the row would have changed of what the person had corrected.
func lower(stored, incoming Contact) (m Contact, changed, conflict bool, corrected []string) {
	if sameContact(stored, incoming) { // most rows of a file that is imported again
		return stored, false, false, nil
	}
	m = Merge(stored, incoming)
	m.ID, m.Verdict = stored.ID, stored.Verdict
	if len(m.MergedIDs) > max(len(stored.MergedIDs), len(incoming.MergedIDs)) { // numbers of two that share a mailbox
		m.Joined = union(m.Joined, []string{JoinedByMailbox})
	}
	m.follow(stored, incoming)
	corrected = m.keepCorrected(stored)
	m.Facts.OppositionOffered = stored.Facts.OppositionOffered
	m.Facts.AddressChanged = stored.Facts.AddressChanged || incoming.Facts.AddressChanged || moved(stored.Email, m.Email) && stored.Facts.saidYes()
	m.Facts.Objections = lowerObjections(stored.Facts.Objections, incoming.Facts.Objections)
	elsewhere := moved(incoming.Email, m.Email) && incoming.Facts.dropNewYes(stored.Facts)
	m.Facts.Claims, conflict = lowerClaims(stored.Facts.Claims, incoming.Facts.Claims)
	conflict = conflict || elsewhere || incoming.Facts.saidYes() && !incoming.Facts.saidNo() && stored.Facts.saidNo()
	return m, !sameContact(stored, m), conflict, corrected
}

// lowerClaims adds what cannot raise: beside unproven claims the most protective counts, so one more
// unproven claim is harmless; a proven one would stand for all. Beside what was only stated a claim would stand alone, and
// then a sign of consent may open a way even where nobody says yes (T-41).
func lowerClaims(stored, incoming []Claim) (claims []Claim, conflict bool) {
	proven := anyProven(stored)
	claims = mergeClaims(stored, slices.DeleteFunc(slices.Clone(incoming), Claim.speaks))
	alone := len(written(claims)) == 0
	for _, c := range incoming {
		known := slices.ContainsFunc(stored, func(s Claim) bool { return compareClaims(s, c) == 0 })
		switch {
		case known || !c.speaks():
		case c.proven() && proven, !c.proven() && !alone:
			claims = append(claims, c)
		default:
			conflict = true
		}
	}
	return mergeClaims(claims, nil), conflict
}

// dropNewYes leaves out what a row claims for a mailbox that its person had once, and reports whether it was anything new. It speaks for
// that mailbox, and not for the one that the person has.
func (f *Facts) dropNewYes(stored Facts) bool {
	before := len(f.Claims)
	f.Claims = slices.DeleteFunc(slices.Clone(f.Claims), func(c Claim) bool {
		return c.speaks() && !slices.ContainsFunc(stored.Claims, func(s Claim) bool { return compareClaims(s, c) == 0 })
	})
	return len(f.Claims) < before
}

// speaks reports whether a claim may speak for its person: it says yes, or what it says is unknown and it bears what may
// be a sign of consent (COMPLIANCE A.5, I1 to I4).
func (c Claim) speaks() bool {
	sign := !c.At.IsZero() || !c.DoubleAt.IsZero() || c.Method != "" || c.Text != "" || c.Proof != ""
	return c.Status == statusYes || sign && (c.Status == statusUnknown || c.Status == "")
}

// follow takes contact details from the newer import where it has them.
func (c *Contact) follow(stored, incoming Contact) {
	newer := func(to *string, old, new string) {
		*to = old
		if new != "" {
			*to = new
		}
	}
	name, postal := stored.name(), stored.postal()
	if strings.Join(incoming.name(), "") != "" {
		name = incoming.name()
	}
	if strings.Join(incoming.postal(), "") != "" {
		postal = incoming.postal()
	}
	c.describe(name, postal)
	newer(&c.Phone, stored.Phone, incoming.Phone)
	newer(&c.Company, stored.Company, incoming.Company)
	newer(&c.JobTitle, stored.JobTitle, incoming.JobTitle)
	newer(&c.Language, stored.Language, incoming.Language)
	newer(&c.Timezone, stored.Timezone, incoming.Timezone)
	c.Country, c.Inferred = stored.Country, stored.Inferred
	if incoming.Country != "" && (!incoming.Inferred || stored.Country == "") {
		c.Country, c.Inferred = incoming.Country, incoming.Inferred
	}
	if c.Attributes = maps.Clone(stored.Attributes); c.Attributes == nil {
		c.Attributes = maps.Clone(incoming.Attributes)
	}
	maps.Copy(c.Attributes, incoming.Attributes)
	c.Email = stored.Email
	if incoming.Email != "" && (stored.Email == "" || moved(stored.Email, incoming.Email)) {
		c.Email = incoming.Email
	}
	if c.Email != "" {
		c.BadEmail = ""
	}
}

// sameContact compares all but id and verdict, an empty list being as good as none and keys in any order.
func sameContact(a, b Contact) bool {
	type plain struct {
		external                                  string
		email                                     Address
		bad, phone, title, first, last            string
		company, job, language, country, timezone string
		address1, address2, postal, city          string
		inferred                                  bool
	}
	texts := func(c *Contact) plain {
		return plain{c.ExternalID, c.Email, c.BadEmail, c.Phone, c.Title, c.FirstName, c.LastName, c.Company, c.JobTitle, c.Language, c.Country, c.Timezone,
			c.Address1, c.Address2, c.PostalCode, c.City, c.Inferred}
	}
	return texts(&a) == texts(&b) && slices.Equal(a.MergedIDs, b.MergedIDs) && slices.Equal(a.Joined, b.Joined) && maps.Equal(a.Attributes, b.Attributes) && sameKeys(a.Keys, b.Keys) &&
		slices.Equal(a.Corrected, b.Corrected) && sameFacts(&a.Facts, &b.Facts)
}

func sameKeys(a, b []PersonKey) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(k PersonKey) bool { return !slices.Contains(b, k) })
}

func sameFacts(a, b *Facts) bool {
	type plain struct {
		market, relationship, bounce                                       string
		purchase, end, inbound, marketing, collected, bounced              Date
		opposition, complaint, minor, deceased, erasure, restricted, moved bool
	}
	texts := func(f *Facts) plain {
		return plain{f.Market, f.Relationship, f.Bounce, f.LastPurchase, f.RelationEnd, f.LastInbound, f.LastMarketing, f.Collected, f.BounceAt,
			f.OppositionOffered, f.Complaint, f.Minor, f.Deceased, f.Erasure, f.Restricted, f.AddressChanged}
	}
	return texts(a) == texts(b) && slices.Equal(a.Origins, b.Origins) && slices.Equal(a.ExternalLists, b.ExternalLists) && slices.Equal(a.Objections, b.Objections) &&
		slices.EqualFunc(a.Claims, b.Claims, func(x, y Claim) bool { return compareClaims(x, y) == 0 })
}
