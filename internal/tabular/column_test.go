package tabular

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestDateFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells string
		want  DateFormat
		key   string
	}{
		{"2024-12-31 2024-01-02T10:00:00Z", DatesPlain, ""},
		{"31/12/2024 01/02/2024", DayFirst, ""},
		{"12/31/2024 01/02/2024", MonthFirst, ""},
		{"01/02/2024 03/04/2024", 0, "tabular.ambiguous_dates"},
		{"01/01/2024 02/02/2024", DatesPlain, ""},
		{"01.02.2024 45292", DatesPlain, ""},
		{"31/12/2024 12/31/2024", 0, "tabular.mixed_dates"},
		{strings.Repeat("31/12/2024 ", 100) + "12/31/2024", DayFirst, ""},
		{"31-12-2024 01-02-2024", DayFirst, ""},
		{"", DatesPlain, ""},
		{"n/a bientôt 99/99/2024", DatesPlain, ""},
	} {
		var s DateSniffer
		for cell := range strings.FieldsSeq(c.cells) {
			s.Add(cell)
		}
		got, err := s.Format()
		if c.key == "" && err != nil || got != c.want {
			t.Errorf("%.40q: %d %v", c.cells, got, err)
		}
		if c.key != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), "--date-format")) {
			t.Errorf("%.40q: %v", c.cells, err)
		}
	}
	var proven, unclear DateSniffer
	proven.Add("31/12/2024")
	unclear.Add("01/02/2024")
	unclear.Merge(proven)
	if f, err := unclear.Format(); err != nil || f != DayFirst {
		t.Errorf("merged: %d %v", f, err)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f    DateFormat
		cell string
		want string
	}{
		{DayFirst, "31/12/2024", "2024-12-31"},
		{DayFirst, " 1/2/2024 ", "2024-02-01"},
		{MonthFirst, "1/2/2024", "2024-01-02"},
		{MonthFirst, "12/31/2024 14:30", "2024-12-31"},
		{DayFirst, "12/31/2024", ""},
		{DatesPlain, "1/2/2024", ""},
		{DatesPlain, "2/2/2024", "2024-02-02"},
		{MonthFirst, "31.12.2024", "2024-12-31"},
		{MonthFirst, "2024-12-31", "2024-12-31"},
		{DatesPlain, "2024/12/31", "2024-12-31"},
		{DatesPlain, "20241231", "2024-12-31"},
		{DatesPlain, "2024-12-31T23:59:59.5+02:00", "2024-12-31"},
		{DatesPlain, "2024-12-31 23:59:59Z", "2024-12-31"},
		{DatesPlain, "31.12.2024 8:05", "2024-12-31"},
		{DatesPlain, "45292", "2024-01-01"},
		{DatesPlain, "45292.75", "2024-01-01"},
		{DatesPlain, "45292,75", "2024-01-01"},
		{DayFirst, "29/02/2023", ""},
		{DayFirst, "29/02/2024", "2024-02-29"},
		{DayFirst, "00/01/2024", ""},
		{DayFirst, "31/12/24", ""},
		{DatesPlain, "2024", ""},
		{DatesPlain, "", ""},
		{DatesPlain, "2024-12-31 tomorrow", ""},
		{DatesPlain, "2024-12-31; drop", ""},
		{DatesPlain, "+4529", ""},
		{DatesPlain, "45292.x", ""},
	} {
		y, m, d, ok := c.f.Parse(c.cell, 0)
		got := ""
		if ok {
			got = fmt.Sprintf("%04d-%02d-%02d", y, m, d)
		}
		if got != c.want {
			t.Errorf("%d %q: %q, want %q", c.f, c.cell, got, c.want)
		}
	}
}

func TestEveryDayReadsBack(t *testing.T) {
	t.Parallel()
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(10_000, 99_999).Draw(t, "serial")
		day := epoch.AddDate(0, 0, n)
		for _, c := range []struct {
			f    DateFormat
			cell string
		}{
			{DatesPlain, fmt.Sprint(n)}, {DatesPlain, day.Format(time.DateOnly)}, {DatesPlain, day.Format(time.RFC3339)},
			{DayFirst, day.Format("2/1/2006")}, {DayFirst, day.Format("02/01/2006 15:04")}, {MonthFirst, day.Format("01/02/2006")}, {DatesPlain, day.Format("02.01.2006")},
		} {
			y, m, d, ok := c.f.Parse(c.cell, 0)
			if !ok || !day.Equal(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)) {
				t.Fatalf("%d %q: %d-%d-%d %v", c.f, c.cell, y, m, d, ok)
			}
		}
	})
}

