package app

import (
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/schedule"
)

// hung is a window and the clock that it hangs on.
type hung struct {
	text   string // "" is always open
	place  *time.Location
	theirs bool // it hangs on the recipient's clock; place is that of whose zone nobody knows
	quiet  schedule.Quiet
}

// hours are the hours as somebody in a place lives by them.
func (h hung) hours(place *time.Location) (schedule.Hours, error) {
	w, err := schedule.ParseWindow(h.text, place)
	return w.Without(h.quiet), err
}

// allWindows are the windows that bind a campaign.
type allWindows struct {
	fixed schedule.Windows // on one clock for everybody
	moved []hung           // on the recipient's clock
	shown string
}

// windows reads the window of the house and that of the campaign.
func windows(house, own hung) (all allWindows, err error) {
	for n, h := range []hung{house, own} {
		if h.text == "" {
			continue
		}
		hours, err := h.hours(h.place)
		if err != nil && n == 1 {
			return all, in("schedule.window", err)
		}
		if err != nil {
			return all, err
		}
		shown := hours.String() + " " + h.place.String()
		if h.theirs {
			all.moved, shown = append(all.moved, h), hours.String()+" of each recipient"
		} else {
			all.fixed = append(all.fixed, hours)
		}
		switch all.shown {
		case "":
			all.shown = shown
		case shown: // said once is enough
		default:
			all.shown += " and " + shown
		}
	}
	return all, nil
}

// local gives the hours of each time zone, read once; nil when all windows hang on one clock. A zone that is
// not known any more is the campaign's.
func (w allWindows) local(own *time.Location) func(string) campaign.Hours {
	if len(w.moved) == 0 {
		return nil
	}
	var known sync.Map
	return func(zone string) campaign.Hours {
		if h, ok := known.Load(zone); ok {
			return h.(schedule.Windows)
		}
		place, err := campaign.ZoneNamed(zone)
		if err != nil {
			place = own
		}
		all := append(schedule.Windows{}, w.fixed...)
		for _, h := range w.moved {
			if hours, err := h.hours(place); err == nil { // it was read before
				all = append(all, hours)
			}
		}
		known.Store(zone, all)
		return all
	}
}
