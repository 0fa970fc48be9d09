package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Quiet are days on which nothing is open: one of a year (2026-05-14), or one of every year (12-25). The zero
// Quiet has none.
type Quiet struct {
	days map[string]bool
}

// ParseQuiet reads days. The error is fault.Invalid.
func ParseQuiet(days []string) (Quiet, error) {
	q := Quiet{days: map[string]bool{}}
	for _, d := range days {
		d = strings.TrimSpace(d)
		_, whole := time.Parse(time.DateOnly, d)
		_, yearly := time.Parse(time.DateOnly, "2000-"+d) // a leap year, so that 02-29 is one
		if whole != nil && yearly != nil {
			return Quiet{}, fault.New(fault.Invalid, "schedule.quiet", "\"{day}\" is no day", "day", d).
				Hint(`write days like "2026-05-14", or "12-25" for every year`)
		}
		q.days[d] = true
	}
	return q, nil
}

// On reports whether the wall clock of t shows a quiet day.
func (q Quiet) On(t time.Time) bool {
	if len(q.days) == 0 {
		return false
	}
	day := t.Format(time.DateOnly)
	return q.days[day] || q.days[day[5:]]
}

// Without is the window with the quiet days taken out, by the window's own wall clock.
func (w Window) Without(q Quiet) Hours { return Hours{w, q} }

// Hours are a window without quiet days.
type Hours struct {
	window Window
	quiet  Quiet
}

// Open reports whether the wall clock stands inside the window, on a day that is not quiet.
func (h Hours) Open(t time.Time) bool { return h.window.Open(t) && !h.quiet.On(t.In(h.window.loc)) }

// Next is the first open instant at or after t; the zero time when none comes within two years.
func (h Hours) Next(t time.Time) time.Time {
	for limit := t.AddDate(2, 0, 0); t.Before(limit); t = nextDay(t) {
		if t = h.window.Next(t); t.IsZero() || !h.quiet.On(t) {
			return t
		}
	}
	return time.Time{}
}

// nextDay is the first instant of the day after t's, where its own clock hangs; where the clocks skip midnight
// it is the instant of the change.
func nextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	next := time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
	if next.Day() == d { // midnight does not exist, and was read by the clock of before
		_, next = next.ZoneBounds()
	}
	return next
}

// Opening are hours that open and shut.
type Opening interface {
	Open(time.Time) bool
	Next(time.Time) time.Time
}

// String says the window and how many quiet days it leaves out.
func (h Hours) String() string {
	if n := len(h.quiet.days); n > 0 {
		return fmt.Sprintf("%s without %d quiet days", h.window.text, n)
	}
	return h.window.text
}
