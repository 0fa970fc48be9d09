package app

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

var both = []string{"email", "sms"}

// consents are the person's current choices by channel.
func (h *house) consents(email string) map[string]campaign.Choice {
	h.t.Helper()
	out := map[string]campaign.Choice{}
	id := h.contact(email).ID
	h.view(func(r campaign.Reader) error {
		rows, err := r.ConsentsOf(id)
		for _, row := range rows {
			out[row.Purpose+"."+row.Channel] = row.State
		}
		return err
	})
	return out
}

func (h *house) expectConsents(email string, want map[string]campaign.Choice) {
	h.t.Helper()
	got := h.consents(email)
	if len(got) != len(want) {
		h.t.Errorf("%s: %v, want %v", email, got, want)
	}
	for q, s := range want {
		if got[q] != s {
			h.t.Errorf("%s: %v, want %v", email, got, want)
		}
	}
}

func TestNoToOneChannel(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 2, channels: both}).start(spring).send()
	h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.sms", "to", "no")
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.sms": campaign.Declined})
	if h.suppressed(who) {
		t.Error("a no to one channel is no suppression")
	}
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if a, b := h.contact(who).Verdict, h.contact(person(1)).Verdict; a.Fine != b.Fine || a.Code != b.Code {
		t.Errorf("%s (%s) and %s (%s): a no to one channel leaves the rest unanswered", a.Fine, a.Code, b.Fine, b.Code)
	}
	h.wait(time.Minute)
	h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.email", "to", "no")
	if !h.suppressed(who) {
		t.Error("the last no makes it a no to everything")
	}
	h.expectClass(who, "OPTED_OUT")
}

func TestNoToAllThenYes(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who)
	if !h.suppressed(who) {
		t.Fatal("a no to everything is a suppression")
	}
	h.expectClass(who, "OPTED_OUT")
	h.wait(time.Hour)
	h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.email", "to", "yes", "confirmed", "yes")
	if h.suppressed(who) {
		t.Error("the yes through the own link lifts it")
	}
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Declined})
	h.expectClass(who, "OPTED_IN_VALID")
}

func TestStaleYes(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	nonce := h.opened(h.form(who))
	h.oneClick(who)
	h.wait(time.Minute)
	h.outdated(h.form(who), "form", nonce, "action", "save", "decision.newsletter.email", "yes")
	if !h.suppressed(who) || len(h.responses(who)) != 1 {
		t.Error("a page from before the no took it back")
	}
	h.expectClass(who, "OPTED_OUT")
}

// A no by telephone that was entered while the form was open is not taken back by a yes from it.
func TestStaleYesAfterANoByTelephone(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	yes := []string{"action", "save", "decision.newsletter.email", "yes", "form"}
	nonce := h.opened(h.form(who))
	if _, err := h.app.Desk.SuppressAddress(t.Context(), campaign.Machine, campaign.Address(who), "telephoned"); err != nil {
		t.Fatal(err)
	}
	h.outdated(h.form(who), append(yes, nonce)...)
	if !h.suppressed(who) || len(h.responses(who)) != 0 {
		t.Error("a page from before the no took it back")
	}
	h.post(h.form(who), http.StatusSeeOther, append(yes, h.opened(h.form(who)))...)
	if h.suppressed(who) {
		t.Error("one from after it does not")
	}
}

// A page that shows the no can take it back, however soon it was opened after it.
func TestYesFromThePageThatShowsTheNo(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who)
	h.says(who, "newsletter.email")
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Declined})
	h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.email", "to", "no")
	h.post(h.page(who), http.StatusOK, "form", h.opened(h.page(who)), "change", "newsletter.email", "to", "yes")
	h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.email", "to", "yes", "confirmed", "yes")
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Declined})
}

// Whoever goes back to a page on which they said no once, after a yes that they gave elsewhere, and says no once more means it.
func TestTheSameNoOnceMoreAfterAYes(t *testing.T) {
	t.Parallel()
	for n, kind := range []string{"unsubscribe", "form"} {
		who := person(0)
		h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
		target, action := h.form(who), "refuse-all"
		if n == 0 {
			target, action = h.unsubscribe(who), "unsubscribe"
		}
		no := []string{"action", action, "form", h.opened(target)}
		h.post(target, http.StatusSeeOther, no...)
		for range 2 {
			h.wait(time.Minute)
			h.says(who, "newsletter.email")
			h.wait(time.Minute)
			h.post(target, http.StatusSeeOther, no...)
			if !h.suppressed(who) {
				t.Fatalf("%s: a no was taken for a double click on an older one", kind)
			}
			h.expectClass(who, "OPTED_OUT")
			entries := h.entries()
			h.post(target, http.StatusSeeOther, no...)
			if h.entries() != entries {
				t.Errorf("%s: a double click is an answer", kind)
			}
		}
	}
}

