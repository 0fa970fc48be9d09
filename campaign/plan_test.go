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
	for n, ends := range map[int]time.Time{
		5:  time.Date(2026, 3, 10, 16, 59, 0, 0, time.UTC),
		14: time.Date(2026, 3, 11, 9, 8, 0, 0, time.UTC), // six minutes are left when it begins
	} {
		if p := planned(File{}, n, l, Canary{}, now.Add(-66*time.Minute)); !p.Ends.Equal(ends) {
			t.Errorf("%d shortly before the hours are over: ends %v", n, p.Ends)
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

// The first wave of a large audience is waited for; one of everybody, or of a small audience, is none.
func TestAPlanOfAFirstWave(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	l := Limits{Location: time.UTC, N: 60, Per: time.Minute, Open: func(time.Time) bool { return true }, Next: func(at time.Time) time.Time { return at }}
	of := func(n int) Canary { return Canary{Of: func(int) int { return n }, Wait: 4 * time.Hour} }
	for _, c := range []struct{ people, of, wave int }{{1999, 100, 0}, {2000, 100, 0}, {2001, 100, 100}, {2001, 2000, 2000}, {2001, 2001, 0}, {2400, 3000, 0}} {
		ends := now.Add(time.Duration(c.people) * time.Second)
		if c.wave > 0 {
			ends = ends.Add(4 * time.Hour)
		}
		if p := planned(File{}, c.people, l, of(c.of), now); p.Wave != c.wave || !p.Ends.Equal(ends) {
			t.Errorf("%d people, %d first: a wave of %d, ends %v", c.people, c.of, p.Wave, p.Ends)
		}
	}
}
