package app

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

const week = 7 * 24 * time.Hour

// due gives people and entries of each rule.
func (h *house) due() map[string][2]int {
	h.t.Helper()
	r, err := h.app.PreviewRetention(h.t.Context())
	h.must(err)
	return linesOf(r)
}

func linesOf(r Retained) map[string][2]int {
	out := map[string][2]int{}
	for _, l := range r.Rules {
		if l.People+l.Entries > 0 {
			out[string(l.Rule)] = [2]int{l.People, l.Entries}
		}
	}
	return out
}

func (h *house) retain() map[string][2]int {
	h.t.Helper()
	r, err := h.app.ApplyRetention(h.t.Context())
	h.must(err)
	if !r.Applied || r.People+r.Entries > 0 && !r.Scrubbed {
		h.t.Errorf("%+v", r)
	}
	return linesOf(r)
}

func (h *house) expectDue(want map[string][2]int) {
	h.t.Helper()
	got := h.due()
	if len(got) != len(want) {
		h.t.Errorf("due are %v, want %v", got, want)
	}
	for rule, n := range want {
		if got[rule][0] != n[0] || n[1] >= 0 && got[rule][1] != n[1] {
			h.t.Errorf("%s: %v, want %v", rule, got[rule], n)
		}
	}
}

func TestRetentionOfWhoMayNotBeAsked(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2})
	h.importRows([]string{marked}, map[string]string{"minor": "yes", "last_name": mark})
	h.wait(4 * week)
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.importRows([]string{"later@place.example"}, map[string]string{"minor": "yes"})
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.expectDue(nil)
	h.wait(week)
	h.expectDue(map[string][2]int{"unasked": {1, 0}})
	before := h.entries()
	h.expectDue(map[string][2]int{"unasked": {1, 0}}) // a preview changes nothing
	if h.entries() != before {
		t.Error("a preview wrote something")
	}
	h.retain()
	if files := h.found(mark); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	h.expectDue(nil)
	h.contact("later@place.example")
	h.contact(person(0))
}

// TestNobodyIsDueByVerdictsOfADayToCome: who asks what the base will be worth in ten years does not lose it today.
func TestNobodyIsDueByVerdictsOfADayToCome(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2})
	h.importRows([]string{marked}, map[string]string{"minor": "yes"})
	h.wait(5 * week)
	s, err := h.app.Audit(t.Context(), AuditOptions{AsOf: "2036-01-01"})
	h.must(err)
	if s.Classes[campaign.Unusable] != 3 {
		t.Fatalf("on that day %v", s.Classes)
	}
	h.expectDue(nil)
	r, err := h.app.ApplyRetention(t.Context())
	h.must(err)
	if r.Rules[0].Rule != campaign.KeepUnasked || r.Rules[0].AsOf != "2036-01-01" || r.People > 0 {
		t.Errorf("%+v", r)
	}
	l, err := h.app.Contacts(t.Context(), ContactQuery{Page: Page{Limit: 100}})
	h.must(err)
	if day, err := h.app.OtherDay(t.Context()); err != nil || day != "2036-01-01" || l.AsOf != day || len(l.Contacts) < 3 {
		t.Errorf("listed as of %q, which is said to be %q: %v", l.AsOf, day, err)
	}
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if day, err := h.app.OtherDay(t.Context()); err != nil || day != "" {
		t.Errorf("today is another day, %q: %v", day, err)
	}
	h.expectDue(map[string][2]int{"unasked": {1, 0}})
}

