package campaign

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/reoptin/reoptin/internal/fault"
)

// The send loop. For each running campaign whose start, window and relay allow it:
//
//	claim a few → check each again → compose all bytes → deliver, and between body and dot ask the
//	beat for {settle my last one, commit this one} → settle.
//
// The beat is one goroutine: whoever waits is served by one Update and one journal sync, both
// durable before any dot. After a failed sync or Update the loop stops: whether the next promise
// could be kept is not known.

// relayLimit is how many refusals in a row that speak of our setting, not of the person, pause a
// campaign: a wrong setting must not burn the base.
const relayLimit = 5

// Tick is the scheduler's beat: it closes campaigns past their deadline, settles what has been
// uncertain for thirty days, and sends what may be sent until nothing is due or ctx ends. Only the
// process that holds the sender lock may call it.
func (d *Desk) Tick(ctx context.Context, owner string) error {
	if err := d.settleLeftovers(ctx); err != nil {
		return err
	}
	if err := d.CloseDue(ctx); err != nil {
		return err
	}
	if err := d.settleOld(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		progressed, err := d.round(ctx, owner)
		if err != nil || !progressed {
			return err
		}
	}
	return nil
}

// turn is how many invitations per relay connection one campaign may claim before another gets its
// turn.
const turn = 64

// round gives each running campaign a turn, and says whether any of them had something to send.
func (d *Desk) round(ctx context.Context, owner string) (progressed bool, err error) {
	cs, err := d.Campaigns(ctx)
	if err != nil {
		return false, err
	}
	cs = slices.DeleteFunc(cs, func(c Campaign) bool { return c.Status != Running })
	for _, c := range cs {
		claimed, err := d.dispatch(ctx, c.Name, owner, turn*d.senders)
		if err != nil {
			return progressed, err
		}
		progressed = progressed || claimed > 0
	}
	return progressed, nil
}

// CloseDue closes every started campaign whose deadline is past.
func (d *Desk) CloseDue(ctx context.Context) error {
	cs, err := d.Campaigns(ctx)
	if err != nil {
		return err
	}
	for _, c := range cs {
		if c.Status != Running && c.Status != Paused {
			continue
		}
		l, err := d.bounds(c.File, c.Frozen.Organisation)
		if err != nil {
			return err
		}
		if d.clock().Before(deadline(c.File, l)) {
			continue
		}
		if _, err := d.Close(ctx, Machine, c.Name); err != nil {
			return err
		}
		d.log.Info("campaign closed at its deadline", "campaign", c.Name)
	}
	return nil
}

// dispatch sends what one running campaign may send now, up to a number of claims, and says how many
// it claimed.
func (d *Desk) dispatch(ctx context.Context, name, owner string, limit int) (claimed int, err error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return 0, err
	}
	l, err := d.bounds(c.File, c.Frozen.Organisation)
	if err != nil || d.waits(c, l).For != "" {
		return 0, err
	}
	content, err := d.content(ctx, c)
	if err != nil {
		return 0, err
	}
	d.pace.Limit(l.N, l.Per)
	r := &run{desk: d, campaign: c, limits: l, content: content, owner: owner, limit: limit, beats: make(chan beat, 2*d.senders)}
	err = r.send(ctx)
	return r.claimed, err
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
	limit    int // claims before another campaign's turn
	claimed  int // by the feeder alone
	beats    chan beat

	mu     sync.Mutex
	failed error                       // the beat failed: nothing more may be committed
	ending func(context.Context) error // what stopped the run before its work was done: pause, relay wait
	sent   bool
}

func (r *run) send(ctx context.Context) error {
	work := make(chan Invitation)
	var beating, working sync.WaitGroup
	beating.Go(r.beat)
	for range r.desk.senders {
		working.Go(func() {
			for i := range work {
				r.deliver(ctx, i)
			}
		})
	}
	feedErr := r.feed(ctx, work)
	close(work)
	working.Wait()
	close(r.beats)
	beating.Wait()
	return errors.Join(feedErr, r.failed, r.end(context.WithoutCancel(ctx)))
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
	return d.store.Update(ctx, func(tx Tx) error { return tx.SetWaiting(id, w) })
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
	case c.Waiting.For == "relay" && now.Before(c.Waiting.Until):
		return c.Waiting
	}
	return Waiting{}
}

// feed claims a few invitations at a time and hands them to the workers.
func (r *run) feed(ctx context.Context, work chan<- Invitation) error {
	for {
		now := r.desk.clock()
		if r.stopped() || ctx.Err() != nil || r.claimed >= r.limit || !r.limits.Open(now) || !now.Before(deadline(r.campaign.File, r.limits)) {
			return nil
		}
		claimed, more, err := r.claim(ctx)
		if err != nil || !more {
			return err
		}
		r.claimed += len(claimed)
		r.desk.fail("dispatch.after-claim")
		for n, i := range claimed {
			if r.stopped() || ctx.Err() != nil {
				return r.release(context.WithoutCancel(ctx), claimed[n:])
			}
			select {
			case work <- i:
			case <-ctx.Done():
				return r.release(context.WithoutCancel(ctx), claimed[n:])
			}
		}
	}
}

