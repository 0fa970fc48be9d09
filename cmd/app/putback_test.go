package app

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/failpoint"
)

// changes says yes or no to one question on the preferences page.
func (h *house) changes(email, question, to string) {
	h.t.Helper()
	h.wait(time.Minute)
	fields := []string{"form", h.opened(h.page(email)), "change", question, "to", to}
	if to == "yes" {
		fields = append(fields, "confirmed", "yes")
	}
	h.post(h.page(email), http.StatusSeeOther, fields...)
}

// verifies expects a ledger in which everything is as its entries say.
func (h *house) verifies() {
	h.t.Helper()
	if r, err := h.app.VerifyLedger(h.t.Context(), ""); err != nil || !r.OK {
		h.t.Errorf("%+v %v", r, err)
	}
}

var mailAlone = map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Withdrawn}

// A backup from between a yes to two questions and a no to one of them: the older yes to that one does not count again, for
// whichever command is the first to see it, and the person's receipt is the one that they were given.
func TestRestoredNoToOneQuestionStands(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who, other := person(0), person(1)
	h := newHouse(t, plan{people: 3, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	h.says(other, "newsletter.email", "newsletter.sms")
	restore := h.backup()
	h.changes(who, "newsletter.sms", "no")
	said := h.responses(who)
	restore()
	h.expectConsents(who, mailAlone)
	h.expectConsents(other, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Granted})
	if got := h.exported(who); !slices.Equal(got, []string{"granted", "withdrawn"}) || h.suppressed(who) {
		t.Errorf("exported as %v", got)
	}
	back := h.responses(who)
	if len(back) != 2 || back[1].ID != said[1].ID || back[1].Kind != said[1].Kind || back[1].Invitation != said[1].Invitation {
		t.Errorf("%+v, then %+v", said, back)
	}
	var says struct {
		PutBack   bool      `json:"put_back"`
		EventTime time.Time `json:"event_time"`
		Method    string    `json:"collection_method"`
		Decisions []campaign.Decision
	}
	h.last(campaign.EntryAnswered, &says)
	if !says.PutBack || !says.EventTime.Equal(said[1].At) || len(says.Decisions) != 1 || !strings.Contains(says.Method, "send journal") {
		t.Errorf("the ledger says %+v", says)
	}
	if r := h.status(); r.Status != campaign.Paused || !strings.Contains(r.Reason, "withdrawals 1,") {
		t.Errorf("the campaign is %s: %s", r.Status, r.Reason)
	} else {
		h.saidInFrench(r.Reason)
	}
	n := h.entries()
	if r := h.reopen(); r != (campaign.Recovery{}) || h.entries() != n {
		t.Errorf("put back twice: %+v, %d entries", r, h.entries()-n)
	}
	h.verifies()
	h.changes(who, "newsletter.sms", "yes")
	h.reopen()
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Granted})
}

// A no to everything is put back as such, and each yes that it took back as well: a later yes to one question lifts the no and
// brings no other back.
func TestAYesAfterARestoredNoBringsNoOtherBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 2, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	restore := h.backup()
	h.wait(time.Minute)
	h.oneClick(who)
	restore()
	h.recover()
	h.changes(who, "newsletter.email", "yes")
	h.expectConsents(who, mailAlone)
	h.verifies()
}

// What was entered by hand, for somebody who was asked or not, and a no on the form to a yes that had been entered so.
func TestRestoredNoToOneQuestionByHand(t *testing.T) {
	t.Parallel()
	by := func(h *house, way, decision string) {
		_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: person(0), By: way, Decisions: []string{decision}, On: campaign.DateOf(h.clock()).String()})
		h.must(err)
	}
	for name, c := range map[string]struct{ yes, no func(*house) }{
		"who was not asked": {func(h *house) { h.onPaper(person(0), "newsletter.email=yes", "newsletter.sms=yes") }, func(h *house) { by(h, "voice", "newsletter.sms=no") }},
		"who was asked": {func(h *house) { h.start(spring).send().says(person(0), "newsletter.email", "newsletter.sms") },
			func(h *house) { by(h, "paper", "newsletter.sms=no") }},
		"over a yes by hand": {func(h *house) {
			h.start(spring).send().onPaper(person(0), "newsletter.email=yes", "newsletter.sms=yes")
		},
			func(h *house) { h.changes(person(0), "newsletter.sms", "no") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1, channels: both})
			c.yes(h)
			restore := h.backup()
			h.wait(time.Hour)
			c.no(h)
			h.expectConsents(person(0), mailAlone)
			restore()
			h.expectConsents(person(0), mailAlone)
			if r := h.reopen(); r.Withdrawn != 0 {
				t.Errorf("put back twice: %+v", r)
			}
			h.verifies()
		})
	}
}

