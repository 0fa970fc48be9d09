//go:build failpoint

package crash

import (
	"fmt"
	"syscall"
	"testing"
)

// served lets a server start, which recovers first, does something, and ends it in good order.
func (s *shop) served(do func() error) error {
	l, err := s.begin("", "serve")
	if err != nil {
		return err
	}
	defer l.kill()
	if err := l.serving(); err != nil {
		return err
	}
	if do != nil {
		if err := do(); err != nil {
			return err
		}
	}
	l.signal(syscall.SIGTERM)
	if err := l.wait(); err != nil {
		return err
	}
	if l.code() != done {
		return fmt.Errorf("the server ended with %d: %s", l.code(), l.said())
	}
	return nil
}

// A server that dies while somebody says no has either stored the no or thanked nobody; what it stored and
// did not journal, the next start journals.
func TestKilledWhileAnswering(t *testing.T) {
	t.Parallel()
	p := program(t)
	for _, m := range append([]string{"journal.after-write"}, answeringMarks...) {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, p, shopPlan{people: 2, connections: 1, serves: true})
			_, err := s.do([]string{"campaign", "start", "spring", "--wait"}, done)
			must(t, err)
			l, err := s.begin(m+"=1:kill", "serve")
			must(t, err)
			defer l.kill()
			must(t, l.serving())
			message := s.relay.Messages()[0]
			if _, _, err := answers(s, 0, message.To, string(message.Data)); err == nil {
				t.Error("somebody was thanked by a server that died before")
			}
			must(t, l.wait())
			if !l.killed() {
				t.Fatalf("the server did not come to %s: %s", m, l.said())
			}
			must(t, s.served(nil))
			no := promise{to: message.To, removed: true}
			if err := keeps(s.dir, 0, []promise{no}); err != nil {
				t.Error(err)
			}
			must(t, s.served(func() error { // the mail program tries again
				_, _, err := answers(s, 0, message.To, string(message.Data))
				return err
			}))
			if err := keeps(s.dir, 0, []promise{no}); err != nil {
				t.Error(err)
			}
			must(t, s.verifies(false))
		})
	}
}

// A campaign is closed after its sender died, and the closing dies too: whoever was not asked is withheld,
// and whoever may have been is not.
func TestKilledWhileClosing(t *testing.T) {
	t.Parallel()
	p := program(t)
	for _, sender := range []string{"claim.after=2", "mail.after-body=3", "beat.after-update=3", "mail.after-commit=3", "mail.after-dot=3"} {
		for _, closer := range []string{"store.before-commit=1", "store.after-commit=1", "store.before-commit=2", "store.after-commit=2"} {
			t.Run(sender+" "+closer, func(t *testing.T) {
				t.Parallel()
				// Many, so that some are left when it dies: until the system lets the one worker carry out its kill,
				// the other goes on, and sends ten in a few milliseconds.
				s := newShop(t, p, shopPlan{people: 80, connections: 2, serves: true})
				o := &oracle{shop: s, deaths: 1}
				one, err := s.send(sender + ":kill")
				must(t, err)
				must(t, one.wait())
				two, err := s.begin(closer+":kill", "campaign", "close", "spring", "--yes")
				must(t, err)
				must(t, two.wait())
				if !one.killed() || !two.killed() && closer[len(closer)-1] == '1' {
					t.Fatalf("not killed: %s, %s", one.said(), two.said())
				}
				must(t, o.check())
				_, err = s.do([]string{"campaign", "close", "spring", "--yes"}, done, conflict)
				must(t, err)
				must(t, s.served(nil))
				states, err := o.settled(false)
				if now, e := s.look(); err != nil || e != nil || now.status != "closed" || states["withheld"] == 0 {
					t.Errorf("%s, %v, %v, %v", now.status, states, err, e)
				}
			})
		}
	}
}
