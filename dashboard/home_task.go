package dashboard

import (
	"net/url"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/templates/board"
)

// task adds something that waits. Whoever may not do it reads who does, and is led there only if they may look on. A
// page that is not there is no link.
func (v *visit) task(h *board.Home, id, path string, right account.Right, t board.Task) {
	t.ID = "task-" + id
	if target, err := url.Parse(path); err == nil && v.d.leadsTo(target.Path, v.may) {
		t.Href = v.d.href(path)
	}
	if !v.may(right) {
		t.Text += " " + v.P.T(does(right))
	}
	h.Tasks = append(h.Tasks, t)
}

// leadsTo reports whether a page is there for somebody.
func (d *Dashboard) leadsTo(path string, may func(account.Right) bool) bool {
	for _, r := range d.table {
		if r.method == get && fits(r.path, path) {
			return may(r.right)
		}
	}
	return false
}

// does is the key of the sentence that says who has a right.
func does(right account.Right) string {
	switch right {
	case account.Settings:
		return "board.task.by_administrator"
	case account.Import, account.Edit:
		return "home.by.marketer"
	case account.Erase, account.Sign:
		return "home.by.officer"
	case account.Proofs:
		return "home.by.proofs"
	}
	return "board.task.by_approver"
}

// rightsPath is the page of what people asked for by right.
const rightsPath = "/rights"

// homeCases tells what people asked for by right. It is grave once a day was missed.
func (v *visit) homeCases(h *board.Home, f campaign.CaseFigures) {
	if f.Open == 0 {
		return
	}
	t := board.Task{Title: v.P.N("home.cases.title", f.Open), Text: v.P.T("home.cases.due", "day", v.P.Date(f.Due)), Grave: f.Overdue > 0}
	if f.Overdue > 0 {
		t.Text = v.P.N("home.cases.overdue", f.Overdue)
	}
	v.task(h, "cases", rightsPath, account.Erase, t)
}

// homeStock tells what only going through the whole base finds, as of when somebody last did. Whom a campaign that was started since
// planned to ask is not told of as if nobody had.
func (v *visit) homeStock(h *board.Home, o campaign.Outline) {
	s := o.Stock
	if s.At.IsZero() {
		return
	}
	if slices.ContainsFunc(o.Campaigns, func(c campaign.CampaignOutline) bool { return c.StartedAt.After(s.At) }) {
		s.Unasked = 0
	}
	as := " " + v.P.T("home.counted", "at", v.P.DateTime(s.At))
	if s.Unasked > 0 {
		v.task(h, "unasked", "/campaigns", account.Edit, board.Task{Title: v.P.N("home.unasked.title", s.Unasked), Text: v.P.T("home.unasked.text") + as})
	}
	if s.Ending > 0 {
		v.task(h, "ending", "/base/contacts?class="+string(campaign.OptedIn), account.Edit,
			board.Task{Title: v.P.N("home.ending.title", s.Ending, "day", v.P.Date(s.Ends.Time())), Text: v.P.T("home.ending.text") + as})
	}
	if s.Over > 0 {
		v.task(h, "over", rightsPath, account.Erase, board.Task{Title: v.P.N("home.over.title", s.Over), Text: v.P.T("home.over.text") + as, Grave: true})
	}
}

// asking reports whether a campaign has been started: from then on there is something to prove.
func asking(cs []campaign.CampaignOutline) bool {
	for _, c := range cs {
		if c.Status != campaign.Draft && c.Status != campaign.Approved {
			return true
		}
	}
	return false
}

// verifyEvery is how often somebody should have the ledger recomputed.
const verifyEvery = 30 * 24 * time.Hour

// homeLedger tells how it stands about the ledger, and what of that needs a person.
func (v *visit) homeLedger(h *board.Home, w Watch, asking bool) {
	never := v.P.T("home.ledger.never")
	signed, verified := never, never
	if !w.SignedAt.IsZero() {
		signed = v.P.DateTime(w.SignedAt)
	}
	switch {
	case w.Faults > 0:
		verified = v.P.N("home.ledger.failed", w.Faults, "at", v.P.DateTime(w.VerifiedAt))
	case !w.VerifiedAt.IsZero():
		verified = v.P.T("home.ledger.held", "at", v.P.DateTime(w.VerifiedAt))
	}
	h.Ledger = []board.Pair{{Term: v.P.T("home.ledger.entries"), Text: v.P.Number(int(w.Size))}, {Term: v.P.T("home.ledger.signed"), Text: signed},
		{Term: v.P.T("home.ledger.verified"), Text: verified}}
	proof := func(key string, grave bool) {
		v.task(h, key, "/proof", account.Proofs, board.Task{Title: v.P.T("home." + key + ".title"), Text: v.P.T("home." + key + ".text"), Grave: grave})
	}
	switch {
	case w.Faults > 0:
		proof("damaged", true)
	case asking && v.d.clock().Sub(w.VerifiedAt) > verifyEvery:
		proof("unverified", false)
	}
	if w.Unsigned {
		proof("unsigned", true)
	}
	switch {
	case w.Late:
		proof("late", true)
	case asking && !w.Kept:
		v.task(h, "unkept", "/organisation", account.Settings, board.Task{Title: v.P.T("home.unkept.title"), Text: v.P.T("home.unkept.text")})
	}
}