func TestRetentionOfWhoDidNotAnswer(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{emails: []string{marked, person(1), person(2)}})
	h.start(spring).send()
	h.says(person(1), "newsletter.email")
	h.says(person(2))
	_, err := h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	h.wait(4 * week)
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.expectDue(nil)
	h.wait(week)
	h.expectDue(map[string][2]int{"silent": {1, 1}, "refused": {1, 3}})
	link := h.page(marked)
	h.retain()
	if files := h.found("kanarie"); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	if w := h.do("GET", link, nil); w.Code != 404 {
		t.Errorf("the link: %d", w.Code)
	}
	h.importPeople([]string{marked})
	h.importPeople([]string{"fresh@place.example"})
	h.approve("autumn", nil)
	h.start("autumn").send()
	if h.accepted()[marked] != 1 {
		t.Error("asked again")
	}
	h.contact(person(1))
	h.view(func(r campaign.Reader) error {
		if _, err := h.app.find(r, person(2)); !fault.Is(err, fault.NotFound) {
			t.Errorf("who said no was promised to be deleted, and is still there: %v", err)
		}
		return nil
	})
	h.importPeople([]string{person(2)})
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if h.accepted()[person(2)] != 1 || h.contact(person(2)).Verdict.Class == campaign.Doubtful {
		t.Error("a no is forgotten with the person")
	}
}

// Whoever agreed and took it back is erased as promised after a no, by whichever way the no came; of the yes and of its withdrawal the
// least is kept. A yes that stands beside a withdrawn one keeps them.
func TestWhoWithdrewIsErasedAsWhoRefused(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{emails: []string{marked, person(1), person(2), person(3)}, channels: both})
	h.start(spring).send()
	for _, email := range []string{marked, person(1), person(2), person(3)} {
		h.says(email, "newsletter.email")
		h.wait(time.Hour)
	}
	h.says(marked)
	h.oneClick(person(1))
	_, err := h.app.Suppress(t.Context(), person(2), "called us")
	h.must(err)
	h.wait(week)
	h.post(h.page(person(3)), http.StatusSeeOther, "form", h.opened(h.page(person(3))), "change", "newsletter.sms", "to", "yes", "confirmed", "yes")
	h.wait(time.Hour)
	h.post(h.page(person(3)), http.StatusSeeOther, "form", h.opened(h.page(person(3))), "change", "newsletter.email", "to", "no")
	_, err = h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	h.wait(3 * week)
	h.expectDue(nil)
	h.wait(2 * week)
	h.expectDue(map[string][2]int{"refused": {3, -1}})
	h.retain()
	h.expectDue(nil)
	if files := h.found("kanarie"); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	h.contact(person(3))
	for _, email := range []string{marked, person(1), person(2)} {
		if !h.suppressed(email) {
			t.Errorf("%s: a no is forgotten with the person", email)
		}
	}
	states := map[string]int{}
	for _, doc := range h.payloads()[string(campaign.EntryArchived)] {
		for _, s := range along(doc, "records[].decisions[].state") {
			states[s.(string)]++
		}
	}
	if states["granted"] != 3 || states["withdrawn"] != 2 {
		t.Errorf("kept of a yes and its withdrawal are %v", states)
	}
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
		t.Errorf("%+v %v", r, err)
	}
}

func TestRetentionOfProofs(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4, promised: "12y"})
	h.relays(func(e smtptest.Event) smtptest.Step { return smtptest.Step{} })
	h.start(spring).send()
	h.says(person(0), "newsletter.email")
	h.says(person(1))
	h.says(person(2), "newsletter.email")
	_, err := h.app.Desk.Request(t.Context(), h.invitation(person(0)).Link, campaign.CaseAccess)
	h.must(err)
	_, err = h.app.CloseCase(t.Context(), "1", "sent")
	h.must(err)
	h.erase(person(2))
	_, err = h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	h.wait(37 * 31 * 24 * time.Hour)
	h.expectDue(map[string][2]int{"silent": {1, 1}, "refused": {1, 3}, "cases": {0, 2}, "request": {0, 1}})
	h.wait(25 * 31 * 24 * time.Hour)
	// The least of an erased person's yes, too; who agrees keeps the proof of that. Whoever leaves the base leaves no proof to go.
	h.expectDue(map[string][2]int{"silent": {1, 1}, "refused": {1, 3}, "cases": {0, 2}, "request": {0, 1}, "archive": {0, 1}})
	asked, err := h.app.OpenCase(t.Context(), person(1), "access", campaign.DateOf(h.clock()).String(), "by letter")
	h.must(err)
	h.expectDue(map[string][2]int{"silent": {1, 1}, "cases": {0, 2}, "request": {0, 2}, "archive": {0, 1}}) // what they ask to see stays
	_, err = h.app.CloseCase(t.Context(), strconv.FormatInt(asked.ID, 10), "sent")
	h.must(err)
	says := h.due()
	if got := h.retain(); !maps.Equal(got, says) { // somebody and their answer stand in several rules
		t.Errorf("the preview says %v, and then it is %v", says, got)
	}
	h.expectDue(nil)
	var kept []string
	h.view(func(r campaign.Reader) error {
		ts, err := r.TestimoniesOf(h.id(r, person(0)))
		for _, e := range ts {
			if e.Payload != nil {
				kept = append(kept, string(e.Kind))
			}
		}
		return err
	})
	if !strings.Contains(strings.Join(kept, " "), "answered") {
		t.Errorf("of who agrees only %v is kept", kept)
	}
	if !h.suppressed(person(1)) {
		t.Error("a no has no end")
	}
}

