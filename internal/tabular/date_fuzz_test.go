package tabular

import (
	"fmt"
	"testing"
	"time"
)

// What is read as a date is a day of the calendar, reads back as itself in every usual spelling, and does
// not depend on the format where nothing has two meanings.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"2024-02-29", "2023-02-29", "31/12/2024", "12/31/2024", "01/02/2025", "31.12.2024", "45000", "45000,5", "20240229", "2024-12-31T23:59:60Z",
		"2024-12-31 24:00", "1/1/0999", "29-02-1900", "0/0/0000", "99999", "2024/1/2", "１/２/２０２４", " 2024-01-02 ", "31/12/24", "24-12-31 8:00", "31/12/99", "1.2.24", "-1-2-2024", "2024-01-02T"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		formats := []DateFormat{DatesPlain, DayFirst, MonthFirst}
		py, pm, pd, plain := DatesPlain.Parse(s, 0)
		for _, format := range formats {
			y, m, d, ok := format.Parse(s, 0)
			if plain && (!ok || y != py || m != pm || d != pd) {
				t.Fatalf("%q is %d-%d-%d as it stands, and %d-%d-%d (%v) as %d", s, py, pm, pd, y, m, d, ok, format)
			}
			if !ok {
				if y != 0 || m != 0 || d != 0 {
					t.Fatalf("%q is no date and yet %d-%d-%d", s, y, m, d)
				}
				continue
			}
			day := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
			if day.Year() != y || int(day.Month()) != m || day.Day() != d || y < 1000 || y > 9999 {
				t.Fatalf("%q is read as %d-%d-%d", s, y, m, d)
			}
			for _, spelling := range []string{day.Format("2006-01-02"), day.Format("02.01.2006"), day.Format("2006-01-02T15:04:05Z"), day.Format("20060102")} {
				if y, m, d, ok := format.Parse(spelling, 0); !ok || !time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Equal(day) {
					t.Fatalf("%q, written as %q, is %d-%d-%d (%v)", s, spelling, y, m, d, ok)
				}
			}
		}
		mirrored(t, s)
	})
}

// mirrored: a date with slashes means in one order what its mirror image means in the other, and a column
// that is only ambiguous is said to be so.
func mirrored(t *testing.T, s string) {
	a, b, y, ok := slashed(s)
	var sniff DateSniffer
	sniff.Add(s)
	format, err := sniff.Format()
	if _, _, _, short := shortSlashed(s); err == nil && !ok && !short && format != DatesPlain {
		t.Fatalf("%q is no date with slashes and yet decides for %d", s, format)
	}
	if !ok {
		return
	}
	y1, m1, d1, ok1 := DayFirst.Parse(fmt.Sprintf("%d/%d/%04d", a, b, y), 0)
	y2, m2, d2, ok2 := MonthFirst.Parse(fmt.Sprintf("%d/%d/%04d", b, a, y), 0)
	if ok1 != ok2 || y1 != y2 || m1 != m2 || d1 != d2 {
		t.Fatalf("%q: %d-%d-%d against %d-%d-%d", s, y1, m1, d1, y2, m2, d2)
	}
	if (err != nil) != (a <= 12 && b <= 12 && a != b) {
		t.Fatalf("%q: %v", s, err)
	}
}
