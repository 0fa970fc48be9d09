package tabular

import (
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// DateFormat says how the dates of a column are read. ISO 8601 dates and timestamps, 31.12.2024 and
// Excel serials mean one day each whatever the format; it only decides on 03/04/2024 and 31/12/24.
type DateFormat uint8

// The formats.
const (
	DatesPlain DateFormat = iota // no slash occurs whose order would matter
	DayFirst                     // 31/12/2024
	MonthFirst                   // 12/31/2024
)

// dateFormats are the names of the setting.
var dateFormats = map[string]DateFormat{
	"iso": DatesPlain, "yyyy-mm-dd": DatesPlain, "excel": DatesPlain, "serial": DatesPlain,
	"dmy": DayFirst, "dd/mm/yyyy": DayFirst, "dd.mm.yyyy": DayFirst, "dd-mm-yyyy": DayFirst, "31/12/2024": DayFirst, "31.12.2024": DayFirst,
	"dd/mm/yy": DayFirst, "dd.mm.yy": DayFirst, "dd-mm-yy": DayFirst, "31/12/24": DayFirst, "31.12.24": DayFirst,
	"mdy": MonthFirst, "mm/dd/yyyy": MonthFirst, "mm-dd-yyyy": MonthFirst, "12/31/2024": MonthFirst,
	"mm/dd/yy": MonthFirst, "mm-dd-yy": MonthFirst, "12/31/24": MonthFirst,
}

// ParseDateFormat reads the name of a format: iso, dd/mm/yyyy, mm/dd/yyyy and the like.
func ParseDateFormat(name string) (DateFormat, error) {
	f, ok := dateFormats[strings.ToLower(strings.TrimSpace(name))]
	if !ok {
		return 0, fault.New(fault.Invalid, "tabular.date_format", "{format} is not a date format", "format", name).
			Hint("use iso, dd/mm/yyyy or mm/dd/yyyy")
	}
	return f, nil
}

// decisive is how many times more dates must speak for one order than against it. The few against are
// mistakes, and rejected row by row.
const decisive = 20

// DateSniffer learns the format of a column from its cells.
type DateSniffer struct {
	Year int // this year: a year of two digits that lies before it, but not by much, can be told from a day; 0: none can

	seen, notDay, notMonth, notYear int // cells, and how many of them have no day, no month, no year at their beginning
	shortYears                      int // cells that may begin with a year
}

// Add looks at one cell. What is no date is passed over; Parse will refuse it.
func (s *DateSniffer) Add(cell string) {
	if _, _, _, is := iso(cell); is || cell == "" {
		return
	}
	var day, month, year bool
	if a, b, _, ok := slashed(cell); ok && a != b {
		day, month = a <= 31 && b <= 12, a <= 12 && b <= 31
	} else if a, b, c, ok := shortSlashed(cell); ok {
		day, month = isDay(a) && isMonth(b) && s.isYear(c), isMonth(a) && isDay(b) && s.isYear(c)
		year = len(a) == 2 && isMonth(b) && isDay(c) && s.isYear(a)
	}
	if !day && !month && !year {
		return
	}
	s.seen++
	for _, order := range []struct {
		is  bool
		not *int
	}{{day, &s.notDay}, {month, &s.notMonth}, {year, &s.notYear}} {
		if !order.is {
			*order.not++
		}
	}
	if year {
		s.shortYears++
	}
}

func isDay(s string) bool   { return number(s) >= 1 && number(s) <= 31 }
func isMonth(s string) bool { return number(s) >= 1 && number(s) <= 12 }

// isYear reports whether two digits may be a year of what a base tells. Those of the next years are hardly any, and days.
func (s *DateSniffer) isYear(digits string) bool {
	n := number(digits)
	return s.Year == 0 || n <= s.Year%100 || n > 31
}

// Merge adds what another column of the same file showed: one program wrote both.
func (s *DateSniffer) Merge(o DateSniffer) {
	s.seen += o.seen
	s.notDay += o.notDay
	s.notMonth += o.notMonth
	s.notYear += o.notYear
	s.shortYears += o.shortYears
}

// Format gives the column's format, and Invalid when its dates could be read in two ways.
func (s *DateSniffer) Format() (DateFormat, error) {
	switch {
	case s.seen == 0:
		return DatesPlain, nil
	case min(s.notMonth, s.notYear) > decisive*s.notDay:
		return DayFirst, nil
	case min(s.notDay, s.notYear) > decisive*s.notMonth:
		return MonthFirst, nil
	case s.shortYears > 0 && s.notYear <= decisive*min(s.notDay, s.notMonth):
		return 0, fault.New(fault.Invalid, "tabular.short_years", "the years have two digits, and may come first").
			Hint("say with --date-format dd/mm/yyyy or --date-format mm/dd/yyyy how they are written, or export them with years of four digits")
	case s.notDay+s.notMonth == 0:
		return 0, fault.New(fault.Invalid, "tabular.ambiguous_dates", "the dates can be read with the day or with the month first").
			Hint("say which with --date-format dd/mm/yyyy or --date-format mm/dd/yyyy")
	}
	return 0, fault.New(fault.Invalid, "tabular.mixed_dates", "some dates have the day first ({day_first}), others the month ({month_first})",
		"day_first", s.notMonth, "month_first", s.notDay).
		Hint("mend the file, or say which is right with --date-format dd/mm/yyyy or --date-format mm/dd/yyyy")
}

// Parse gives the calendar day that a cell names; a time of day behind it is passed over, as written,
// whatever its zone. A year of two digits is the last that ends so up to the given one, when that is not 0. ok is false for
// anything that is no day of the calendar, and for a date with slashes whose order matters when f is DatesPlain.
func (f DateFormat) Parse(cell string, latest int) (year, month, day int, ok bool) {
	if y, m, d, is := iso(cell); is { // which most are
		return calendar(y, m, d)
	}
	if a, b, y, is := slashed(cell); is {
		switch {
		case f == MonthFirst:
			a, b = b, a
		case f == DatesPlain && a != b:
			return 0, 0, 0, false
		}
		return calendar(y, b, a)
	}
	if a, b, c, is := shortSlashed(cell); is && latest > 0 {
		switch f {
		case DayFirst:
			return calendar(century(c, latest), number(b), number(a))
		case MonthFirst:
			return calendar(century(c, latest), number(a), number(b))
		}
		return 0, 0, 0, false
	}
	cell = strings.TrimSpace(cell)
	if y, m, d, is := serial(cell); is {
		return y, m, d, true
	}
	date := cutTime(cell)
	if len(date) == 8 && number(date) >= 0 {
		return calendar(number(date[:4]), number(date[4:6]), number(date[6:]))
	}
	if p := strings.Split(date, "."); len(p) == 3 && short(p[0]) && short(p[1]) {
		switch {
		case len(p[2]) == 4:
			return calendar(number(p[2]), number(p[1]), number(p[0]))
		case len(p[2]) == 2 && short(p[2]) && latest > 0:
			return calendar(century(p[2], latest), number(p[1]), number(p[0]))
		}
	}
	for _, sep := range []string{"-", "/"} {
		if p := strings.Split(date, sep); len(p) == 3 && len(p[0]) == 4 && short(p[1]) && short(p[2]) {
			return calendar(number(p[0]), number(p[1]), number(p[2]))
		}
	}
	return 0, 0, 0, false
}

// iso reads yyyy-mm-dd, with nothing around it.
func iso(s string) (year, month, day int, ok bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, 0, 0, false
	}
	for i := range len(s) {
		if c := s[i] - '0'; c > 9 && i != 4 && i != 7 {
			return 0, 0, 0, false
		}
	}
	two := func(i int) int { return 10*int(s[i]-'0') + int(s[i+1]-'0') }
	return 100*two(0) + two(2), two(5), two(8), true
}

