package campaign

import (
	"context"
	"maps"
	"sync"
	"time"
)

// WhyWindow is the reason of an invitation that was put off because its person's hours are shut.
const WhyWindow = "window"

// Gate says until when somebody must not be written to yet, and why; the zero time is now. Whoever is held
// back is put off by the claim, and does not count as an attempt. A reason without a time looks past somebody, who stays as
// they are.
type Gate func(email Address, zone string) (until time.Time, why string)

// gate holds back, in one turn of a campaign, those whose hours are shut, and those whose mailbox provider has
// had enough today or just now.
type gate struct {
	campaign CampaignID
	clock    func() time.Time
	hours    func(zone string) Hours // nil: all live by one clock
	never    time.Time               // until when those wait whose hours never open
	relays   *outlets
	warm     bool // some relay is warming up
	day      Date
	tomorrow time.Time
	left     map[string][]int // how many each relay had left when its mailbox provider was first asked about in this turn
	taken    map[string]int   // claimed in this turn, by mailbox provider
	ends     *turnEnds
	perhaps  bool // the last claim looked past somebody for whom there is room if a claim of this turn comes to nothing
	spacing  spacing
}

// turnEnds are how the claims of a turn ended, by mailbox provider.
type turnEnds struct {
	mu          sync.Mutex
	tried, back map[string]int // back: nobody was written to, nor was it tried
}

func (e *turnEnds) of(p string) (tried, back int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tried[p], e.back[p]
}

// all is how many were tried.
func (e *turnEnds) all() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, some := range e.tried {
		n += some
	}
	return n
}

// note keeps how a claim ended. Whoever may not be written to any more when their dot comes, and whoever was withheld, has spent nothing
// of what their mailbox provider may get today; a relay that puts somebody off was tried.
func (e *turnEnds) note(p string, tried bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if tried {
		e.tried[p]++
	} else {
		e.back[p]++
	}
}

func newTurnEnds() *turnEnds { return &turnEnds{tried: map[string]int{}, back: map[string]int{}} }

// undecided reports whether the last claim looked past somebody.
func (g *gate) undecided() bool { return g != nil && g.perhaps }

// pending reports whether the last claim looked past somebody, and a claim is under way whose end may change that.
func (g *gate) pending() bool {
	if !g.undecided() {
		return false
	}
	for p, n := range g.taken {
		if tried, back := g.ends.of(p); n > tried+back {
			return true
		}
	}
	return false
}

// openGate gives the run its gate, when anything may hold people back.
func (r *run) openGate(ctx context.Context) (err error) {
	d := r.desk
	ws := d.relays.warmings()
	if len(ws) == 0 && r.limits.Local == nil && d.spacing.apart == 0 {
		return nil
	}
	if r.house, err = d.house(r.campaign.Frozen.Organisation); err != nil {
		return err
	}
	r.day = DateOf(d.clock().In(r.house))
	r.tomorrow = r.day.AddDays(1).In(r.house)
	if r.tomorrow.Before(r.until) {
		r.until = r.tomorrow // what a gate knows is of one day
	}
	r.gate = &gate{campaign: r.campaign.ID, clock: d.clock, hours: r.limits.Local, never: deadline(r.campaign.File, r.limits),
		relays: d.relays, warm: len(ws) > 0, day: r.day, tomorrow: r.tomorrow, left: map[string][]int{}, taken: map[string]int{}, ends: r.ends, spacing: d.spacing}
	for n := 0; n < len(ws) && err == nil; n++ {
		err = ws[n].load(ctx, d.store)
	}
	return err
}

// putOff is what a campaign waits for that has nobody left who was not put off.
func putOff(until time.Time, why string) Waiting {
	switch why {
	case WhyWindow:
		return Waiting{For: "window", Until: until, Reason: "those who are left are outside of their hours"}
	case WhySpacing:
		return Waiting{For: "rate", Until: until, Reason: "messages to the mailbox providers of those who are left leave apart (sending.domain_rate)"}
	case WhyWarmUp:
		return Waiting{For: "rate", Until: until, Reason: "the relay is warming up: the mailbox providers of those who are left have had enough for today"}
	}
	return Waiting{For: "relay", Until: until, Reason: "the relay asked to try these messages again later"}
}

// trial is a gate for one attempt to claim, which may have to be made again.
func (g *gate) trial() (again *gate, ask Gate) {
	if g == nil {
		return nil, nil
	}
	t := *g
	t.perhaps, t.taken, t.spacing = false, maps.Clone(g.taken), g.spacing.copyAt(g.clock())
	return &t, t.ask
}

// adopt makes a trial that was stored what counts. Of those whom it let through, fewer says that not all were claimed: who was
// withheld on the way spends nothing.
func (g *gate) adopt(d *Desk, was *gate, claimed []Invitation) (now *gate, fewer bool) {
	if g == nil {
		return nil, false
	}
	d.spacing = g.spacing
	through := 0
	for p, n := range g.taken {
		through += n - was.taken[p]
	}
	g.taken = maps.Clone(was.taken)
	for _, i := range claimed {
		g.taken[i.Email.Provider()]++
	}
	return g, through > len(claimed)
}

func (g *gate) ask(email Address, zone string) (time.Time, string) {
	if until, shut := g.shut(zone); shut {
		return until, WhyWindow
	}
	p := email.Provider()
	if again, full := g.full(p); full {
		return again, WhyWarmUp
	}
	if until, wait := g.spacing.ask(g.campaign, p, g.clock()); wait {
		return until, WhySpacing
	}
	g.taken[p]++
	return time.Time{}, ""
}

// full reports whether a mailbox provider has had enough today of all relays that can be used. What is claimed in this
// turn is held against what was left at its beginning: what leaves meanwhile is in both. While claims are under way nobody is put off
// for them: one that comes to nothing makes room again.
func (g *gate) full(p string) (again time.Time, full bool) {
	if !g.warm {
		return again, false
	}
	if g.left[p] == nil {
		g.left[p] = g.relays.leftFor(p, g.day)
	}
	tried, back := g.ends.of(p)
	n, again := g.relays.room(g.left[p], g.tomorrow)
	if n > g.taken[p]-back {
		return again, false
	}
	if g.taken[p] > tried+back {
		g.perhaps = true
		return time.Time{}, true
	}
	return again, true
}

// shut reports whether somebody's hours are shut now, and until when.
func (g *gate) shut(zone string) (until time.Time, shut bool) {
	if g.hours == nil {
		return until, false
	}
	h, now := g.hours(zone), g.clock()
	if h.Open(now) {
		return until, false
	}
	if until = h.Next(now); until.IsZero() {
		until = g.never
	}
	return until, true
}

// openFor reports whether a delivery to somebody may begin now.
func (r *run) openFor(i Invitation) bool { return r.going.Err() == nil && r.inHoursOf(i) }

// inHoursOf reports whether a message to somebody may leave now.
func (r *run) inHoursOf(i Invitation) bool {
	return r.inHours() && (r.limits.Local == nil || r.limits.Local(i.Zone).Open(r.desk.clock()))
}
