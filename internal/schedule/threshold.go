package schedule

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// Threshold is how many of a number of things are too many: at least Least of them, and at least Share
// millionths of all. The zero Threshold is never reached.
type Threshold struct {
	Least int
	Share int
}

const (
	million       = 1_000_000
	thresholdOff  = "off"
	mostThreshold = 1_000_000
)

// ParseThreshold reads "10 and 5%", "10" (however many there are in all), "5%" (from the first on), or "off".
// A share has up to four decimals. The error is fault.Invalid.
func ParseThreshold(s string) (Threshold, error) {
	if strings.TrimSpace(s) == thresholdOff {
		return Threshold{}, nil
	}
	t := Threshold{Least: 1}
	least, share, both := strings.Cut(s, " and ")
	if !both && strings.HasSuffix(strings.TrimSpace(s), "%") {
		least, share = "1", s
	}
	n, err := strconv.Atoi(strings.TrimSpace(least))
	if err != nil || n < 1 || n > mostThreshold {
		return Threshold{}, badThreshold(s)
	}
	t.Least = n
	if share == "" && !both {
		return t, nil
	}
	if t.Share, err = ParseShare(share); err != nil {
		return Threshold{}, badThreshold(s)
	}
	return t, nil
}

func badThreshold(s string) error {
	return fault.New(fault.Invalid, "schedule.threshold", "\"{threshold}\" is no threshold", "threshold", s).
		Hint(`write how many and which share of all, like "10 and 5%", one of the two alone, or "off"`)
}

// ParseShare reads "5%" or "0.3%", above 0 and up to 100, as millionths.
func ParseShare(s string) (int, error) {
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	whole, part, _ := strings.Cut(strings.TrimSpace(number), ".")
	n, err := strconv.ParseUint(whole+(part + "0000")[:4], 10, 32)
	if !ok || err != nil || len(part) > 4 || whole == "" || n == 0 || n > million {
		return 0, fault.New(fault.Invalid, "schedule.share", "\"{share}\" is no share", "share", s).Hint(`write a share like "5%" or "0.3%"`)
	}
	return int(n), nil
}

// Reached reports whether n of all are too many.
func (t Threshold) Reached(n, all int) bool {
	return t.Least > 0 && n >= t.Least && int64(n)*million >= int64(t.Share)*int64(all)
}

// String is the threshold as ParseThreshold reads it.
func (t Threshold) String() string {
	switch {
	case t.Least == 0:
		return thresholdOff
	case t.Share == 0:
		return strconv.Itoa(t.Least)
	}
	share := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%04d", t.Share/10000, t.Share%10000), "0"), ".") + "%"
	if t.Least == 1 {
		return share
	}
	return fmt.Sprintf("%d and %s", t.Least, share)
}
