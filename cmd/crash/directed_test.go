//go:build failpoint

package crash

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// A scenario drives one program into one trap and says what promise it broke there; nil when it kept all.
type scenario func(t testing.TB, program, mould string) error

// sentAll brings a campaign to its end and holds the installation against the mail server.
func sentAll(s *shop, o *oracle, restored bool) error {
	var last string
	for range 20 {
		l, err := s.send("")
		if err != nil {
			return err
		}
		if err := o.until(l); err != nil {
			return err
		}
		switch l.code() {
		case done:
			_, err := o.settled(restored)
			return err
		case unavailable:
			last = l.said() // paused: five unclear answers in a row
			if _, err := s.do([]string{"campaign", "resume", "spring"}, done, conflict); err != nil {
				return err
			}
		default:
			return fmt.Errorf("the sender ended with %d:\n%s", l.code(), l.said())
		}
	}
	return fmt.Errorf("the campaign never ends: %s", last)
}

// killedAt lets a sender die at a mark, which it must come to, and then brings the campaign to its end.
func killedAt(marks ...string) scenario {
	return func(t testing.TB, program, mould string) error {
		for _, m := range marks {
			s := newShop(t, program, shopPlan{people: 12, connections: 2, mould: mould})
			o := &oracle{shop: s, silenced: map[string]bool{}, deaths: 1}
			l, err := s.send(m + ":kill")
			if err != nil {
				return err
			}
			if err := l.wait(); err != nil {
				return err
			}
			if !l.killed() {
				t.Fatalf("the sender did not come to %s: %s", m, l.said())
			}
			if err := o.broken(); err != nil {
				return err
			}
			if err := sentAll(s, o, false); err != nil {
				return fmt.Errorf("killed at %s: %w", m, err)
			}
		}
		return nil
	}
}

// unanswered sends to a server that takes messages and says nothing, or nothing clear.
func unanswered(t testing.TB, program, mould string) error {
	return unansweredBeside(nil)(t, program, mould)
}

// beside is a mail server that takes everything.
func beside(smtptest.Event) smtptest.Step { return smtptest.Step{} }

// unansweredBeside does so beside a second relay.
func unansweredBeside(other smtptest.Script) scenario {
	return func(t testing.TB, program, mould string) error { return unansweredBy(t, program, mould, other) }
}

func unansweredBy(t testing.TB, program, mould string, other smtptest.Script) error {
	var n atomic.Int64
	script := func(e smtptest.Event) smtptest.Step {
		if e.Stage != smtptest.Dot || !strings.HasPrefix(e.To, "person1") {
			return smtptest.Step{}
		}
		return []smtptest.Step{{Store: true, Drop: true}, {Store: true, Abort: true}, {Store: true, Reply: "250-half\n550 of it"}}[n.Add(1)%3]
	}
	s := newShop(t, program, shopPlan{people: 12, connections: 2, mould: mould, script: script, other: other})
	return sentAll(s, &oracle{shop: s, silenced: map[string]bool{}}, false)
}

// tooLate sends to a server that takes some messages and answers when nobody waits any more.
func tooLate(t testing.TB, program, mould string) error {
	over := make(chan struct{})
	script := func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && slices.Contains([]string{person(0), person(3)}, e.To) {
			return smtptest.Step{Store: true, Wait: over}
		}
		return smtptest.Step{}
	}
	s := newShop(t, program, shopPlan{people: 6, connections: 2, mould: mould, script: script})
	o := &oracle{shop: s}
	l, err := s.send("")
	if err != nil {
		return err
	}
	err = l.wait()
	close(over)
	if err != nil {
		return err
	}
	states, err := o.settled(false)
	if err == nil && (states["uncertain"] != 2 || states["sent"] != 4) {
		err = fmt.Errorf("%v", states)
	}
	return err
}

