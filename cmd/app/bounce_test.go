package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// hardNotice is a genuine bounce that says of a person's mailbox that it is gone.
func (h *house) hardNotice(email string) campaign.Notice {
	return campaign.Notice{Link: h.invitation(email).Link, Meaning: campaign.MeansHard, Genuine: true, Address: campaign.Address(email), Class: "hard", Status: "5.1.1",
		Words: "550 5.1.1 <" + strings.ToUpper(email) + ">: user unknown", Mark: "aa"}
}

// note takes a notice in and expects an effect; Foresee must have said the same and changed nothing.
func (h *house) note(n campaign.Notice, want campaign.Effect) {
	h.t.Helper()
	before := h.entries()
	foreseen, err := h.app.Desk.Foresee(h.t.Context(), n)
	h.must(err)
	if h.entries() != before {
		h.t.Error("looking ahead changed something")
	}
	noted, err := h.app.Desk.Note(h.t.Context(), n)
	h.must(err)
	if noted.Effect != want || foreseen != noted {
		h.t.Errorf("%s: %+v, foreseen %+v, want %s", n.Meaning, noted, foreseen, want)
	}
}

func (h *house) expectBounces(hard, soft, complaints int) {
	h.t.Helper()
	if s := h.status(); s.Bounces.Hard != hard || s.Bounces.Soft != soft || s.Complaints != complaints {
		h.t.Errorf("%d hard, %d soft, %d complaints, want %d, %d, %d", s.Bounces.Hard, s.Bounces.Soft, s.Complaints, hard, soft, complaints)
	}
}

func TestHardBounce(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.note(h.hardNotice(who), campaign.EffectSuppressed)
	h.expectBounces(1, 0, 0)
	h.expectClass(who, "UNDELIVERABLE")
	if !h.suppressed(who) || h.suppressed(person(1)) {
		t.Error("one mailbox, and no other, is unusable")
	}
	n := h.entries()
	h.note(h.hardNotice(who), campaign.EffectKnown)
	again := h.hardNotice(who)
	again.Mark = "bb"
	h.note(again, campaign.EffectKnown)
	if h.entries() != n {
		t.Error("the same bounce twice is not one")
	}
	h.expectBounces(1, 0, 0)
	id := h.invitation(who).ID
	h.view(func(r campaign.Reader) error {
		known, err := r.BouncesOf(id)
		for _, b := range known[id] {
			if strings.Contains(strings.ToLower(b.Words), who) {
				t.Errorf("the address stands in %q", b.Words)
			}
		}
		return err
	})
	h.expect(map[campaign.State]int{campaign.Sent: 2})
}

// The send journal outlives the database: a bounce that an older copy does not know is put back.
func TestHardBounceOutlivesTheDatabase(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	restore := h.backup()
	h.note(h.hardNotice(who), campaign.EffectSuppressed)
	restore()
	h.recover()
	if !h.suppressed(who) {
		t.Error("the bounce is forgotten")
	}
}

