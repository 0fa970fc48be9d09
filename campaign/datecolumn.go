package campaign

import "slices"

// dateFields are the fields whose cells are dates.
var dateFields = []string{"last_purchase_at", "relationship_end_at", "last_inbound_at", "last_marketing_at", "collected_at", "consent_at",
	"double_opt_in_at", "optout_at", "bounce_at", "birth_date"}

// DateColumns are the columns that hold dates, of columns as Columns gives them and as the preset has
// them, so that the reader of the file can learn from their cells in which order day and month stand.
func DateColumns(header, fields []string, p *Preset) (at []int) {
	for i, f := range fields {
		if cs := p.columns(header[i]); f == "" && len(cs) > 0 {
			f = cs[0].Field
		}
		if slices.Contains(dateFields, f) {
			at = append(at, i)
		}
	}
	return at
}
