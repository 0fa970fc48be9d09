//go:build failpoint

package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// fate is what a test knows of one person beside the program.
type fate struct {
	no  bool // the last thing that was surely stored is a no to everything
	got int  // messages when the no was stored

}

// chance plays one random history of a small campaign.
type chance struct {
	*house
	r       *rand.Rand
	fates   []fate
	restore func()
	store   *failingStore
	closed  bool // the journal was closed under the process
	log     []string
}

const players = 6

// Whatever happens, in whatever order: nobody gets two messages, nobody is written to after a no, no
// no is forgotten, and the ledger verifies.
func TestHistoriesByChance(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := &chance{house: newHouse(t, plan{people: players, senders: 2}), r: rand.New(rand.NewPCG(seed, 3)), fates: make([]fate, players)}
			c.start(spring)
			c.fragile()
			for range 16 {
				c.step()
				c.check()
			}
			if t.Failed() {
				t.Log(c.log)
			}
		})
	}
}

// fragile gives a new process a store that can be told to fail.
func (c *chance) fragile() {
	c.store = &failingStore{keep: c.r.IntN(2) == 0}
	c.rewire(func(d *campaign.Deps) { c.store.Store, d.Store = d.Store, c.store })
}

// mend ends the process when it can send no more, as its keeper would, and starts another.
func (c *chance) mend() {
	c.store.arm(0)
	if err := c.tick(); err != nil || c.closed {
		c.note("mend: %v", err)
		c.closed = false
		c.reopen()
		c.fragile()
	}
}

func (c *chance) note(format string, args ...any) {
	c.log = append(c.log, fmt.Sprintf(format, args...))
}

func (c *chance) step() {
	c.wait(time.Duration(c.r.IntN(20*60)+1) * time.Second)
	n := c.r.IntN(players)
	ctx := c.t.Context()
	switch k := c.r.IntN(14); k {
	case 0, 1, 2, 3, 4:
		c.troubled()
		c.disturbed()
		c.note("tick: %v", c.tick())
		c.on("", nil)
		c.mend()
	case 5, 6:
		c.sayNo(n)
	case 7, 8:
		c.sayYes(n)
	case 9:
		_, err := c.app.Suppress(ctx, person(n), "telephone")
		c.must(err)
		c.noted(n)
		c.note("suppress %d", n)
	case 10:
		c.note("pause: %v", c.app.Desk.Pause(ctx, Operator(), spring, "a question"))
	case 11:
		c.note("resume: %v", c.app.Desk.Resume(ctx, Operator(), spring))
	case 12:
		c.reopen()
		c.fragile()
		c.note("reopen")
	case 13:
		if c.restore == nil {
			c.restore = c.backup()
			c.recover()
			c.fragile()
			c.note("backup")
			return
		}
		c.restore()
		c.recover()
		c.fragile()
		c.restore = nil
		c.note("restore")
	}
}

var points = []string{"claim.after", "mail.after-rcpt", "mail.after-body", "beat.before-update", "beat.after-update", "beat.after-journal",
	"mail.after-commit", "mail.after-dot", "mail.after-reply"}

// disturbed lets something happen once in the middle of the next tick.
func (c *chance) disturbed() {
	n, times, point := c.r.IntN(players), 1+c.r.IntN(4), points[c.r.IntN(len(points))]
	act := func() {}
	switch c.r.IntN(7) {
	case 0:
		act = func() {
			_, err := c.app.Suppress(context.Background(), person(n), "telephone")
			c.must(err)
			c.fates[n] = fate{no: true, got: 1} // the message may be past the point of no return
			c.note("suppress %d at %s", n, point)
		}
	case 1:
		act = func() {
			c.note("pause at %s: %v", point, c.app.Desk.Pause(context.Background(), Operator(), spring, "a question"))
		}
	case 2:
		act = func() { c.store.arm(times); c.note("the store fails %d times at %s", times, point) }
	case 3:
		act = func() { c.closed = true; c.note("the journal closes at %s: %v", point, c.app.journal.Close()) }
	}
	c.on(point, sync.OnceFunc(act))
}

// troubled lets the relay do something else to each person until the next tick.
func (c *chance) troubled() {
	steps := map[string]smtptest.Script{}
	for n := range players {
		s := smtptest.Step{}
		at := smtptest.Dot
		switch c.r.IntN(9) {
		case 0:
			s = smtptest.Step{Reply: "451 4.7.1 later"}
		case 1:
			at, s = smtptest.Rcpt, smtptest.Step{Reply: "450 4.2.1 later"}
		case 2:
			s = smtptest.Step{Drop: true, Store: c.r.IntN(2) == 0}
		case 3:
			s = smtptest.Step{Reply: "550 5.1.1 no such user"}
		case 4:
			at, s = smtptest.Data, smtptest.Step{Drop: true}
		}
		steps[person(n)] = smtptest.At(at, 0, s)
	}
	busy := c.r.IntN(6) == 0
	c.relays(func(e smtptest.Event) smtptest.Step {
		if busy && e.Stage == smtptest.Banner {
			return smtptest.Step{Reply: "421 too busy"}
		}
		if s, ok := steps[e.To]; ok {
			return s(e)
		}
		return smtptest.Step{}
	})
}

func (c *chance) got(n int) int { return c.relay.Accepted()[person(n)] }

// noted keeps that a no is stored.
func (c *chance) noted(n int) {
	if !c.fates[n].no {
		c.fates[n] = fate{no: true, got: c.got(n)}
	}
}

// sayNo is possible for those who got the message.
func (c *chance) sayNo(n int) {
	if c.got(n) == 0 {
		return
	}
	c.oneClick(person(n))
	c.noted(n)
	c.note("no %d", n)
}

func (c *chance) sayYes(n int) {
	if c.got(n) == 0 {
		return
	}
	target := c.page(person(n))
	w := c.do("POST", target, fields("form", c.opened(target), "change", "newsletter.email", "to", "yes", "confirmed", "yes"))
	c.note("yes %d: %d", n, w.Code)
	if w.Code != 303 {
		c.t.Errorf("a yes: %d", w.Code)
		return
	}
	c.fates[n].no = c.suppressed(person(n)) // a dead mailbox or a complaint stays
	c.fates[n].got = c.got(n)
}

func (c *chance) check() {
	c.t.Helper()
	for n, f := range c.fates {
		if c.got(n) > 1 {
			c.t.Errorf("%d got %d messages", n, c.got(n))
		}
		if f.no && !c.suppressed(person(n)) {
			c.t.Errorf("the no of %d is forgotten", n)
		}
		if f.no && c.got(n) > f.got {
			c.t.Errorf("%d was written to after a no", n)
		}
		i := c.invitation(person(n))
		if i.State == campaign.Claimed || i.State == campaign.Sending {
			c.t.Errorf("%d is left %s", n, i.State)
		}
		if c.got(n) > 0 && (i.State == campaign.Planned || i.State == campaign.Withheld) && !f.no {
			c.t.Errorf("%d got the message and is %s", n, i.State)
		}
		if i.State == campaign.Sent && c.got(n) == 0 {
			c.t.Errorf("%d is sent and got nothing", n)
		}
	}
	if r, err := c.app.VerifyLedger(c.t.Context(), ""); err != nil || !r.OK {
		c.t.Fatalf("ledger: %v %+v", err, r)
	}
}
