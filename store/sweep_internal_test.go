package store

import (
	"database/sql/driver"
	"testing"
)

// A row that a damaged file gives as something else than was written is an error, and no contact without keys.
func TestASweptRowOfOtherTypesIsAnError(t *testing.T) {
	t.Parallel()
	for _, row := range [][]driver.Value{{int64(1), nil, []byte{}}, {int64(1), "a@b.example\x1c", nil}, {"1", "a@b.example\x1c", []byte{}}, {int64(1), []byte("x"), "k"}} {
		var p sweptPage
		if err := p.add(row); err == nil || len(p.contacts) != 0 {
			t.Errorf("%v: %v, and %d contacts", row, err, len(p.contacts))
		}
	}
	for _, row := range [][]driver.Value{{int64(1), nil, int64(0)}, {int64(1), int64(2), "today"}} {
		if v, err := ownVerdictIn(row); err == nil || v != (ownVerdict{}) {
			t.Errorf("%v: %v, and %v", row, err, v)
		}
	}
	for _, row := range [][]driver.Value{{nil, emptyBlock}, {int64(1), nil}, {int64(1), emptyBlock[1:]}, {int64(1), []byte(emptyBlock)}} {
		if _, rulings, err := blockIn(row); err == nil || rulings != "" {
			t.Errorf("a %T and a %T: %v", row[0], row[1], err)
		}
	}
}
