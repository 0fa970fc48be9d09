package campaign

import (
	"context"
	"fmt"
)

// Room is what a disk has left, in bytes. A Total of zero says that nobody knows.
type Room struct{ Free, Total uint64 }

// Nothing is claimed that might not find room to be settled: below so many bytes, or below one in a hundred of a
// disk, no turn begins (RELIABILITY F19). A turn takes less than a third of the least. One in a hundred of a large
// disk is far more than whatever runs beside can fill before the next look, so it counts up to a bound (ADR 0043).
const (
	roomLeast = 64 << 20
	roomMost  = 1 << 30
	roomShare = 100
)

// Needed is how many bytes must be free for a turn to begin.
func (r Room) Needed() uint64 { return max(roomLeast, min(roomMost, r.Total/roomShare)) }

// Short reports whether so little is left that no turn begins.
func (r Room) Short() bool { return r.Total > 0 && r.Free < r.Needed() }

// hasRoom reports whether a turn may begin, and pauses the campaign when the disk is nearly full.
func (d *Desk) hasRoom(ctx context.Context, c Campaign) (bool, error) {
	r, err := d.room()
	if err != nil || !r.Short() {
		return err == nil, err
	}
	d.log.Error("the disk is nearly full: the campaign is paused", "campaign", c.Name, "free", r.Free, "total", r.Total)
	return false, d.Pause(ctx, Machine, c.Name, fmt.Sprintf("the disk of the database is nearly full: %d MB are left; make room, then resume", r.Free>>20))
}
