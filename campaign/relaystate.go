package campaign

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// RelayState is how a relay does in this process.
type RelayState struct {
	Relay
	Until    time.Time // it rests until then; zero: it does not
	Refuses  bool      // it rests because it refused, and does not merely stay away
	Doubted  bool      // it rests until a person resumes, because it does not answer clearly
	Trying   bool      // it has not taken anything since it rested
	Said     string    // its words when it began to rest
	UnderWay int       // messages
	Today    []Warmth  // while it warms up, how much each mailbox provider got today, the most first
}

// RelayStates says how the relays do, the preferred one first, as far as this process has used them.
func (d *Desk) RelayStates(ctx context.Context) (states []RelayState, err error) {
	now := d.clock()
	d.relays.mu.Lock()
	for _, o := range d.relays.all {
		s := RelayState{Relay: o.Relay, Refuses: o.refuses, Doubted: o.doubted, Trying: o.trying(), Said: o.said, UnderWay: o.underWay}
		if now.Before(o.until) {
			s.Until = o.until
		}
		states = append(states, s)
	}
	d.relays.mu.Unlock()
	err = d.store.View(ctx, func(r Reader) error {
		o, err := organisation(r)
		if fault.Is(err, fault.NotFound) {
			return nil // nobody was asked yet
		}
		if err != nil {
			return err
		}
		loc, err := d.house(o)
		if err != nil {
			return err
		}
		for n := range states {
			if len(states[n].Steps) == 0 {
				continue
			}
			stored, err := r.Warmths(states[n].Host)
			if err != nil {
				return err
			}
			today := make([]Warmth, len(stored))
			for i, w := range stored {
				today[i] = w.on(DateOf(now.In(loc)), states[n].Steps)
			}
			slices.SortFunc(today, func(a, b Warmth) int {
				if a.Sent != b.Sent {
					return b.Sent - a.Sent
				}
				return strings.Compare(a.Provider, b.Provider)
			})
			states[n].Today = today
		}
		return nil
	})
	return states, err
}
