package campaign

import (
	"testing"
	"time"
)

// A day begins with its first instant, also where the clocks skip midnight or show it twice.
func TestDayWithoutMidnight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string
		day  Date
	}{
		{"America/Santiago", NewDate(2026, 9, 6)}, {"America/Asuncion", NewDate(2023, 10, 1)}, {"America/Havana", NewDate(2026, 3, 8)},
		{"Asia/Beirut", NewDate(2026, 3, 29)}, {"Africa/Cairo", NewDate(2026, 4, 24)}, {"Europe/Paris", NewDate(2026, 3, 29)},
		{"America/Havana", NewDate(2026, 11, 1)}, {"Atlantic/Azores", NewDate(2026, 10, 25)}, {"Asia/Amman", NewDate(2021, 10, 29)}, {"America/Asuncion", NewDate(2024, 3, 24)}, {"UTC", NewDate(2026, 1, 1)},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		first := c.day.In(loc)
		if DateOf(first) != c.day || DateOf(first.Add(-time.Nanosecond)) != c.day.AddDays(-1) {
			t.Errorf("%s: %v", c.zone, first)
		}
	}
}