// What cannot be journalled is not dealt with: the caller keeps the message and tries again.
func TestBounceWithoutJournal(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.rewire(func(d *campaign.Deps) {
		d.Journal = &failingJournal{Journal: d.Journal, when: func([]campaign.Record) bool { return true }}
	})
	if _, err := h.app.Desk.Note(t.Context(), h.hardNotice(who)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	h.reopen()
	h.note(h.hardNotice(who), campaign.EffectKnown)
	h.expectJournal()
}

func TestForgedBounceSuppressesNobody(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	unsigned := h.hardNotice(who)
	unsigned.Link, unsigned.MessageID = campaign.LinkID{}, h.invitation(who).MessageID
	n := h.entries()
	h.note(unsigned, campaign.EffectNone)
	foreign := h.hardNotice(who)
	foreign.Link = campaign.LinkID{1}
	h.note(foreign, campaign.EffectNone)
	unsigned.Meaning = campaign.MeansComplaint
	h.note(unsigned, campaign.EffectNone)
	if h.entries() != n || h.suppressed(who) {
		t.Error("an unsigned notice counts")
	}
	personal := h.hardNotice(who)
	personal.Genuine = false
	h.note(personal, campaign.EffectCounted)
	elsewhere := h.hardNotice(who)
	elsewhere.Address, elsewhere.Mark = "someone@elsewhere.example", "cc"
	h.note(elsewhere, campaign.EffectCounted)
	h.expectBounces(0, 1, 0)
	if h.suppressed(who) {
		t.Error("a bounce of another address, or from anybody, takes the mailbox away")
	}
	unnamed := h.hardNotice(who)
	unnamed.Address, unnamed.Mark = "", "dd"
	h.note(unnamed, campaign.EffectSuppressed)
	h.expectBounces(1, 1, 0)
}

func TestSoftBounceIsCounted(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	soft := campaign.Notice{Link: h.invitation(who).Link, Meaning: campaign.MeansSoft, Genuine: true, Class: "soft-final", Status: "5.2.2", Words: "full", Mark: "aa"}
	h.note(soft, campaign.EffectCounted)
	h.note(soft, campaign.EffectKnown)
	soft.Mark = "bb"
	h.note(soft, campaign.EffectCounted)
	h.expectBounces(0, 1, 0)
	if h.suppressed(who) {
		t.Error("a full mailbox is suppressed")
	}
	h.says(who, "newsletter.email")
	h.expectClass(who, "OPTED_IN_VALID")
}

func TestComplaintAndStop(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 3}).start(spring).send()
	for n, meaning := range []campaign.Meaning{campaign.MeansComplaint, campaign.MeansOptOut} {
		who := person(n)
		h.says(who, "newsletter.email")
		h.wait(time.Minute)
		notice := campaign.Notice{Link: h.invitation(who).Link, Meaning: meaning, Mark: "aa"}
		h.note(notice, campaign.EffectOptedOut)
		h.expectClass(who, "OPTED_OUT")
		h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Withdrawn})
		entries := h.entries()
		h.wait(time.Minute)
		h.note(notice, campaign.EffectKnown)
		if kinds := h.responses(who); len(kinds) != 2 || kinds[1].Kind != []campaign.ResponseKind{campaign.ByComplaint, campaign.ByMail}[n] || h.entries() != entries {
			t.Errorf("%+v", kinds)
		}
	}
	h.expectBounces(0, 0, 1)
	h.wait(time.Minute)
	h.post(h.form(person(0)), http.StatusGone, "form", h.opened(h.form(person(0))), "action", "save", "decision.newsletter.email", "yes")
	if !h.suppressed(person(0)) {
		t.Error("a yes lifts a complaint")
	}
	// Whoever answers a message has it: the no counts without a signed address.
	h.note(campaign.Notice{MessageID: h.invitation(person(2)).MessageID, Meaning: campaign.MeansOptOut, Mark: "cc"}, campaign.EffectOptedOut)
	if !h.suppressed(person(2)) {
		t.Error("a written stop is passed over")
	}
}

// A complaint of somebody who had said no before says more than the no: it hurts the reputation all the same, so that the stop rule
// counts it, and no yes lifts it. The person is one who refused still, and the complaint one however often it is told.
func TestAComplaintBehindANoCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 40, senders: 1}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to >= person(10) }))
	h.send()
	no := []func(who string){h.oneClick, func(who string) {
		_, err := h.app.Suppress(t.Context(), who, "asked by telephone")
		h.must(err)
	}, func(who string) { h.says(who) }}
	complaint := func(n int, mark string) campaign.Notice {
		return campaign.Notice{Link: h.invitation(person(n)).Link, Meaning: campaign.MeansComplaint, Mark: mark}
	}
	for n, say := range no {
		say(person(n))
		h.wait(time.Minute)
		h.note(complaint(n, "aa"), campaign.EffectOptedOut)
		h.wait(time.Minute)
		entries := h.entries()
		h.note(complaint(n, "aa"), campaign.EffectKnown)
		h.note(complaint(n, "bb"), campaign.EffectKnown)
		h.note(campaign.Notice{Link: h.invitation(person(n)).Link, Meaning: campaign.MeansOptOut, Mark: "cc"}, campaign.EffectKnown)
		h.oneClick(person(n))
		if h.entries() != entries {
			t.Errorf("%s: what was told twice is not one", person(n))
		}
		h.post(h.form(person(n)), http.StatusGone, "form", h.opened(h.form(person(n))), "action", "save", "decision.newsletter.email", "yes")
		h.expectClass(person(n), "OPTED_OUT")
	}
	h.expectBounces(0, 0, 3)
	if r := h.status().Responses; r.People != 3 || r.Refused != 3 {
		t.Errorf("%+v", r)
	}
	h.send()
	if r := h.status(); r.Status != campaign.Paused || !strings.HasPrefix(r.Reason, "stop rule: complaints are 3 of ") {
		t.Errorf("%s: %q", r.Status, r.Reason)
	}
	h.reopen()
	h.expectBounces(0, 0, 3)
	h.verifies()
}

// Whatever carries the signed return path proves that the message left.
func TestBounceSettlesUncertainty(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 4, senders: 1}).start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot {
			return smtptest.Step{Drop: true, Store: true}
		}
		return smtptest.Step{}
	})
	h.send()
	h.expect(map[campaign.State]int{campaign.Uncertain: 4})
	unsigned := campaign.Notice{MessageID: h.invitation(person(0)).MessageID, Meaning: campaign.MeansDelivered, Mark: "aa"}
	h.note(unsigned, campaign.EffectNone)
	h.expect(map[campaign.State]int{campaign.Uncertain: 4})
	for n, meaning := range []campaign.Meaning{campaign.MeansDelivered, campaign.MeansDelayed, campaign.MeansAuto} {
		notice := campaign.Notice{Link: h.invitation(person(n)).Link, Meaning: meaning, Mark: "aa"}
		h.note(notice, campaign.EffectSettled)
		h.note(notice, campaign.EffectNone)
	}
	h.note(h.hardNotice(person(3)), campaign.EffectSuppressed)
	h.expect(map[campaign.State]int{campaign.Sent: 4})
	h.expectBounces(1, 0, 0)
}

