package campaign

import (
	"testing"
	"time"
)

// TestHoursThatNeverOpenAreLookedForOnceAZone: a start with a million people who were put off to the deadline must not look at a year for each.
func TestHoursThatNeverOpenAreLookedForOnceAZone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	looks := 0
	opens := map[string]time.Time{"": {}, "Europe/Paris": now.Add(time.Hour), "Europe/Lisbon": now}
	o := openings{now: now, at: map[string]time.Time{}, limits: Limits{Local: func(zone string) Hours {
		return someHours{opens[zone], &looks}
	}}}
	for range 1000 {
		for zone, sooner := range map[string]bool{"": false, "Europe/Paris": true, "Europe/Lisbon": true} {
			if got := o.sooner(PutOff{Zone: zone, Until: now.Add(24 * time.Hour)}); got != sooner {
				t.Fatalf("%q: %v", zone, got)
			}
		}
		if o.sooner(PutOff{Zone: "Europe/Paris", Until: now.Add(time.Hour)}) {
			t.Fatal("nobody is recalled to the hour that they wait for")
		}
	}
	if looks != 2 {
		t.Errorf("%d looks for the next hour", looks)
	}
}

// someHours are hours that open once, or never, and count the looks for it.
type someHours struct {
	at    time.Time
	looks *int
}

func (o someHours) Open(at time.Time) bool { return o.at.Equal(at) }

func (o someHours) Next(time.Time) time.Time {
	*o.looks++
	return o.at
}
