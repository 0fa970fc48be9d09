package app

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// backup copies the database as it stands, and gives the act that puts the copy back.
func (h *house) backup() (restore func()) {
	h.t.Helper()
	h.close()
	old, err := os.ReadFile(h.at("reoptin.db"))
	h.must(err)
	h.open()
	return func() {
		h.t.Helper()
		h.close()
		h.must(os.WriteFile(h.at("reoptin.db"), old, 0o600))
		for _, rest := range []string{"-wal", "-shm"} {
			_ = os.Remove(h.at("reoptin.db" + rest))
		}
		h.open()
	}
}

func (h *house) recover() campaign.Recovery {
	h.t.Helper()
	r, err := h.app.Desk.Recover(h.t.Context())
	h.must(err)
	return r
}

// troubled is a relay at which one person's connection breaks at the dot, one is greylisted there, one
// is refused there and one does not exist.
func troubled(e smtptest.Event) smtptest.Step {
	switch {
	case e.Stage == smtptest.Dot && e.To == person(1):
		return smtptest.Step{Drop: true, Store: true}
	case e.Stage == smtptest.Dot && e.To == person(2):
		return smtptest.Step{Reply: "451 4.7.1 come back"}
	case e.Stage == smtptest.Dot && e.To == person(3):
		return smtptest.Step{Reply: "554 5.6.0 what is this"}
	case e.Stage == smtptest.Rcpt && e.To == person(4):
		return smtptest.Step{Reply: "550 5.1.1 no such user"}
	}
	return smtptest.Step{}
}

func TestRestoredDatabase(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 12}).start(spring)
	restore := h.backup()
	h.relays(troubled)
	h.send()
	before := map[campaign.State]int{campaign.Sent: 8, campaign.Uncertain: 1, campaign.Planned: 1, campaign.Refused: 2}
	h.expect(before)
	h.says(person(5)) // a no by the form
	h.oneClick(person(6))
	_, err := h.app.Suppress(t.Context(), person(2), "telephone")
	h.must(err)
	h.relays(nil)

	restore()                                                                     // opening puts back each no
	if r := h.recover(); r.Restored != 10 || r.Suppressed != 0 || r.Paused != 0 { // opening has paused it
		t.Errorf("%+v", r)
	}
	h.expect(map[campaign.State]int{campaign.Sent: 8, campaign.Uncertain: 1, campaign.Planned: 2, campaign.Refused: 1})
	for _, n := range []int{2, 4, 5, 6} {
		if !h.suppressed(person(n)) {
			t.Errorf("the no of %s is forgotten", person(n))
		}
	}
	if r := h.recover(); r != (campaign.Recovery{}) {
		t.Errorf("a second recovery finds something: %+v", r)
	}
	h.wait(time.Hour)
	h.send()
	h.took(9)
	h.expect(map[campaign.State]int{campaign.Sent: 8, campaign.Uncertain: 1, campaign.Planned: 2, campaign.Refused: 1}) // it waits for a person
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.send()
	h.took(9)
	h.expect(map[campaign.State]int{campaign.Sent: 8, campaign.Uncertain: 1, campaign.Withheld: 2, campaign.Refused: 1})
	h.says(person(1), "newsletter.email")
	h.expect(map[campaign.State]int{campaign.Sent: 9, campaign.Withheld: 2, campaign.Refused: 1})
}

// Invitations that the restored database has never heard of keep their keys taken.
func TestRestoredFromBeforeTheStart(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 5})
	restore := h.backup()
	h.start(spring).send()
	h.took(5)
	restore()
	h.recover()
	if err := h.app.Start(t.Context(), spring); err == nil {
		h.send()
	}
	h.took(5)
}

// A journal head beyond the restored copy is named, and nobody is written to again.
func TestRestoredCopyIsNamed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4, damaged: true}).start(spring)
	restore := h.backup()
	h.send()
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	restore()
	r, err := h.app.VerifyLedger(t.Context(), "")
	if err != nil || r.OK || len(r.Faults) == 0 || !strings.Contains(r.Faults[0].What, "send journal") {
		t.Errorf("%+v, %v", r, err)
	}
	h.recover()
	h.send()
	h.took(4)
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || r.OK {
		t.Errorf("new entries hide the restored copy: %+v, %v", r, err)
	}
}

