package schedule

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

func place(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func window(t testing.TB, s, zone string) Window {
	t.Helper()
	w, err := ParseWindow(s, place(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseWindowRefusesWhatItCannotKeep(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", " ", "Mon-Sat", "08:00-20:00", "Mon-Sat 8:00-20:00", "Mon-Sat 08:00-25:00", "Mon-Sat 08:00-24:01",
		"Mon-Sat 20:00-08:00", "Mon-Sat 08:00-08:00", "Lun-Sam 08:00-20:00", "Mon-Sat 08:60-20:00", "Mon-Sat +8:00-20:00",
		"Mon-Sat 08:00-20:00,", "Mon-Sat 08:00 - 20:00", "Mon-Sat-Sun 08:00-20:00", "Mon-Sat 08:00",
	} {
		if _, err := ParseWindow(s, time.UTC); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("ParseWindow(%q) = %v, want an invalid fault with a hint", s, err)
		}
	}
}

func TestWindowHasOneSpelling(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"mon-SAT 08:00-20:00":                    "Mon-Sat 08:00-20:00",
		" Fri  00:00-24:00 ":                     "Fri 00:00-24:00",
		"Sat-Mon 10:00-12:00,Tue 09:00-09:30":    "Sat-Mon 10:00-12:00, Tue 09:00-09:30",
		"Wed-Wed 01:00-02:00 , Thu 01:00-02:00 ": "Wed 01:00-02:00, Thu 01:00-02:00",
	} {
		if got := window(t, in, "UTC").String(); got != want {
			t.Errorf("%q reads as %q, want %q", in, got, want)
		}
	}
}

func TestWindowOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		window, zone, at string
		open             bool
	}{
		{"Mon-Sat 08:00-20:00", "Europe/Paris", "2026-01-05T07:00:00Z", true}, // Monday 08:00
		{"Mon-Sat 08:00-20:00", "Europe/Paris", "2026-01-05T06:59:59Z", false},
		{"Mon-Sat 08:00-20:00", "Europe/Paris", "2026-07-06T06:00:00Z", true}, // 08:00 in summer
		{"Mon-Sat 08:00-20:00", "Europe/Paris", "2026-01-05T19:00:00Z", false},
		{"Mon-Sat 08:00-20:00", "Europe/Paris", "2026-01-04T12:00:00Z", false}, // Sunday
		{"Mon-Sun 00:00-24:00", "Europe/Paris", "2026-01-04T23:00:00Z", true},
		{"Sat-Mon 20:00-24:00", "Asia/Kolkata", "2026-01-04T18:29:59Z", true}, // Sunday 23:59:59
		{"Sat-Mon 20:00-24:00", "Asia/Kolkata", "2026-01-04T18:30:00Z", false},
		{"Sat-Mon 20:00-24:00", "Asia/Kolkata", "2026-01-06T16:00:00Z", false}, // Tuesday
	} {
		if got := window(t, c.window, c.zone).Open(at(t, c.at)); got != c.open {
			t.Errorf("%s in %s open at %s: %v, want %v", c.window, c.zone, c.at, got, c.open)
		}
	}
}

