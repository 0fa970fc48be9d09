package campaign

import (
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// ZoneNamed is where a time zone's wall clock hangs, by a name like Europe/Paris. "Local", and the file that systems keep for
// it, is where this machine stands, and nobody lives by its clock. The error is fault.Invalid.
func ZoneNamed(zone string) (*time.Location, error) {
	if loc, err := time.LoadLocation(zone); err == nil && zone != "" && zone != "Local" && zone != "localtime" {
		return loc, nil
	}
	return nil, fault.New(fault.Invalid, "timezone.unknown", "{name} is no time zone", "name", zone).Hint("write a place like Europe/Paris")
}
