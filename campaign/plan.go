package campaign

import (
	"context"
	"time"
)

// Plan is what starting a campaign would do.
type Plan struct {
	Campaign string
	ToAsk    int
	Letters  int // of those to ask, who is asked by post: letters are printed, and nothing below but the deadline binds them
	N        int // N messages every Per
	Per      time.Duration
	RateBy   string // the setting that bounds the rate
	Window   string // as shown
	Opens    time.Time
	Ends     time.Time // about when the last message leaves; zero: not before the window has opened
	Deadline Date      // last day to answer
	Waits    bool      // Opens lies ahead
	Wave     int       // people of the first wave; 0: there is none
	Pause    time.Duration
}

// Plan says whom starting a campaign would ask, at what rate and by which setting, when the window opens
// and about when the last message leaves. It changes nothing.
func (d *Desk) Plan(ctx context.Context, name string) (Plan, error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return Plan{}, err
	}
	f, err := d.Audience(ctx, name)
	if err != nil {
		return Plan{}, err
	}
	o, err := d.Organisation(ctx)
	if err != nil {
		return Plan{}, err
	}
	l, err := d.bounds(c.File, o)
	if err != nil {
		return Plan{}, err
	}
	return d.planOf(c, f, l), nil
}

// Limits are the bounds that a campaign's schedule and the configuration set together.
func (d *Desk) Limits(f File, o Organisation) (Limits, error) { return d.bounds(f, o) }

// planOf is the plan for an audience.
func (d *Desk) planOf(c Campaign, f Funnel, l Limits) Plan {
	p := Plan{Opens: d.clock(), Deadline: c.File.Schedule.Deadline}
	if n := f.ToAsk - f.Routes[RouteLetter]; n > 0 || !c.File.Letters() {
		p = planned(c.File, n, l, d.canary, d.clock())
	} else if start := c.File.Schedule.Start; start.After(p.Opens) {
		p.Opens, p.Waits = start, true
	}
	p.Campaign, p.ToAsk, p.Letters = c.Name, f.ToAsk, f.Routes[RouteLetter]
	return p
}

// Mails are the people who are written to by e-mail.
func (p Plan) Mails() int { return p.ToAsk - p.Letters }

func planned(f File, n int, l Limits, canary Canary, now time.Time) Plan {
	l = atHome(l)
	begin := now
	if f.Schedule.Start.After(begin) {
		begin = f.Schedule.Start
	}
	p := Plan{ToAsk: n, N: l.N, Per: l.Per, RateBy: l.RateBy, Window: l.Window, Opens: l.Next(begin), Deadline: f.Schedule.Deadline}
	p.Waits = p.Opens.After(now)
	if !p.Opens.IsZero() {
		p.Opens = p.Opens.In(l.Location)
		p.Ends = p.Opens
		if p.Wave = canary.wave(n); p.Wave > 0 {
			p.Pause = canary.Wait
			p.Ends = lastSending(p.Opens, p.Wave, l).Add(p.Pause)
		}
		p.Ends = lastSending(p.Ends, n-p.Wave, l)
	}
	return p
}

// lastSending is about when the n-th message leaves, if everything goes well.
func lastSending(t time.Time, n int, l Limits) time.Time {
	const steps = 40000
	left := time.Duration(min(float64(n)*float64(l.Per)/float64(max(l.N, 1)), float64(steps*forecastStep))) // many days of many people are more than it holds
	for range steps {
		if !l.Open(t) {
			if t = l.Next(t); t.IsZero() {
				return t
			}
		}
		open := l.openFrom(t, forecastStep)
		if left <= open {
			return t.Add(left).In(l.Location)
		}
		t, left = t.Add(open), left-open
	}
	return t.In(l.Location)
}

// openFrom is for how long messages may leave from an instant on at which they may, up to some time; by whole minutes, as windows are.
func (l Limits) openFrom(t time.Time, most time.Duration) time.Duration {
	if l.Open(t.Add(most - 1)) {
		return most
	}
	for shut := t.Truncate(time.Minute).Add(time.Minute); shut.Before(t.Add(most)); shut = shut.Add(time.Minute) {
		if !l.Open(shut) {
			return shut.Sub(t)
		}
	}
	return most
}
