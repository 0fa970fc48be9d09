//go:build failpoint

package crash

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// stolen has two senders at once, which only the lock on the journal forbids: the first is stopped in the
// middle of its work, and the second, which takes it for dead, at another place of the same; then both go on.
func stolen(marks ...[2]string) scenario {
	return func(t testing.TB, program, mould string) error {
		for _, m := range marks {
			if err := steal(t, program, mould, m[0], m[1]); err != nil {
				return fmt.Errorf("%s, then %s: %w", m[0], m[1], err)
			}
		}
		return nil
	}
}

func steal(t testing.TB, program, mould, first, second string) error {
	var heard atomic.Int64
	script := func(smtptest.Event) smtptest.Step { heard.Add(1); return smtptest.Step{} }
	s := newShop(t, program, shopPlan{people: 6, connections: 1, mould: mould, script: script})
	o := &oracle{shop: s, silenced: map[string]bool{}, deaths: 2} // whom a sleeper held is taken for a dead one's
	one, err := s.send(first + "=1:stop")
	if err != nil {
		return err
	}
	defer one.kill()
	if stopped, err := one.stands(); err != nil || !stopped {
		return fmt.Errorf("the first sender did not stop: %w", err)
	}
	two, err := s.send(second + "=1:stop")
	if err != nil {
		return err
	}
	defer two.kill()
	stopped, err := two.stands()
	if err != nil {
		return err
	}
	one.goOn()
	idle(&heard)
	if stopped {
		two.goOn()
		idle(&heard)
	}
	one.kill() // each waits for what it believes to be in the other's hands
	two.kill()
	if err := o.broken(); err != nil {
		return err
	}
	return sentAll(s, o, false)
}

// idle waits until a mail server hears nothing for a while.
func idle(heard *atomic.Int64) {
	look := time.NewTicker(3 * time.Second)
	defer look.Stop()
	for last := int64(-1); heard.Load() != last; <-look.C {
		last = heard.Load()
	}
}

// steals are the places where two senders stand. The first sleeps with a claim in its hand or past the
// point of no return; the second has recovered, and claimed the same.
var steals = [][2]string{
	{"mail.after-body", "mail.after-body"}, {"claim.after", "mail.after-body"}, {"mail.after-rcpt", "mail.after-commit"},
	{"mail.after-body", "beat.after-journal"}, {"beat.before-update", "mail.after-dot"}, {"mail.after-commit", "mail.after-body"},
	{"beat.after-update", "claim.after"}, {"mail.after-dot", "mail.after-reply"},
}

// The lock keeps a second sender out; should it ever fail, on a disk that knows no locks for one, the
// compare-and-set before the dot alone keeps everybody from being written to twice.
func TestTwoSenders(t *testing.T) {
	t.Parallel()
	p := program(t, unlocked)
	var all sync.WaitGroup // all at once: they mostly wait
	for _, m := range steals {
		all.Go(func() {
			t.Run(m[0]+" "+m[1], func(t *testing.T) {
				if err := steal(t, p, "", m[0], m[1]); err != nil {
					t.Error(err)
				}
			})
		})
	}
	all.Wait()
}

// With the lock, a second one is refused as long as the first lives, even when it is stopped.
func TestSecondSenderIsKeptOut(t *testing.T) {
	t.Parallel()
	s := newShop(t, program(t), shopPlan{people: 6, connections: 1})
	one, err := s.send("mail.after-body=1:stop")
	if err != nil {
		t.Fatal(err)
	}
	defer one.kill()
	if stopped, err := one.stands(); err != nil || !stopped {
		t.Fatal("the sender did not stop", err)
	}
	if _, err := s.do([]string{"serve"}, conflict); err != nil {
		t.Error(err)
	}
	one.goOn()
	if err := one.wait(); err != nil || one.code() != done {
		t.Fatalf("the first sender ended with %d, %v: %s", one.code(), err, one.said())
	}
	o := &oracle{shop: s}
	if states, err := o.settled(false); err != nil || states["sent"] != 6 {
		t.Errorf("%v, %v", states, err)
	}
}