// The journal's older no does not undo a later yes.
func TestYesAfterNoSurvivesRecovery(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.oneClick(who)
	h.wait(time.Hour)
	h.says(who, "newsletter.email")
	if h.suppressed(who) {
		t.Fatal("the yes lifts nothing")
	}
	if r := h.reopen(); r.Suppressed != 0 || h.suppressed(who) {
		t.Errorf("the older no stands again: %+v", r)
	}
	h.wait(time.Hour)
	h.oneClick(who)
	h.reopen()
	if !h.suppressed(who) {
		t.Error("the newer no is lost")
	}
	h.expectClass(who, "OPTED_OUT")
}

// A backup from after the no and before the yes: the copy's no stands, which is the safe side; one from
// between a yes and a later no gets the no back.
func TestNoAfterYesIsRestored(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.oneClick(who)
	h.wait(time.Hour)
	h.says(who, "newsletter.email")
	restore := h.backup()
	h.wait(time.Hour)
	h.oneClick(who)
	restore()
	h.recover()
	if !h.suppressed(who) {
		t.Error("the last no is lost")
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 6, senders: 1, mostTwo: true}).start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		switch {
		case e.Stage != smtptest.Dot:
		case e.To == person(0) || e.To == person(1):
			return smtptest.Step{Drop: true, Store: true}
		case e.To == person(2):
			return smtptest.Step{Reply: "554 5.7.1 spam"}
		}
		return smtptest.Step{}
	})
	h.send()
	h.relays(nil)
	h.expect(map[campaign.State]int{campaign.Sent: 3, campaign.Uncertain: 2, campaign.Refused: 1})
	settle := func(n int, sent bool, because string) (campaign.State, error) {
		return h.app.SettleUncertain(t.Context(), spring, int64(h.invitation(person(n)).ID), sent, because)
	}
	if _, err := settle(0, true, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := settle(4, false, "it came back"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a sent one: %v", err)
	}
	if s, err := settle(0, true, "the relay's log"); s != campaign.Sent || err != nil {
		t.Errorf("sent: %s, %v", s, err)
	}
	for _, n := range []int{1, 2} {
		if s, err := settle(n, false, "the relay's log"); s != campaign.Planned || err != nil {
			t.Errorf("not sent: %s, %v", s, err)
		}
	}
	if _, err := settle(1, false, "again"); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if r := h.reopen(); r != (campaign.Recovery{}) {
		t.Errorf("the journal does not know of the release: %+v", r)
	}
	h.send().send()
	h.expect(map[campaign.State]int{campaign.Sent: 6})
	if got := h.relay.Accepted(); got[person(0)] != 1 || got[person(1)] != 2 || got[person(2)] != 1 {
		t.Errorf("%v", got)
	}
	h.reopen()
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 6})
	h.took(7)
}

func TestSettleAfterANoOrTheEnd(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2, senders: 1}).start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		switch {
		case e.Stage == smtptest.Rcpt && e.To == person(0):
			return smtptest.Step{Reply: "550 5.1.1 no such user"}
		case e.Stage == smtptest.Dot && e.To == person(1):
			return smtptest.Step{Drop: true}
		}
		return smtptest.Step{}
	})
	h.send()
	h.expect(map[campaign.State]int{campaign.Uncertain: 1, campaign.Refused: 1})
	if _, err := h.app.SettleUncertain(t.Context(), spring, int64(h.invitation(person(0)).ID), false, "they moved"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a suppressed person: %v", err)
	}
	_, err := h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	if s, err := h.app.SettleUncertain(t.Context(), spring, int64(h.invitation(person(1)).ID), false, "log"); s != campaign.Refused || err != nil {
		t.Errorf("after the end: %s, %v", s, err)
	}
	h.took(0)
}

// Two mailboxes that are delivered to one are one person, in one campaign and over several.
func TestAliasesAreOnePerson(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{emails: []string{"a.b+x@gmail.com", "ab@googlemail.com", person(1)}}).start(spring).send()
	h.took(2)
	h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Withheld: 1})
	reasons := h.invitation("a.b+x@gmail.com").Reason + h.invitation("ab@googlemail.com").Reason
	if !strings.Contains(reasons, campaign.WithheldAsked) {
		t.Errorf("the other mailbox is withheld for %q", reasons)
	}
	before := h.entries()
	if r := h.importPeople(h.emails()); r.Created != 0 || r.Updated != 0 {
		t.Errorf("the same file again: %+v, entries %d → %d", r, before, h.entries())
	}
	h.importPeople([]string{"A.B+other@gmail.com"})
	h.approve("summer", nil)
	if err := h.app.Start(t.Context(), "summer"); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody is left to ask: %v", err)
	}
	h.send()
	h.took(2)
}

