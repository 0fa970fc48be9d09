package campaign

import "slices"

// dateFields are the fields whose cells are dates.
var dateFields = []string{"last_purchase_at", "relationship_end_at", "last_inbound_at", "last_marketing_at", "collected_at", "consent_at",
	"double_opt_in_at", "optout_at", "bounce_at", "birth_date"}

// DateColumns are the columns of a header that hold dates, so that the reader of the file can learn
// from their cells in which order day and month stand. Errors are those of an import.
func DateColumns(header []string, overrides map[string]string) ([]int, error) {
	c, err := newColumns(header, overrides)
	if err != nil {
		return nil, err
	}
	var at []int
	for _, f := range dateFields {
		at = append(at, c.of[f]...)
	}
	slices.Sort(at)
	return at, nil
}
