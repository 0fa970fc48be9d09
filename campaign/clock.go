package campaign

import (
	"context"
	"errors"
	"sync"
	"time"
)

// The wall clock decides windows, pauses and deadlines, and it can be set: by a person, by a time server that
// was wrong, by a machine that slept. It decides nothing about whom to ask twice. But what it ends for good, the
// silence of a campaign whose deadline has passed, must not rest on a clock that has just jumped; and whoever was
// put off by a clock that went back since must not wait until that hour comes round again. So it is held against
// a clock that nobody sets.

const (
	noticedJump = 5 * time.Second // below it time servers are at work
	backJump    = time.Minute     // back by so much: what was put off is looked at again
	wildJump    = time.Hour       // ahead by so much: nothing ends for good yet
	doubtTime   = time.Hour       // for which the clock has to go on as it does
)

// SteadyBy is a clock that nobody sets, for want of a better one: a reading of the wall clock carries one.
func SteadyBy(clock func() time.Time) func() time.Duration {
	began := clock()
	return func() time.Duration { return clock().Sub(began) }
}

// watched is the wall clock and what is known of its jumps.
type watched struct {
	clock  func() time.Time
	steady func() time.Duration

	mu       sync.Mutex
	wall     time.Time     // at the last look
	run      time.Duration // likewise, by the steady clock
	doubtful time.Duration // up to here, by the steady clock, nothing ends for good
	back     bool          // it went back, and what was put off has not been looked at since
}

func newWatched(clock func() time.Time, steady func() time.Duration) *watched {
	return &watched{clock: clock, steady: steady, wall: clock().Round(0), run: steady()}
}

// look gives how far the clock has jumped since the last look; 0 when it has not.
func (w *watched) look() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	wall, run := w.clock().Round(0), w.steady()
	jump := wall.Sub(w.wall) - (run - w.run)
	w.wall, w.run = wall, run
	switch {
	case jump.Abs() < noticedJump:
		return 0
	case jump >= wildJump:
		w.doubtful = run + doubtTime
	case jump <= -wildJump: // put right
		w.doubtful = 0
	}
	w.back = w.back || jump <= -backJump
	return jump
}

// doubted reports whether nothing may end for good because of the clock.
func (w *watched) doubted() bool {
	_, doubt := w.holds()
	return doubt > 0
}

// holds says whether what was put off is to be looked at again, and for how long nothing ends for good.
func (w *watched) holds() (back bool, doubt time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.back, max(0, w.doubtful-w.steady())
}

// ranAhead reports whether nothing may end for good because of the clock, by a look that leaves it to heedClock to notice.
func (w *watched) ranAhead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	run := w.steady()
	return w.doubtful > run || w.clock().Round(0).Sub(w.wall)-(run-w.run) >= wildJump
}

func (w *watched) wentBack(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.back = yes
}

// heedClock notices that the clock was set. It is called between turns, when nothing is under way.
func (d *Desk) heedClock(ctx context.Context) error {
	jump := d.watched.look()
	back, doubt := d.watched.holds()
	if jump != 0 {
		d.slowly.shift(jump)
		d.meter.ClockSet()
		d.log.Warn("the clock was set, or the machine stood still: sending windows and deadlines follow the new time", "by", jump, "nothing_closes_for", doubt)
	}
	if !back {
		return nil
	}
	if err := d.recall(ctx); err != nil {
		return err
	}
	d.watched.wentBack(false)
	return nil
}

// heedJournal notices at the start that the clock is behind what is known to have happened; newest is when that was, or zero.
func (d *Desk) heedJournal(newest time.Time) {
	if ahead := newest.Sub(d.clock()); !newest.IsZero() && ahead >= backJump {
		d.meter.ClockSet()
		d.log.Warn("the clock is behind what the send journal has seen: it was set back, or was wrong before", "by", ahead)
		d.watched.wentBack(true)
	}
}

// recall looks again at all that waits for an hour which the clock was set back from: those who were put off have
// another turn, and no other wait is longer than if it began now. Nobody is sent to who may not be: the gate puts
// off again.
func (d *Desk) recall(ctx context.Context) error {
	d.spacing = newSpacing(d.apart)
	d.relays.recall()
	return d.store.Update(ctx, func(tx Tx) error {
		cs, err := tx.CampaignList()
		if err != nil {
			return err
		}
		for _, c := range cs {
			if c.Status != Running && c.Status != Paused {
				continue
			}
			if err := d.recallCampaign(tx, c); err != nil {
				return err
			}
		}
		return d.recallWarmth(tx)
	})
}

func (d *Desk) recallCampaign(tx Tx, c Campaign) error {
	errs := []error{tx.Recall(c.ID)}
	if c.Waiting.For == "relay" && c.Waiting.Until.After(tx.Now().Add(d.retry.Most)) {
		errs = append(errs, tx.SetWaiting(c.ID, Waiting{}))
	}
	if longest := tx.Now().Add(d.canary.Wait); c.CanaryUntil.After(longest) {
		errs = append(errs, tx.SetCanary(c.ID, longest))
	}
	return errors.Join(errs...)
}

// recallWarmth takes what left on a day that has not come yet as having left today.
func (d *Desk) recallWarmth(tx Tx) error {
	return d.onWarmings(tx, func(ws []*warming, today Date, _ *time.Location) (err error) {
		for n := 0; n < len(ws) && err == nil; n++ {
			err = ws[n].amend(tx, func(stored []Warmth) []Warmth { return recalled(stored, today) })
		}
		return err
	})
}

// recalled are the rows of days that have not come yet, as of today.
func recalled(stored []Warmth, today Date) (moved []Warmth) {
	for _, w := range stored {
		if today.Before(w.Day) {
			w.Day = today
			moved = append(moved, w)
		}
	}
	return moved
}