// slowStore lets time pass before each Update, as a queue of other writers does.
type slowStore struct {
	campaign.Store
	wait func()
}

func (s slowStore) Update(ctx context.Context, do func(campaign.Tx) error) error {
	s.wait()
	return s.Store.Update(ctx, do)
}

// A yes that waits behind other writers is as old as its page, not as young as its turn: it takes back
// no no that came after the page was opened.
func TestStaleYesThatWaitedForItsTurn(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	nonce := h.opened(h.form(who))
	h.oneClick(who)
	h.wait(time.Second)
	h.rewire(func(d *campaign.Deps) { d.Store = slowStore{d.Store, func() { h.wait(10 * time.Second) }} })
	h.outdated(h.form(who), "form", nonce, "action", "save", "decision.newsletter.email", "yes")
	if !h.suppressed(who) || len(h.responses(who)) != 1 {
		t.Error("a page from before the no took it back")
	}
}

func TestSamePageTwice(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	yes := []string{"form", h.opened(h.form(who)), "action", "save", "decision.newsletter.email", "yes"}
	h.post(h.form(who), http.StatusSeeOther, yes...)
	n := h.entries()
	h.wait(time.Minute)
	h.post(h.form(who), http.StatusSeeOther, yes...)
	h.outdated(h.form(who), append(slices.Clone(yes), "decision.newsletter.sms", "yes")...)
	h.outdated(h.form(who), yes[0], yes[1], "action", "refuse-all")
	if len(h.responses(who)) != 1 || h.entries() != n {
		t.Errorf("%d answers, %d new entries", len(h.responses(who)), h.entries()-n)
	}
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Declined})
}

// together posts many forms at the same time and counts the statuses.
func (h *house) together(target string, posts ...[]string) map[int]int {
	var group sync.WaitGroup
	var mu sync.Mutex
	out := map[int]int{}
	for _, p := range posts {
		group.Go(func() {
			w := h.do(http.MethodPost, target, fields(p...))
			mu.Lock()
			defer mu.Unlock()
			out[w.Code]++
		})
	}
	group.Wait()
	return out
}

func TestParallelIdenticalAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string][]string{"yes": {"action", "save", "decision.newsletter.email", "yes"}, "no": {"action", "refuse-all"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 1}).start(spring).send()
			n := h.entries()
			post := append([]string{"form", h.opened(h.form(who))}, answer...)
			if got := h.together(h.form(who), slices.Repeat([][]string{post}, 64)...); got[http.StatusSeeOther] != 64 {
				t.Errorf("%v", got)
			}
			if len(h.responses(who)) != 1 || h.entries() != n+2 { // the answer, and its request
				t.Errorf("%d answers, %d new entries", len(h.responses(who)), h.entries()-n)
			}
		})
	}
}

func TestParallelMixedAnswers(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	var posts [][]string
	for n := range 64 {
		post := []string{"form", "", "action", "save", "decision.newsletter.email", "yes"}
		switch n % 3 {
		case 1:
			post = []string{"form", "", "action", "refuse-all"}
		case 2:
			post = []string{"form", "", "change", "newsletter.sms", "to", "no"}
		}
		posts = append(posts, post)
	}
	for n := range posts {
		posts[n][1] = h.opened(h.form(who))
	}
	h.together(h.form(who), posts...)
	rs := h.responses(who)
	state := map[string]campaign.Choice{}
	for _, r := range rs {
		for _, d := range r.Decisions {
			q := d.Purpose + "." + d.Channel
			if was := state[q]; d.State == campaign.Withdrawn && was != campaign.Granted && was != campaign.Withdrawn || d.State == campaign.Declined && was == campaign.Granted {
				t.Errorf("%s went from %q to %s", q, was, d.State)
			}
			state[q] = d.State
		}
	}
	h.expectConsents(who, state)
	granted := state["newsletter.email"] == campaign.Granted || state["newsletter.sms"] == campaign.Granted
	if h.suppressed(who) == granted {
		t.Errorf("suppressed %v, and the last state is %v", h.suppressed(who), state)
	}
	want := "OPTED_OUT"
	if granted {
		want = "OPTED_IN_VALID"
	}
	if got := h.contact(who).Verdict.Fine; got != want {
		t.Errorf("saved as %s, want %s", got, want)
	}
	h.reopen()
	if h.suppressed(who) == granted {
		t.Error("recovery changed the last answer")
	}
}

func TestChangeOfOneLine(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both, purposes: 2}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms", "events.email")
	h.wait(time.Minute)
	h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.sms", "to", "no")
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Withdrawn, "events.email": campaign.Granted, "events.sms": campaign.Declined})
	if h.suppressed(who) {
		t.Error("a change of one line is no suppression")
	}
	h.expectClass(who, "OPTED_IN_VALID")
}

