package campaign

import (
	"testing"
	"time"
)

// At the end of a long month the day by which a proof is old enough was up to three days too late, and the proof went too early.
func TestNothingGoesBeforeItsMonthsAreOver(t *testing.T) {
	t.Parallel()
	for day := time.Date(2027, 1, 1, 3, 17, 0, 0, time.UTC); day.Year() < 2033; day = day.AddDate(0, 0, 1) {
		for _, months := range []int{1, 12, 36, 60, 61} {
			r := Retention{Proof: months}
			if kept := r.proofEnds(addMonths(day, -months)); kept.After(day) {
				t.Errorf("on %s something of %s would go that is kept until %s", day, addMonths(day, -months), kept)
			}
			if got, want := DateOf(r.proofEnds(day)), DateOf(day).AddMonths(months); got != want {
				t.Errorf("%d months after %s: %s, want %s", months, day, got, want)
			}
		}
	}
	if got := addMonths(time.Date(2028, 3, 31, 3, 17, 0, 0, time.UTC), -61); !got.Equal(time.Date(2023, 2, 28, 3, 17, 0, 0, time.UTC)) {
		t.Error(got)
	}
}
