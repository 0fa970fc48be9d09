package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Rate is N things per stretch of time. N is at least 1, Per one of a second, minute, hour or day.
type Rate struct {
	N   int
	Per time.Duration
}

const maxRate = 1_000_000

// ParseRate reads "600/min": a whole number from 1 to 1,000,000, a stroke, and s, min, h or day.
// The error is fault.Invalid.
func ParseRate(s string) (Rate, error) {
	number, unit, _ := strings.Cut(s, "/")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	per := rateUnit(strings.TrimSpace(unit))
	if err != nil || per == 0 || n < 1 || n > maxRate {
		return Rate{}, fault.New(fault.Invalid, "schedule.rate", "\"{rate}\" is no rate", "rate", s).
			Hint(`write a number from 1 to 1000000 and a unit, like "600/min", "20/s", "5000/h" or "2000/day"`)
	}
	return Rate{N: n, Per: per}, nil
}

func rateUnit(s string) time.Duration {
	switch strings.ToLower(s) {
	case "s":
		return time.Second
	case "min":
		return time.Minute
	case "h":
		return time.Hour
	case "day":
		return 24 * time.Hour
	}
	return 0
}

// String is the rate as ParseRate reads it.
func (r Rate) String() string {
	unit := map[time.Duration]string{time.Second: "s", time.Minute: "min", time.Hour: "h", 24 * time.Hour: "day"}[r.Per]
	if unit == "" {
		unit = r.Per.String()
	}
	return fmt.Sprintf("%d/%s", r.N, unit)
}

// Interval is the pause between two things at this rate, 0 for the zero Rate.
func (r Rate) Interval() time.Duration {
	if r.N < 1 {
		return 0
	}
	return r.Per / time.Duration(r.N)
}

// Slower reports whether r lets fewer things through than q in the long run.
func (r Rate) Slower(q Rate) bool {
	return float64(r.N)*float64(q.Per) < float64(q.N)*float64(r.Per)
}
