package dashboard

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// showBase shows what the base is worth, and how to bring one.
func (d *Dashboard) showBase(v *visit) error { return v.basePage(http.StatusOK, "", nil) }

// audit judges every contact as of a day, and keeps the verdicts.
func (d *Dashboard) audit(v *visit) error {
	v.path = "/base"
	day := campaign.DateOf(d.clock())
	if said := v.word("as_of"); said != "" {
		parsed, err := campaign.ParseDate(said)
		if err != nil {
			return v.basePage(http.StatusUnprocessableEntity, "", fault.New(fault.Invalid, "board.base.no_day", "there is no such day").At("dashboard.audit"))
		}
		day = parsed
	}
	v.patience(auditTime)
	if _, err := d.desk.Audit(v.ctx(), v.actor(), day, true); fault.Is(err, fault.NotFound) {
		return v.basePage(http.StatusUnprocessableEntity, "", err)
	} else if err != nil {
		return err
	}
	return v.done("/base", "audited")
}

// basePage draws the base; bring and audit are what is wrong with the last of those acts.
func (v *visit) basePage(status int, bring string, audit error) error {
	b, err := v.d.desk.Base(v.ctx())
	if err != nil {
		return err
	}
	is, err := v.d.desk.Imports(v.ctx())
	if err != nil {
		return err
	}
	p := board.Base{Frame: v.frame(v.P.T("board.base.title"))}
	v.baseFigures(&p, b)
	v.baseReasons(&p, b)
	for _, i := range is[:min(len(is), 10)] {
		p.Imports = append(p.Imports, v.importLine(i))
	}
	if v.may(account.Import) {
		v.baseActs(&p, b, bring, audit)
	}
	body, err := board.BaseHTML(p)
	return v.show(status, body, err)
}

func (v *visit) baseFigures(p *board.Base, b campaign.Base) {
	if b.Contacts == 0 {
		text := "board.base.empty_text"
		if !v.may(account.Import) {
			text = "board.base.empty_other"
		}
		p.Empty = &board.Empty{Title: v.P.T("board.home.no_base"), Text: v.P.T(text)}
		return
	}
	p.Total = v.P.N("board.base.contacts", b.Contacts)
	p.Find = &board.Search{Action: v.d.href("/base/contacts/find"), All: board.Link{Label: v.P.T("board.base.all"), Href: v.d.href("/base/contacts")}}
	if b.Unaudited == b.Contacts {
		p.Empty = &board.Empty{Title: v.P.T("board.base.unaudited"), Text: v.P.T("board.base.unaudited_text")}
		return
	}
	if b.Unaudited > 0 {
		p.Note = v.P.N("board.home.unaudited", b.Unaudited)
	}
	for _, c := range classes() {
		p.Classes = append(p.Classes, v.segment("board.class."+string(c.class), c.kind, b.Classes[c.class], b.Contacts, url.Values{"class": {string(c.class)}}))
	}
	for _, r := range routesOf() {
		p.Routes = append(p.Routes, v.segment("board.way."+string(r.route), r.kind, b.Routes[r.route], b.Contacts, url.Values{"route": {string(r.route)}}))
	}
	p.Classes, p.Routes = board.Split(p.Classes, b.Contacts), board.Split(p.Routes, b.Contacts)
}

func (v *visit) segment(key, kind string, n, of int, q url.Values) board.Segment {
	s := board.Segment{Label: v.P.T(key), N: v.P.Number(n), Count: n, Note: v.P.T("board.percent", "n", board.Share(n, of)), Kind: kind}
	if n > 0 {
		s.Href = v.d.href("/base/contacts") + "?" + q.Encode()
	}
	return s
}

// routesOf are the routes in the order they are shown, each with its colour.
func routesOf() []struct {
	route campaign.Route
	kind  string
} {
	return []struct {
		route campaign.Route
		kind  string
	}{{campaign.RouteEmail, "good"}, {campaign.RouteLetter, "wait"}, {campaign.RouteOnsite, "mild"}, {campaign.RouteNone, "off"}}
}

func (v *visit) baseReasons(p *board.Base, b campaign.Base) {
	most := 0
	for _, r := range b.Reasons {
		most = max(most, r.Contacts)
	}
	for _, r := range b.Reasons {
		q := url.Values{"class": {string(r.Class)}, "route": {string(r.Route)}, "reason": {r.Code}}
		p.Reasons = append(p.Reasons, board.ReasonLine{Code: r.Code, Text: v.reason(r.Code, r.Class, r.Text), Class: v.classBadge(r.Class),
			Route: v.P.T("board.way." + string(r.Route)), N: v.P.Number(r.Contacts), Bar: board.Bar(r.Contacts, most), Kind: classKind(r.Class),
			Href: v.d.href("/base/contacts") + "?" + q.Encode()})
	}
}

// reason is a row of the decision table in words that name no person.
// What the house's own record says differs by class.
func (v *visit) reason(code string, class campaign.Class, text string) string {
	if code == "T-00" {
		code += "_" + string(class)
	}
	return v.P.Or("rule."+code, text)
}

func classKind(c campaign.Class) string {
	for _, known := range classes() {
		if known.class == c {
			return known.kind
		}
	}
	return ""
}

// classBadge is a class in words, with its colour.
func (v *visit) classBadge(c campaign.Class) board.Badge {
	if c == "" {
		return board.Badge{Text: v.P.T("board.base.not_audited")}
	}
	return board.Badge{Kind: classKind(c), Text: v.P.T("board.class." + string(c))}
}

func (v *visit) importLine(i campaign.Import) board.ImportLine {
	line := board.ImportLine{Source: i.Source, At: v.P.DateTime(i.At), Rows: v.P.Number(i.Rows), Created: v.P.Number(i.Created),
		Updated: v.P.Number(i.Updated), Rejected: v.P.Number(i.Rejected)}
	switch {
	case !i.Undone.IsZero():
		line.Undone = v.P.T("home.undo.undone", "at", v.P.DateTime(i.Undone))
	case v.may(account.Import):
		line.Undo = v.undoLink(i)
	}
	return line
}

func (v *visit) baseActs(p *board.Base, b campaign.Base, bring string, audit error) {
	p.Bring = &board.Bring{Action: v.d.href("/base/import"), Problem: bring,
		File: board.Field{Name: "file", Label: v.P.T("board.import.file"), Kind: "file", Required: true,
			Hint: v.P.T("board.import.file_hint", "size", v.P.Number(UploadBytes>>20))}}
	if id, ok := v.d.bases.Latest(v.actor()); ok {
		p.Bring.Waiting = &board.Link{Label: v.P.T("board.import.waiting"), Href: v.d.href("/base/import/" + id)}
	}
	if b.Contacts > 0 {
		p.Audit = &board.Audit{Action: v.d.href("/base/audit"), Problem: v.sentence(audit), Mend: v.mend(audit),
			Day: board.Field{Name: "as_of", Label: v.P.T("board.base.as_of"), Kind: "date", Value: campaign.DateOf(v.d.clock()).String(), Hint: v.P.T("board.base.as_of_hint")}}
	}
}

// number reads a number of a path or a query; what is none is 0.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
