package app

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// F16: two copies of an installation whose campaign is armed and waits for its hour would both ask everybody.
func TestACopyOfWhatIsArmedIsPaused(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring)
	h.close()
	text, err := os.ReadFile(h.at("send.journal"))
	h.must(err)
	h.must(os.WriteFile(h.at("copy"), text, 0o600))
	h.must(os.Rename(h.at("copy"), h.at("send.journal")))
	h.open()
	h.must(h.app.recover(t.Context()))
	if r := h.status(); r.Status != campaign.Paused || !strings.Contains(r.Reason, "copied, moved or restored") {
		t.Fatalf("the campaign is %s: %s", r.Status, r.Reason)
	}
	h.send()
	h.took(0)
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.reopen()
	h.must(h.app.recover(t.Context()))
	h.send()
	h.took(3)
}

// F15: what the backup has as refused or uncertain was released and sent again after it. Whoever is released once more on what
// the backup says would be asked twice.
func TestARestoredRefusalIsNotReleasedOverALaterAttempt(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, first := range map[string]smtptest.Step{"refused": {Reply: "554 5.7.1 spam"}, "uncertain": {Drop: true}} {
		for end, second := range map[string]smtptest.Step{"taken": {}, "without an answer": {Drop: true, Store: true}} {
			t.Run(name+", then "+end, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, plan{people: 2, senders: 1}).start(spring)
				step := first
				h.relays(func(e smtptest.Event) smtptest.Step {
					if e.Stage == smtptest.Dot && e.To == person(0) {
						return step
					}
					return smtptest.Step{}
				})
				h.send()
				restore := h.backup()
				settle := func() error {
					_, err := h.app.SettleUncertain(t.Context(), spring, int64(h.invitation(person(0)).ID), false, "they say that nothing came")
					return err
				}
				h.must(settle())
				step = second
				h.wait(time.Hour)
				h.send()
				if n := h.relay.Accepted()[person(0)]; n != 1 {
					t.Fatalf("taken %d times", n)
				}
				restore()
				h.recover()
				i := h.invitation(person(0))
				if i.Attempt != 2 || second.Drop && i.State != campaign.Uncertain || !second.Drop && i.State != campaign.Sent {
					t.Errorf("attempt %d is %s", i.Attempt, i.State)
				}
				if r := h.recover(); r.Restored != 0 {
					t.Errorf("a second recovery finds something: %+v", r)
				}
			})
		}
	}
}

// A no after a yes after a no, of which the journal has only the first: the start writes the last one down.
func TestANoThatWasLiftedHidesNoLaterOne(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.oneClick(who)
	h.wait(time.Hour)
	h.says(who, "newsletter.email")
	restore := h.backup()
	h.wait(time.Hour)
	i := h.invitation(who)
	h.must(h.app.store.Update(t.Context(), func(tx campaign.Tx) error { // as when it ends between the store and the journal
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{"actor": campaign.Machine, "reason": campaign.SuppressObjection}})
		if err != nil {
			return err
		}
		var lines []campaign.Suppression
		for _, k := range i.Keys {
			lines = append(lines, campaign.Suppression{Key: k, Scope: "all", Reason: campaign.SuppressObjection, Source: "test", At: tx.Now()})
		}
		_, err = tx.Suppress(no, lines)
		return err
	}))
	h.reopen()
	restore()
	h.recover()
	if !h.suppressed(who) {
		t.Error("the last no is lost")
	}
}

// What a suppression weighs survives a restore: no yes lifts a complaint.
func TestARestoredComplaintIsLiftedByNoYes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	restore := h.backup()
	h.note(campaign.Notice{Link: h.invitation(person(0)).Link, Meaning: campaign.MeansComplaint, Mark: "aa"}, campaign.EffectOptedOut)
	h.oneClick(person(1))
	h.note(campaign.Notice{Link: h.invitation(person(2)).Link, Meaning: campaign.MeansHard, Mark: strings.Repeat("b", 64), Genuine: true}, campaign.EffectSuppressed)
	restore()
	h.recover()
	h.wait(time.Minute)
	for n, stands := range []bool{true, false, true} {
		if !h.suppressed(person(n)) {
			t.Errorf("%s is not on the list", person(n))
		}
		status := http.StatusSeeOther
		if n == 0 { // a complaint, over which no yes is taken
			status = http.StatusGone
		}
		form := h.form(person(n))
		h.post(form, status, "form", h.opened(form), "action", "save", "decision.newsletter.email", "yes")
		if h.suppressed(person(n)) != stands {
			t.Errorf("%s after a yes: stands %v", person(n), !stands)
		}
	}
}