// The value of the unsubscribe page's button is a no without the page, and its proof claims no page.
func TestTheButtonsValueAloneIsAnObjection(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.post(h.unsubscribe(who), http.StatusSeeOther, "action", "unsubscribe")
	n := h.entries()
	h.wait(time.Minute)
	h.post(h.unsubscribe(who), http.StatusSeeOther, "action", "unsubscribe")
	if r := h.responses(who); len(r) != 1 || r[0].Document != "" || !h.suppressed(who) || h.entries() != n {
		t.Errorf("%+v, %d new entries", r, h.entries()-n)
	}
}

func TestOneClickTwice(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.oneClick(who)
	n := h.entries()
	h.wait(time.Minute)
	h.oneClick(who)
	h.oneClick(who)
	if len(h.responses(who)) != 1 || h.entries() != n {
		t.Errorf("%d answers, %d new entries", len(h.responses(who)), h.entries()-n)
	}
	h.wait(time.Minute)
	h.says(who, "newsletter.email")
	h.wait(time.Minute)
	h.oneClick(who)
	if len(h.responses(who)) != 3 || !h.suppressed(who) {
		t.Error("a no after a yes is a new answer")
	}
}

// A line of the never-write list that came by another way is no answer of the person: their own no is recorded, once, also after a no to one line.
func TestANoOfWhoeverIsOnTheNeverWriteListIsRecorded(t *testing.T) {
	t.Parallel()
	for name, listed := range map[string]func(h *house, who string){
		"by hand": func(h *house, who string) { h.must(second(h.app.Suppress(h.t.Context(), who, "asked by telephone"))) },
		"imported": func(h *house, who string) {
			h.importRows([]string{who}, map[string]string{"external_id": h.contact(who).ExternalID, "optout": "yes", "optout_at": "2026-03-09"})
		},
	} {
		for how, no := range map[string]func(h *house, who string){
			"one-click":  (*house).oneClick,
			"the button": func(h *house, who string) { h.post(h.unsubscribe(who), http.StatusSeeOther, "action", "unsubscribe") },
			"the form":   func(h *house, who string) { h.says(who) },
			"the preferences": func(h *house, who string) {
				h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "action", "refuse-all")
			},
		} {
			t.Run(name+", then "+how, func(t *testing.T) {
				t.Parallel()
				who := person(0)
				h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
				h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.sms", "to", "no")
				listed(h, who)
				if !h.suppressed(who) {
					t.Fatal("not on the list")
				}
				h.wait(time.Minute)
				no(h, who)
				n := h.entries()
				h.wait(time.Minute)
				no(h, who)
				h.oneClick(who)
				if len(h.responses(who)) != 2 || h.entries() != n {
					t.Errorf("%d answers, and %d entries for the same no again", len(h.responses(who)), h.entries()-n)
				}
				if !h.suppressed(who) {
					t.Error("no longer on the list")
				}
				h.expectProven(who)
			})
		}
	}
}

// Whoever said no line by line and then to everything has said more.
func TestANoToEverythingAfterANoToEachLineIsRecorded(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	for _, q := range []string{"newsletter.email", "newsletter.sms"} {
		h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", q, "to", "no")
	}
	for range 2 {
		h.wait(time.Minute)
		h.oneClick(who)
	}
	if rs := h.responses(who); len(rs) != 3 || rs[2].Kind != campaign.ByOneClick {
		t.Errorf("%+v", rs)
	}
}

// The same no from pages that were each loaded anew is one event (COMPLIANCE F.5), and so is the same yes; whoever changes
// their mind is heard each time.
func TestTheSameAnswerFromFreshPagesIsOneEvent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page   func(*house, string) string
		answer []string
	}{
		"a no by the form":        {(*house).form, []string{"action", "refuse-all"}},
		"a no by the preferences": {(*house).page, []string{"action", "refuse-all"}},
		"a no to a line":          {(*house).page, []string{"change", "newsletter.sms", "to", "no"}},
		"a no by the button":      {(*house).unsubscribe, []string{"action", "unsubscribe"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
			n := h.entries()
			var posts [][]string
			for range 16 {
				posts = append(posts, append([]string{"form", h.opened(c.page(h, who))}, c.answer...))
			}
			if got := h.together(c.page(h, who), posts...); got[http.StatusSeeOther] != 16 {
				t.Errorf("%v", got)
			}
			if len(h.responses(who)) != 1 || h.entries() != n+2 { // the answer, and its request
				t.Errorf("%d answers, %d new entries", len(h.responses(who)), h.entries()-n)
			}
		})
	}
	t.Run("a yes", func(t *testing.T) {
		t.Parallel()
		who := person(0)
		h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
		for range 2 {
			h.says(who, "newsletter.email")
			h.wait(time.Minute)
		}
		if len(h.responses(who)) != 1 {
			t.Errorf("%d answers", len(h.responses(who)))
		}
		h.must(second(h.app.Suppress(t.Context(), who, "asked by telephone")))
		h.says(who, "newsletter.email")
		if len(h.responses(who)) != 2 || h.suppressed(who) {
			t.Error("a yes that lifts a no is not the same")
		}
		for range 2 {
			h.wait(time.Minute)
			h.says(who)
			h.wait(time.Minute)
			h.says(who, "newsletter.email")
		}
		if len(h.responses(who)) != 6 || h.suppressed(who) {
			t.Errorf("%d answers of whoever changes their mind", len(h.responses(who)))
		}
		h.expectProven(who)
	})
}

