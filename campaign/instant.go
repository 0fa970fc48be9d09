package campaign

import "time"

// Instant is a time as the entries of the ledger write it: RFC 3339 in UTC with exactly three decimals (docs/ledger.md). A time.Time
// would leave out zeros at the end.
type Instant struct{ time.Time }

// MarshalJSON writes it.
func (m Instant) MarshalJSON() ([]byte, error) {
	return m.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}
