package campaign

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// When a campaign will be through with sending is worked out by going through the hours to come: a message leaves
// only while every window is open, on no quiet day, at the rate that binds, after the first wave's wait, and to one
// mailbox provider no more on a day than the warm-up lets through and no faster than messages to it leave apart.
// Who lives by another clock than the campaign's is taken to live by its. What the relay will put off is not known.

const (
	forecastStep = 15 * time.Minute
	mostSteps    = 40000 // over a year, all hours open
	mostForeseen = 50    // mailbox providers looked at one by one: the largest
	mixGoodFor   = time.Minute
)

// outlook is what a forecast rests on.
type outlook struct {
	limits   Limits
	from     time.Time // the earliest time at which a message may leave
	deadline time.Time
	left     int // messages
	wave     int // of these, those before the first wave's wait; 0: it is over, or there is none
	pause    time.Duration
	warm     [][]int // the steps of each warm-up, when all relays warm up
	house    *time.Location
	apart    time.Duration
	by       []foreseen // the largest mailbox providers, when any bound hangs on them
}

// foreseen is a mailbox provider in a forecast.
type foreseen struct {
	left    int
	warmths []Warmth // of each warm-up
	credit  float64  // messages that may leave, of those that leave apart
}

// on is how many messages may leave on a day, by all relays together.
func (p *foreseen) on(day Date, warm [][]int) (left int) {
	for n, steps := range warm {
		p.warmths[n] = p.warmths[n].on(day, steps)
		left += min(p.warmths[n].left(steps), math.MaxInt-left)
	}
	return left
}

// leave counts messages at the first relays that may take them.
func (p *foreseen) leave(sent int, warm [][]int) {
	p.left -= sent
	for n, steps := range warm {
		some := min(sent, p.warmths[n].left(steps))
		p.warmths[n].Sent, sent = p.warmths[n].Sent+some, sent-some
	}
}

// forecast is about when the last message leaves, and how many people the deadline cuts off. A rate that was
// measured counts where it is lower than the one that is set; 0: none was. The zero time is never.
func (o outlook) forecast(measured float64) (end time.Time, late int) {
	rate := float64(o.limits.N) / o.limits.Per.Seconds()
	if measured > 0 {
		rate = min(rate, measured)
	}
	by := slices.Clone(o.by)
	for n := range by {
		by[n].warmths = slices.Clone(by[n].warmths)
	}
	left, wave, credit := o.left, o.wave, 0.0
	t := o.from
	for range mostSteps {
		if left == 0 {
			return end, 0
		}
		if !o.limits.Open(t) {
			if t = o.limits.Next(t); t.IsZero() {
				return t, left
			}
		}
		if !t.Before(o.deadline) {
			return time.Time{}, left
		}
		open := min(o.limits.openFrom(t, forecastStep), o.deadline.Sub(t))
		credit = min(credit, 1) + rate*open.Seconds()
		most := min(int(credit), left)
		if wave > 0 {
			most = min(most, wave)
		}
		sent, took := o.step(by, left, most, t, open)
		left, credit = left-sent, credit-float64(sent)
		if took = max(took, time.Duration(float64(sent)/rate*float64(time.Second))); sent > 0 {
			end = t.Add(min(took, open)).In(o.limits.Location)
		}
		t = t.Add(open)
		if wave > 0 && sent > 0 {
			if wave -= sent; wave == 0 {
				t = end.Add(o.pause)
			}
		}
	}
	return time.Time{}, left
}

// step sends for as long as a quarter of an hour, and gives how many messages leave and how long that takes by the spacing.
func (o outlook) step(by []foreseen, left, most int, t time.Time, open time.Duration) (sent int, took time.Duration) {
	others := left
	for n := range by {
		p := &by[n]
		others -= p.left
		can := min(p.left, most-sent)
		if o.apart > 0 {
			p.credit = min(p.credit, 1) + open.Seconds()/o.apart.Seconds()
			can = min(can, int(p.credit))
		}
		if len(o.warm) > 0 {
			can = min(can, p.on(DateOf(t.In(o.house)), o.warm))
		}
		p.leave(can, o.warm)
		p.credit, sent = p.credit-float64(can), sent+can
		took = max(took, time.Duration(can)*o.apart)
	}
	return sent + min(others, most-sent), took
}

