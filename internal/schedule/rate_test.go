package schedule

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Rate{
		"600/min": {600, time.Minute}, "20/s": {20, time.Second}, "5000/h": {5000, time.Hour},
		"1/day": {1, 24 * time.Hour}, " 60 / MIN ": {60, time.Minute}, "1000000/s": {1000000, time.Second},
	} {
		got, err := ParseRate(in)
		if err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", in, got, err, want)
		}
		if again, err := ParseRate(got.String()); err != nil || again != got {
			t.Errorf("%v reads back as %v, %v", got, again, err)
		}
	}
	for _, in := range []string{"", "600", "600/", "/min", "0/min", "-1/min", "1.5/s", "600/week", "1000001/s", "600/min/s", "99999999999999999999/s"} {
		if got, err := ParseRate(in); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("ParseRate(%q) = %v, %v, want an invalid fault with a hint", in, got, err)
		}
	}
}

func TestRateComparesAcrossUnits(t *testing.T) {
	t.Parallel()
	minute, hour := Rate{60, time.Minute}, Rate{3599, time.Hour}
	if minute.Slower(minute) || !hour.Slower(minute) || minute.Slower(hour) {
		t.Error("60/min must be faster than 3599/h and not slower than itself")
	}
	if got := minute.Interval(); got != time.Second {
		t.Errorf("60/min leaves %v between two, want 1s", got)
	}
	if got := (Rate{}).Interval(); got != 0 {
		t.Errorf("the zero rate has interval %v", got)
	}
}
