package campaign

import (
	"testing"
	"time"
)

// opening is open from nine to seventeen on every day but some, in UTC.
func opening(quiet ...int) Limits {
	open := func(t time.Time) bool {
		for _, d := range quiet {
			if t.Day() == d {
				return false
			}
		}
		return t.Hour() >= 9 && t.Hour() < 17
	}
	next := func(t time.Time) time.Time {
		for !open(t) {
			t = t.Truncate(time.Minute).Add(time.Minute)
		}
		return t
	}
	return Limits{Location: time.UTC, Open: open, Next: next, N: 60, Per: time.Minute}
}

func may(day, hour, minute int) time.Time {
	return time.Date(2026, 5, day, hour, minute, 0, 0, time.UTC)
}

func TestForecast(t *testing.T) {
	t.Parallel()
	base := func(change func(*outlook)) outlook {
		o := outlook{limits: opening(), from: may(4, 16, 0), deadline: may(30, 0, 0), house: time.UTC}
		change(&o)
		return o
	}
	cases := map[string]struct {
		o        outlook
		measured float64
		end      time.Time
		late     int
	}{
		"within the hours":              {o: base(func(o *outlook) { o.left = 1800 }), end: may(4, 16, 30)},
		"over the night":                {o: base(func(o *outlook) { o.left = 5400 }), end: may(5, 9, 30)},
		"over a quiet day":              {o: base(func(o *outlook) { o.left, o.limits = 5400, opening(5, 6) }), end: may(7, 9, 30)},
		"from before it opens":          {o: base(func(o *outlook) { o.left, o.from = 60, may(4, 3, 0) }), end: may(4, 9, 1)},
		"slower than it may":            {o: base(func(o *outlook) { o.left = 1800 }), measured: 0.5, end: may(4, 17, 0)},
		"faster counts for nothing":     {o: base(func(o *outlook) { o.left = 1800 }), measured: 100, end: may(4, 16, 30)},
		"begun shortly before it shuts": {o: base(func(o *outlook) { o.left, o.from = 840, may(4, 16, 55) }), end: may(5, 9, 9)},
		"shortly before the deadline":   {o: base(func(o *outlook) { o.left, o.from, o.deadline = 840, may(4, 16, 20), may(4, 16, 25) }), late: 540},
		"few a day":                     {o: base(func(o *outlook) { o.left, o.limits.N, o.limits.Per = 30, 24, 24*time.Hour }), end: may(8, 14, 0)},
		"cut off by the deadline":       {o: base(func(o *outlook) { o.left, o.deadline = 5400, may(5, 0, 0) }), late: 1800},
		"a first wave, and its wait":    {o: base(func(o *outlook) { o.left, o.wave, o.pause, o.from = 660, 60, 4*time.Hour, may(4, 9, 0) }), end: may(4, 13, 11)},
		"nobody left":                   {o: base(func(o *outlook) {})},
		"messages that leave apart": {o: base(func(o *outlook) {
			o.left, o.from, o.apart, o.by = 100, may(4, 9, 0), time.Minute, []foreseen{{left: 60}}
		}), end: may(4, 10, 0)},
		"a warm-up": {o: base(func(o *outlook) { // 50 today, 200 tomorrow, the rest the day after
			o.left, o.from, o.warm = 300, may(4, 9, 0), [][]int{{50, 200, 1000}}
			o.by = []foreseen{{left: 300, warmths: []Warmth{{Day: DateOf(may(4, 0, 0))}}}}
		}), end: may(6, 9, 0)},
		"two relays that warm up": {o: base(func(o *outlook) { // 50 and 20 today, 200 and 80 tomorrow
			o.left, o.from, o.warm = 300, may(4, 9, 0), [][]int{{50, 200}, {20, 80}}
			o.by = []foreseen{{left: 300, warmths: []Warmth{{Day: DateOf(may(4, 0, 0))}, {Day: DateOf(may(4, 0, 0))}}}}
		}), end: may(5, 9, 3)},
		"a warm-up that was half used today": {o: base(func(o *outlook) {
			o.left, o.from, o.warm = 60, may(4, 9, 0), [][]int{{50, 200, 1000}}
			o.by = []foreseen{{left: 60, warmths: []Warmth{{Day: DateOf(may(4, 0, 0)), Sent: 50}}}}
		}), end: may(5, 9, 1)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end, late := c.o.forecast(c.measured)
			if end.Truncate(time.Minute) != c.end || late != c.late {
				t.Errorf("ends at %v with %d too late, want %v, %d", end, late, c.end, c.late)
			}
		})
	}
}

// However bad the outlook, working it out ends.
func TestForecastEnds(t *testing.T) {
	t.Parallel()
	never := Limits{Location: time.UTC, Open: func(time.Time) bool { return false }, Next: func(time.Time) time.Time { return time.Time{} }, N: 1, Per: 24 * time.Hour}
	slow := opening()
	slow.N, slow.Per = 1, 24*time.Hour
	for _, l := range []Limits{never, slow} {
		if end, late := (outlook{limits: l, from: may(4, 9, 0), deadline: may(4, 9, 0).AddDate(20, 0, 0), left: 1 << 30}).forecast(0); !end.IsZero() || late == 0 {
			t.Errorf("ends at %v, %d too late", end, late)
		}
	}
	if end, _ := (Report{Status: Running}).Forecast(0); !end.IsZero() {
		t.Error("a campaign of which nothing is known has an end")
	}
}
