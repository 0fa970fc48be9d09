package schedule

import (
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// usualSteps are those that on stands for (COMPLIANCE E.7).
const usualSteps = "50, 200, 1000, 5000"

// ParseSteps reads numbers that grow, "50, 200, 1000, 5000", "on" for these, or "off" for none. The error is
// fault.Invalid.
func ParseSteps(s string) (steps []int, err error) {
	switch s = strings.TrimSpace(s); s {
	case thresholdOff:
		return nil, nil
	case "on":
		s = usualSteps
	}
	last := 0
	for part := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n <= last || n > mostThreshold {
			return nil, fault.New(fault.Invalid, "schedule.steps", "\"{steps}\" are no steps", "steps", s).
				Hint(`write numbers that grow, like "50, 200, 1000, 5000", or "on" for these, or "off"`)
		}
		steps, last = append(steps, n), n
	}
	return steps, nil
}
