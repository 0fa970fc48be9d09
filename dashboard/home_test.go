package dashboard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
)

// taskLine is the line of a task, nil where there is none.
func taskLine(page *html.Node, title string) *html.Node {
	for _, list := range find(page, "ul", "class", "tasks") {
		for _, li := range find(list, "li", "", "") {
			if strings.Contains(text(li), title) {
				return li
			}
		}
	}
	return nil
}

// TestTheFirstPageTellsWhatNeedsAPerson: each thing that waits is a line that leads where it is done, grave if it may not
// wait, and says who does it to whoever may not.
func TestTheFirstPageTellsWhatNeedsAPerson(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC) // of the house
	stock := func(s campaign.Stock) func(*desk) {
		s.At, s.Ends = now, campaign.NewDate(2026, 5, 9)
		return func(d *desk) { d.outline.Stock = s }
	}
	watch := func(w dashboard.Watch) func(*desk) {
		return func(d *desk) {
			d.watch = w
			d.campaigns = []campaign.Campaign{{Name: "spring", Status: campaign.Running}}
		}
	}
	cases := func(f campaign.CaseFigures) func(*desk) { return func(d *desk) { d.outline.Cases = f } }
	fine := dashboard.Watch{Size: 9, SignedAt: now, VerifiedAt: now, Kept: true}
	with := func(change func(*dashboard.Watch)) dashboard.Watch { w := fine; change(&w); return w }
	for title, tt := range map[string]struct {
		set   func(*desk)
		role  account.Role // that does it
		way   string
		says  string
		grave bool
		other string // what somebody reads who may only look
	}{
		"1,200 doubtful contacts have not been asked yet": {stock(campaign.Stock{Unasked: 1200}), account.Marketer, "/admin/campaigns", "Counted 10 March 2026", false, "A marketer"},
		"3 consents end or grow too old by 9 May 2026":    {stock(campaign.Stock{Ending: 3}), account.Marketer, "/admin/base/contacts?class=opted_in", "refresh", false, "A marketer"},
		"1 contact is kept longer than the rules allow":   {stock(campaign.Stock{Over: 1}), account.PrivacyOfficer, "/admin/rights", "counts them by rule", true, "A privacy officer"},
		"2 people ask to see":                             {cases(campaign.CaseFigures{Open: 2, Due: now.AddDate(0, 0, 3)}), account.PrivacyOfficer, "/admin/rights", "due by 13 March 2026", false, "A privacy officer"},
		"1 person asks to see":                            {cases(campaign.CaseFigures{Open: 1, Overdue: 1, Due: now.AddDate(0, 0, -1)}), account.PrivacyOfficer, "/admin/rights", "legal month is over", true, "A privacy officer"},
		"The ledger does not verify":                      {watch(with(func(w *dashboard.Watch) { w.Faults = 2 })), account.Approver, "/admin/proof", "found something changed", true, "An approver"},
		"The ledger waits for its verification":           {watch(with(func(w *dashboard.Watch) { w.VerifiedAt = now.AddDate(0, 0, -31) })), account.Approver, "/admin/proof", "recomputed", false, "An approver"},
		"New entries of the ledger are not signed":        {watch(with(func(w *dashboard.Watch) { w.Unsigned = true })), account.Approver, "/admin/proof", "every minute", true, "An approver"},
		"The head of the ledger was not given away":       {watch(with(func(w *dashboard.Watch) { w.Late = true })), account.Approver, "/admin/proof", "log of the server", true, "An approver"},
		"Nobody else keeps the head of the ledger":        {watch(with(func(w *dashboard.Watch) { w.Kept = false })), account.Administrator, "/admin/organisation", "data-protection officer", false, "An administrator"},
	} {
		h := newHouse(t)
		h.desk.base = campaign.Base{Contacts: 10, Classes: map[campaign.Class]int{campaign.Doubtful: 10}}
		if line := taskLine(parse(t, h.as(tt.role).get("/admin")), title); line != nil {
			t.Errorf("%s: before there is any", title)
		}
		tt.set(h.desk)
		line := taskLine(parse(t, h.as(tt.role).get("/admin")), title)
		if line == nil {
			t.Errorf("%s: there is no such line", title)
			continue
		}
		if !strings.Contains(text(line), tt.says) || strings.Contains(attr(line, "class"), "grave") != tt.grave || strings.Contains(text(line), tt.other) {
			t.Errorf("%s: %s (%s)", title, text(line), attr(line, "class"))
		}
		if links := find(line, "a", "", ""); tt.way == "" && len(links) > 0 || tt.way != "" && (len(links) != 1 || attr(links[0], "href") != tt.way) {
			t.Errorf("%s does not lead to %q", title, tt.way)
		}
		if seen := taskLine(parse(t, h.as(account.Viewer).get("/admin")), title); seen == nil || !strings.Contains(text(seen), tt.other) || slices.Contains([]string{"/admin/proof", "/admin/rights"}, tt.way) && len(find(seen, "a", "", "")) > 0 {
			t.Errorf("%s: whoever looks on does not read who does it", title)
		}
	}
}

func TestTheFirstPageShowsTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Viewer)
	if words := text(parse(t, b.get("/admin"))); !strings.Contains(words, "Entries 0 Last signed checkpoint None yet Last verification None yet") {
		t.Errorf("of an empty ledger it says %s", words)
	}
	h.desk.watch = dashboard.Watch{Size: 12345, SignedAt: h.clock(), VerifiedAt: h.clock(), Faults: 1}
	if words := text(parse(t, b.get("/admin"))); !strings.Contains(words, "Entries 12,345 Last signed checkpoint 10 March 2026, 09:00:00 UTC Last verification 1 fault (10 March 2026, 09:00:00 UTC)") {
		t.Errorf("it says %s", words)
	}
}

// TestWhomAStartedCampaignAsksIsNotToldOfAsForgotten: until the base is gone through again, its people would be counted as those whom
// no campaign planned to ask, beside the campaign that asked them.
func TestWhomAStartedCampaignAsksIsNotToldOfAsForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.desk.base = campaign.Base{Contacts: 10, Classes: map[campaign.Class]int{campaign.Doubtful: 10}}
	h.desk.outline.Stock = campaign.Stock{At: h.clock(), Unasked: 10, Ending: 3, Ends: campaign.NewDate(2026, 5, 9)}
	told := func(after time.Duration) (unasked, ending bool) {
		h.desk.campaigns = []campaign.Campaign{{Name: "spring", Status: campaign.Running, StartedAt: h.clock().Add(after)}}
		words := text(parse(t, h.as(account.Marketer).get("/admin")))
		return strings.Contains(words, "10 doubtful contacts have not been asked yet"), strings.Contains(words, "3 consents end")
	}
	if unasked, ending := told(-time.Minute); !unasked || !ending {
		t.Errorf("started before the count: %t, %t", unasked, ending)
	}
	if unasked, ending := told(time.Minute); unasked || !ending {
		t.Errorf("started after the count: %t, %t", unasked, ending)
	}
}
