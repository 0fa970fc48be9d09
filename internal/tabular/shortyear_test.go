package tabular

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// TestYearsOfTwoDigitsAreReadWhereOneOrderFits: 24-12-31 is the last day of 2024 to one program and 24 December 2031 to another.
// Only cells that leave one reading decide.
func TestYearsOfTwoDigitsAreReadWhereOneOrderFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells string
		want  DateFormat
		key   string
	}{
		{"31/12/24 01/02/23", DayFirst, ""},
		{"12/31/24 01/02/23", MonthFirst, ""},
		{"1/31/24 1/2/24", MonthFirst, ""},
		{"31-12-24 10:30 01-02-23", DayFirst, ""},
		{"15/03/62 31/12/80", DayFirst, ""}, // dates of birth
		{"15/03/00", DayFirst, ""},
		{"31/12/1980 15/03/24", DayFirst, ""}, // one program wrote both
		{"31.12.24 05.03.24", DatesPlain, ""}, // nobody puts anything else before a dot
		{"15/03/24 05/06/24", 0, "tabular.short_years"},
		{"24-12-31 23-05-12", 0, "tabular.short_years"},
		{"05/03/24", 0, "tabular.short_years"},
		{"1/2/24 3/4/24", 0, "tabular.ambiguous_dates"},
		{"31/12/24 12/31/24", 0, "tabular.mixed_dates"},
		{"31/12/24 24/12/31", 0, "tabular.short_years"},
		{strings.Repeat("31/12/24 ", 100) + "24/12/31", DayFirst, ""},
		{"99/99/24 0/1/24 31/12/2 31/12/024", DatesPlain, ""},
	} {
		s := DateSniffer{Year: 2026}
		for cell := range strings.FieldsSeq(c.cells) {
			s.Add(cell)
		}
		got, err := s.Format()
		if c.key == "" && err != nil || got != c.want {
			t.Errorf("%.40q: %d %v", c.cells, got, err)
		}
		var f *fault.Fault
		if c.key != "" && (!errors.As(err, &f) || f.Key != c.key || !strings.Contains(fault.HintOf(err), "--date-format")) {
			t.Errorf("%.40q: %v, want %s", c.cells, err, c.key)
		}
	}
	for _, c := range []struct {
		f    DateFormat
		cell string
		want string
	}{
		{DayFirst, "31/12/24", "2024-12-31"}, {DayFirst, " 1-2-24 ", "2024-02-01"}, {MonthFirst, "12/31/24 2:30 PM", "2024-12-31"}, {MonthFirst, "1/2/24 14:30", "2024-01-02"},
		{DayFirst, "15/03/62", "1962-03-15"}, {DayFirst, "15/03/26", "2026-03-15"}, {DayFirst, "15/03/27", "1927-03-15"}, {DayFirst, "29/02/00", "2000-02-29"},
		{DatesPlain, "31.12.24", "2024-12-31"}, {MonthFirst, "05.03.24 8:05", "2024-03-05"},
		{DatesPlain, "31/12/24", ""}, {MonthFirst, "31/12/24", ""}, {DayFirst, "29/02/23", ""}, {DayFirst, "31/12/4", ""},
	} {
		got := ""
		if y, m, d, ok := c.f.Parse(c.cell, 2026); ok {
			got = fmt.Sprintf("%04d-%02d-%02d", y, m, d)
		}
		if got != c.want {
			t.Errorf("%d %q: %q, want %q", c.f, c.cell, got, c.want)
		}
	}
}
