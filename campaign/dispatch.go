package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// The send loop. For each running campaign whose start, window and relay allow it:
//
//	claim a few → check each again → compose all bytes → deliver, and between body and dot ask the
//	beat for {settle my last one, commit this one} → settle.
//
// The beat is one goroutine: who waits, or comes within a moment, is served by one Update and one journal
// sync, both durable before any dot. After a failed sync or Update the loop stops: whether the next promise
// could be kept is not known.

// Tick is the scheduler's beat: it closes campaigns past their deadline, settles what has been
// uncertain for thirty days, and sends what may be sent until nothing is due or ctx ends. Only the
// process that holds the sender lock may call it.
func (d *Desk) Tick(ctx context.Context, owner string) error {
	if err := d.heedClock(ctx); err != nil {
		return err
	}
	if err := d.settleOld(ctx); err != nil {
		return err
	}
	for {
		if err := d.CloseDue(ctx); err != nil {
			return err
		}
		if err := d.settleLeftovers(ctx); err != nil {
			return err
		}
		progressed, err := d.round(ctx, owner)
		if err != nil || !progressed || ctx.Err() != nil {
			return err
		}
	}
}

// A campaign's turn ends after so many claims per relay connection, or after so long: another
// campaign may be waiting for its turn, or for its deadline.
const (
	turnClaims = 64
	turnTime   = time.Minute
)

// claimAtOnce is how many invitations are claimed together per relay connection, and leastAtOnce how many at least. The
// keys of people lie all over the database: the more are taken at once, the more of them share a page that is written.
const (
	claimAtOnce = 4
	leastAtOnce = 16
)

// turn is how many invitations a turn of some length claims at most: no more than its rate lets start within the
// turn, so that a slow campaign does not sit on claims while another waits.
func (l Limits) turn(senders int, long time.Duration) int {
	inTime := int(min(float64(l.N)*float64(long)/float64(max(l.Per, 1)), float64(turnClaims*senders)))
	return max(inTime, 1)
}

// round gives each running campaign a turn, and says whether any of them had something to send. What
// keeps one campaign from sending does not keep the others.
func (d *Desk) round(ctx context.Context, owner string) (progressed bool, err error) {
	cs, err := d.Campaigns(ctx)
	if err != nil {
		return false, err
	}
	shares, err := d.share(cs)
	errs := []error{err}
	for _, c := range cs {
		s, runs := shares[c.ID]
		if !runs {
			continue
		}
		claimed, err := d.dispatch(ctx, c.Name, owner, s)
		progressed = progressed || claimed > 0
		errs = append(errs, err)
	}
	return progressed, errors.Join(errs...)
}

