package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

// Window is a set of hours of the week in a place: "Mon-Sat 08:00-20:00". It follows the wall clock
// of its location, so 08:00 stays 08:00 when the clocks change. The zero Window is never open.
type Window struct {
	text  string
	loc   *time.Location
	spans []span // as minutes of a week that begins on Monday 00:00
}

// span is [from, to) in minutes of the week.
type span struct{ from, to int }

// ParseWindow reads one or more windows, separated by commas, each "DAYS HH:MM-HH:MM". DAYS is an
// English day of three letters or a range of them, and may run over the weekend ("Sat-Mon"); the end
// may be 24:00. Hours over midnight are written as two windows. loc is where the wall clock hangs.
// The error is fault.Invalid and names the part that cannot be read.
func ParseWindow(s string, loc *time.Location) (Window, error) {
	w := Window{loc: loc}
	var texts []string
	for part := range strings.SplitSeq(s, ",") {
		spans, text, err := parseWindowPart(part)
		if err != nil {
			return Window{}, err
		}
		w.spans = append(w.spans, spans...)
		texts = append(texts, text)
	}
	w.text = strings.Join(texts, ", ")
	return w, nil
}

func parseWindowPart(part string) ([]span, string, error) {
	fields := strings.Fields(part)
	if len(fields) != 2 {
		return nil, "", badWindow(part, "it needs days and hours")
	}
	first, last, err := parseDays(fields[0])
	if err != nil {
		return nil, "", badWindow(part, err.Error())
	}
	open, shut, err := parseHours(fields[1])
	if err != nil {
		return nil, "", badWindow(part, err.Error())
	}
	var spans []span
	for d := first; ; d = (d + 1) % 7 {
		spans = append(spans, span{d*dayMinutes + open, d*dayMinutes + shut})
		if d == last {
			break
		}
	}
	return spans, windowText(first, last, open, shut), nil
}

func badWindow(part, why string) error {
	return fault.New(fault.Invalid, "schedule.window", "\"{window}\" is no sending window: {why}", "window", strings.TrimSpace(part), "why", why).
		Hint(`write it like "Mon-Sat 08:00-20:00" or "Mon-Fri 09:00-12:00, Mon-Fri 14:00-19:00"`)
}

var days = [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

func parseDays(s string) (first, last int, err error) {
	from, to, ranged := strings.Cut(s, "-")
	if first, err = parseDay(from); err != nil || !ranged {
		return first, first, err
	}
	last, err = parseDay(to)
	return first, last, err
}

func parseDay(s string) (int, error) {
	for i, d := range days {
		if strings.EqualFold(d, s) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q is no day (Mon, Tue, Wed, Thu, Fri, Sat, Sun)", s)
}

func parseHours(s string) (open, shut int, err error) {
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, fmt.Errorf("%q are no hours", s)
	}
	if open, err = parseClock(from); err != nil {
		return 0, 0, err
	}
	if shut, err = parseClock(to); err != nil {
		return 0, 0, err
	}
	if open >= shut {
		return 0, 0, fmt.Errorf("it must end after it begins on the same day")
	}
	return open, shut, nil
}

// parseClock reads HH:MM, two digits each, up to 24:00, as minutes of the day.
func parseClock(s string) (int, error) {
	if len(s) == 5 && s[2] == ':' {
		h, herr := strconv.ParseUint(s[:2], 10, 8)
		m, merr := strconv.ParseUint(s[3:], 10, 8)
		if herr == nil && merr == nil && m < 60 && h*60+m <= dayMinutes {
			return int(h*60 + m), nil
		}
	}
	return 0, fmt.Errorf("%q is no time of day (00:00 to 24:00)", s)
}

func windowText(first, last, open, shut int) string {
	d := days[first]
	if last != first {
		d += "-" + days[last]
	}
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", d, open/60, open%60, shut/60, shut%60)
}

// String is the window as ParseWindow reads it, in one spelling and without its location.
func (w Window) String() string { return w.text }

// Location is the place whose wall clock the window follows, or nil for the zero Window.
func (w Window) Location() *time.Location { return w.loc }

// Open reports whether the wall clock stands inside the window at t.
func (w Window) Open(t time.Time) bool {
	if w.loc == nil {
		return false
	}
	return w.open(weekMinute(t.In(w.loc)))
}

func (w Window) open(minute int) bool {
	for _, s := range w.spans {
		if s.from <= minute && minute < s.to {
			return true
		}
	}
	return false
}

// weekMinute is the whole minute of the week that t's own wall clock shows.
func weekMinute(t time.Time) int {
	weekday := (int(t.Weekday()) + 6) % 7
	return weekday*dayMinutes + t.Hour()*60 + t.Minute()
}

// Next is the first instant at or after t at which the window is open, in the window's location; the
// zero time when it never opens.
func (w Window) Next(t time.Time) time.Time { return w.seek(t, true) }

// Shuts is the first instant at or after t at which the window is not open, in the window's location;
// the zero time when it never shuts.
func (w Window) Shuts(t time.Time) time.Time { return w.seek(t, false) }

// seek finds the first instant from t on whose openness is want. Between two clock changes the wall
// clock runs evenly, so the answer there is plain arithmetic on minutes; an edge of the window that
// falls into a missing hour is taken at the change itself, because the search starts afresh there.
func (w Window) seek(t time.Time, want bool) time.Time {
	if w.loc == nil {
		return time.Time{}
	}
	for range 1000 { // clock changes; a week without one is met long before
		t = t.In(w.loc)
		minute := weekMinute(t)
		if w.open(minute) == want {
			return t
		}
		ahead := w.ahead(minute, want)
		if ahead == 0 {
			return time.Time{}
		}
		into := time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
		found := t.Add(time.Duration(ahead)*time.Minute - into)
		_, change := t.ZoneBounds()
		if change.IsZero() || found.Before(change) {
			return found
		}
		t = change
	}
	return time.Time{}
}

// ahead counts the minutes from a minute of the week to the next one whose openness is want, over
// the end of the week if need be; 0 when there is none.
func (w Window) ahead(minute int, want bool) int {
	best := 0
	for _, s := range w.spans {
		edge := s.to
		if want {
			edge = s.from
		}
		d := (edge - minute + weekMinutes) % weekMinutes
		if d > 0 && w.open((minute+d)%weekMinutes) == want && (best == 0 || d < best) {
			best = d
		}
	}
	return best
}

// Windows are windows or hours that must all be open.
type Windows []Opening

// Open reports whether every window is open at t; no window at all never binds.
func (ws Windows) Open(t time.Time) bool {
	for _, w := range ws {
		if !w.Open(t) {
			return false
		}
	}
	return true
}

// Next is the first instant at or after t at which every window is open, and the zero time when none
// comes within a year.
func (ws Windows) Next(t time.Time) time.Time {
	for limit := t.AddDate(1, 0, 0); t.Before(limit); {
		before := t
		for _, w := range ws {
			if t = w.Next(t); t.IsZero() {
				return time.Time{}
			}
		}
		if t.Equal(before) {
			return t
		}
	}
	return time.Time{}
}
