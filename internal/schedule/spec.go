package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/reoptin/reoptin/internal/fault"
)

// parseSpec reads a cron specification of five fields, a word like @daily, or "@every 90s". It
// refuses what the library would take and then get wrong: a zone prefix (a panic when no field
// follows, a job lost in spring and doubled in autumn), an interval below a second or with a
// fraction (silently rounded to whole seconds, a negative one becomes "every second"), and a date
// that never comes. The error is fault.Invalid.
func parseSpec(spec string) (_ cron.Schedule, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = badSpec(spec, fmt.Sprint(r))
		}
	}()
	if strings.Contains(strings.ToUpper(spec), "TZ=") {
		return nil, badSpec(spec, "specifications are read in UTC and name no time zone")
	}
	if every, ok := strings.CutPrefix(spec, "@every "); ok {
		d, err := time.ParseDuration(every)
		if err != nil {
			return nil, badSpec(spec, "the interval cannot be read")
		}
		if d < time.Second || d%time.Second != 0 {
			return nil, badSpec(spec, "an interval is a whole number of seconds, at least one")
		}
		return cron.Every(d), nil
	}
	s, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, badSpec(spec, err.Error())
	}
	if s.Next(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, badSpec(spec, "it names a date that never comes")
	}
	return s, nil
}

func badSpec(spec, why string) error {
	return fault.New(fault.Invalid, "schedule.spec", "\"{spec}\" is no schedule: {why}", "spec", spec, "why", why).
		Hint(`write five fields like "30 3 * * *", or "@every 1m"`).At("schedule.parseSpec")
}
