package campaign

import (
	"fmt"
	"time"
)

// Date is a calendar day without a time of day. The zero Date means "not known". An audit compares and adds
// days by the million: a day is a number.
type Date struct{ n int32 } // days since 1 January of year 1, which stands for "not known"

const (
	dayZero       = 719_162 // from then to 1 January 1970
	secondsPerDay = 24 * 60 * 60
)

// NewDate is the given day.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf is the day of t in t's own location.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	_, offset := t.Zone()
	return DayOf(floor(t.Unix()+int64(offset), secondsPerDay))
}

// floor divides and rounds down.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// DayOf is the day that is so many days after 1 January 1970. Day gives the number back.
func DayOf(n int64) Date { return Date{int32(n + dayZero)} }

// Day counts from 1 January 1970.
func (d Date) Day() int64 { return int64(d.n) - dayZero }

// ParseDate reads YYYY-MM-DD, or the day of an RFC 3339 time.
func ParseDate(s string) (Date, error) {
	if len(s) > 10 {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return DateOf(t), nil
		}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is no day like 2026-03-02", s)
	}
	return DateOf(t), nil
}

// IsZero reports whether the day is not known.
func (d Date) IsZero() bool { return d.n == 0 }

// Time is midnight UTC of the day.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Unix(d.Day()*secondsPerDay, 0).UTC()
}

// In is the first instant of the day in a location. Where the clocks skip midnight it is the instant of the change, and where they
// show it twice the first.
func (d Date) In(loc *time.Location) time.Time {
	t := d.Time()
	t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, loc)
	begin, end := t.ZoneBounds()
	if DateOf(t).Before(d) {
		return end
	}
	if before := begin.Add(-1); !begin.IsZero() && !DateOf(before).Before(d) {
		_, offset := before.Zone()
		return d.Time().Add(-time.Duration(offset) * time.Second).In(loc)
	}
	return t
}

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.n > e.n }

// AddMonths adds calendar months; a day past the end of the month becomes its last day.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	year, month, day := d.civil()
	count := year*12 + month - 1 + int64(n)
	year, month = floor(count, 12), count-floor(count, 12)*12+1
	first := daysTo(year, month)
	return Date{int32(min(first+day, daysTo(year+month/12, month%12+1)) - 1)}
}

// AddDays adds days.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return Date{d.n + int32(n)}
}

// A year that begins in March has its leap day at the end, and its months are of 153 days for every five.
const (
	daysOf400 = 146_097
	daysTo60  = 306 // from 1 March of the year before to 1 January
)

// civil gives year, month and day.
func (d Date) civil() (year, month, day int64) {
	n := int64(d.n) + daysTo60
	era := floor(n, daysOf400)
	n -= era * daysOf400
	year = (n - n/1460 + n/36524 - n/146096) / 365
	n -= 365*year + year/4 - year/100
	m := (5*n + 2) / 153
	day = n - (153*m+2)/5 + 1
	year += era * 400
	if m < 10 {
		return year, m + 3, day
	}
	return year + 1, m - 9, day
}

// daysTo counts the days from 1 January of year 1 to the first of a month.
func daysTo(year, month int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := floor(year, 400)
	year -= era * 400
	return era*daysOf400 + 365*year + year/4 - year/100 + (153*(month-3)+2)/5 - daysTo60
}

// String is YYYY-MM-DD, or "" when not known.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads; empty is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}
