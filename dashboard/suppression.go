package dashboard

import (
	"net/http"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// suppressionsPage is how many acts a page lists.
const suppressionsPage = 50

// neverWrite is what the page says beside its list.
type neverWrite struct {
	add, check   string // what is wrong with a form
	address, why string // what was typed into the form to add
	asked        string // the address that was asked for
	answer       *board.Answer
}

// showSuppressions lists what was put on the never-write list.
func (d *Dashboard) showSuppressions(v *visit) error {
	return v.suppressionPage(http.StatusOK, campaign.EntryNo(number(v.QueryParam("before"))), neverWrite{})
}

// suppress puts an address on the never-write list.
func (d *Dashboard) suppress(v *visit) error {
	n := neverWrite{address: v.word("address"), why: v.word("why")}
	if n.why == "" {
		n.add = v.P.T("board.suppressions.no_reason")
		return v.suppressionPage(http.StatusUnprocessableEntity, 0, n)
	}
	added, err := d.desk.SuppressAddress(v.ctx(), v.actor(), campaign.Address(n.address), n.why)
	switch {
	case fault.Is(err, fault.Invalid):
		n.add = v.sentence(err)
		return v.suppressionPage(http.StatusUnprocessableEntity, 0, n)
	case err != nil:
		return err
	case !added:
		return v.done("/suppressions", "suppressed_before")
	}
	return v.done("/suppressions", "suppressed")
}

// checkSuppression says whether an address stands on the list. It is a POST, so that no address stands in
// a log or a history.
func (d *Dashboard) checkSuppression(v *visit) error {
	v.path = "/suppressions"
	n := neverWrite{asked: v.word("asked")}
	s, err := d.desk.Suppressed(v.ctx(), campaign.Address(n.asked))
	switch {
	case fault.Is(err, fault.Invalid):
		n.check = v.sentence(err)
		return v.suppressionPage(http.StatusUnprocessableEntity, 0, n)
	case err != nil:
		return err
	case s == nil:
		n.answer = &board.Answer{Text: v.P.T("board.suppressions.not_listed", "address", n.asked)}
	default:
		n.answer = &board.Answer{Text: v.P.T("board.suppressions.listed", "address", n.asked), Listed: true, Pairs: v.suppressionPairs(*s)}
	}
	return v.suppressionPage(http.StatusOK, 0, n)
}

func (v *visit) suppressionPairs(s campaign.Suppression) []board.Pair {
	return []board.Pair{{Term: v.P.T("board.suppressions.reason"), Text: v.why(s.Reason)}, {Term: v.P.T("board.suppressions.source"), Text: v.origin(s.Reason, s.Source)},
		{Term: v.P.T("board.suppressions.at"), Text: v.P.DateTime(s.At)}}
}

func (v *visit) why(r campaign.SuppressionReason) string {
	return v.P.Or("board.suppressed."+string(r), string(r))
}

// origin is where a line of the list comes from: a person and a file are called by their names.
func (v *visit) origin(r campaign.SuppressionReason, source string) string {
	if r == campaign.SuppressManual || r == campaign.SuppressImported {
		return source
	}
	return v.said(source)
}

func (v *visit) suppressionPage(status int, before campaign.EntryNo, n neverWrite) error {
	as, more, err := v.d.desk.SuppressionActs(v.ctx(), before, suppressionsPage)
	if err != nil {
		return err
	}
	p := board.Suppressions{Frame: v.frame(v.P.T("board.suppressions.title")), Answer: n.answer,
		Check: board.SuppressionForm{Action: v.d.href("/suppressions/check"), Problem: n.check, Fields: []board.Field{
			{Name: "asked", Label: v.P.T("board.suppressions.address"), Kind: "email", Value: n.asked, Autocomplete: "off", Required: true}}}}
	if v.may(account.Suppress) {
		p.Add = &board.SuppressionForm{Action: v.d.href("/suppressions"), Problem: n.add, Fields: []board.Field{
			{Name: "address", Label: v.P.T("board.suppressions.address"), Kind: "email", Value: n.address, Autocomplete: "off", Required: true},
			{Name: "why", Label: v.P.T("board.suppressions.because"), Value: n.why, Hint: v.P.T("board.suppressions.because_hint"), Autocomplete: "off", Required: true}}}
	}
	for _, a := range as {
		p.Lines = append(p.Lines, v.suppressionLine(a))
	}
	if len(as) == 0 {
		p.None = &board.Empty{Title: v.P.T("board.suppressions.none"), Text: v.P.T("board.suppressions.none_text")}
	}
	if before > 0 {
		p.Pages.Newer = board.Link{Label: v.P.T("board.pages.newest"), Href: v.d.href("/suppressions")}
	}
	if more {
		p.Pages.Older = board.Link{Label: v.P.T("board.pages.older"), Href: v.d.href("/suppressions") + "?before=" + strconv.FormatInt(int64(as[len(as)-1].Entry), 10)}
	}
	body, err := board.SuppressionsHTML(p)
	return v.show(status, body, err)
}

func (v *visit) suppressionLine(a campaign.SuppressionAct) board.SuppressionLine {
	l := board.SuppressionLine{At: v.P.DateTime(a.At), Reason: v.why(a.Reason), Source: v.origin(a.Reason, a.Source), Keys: v.P.Number(a.Keys),
		Kind: board.Badge{Kind: "bad", Text: v.P.T("board.suppressions.added")}}
	if a.Lifts {
		l.Kind = board.Badge{Kind: "good", Text: v.P.T("board.suppressions.lifted")}
	}
	return l
}
