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

func TestALastDayThatIsOverBlocksWhatHasNotBegun(t *testing.T) {
	t.Parallel()
	last := time.Date(2026, 7, 15, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		today time.Time
		begun bool
		want  Severity
		text  string
	}{
		{last, false, Warning, "0 days"}, {last.AddDate(0, 0, 1), false, Error, "2026-07-15"}, {last.AddDate(0, 0, 1), true, "", ""}, {last.AddDate(0, 0, -5), true, "", ""},
		{last.AddDate(0, 0, -30), false, "", ""}, {time.Time{}, false, "", ""},
	} {
		var got Finding
		for _, f := range Check(Draft{Languages: []string{"en"}, Deadline: last, Today: c.today, Launch: &Launch{Begun: c.begun}}) {
			if f.Rule == "CAMP-008" {
				got = f
			}
		}
		if got.Severity != c.want || got.Text != c.text {
			t.Errorf("on %s, begun %v: %s %q", c.today.Format(time.DateOnly), c.begun, got.Severity, got.Text)
		}
	}
}
