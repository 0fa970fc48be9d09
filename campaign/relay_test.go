package campaign

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever relays do: one that rests is not chosen, a message that stood before a dot goes nowhere else, a relay that
// came back is tried by one message while others work, no warm-up is overrun, and only when all rest does anything wait.
func TestRelaysAreChosen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
		day := DateOf(now)
		var list []Relay
		for n := range rapid.IntRange(2, 3).Draw(t, "relays") {
			r := Relay{Name: fmt.Sprintf("r%d:25", n), Host: fmt.Sprintf("r%d", n)}
			if rapid.Bool().Draw(t, "warms up") {
				r.Steps = []int{rapid.IntRange(1, 5).Draw(t, "step"), 100}
			}
			list = append(list, r)
		}
		s := newOutlets(list, func() time.Time { return now }, Retry{First: time.Minute, Most: time.Hour})
		for _, o := range s.all {
			o.warm.by = map[string]Warmth{}
		}
		type way struct {
			o *outlet
			i Invitation
		}
		var out []way
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "minutes")) * time.Minute)
				if DateOf(now) != day {
					return
				}
			case 1, 2:
				i := Invitation{Email: "ada@gmail.com", Attempt: rapid.IntRange(1, 2).Draw(t, "attempt")}
				if rapid.IntRange(0, 4).Draw(t, "pinned") == 0 {
					i.Relay = rapid.SampledFrom(append(slices.Clone(list), Relay{Name: "gone:25"})).Draw(t, "to").Name
				}
				if rapid.IntRange(0, 4).Draw(t, "script") == 0 {
					i.Email = "éva@gmail.com"
				}
				o, until := s.take(i, day, now.Add(24*time.Hour))
				if o == nil {
					if !until.After(now) {
						t.Fatalf("to be looked at again at once")
					}
					for _, other := range s.fit(i) {
						if !other.resting(now) && other.warm.of("gmail", day).left(other.warm.steps) > other.warm.busy["gmail"] {
							t.Fatalf("%s could be used", other.Name)
						}
					}
					continue
				}
				if o.resting(now) {
					t.Fatalf("%s rests until %v", o.Name, o.until)
				}
				if slices.ContainsFunc(list, func(r Relay) bool { return r.Name == i.Relay }) && o.Name != i.Relay {
					t.Fatalf("what stood at %s goes to %s", i.Relay, o.Name)
				}
				out = append(out, way{o, i})
			default:
				if len(out) == 0 {
					continue
				}
				n := rapid.IntRange(0, len(out)-1).Draw(t, "which")
				w := out[n]
				out = slices.Delete(out, n, n+1)
				end := rapid.SampledFrom([]Outcome{{Kind: OutcomeSent, Committed: true}, {Kind: OutcomeNoRelay}, {Kind: OutcomeReleased, Relay: true}, {Kind: OutcomeReleased, Broken: true},
					{Kind: OutcomeUncertain, Committed: true}, {Kind: OutcomeReleased, Script: true}, {Kind: OutcomeReleased, Stage: "mail", Code: 451}, {Kind: OutcomeLost}}).Draw(t, "end")
				if end.Committed && !w.o.warm.off() {
					m := Message{Invitation: 1, Relay: w.o.Name, To: w.i.Email}
					s.adopt([]warmed{{w.o.warm, w.o.warm.spent([]Message{m}, day), []Message{m}}})
				}
				rest := s.judge(w.o, s.away(end))
				s.done(w.o, "gmail", end.Committed)
				idle := !slices.ContainsFunc(s.all, func(o *outlet) bool { return !o.resting(now) })
				if rest.began && !rest.pause && rest.all != idle {
					t.Fatalf("%+v, all rest: %v", rest, idle)
				}
				if rest.all && !rest.pause && !rest.next.After(now) {
					t.Fatalf("%+v is waited for in vain", rest)
				}
				if (s.waits().For == "relay") != idle {
					t.Fatalf("waiting %+v, all rest: %v", s.waits(), idle)
				}
			}
			under := map[*outlet]int{}
			for _, w := range out {
				under[w.o]++
			}
			for _, o := range s.all {
				w := o.warm.of("gmail", day)
				if left := w.left(o.warm.steps); left < o.warm.busy["gmail"] || left != math.MaxInt && w.Sent > o.warm.steps[0] {
					t.Fatalf("%s: %d left, %d under way", o.Name, left, o.warm.busy["gmail"])
				}
				if under[o] != o.underWay {
					t.Fatalf("%s: %d under way, counted %d", o.Name, under[o], o.underWay)
				}
			}
		}
	})
}

