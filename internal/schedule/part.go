package schedule

import (
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// Part is some of many: a number of them, or a share in millionths. The zero Part is none.
type Part struct {
	N     int
	Share int
}

// ParsePart reads "200", "1%" or "off". The error is fault.Invalid.
func ParsePart(s string) (Part, error) {
	s = strings.TrimSpace(s)
	if s == thresholdOff {
		return Part{}, nil
	}
	if share, err := ParseShare(s); err == nil {
		return Part{Share: share}, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > mostThreshold {
		return Part{}, fault.New(fault.Invalid, "schedule.part", "\"{part}\" is no number and no share", "part", s).
			Hint(`write how many, like "200", or a share, like "1%", or "off"`)
	}
	return Part{N: n}, nil
}

// Of is how many of all the part is; a share is kept between least and most.
func (p Part) Of(all, least, most int) int {
	if p.Share > 0 {
		return min(max(int(int64(all)*int64(p.Share)/million), least), most)
	}
	return p.N
}