// mix is how many planned people there are of each mailbox provider, as counted a while ago.
type mix struct {
	mu sync.Mutex
	of map[CampaignID]counted
}

type counted struct {
	at time.Time
	by map[string]int
}

// mixOf counts by mailbox provider who is still to be asked, when that matters.
func (d *Desk) mixOf(r Reader, id CampaignID) (map[string]int, error) {
	if len(d.relays.binding()) == 0 && d.apart == 0 {
		return nil, nil
	}
	d.mix.mu.Lock()
	defer d.mix.mu.Unlock()
	if known, ok := d.mix.of[id]; ok && d.clock().Sub(known.at).Abs() < mixGoodFor {
		return known.by, nil
	}
	by := map[string]int{}
	err := r.PlannedAddresses(id, func(a Address) { by[a.Provider()]++ })
	if err == nil {
		d.mix.of[id] = counted{d.clock(), by}
	}
	return by, err
}

// foresee gathers what a forecast of a started campaign rests on.
func (d *Desk) foresee(r Reader, c Campaign, states map[State]int) (*outlook, error) {
	l, err := d.bounds(c.File, c.Frozen.Organisation)
	if err != nil {
		return nil, err
	}
	o := &outlook{limits: atHome(l), deadline: deadline(c.File, l), left: states[Planned] + states[Claimed], apart: d.apart, pause: d.canary.Wait}
	if c.CanaryUntil.IsZero() {
		all := 0
		for _, n := range states {
			all += n
		}
		o.wave = max(0, d.canary.wave(all)-(all-states[Planned]-states[Withheld]))
	}
	if o.house, err = d.house(c.Frozen.Organisation); err != nil {
		return nil, err
	}
	mixed, err := d.mixOf(r, c.ID)
	if err == nil {
		o.warm, o.by, err = d.slowed(r, mixed, o.house)
	}
	return o, err
}

// slowed is how warm-up and spacing bind the largest mailbox providers of some people.
func (d *Desk) slowed(r Reader, mixed map[string]int, house *time.Location) (warm [][]int, by []foreseen, err error) {
	binding := d.relays.binding()
	if len(mixed) == 0 || len(binding) == 0 && d.apart == 0 {
		return nil, nil, nil
	}
	var known []map[string]Warmth
	for _, w := range binding {
		ws, err := r.Warmths(w.host)
		if err != nil {
			return warm, nil, err
		}
		warm, known = append(warm, w.steps), append(known, byProvider(ws))
	}
	return warm, largest(mixed, known, DateOf(d.clock().In(house))), nil
}

// largest are the mailbox providers with most people to ask.
func largest(mixed map[string]int, known []map[string]Warmth, today Date) []foreseen {
	names := slices.SortedFunc(maps.Keys(mixed), func(a, b string) int {
		return cmp.Or(cmp.Compare(mixed[b], mixed[a]), cmp.Compare(a, b))
	})
	var out []foreseen
	for _, p := range names[:min(len(names), mostForeseen)] {
		f := foreseen{left: mixed[p]}
		for _, warmths := range known {
			w, ok := warmths[p]
			if !ok {
				w = Warmth{Provider: p, Day: today}
			}
			f.warmths = append(f.warmths, w)
		}
		out = append(out, f)
	}
	return out
}

// atHome are limits by which people of the campaign's own zone stand for all.
func atHome(l Limits) Limits {
	if l.Local != nil {
		home := l.Local("")
		l.Open, l.Next = home.Open, home.Next
	}
	return l
}

// Forecast is about when the last message of a campaign that runs leaves, and how many people the deadline
// cuts off, at a rate of so many messages a second that was measured; 0: none was. The zero time is not known.
func (r Report) Forecast(measured float64) (end time.Time, late int) {
	if r.outlook == nil || r.Status != Running || r.Settled() {
		return time.Time{}, 0
	}
	return r.outlook.forecast(measured)
}

// fillForecast works out the end at the rate that is set, from when the campaign may send again.
func (r *Report) fillForecast(now, next time.Time) {
	if r.outlook == nil {
		return
	}
	r.outlook.from = latest(now, next)
	end, late := r.Forecast(0)
	if r.Late = late; !end.IsZero() {
		r.EndsAt = end.Format(time.RFC3339)
	}
}
