package campaign

import (
	"context"
	"math"
	"time"
)

// Canary is the first wave of a campaign to many people: a few are asked, then it is waited for what comes
// back of them before the others have their turn. The stop rules judge what does.
type Canary struct {
	Of   func(audience int) int // how many people the wave has; nil: there is none
	Wait time.Duration
}

// canaryFrom is the audience up to which everybody is asked at once.
const canaryFrom = 2000

// wave is how many people the first wave of an audience has, 0 when it has none. One of everybody is none: there is nobody whose turn
// would be waited for.
func (c Canary) wave(audience int) int {
	if c.Of == nil || audience <= canaryFrom {
		return 0
	}
	if n := max(c.Of(audience), 0); n < audience {
		return n
	}
	return 0
}

// canaryLeft is how many people may still be claimed before the wave is complete. With the last of them the
// wait begins. Nothing of the campaign is under way when it is asked.
func (d *Desk) canaryLeft(ctx context.Context, c Campaign) (left int, err error) {
	if d.canary.Of == nil || !c.CanaryUntil.IsZero() {
		return math.MaxInt, nil
	}
	var states map[State]int
	err = d.store.View(ctx, func(r Reader) error {
		states, err = mailStates(r, c)
		return err
	})
	if err != nil {
		return 0, err
	}
	all, asked := 0, 0
	for s, n := range states {
		all += n
		if s != Planned && s != Withheld {
			asked += n
		}
	}
	wave := d.canary.wave(all)
	if wave == 0 {
		return math.MaxInt, nil
	}
	if asked < wave {
		return wave - asked, nil
	}
	until := d.now().Add(d.canary.Wait)
	d.log.Info("the first wave was sent", "campaign", c.Name, "people", asked, "until", until)
	return 0, d.store.Update(ctx, func(tx Tx) error { return tx.SetCanary(c.ID, until) })
}

// canaryWait is what a campaign waits for between its first wave and the others.
func (c Campaign) canaryWait() Waiting {
	return Waiting{For: "canary", Until: c.CanaryUntil, Reason: "the first wave was sent; what comes back of it is waited for"}
}

// endCanary ends the wait after the first wave: a person looked, and lets the campaign go on.
func endCanary(tx Tx, c Campaign) error {
	if c.CanaryUntil.After(tx.Now()) {
		return tx.SetCanary(c.ID, tx.Now())
	}
	return nil
}
