package campaign

import "time"

// Messages to one mailbox provider leave a certain time apart. Waiting for that with a claim in hand would hold
// up those who go elsewhere; so whoever's slot is not near is put off until it comes.

// WhySpacing is the reason of an invitation that was put off because messages to its mailbox provider leave apart.
const WhySpacing = "domain_rate"

// near is how far ahead a slot may lie for a message to be claimed: a tick of the scheduler and some.
const near = 2 * time.Second

// spacing gives out slots, by mailbox provider.
type spacing struct {
	apart time.Duration         // 0: none
	next  map[string]time.Time  // the first free slot
	put   map[waiting]time.Time // the first slot that nobody was put off to
}

// waiting are people of one campaign who wait for one mailbox provider. Those of another, which may be paused, are before
// nobody.
type waiting struct {
	campaign CampaignID
	provider string
}

func newSpacing(apart time.Duration) spacing {
	return spacing{apart, map[string]time.Time{}, map[waiting]time.Time{}}
}

// copyAt is a spacing for one attempt to claim. What lies behind need not be remembered.
func (s spacing) copyAt(now time.Time) spacing {
	return spacing{s.apart, ahead(s.next, now), ahead(s.put, now)}
}

func ahead[K comparable](slots map[K]time.Time, now time.Time) map[K]time.Time {
	out := make(map[K]time.Time, len(slots))
	for p, at := range slots {
		if at.After(now) {
			out[p] = at
		}
	}
	return out
}

// ask takes a slot that is near, else names one that nobody else was put off to. Whoever comes back at that
// time takes the first that is free then: a slot is a turn, not a promise.
func (s spacing) ask(c CampaignID, provider string, now time.Time) (until time.Time, wait bool) {
	if s.apart <= 0 {
		return until, false
	}
	slot := latest(s.next[provider], now)
	if slot.Sub(now) <= near {
		s.next[provider] = slot.Add(s.apart)
		return until, false
	}
	them := waiting{c, provider}
	slot = latest(slot, s.put[them])
	s.put[them] = slot.Add(s.apart)
	return slot, true
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
