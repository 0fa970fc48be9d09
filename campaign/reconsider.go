package campaign

import (
	"context"
	"slices"
	"time"
)

// Who was put off comes back at a time that hours, warm-up and spacing gave when they were asked. Other settings may hold since: nobody waits
// for hours that are no longer those, least of all where there were none at all, so that everybody was put off to the deadline. So a
// sender that begins looks at all of them, and lets those be due whom it would not put off for so long. The claim asks the gate once more.

// PutOff is somebody whom a gate has put off.
type PutOff struct {
	Invitation InvitationID
	Email      Address
	Zone       string
	Until      time.Time
	Why        string
}

// atOnceRecalled bounds who is recalled in one transaction: others want to write, too.
const atOnceRecalled = 2000

// reconsider recalls who would not be put off for so long any more, and has the relay tried. A first wave is waited for no longer
// than it is set to now.
func (d *Desk) reconsider(ctx context.Context) error {
	cs, err := d.Campaigns(ctx)
	if err != nil {
		return err
	}
	for _, c := range cs {
		if c.Status != Running && c.Status != Paused {
			continue
		}
		if err := d.shortenCanary(ctx, c); err != nil {
			return err
		}
		if c.Status == Running && c.Waiting.For == "relay" { // it may be set otherwise now, and a try costs one connection
			if err := d.setWaiting(ctx, c.ID, Waiting{}); err != nil {
				return err
			}
		}
		ids, err := d.sooner(ctx, c)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(ids, atOnceRecalled) {
			if err := d.store.Update(ctx, func(tx Tx) error { return tx.RecallThose(some) }); err != nil {
				return err
			}
		}
		if len(ids) > 0 {
			d.log.Info("people were put off by other settings than hold now: they have their turn", "campaign", c.Name, "people", len(ids))
		}
	}
	return nil
}

func (d *Desk) shortenCanary(ctx context.Context, c Campaign) error {
	until := d.clock()
	if d.canary.Of != nil {
		until = until.Add(d.canary.Wait)
	}
	if !c.CanaryUntil.After(until) {
		return nil
	}
	return d.store.Update(ctx, func(tx Tx) error { return tx.SetCanary(c.ID, until) })
}

// sooner finds who may be asked sooner than they were put off to.
func (d *Desk) sooner(ctx context.Context, c Campaign) (ids []InvitationID, err error) {
	l, err := d.bounds(c.File, c.Frozen.Organisation)
	if err != nil {
		return nil, nil // its turn says what cannot be read
	}
	house, err := d.house(c.Frozen.Organisation)
	if err != nil {
		return nil, nil // likewise
	}
	ws := d.relays.warmings()
	for n := 0; n < len(ws) && err == nil; n++ {
		err = ws[n].load(ctx, d.store)
	}
	if err != nil {
		return nil, err
	}
	now := d.clock()
	day := DateOf(now.In(house))
	opens := openings{limits: l, now: now, at: map[string]time.Time{}}
	room := map[string]int{} // that a warm-up has left today, by mailbox provider
	apart := map[string]*queued{}
	err = d.store.View(ctx, func(r Reader) error {
		return r.PutOff(c.ID, now, func(p PutOff) {
			switch p.Why {
			case WhyWindow:
				if opens.sooner(p) {
					ids = append(ids, p.Invitation)
				}
			case WhyWarmUp:
				at := p.Email.Provider()
				if _, known := room[at]; !known {
					room[at], _ = d.relays.room(d.relays.leftFor(at, day), day.AddDays(1).In(house))
				}
				if len(ws) == 0 || room[at] > 0 {
					room[at]--
					ids = append(ids, p.Invitation)
				}
			case WhySpacing:
				at := p.Email.Provider()
				if apart[at] == nil {
					apart[at] = &queued{}
				}
				apart[at].add(p)
			}
		})
	})
	for _, q := range apart {
		if q.longer(now, d.apart) {
			ids = append(ids, q.ids...)
		}
	}
	return ids, err
}

// openings are when the hours of people open, by time zone. Where no two windows are ever open together, each zone takes a look at a year.
type openings struct {
	limits Limits
	now    time.Time
	at     map[string]time.Time // zero is never
}

// sooner reports whether somebody's hours open before they were said to.
func (o openings) sooner(p PutOff) bool {
	if o.limits.Local == nil {
		return true
	}
	at, known := o.at[p.Zone]
	if !known {
		h := o.limits.Local(p.Zone)
		if at = o.now; !h.Open(at) {
			at = h.Next(at)
		}
		o.at[p.Zone] = at
	}
	return !at.IsZero() && at.Before(p.Until)
}

// queued are those who wait for the turns of one mailbox provider.
type queued struct {
	ids  []InvitationID
	last time.Time
}

func (q *queued) add(p PutOff) { q.ids, q.last = append(q.ids, p.Invitation), latest(q.last, p.Until) }

// longer reports whether the last of them waits longer than turns that lie so far apart make it.
func (q *queued) longer(now time.Time, apart time.Duration) bool {
	return q.last.After(now.Add(time.Duration(len(q.ids)+1)*apart + near))
}
