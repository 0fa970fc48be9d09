package lint

import (
	"testing"
	"time"
)

func TestHolidays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country, day string
		is           bool
	}{
		{"FR", "2026-07-14", true}, {"DE", "2026-07-14", false}, {"DE", "2026-10-03", true}, {"PT", "2026-01-01", true},
		{"FR", "2026-04-06", true}, {"DE", "2026-04-03", true}, {"FR", "2026-04-03", false}, // Easter Monday, Good Friday
		{"NL", "2027-05-06", true}, {"FR", "2028-06-05", true}, {"PT", "2026-06-04", true}, // Ascension, Whit Monday, Corpus Christi
		{"US", "2026-12-25", false}, {"", "2026-12-25", false},
	} {
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := Holiday(c.country, day); got != c.is {
			t.Errorf("%s %s: got %v", c.country, c.day, got)
		}
	}
	for year, want := range map[int]string{2024: "03-31", 2025: "04-20", 2026: "04-05", 2027: "03-28", 2038: "04-25", 2285: "03-22"} {
		if got := easter(year).Format("01-02"); got != want {
			t.Errorf("Easter %d: got %s, want %s", year, got, want)
		}
	}
}

func TestTheLastDayIsNoHoliday(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]int{"FR": 1, "DE": 0} {
		n := 0
		for _, f := range Check(Draft{Languages: []string{"en"}, Controller: Controller{Country: country}, Deadline: time.Date(2026, 7, 14, 0, 0, 0, 0, time.UTC)}) {
			if f.Rule == "CAMP-008" && f.Text == "2026-07-14" {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d findings, want %d", country, n, want)
		}
	}
}
