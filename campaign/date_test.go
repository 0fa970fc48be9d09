package campaign_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// TestDaysAreThoseOfTheCalendar: what a day is, and what lies so many months after it, is what package
// time says.
func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -11*3600)
	for range 200_000 {
		at := time.Unix(r.Int64N(400*366*86400)-200*365*86400, r.Int64N(1e9))
		for _, loc := range []*time.Location{time.UTC, east, west} {
			at = at.In(loc)
			midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
			d := campaign.DateOf(at)
			if !d.Time().Equal(midnight) || d != campaign.NewDate(at.Year(), at.Month(), at.Day()) || d.String() != midnight.Format(time.DateOnly) || d != campaign.DayOf(d.Day()) {
				t.Fatalf("%s is taken for %s", at, d)
			}
		}
		d, n := campaign.DateOf(at), r.IntN(1200)-600
		first := time.Date(at.Year(), at.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		if want := first.AddDate(0, 0, min(at.Day(), last)-1); !d.AddMonths(n).Time().Equal(want) {
			t.Fatalf("%d months after %s is %s, not %s", n, d, d.AddMonths(n), want)
		}
		if want := d.Time().AddDate(0, 0, n); !d.AddDays(n).Time().Equal(want) {
			t.Fatalf("%d days after %s is %s", n, d, d.AddDays(n))
		}
	}
	if unknown := (campaign.Date{}); !unknown.Time().IsZero() || !unknown.AddMonths(3).IsZero() || !unknown.AddDays(3).IsZero() || campaign.DateOf(time.Time{}) != unknown {
		t.Error("an unknown day is no day")
	}
}