// What came back before an older database was put back speaks against the campaign as it did: the figures say so, and whoever resumes it is
// told, once.
func TestWhatCameBackBeforeARestoreKeepsItsWeight(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 8, senders: 1}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to >= person(6) }))
	h.send()
	restore := h.backup()
	for n := range 3 {
		h.note(campaign.Notice{Link: h.invitation(person(n)).Link, Meaning: campaign.MeansComplaint, Mark: fmt.Sprintf("aa%d", n)}, campaign.EffectOptedOut)
	}
	h.oneClick(person(3))
	h.bounces(person(4))
	restore()
	h.recover()
	r := h.status()
	if r.Complaints != 3 || r.Bounces.Hard != 1 {
		t.Errorf("complaints %d, dead mailboxes %d", r.Complaints, r.Bounces.Hard)
	}
	if r.Status != campaign.Paused {
		t.Fatalf("the campaign is %s", r.Status)
	}
	if err := h.app.Desk.Resume(t.Context(), Operator(), spring); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "complaints are 3 of ") {
		t.Errorf("nobody is told of the complaints: %v", err)
	}
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
}

// F17: the anchor was written and is not there at the start, as a disk that is not mounted: nobody can say whether this is the
// newest, and nothing is sent until a person does.
func TestAnAnchorThatIsGonePausesWhatRuns(t *testing.T) {
	t.Parallel()
	unwatched(t)
	elsewhere := filepath.Join(t.TempDir(), "reoptin.head")
	h := newHouse(t, plan{people: 2, anchor: elsewhere}).start(spring)
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.must(os.Rename(elsewhere, elsewhere+".away"))
	h.reopen()
	h.must(h.app.recover(t.Context()))
	r := h.status()
	if r.Status != campaign.Paused || !strings.Contains(r.Reason, "is not there any more") {
		t.Fatalf("the campaign is %s: %s", r.Status, r.Reason)
	}
	h.saidInFrench(r.Reason)
	h.must(os.Rename(elsewhere+".away", elsewhere))
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.reopen()
	h.must(h.app.recover(t.Context()))
	if r := h.status(); r.Status != campaign.Running {
		t.Errorf("the campaign is %s: %s", r.Status, r.Reason)
	}
}

// F17: somebody who was put off before the snapshot and asked after it has no less of a message.
func TestRolledBackTogetherIsNoticedByWhoWasPutOff(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1, senders: 1}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "450 4.2.0 greylisted", func(string) bool { return true }))
	h.send()
	h.relays(nil)
	h.close()
	was := h.remember()
	h.open()
	h.wait(time.Hour)
	h.send()
	h.took(1)
	h.rollBack(was)
	_, err := h.app.Desk.Show(t.Context(), h.invitation(person(0)).Link)
	h.must(err)
	if s := h.invitation(person(0)).State; s != campaign.Uncertain {
		t.Errorf("%s", s)
	}
	if r := h.status(); r.Status != campaign.Paused {
		t.Errorf("the campaign is %s", r.Status)
	}
	h.wait(time.Hour)
	h.send()
	h.took(1)
}

// A slow rate holds for a program that is started again and again.
func TestASlowRateHoldsOverRestarts(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4, sending: func(s *config.Sending) {}, rate: "2/h"}).start(spring)
	for range 3 {
		h.ticks()
		h.took(1)
		h.wait(time.Minute)
		h.reopen()
	}
	h.wait(30 * time.Minute)
	h.ticks()
	h.took(2)
}