// What stands now may have been said elsewhere since: the same words by the first way then change it, and are heard.
func TestTheSameAnswerAfterAnotherByHandIsHeard(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	h.wait(time.Minute)
	lines := []campaign.AnswerLine{{Question: campaign.Question{Purpose: "newsletter", Channel: "sms"}}}
	_, err := h.app.Desk.Record(t.Context(), Operator(), campaign.ByHand{Who: who, Kind: campaign.ByVoice, Lines: lines, Given: campaign.DateOf(h.clock())})
	h.must(err)
	h.wait(time.Minute)
	h.says(who, "newsletter.email", "newsletter.sms")
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Granted})
}

func TestAnswerSettlesUncertainty(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true, Store: true}))
	h.send()
	h.expect(map[campaign.State]int{campaign.Uncertain: 1})
	h.oneClick(who)
	h.expect(map[campaign.State]int{campaign.Sent: 1})
	if i := h.invitation(who); i.Reason != "answered" {
		t.Errorf("settled by %q", i.Reason)
	}
}

// An answer that cannot be journalled thanks nobody, and can be given again.
func TestAnswerWithoutJournal(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.rewire(func(d *campaign.Deps) {
		d.Journal = &failingJournal{Journal: d.Journal, when: func([]campaign.Record) bool { return true }}
	})
	no := []string{"form", h.opened(h.form(who)), "action", "refuse-all"}
	w := h.post(h.form(who), http.StatusServiceUnavailable, no...)
	if strings.Contains(w.Header().Get("Location"), "/r/") {
		t.Error("somebody is thanked")
	}
	h.reopen()
	h.post(h.form(who), http.StatusSeeOther, no...)
	if len(h.responses(who)) != 1 || !h.suppressed(who) {
		t.Error("the no is not kept once")
	}
	h.expectJournal()
}

// The last second of the deadline day counts, where the organisation is; closing early ends it too.
func TestYesUntilTheEndOfTheDay(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4, shorter: 1}).start(spring).send()
	h.wait(time.Date(2026, 3, 11, 22, 59, 50, 0, time.UTC).Sub(h.clock())) // 23:59:50 in Paris
	nonce := h.opened(h.form(person(1)))
	h.says(person(0), "newsletter.email")
	h.wait(4 * time.Second)
	h.post(h.form(person(1)), http.StatusGone, "form", nonce, "action", "save", "decision.newsletter.email", "yes")
	h.post(h.form(person(1)), http.StatusSeeOther, "form", nonce, "action", "refuse-all")
	done, err := h.app.CloseCampaign(t.Context(), spring)
	if err != nil || done.Silent != 2 || done.Withheld != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	h.expectConsents(person(0), map[string]campaign.Choice{"newsletter.email": campaign.Granted})
}

// A message that the relay refused at the dot may have arrived all the same: its link works.
func TestAnswerToARefusedMessage(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Reply: "554 5.6.0 no", Store: true}))
	h.send()
	h.expect(map[campaign.State]int{campaign.Refused: 1})
	h.says(who, "newsletter.email")
	h.expectClass(who, "OPTED_IN_VALID")
	h.wait(time.Minute)
	h.oneClick(who)
	h.expectClass(who, "OPTED_OUT")
}

// A message that the relay put off at the dot may have arrived all the same: who answers it is not
// asked again.
func TestAnswerToAPutOffMessage(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Reply: "451 4.3.0 later", Store: true}))
	h.send()
	h.relays(nil)
	h.expect(map[campaign.State]int{campaign.Planned: 1})
	h.says(who, "newsletter.email")
	h.expect(map[campaign.State]int{campaign.Sent: 1})
	h.wait(time.Hour)
	h.send()
	h.took(1)
	if r := h.reopen(); r.Restored != 0 {
		t.Errorf("%+v", r)
	}
}

// expectJournal fails when no no was written to the send journal.
func (h *house) expectJournal() {
	h.t.Helper()
	written := 0
	h.must(h.app.journal.Replay(func(r campaign.Record) error {
		if r.Kind == campaign.RecordSuppress {
			written++
		}
		return nil
	}))
	if written == 0 {
		h.t.Error("the second try does not write the journal")
	}
}