// What the request of an answer said of itself goes after a year; the proof of the answer stays, and verifies.
func TestRetentionOfRequests(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.says(person(0), "newsletter.email")
	h.says(person(1), "newsletter.email")
	requests := func() (n int) {
		for _, doc := range h.payloads()[string(campaign.EntryRequest)] {
			if len(along(doc, "request.ua_family")) > 0 {
				n++
			}
		}
		for _, doc := range h.payloads()[string(campaign.EntryAnswered)] {
			if len(along(doc, "request")) > 0 {
				t.Error("the answer's own entry holds it too")
			}
		}
		return n
	}
	if n := requests(); n != 2 {
		t.Fatalf("%d are kept", n)
	}
	h.wait(11 * 30 * 24 * time.Hour)
	h.expectDue(nil)
	h.wait(2 * 31 * 24 * time.Hour)
	h.expectDue(map[string][2]int{"request": {0, 2}})
	h.must(h.app.keep(t.Context())) // the nightly job does it, whatever holds of people
	h.expectDue(nil)
	if n := requests(); n != 0 {
		t.Errorf("%d are kept after a year", n)
	}
	if n := len(h.payloads()[string(campaign.EntryAnswered)]); n != 2 {
		t.Errorf("%d answers are proven", n)
	}
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
		t.Errorf("%+v %v", r, err)
	}
}

// Who was asked and did not answer is erased by the server as every message promises, and who was never asked is
// proposed, unless the server may erase them too.
func TestSilentPeopleAreErasedAsPromisedAndUnaskedOnesProposed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for _, people := range []string{"", config.ProposePeople, config.ErasePeople} {
		h := newHouse(t, plan{people: 2, retained: func(r *config.Retention) {
			if people != "" { // else the default
				r.People = people
			}
		}})
		h.importRows([]string{marked}, map[string]string{"minor": "yes"})
		_, err := h.app.Audit(t.Context(), AuditOptions{})
		h.must(err)
		h.start(spring).send()
		h.says(person(1), "newsletter.email")
		_, err = h.app.CloseCampaign(t.Context(), spring)
		h.must(err)
		h.wait(5 * week)
		due := map[string][2]int{"unasked": {1, -1}, "silent": {1, 1}}
		h.expectDue(due)
		h.logged = &heard{}
		h.reopen()
		h.must(h.app.keep(t.Context()))
		if people == config.ErasePeople {
			h.expectDue(nil)
			continue
		}
		h.expectDue(map[string][2]int{"unasked": {1, 0}})
		if !strings.Contains(h.logged.String(), "nobody has erased yet: reoptin retention apply\" people=1") {
			t.Errorf("nobody is told: %s", h.logged.String())
		}
		if got := h.retain(); got["unasked"][0] != 1 || len(got) != 1 {
			t.Errorf("a named person: %v", got)
		}
		h.expectDue(nil)
	}
}

