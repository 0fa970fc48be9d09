package app

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// Nobody who may not be written to stays for ever: whom no message reached, who was withheld, and who said no by voice alone or beside
// their silence were due by no rule.
func TestEverybodyWhoMayNotBeWrittenToIsDueSomeDay(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const refused, withheld, told, silent, answered, agrees = "p0@place.example", "p1@place.example", "p2@place.example", "p3@place.example", "p4@place.example", "p5@place.example"
	h := newHouse(t, plan{emails: []string{refused, withheld, silent, answered, agrees}, channels: both})
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Rcpt && strings.Contains(e.To, refused) {
			return smtptest.Step{Reply: "550 5.1.1 no such user"}
		}
		return smtptest.Step{}
	})
	h.start(spring)
	_, err := h.app.Suppress(t.Context(), withheld, "told us at the counter")
	h.must(err)
	h.send()
	h.says(answered)
	h.says(agrees, "newsletter.email")
	h.importRows([]string{told}, nil)
	h.byVoice(told, "newsletter.email=no")
	h.byVoice(silent, "newsletter.phone=no")
	_, err = h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.expectDue(nil)
	h.wait(400 * 24 * time.Hour)
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.retain()
	for _, gone := range []string{refused, withheld, told, silent, answered} {
		if files := h.found(gone); len(files) > 0 {
			t.Errorf("%s is still found in %v: %+v", gone, files, h.contact(gone).Verdict)
		}
	}
	h.contact(agrees)
}

// A no by voice beside silence counts from the end of the campaign, as the silence does.
func TestSilenceBesideANoByVoiceIsKeptUntilTheCampaignIsOver(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.byVoice(person(0), "newsletter.phone=no")
	h.wait(3 * week)
	_, err := h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	h.wait(2 * week)
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.expectDue(nil)
	h.wait(3 * week)
	h.expectDue(map[string][2]int{"refused": {1, -1}})
}

func (h *house) byVoice(who string, decisions ...string) {
	h.t.Helper()
	_, err := h.app.RecordByHand(h.t.Context(), ByHand{Contact: who, By: "voice", Decisions: decisions, On: campaign.DateOf(h.clock()).String()})
	h.must(err)
}

// A yes of six years ago that stood until it was erased, or was taken back a month before, has to be proven for five years more; and
// what is kept for that goes on the day that it says.
func TestTheProofOfALongYesOutlivesTheErasure(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, promised: "12y"}).start(spring).send()
	for n := range 3 {
		h.says(person(n), "newsletter.email")
	}
	_, err := h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	h.wait(6 * 366 * 24 * time.Hour)
	h.oneClick(person(1))
	h.wait(week)
	if e := h.erase(person(0)); e.Archived != 1 {
		t.Errorf("of a yes that stood until today %d answers are kept", e.Archived)
	}
	h.wait(5 * week)
	h.expectDue(map[string][2]int{"refused": {1, -1}, "request": {0, 1}})
	h.retain()
	kept := map[string]int{} // by the day until which
	for _, doc := range h.payloads()[string(campaign.EntryArchived)] {
		for _, day := range along(doc, "records[].kept_until") {
			kept[day.(string)]++
		}
	}
	if len(kept) != 2 || kept[campaign.DateOf(h.clock().AddDate(0, 60, 0).Add(-5*week)).String()] != 1 {
		t.Errorf("kept are %v", kept)
	}
	h.wait(5*366*24*time.Hour - 6*week) // a day or two after the first no is five years old
	h.expectDue(map[string][2]int{"archive": {0, 1}})
	h.wait(2 * week)
	h.expectDue(map[string][2]int{"archive": {0, 2}})
	h.retain()
	raw, err := json.Marshal(h.payloads()[string(campaign.EntryArchived)])
	h.must(err)
	if strings.Contains(string(raw), "granted") {
		t.Errorf("kept for longer than was said: %s", raw)
	}
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
		t.Errorf("%+v %v", r, err)
	}
}

// A period of 0 has no end; an access file said of it that it is over at once.
func TestAPeriodWithoutEndIsGivenAsOne(t *testing.T) {
	t.Parallel()
	unwatched(t)
	got := periods(campaign.Retention{Silent: 30 * day, Proof: 60, Cases: 36, Request: 12})
	for name, want := range map[string]string{"not_asked": "without end", "returned_messages": "without end", "unanswered": "30 days after the end of the campaign"} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}
