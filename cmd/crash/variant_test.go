//go:build failpoint

package crash

import (
	"errors"
	"testing"
	"time"
)

// variant is a wrong program: a promise is broken that guards names. Where a second guard makes the first
// one's loss harmless, both are broken.
type variant struct {
	name   string
	guards string
	wrong  string // of guards
	also   string // not wrong by itself: both programs have it
	trap   scenario
	recast bool // the installation is made by the wrong program, whose database lacks a guard
}

var variants = []variant{
	{
		name:   "marked as sent after the reply",
		guards: "the commit stands before the dot, in mailer.finish",
		wrong:  "marked late",
		trap:   killedAt("mail.after-reply=1"),
	},
	{
		name:   "sent again when the reply is lost",
		guards: "no clear reply after the dot is uncertain, in mailer.finish",
		wrong:  "no reply",
		trap:   unanswered,
	},
	{
		name:   "sent by the other relay when the reply is lost",
		guards: "mailer.Relays hands a message to the relay that stands in it, and to no other",
		wrong:  "other relay",
		trap:   unansweredBeside(beside),
	},
	{
		// One of the two is enough: what a dead sender was sending becomes uncertain in the store, and if it
		// did not, the journal's intent would make it so.
		name:   "sent again after a restart",
		guards: "store.Recover makes what was being sent uncertain; Desk.Recover does so for each intent of the journal",
		wrong:  "restarted",
		trap:   killedAt("mail.after-reply=1", "mail.after-dot=2"),
	},
	{
		// Both programs run without the lock: what remains to the right one is the compare-and-set. Without it
		// a lost claim that is being sent by another would still not be given back, but become uncertain.
		name:   "whoever holds the claim",
		guards: "the compare-and-set in store.Commit asks for the owner and the attempt; ending.put gives back only what is claimed",
		wrong:  "any holder",
		also:   unlocked,
		trap:   stolen(steals[0]),
	},
	{
		name:   "put off in the store before the journal knows",
		guards: "run.serve journals what was put off before it is stored",
		wrong:  "put off early",
		trap:   putOff("beat.after-update=2"),
	},
	{
		name:   "a restored database is believed",
		guards: "Desk.Recover puts back what the journal knows",
		wrong:  "restored",
		trap:   restored,
	},
	{
		// One of the two is enough: the statement and the trigger of the database ask the same.
		name:   "a no is not heard at the dot",
		guards: "the compare-and-set in store.Commit asks for suppressions; the trigger invitation_claim does too",
		wrong:  "deaf",
		trap:   suppressed,
		recast: true,
	},
}

// restored sends to everybody, puts back the database from before, and sends again; once with a kill in
// the middle.
func restored(t testing.TB, program, mould string) error {
	s := newShop(t, program, shopPlan{people: 12, connections: 2, mould: mould})
	o := &oracle{shop: s, silenced: map[string]bool{}, deaths: 2}
	l, err := s.send("claim.after=1:kill")
	if err != nil {
		return err
	}
	if err := l.wait(); err != nil {
		return err
	}
	old := s.scratch + "/backup.db"
	if err := s.backup(old); err != nil {
		return err
	}
	if l, err = s.send("mail.after-reply=7:kill"); err != nil {
		return err
	}
	if err := l.wait(); err != nil {
		return err
	}
	if err := s.quiet(); err != nil {
		return err
	}
	if err := s.restore(old); err != nil {
		return err
	}
	if err := sentAll(s, o, true); err != nil {
		return err
	}
	if err := s.restore(old); err != nil {
		return err
	}
	return sentAll(s, o, true)
}

// Every wrong program is caught by the trap that the right one leaves unharmed. A wrong program that is
// not caught is a hole in these tests.
func TestWrongPrograms(t *testing.T) {
	if raced {
		t.Skip("the detector watches the test, not the wrong programs: they are caught without it")
	}
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if err := v.trap(t, program(t, v.also), ""); err != nil {
				t.Errorf("the right program (%s): %v", v.guards, err)
			}
			wrong := program(t, v.also, v.wrong)
			mould := program(t)
			if v.recast {
				mould = wrong
			}
			started := time.Now()
			err := v.trap(t, wrong, mould)
			var b breach
			if !errors.As(err, &b) {
				t.Errorf("the wrong program is not caught (%v): without %s", err, v.guards)
			} else {
				t.Logf("caught in %.1f s: %v", time.Since(started).Seconds(), err)
			}
		})
	}
}

// A variant whose text is gone says so.
func TestVariantThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for _, e := range []edit{{"store/dispatch.go", "this stands nowhere", ""}, {"store/dispatch.go", "func ", ""}} {
		if _, err := overlaid(t.TempDir(), []edit{e}, nil); err == nil {
			t.Errorf("%q fits", e.old)
		}
	}
	if _, err := built("-tags=failpoint", []edit{{"store/dispatch.go", "package store", "package shop"}}, nil); err == nil {
		t.Error("a program that cannot be built is built")
	}
}
