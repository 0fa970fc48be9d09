package campaign

import (
	"testing"

	"pgregory.net/rapid"
)

func TestWarmthFromDayToDay(t *testing.T) {
	t.Parallel()
	steps := []int{50, 200, 1000}
	monday := NewDate(2026, 3, 9)
	for name, c := range map[string]struct {
		was  Warmth
		day  Date
		step int
		left int
	}{
		"the same day":            {Warmth{Day: monday, Sent: 20}, monday, 0, 30},
		"half a step is a step":   {Warmth{Day: monday, Sent: 25}, monday.AddDays(1), 1, 200},
		"less is none":            {Warmth{Day: monday, Sent: 24}, monday.AddDays(1), 0, 50},
		"days without are none":   {Warmth{Day: monday, Sent: 50}, monday.AddDays(30), 1, 200},
		"more than was allowed":   {Warmth{Day: monday, Sent: 70}, monday, 0, 0},
		"a clock that went back":  {Warmth{Day: monday, Sent: 50}, monday.AddDays(-3), 0, 0},
		"behind the last step":    {Warmth{Day: monday, Step: 2, Sent: 1000, Best: 200}, monday.AddDays(1), 3, -1},
		"never":                   {Warmth{}, monday, 0, 50},
		"another plan, longer":    {Warmth{Day: monday, Step: 4, Sent: 9, Best: 90}, monday, 1, 191},
		"another plan, larger":    {Warmth{Day: monday, Step: 2, Sent: 0, Best: 20}, monday.AddDays(1), 0, 50},
		"another plan, done":      {Warmth{Day: monday, Step: 5, Sent: 9, Best: 700}, monday.AddDays(1), 3, -1},
		"a day of the best":       {Warmth{Day: monday, Step: 2, Sent: 600, Best: 200}, monday.AddDays(1), 3, -1},
		"not noted":               {Warmth{Day: monday, Step: 3, Sent: 9, Best: NotNoted}, monday.AddDays(1), 3, -1},
		"not noted, another plan": {Warmth{Day: monday, Step: 7, Sent: 9, Best: NotNoted}, monday, 0, 41},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.was.on(c.day, steps)
			if left := got.left(steps); got.Step != c.step || left != c.left && (c.left >= 0 || left < 1<<40) {
				t.Errorf("step %d with %d left, want %d with %d", got.Step, left, c.step, c.left)
			}
		})
	}
}

// However days pass, a step is never skipped, no day has more than its step, and what an older database knows
// allows no more than what the newer one does.
func TestWarmthNeverRunsAhead(t *testing.T) {
	t.Parallel()
	steps := []int{5, 20, 100}
	rapid.Check(t, func(t *rapid.T) {
		day := NewDate(2026, 3, 9)
		now, old := Warmth{Day: day}, Warmth{Day: day}
		for range rapid.IntRange(1, 40).Draw(t, "days") {
			before := now.Step
			if now = now.on(day, steps); now.Step > before+1 {
				t.Fatalf("from step %d to %d in a night", before, now.Step)
			}
			if kept := old.on(day, steps); kept.Step > now.Step {
				t.Fatalf("the older database is at step %d, the newer at %d", kept.Step, now.Step)
			}
			sent := rapid.IntRange(0, min(now.left(steps), 200)).Draw(t, "sent")
			now.Sent += sent
			if now.Step < len(steps) && now.Sent > steps[now.Step] {
				t.Fatalf("%d on a day of %d", now.Sent, steps[now.Step])
			}
			if rapid.Bool().Draw(t, "a backup is made") {
				old = now
			}
			day = day.AddDays(rapid.IntRange(0, 3).Draw(t, "nights"))
		}
	})
}

// What the journal knows is counted, for everybody where it is not known whose it was; nothing is lowered.
func TestRaised(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := NewDate(2026, 3, 10)
		steps := []int{5, 20}
		by, left := map[string]Warmth{}, map[string]int{}
		for _, p := range []string{"gmail", "free", "d.example"} {
			if rapid.Bool().Draw(t, p+" is known") {
				by[p] = Warmth{Provider: p, Day: day.AddDays(-rapid.IntRange(0, 2).Draw(t, "ago")), Sent: rapid.IntRange(0, 20).Draw(t, "sent")}
			}
			if n := rapid.IntRange(0, 30).Draw(t, p+" left"); n > 0 {
				left[p] = n
			}
		}
		unknown := rapid.IntRange(0, 10).Draw(t, "unknown")
		before := map[string]Warmth{}
		for p, w := range by {
			before[p] = w.on(day, steps)
		}
		w := warming{steps: steps, by: map[string]Warmth{}}
		for p, one := range before {
			w.by[p] = one
		}
		w.adopt(raised(by, left, unknown, day, steps))
		for _, p := range []string{"gmail", "free", "d.example", "never.example"} {
			if got := w.of(p, day); got.Sent < left[p]+unknown || got.Sent < before[p].Sent || got.Step != before[p].Step {
				t.Fatalf("%s counts %+v; %d left, %d unknown, before %+v", p, got, left[p], unknown, before[p])
			}
		}
	})
}