// slashed reads n/n/yyyy or n-n-yyyy, with or without a time behind.
func slashed(cell string) (a, b, year int, ok bool) {
	date := cutTime(strings.TrimSpace(cell))
	for _, sep := range []string{"/", "-"} {
		if p := strings.Split(date, sep); len(p) == 3 && len(p[2]) == 4 && short(p[0]) && short(p[1]) {
			a, b, year = number(p[0]), number(p[1]), number(p[2])
			return a, b, year, a > 0 && b > 0 && year > 0
		}
	}
	return 0, 0, 0, false
}

// shortSlashed splits n/n/nn or n-n-nn, with or without a time behind.
func shortSlashed(cell string) (a, b, c string, ok bool) {
	date := cutTime(strings.TrimSpace(cell))
	for _, sep := range []string{"/", "-"} {
		if p := strings.Split(date, sep); len(p) == 3 && len(p[2]) == 2 && short(p[0]) && short(p[1]) && short(p[2]) {
			return p[0], p[1], p[2], true
		}
	}
	return "", "", "", false
}

// century completes a year of two digits.
func century(digits string, latest int) int {
	year := latest - latest%100 + number(digits)
	if year > latest {
		year -= 100
	}
	return year
}

// cutTime removes a time of day: what follows a T or a space and begins with hours and minutes. Behind
// them may come seconds, AM or PM, and a zone as offset or name.
func cutTime(s string) string {
	i := strings.IndexAny(s, "Tt ")
	if i < 6 || i+1 >= len(s) {
		return s
	}
	clock := strings.TrimSpace(s[i+1:])
	hours, rest, colon := strings.Cut(clock, ":")
	if colon && short(hours) && number(hours) <= 24 && len(rest) >= 2 && short(rest[:2]) && len(rest) <= 40 && !strings.ContainsFunc(rest, notOfClock) {
		return s[:i]
	}
	return s
}

func notOfClock(r rune) bool {
	return (r < '0' || r > ':') && (r|0x20 < 'a' || r|0x20 > 'z') && !strings.ContainsRune(".,+- ", r)
}

// serial reads a day number of Excel's 1900 system; five digits span 1927 to 2173.
func serial(s string) (year, month, day int, ok bool) {
	whole, part, fraction := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	n := number(whole)
	if len(whole) != 5 || n < 10000 || fraction && number(part) < 0 && strings.Trim(part, "0123456789") != "" {
		return 0, 0, 0, false
	}
	t := time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC)
	return t.Year(), int(t.Month()), t.Day(), true
}

func calendar(year, month, day int) (int, int, int, bool) {
	if year < 1000 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, 0, 0, false
	}
	return year, month, day, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// number reads up to nine digits; -1 for anything else.
func number(s string) int {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return -1
	}
	n, _ := strconv.Atoi(s)
	return n
}

// short holds for one or two digits.
func short(s string) bool { return len(s) <= 2 && number(s) >= 0 }
