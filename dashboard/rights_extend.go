package dashboard

import (
	"net/http"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// more is what was entered to give a case more time, and is refused for wrong.
type more struct {
	until, because string
	wrong          error
}

// extension says on a case's page that it was extended and what the person must be told, and asks for more time where it can have some.
func (v *visit) extension(p *board.Case, c campaign.Case, m more) {
	tellBy := v.P.Date(c.TellBy().Time())
	if c.Because != "" {
		p.Facts = append(p.Facts, board.Pair{Term: v.P.T("board.rights.extended"), Text: v.said(c.Because)},
			board.Pair{Term: v.P.T("board.rights.extended_entry"), Text: strconv.FormatInt(int64(c.Extended), 10)})
		if c.State == campaign.CaseOpen {
			p.Tell = v.P.T("board.rights.tell", "day", tellBy, "due", v.P.Date(c.DueAt))
		}
	}
	if !c.Extendable(v.d.clock()) {
		return
	}
	p.Extend = &board.Extend{Action: v.d.href(casePath(c.ID) + "/extend"), Text: v.P.T("board.rights.extend_text", "day", tellBy), Problem: v.sentence(m.wrong), Fields: []board.Field{
		{Name: "until", Label: v.P.T("board.rights.until"), Hint: v.P.T("board.rights.until_hint", "day", v.P.Date(c.Utmost().Time())), Kind: "date", Value: m.until, Required: true},
		{Name: "because", Label: v.P.T("board.rights.longer_why"), Hint: v.P.T("board.rights.longer_why_hint"), Value: m.because, Required: true, Autocomplete: "off"}}}
}

// extendCase gives a case more time.
func (d *Dashboard) extendCase(v *visit) error {
	id := campaign.CaseID(number(v.param("case")))
	m := more{until: v.word("until"), because: v.word("because")}
	until, err := campaign.ParseDate(m.until)
	if err != nil {
		until = campaign.Date{} // which is none, and the desk says so
	}
	v.path = "/rights"
	_, err = d.desk.ExtendCase(v.ctx(), v.actor(), id, until, m.because, false)
	if fault.Is(err, fault.Invalid) {
		m.wrong = err
		return v.casePage(http.StatusUnprocessableEntity, "", nil, m)
	}
	if err != nil {
		return err
	}
	return v.done(casePath(id), "case_extended")
}
