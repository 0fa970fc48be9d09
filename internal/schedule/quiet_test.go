package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

func quietOn(t testing.TB, days ...string) Quiet {
	t.Helper()
	q, err := ParseQuiet(days)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestParseQuietRefusesWhatIsNoDay(t *testing.T) {
	t.Parallel()
	for _, d := range []string{"", "2026-02-29", "02-30", "13-01", "Christmas", "2026-5-1", "25-12", "12/25"} {
		if _, err := ParseQuiet([]string{d}); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%q: %v, want an invalid fault with a hint", d, err)
		}
	}
	quietOn(t, "02-29", " 2028-02-29 ", "12-25")
}

func TestQuietDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, window, zone, from, next string }{
		{"a day of every year", "Mon-Sun 08:00-20:00", "Europe/Paris", "2026-12-25T09:00:00Z", "2026-12-26T07:00:00Z"},
		{"a day of another year", "Mon-Sun 08:00-20:00", "Europe/Paris", "2027-05-14T09:00:00Z", "2027-05-14T09:00:00Z"},
		{"by the clock of the place", "Mon-Sun 00:00-24:00", "Asia/Tokyo", "2026-12-24T15:00:00Z", "2026-12-25T15:00:00Z"},
		{"and before its midnight", "Mon-Sun 00:00-24:00", "Asia/Tokyo", "2026-12-24T14:59:59Z", "2026-12-24T14:59:59Z"},
		{"two in a row, then a Sunday", "Mon-Sat 08:00-20:00", "Europe/Paris", "2026-12-24T20:00:00Z", "2026-12-28T07:00:00Z"},
		{"the day on which the clocks go forward", "Mon-Sun 00:00-24:00", "Europe/Paris", "2026-03-28T23:30:00Z", "2026-03-29T22:00:00Z"},
		{"the day on which they go back", "Mon-Sun 00:00-24:00", "Europe/Paris", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"the eve of a day without a midnight", "Mon-Sun 00:00-24:00", "Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z"},
	} {
		h := window(t, c.window, c.zone).Without(quietOn(t, "12-25", "12-26", "2026-05-14", "2026-03-29", "2026-10-25", "2026-04-23"))
		if c.name == "a day of every year" || c.name == "by the clock of the place" {
			h = window(t, c.window, c.zone).Without(quietOn(t, "12-25"))
		}
		from := at(t, c.from)
		if got := h.Next(from); !got.Equal(at(t, c.next)) {
			t.Errorf("%s: next %v, want %s", c.name, got.UTC(), c.next)
		}
		if h.Open(from) != (c.from == c.next) {
			t.Errorf("%s: open %v", c.name, h.Open(from))
		}
	}
	if got := window(t, "Fri 08:00-09:00", "UTC").Without(quietOn(t, "2026-12-25")).Next(at(t, "2026-12-25T08:30:00Z")); !got.Equal(at(t, "2027-01-01T08:00:00Z")) {
		t.Errorf("next %v", got)
	}
}

// Between the start and the answer nothing is open, whatever the zone does to its clock.
func TestNextOfHoursIsTheFirstOpenInstant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var days []string
		from := drawInstant(t)
		for range rapid.IntRange(0, 4).Draw(t, "quiet days") {
			days = append(days, from.AddDate(0, 0, rapid.IntRange(-1, 4).Draw(t, "of")).Format(time.DateOnly))
		}
		q, err := ParseQuiet(days)
		if err != nil {
			t.Fatal(err)
		}
		h := drawWindow(t).Without(q)
		next := h.Next(from)
		if next.Before(from) || !h.Open(next) {
			t.Fatalf("Next(%v) = %v of %s", from, next, h)
		}
		for m := from; m.Before(next); m = m.Add(time.Minute) {
			if h.Open(m) {
				t.Fatalf("%s is open at %v, before Next(%v) = %v", h, m, from, next)
			}
		}
	})
}
