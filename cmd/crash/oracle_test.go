//go:build failpoint

package crash

import (
	"fmt"
	"slices"
	"time"
)

// oracle is what must hold, whatever was killed. It believes the mail server alone.
type oracle struct {
	shop     *shop
	silenced map[string]bool // said no before the point of no return
	ever     bool            // an older database was put back: of an invitation from after it only the keys are known
	lenient  bool            // a restored database has not been recovered yet: it may still believe anything
	deaths   int             // processes that were killed since the last look
	doubts   doubts
}

// putBack says that an older database was put back.
func (o *oracle) putBack() { o.ever, o.lenient, o.doubts.reminded = true, true, true }

// breach is a promise to people that was broken.
type breach string

func (b breach) Error() string { return string(b) }

func breached(format string, args ...any) error { return breach(fmt.Sprintf(format, args...)) }

// broken says that a promise to a person was broken, at any time.
func (o *oracle) broken() error {
	for who, n := range o.shop.accepted() {
		if n > 1 {
			return breached("%s was written to %d times", who, n)
		}
		if o.silenced[who] {
			return breached("%s said no and was written to", who)
		}
	}
	return nil
}

// check holds what a dead installation believes against what the mail server remembers.
func (o *oracle) check() error {
	if err := o.shop.quiet(); err != nil {
		return err
	}
	if err := o.broken(); err != nil || o.lenient {
		return err
	}
	now, err := o.shop.look()
	if err != nil {
		return err
	}
	accepted := o.shop.accepted()
	for who, n := range accepted {
		if s := now.states[who]; n == 1 && !slices.Contains([]string{"sent", "uncertain", "sending"}, s) && !(o.ever && now.asked[who]) {
			return breached("the mail server took the message to %s, who is %q", who, s)
		}
	}
	doubted := map[string]bool{}
	for who, s := range now.states {
		switch s {
		case "sent":
			if accepted[who] != 1 {
				return breached("%s is sent, and the mail server took nothing", who)
			}
		case "uncertain", "sending": // which the next sender finds uncertain
			doubted[who] = true
		}
	}
	err = o.doubts.explain(doubted, o.shop, o.deaths)
	o.deaths = 0
	return err
}

// until waits for the end of a process, or for a promise that it breaks: a wrong program may go on for ever.
func (o *oracle) until(l *life) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for since := time.Now(); ; {
		select {
		case <-l.done:
			return o.broken()
		case <-look.C:
			err := o.broken()
			if err == nil && time.Since(since) > longest {
				return l.hung()
			}
			if err != nil {
				l.kill()
				return err
			}
		}
	}
}

// settled is what must hold after a last good run: nobody is under way, and the ledger is whole.
func (o *oracle) settled(restored bool) (map[string]int, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	now, err := o.shop.look()
	if err != nil {
		return nil, err
	}
	states := now.tally()
	if left := states["planned"] + states["claimed"] + states["sending"]; left > 0 {
		return states, fmt.Errorf("%d invitations are left unsettled: %v", left, states)
	}
	return states, o.shop.verifies(restored)
}

// verifies says that the ledger is whole. Where an older database was put back, the journal's last head
// may lie beyond it: then verification must say so, and nothing else.
func (s *shop) verifies(restored bool) error {
	codes := []int{done}
	if restored {
		codes = append(codes, unverified)
	}
	_, err := s.do([]string{"ledger", "verify"}, codes...)
	return err
}