// CloseDue closes every started campaign whose deadline is past.
func (d *Desk) CloseDue(ctx context.Context) error {
	if err := d.heedClock(ctx); err != nil || d.watched.doubted() {
		return err
	}
	cs, err := d.Campaigns(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range cs {
		if c.Status != Running && c.Status != Paused {
			continue
		}
		past, err := d.past(c.File, c.Frozen.Organisation)
		if past {
			if _, err = d.Close(ctx, Machine, c.Name); err == nil {
				d.log.Info("campaign closed at its deadline", "campaign", c.Name)
			}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// dispatch gives one running campaign its turn and says how many invitations it claimed.
func (d *Desk) dispatch(ctx context.Context, name, owner string, s share) (claimed int, err error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return 0, err
	}
	if ok, err := d.hear(ctx, c); !ok {
		return 0, err
	}
	l, err := d.bounds(c.File, c.Frozen.Organisation)
	if err != nil || d.waits(c, l).For != "" {
		return 0, err
	}
	at := d.clock()
	s.due = d.slowly.due(c.ID, l, at)
	if ok, err := d.hasRoom(ctx, c); !ok {
		return 0, err
	}
	if none, err := d.noRelay(ctx, c); none || err != nil {
		return 0, err
	}
	if late, err := d.late(ctx, c, l); late || err != nil {
		return 0, err
	}
	left, err := d.canaryLeft(ctx, c)
	if err != nil || left == 0 {
		return 0, err
	}
	content, err := d.content(ctx, c)
	if err != nil {
		return 0, err
	}
	s.limit(d, c, l)
	r := &run{desk: d, campaign: c, limits: l, most: left, content: content, owner: owner, until: d.clock().Add(s.turn), senders: d.sendersOf(c.File), beats: make(chan beat, 2*d.senders)}
	r.share, r.lanes, r.ends = s, newLanes(d.pace, r.senders), newTurnEnds()
	if err := r.openGate(ctx); err != nil {
		return 0, err
	}
	r.going, r.halt = context.WithCancel(ctx)
	defer r.halt()
	err = r.send()
	if n := r.ends.all(); n > 0 { // whose claim was taken back has not had the turn
		d.sentSlowly(c, l, s, at, n)
	}
	return r.claimed, err
}

// sendersOf is how many messages of a campaign may be under way at once.
func (d *Desk) sendersOf(f File) int {
	if n := f.Schedule.Connections; n > 0 {
		return min(n, d.senders)
	}
	return d.senders
}

// content loads the kept documents once per run.
func (d *Desk) content(ctx context.Context, c Campaign) (Content, error) {
	out := Content{Campaign: c.ID, Name: c.Name, Frozen: c.Frozen, Documents: map[string]Document{}}
	err := d.store.View(ctx, func(r Reader) error {
		for name, sha := range c.Frozen.Documents {
			doc, err := r.Document(sha)
			if err != nil {
				return err
			}
			out.Documents[name] = doc
		}
		return nil
	})
	return out, err
}

// run is one turn of one campaign.
type run struct {
	desk     *Desk
	campaign Campaign
	limits   Limits
	content  Content
	owner    string
	until    time.Time // when the turn ends
	most     int       // people whom it may claim
	share    share
	senders  int // deliveries at once
	lanes    *lanes
	gate     *gate // nil: nobody is held back; the feeder's alone
	ends     *turnEnds
	house    *time.Location
	day      Date // there, when the turn began
	tomorrow time.Time
	claimed  int // by the feeder alone
	beats    chan beat

	going context.Context // ends when the process shuts down or the run is stopped
	halt  context.CancelFunc

	underWay atomic.Int64 // deliveries between their beginning and their end

	mu     sync.Mutex
	failed error                       // the beat failed: nothing more may be committed
	ending func(context.Context) error // what stopped the run before its work was done: pause, relay wait
	sent   bool
}

// send runs feeder, workers and beat to their end. What has begun is brought to its end.
func (r *run) send() (err error) {
	work := make(chan Invitation, 2*r.senders) // the next are claimed while these are delivered
	var beating, working sync.WaitGroup
	beating.Go(r.beat)
	for range r.senders {
		working.Go(func() { r.work(work) })
	}
	defer func() {
		close(work)
		working.Wait()
		close(r.beats)
		beating.Wait()
		err = errors.Join(err, r.failed, r.end(context.WithoutCancel(r.going)))
	}()
	return r.feed(work)
}

// open reports whether a delivery may begin now.
func (r *run) open() bool { return r.going.Err() == nil && r.inHours() }

// inHours reports whether a message of the campaign may leave now.
func (r *run) inHours() bool {
	now := r.desk.clock()
	return r.limits.Open(now) && now.Before(deadline(r.campaign.File, r.limits))
}

// end carries out what stopped the run, or forgets a relay wait that is over.
func (r *run) end(ctx context.Context) error {
	switch {
	case r.ending != nil:
		return r.ending(ctx)
	case r.sent && r.campaign.Waiting.For == "relay":
		return r.desk.setWaiting(ctx, r.campaign.ID, Waiting{})
	}
	return nil
}

func (d *Desk) setWaiting(ctx context.Context, id CampaignID, w Waiting) error {
	return d.store.Update(ctx, func(tx Tx) error {
		c, err := tx.CampaignByID(id)
		if err != nil || c.Status != Running { // a person's pause has its own reason
			return err
		}
		return tx.SetWaiting(id, w)
	})
}

// waits is what a campaign waits for at this instant, from the clock and the stored relay wait.
func (d *Desk) waits(c Campaign, l Limits) Waiting {
	now := d.clock()
	switch {
	case c.Status == Paused:
		return Waiting{For: "paused", Reason: c.Waiting.Reason}
	case c.Status != Running:
		return Waiting{}
	case now.Before(c.File.Schedule.Start):
		return Waiting{For: "start", Until: c.File.Schedule.Start}
	case !l.Open(now):
		return Waiting{For: "window", Until: l.Next(now)}
	case now.Before(c.CanaryUntil):
		return c.canaryWait()
	case c.Waiting.For == "relay" && now.Before(c.Waiting.Until):
		return c.Waiting
	case now.Before(d.slowly.again(c, l.apart())):
		return Waiting{For: "rate", Until: d.slowly.again(c, l.apart())}
	}
	return Waiting{}
}

// feed claims a few invitations at a time and hands them to the workers, until the turn is over.
func (r *run) feed(work chan<- Invitation) error {
	most := min(r.share.claims(r.limits, r.senders), r.most)
	for r.open() && r.claimed < most && r.desk.clock().Before(r.until) {
		crowded := r.patient()
		claimed, more, err := r.claim(min(max(claimAtOnce*r.senders, leastAtOnce), most-r.claimed), crowded)
		switch {
		case err != nil:
			r.desk.mark() // the claim may be stored all the same
			return err
		case len(claimed) == 0 && (crowded != nil || r.gate.pending()): // whoever was looked past is due
			r.lanes.wait(r.going)
		case !more:
			return nil
		}
		r.claimed += len(claimed)
		r.desk.points.At("claim.after")
		for n, i := range claimed {
			if n > 0 && !r.desk.clock().Before(r.until) { // a slow relay: the turn is over before all of them are begun
				return r.release(claimed[n:])
			}
			select {
			case work <- i:
			case <-r.going.Done():
				return r.release(claimed[n:])
			}
		}
	}
	return nil
}

// deliver brings one claimed invitation to its end, and gives back the room for its message's bytes.
func (r *run) deliver(i Invitation, room []byte) []byte {
	d, tried := r.desk, true
	defer func() { r.ends.note(i.Email.Provider(), tried) }()
	by, none := r.outlet(i)
	if by == nil {
		r.settle(i, Message{}, none)
		return room
	}
	won := false
	defer func() { d.relays.done(by, i.Email.Provider(), won) }()
	i.Relay = by.Name
	m, err := d.carrier.Compose(i, r.content, room)
	if err != nil {
		d.log.Error("a message could not be composed", "invitation", i.ID, "error", err)
		r.pause(fmt.Sprintf("the message of invitation %d could not be composed: %v", i.ID, err))
		r.settle(i, m, Outcome{Kind: OutcomeReleased, Stage: "compose"})
		return room
	}
	m.Invitation, m.Link, m.Attempt, m.Keys, m.Relay = i.ID, i.Link, i.Attempt, i.Keys, i.Relay
	if err := d.pace.Turn(r.going); err != nil || !r.openFor(i) { // shutting down, stopped, or the window closed while waiting
		tried = false
		r.settle(i, m, Outcome{Kind: OutcomeLost, Stage: "pace"})
		return m.Bytes
	}
	r.underWay.Add(1)
	d.meter.UnderWay(1)
	defer d.meter.UnderWay(-1)
	defer r.underWay.Add(-1)
	// What has begun is brought to its end: shutting down stops the feeding, not a delivery. But a relay may take its time
	// until the dot, and whoever gets the message after the hours, or after the deadline, is not asked why.
	o := d.carrier.Deliver(context.WithoutCancel(r.going), m, func(context.Context) error {
		if !r.inHoursOf(i) {
			return errLost
		}
		err := r.commit(m)
		won = won || err == nil || errors.Is(err, errJournal)
		return err
	})
	if won && (!o.Committed || o.Kind == OutcomeLost || o.Kind == OutcomeNoRelay) {
		// The state is past the point of no return although no dot was written (RELIABILITY F6).
		o.Kind = OutcomeUncertain
	}
	tried = o.Kind != OutcomeLost
	o.Committed, room, m.Bytes = won, m.Bytes, nil // they are with the relay, and nobody needs them any more
	o = d.relays.away(o)
	r.judge(by, o)
	r.settle(i, m, o)
	return room
}

// stopWith ends the run; the first reason stands.
func (r *run) stopWith(ending func(context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending == nil {
		r.ending = ending
	}
	r.halt()
}

// pause ends the run and pauses the campaign, unless a person was quicker.
func (r *run) pause(reason string) {
	r.stopWith(func(ctx context.Context) error {
		err := r.desk.Pause(ctx, Machine, r.campaign.Name, reason)
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		return err
	})
}

// said is an outcome in the relay's own words, for people.
func said(o Outcome) string {
	if o.Kind == OutcomeNoRelay && o.Err != nil { // the carrier says what to do, and quotes the relay
		if hint := fault.HintOf(o.Err); hint != "" {
			return o.Err.Error() + "; try: " + hint
		}
		return o.Err.Error()
	}
	if o.Reply != "" {
		return "at " + o.Stage + ": " + o.Reply
	}
	if o.Err != nil {
		return "at " + o.Stage + ": " + o.Err.Error()
	}
	return "at " + o.Stage
}