// On a machine that is off at night nobody was ever erased, as every message promises.
func TestWhoIsDueIsErasedByDayWhereTheNightWasMissed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	_, err := h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	h.wait(5 * week)
	kicked := 0
	missed := func(want int) {
		t.Helper()
		h.must(h.app.keepMissed(t.Context(), func(job string) error {
			if job != jobRetention {
				t.Errorf("%s is to run", job)
			}
			kicked++
			return h.app.keep(t.Context())
		}))
		if kicked != want {
			t.Errorf("ran %d times, want %d", kicked, want)
		}
	}
	missed(0) // the first day is for looking
	h.expectDue(map[string][2]int{"silent": {2, -1}})
	h.wait(24 * time.Hour)
	missed(0)
	h.wait(time.Hour)
	h.reopen()
	missed(0) // the clock may be set right yet
	h.wait(time.Hour)
	missed(1)
	h.expectDue(nil)
	missed(1)
	h.wait(24 * time.Hour)
	h.must(h.app.keep(t.Context())) // a night that was not missed
	h.wait(2 * time.Hour)
	missed(1)
	h.sets(-10 * year) // the clock was ahead
	missed(1)
	h.sets(25 * time.Hour)
	missed(2)
}

// What the night erases is gone for good: a clock that has just jumped ahead makes nobody old enough for it.
func TestAClockThatJumpsAheadErasesNobody(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2, retained: func(r *config.Retention) { r.People = config.ErasePeople }})
	h.logged = &heard{}
	h.reopen()
	h.start(spring).send()
	_, err := h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	due := map[string][2]int{"silent": {2, -1}}
	h.sets(10 * year)
	h.expectDue(due)
	for _, later := range []time.Duration{0, 59 * time.Minute} { // before and after the sender has noticed
		h.wait(later)
		h.must(h.app.keep(t.Context()))
		h.expectDue(due)
		h.send()
	}
	if n := strings.Count(h.logged.String(), "nothing is erased for its age"); n != 2 {
		t.Errorf("said %d times:\n%s", n, h.logged)
	}
	h.wait(time.Minute)
	h.send().wait(time.Hour)
	h.must(h.app.keep(t.Context()))
	h.expectDue(nil)
}

// A privacy officer counts and erases from the page, under their name.
func TestRetentionFromThePage(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2})
	h.importRows([]string{marked}, map[string]string{"minor": "yes", "last_name": mark})
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.wait(5 * week)
	paula := h.person("paula", account.PrivacyOfficer)
	w := h.sends(paula, "/admin/rights/retention")
	shown := regexp.MustCompile(`name="shown" value="([0-9a-f]{64})"`).FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || shown == nil || len(h.found(mark)) == 0 {
		t.Fatalf("%d", w.Code)
	}
	if w := h.sends(paula, "/admin/rights/retention/apply", "number", "1", "shown", shown[1]); w.Header().Get("Location") != "/admin/rights?done=retained" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	var erased struct{ Actor campaign.Actor }
	h.last(campaign.EntryErased, &erased)
	if files := h.found(mark); len(files) > 0 || erased.Actor.Name != "paula" {
		t.Errorf("still found in %v, erased by %+v", files, erased.Actor)
	}
}

// A kill between two transactions leaves what is done done, and the next time does the rest.
func TestRetentionIsKilled(t *testing.T) {
	if !failpoint.Enabled {
		t.Skip("needs -tags failpoint")
	}
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	var minors []string
	for n := range 230 {
		minors = append(minors, "minor"+person(n))
	}
	h.importRows(minors, map[string]string{"minor": "yes"})
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.wait(5 * week)
	h.mu.Lock()
	h.point = func(name string) {
		if name == "retention.after-batch" {
			panic(name)
		}
	}
	h.mu.Unlock()
	func() {
		defer func() { _ = recover() }()
		_, _ = h.app.ApplyRetention(context.Background())
		t.Error("the mark was not passed")
	}()
	h.mu.Lock()
	h.point = nil
	h.mu.Unlock()
	h.reopen()
	h.expectDue(map[string][2]int{"unasked": {130, 0}})
	if got := h.retain(); got["unasked"][0] != 130 {
		t.Error(got)
	}
	h.expectDue(nil)
	if got := h.retain(); len(got) != 0 {
		t.Errorf("again: %v", got)
	}
}