func TestParseDateFormat(t *testing.T) {
	t.Parallel()
	if f, err := ParseDateFormat(" DD/MM/YYYY "); err != nil || f != DayFirst {
		t.Errorf("%d %v", f, err)
	}
	if _, err := ParseDateFormat("yy"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestParseBool(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]bool{
		"oui": {true, true}, "OUI ": {true, true}, "Yes": {true, true}, "true": {true, true}, "vrai": {true, true}, "1": {true, true}, "X": {true, true},
		"non": {false, true}, "No": {false, true}, "FALSE": {false, true}, "faux": {false, true}, "0": {false, true},
		"": {}, " ": {}, "peut-être": {}, "2": {}, "-1": {},
	} {
		if v, known := ParseBool(text); v != want[0] || known != want[1] {
			t.Errorf("%q: %v %v", text, v, known)
		}
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := NewWriter(&out, ',')
	w.Guard = true
	if err := w.Write("=1+1", "+33", "-5", "@x", "\tx", "\rx", "\x00x", "＝1", "＋1", "－1", "＠x", "plain", "a=b", ""); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	const want = "'=1+1,'+33,'-5,'@x,\"'\tx\",\"'\rx\",'\x00x,'＝1,'＋1,'－1,'＠x,plain,a=b,\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
	out.Reset()
	w = NewWriter(&out, ';')
	if err := w.Write("=1", "a;b"); err != nil || w.Flush() != nil || out.String() != "=1;\"a;b\"\n" {
		t.Errorf("%q %v", out.String(), err)
	}
	out.Reset()
	w = NewWriter(&out, ',') // whatever delimiter a spreadsheet takes, no text of a cell begins another
	if err := w.Write("a;=1", "b\t=1", "c|=1", `d"e`, " f", ""); err != nil || w.Flush() != nil || out.String() != "\"a;=1\",\"b\t=1\",\"c|=1\",\"d\"\"e\",\" f\",\n" {
		t.Errorf("%q %v", out.String(), err)
	}
}

// TestAGuardLeavesPlainMailboxes as they are, and nothing that a formula could call by.
func TestAGuardLeavesPlainMailboxes(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"=jo@d.example", "+jo.doe+news@d.example", "-jo_1@mail.d-e.example", "=1+1@xn--caf-dma.example"} {
		if got := Harmless(cell); got != cell {
			t.Errorf("%q became %q", cell, got)
		}
	}
	for _, cell := range []string{"=jo", "=@d.example", "@jo@d.example", "=jo@d", "=jo@d.example@d.example", "=jo@.example", "=SUM(1)@d.example", "=cmd|'/C calc'!A0@d.example",
		"=a!b@d.example", "=a&b@d.example", "=a:b@d.example", "=a\"b@d.example", "=jo@d.example,x", "=jo@d.example\n", "=jo@d.example=1", "=é@d.example", "+33 6@d.example", "＝jo@d.example"} {
		if got := Harmless(cell); got != "'"+cell {
			t.Errorf("%q became %q", cell, got)
		}
	}
}

// TestTheCalendarIsTheCalendar holds every day that could be written against the library's.
func TestTheCalendarIsTheCalendar(t *testing.T) {
	t.Parallel()
	for _, year := range []int{999, 1000, 1900, 1996, 2000, 2023, 2024, 2100, 9999} {
		for month := range 14 {
			for day := range 33 {
				at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
				want := year >= 1000 && at.Year() == year && int(at.Month()) == month && at.Day() == day
				y, m, d, ok := DayFirst.Parse(fmt.Sprintf("%04d-%02d-%02d", year, month, day), 0)
				if ok != want || ok && (y != year || m != month || d != day) {
					t.Errorf("%d-%d-%d: %d-%d-%d %t", year, month, day, y, m, d, ok)
				}
			}
		}
	}
}
