package campaign

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// A relay that mailbox providers do not know yet is let loose slowly: so many messages a day to each of them,
// more from step to step. What counts is the point of no return, stored with it: a message may have left from
// there on. The state belongs to the relay and not to a campaign, and survives the process; when an older
// database was put back, the send journal says how many left today. Whatever is not known slows down.

// Warmth is how far a relay has come with one mailbox provider.
type Warmth struct {
	Provider string `json:"provider"`
	Day      Date   `json:"day"`
	Step     int    `json:"step"` // from 0
	Sent     int    `json:"sent"` // on that day
	Best     int    `json:"-"`    // sent on the best of the days before; NotNoted
}

// NotNoted is how many left on the best day as older versions put it down, which kept the step alone.
const NotNoted = -1

// WhyWarmUp is the reason of an invitation that was put off because its mailbox provider has had enough today.
const WhyWarmUp = "warm_up"

// on is where a relay stands on a day. A step is done once at least half of it was sent on one day: a day
// with three messages makes nobody known.
func (w Warmth) on(day Date, steps []int) Warmth {
	w = w.under(steps)
	if !w.Day.Before(day) { // the same day, or a clock that went back
		return w
	}
	if w.Step < len(steps) && 2*w.Sent >= steps[w.Step] {
		w.Step++
	}
	w.Day, w.Sent = day, 0
	return w
}

// under is where a relay stands in a plan that may be another one than yesterday: the number of a step says nothing of that,
// so it has come no further than what really left on one day leads to.
func (w Warmth) under(steps []int) Warmth {
	if w.Best == NotNoted {
		w.Best = 0
		if w.Step > 0 && w.Step <= len(steps) {
			w.Best = (steps[w.Step-1] + 1) / 2
		}
	}
	w.Best = max(w.Best, w.Sent)
	done := 0
	for done < len(steps) && 2*w.Best >= steps[done] {
		done++
	}
	w.Step = min(w.Step, done)
	return w
}

// left is how many messages may still leave on its day.
func (w Warmth) left(steps []int) int {
	if w.Step >= len(steps) {
		return math.MaxInt
	}
	return max(0, steps[w.Step]-w.Sent)
}

// warming is the warm-up of a host in memory, as far as it is stored. Without steps there is none.
type warming struct {
	host   string
	steps  []int // messages a day and mailbox provider; after the last step there is no bound
	mu     sync.Mutex
	loaded bool
	by     map[string]Warmth
	busy   map[string]int // messages under way, by mailbox provider; of several relays, whose list guards it
}

func (w *warming) off() bool { return len(w.steps) == 0 }

// load reads what is stored, once per process: only the process that holds the sender lock writes it.
func (w *warming) load(ctx context.Context, s Store) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loaded || w.off() {
		return nil
	}
	var ws []Warmth
	err := s.View(ctx, func(r Reader) (err error) {
		ws, err = r.Warmths(w.host)
		return err
	})
	w.by, w.loaded = byProvider(ws), err == nil
	return err
}

func byProvider(ws []Warmth) map[string]Warmth {
	by := make(map[string]Warmth, len(ws))
	for _, w := range ws {
		by[w.Provider] = w
	}
	return by
}

// of is how a mailbox provider stands on a day. One that was never written to has had at most what nobody
// knows the recipients of, which stands under Everyone.
func (w *warming) of(provider string, day Date) Warmth {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one, known := w.by[provider]; known {
		return one.on(day, w.steps)
	}
	return Warmth{Provider: provider, Day: day, Sent: w.by[Everyone].on(day, w.steps).Sent}
}

// spent is where the mailbox providers of some messages stand after these have left by relays of the host.
func (w *warming) spent(ms []Message, day Date) []Warmth {
	by := map[string]Warmth{}
	for _, m := range ms {
		p := m.To.Provider()
		one, known := by[p]
		if !known {
			one = w.of(p, day)
		}
		one.Sent++
		by[p] = one
	}
	out := make([]Warmth, 0, len(by))
	for _, one := range by {
		out = append(out, one)
	}
	return out
}

// adopt takes over what was stored.
func (w *warming) adopt(ws []Warmth) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range ws {
		w.by[one.Provider] = one
	}
}

// house is where the wall clock of the whole house hangs: that of the warm-up's days.
func (d *Desk) house(o Organisation) (*time.Location, error) {
	l, err := d.bounds(File{}, o)
	return l.Location, err
}