// The limits in a row, and what comes of them, of one relay beside another.
func TestARelayIsLeftAlone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	refusal, unclear, lost := Outcome{Kind: OutcomeReleased, Relay: true}, Outcome{Kind: OutcomeUncertain}, Outcome{Kind: OutcomeReleased, Broken: true}
	for name, c := range map[string]struct {
		ends  []Outcome
		rests time.Duration // 0: not at all; below: for good
	}{
		"away":                    {[]Outcome{{Kind: OutcomeNoRelay}}, time.Minute},
		"away, and asked again":   {[]Outcome{{Kind: OutcomeNoRelay}, {Kind: OutcomeNoRelay}}, time.Minute},
		"hears of nobody now":     {[]Outcome{{Kind: OutcomeReleased, Stage: "mail", Code: 421}}, time.Minute},
		"a greylist":              {[]Outcome{{Kind: OutcomeReleased, Stage: "rcpt", Code: 451}, {Kind: OutcomeReleased, Stage: "rcpt", Code: 451}}, 0},
		"four refusals":           {[]Outcome{refusal, refusal, refusal, refusal}, 0},
		"five":                    {[]Outcome{refusal, refusal, refusal, refusal, refusal}, time.Minute},
		"five, one taken between": {[]Outcome{refusal, refusal, refusal, {Kind: OutcomeSent}, refusal, refusal}, 0},
		"five lost":               {[]Outcome{lost, lost, lost, lost, lost}, time.Minute},
		"five unclear":            {[]Outcome{unclear, unclear, unclear, unclear, unclear}, -1},
		"no such mailboxes":       {[]Outcome{{Kind: OutcomeRefused, Hard: true}, {Kind: OutcomeRefused, Hard: true}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newOutlets([]Relay{{Name: "one:25", Host: "one"}, {Name: "two:25", Host: "two"}}, func() time.Time { return now }, Retry{First: time.Minute, Most: time.Hour})
			one := s.all[0]
			for _, end := range c.ends {
				s.judge(one, s.away(end))
			}
			if one.resting(now) != (c.rests != 0) || one.doubted != (c.rests < 0) || c.rests > 0 && !one.until.Equal(now.Add(c.rests)) {
				t.Errorf("%+v", one)
			}
			if next, _ := s.take(Invitation{Email: "a@b.example"}, DateOf(now), now); (next != one) != (c.rests != 0) {
				t.Errorf("%s is used", next.Name)
			}
		})
	}
}

// A relay that does not carry somebody's letters is passed over for them alone, as long as another does.
func TestTheRelayThatCanIsUsed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	s := newOutlets([]Relay{{Name: "one:25"}, {Name: "two:25"}}, func() time.Time { return now }, Retry{First: time.Minute, Most: time.Hour})
	eva, ada := Invitation{Email: "éva@b.example"}, Invitation{Email: "ada@b.example"}
	for n, want := range []string{"one:25", "two:25", "one:25"} { // in the end neither can, and nobody is lost
		o, _ := s.take(eva, DateOf(now), now)
		if o.Name != want {
			t.Errorf("%d: %s, want %s", n, o.Name, want)
		}
		if first, _ := s.take(ada, DateOf(now), now); first.Name != "one:25" {
			t.Errorf("%s", first.Name)
		}
		if rest := s.judge(o, Outcome{Kind: OutcomeReleased, Script: true, Stage: "mail"}); rest.began {
			t.Errorf("%+v", rest)
		}
	}
}
