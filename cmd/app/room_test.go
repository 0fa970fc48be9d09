package app

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/store"
)

// Nothing is claimed that might not find room to be settled.
func TestNearlyFullDisk(t *testing.T) {
	t.Parallel()
	for name, room := range map[string]campaign.Room{
		"less than 64 MB":       {Free: 63 << 20, Total: 1 << 30},
		"less than one percent": {Free: 99 << 20, Total: 10_000 << 20},
		"less than a gigabyte":  {Free: 1023 << 20, Total: 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 3}).start(spring)
			h.mu.Lock()
			h.room = room
			h.mu.Unlock()
			h.send()
			h.took(0)
			h.expect(map[campaign.State]int{campaign.Planned: 3})
			if r := h.status(); r.Status != campaign.Paused || !strings.Contains(r.Reason, "nearly full") {
				t.Errorf("%s, %q", r.Status, r.Reason)
			}
			h.mu.Lock()
			h.room.Free = h.room.Total / 2
			h.mu.Unlock()
			h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
			h.send()
			h.took(3)
		})
	}
	if r := (campaign.Room{Free: 1 << 30, Total: 1 << 40}); r.Short() {
		t.Error("a large disk is said to be full with a gigabyte left")
	}
	h := newHouse(t, plan{people: 1})
	if r, err := store.Room(h.app.config.DatabaseFile()); err != nil || r.Total == 0 || r.Free > r.Total {
		t.Errorf("the disk of a real file: %+v %v", r, err)
	}
}
