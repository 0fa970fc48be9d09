package dashboard

import (
	"net/http"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// casesPage is how many cases a page lists, of the open ones and of those that are done.
const casesPage = 50

// showRights lists what people asked for by right, what is due first.
func (d *Dashboard) showRights(v *visit) error { return v.rightsPage(http.StatusOK, "", "") }

func (v *visit) rightsPage(status int, who, problem string) error {
	after, before := campaign.CaseID(number(v.QueryParam("after"))), campaign.CaseID(number(v.QueryParam("before")))
	open, moreOpen, err := v.d.desk.CaseCards(v.ctx(), campaign.CaseOpen, after, casesPage)
	if err != nil {
		return err
	}
	done, moreDone, err := v.d.desk.CaseCards(v.ctx(), campaign.CaseDone, before, casesPage)
	if err != nil {
		return err
	}
	p := board.Rights{Frame: v.frame(v.P.T("board.rights.title")), Find: board.Search{Action: v.d.href("/rights/find"), Who: who, Problem: problem}, Retention: v.d.href("/rights/retention")}
	for _, c := range open {
		p.Open = append(p.Open, v.caseLine(c))
	}
	for _, c := range done {
		p.Done = append(p.Done, v.caseLine(c))
	}
	if len(open) == 0 {
		p.None = &board.Empty{Title: v.P.T("board.rights.none"), Text: v.P.T("board.rights.none_text")}
	}
	here := v.d.href("/rights")
	if moreOpen {
		p.OpenPages.Older = board.Link{Label: v.P.T("board.pages.next"), Href: here + "?after=" + caseNumber(open[len(open)-1].ID)}
	}
	if after > 0 {
		p.OpenPages.Newer = board.Link{Label: v.P.T("board.pages.first"), Href: here}
	}
	if moreDone {
		p.DonePages.Older = board.Link{Label: v.P.T("board.pages.older"), Href: here + "?before=" + caseNumber(done[len(done)-1].ID)}
	}
	if before > 0 {
		p.DonePages.Newer = board.Link{Label: v.P.T("board.pages.newest"), Href: here}
	}
	body, err := board.RightsHTML(p)
	return v.show(status, body, err)
}

func caseNumber(id campaign.CaseID) string { return strconv.FormatInt(int64(id), 10) }

func casePath(id campaign.CaseID) string { return "/rights/" + caseNumber(id) }

func (v *visit) caseLine(c campaign.CaseCard) board.CaseLine {
	l := board.CaseLine{Href: v.d.href(casePath(c.ID)), Number: caseNumber(c.ID), Kind: v.P.T("board.rights.kind." + string(c.Kind)), Who: v.asker(c), Since: v.P.Date(c.OpenedAt),
		Due: v.P.Date(c.DueAt), Left: v.left(c.Case)}
	if c.Because != "" {
		l.Longer = v.P.T("board.rights.longer", "because", v.said(c.Because))
	}
	if c.State == campaign.CaseDone {
		l.Closed, l.Note = v.P.Date(c.ClosedAt), v.said(c.Note)
	}
	return l
}

// asker is who asked, as far as they are still known.
func (v *visit) asker(c campaign.CaseCard) string {
	switch {
	case c.Who.ID == 0:
		return v.P.T("board.responses.erased")
	case emailOf(c.Who) != "":
		return emailOf(c.Who)
	case nameOf(c.Who) != "":
		return nameOf(c.Who)
	}
	return v.P.T("board.contacts.number", "n", int64(c.Who.ID))
}

// soon is how many days before the last one a case is shown as pressing.
const soon = 7

// left says how much time there is for a case, or how late it is.
func (v *visit) left(c campaign.Case) board.Badge {
	const day = 24 * time.Hour
	now := v.d.clock()
	switch {
	case c.State == campaign.CaseDone && c.ClosedAt.After(c.DueAt):
		return board.Badge{Kind: "off", Text: v.P.T("board.rights.done_late")}
	case c.State == campaign.CaseDone:
		return board.Badge{Kind: "off", Text: v.P.T("board.rights.done")}
	case now.After(c.DueAt):
		return board.Badge{Kind: "bad", Text: v.P.N("board.rights.late", int(now.Sub(c.DueAt)/day)+1)}
	}
	days := int(c.DueAt.Sub(now) / day)
	if days < soon {
		return board.Badge{Kind: "wait", Text: v.P.N("board.rights.left", days)}
	}
	return board.Badge{Kind: "good", Text: v.P.N("board.rights.left", days)}
}

// findSubject leads to a person who asks without a case, by letter or at the counter. It is a POST, so that no
// address stands in a log or a history.
func (d *Dashboard) findSubject(v *visit) error {
	v.path = "/rights"
	who := v.word("who")
	id, err := d.desk.FindContact(v.ctx(), who)
	switch {
	case err == nil:
		return v.done(subjectPath(id, ""), "")
	case fault.Is(err, fault.Conflict):
		return v.rightsPage(http.StatusUnprocessableEntity, who, v.sentence(err))
	case !fault.Is(err, fault.NotFound):
		return err
	}
	// Nobody of the base; the ledger may know the address all the same.
	e, err := d.desk.EraseSubject(v.ctx(), v.actor(), who, "", true)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) || err == nil && e.Contact != 0 {
		return v.rightsPage(http.StatusUnprocessableEntity, who, v.P.T("board.contacts.nobody"))
	}
	if err != nil {
		return err
	}
	return v.erasePage(http.StatusOK, stranger(who), e, nil)
}

