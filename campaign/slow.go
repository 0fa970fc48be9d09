package campaign

import (
	"sync"
	"time"
)

// A rate of a few messages a day leaves hours between two of them. Whoever waited for that with a claim in hand would keep
// all other campaigns waiting, and deadlines too. So a campaign whose messages are farther apart than a turn is long has
// a turn of one message, and no turn until the next is due.

// slowly says when those who send so slowly have their next turn.
type slowly struct {
	mu   sync.Mutex
	next map[CampaignID]time.Time // under wholeHouse that of all together
}

// wholeHouse stands for all campaigns, which share the rate of the configuration.
const wholeHouse CampaignID = 0

// apart is how far apart messages leave where that is longer than a turn, else 0.
func (l Limits) apart() time.Duration {
	if apart := l.Per / time.Duration(max(l.N, 1)); apart > turnTime {
		return apart
	}
	return 0
}

// after is when a campaign may have its next turn; the zero time is now.
func (s *slowly) after(id CampaignID) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return latest(s.next[id], s.next[wholeHouse])
}

func (s *slowly) put(id CampaignID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = map[CampaignID]time.Time{}
	}
	s.next[id] = at
}

// shift moves all turns with a clock that was set: the time between two messages stays what it was.
func (s *slowly) shift(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.next {
		s.next[id] = s.next[id].Add(by)
	}
}

// sentSlowly notes a campaign's turn.
func (d *Desk) sentSlowly(c Campaign, l Limits) error {
	house, err := d.bounds(File{}, c.Frozen.Organisation)
	if err != nil {
		return err
	}
	for id, apart := range map[CampaignID]time.Duration{c.ID: l.apart(), wholeHouse: house.apart()} {
		if apart > 0 {
			d.slowly.put(id, d.clock().Add(apart))
		}
	}
	return nil
}
