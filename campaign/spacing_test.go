package campaign

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever comes when, no more messages to one provider begin than its slots allow, but for those that are near;
// whoever is put off is put off to a time of their own; other providers are not held up.
func TestSpacing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		apart := time.Duration(rapid.IntRange(1, 10000).Draw(t, "apart")) * time.Millisecond
		start := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
		s, now := newSpacing(apart), start
		begun := map[string]int{}
		for range rapid.IntRange(1, 60).Draw(t, "claims") {
			if rapid.IntRange(0, 3).Draw(t, "turn") == 0 {
				s = s.copyAt(now)
			}
			put := map[time.Time]bool{}
			for range rapid.IntRange(1, 20).Draw(t, "people") {
				p := rapid.SampledFrom([]string{"gmail", "free"}).Draw(t, "provider")
				until, wait := s.ask(1, p, now)
				if !wait {
					begun[p]++
					continue
				}
				if p == "gmail" && put[until] || until.Sub(now) <= near {
					t.Fatalf("put off until %v", until)
				}
				put[until] = p == "gmail"
			}
			for p, n := range begun {
				if most := int((now.Sub(start)+near)/apart) + 1; n > most {
					t.Fatalf("%d messages to %s in %v, %v apart", n, p, now.Sub(start), apart)
				}
			}
			if until, wait := s.copyAt(now).ask(1, "other.example", now); wait {
				t.Fatalf("another provider waits until %v", until)
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "later")) * time.Millisecond)
		}
	})
}

func TestSpacingGivesEveryoneATurn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	s := newSpacing(time.Minute)
	var waits []time.Duration
	for range 4 {
		until, wait := s.ask(1, "gmail", now)
		if !wait {
			until = now
		}
		waits = append(waits, until.Sub(now))
	}
	for n, want := range []time.Duration{0, time.Minute, 2 * time.Minute, 3 * time.Minute} {
		if waits[n] != want {
			t.Errorf("the %d. waits %v, want %v", n, waits[n], want)
		}
	}
	if s.ask(1, "gmail", now.Add(time.Minute)); !s.next["gmail"].Equal(now.Add(2 * time.Minute)) {
		t.Error("who comes back in time is not let through")
	}
}
