package campaign

import (
	"context"
	"sync"
	"time"
)

// lapse is a time in which the send journal took nothing, such as while the disk was full. What was stored in it, a no for
// one, may be missing there, and is brought there when the journal takes something again.
type lapse struct {
	mu    sync.Mutex
	times int  // failures so far
	open  bool // and not made up for
	over  bool // the journal has taken something since the last failure
}

// heard notes how the journal took something, and hands it on.
func (l *lapse) heard(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.times++
	}
	l.open, l.over = l.open || err != nil, err == nil
	return err
}

func (l *lapse) state() (times int, open, over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.times, l.open, l.over
}

// end closes a lapse, unless the journal has failed again meanwhile.
func (l *lapse) end(times int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = l.open && l.times != times
	return !l.open
}

// makeUp does after a lapse what the next start would do, once the journal has taken something again, and lets sending go
// on. Until then it says why nothing is sent. No delivery is under way when it runs.
func (d *Desk) makeUp(ctx context.Context) error {
	times, open, over := d.lapse.state()
	if open && over {
		rec, err := d.Recover(ctx)
		if err != nil {
			return err
		}
		if d.lapse.end(times) {
			d.log.Warn("the send journal can be written again", "failures", times, "uncertain", rec.Uncertain, "suppressed", rec.Suppressed, "withdrawn", rec.Withdrawn, "paused", rec.Paused)
			d.mu.Lock()
			defer d.mu.Unlock()
			d.halted = nil
			return nil
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.halted
}

// Lapsed reports whether the journal lacks something that it could not take.
func (d *Desk) Lapsed() bool {
	_, open, _ := d.lapse.state()
	return open
}

// RecordHead lets the journal remember a signed head of the ledger.
func (d *Desk) RecordHead(ctx context.Context, size int64, root [32]byte, at time.Time) error {
	return d.record(ctx, Record{Kind: RecordHead, Size: size, Root: root, At: at})
}