// A yes that was given after a no, and lost with the database, stays lost; one that the backup has stays.
func TestARestoredNoLeavesALaterYes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	before := h.backup()
	h.changes(who, "newsletter.sms", "no")
	h.changes(who, "newsletter.sms", "yes")
	after := h.backup()
	h.wait(time.Minute)
	after()
	h.recover()
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Granted})
	before()
	h.recover()
	h.expectConsents(who, mailAlone)
}

// dies ends an act at a mark, as a kill does.
func (h *house) dies(at string, act func()) {
	h.t.Helper()
	h.mu.Lock()
	h.point = func(name string) {
		if name == at {
			panic(at)
		}
	}
	h.mu.Unlock()
	func() {
		defer func() {
			if recover() == nil {
				h.t.Errorf("the mark %s was not passed", at)
			}
		}()
		act()
	}()
	h.mu.Lock()
	h.point = nil
	h.mu.Unlock()
}

// Who dies between the store and the journal leaves it to the next start, as with every no.
func TestAStoredWithdrawalReachesTheJournalAtTheNextStart(t *testing.T) {
	if !failpoint.Enabled {
		t.Skip("needs -tags failpoint")
	}
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	restore := h.backup()
	h.wait(time.Minute)
	h.dies("answer.after-update", func() {
		_, _ = h.app.Desk.Respond(t.Context(), h.invitation(who).Link, campaign.Answer{Kind: campaign.ByForm, Lines: []campaign.AnswerLine{{Question: campaign.Question{Purpose: "newsletter", Channel: "sms"}}}})
	})
	h.reopen()
	h.reopen() // writes it no second time
	written := 0
	h.must(h.app.journal.Replay(func(r campaign.Record) error {
		if r.Kind == campaign.RecordWithdraw {
			written++
		}
		return nil
	}))
	if written != 1 {
		t.Errorf("%d records", written)
	}
	restore()
	h.expectConsents(who, mailAlone)
}

// asks asks for something by right on the preferences page.
func (h *house) asks(email string, kind campaign.CaseKind) {
	h.t.Helper()
	h.wait(time.Minute)
	h.post(h.page(email), http.StatusSeeOther, "form", h.opened(h.page(email)), "request", string(kind))
}

// cases are all cases, as far as a restore must bring them back.
func (h *house) cases(s campaign.CaseState) (out []string) {
	h.t.Helper()
	cs, err := h.app.Desk.CaseList(h.t.Context(), s, 0, 100)
	h.must(err)
	for _, c := range cs {
		out = append(out, string(c.Kind)+" "+c.OpenedAt.String()+" "+c.DueAt.String())
	}
	slices.Sort(out)
	return out
}

// What people asked for by right after the backup is open again, due on the day on which it was, and says that it was put back.
func TestRestoredRequestByRightIsOpenAgain(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4, channels: both}).start(spring).send()
	h.asks(person(3), campaign.CaseAccess)
	restore := h.backup()
	h.asks(person(0), campaign.CaseRectify)
	h.asks(person(1), campaign.CaseErase)
	arrived := campaign.DateOf(h.clock()).AddDays(-9)
	_, err := h.app.OpenCase(t.Context(), person(2), "access", arrived.String(), "by letter")
	h.must(err)
	_, err = h.app.CloseCase(t.Context(), "1", "sent by post")
	h.must(err)
	want := append(h.cases(campaign.CaseOpen), h.cases(campaign.CaseDone)...)
	slices.Sort(want)
	restore()
	if got := h.cases(campaign.CaseOpen); !slices.Equal(got, want) {
		t.Errorf("open are %v, want %v", got, want)
	}
	if !h.suppressed(person(1)) {
		t.Error("who wants to be erased may be written to")
	}
	card, err := h.app.Desk.CaseCard(t.Context(), 2)
	h.must(err)
	if card.Entered.By != "" || !strings.Contains(card.Entered.Note, "send journal") {
		t.Errorf("%+v", card.Entered)
	}
	h.saidInFrench(card.Entered.Note)
	if card, err = h.app.Desk.CaseCard(t.Context(), 1); err != nil || card.Entered != (campaign.Entered{}) {
		t.Errorf("one that the backup has: %+v %v", card.Entered, err)
	}
	if r := h.status(); r.Status != campaign.Paused || !strings.Contains(r.Reason, "requests by right 3;") {
		t.Errorf("the campaign is %s: %s", r.Status, r.Reason)
	}
	_, err = h.app.CloseCase(t.Context(), "3", "done before")
	h.must(err)
	n := h.entries()
	if r := h.reopen(); r != (campaign.Recovery{}) || h.entries() != n {
		t.Errorf("put back twice: %+v, %d entries", r, h.entries()-n)
	}
	h.verifies()
	_, err = h.app.CloseCase(t.Context(), "2", "done")
	h.must(err)
	h.wait(37 * 31 * 24 * time.Hour)
	h.must(h.app.keep(t.Context()))
	h.verifies()
}

