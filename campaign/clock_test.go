package campaign

import (
	"testing"
	"time"
)

// twoClocks are a wall clock that can be set and one that cannot.
type twoClocks struct {
	wall time.Time
	run  time.Duration
}

func (c *twoClocks) pass(d time.Duration) { c.wall, c.run = c.wall.Add(d), c.run+d }
func (c *twoClocks) set(d time.Duration)  { c.wall = c.wall.Add(d) }

func TestJumpsOfTheClock(t *testing.T) {
	t.Parallel()
	c := &twoClocks{wall: may(4, 10, 0)}
	w := newWatched(func() time.Time { return c.wall }, func() time.Duration { return c.run })
	expect := func(what string, jump time.Duration, doubted, back bool) {
		t.Helper()
		got := w.look()
		is, _ := w.holds()
		if got != jump || w.doubted() != doubted || is != back {
			t.Errorf("%s: jump %v, doubted %v, back %v", what, got, w.doubted(), is)
		}
	}
	c.pass(9 * time.Hour)
	expect("time passes", 0, false, false)
	c.set(2 * time.Second)
	expect("a time server", 0, false, false)
	c.set(20 * time.Minute)
	expect("a little ahead", 20*time.Minute, false, false)
	c.set(10 * 365 * 24 * time.Hour)
	expect("ten years ahead", 10*365*24*time.Hour, true, false)
	c.pass(doubtTime - time.Second)
	expect("nearly an hour later", 0, true, false)
	c.pass(time.Second)
	expect("an hour later", 0, false, false)
	c.set(24 * time.Hour)
	expect("a day ahead", 24*time.Hour, true, false)
	c.set(-24 * time.Hour)
	expect("and back", -24*time.Hour, false, true)
	w.wentBack(false)
	c.set(-10 * time.Second)
	expect("a little back", -10*time.Second, false, false)
}