// claim takes the next invitations and checks each person again: the base may have changed since
// the campaign was armed. more is false when nothing was due.
func (r *run) claim(ctx context.Context) (good []Invitation, more bool, err error) {
	err = r.desk.store.Update(ctx, func(tx Tx) error {
		c, err := tx.CampaignByID(r.campaign.ID)
		if err != nil || c.Status != Running {
			return err
		}
		claimed, err := tx.Claim(c.ID, 2*r.desk.senders, r.owner)
		if err != nil {
			return err
		}
		more = len(claimed) > 0
		for _, i := range claimed {
			ok, err := r.desk.stillAsked(tx, c.File, i)
			if err != nil {
				return err
			}
			if !ok {
				if err := tx.Withhold(i.ID, WithheldAudience); err != nil {
					return err
				}
				continue
			}
			good = append(good, i)
		}
		return nil
	})
	return good, more, err
}

// stillAsked audits one person again with the facts of this instant.
func (d *Desk) stillAsked(tx Reader, f File, i Invitation) (bool, error) {
	c, err := tx.Contact(i.Contact)
	if err != nil {
		return false, err
	}
	if c.Email != i.Email {
		return false, nil
	}
	today := DateOf(tx.Now())
	v, err := d.verdictNow(tx, c, today)
	if err != nil {
		return false, err
	}
	ok, _ := f.asks(c, v, today)
	return ok, nil
}

// release gives back claims that were not started.
func (r *run) release(ctx context.Context, is []Invitation) error {
	return r.desk.store.Update(ctx, func(tx Tx) error {
		for _, i := range is {
			s := Settled{Invitation: i.ID, Owner: r.owner, To: Planned, NotBefore: i.NotBefore}
			if err := tx.Settle(s, NoEntry); err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
		}
		return nil
	})
}

func (r *run) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ending != nil || r.failed != nil
}

// deliver brings one claimed invitation to its end.
func (r *run) deliver(ctx context.Context, i Invitation) {
	d := r.desk
	m, err := d.carrier.Compose(i, r.content)
	if err != nil {
		d.log.Error("a message could not be composed", "invitation", i.ID, "error", err)
		r.stopWith(func(ctx context.Context) error {
			return d.Pause(ctx, Machine, r.campaign.Name, "a message could not be composed: "+err.Error())
		})
		r.settle(i, m, Outcome{Kind: OutcomeLost, Stage: "compose"})
		return
	}
	m.Invitation, m.Link, m.Attempt, m.Keys = i.ID, i.Link, i.Attempt, i.Keys
	done, err := d.pace.Wait(ctx, i.Email.Domain())
	if err != nil { // shutting down before anything was said
		r.settle(i, m, Outcome{Kind: OutcomeLost, Stage: "pace"})
		return
	}
	defer done()
	won := false
	// What has begun is brought to its end: shutting down stops the feeding, not a delivery.
	o := d.carrier.Deliver(context.WithoutCancel(ctx), m, func(context.Context) error {
		err := r.commit(m)
		won = won || err == nil || errors.Is(err, errJournal)
		return err
	})
	if won && o.Kind == OutcomeLost {
		// The state is past the point of no return although no dot was written (RELIABILITY F6).
		o.Kind = OutcomeUncertain
	}
	o.Committed = won
	r.judge(o)
	r.settle(i, m, o)
}

// stopWith ends the run; the first reason stands.
func (r *run) stopWith(ending func(context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending == nil {
		r.ending = ending
	}
}

// judge counts what speaks against our own setting, and stops the run when it must.
func (r *run) judge(o Outcome) {
	d, c := r.desk, r.campaign
	refused, unreached := d.health.judge(o)
	switch {
	case o.Kind == OutcomeSent:
		r.mu.Lock()
		r.sent = true
		r.mu.Unlock()
	case o.Kind == OutcomeNoRelay:
		w := Waiting{For: "relay", Until: d.clock().Add(d.retry.After(unreached)), Reason: said(o)}
		d.log.Warn("the relay cannot be used", "campaign", c.Name, "stage", o.Stage, "reply", o.Reply, "error", o.Err, "next", w.Until)
		r.stopWith(func(ctx context.Context) error { return d.setWaiting(ctx, c.ID, w) })
	case refused >= relayLimit:
		d.log.Error("the relay refuses our messages: the campaign is paused", "campaign", c.Name, "stage", o.Stage, "code", o.Code, "reply", o.Reply)
		r.stopWith(func(ctx context.Context) error {
			d.health.forget()
			err := d.Pause(ctx, Machine, c.Name, "the relay refused "+said(o))
			if fault.Is(err, fault.Conflict) { // a person was quicker
				return nil
			}
			return err
		})
	}
}

// said is an outcome in the relay's own words, for people.
func said(o Outcome) string {
	if o.Reply != "" {
		return "at " + o.Stage + ": " + o.Reply
	}
	if o.Err != nil {
		return "at " + o.Stage + ": " + o.Err.Error()
	}
	return "at " + o.Stage
}

// health counts what speaks against the relay or our setting of it, not against a person.
type health struct {
	mu        sync.Mutex
	refused   int // refusals in a row
	unreached int // failures in a row to connect, secure or authenticate
}

func (h *health) judge(o Outcome) (refused, unreached int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case o.Kind == OutcomeSent || o.Hard:
		h.refused, h.unreached = 0, 0
	case o.Kind == OutcomeNoRelay:
		h.unreached++
	case o.Relay:
		h.refused++
	}
	return h.refused, h.unreached
}

func (h *health) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = 0
}