// Two requests of one kind that arrived on one day, of which the backup has the first: the second comes back.
func TestRestoredSecondRequestOfADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	open := func() {
		_, err := h.app.OpenCase(t.Context(), person(0), "access", campaign.DateOf(h.clock()).String(), "at the counter")
		h.must(err)
	}
	open()
	_, err := h.app.CloseCase(t.Context(), "1", "by mistake")
	h.must(err)
	restore := h.backup()
	open()
	restore()
	h.recover()
	if got := h.cases(campaign.CaseOpen); len(got) != 1 {
		t.Errorf("open are %v", got)
	}
	if r := h.reopen(); r.Cases != 0 {
		t.Errorf("put back twice: %+v", r)
	}
}

// Who dies between the store and the journal leaves a request to the next start.
func TestAStoredRequestReachesTheJournalAtTheNextStart(t *testing.T) {
	if !failpoint.Enabled {
		t.Skip("needs -tags failpoint")
	}
	t.Parallel()
	h := newHouse(t, plan{people: 2}).start(spring).send()
	restore := h.backup()
	h.dies("case.after-update", func() { _, _ = h.app.Desk.Request(t.Context(), h.invitation(person(0)).Link, campaign.CaseAccess) })
	h.dies("case.after-update", func() {
		_, _ = h.app.OpenCase(t.Context(), person(1), "erase", campaign.DateOf(h.clock()).String(), "by letter")
	})
	want := h.cases(campaign.CaseOpen)
	h.reopen()
	h.reopen()
	restore()
	h.recover()
	if got := h.cases(campaign.CaseOpen); len(got) != 2 || !slices.Equal(got, want) {
		t.Errorf("open are %v, want %v", got, want)
	}
}

// Whoever was erased and comes into the base again has asked for nothing and withdrawn nothing.
func TestNothingOfTheErasedIsPutBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := "jane@elsewhere.example"
	h := newHouse(t, plan{people: 1, channels: both})
	h.importRows([]string{who}, nil)
	h.onPaper(who, "newsletter.email=yes", "newsletter.sms=yes")
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: "voice", Decisions: []string{"newsletter.sms=no"}, On: campaign.DateOf(h.clock()).String()})
	h.must(err)
	_, err = h.app.OpenCase(t.Context(), who, "erase", campaign.DateOf(h.clock()).String(), "by letter")
	h.must(err)
	h.wait(time.Minute)
	h.erase(who)
	h.wait(time.Minute)
	h.importRows([]string{who}, nil)
	n := h.entries()
	if r := h.reopen(); r != (campaign.Recovery{}) || h.entries() != n || len(h.cases(campaign.CaseOpen)) > 0 {
		t.Errorf("%+v, %d entries, open are %v", r, h.entries()-n, h.cases(campaign.CaseOpen))
	}
}

// A request of somebody whom the backup does not have is counted, and is open again once they are in the base.
func TestRestoredRequestOfSomebodyUnknown(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := "jane@elsewhere.example"
	h := newHouse(t, plan{people: 1})
	restore := h.backup()
	h.importRows([]string{who}, nil)
	_, err := h.app.OpenCase(t.Context(), who, "access", campaign.DateOf(h.clock()).String(), "by letter")
	h.must(err)
	want := h.cases(campaign.CaseOpen)
	restore()
	if h.app.remembered.Unplaced != 1 || len(h.cases(campaign.CaseOpen)) != 0 {
		t.Errorf("%+v", h.app.remembered)
	}
	h.wait(time.Hour)
	h.importRows([]string{who}, nil)
	h.reopen()
	if got := h.cases(campaign.CaseOpen); !slices.Equal(got, want) {
		t.Errorf("open are %v, want %v", got, want)
	}
}
