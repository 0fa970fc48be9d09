package campaign

import (
	"testing"
	"time"
)

func TestAPlanSaysWhenTheLastMessageLeaves(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 18, 0, 0, 0, time.UTC) // after hours
	morning := func(at time.Time) time.Time { return time.Date(at.Year(), at.Month(), at.Day(), 9, 0, 0, 0, time.UTC) }
	l := Limits{Location: time.UTC, N: 60, Per: time.Hour, RateBy: "sending.rate", Window: "09:00-17:00",
		Open: func(at time.Time) bool { return at.Hour() >= 9 && at.Hour() < 17 },
		Next: func(at time.Time) time.Time {
			switch {
			case at.Hour() < 9:
				return morning(at)
			case at.Hour() < 17:
				return at
			}
			return morning(at.AddDate(0, 0, 1))
		}}
	for n, ends := range map[int]time.Time{
		60:  time.Date(2026, 3, 11, 10, 0, 0, 0, time.UTC),
		600: time.Date(2026, 3, 12, 11, 0, 0, 0, time.UTC), // eight hours on the first day
	} {
		p := planned(File{}, n, l, Canary{}, now)
		if !p.Waits || !p.Opens.Equal(time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)) || !p.Ends.Equal(ends) || p.ToAsk != n {
			t.Errorf("%d: opens %v, ends %v", n, p.Opens, p.Ends)
		}
	}
	later := planned(File{Schedule: Schedule{Start: time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)}}, 1, l, Canary{}, now)
	if !later.Opens.Equal(time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("a start in the future opens %v", later.Opens)
	}
	if p := planned(File{}, 1, l, Canary{}, now.Add(-4*time.Hour)); p.Waits {
		t.Error("an open window is waited for")
	}
}

// What is worked out in nanoseconds has no end that lies before its beginning, however many people there are and whatever the
// rate.
func TestAPlanOfManyPeople(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	l := Limits{Location: time.UTC, N: 5000, Per: 24 * time.Hour, Open: func(time.Time) bool { return true }, Next: func(at time.Time) time.Time { return at }}
	for n, days := range map[int]int{100_000: 20, 200_000: 40, 1_000_000: 200} {
		if p := planned(File{}, n, l, Canary{}, now); !p.Ends.Equal(now.AddDate(0, 0, days)) {
			t.Errorf("%d people: ends %v, want in %d days", n, p.Ends, days)
		}
	}
	l.N = 1
	if p := planned(File{}, 1_000_000, l, Canary{}, now); p.Ends.Before(now.AddDate(1, 0, 0)) {
		t.Errorf("a million people at one a day: ends %v", p.Ends)
	}
	for _, c := range []struct {
		n    int
		per  time.Duration
		want int
	}{{500_000, 24 * time.Hour, 208_333}, {1_000_000, time.Hour, 10_000_000}, {1_000_000, time.Second, 36_000_000_000}, {60, time.Minute, 36_000}} {
		if got := daily(Limits{N: c.n, Per: c.per}); got != c.want {
			t.Errorf("%d every %v is %d in a day of ten hours, want %d", c.n, c.per, got, c.want)
		}
	}
}
