package campaign

import (
	"sync"
	"time"
)

// A rate of a few messages a day leaves hours between two of them. Whoever waited for that with a claim in hand would keep
// all other campaigns waiting, and deadlines too. So a campaign whose messages are farther apart than a turn is long has
// a turn of one message, and no turn until the next is due.

// slowly says when those who send so slowly, and those who never wait for their rate because others are faster, have their
// next turn.
type slowly struct {
	mu   sync.Mutex
	last time.Time                // when a message of before this start was last under way
	next map[CampaignID]time.Time // under EveryCampaign that of all together
}

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
	return latest(s.next[id], s.next[EveryCampaign])
}

// began notes when, at a start, a message was last under way.
func (s *slowly) began(last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = last
}

// again is after for a campaign whose messages leave apart: one that has begun and had no turn since this start goes on as far
// apart from what left before it, or a program that is started again and again would send faster.
func (s *slowly) again(c Campaign, apart time.Duration) time.Time {
	at := s.after(c.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, had := s.next[c.ID]; !had && apart > 0 && !c.BegunAt.IsZero() && !s.last.IsZero() {
		at = latest(at, s.last.Add(apart))
	}
	return at
}

func (s *slowly) put(id CampaignID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = map[CampaignID]time.Time{}
	}
	if s.next[id] = at; at.IsZero() {
		delete(s.next, id)
	}
}

// shift moves all turns with a clock that was set: the time between two messages stays what it was.
func (s *slowly) shift(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.next {
		s.next[id] = s.next[id].Add(by)
	}
	if !s.last.IsZero() {
		s.last = s.last.Add(by)
	}
}

// due is how many messages of a campaign may leave at once: those for which its rate has made room since its last turn, up to
// what is due within a turn.
func (s *slowly) due(id CampaignID, l Limits, now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.next[id]
	switch past := now.Sub(next); {
	case next.IsZero():
		return 1
	case past < 0:
		return 0
	default:
		return int(min(past, turnTime)/l.every()) + 1
	}
}

// took notes how many of those that were due were claimed in a turn that began at a time.
func (s *slowly) took(id CampaignID, l Limits, at time.Time, n int) {
	first := at
	if next := s.after(id); !next.IsZero() {
		first = latest(next, at.Add(-turnTime))
	}
	s.put(id, first.Add(time.Duration(n)*l.every()))
}

// sentSlowly notes a campaign's turn, in which so many were claimed.
func (d *Desk) sentSlowly(c Campaign, l Limits, s share, at time.Time, n int) {
	switch apart := l.apart(); {
	case apart > 0:
		d.slowly.put(c.ID, d.clock().Add(apart))
	case s.aside:
		d.slowly.took(c.ID, l, at, n)
	default:
		d.slowly.put(c.ID, time.Time{})
	}
	if apart := s.house.apart(); apart > 0 {
		d.slowly.put(EveryCampaign, d.clock().Add(apart))
	}
}