// held stops the sender while a message stands between body and commit, lets its person say no, or the
// campaign end, and lets the sender go on. A sender that stands still in the middle of writing something
// else keeps everybody from writing: then it is done again.
func held(act func(s *shop, who string) []string) scenario {
	return func(t testing.TB, program, mould string) error {
		for range 10 {
			if locked, err := heldOnce(t, program, mould, act); !locked {
				return err
			}
		}
		return errors.New("the sender held the database each time that it was stopped")
	}
}

func heldOnce(t testing.TB, program, mould string, act func(s *shop, who string) []string) (locked bool, err error) {
	first := make(chan string, 16)
	script := func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Body {
			select {
			case first <- e.To:
			default:
			}
		}
		return smtptest.Step{}
	}
	s := newShop(t, program, shopPlan{people: 8, connections: 1, mould: mould, script: script})
	o := &oracle{shop: s, silenced: map[string]bool{}}
	l, err := s.send("mail.after-body=1:stop")
	if err != nil {
		return false, err
	}
	if stopped, err := l.stands(); err != nil || !stopped {
		return false, fmt.Errorf("the sender did not stop: %w", err)
	}
	who := <-first
	said, err := s.do(act(s, who), done, unavailable)
	l.goOn()
	if err != nil || strings.Contains(said, "locked") || strings.Contains(said, "holds the send journal") {
		l.kill()
		return err == nil, err
	}
	o.silenced[who] = true
	if err := l.wait(); err != nil {
		return false, err
	}
	if err := o.broken(); err != nil {
		return false, err
	}
	_, err = o.settled(false)
	return false, err
}

var suppressed = held(func(_ *shop, who string) []string { return []string{"suppress", "add", who} })

func TestUnanswered(t *testing.T) {
	t.Parallel()
	if err := unanswered(t, program(t), ""); err != nil {
		t.Error(err)
	}
}

func TestAnsweredTooLate(t *testing.T) {
	t.Parallel()
	if err := tooLate(t, program(t), ""); err != nil {
		t.Error(err)
	}
}

// A no, and the end of the campaign, are heard to the last moment.
func TestHeldBeforeTheDot(t *testing.T) {
	t.Parallel()
	p := program(t)
	for name, s := range map[string]scenario{
		"no":    suppressed,
		"close": held(func(*shop, string) []string { return []string{"campaign", "close", "spring", "--yes"} }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := s(t, p, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// putOff has the mail server put the first message off at its dot, lets the sender die at a mark soon after, and
// the next one end the campaign: nobody comes to doubt that first message, and nothing is paused as though an
// older database had been put back.
func putOff(mark string) scenario {
	return func(t testing.TB, program, mould string) error {
		var put atomic.Bool
		script := func(e smtptest.Event) smtptest.Step {
			if e.Stage == smtptest.Dot && !put.Swap(true) {
				return smtptest.Step{Reply: later}
			}
			return smtptest.Step{}
		}
		s := newShop(t, program, shopPlan{people: 6, connections: 1, mould: mould, script: script})
		o := &oracle{shop: s, deaths: 1}
		l, err := s.send(mark + ":kill")
		if err != nil {
			return err
		}
		if err := l.wait(); err != nil {
			return err
		}
		if !l.killed() || !put.Load() {
			t.Fatalf("the sender did not come to %s: %s", mark, l.said())
		}
		if err := o.check(); err != nil {
			return err
		}
		if l, err = s.send(""); err != nil {
			return err
		}
		if err := l.wait(); err != nil {
			return err
		}
		states, err := o.settled(false)
		if err == nil && l.code() != done {
			err = fmt.Errorf("%v; the next sender ended with %d: %s", states, l.code(), l.said())
		}
		return err
	}
}

func TestKilledAfterPuttingOff(t *testing.T) {
	t.Parallel()
	p := program(t)
	for _, m := range []string{"journal.after-write=2", "beat.before-update=2", "beat.after-update=2", "beat.after-journal=2"} {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			if err := putOff(m)(t, p, ""); err != nil {
				t.Error(err)
			}
		})
	}
}
