//go:build failpoint

package crash

import (
	"errors"
	"testing"
	"time"
)

// variant is a wrong program: a promise taken out of the source. Where a second guard makes the first
// one's loss harmless, both are taken out, and guards says which the right program has.
type variant struct {
	name   string
	guards string
	wrong  []edit
	also   []edit // not wrong by itself: both programs have it
	trap   scenario
	recast bool // the installation is made by the wrong program, whose database lacks a guard
}

var variants = []variant{
	{
		name:   "marked as sent after the reply",
		guards: "the commit stands before the dot, in mailer.finish",
		wrong: []edit{
			{"mailer/deliver.go", "	if err := commit(ctx); err != nil {\n		c.cut()\n		return campaign.Outcome{Kind: campaign.OutcomeLost, Stage: stageBody, Err: err}\n	}\n", ""},
			{"mailer/deliver.go", "	c.mailer.points.At(\"mail.after-reply\")\n", "	c.mailer.points.At(\"mail.after-reply\")\n	if err := commit(ctx); err != nil {\n		return unclear(err)\n	}\n"},
		},
		trap: killedAt("mail.after-reply=1"),
	},
	{
		name:   "sent again when the reply is lost",
		guards: "no clear reply after the dot is uncertain, in mailer.finish",
		wrong:  []edit{{"mailer/deliver.go", "	unclear := func(err error) campaign.Outcome {\n		c.cut()\n		return campaign.Outcome{Kind: campaign.OutcomeUncertain,", "	unclear := func(err error) campaign.Outcome {\n		c.cut()\n		return campaign.Outcome{Kind: campaign.OutcomeReleased,"}},
		trap:   unanswered,
	},
	{
		name:   "sent by the other relay when the reply is lost",
		guards: "mailer.Relays hands a message to the relay that stands in it, and to no other",
		wrong: []edit{{"mailer/relays.go", "	return r.of(m.Relay).Deliver(ctx, m, commit)\n",
			"	o := r.of(m.Relay).Deliver(ctx, m, commit)\n	for name, other := range r.by {\n		if o.Kind == campaign.OutcomeUncertain && name != m.Relay {\n			o = other.Deliver(ctx, m, func(context.Context) error { return nil })\n		}\n	}\n	return o\n"}},
		trap: unansweredBeside(beside),
	},
	{
		// One of the two is enough: what a dead sender was sending becomes uncertain in the store, and if it
		// did not, the journal's intent would make it so.
		name:   "sent again after a restart",
		guards: "store.Recover makes what was being sent uncertain; Desk.Recover does so for each intent of the journal",
		wrong: []edit{
			{"store/dispatch.go", "owner = '' WHERE state = 'claimed' RETURNING", "owner = '' WHERE state IN ('claimed', 'sending') RETURNING"},
			{"campaign/settle.go", "			if r.Kind == RecordReleased {\n", "			if r.Kind == RecordReleased || r.Kind == RecordIntent {\n"},
		},
		trap: killedAt("mail.after-reply=1", "mail.after-dot=2"),
	},
	{
		// Both programs run without the lock: what remains to the right one is the compare-and-set. Without it
		// a lost claim that is being sent by another would still not be given back, but become uncertain.
		name:   "whoever holds the claim",
		guards: "the compare-and-set in store.Commit asks for the owner and the attempt; ending.put gives back only what is claimed",
		wrong: []edit{{"store/dispatch.go", "AND invitation.attempt = v.column2 AND invitation.state = 'claimed' AND invitation.owner = $1\n", "AND invitation.state = 'claimed' AND $1 <> ''\n"},
			{"campaign/ending.go", "	if o.Kind == OutcomeLost && now.State == Claimed {\n", "	if o.Kind == OutcomeLost {\n"}},
		also: []edit{unlocked},
		trap: stolen(steals[0]),
	},
	{
		name:   "put off in the store before the journal knows",
		guards: "run.serve journals what was put off before it is stored",
		wrong: []edit{
			{"campaign/beat.go", "	r.journalReleases(s.ends)\n", ""},
			{"campaign/beat.go", "	r.desk.points.At(\"beat.after-update\")\n", "	r.desk.points.At(\"beat.after-update\")\n	r.journalReleases(s.ends)\n"},
		},
		trap: putOff("beat.after-update=2"),
	},
	{
		name:   "a restored database is believed",
		guards: "Desk.Recover puts back what the journal knows",
		wrong:  []edit{{"campaign/settle.go", "			if r.Kind == RecordReleased {\n", "			if r.Kind == r.Kind {\n"}},
		trap:   restored,
	},
	{
		// One of the two is enough: the statement and the trigger of the database ask the same.
		name:   "a no is not heard at the dot",
		guards: "the compare-and-set in store.Commit asks for suppressions; the trigger invitation_claim does too",
		wrong: []edit{
			{"store/dispatch.go", "AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = invitation.id AND 0 = (\n  SELECT s.lifts FROM suppression s WHERE s.key = k.key AND s.kind = k.kind ORDER BY s.entry DESC, s.n DESC LIMIT 1))\nRETURNING id", "RETURNING id"},
			{"store/migrations/0001_base.sql", "  SELECT RAISE(ABORT, 'the person is suppressed')\n  WHERE EXISTS", "  SELECT RAISE(ABORT, 'the person is suppressed')\n  WHERE 0 AND EXISTS"},
		},
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
			if err := v.trap(t, program(t, v.also...), ""); err != nil {
				t.Errorf("the right program (%s): %v", v.guards, err)
			}
			wrong := program(t, append(append([]edit(nil), v.also...), v.wrong...)...)
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
		if _, err := overlaid(t.TempDir(), []edit{e}); err == nil {
			t.Errorf("%q fits", e.old)
		}
	}
	if _, err := built("-tags=failpoint", []edit{{"store/dispatch.go", "package store", "package shop"}}); err == nil {
		t.Error("a program that cannot be built is built")
	}
}
