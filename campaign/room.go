package campaign

import (
	"context"
	"fmt"
)

// Room is what a disk has left, in bytes. A Total of zero says that nobody knows.
type Room struct{ Free, Total uint64 }

// Nothing is claimed that might not find room to be settled: below so many bytes, or below one in a hundred,
// no turn begins (RELIABILITY F19). A turn takes less than a third of it.
const (
	roomLeast = 64 << 20
	roomShare = 100
)

// Short reports whether so little is left that no turn begins.
func (r Room) Short() bool { return r.Total > 0 && r.Free < max(roomLeast, r.Total/roomShare) }

// hasRoom reports whether a turn may begin, and pauses the campaign when the disk is nearly full.
func (d *Desk) hasRoom(ctx context.Context, c Campaign) (bool, error) {
	r, err := d.room()
	if err != nil || !r.Short() {
		return err == nil, err
	}
	d.log.Error("the disk is nearly full: the campaign is paused", "campaign", c.Name, "free", r.Free, "total", r.Total)
	return false, d.Pause(ctx, Machine, c.Name, fmt.Sprintf("the disk of the database is nearly full: %d MB are left; make room, then resume", r.Free>>20))
}
