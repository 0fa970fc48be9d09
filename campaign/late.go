package campaign

import (
	"context"
	"fmt"
	"time"
)

// A campaign begins by itself when its hour comes, or at once when it is started after that. When nothing was running then, and
// the program is started again days after, nobody expects it any more: what it says may be over, and people may
// have been told otherwise. So it begins by itself only within a while, and else waits for a person.

// late reports whether a campaign has missed its start, and pauses it then. Whoever resumes it lets it begin.
func (d *Desk) late(ctx context.Context, c Campaign, l Limits) (bool, error) {
	if !c.BegunAt.IsZero() {
		return false, nil
	}
	if opens := missed(c, l, d.clock(), d.startWithin); !opens.IsZero() {
		d.log.Error("the campaign has missed its start: it is paused", "campaign", c.Name, "start", opens)
		return true, d.Pause(ctx, Machine, c.Name, fmt.Sprintf("it was to begin at %s, when nothing was running; look whether it still should, then resume", opens.Format("2006-01-02 15:04")))
	}
	return false, d.store.Update(ctx, func(tx Tx) error { return tx.Begin(c.ID) })
}

// begin notes that whoever resumes a campaign lets it begin. Before its hour that says nothing of a start that is missed later.
func begin(tx Tx, c Campaign) error {
	if c.File.Schedule.Start.After(tx.Now()) {
		return nil
	}
	return tx.Begin(c.ID)
}

// missed is when a campaign could first have begun by itself, if that is longer ago than within; else zero.
func missed(c Campaign, l Limits, now time.Time, within time.Duration) time.Time {
	if within <= 0 {
		return time.Time{}
	}
	if opens := l.Next(latest(c.File.Schedule.Start, c.StartedAt)); !opens.IsZero() && now.After(opens.Add(within)) {
		return opens.In(l.Location)
	}
	return time.Time{}
}
