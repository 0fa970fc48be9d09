package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// agreed is a house in which somebody said yes on the form, which told them that data are kept for 36 months after it, and gives the
// last day of these.
func agreed(t *testing.T) (h *house, who string, last campaign.Date) {
	t.Helper()
	h, who = newHouse(t, plan{people: 2}).start(spring).send(), person(0)
	h.says(who, "newsletter.email")
	last = campaign.DateOf(h.clock()).AddMonths(36)
	_, err := h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	return h, who, last
}

// reach passes the time until the noon of a day.
func (h *house) reach(day campaign.Date) {
	h.t.Helper()
	h.wait(day.Time().Add(12 * time.Hour).Sub(h.clock()))
}

// inFile reports whether somebody stands in the file of the consents, and in that of the base, for a program.
func (h *house) inFile(preset, who string) [2]bool {
	h.t.Helper()
	var in [2]bool
	for n, consents := range []bool{true, false} {
		_, text := h.exports(preset, consents)
		in[n] = strings.Contains(text, who)
	}
	return in
}

// TestAYesIsNoneOnceItsPromisedTimeIsOver: on the last day it is one everywhere, on the next nowhere, and what was handed on as a yes
// stands in the files of noes.
func TestAYesIsNoneOnceItsPromisedTimeIsOver(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h, who, last := agreed(t)
	h.reach(last)
	if got := h.stands(who, "newsletter", "email"); got != "granted" {
		t.Errorf("on the last day %s", got)
	}
	if v := h.nowJudged(who); v.Class != campaign.OptedIn {
		t.Errorf("on the last day %+v", v)
	}
	yes, no := [2]bool{true, true}, [2]bool{}
	if h.inFile("brevo", who) != yes || h.inFile("brevo-blocklist", who) != no {
		t.Error("on the last day the files say something else")
	}
	h.reach(last.AddDays(1))
	line := h.consentLines(who)
	if len(line) != 1 || !strings.Contains(line[0], ",withdrawn,"+last.AddDays(1).String()) || !strings.HasSuffix(line[0], ",expired") {
		t.Errorf("after it %q", line)
	}
	if v := h.nowJudged(who); v.Class != campaign.Unusable || v.Code != "T-22" || !strings.Contains(strings.Join(v.Reasons, " "), last.String()) {
		t.Errorf("after it %+v", v)
	}
	if h.inFile("brevo", who) != no || h.inFile("brevo-blocklist", who) != yes || h.inFile("mailchimp-nonsubscribed", who) != no {
		t.Error("after it the files say something else")
	}
	if page := h.shows("/p/", link.Preferences, who); !strings.Contains(page, "the time of your yes is over") {
		t.Errorf("the page says %s", page)
	}
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
		t.Errorf("%+v %v", r, err)
	}
}

// TestWhoseYesIsOverIsProposed: the server counts them and leaves them to a named person; where it may erase, it does. The proof of the
// yes outlives it as that of one that was taken back does.
func TestWhoseYesIsOverIsProposed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h, who, last := agreed(t)
	h.reach(last)
	h.retain() // whoever was silent, requests, words of servers
	h.expectDue(nil)
	h.reach(last.AddDays(1))
	h.expectDue(map[string][2]int{"expired": {1, -1}})
	r, err := h.app.retain(t.Context(), campaign.Machine, false)
	h.must(err)
	if r.Proposed != 1 || r.People != 0 {
		t.Errorf("by itself: %+v", r)
	}
	h.contact(who)
	if due, done := h.due(), h.retain(); due["expired"] != done["expired"] {
		t.Errorf("counted %v, done %v", due, done)
	}
	if files := h.found(who); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	var kept []string
	for _, doc := range h.payloads()[string(campaign.EntryArchived)] {
		for _, day := range along(doc, "records[].kept_until") {
			kept = append(kept, day.(string))
		}
	}
	if want := campaign.DateOf(last.AddDays(1).Time().AddDate(0, 60, 0)).String(); !slices.Equal(kept, []string{want}) {
		t.Errorf("the least is kept until %v, want %s", kept, want)
	}
}

// TestAYesOnPaperAfterTheEndStands: it is one of its own. And nobody was told a time by a paper that answers no message of ours.
func TestAYesOnPaperAfterTheEndStands(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h, who, last := agreed(t)
	const other = "counter@d9.example"
	h.importRows([]string{other}, nil)
	h.onPaper(other, "newsletter.email=yes")
	h.reach(last.AddDays(1))
	h.onPaper(who, "newsletter.email=yes")
	for _, one := range []string{who, other} {
		if got, v := h.stands(one, "newsletter", "email"), h.nowJudged(one); got != "granted" || v.Class != campaign.OptedIn {
			t.Errorf("%s: %s, %+v", one, got, v)
		}
		if got := h.inFile("brevo", one); got != [2]bool{true, true} {
			t.Errorf("%s stands in the files %v", one, got)
		}
	}
	if due := h.due(); due["expired"] != [2]int{} {
		t.Errorf("due are %v", due)
	}
	h.reach(last.AddDays(1).AddMonths(36).AddDays(1)) // it answers our message, which said the time
	if got := h.stands(who, "newsletter", "email"); got != "withdrawn" {
		t.Errorf("36 months later %s", got)
	}
	if got := h.stands(other, "newsletter", "email"); got != "granted" {
		t.Errorf("36 months later the other is %s", got)
	}
}
