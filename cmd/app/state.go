package app

import (
	"context"
	"os"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/metrics"
)

// state reads for the metrics what stands in the database and on the disk.
func (a *App) state(ctx context.Context) (metrics.State, error) {
	s := metrics.State{Invitations: map[campaign.State]int{}, Campaigns: map[campaign.Status]int{}, Database: sizeOf(a.config.DatabaseFile()),
		Log: sizeOf(a.config.DatabaseFile() + "-wal"), Journal: sizeOf(a.config.Journal)}
	if room, err := a.room(); err == nil {
		s.Free = room.Free
	}
	if a.carrier != nil {
		s.Connections = a.carrier.Connections()
	}
	head, signed, err := a.store.Head(ctx)
	if err != nil {
		return s, err
	}
	s.Entries, s.Signed = head.Size, signed.Size
	return s, a.store.View(ctx, func(r campaign.Reader) error {
		cs, err := r.CampaignList()
		for n := 0; n < len(cs) && err == nil; n++ {
			s.Campaigns[cs[n].Status]++
			if cs[n].StartedAt.IsZero() {
				continue
			}
			var states map[campaign.State]int
			states, err = r.States(cs[n].ID)
			for state, k := range states {
				s.Invitations[state] += k
			}
		}
		return err
	})
}

// sizeOf is 0 for a file that is not there.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
