package campaign

import (
	"testing"
	"time"
)

func TestMissed(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 13, 18, 0, 0, 0, time.UTC) // a Friday
	monday := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)
	l := Limits{Location: time.UTC, Next: func(at time.Time) time.Time { return latest(at, monday) }}
	for name, c := range map[string]struct {
		armed, now time.Time
		want       bool
	}{
		"in time":                    {start.Add(-time.Hour), monday, false},
		"a little late":              {start.Add(-time.Hour), monday.Add(24 * time.Hour), false},
		"too late":                   {start.Add(-time.Hour), monday.Add(24*time.Hour + time.Second), true},
		"started after its hour":     {start.Add(time.Hour), monday.Add(24 * time.Hour), false},
		"started after it, too late": {start.Add(time.Hour), monday.Add(1000 * time.Hour), true},
		"started at its hour":        {start, monday.Add(1000 * time.Hour), true},
		"before the window, late":    {start.Add(-time.Hour), start.Add(48 * time.Hour), false},
		"weeks after the window":     {start.Add(-time.Hour), monday.Add(1000 * time.Hour), true},
		"armed long before its hour": {start.AddDate(0, -1, 0), monday.Add(time.Hour), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := missed(Campaign{StartedAt: c.armed, File: File{Schedule: Schedule{Start: start}}}, l, c.now, 24*time.Hour)
			if !got.IsZero() != c.want || c.want && !got.Equal(monday) {
				t.Errorf("missed %v, want %v", got, c.want)
			}
		})
	}
	if got := missed(Campaign{StartedAt: start}, l, monday.AddDate(1, 0, 0), 24*time.Hour); !got.Equal(monday) {
		t.Errorf("a campaign without an hour, which was started and then forgotten, missed %v", got)
	}
}