// Campaigns that run side by side ask nobody twice and take turns.
func TestTwoCampaigns(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 70, senders: 1}).start(spring)
	h.importRows([]string{"late@new.example"}, map[string]string{"last_inbound_at": "2026-03-01"})
	h.approve("summer", nil)
	h.start("summer").send()
	h.wait(time.Minute) // what is due of the second
	h.send()
	h.took(71)
	at := -1
	for n, m := range h.relay.Messages() {
		if m.To == "late@new.example" {
			at = n
		}
	}
	if at < 0 || at == 70 {
		t.Errorf("the second campaign had its turn at message %d", at)
	}
	var withheld int
	h.view(func(r campaign.Reader) error {
		c, err := r.Campaign("summer")
		h.must(err)
		y, err := r.Tally(c.ID)
		withheld = y.Invitations[campaign.Withheld]
		return err
	})
	if first := h.status().Invitations; first[campaign.Sent]+first[campaign.Withheld] != 70 || first[campaign.Withheld]+withheld != 70 {
		t.Errorf("%v, and %d withheld of the other", first, withheld)
	}
}

// A restored database with two campaigns: whom the one asked, the other does not ask.
func TestRestoredWithTwoCampaigns(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 8})
	h.approve("summer", nil)
	h.start(spring).start("summer")
	restore := h.backup()
	h.send()
	h.took(8)
	restore()
	h.recover()
	h.send()
	h.took(8)
}

// exported are the states of a person in the export that other programs read.
func (h *house) exported(email string) (out []string) {
	h.t.Helper()
	var b bytes.Buffer
	h.must(h.app.ExportConsents(h.t.Context(), &b, "json"))
	var lines []ConsentLine
	h.must(json.Unmarshal(b.Bytes(), &lines))
	for _, l := range lines {
		if l.Email == email {
			out = append(out, l.State)
		}
	}
	return out
}

// A backup from between a yes and a no: whatever command is the first to see it, the no is back in every
// list, verdict and export, before a sender puts the rest right.
func TestRestoredNoAfterYesIsNowhereForgotten(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who, other := person(0), person(1)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	h.says(who, "newsletter.email")
	h.says(other, "newsletter.email")
	restore := h.backup()
	h.wait(time.Minute)
	h.oneClick(who)
	restore()
	if got := h.exported(who); !slices.Equal(got, []string{"withdrawn"}) {
		t.Errorf("exported as %v", got)
	}
	if got := h.exported(other); !slices.Equal(got, []string{"granted"}) {
		t.Errorf("the other is exported as %v", got)
	}
	if v := h.contact(who).Verdict; v.Class != campaign.OptedOut || !h.suppressed(who) {
		t.Errorf("the verdict is %s (%s), suppressed %v", v.Class, v.Code, h.suppressed(who))
	}
	v, err := h.app.Contact(t.Context(), who)
	h.must(err)
	if len(v.Consents) != 1 || v.Consents[0].State != "withdrawn" || v.Consents[0].Proof == 0 {
		t.Errorf("shown as %+v", v.Consents)
	}
	card, err := h.app.Desk.Card(t.Context(), campaign.ContactID(v.ID))
	h.must(err)
	if len(card.Consents) != 1 || card.Consents[0].State != campaign.Withdrawn || card.Consents[0].Proof == 0 {
		t.Errorf("on the dashboard shown as %+v", card.Consents)
	}
	h.recover()
	h.expectClass(who, "OPTED_OUT")
	h.wait(time.Minute)
	h.says(who, "newsletter.email")
	if got := h.exported(who); !slices.Equal(got, []string{"granted"}) {
		t.Errorf("a later yes is exported as %v", got)
	}
}

// A no by telephone after a yes is a no for every program that reads the export.
func TestSuppressedYesIsExportedAsWithdrawn(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email")
	_, err := h.app.Suppress(t.Context(), who, "telephone")
	h.must(err)
	if got := h.exported(who); slices.Contains(got, "granted") {
		t.Errorf("exported as %v", got)
	}
}