func TestWindowNextAndShuts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, window, zone, from, next, shuts string
	}{
		{"inside", "Mon-Sat 08:00-20:00", "Europe/Paris", "2026-01-05T09:30:15.5Z", "2026-01-05T09:30:15.5Z", "2026-01-05T19:00:00Z"},
		{"over Sunday", "Mon-Sat 08:00-20:00", "Europe/Paris", "2026-01-03T19:00:01Z", "2026-01-05T07:00:00Z", "2026-01-03T19:00:01Z"},
		{"over the spring change", "Mon-Fri 09:00-19:00", "Europe/Paris", "2026-03-27T20:00:00Z", "2026-03-30T07:00:00Z", "2026-03-27T20:00:00Z"},
		{"over the autumn change", "Mon-Fri 09:00-19:00", "Europe/Paris", "2026-10-23T20:00:00Z", "2026-10-26T08:00:00Z", "2026-10-23T20:00:00Z"},
		{"begins in the missing hour", "Sun 02:30-04:00", "Europe/Paris", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T00:00:00Z"},
		{"lies in the missing hour", "Sun 02:15-02:45", "Europe/Paris", "2026-03-29T00:00:00Z", "2026-04-05T00:15:00Z", "2026-03-29T00:00:00Z"},
		{"ends in the missing hour", "Sun 01:00-02:30", "Europe/Paris", "2026-03-29T00:30:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
		{"opens again in the repeated hour", "Sun 02:15-02:45", "Europe/Paris", "2026-10-25T00:50:00Z", "2026-10-25T01:15:00Z", "2026-10-25T00:50:00Z"},
		{"shuts and opens at the change back", "Sun 02:00-02:30, Sun 02:30-03:00", "Europe/Paris", "2026-10-25T00:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"},
		{"half-hour zone with half-hour summer time", "Sun 02:00-05:00", "Australia/Lord_Howe", "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z", "2026-10-03T15:00:00Z"},
	} {
		w, from := window(t, c.window, c.zone), at(t, c.from)
		if got := w.Next(from); !got.Equal(at(t, c.next)) {
			t.Errorf("%s: next %v, want %s", c.name, got.UTC(), c.next)
		}
		if got := w.Shuts(from); !got.Equal(at(t, c.shuts)) {
			t.Errorf("%s: shuts %v, want %s", c.name, got.UTC(), c.shuts)
		}
	}
}

func TestWindowThatNeverChanges(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-05-01T00:00:00Z")
	if got := window(t, "Mon-Sun 00:00-24:00", "Europe/Paris").Shuts(now); !got.IsZero() {
		t.Errorf("a window that is always open shuts at %v", got)
	}
	if got := (Window{}).Next(now); !got.IsZero() {
		t.Errorf("the zero window opens at %v", got)
	}
}

var zones = []string{"UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Kathmandu"}

// TestNextIsTheFirstOpenInstant walks minute by minute beside Next: nothing between the start and
// the answer is open, and the answer is.
func TestNextIsTheFirstOpenInstant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWindow(t)
		from := drawInstant(t)
		next := w.Next(from)
		if !w.Open(next) || next.Before(from) {
			t.Fatalf("Next(%v) = %v of %s is not an open instant from there on", from, next, w)
		}
		if next.After(from) && w.Open(next.Add(-time.Nanosecond)) {
			t.Fatalf("%s is open just before Next(%v) = %v", w, from, next)
		}
		for m := from; m.Before(next); m = m.Add(time.Minute) {
			if w.Open(m) {
				t.Fatalf("%s is open at %v, before Next(%v) = %v", w, m, from, next)
			}
		}
	})
}

func TestShutsIsTheFirstShutInstant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWindow(t)
		from := w.Next(drawInstant(t))
		shuts := w.Shuts(from)
		if shuts.IsZero() {
			return
		}
		if w.Open(shuts) || !w.Open(shuts.Add(-time.Nanosecond)) {
			t.Fatalf("%s does not shut at %v", w, shuts)
		}
		for m := from; m.Before(shuts); m = m.Add(time.Minute) {
			if !w.Open(m) {
				t.Fatalf("%s is shut at %v, before Shuts(%v) = %v", w, m, from, shuts)
			}
		}
	})
}

func TestWindowTextReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWindow(t)
		again, err := ParseWindow(w.String(), w.Location())
		if err != nil || again.String() != w.String() {
			t.Fatalf("%q reads back as %q, %v", w, again, err)
		}
	})
}

func TestWindowsMustAllBeOpen(t *testing.T) {
	t.Parallel()
	ws := Windows{window(t, "Mon-Fri 09:00-19:00", "Europe/Paris"), window(t, "Mon-Sat 08:00-20:00", "America/New_York")}
	from := at(t, "2026-01-05T09:00:00Z") // 10:00 in Paris, 04:00 in New York
	if ws.Open(from) {
		t.Error("open although New York sleeps")
	}
	if got, want := ws.Next(from), at(t, "2026-01-05T13:00:00Z"); !got.Equal(want) {
		t.Errorf("next %v, want %v", got.UTC(), want)
	}
	never := Windows{window(t, "Mon 09:00-10:00", "UTC"), window(t, "Tue 09:00-10:00", "UTC")}
	if got := never.Next(from); !got.IsZero() {
		t.Errorf("windows that never meet open at %v", got)
	}
	if !(Windows{}).Open(from) || !(Windows{}).Next(from).Equal(from) {
		t.Error("no window at all must not bind")
	}
}

func drawWindow(t *rapid.T) Window {
	loc := mustPlace(t, rapid.SampledFrom(zones).Draw(t, "zone"))
	s := ""
	for i := range rapid.IntRange(1, 3).Draw(t, "parts") {
		if i > 0 {
			s += ","
		}
		open := rapid.IntRange(0, dayMinutes-1).Draw(t, "open")
		shut := rapid.IntRange(open+1, dayMinutes).Draw(t, "shut")
		s += windowText(rapid.IntRange(0, 6).Draw(t, "first"), rapid.IntRange(0, 6).Draw(t, "last"), open, shut)
	}
	w, err := ParseWindow(s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// drawInstant prefers the days around clock changes of 2026.
func drawInstant(t *rapid.T) time.Time {
	day := rapid.SampledFrom([]string{"2026-03-28", "2026-03-08", "2026-10-24", "2026-11-01", "2026-04-04", "2026-10-03", "2026-02-14", "2026-06-15"}).Draw(t, "day")
	start, _ := time.Parse(time.DateOnly, day)
	return start.Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "after")))
}

func mustPlace(t *rapid.T, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