// A bounce to a message that a restored database believes unsent keeps its person from being asked twice.
func TestBounceOfAMessageThatIsNotKnown(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Reply: "451 4.3.0 later", Store: true}))
	h.send()
	h.relays(nil)
	h.expect(map[campaign.State]int{campaign.Planned: 1})
	h.note(campaign.Notice{Link: h.invitation(who).Link, Meaning: campaign.MeansDelivered, Mark: "aa"}, campaign.EffectSettled)
	h.wait(time.Hour)
	h.send()
	h.took(1)
	h.expect(map[campaign.State]int{campaign.Sent: 1})
}

// The mail provider that took a message needs no signed address to be believed: it has proved who it is.
func TestProviderReport(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 4}).start(spring).send()
	reported := func(n int, meaning campaign.Meaning, mark string) campaign.Notice {
		who := person(n)
		return campaign.Notice{MessageID: h.invitation(who).MessageID, Reporter: "postmark", Meaning: meaning, Genuine: true, Address: campaign.Address(who), Class: "hard", Status: "5.1.1", Mark: mark}
	}
	h.note(reported(0, campaign.MeansHard, "aa"), campaign.EffectSuppressed)
	h.note(reported(0, campaign.MeansHard, "aa"), campaign.EffectKnown)
	h.expectClass(person(0), "UNDELIVERABLE")
	elsewhere := reported(1, campaign.MeansHard, "bb")
	elsewhere.Address = "nobody-of-ours@elsewhere.example"
	h.note(elsewhere, campaign.EffectCounted)
	foreign := reported(1, campaign.MeansComplaint, "cc")
	foreign.MessageID = "of-another-program@elsewhere.example"
	h.note(foreign, campaign.EffectNone)
	if h.suppressed(person(1)) {
		t.Error("a report of another address or another message takes the mailbox away")
	}
	h.note(reported(2, campaign.MeansComplaint, "dd"), campaign.EffectOptedOut)
	h.expectClass(person(2), "OPTED_OUT")
	h.expectBounces(1, 1, 1)
}

// A report that is sent once more, however late, takes no later answer back.
func TestAReportCountsOnce(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	for n, reporter := range []string{"sendgrid", ""} { // a message that came back, too
		notice := campaign.Notice{Link: h.invitation(who).Link, Reporter: reporter, Meaning: campaign.MeansOptOut, Address: campaign.Address(who), Mark: strings.Repeat("a", n+1)}
		h.note(notice, campaign.EffectOptedOut)
		h.wait(time.Minute)
		h.says(who, "newsletter.email")
		if h.suppressed(who) {
			t.Fatal("the person's own yes does not lift their no")
		}
		entries := h.entries()
		h.wait(time.Minute)
		h.note(notice, campaign.EffectKnown)
		if h.suppressed(who) || h.entries() != entries {
			t.Error("the same report, read again, takes a later yes back")
		}
	}
}

// A reply to the first try finds the person, also when a second try has left since: its Message-ID names the invitation, and no
// row has to hold it.
func TestAnEarlierMessageIDFindsItsInvitation(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 3, senders: 1}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Reply: "451 4.3.0 later"}))
	h.send()
	first := h.invitation(who).MessageID
	h.relays(nil)
	h.wait(time.Hour)
	h.send()
	if last := h.invitation(who).MessageID; first == "" || last == first {
		t.Fatalf("the tries were called %q and %q", first, last)
	}
	h.note(campaign.Notice{MessageID: first, Meaning: campaign.MeansOptOut, Mark: "cc"}, campaign.EffectOptedOut)
	if !h.suppressed(who) || h.suppressed(person(1)) {
		t.Error("the no is not that of who answered")
	}
}

// A server further on that takes a message twice delivers two with one Message-ID, and it is the one that the database names.
func TestADoubledMessageCarriesOneMessageID(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 3}).start(spring).send()
	ids := map[string]bool{}
	for _, m := range h.relay.Messages() {
		head, _, _ := strings.Cut(string(m.Data), "\r\n\r\n")
		if n := strings.Count(strings.ToLower(head), "\r\nmessage-id:"); n != 1 || !strings.Contains(head, "Message-ID: <"+h.invitation(m.To).MessageID+">") {
			t.Errorf("%d of them in\n%s", n, head)
		}
		ids[h.invitation(m.To).MessageID] = true
	}
	if len(ids) != 3 {
		t.Errorf("%v", ids)
	}
}
