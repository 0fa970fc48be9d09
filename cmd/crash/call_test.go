//go:build failpoint

package crash

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
)

// What one call of a sender may be told, or what ends the sender at it.
var blows = []string{"error=EIO", "error=ENOSPC", "signal=KILL"}

// someCalls is how many calls of each name and blow are tried where not all are.
const someCalls = 2

// TestEveryCallFailsOnce lets each call with which a sender changes its files fail, one at a time, or has the sender
// killed at it. Which calls there are, and how many a thread makes, is counted first: strace counts by thread, so
// which call of the whole is hit differs from run to run. REOPTIN_SWEEP=all tries every number; else it is a few,
// spread over the run.
func TestEveryCallFailsOnce(t *testing.T) {
	t.Parallel()
	needStrace(t)
	p := program(t)
	plan := shopPlan{people: 5, connections: 2}
	counts := countCalls(t, newShop(t, p, plan))
	t.Logf("the busiest thread of a sender makes %v", counts)
	for _, call := range durable {
		if counts[call] == 0 {
			t.Fatalf("a sender makes no call of %s", call)
		}
	}
	var runs, hit atomic.Int64
	t.Cleanup(func() {
		t.Logf("in %d of %d runs a call failed", hit.Load(), runs.Load())
		if hit.Load() < runs.Load()/4 { // on a busy machine the calls of a thread go to others
			t.Error("hardly any run was disturbed")
		}
	})
	for _, call := range slices.Sorted(maps.Keys(counts)) {
		for _, blow := range blows {
			for _, n := range chosen(counts[call]) {
				inject := fmt.Sprintf("%s:%s:when=%d", call, blow, n)
				t.Run(inject, func(t *testing.T) {
					t.Parallel()
					runs.Add(1)
					s := newShop(t, p, plan)
					o := &oracle{shop: s, deaths: 1}
					l, err := s.failing("inject="+inject, "campaign", "start", "spring", "--wait")
					must(t, err)
					must(t, o.until(l))
					must(t, o.check())
					must(t, sentAll(s, o, false))
					if l.killed() || s.failed(l) {
						hit.Add(1)
					}
				})
			}
		}
	}
}

// chosen are the calls to try, from 1 to how many there are.
func chosen(count int) (out []int) {
	some := someCalls
	if os.Getenv("REOPTIN_SWEEP") == "all" {
		some = count
	}
	if raced {
		some = 1
	}
	some = min(some, count)
	for n := range some {
		out = append(out, 1+n*count/some+count/some/2)
	}
	return out
}

var named = regexp.MustCompile(`(?m)^(\d+) +(\w+)\(`)

// countCalls lets a sender go undisturbed and counts what the busiest of its threads does to its files.
func countCalls(t *testing.T, s *shop) map[string]int {
	t.Helper()
	// No call of that number is made.
	l, err := s.failing("inject=fsync:error=EIO:when=65535", "campaign", "start", "spring", "--wait")
	must(t, err)
	must(t, l.wait())
	raw, err := wholeTrace(s.sweepTrace(), l.process.Pid)
	must(t, err)
	if l.code() != done || bytes.Contains(raw, []byte("(INJECTED)")) {
		t.Fatalf("the sender ended with %d: %s", l.code(), l.said())
	}
	counts, of := map[string]int{}, map[string]int{}
	for _, m := range named.FindAllSubmatch(raw, -1) {
		if name := string(m[2]); slices.Contains(keeping, name) {
			of[string(m[0])]++
			counts[name] = max(counts[name], of[string(m[0])])
		}
	}
	return counts
}