// showCase shows one case, and leads to what is to be done for it.
func (d *Dashboard) showCase(v *visit) error { return v.casePage(http.StatusOK, "", nil, more{}) }

func (v *visit) casePage(status int, note string, wrong error, m more) error {
	c, err := v.d.desk.CaseCard(v.ctx(), campaign.CaseID(number(v.param("case"))))
	if err != nil {
		return err
	}
	title := v.P.T("board.rights.case", "n", caseNumber(c.ID), "kind", v.P.T("board.rights.kind."+string(c.Kind)))
	p := board.Case{Frame: v.frame(title), Back: board.Link{Label: v.P.T("board.rights.title"), Href: v.d.href("/rights")}, Left: v.left(c.Case), Lead: v.P.T("board.rights.lead." + string(c.Kind)),
		Facts: known(board.Pair{Term: v.P.T("board.rights.who"), Text: v.asker(c)}, board.Pair{Term: v.P.T("board.rights.since"), Text: v.P.DateTime(c.OpenedAt)},
			board.Pair{Term: v.P.T("board.rights.due"), Text: v.P.Date(c.DueAt)}, board.Pair{Term: v.P.T("board.evidence.entry"), Text: strconv.FormatInt(int64(c.Entry), 10)})}
	p.Facts = append(p.Facts, known(board.Pair{Term: v.P.T("board.rights.entered_by"), Text: c.Entered.By}, board.Pair{Term: v.P.T("board.rights.how_came"), Text: v.said(c.Entered.Note)})...)
	v.extension(&p, c.Case, m)
	if c.State == campaign.CaseDone {
		p.Lead = v.P.T("board.rights.was_done")
		p.Facts = append(p.Facts, known(board.Pair{Term: v.P.T("board.rights.closed"), Text: v.P.DateTime(c.ClosedAt)}, board.Pair{Term: v.P.T("board.rights.note"), Text: v.said(c.Note)},
			board.Pair{Term: v.P.T("board.rights.closed_entry"), Text: strconv.FormatInt(int64(c.Closed), 10)})...)
	} else {
		p.Close = v.d.href(casePath(c.ID) + "/close")
		p.Note = board.Field{Name: "note", Label: v.P.T("board.rights.note"), Hint: v.P.T("board.rights.note_hint"), Value: note, Error: v.sentence(wrong), Required: true, Autocomplete: "off"}
		if c.Who.ID != 0 {
			p.Act = v.caseAct(c)
		}
	}
	if c.Who.ID != 0 {
		p.Person = &board.Link{Label: v.P.T("board.rights.person"), Href: v.d.href(subjectPath(c.Who.ID, ""))}
	}
	body, err := board.CaseHTML(p)
	return v.show(status, body, err)
}

// caseAct leads to what the person asked for.
func (v *visit) caseAct(c campaign.CaseCard) *board.Link {
	part := map[campaign.CaseKind]string{campaign.CaseAccess: "#access", campaign.CaseRectify: "/rectify", campaign.CaseErase: "/erase"}[c.Kind]
	return &board.Link{Label: v.P.T("board.rights.act." + string(c.Kind)), Href: v.d.href(subjectPath(c.Who.ID, "")) + part}
}

// closeCase says that what was asked for is done, or why not.
func (d *Dashboard) closeCase(v *visit) error {
	id, note := campaign.CaseID(number(v.param("case"))), v.word("note")
	v.path = "/rights"
	_, err := d.desk.CloseCase(v.ctx(), v.actor(), id, note)
	if fault.Is(err, fault.Invalid) {
		return v.casePage(http.StatusUnprocessableEntity, note, err, more{})
	}
	if err != nil {
		return err
	}
	return v.done("/rights", "case_closed")
}