// rewarm counts for today what the send journal knows to have left and the database, restored perhaps, does
// not. Those whom it does not know may have been anybody's; by which relay they left it does not know either.
func (d *Desk) rewarm(tx Tx, links map[LinkID]bool) error {
	return d.onWarmings(tx, func(ws []*warming, day Date, _ *time.Location) error {
		left, unknown, err := byMailbox(tx, links)
		for n := 0; n < len(ws) && err == nil; n++ {
			err = ws[n].amend(tx, func(stored []Warmth) []Warmth { return raised(byProvider(stored), left, unknown, day, ws[n].steps) })
		}
		return err
	})
}

// leftToday are the links of whom the journal knows to have been written to last today; where no relay is warmed up nobody asks.
func (d *Desk) leftToday(r Reader) (map[LinkID]bool, error) {
	on := map[LinkID]bool{}
	err := d.onWarmings(r, func(_ []*warming, day Date, loc *time.Location) error {
		return d.journal.Replay(func(rec Record) error {
			switch {
			case !rec.ofInvitation():
			case DateOf(rec.At.In(loc)) == day:
				on[rec.Link] = true
			default:
				delete(on, rec.Link) // written to again on another day, by a clock that was set
			}
			return nil
		})
	})
	return on, err
}

// onWarmings hands over the warm-ups, if there are any, and which day it is where the house is.
func (d *Desk) onWarmings(r Reader, do func(ws []*warming, day Date, loc *time.Location) error) error {
	ws := d.relays.warmings()
	if len(ws) == 0 {
		return nil
	}
	o, err := organisation(r)
	if err != nil {
		return nil // nobody was asked yet
	}
	loc, err := d.house(o)
	if err != nil {
		return err
	}
	return do(ws, DateOf(r.Now().In(loc)), loc)
}

// amend stores what must be otherwise than it is stored, and has all of it read anew.
func (w *warming) amend(tx Tx, otherwise func(stored []Warmth) []Warmth) error {
	stored, err := tx.Warmths(w.host)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loaded = false
	return tx.PutWarmths(w.host, otherwise(stored))
}

// byMailbox counts by mailbox provider whom some links are of, and those that the database does not know.
func byMailbox(r Reader, on map[LinkID]bool) (left map[string]int, unknown int, err error) {
	left = map[string]int{}
	for links := range slices.Chunk(slices.Collect(maps.Keys(on)), page) {
		known, err := r.InvitationsByLink(links)
		if err != nil {
			return left, unknown, err
		}
		for _, l := range links {
			if known[l].Route == RouteLetter {
				continue
			}
			if p := known[l].Email.Provider(); p != "" {
				left[p]++
			} else {
				unknown++
			}
		}
	}
	return left, unknown, nil
}

// raised are the rows that must count more than they do, or do not say what left on the best day. Nothing is ever lowered.
func raised(by map[string]Warmth, left map[string]int, unknown int, day Date, steps []int) (out []Warmth) {
	for p := range left {
		by[p] = by[p].of(p)
	}
	if unknown > 0 {
		by[Everyone] = by[Everyone].of(Everyone)
	}
	for p, was := range by {
		w := was.on(day, steps)
		if n := left[p] + unknown; n > w.Sent || was.Best == NotNoted { // the plan of today is the one that it came by
			w.Sent = max(w.Sent, n)
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b Warmth) int { return cmp.Compare(a.Provider, b.Provider) })
	return out
}

func (w Warmth) of(provider string) Warmth {
	w.Provider = provider
	return w
}

// warmthToday is how the warm-up stands, for a campaign that is under way: those with most messages first.
func (d *Desk) warmthToday(r Reader, c Campaign) ([]WarmthText, error) {
	out := []WarmthText{}
	ws := d.relays.warmings()
	if len(ws) == 0 || c.Status == Closed {
		return out, nil
	}
	loc, err := d.house(c.Frozen.Organisation)
	for n := 0; n < len(ws) && err == nil; n++ {
		var some []WarmthText
		some, err = ws[n].today(r, DateOf(d.clock().In(loc)))
		for k := range some {
			if d.relays.several() {
				some[k].Relay = ws[n].host
			}
		}
		out = append(out, some...)
	}
	slices.SortFunc(out, func(a, b WarmthText) int {
		return cmp.Or(cmp.Compare(b.Sent, a.Sent), cmp.Compare(a.Provider, b.Provider))
	})
	return out[:min(len(out), mostProviders)], err
}

func (w *warming) today(r Reader, day Date) (out []WarmthText, err error) {
	stored, err := r.Warmths(w.host)
	for _, one := range stored {
		if one = one.on(day, w.steps); one.Provider == Everyone {
			continue
		}
		t := WarmthText{Warmth: one}
		if one.Step < len(w.steps) {
			t.Limit = w.steps[one.Step]
		}
		out = append(out, t)
	}
	return out, err
}
