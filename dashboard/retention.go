package dashboard

import (
	"net/http"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// retainLongest bounds how long somebody waits for people to be counted or erased. What was done by then is done.
const retainLongest = 10 * time.Minute

// previewRetention counts whose and what time is over. It is a POST, since counting a large base takes a while.
func (d *Dashboard) previewRetention(v *visit) error {
	v.path = "/rights"
	return v.retentionPage(http.StatusOK, nil)
}

// applyRetention erases what the page counted, once the number of people and entries was typed: no more and no less than was
// shown.
func (d *Dashboard) applyRetention(v *visit) error {
	v.path = "/rights"
	lines, err := v.retain(true)
	if err != nil {
		return err
	}
	switch people, entries := due(lines); {
	case v.FormValue("shown") != printOf(lines):
		return v.retentionPage(http.StatusUnprocessableEntity, fault.New(fault.Invalid, "board.retention.stale", "what is due has changed: look at it anew").At("dashboard.applyRetention"))
	case v.word("number") != strconv.Itoa(people+entries):
		return v.retentionPage(http.StatusUnprocessableEntity, fault.New(fault.Invalid, "board.retention.untyped", "type the number of people and entries to confirm").At("dashboard.applyRetention"))
	}
	if _, err := v.retain(false); mendable(err) {
		return v.retentionPage(http.StatusUnprocessableEntity, err)
	} else if err != nil {
		return err
	}
	return v.done("/rights", "retained")
}

func (v *visit) retain(dry bool) ([]campaign.RetentionLine, error) {
	ctx, cancel := v.patient(retainLongest)
	defer cancel()
	return v.d.desk.Retain(ctx, v.actor(), dry)
}

// due is how many people and entries some rules come to.
func due(lines []campaign.RetentionLine) (people, entries int) {
	for _, l := range lines {
		people, entries = people+l.People, entries+l.Entries
	}
	return people, entries
}

func (v *visit) retentionPage(status int, wrong error) error {
	lines, err := v.retain(true)
	if err != nil {
		return err
	}
	p := board.Retention{Frame: v.frame(v.P.T("board.retention.title")), Back: board.Link{Label: v.P.T("board.rights.title"), Href: v.d.href("/rights")}, Problem: v.sentence(wrong)}
	for _, l := range lines {
		line := board.RetentionLine{Rule: v.P.T("board.retention.rule." + string(l.Rule)), Before: v.P.T("board.retention.off"), People: v.P.Number(l.People), Entries: v.P.Number(l.Entries)}
		if day, err := campaign.ParseDate(l.Before); err == nil {
			line.Before = v.day(day)
		}
		p.Lines = append(p.Lines, line)
	}
	if people, entries := due(lines); people+entries > 0 {
		p.Action = v.d.href("/rights/retention/apply")
		p.Shown = printOf(lines)
		p.Field = board.Field{Name: "number", Label: v.P.T("board.retention.typed", "n", people+entries, "people", people, "entries", entries), Autocomplete: "off", Required: true}
	}
	body, err := board.RetentionHTML(p)
	return v.show(status, body, err)
}
