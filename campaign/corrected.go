package campaign

import (
	"cmp"
	"slices"
)

// What a person had corrected by right (GDPR art. 16) is not undone by a file that is older than the correction, and no file says
// how old it is. So a contact keeps which of its fields were corrected, and when, and an import leaves these alone. What they
// held before is not kept: that it differs from what was corrected is all that is asked of a row.

// Correction is a field of a contact that the person had corrected, by its name in an import.
type Correction struct {
	Field string
	On    Date // for the last time
}

// CorrectedStays is the reason why an import leaves a field alone.
const CorrectedStays = "stays as the person had it corrected; only a new correction changes it"

// correctedOn adds fields that are corrected on a day.
func correctedOn(stored []Correction, fields []string, day Date) []Correction {
	all := slices.DeleteFunc(slices.Clone(stored), func(c Correction) bool { return slices.Contains(fields, c.Field) })
	for _, f := range fields {
		all = append(all, Correction{f, day})
	}
	slices.SortFunc(all, func(a, b Correction) int { return cmp.Compare(a.Field, b.Field) })
	return all
}

// held tells whether an import must leave a field alone: it was corrected, or is of one block with a field that was. A name or
// a postal address of which one line is the person's and another the file's is nobody's.
func (c *Contact) held(field string) bool {
	block := []string{field}
	for _, b := range [...][]string{{"title", "first_name", "last_name"}, {"address_line1", "address_line2", "postal_code", "city"}} {
		if slices.Contains(b, field) {
			block = b
		}
	}
	return slices.ContainsFunc(c.Corrected, func(k Correction) bool { return slices.Contains(block, k.Field) })
}

// keepCorrected puts back what a row changed of what the person had corrected, and names these fields.
func (c *Contact) keepCorrected(stored Contact) (fields []string) {
	if c.Corrected = stored.Corrected; len(c.Corrected) == 0 { // nearly always
		return nil
	}
	now, was := rectifiable(c), rectifiable(&stored)
	for _, f := range differing(stored, *c) {
		if !stored.held(f) {
			continue
		}
		if f == "email" {
			c.Email, c.BadEmail = stored.Email, stored.BadEmail
			fields = append(fields, f)
			continue
		}
		if *now[f] != "" { // else the row says nothing of it, but of another line of its block
			fields = append(fields, f)
		}
		if f == "country" {
			c.Inferred = stored.Inferred
		}
		*now[f] = *was[f]
	}
	return fields
}
