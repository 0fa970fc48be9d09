package dashboard

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// subject is a person on the pages of rights.
type subject struct {
	id    campaign.ContactID // 0: nobody of the base
	who   string             // what the desk knows them by
	typed string             // what is typed to confirm that they are meant
	name  string
}

// stranger is somebody whom only the ledger knows.
func stranger(who string) subject { return subject{who: who, typed: who, name: who} }

func subjectPath(id campaign.ContactID, part string) string {
	return strings.TrimSuffix("/rights/people/"+strconv.FormatInt(int64(id), 10)+"/"+part, "/")
}

// subject reads the person of the path.
func (v *visit) subject() (subject, campaign.Card, error) {
	card, err := v.d.desk.Card(v.ctx(), campaign.ContactID(number(v.param("contact"))))
	c := card.Contact
	s := subject{id: c.ID, who: campaign.Numbered(c.ID), typed: emailOf(c), name: nameOf(c)}
	if s.typed == "" {
		s.typed = strconv.FormatInt(int64(c.ID), 10)
	}
	if s.name == "" {
		s.name = v.P.T("board.contacts.number", "n", int64(c.ID))
	}
	return s, card, err
}

func (v *visit) subjectLink(s subject) board.Link {
	if s.id == 0 {
		return board.Link{Label: v.P.T("board.rights.title"), Href: v.d.href("/rights")}
	}
	return board.Link{Label: s.name, Href: v.d.href(subjectPath(s.id, ""))}
}

// showSubject shows who a person is, what they asked for, and what can be done for them.
func (d *Dashboard) showSubject(v *visit) error {
	return v.subjectPage(http.StatusOK, campaign.Arrived{On: campaign.DateOf(d.clock())}, nil)
}

// openCase opens a case for a request that came by letter, by telephone or at the counter.
func (d *Dashboard) openCase(v *visit) error {
	s, _, err := v.subject()
	if err != nil {
		return err
	}
	a := campaign.Arrived{Kind: campaign.CaseKind(v.word("kind")), Note: v.word("how")}
	if day, err := campaign.ParseDate(v.word("received")); err == nil {
		a.On = day // else it is none, and the desk says so
	}
	c, err := d.desk.OpenCase(v.ctx(), v.actor(), s.who, a)
	if mendable(err) {
		return v.subjectPage(http.StatusUnprocessableEntity, a, err)
	}
	if err != nil {
		return err
	}
	return v.done(casePath(c.ID), "case_opened")
}

// enter asks for a request that came another way; a is what was entered and is refused for wrong.
func (v *visit) enter(s subject, a campaign.Arrived, wrong error) board.Enter {
	kind := board.Field{Name: "kind", Label: v.P.T("board.rights.asked"), Required: true}
	for _, k := range campaign.CaseKinds() {
		kind.Options = append(kind.Options, board.Option{Value: string(k), Label: v.P.T("board.rights.kind." + string(k)), Current: k == a.Kind})
	}
	day := board.Field{Name: "received", Label: v.P.T("board.rights.received"), Hint: v.P.T("board.rights.received_hint"), Kind: "date", Required: true}
	if !a.On.IsZero() {
		day.Value = a.On.String()
	}
	return board.Enter{Action: v.d.href(subjectPath(s.id, "case")), Problem: v.sentence(wrong),
		Fields: []board.Field{kind, day, {Name: "how", Label: v.P.T("board.rights.how"), Hint: v.P.T("board.rights.how_hint"), Value: a.Note, Autocomplete: "off"}}}
}

func (v *visit) subjectPage(status int, a campaign.Arrived, wrong error) error {
	d := v.d
	s, card, err := v.subject()
	if err != nil {
		return err
	}
	cs, err := d.desk.CasesOf(v.ctx(), s.id)
	if err != nil {
		return err
	}
	here := subjectPath(s.id, "")
	p := board.Subject{Frame: v.frame(s.name), Back: board.Link{Label: v.P.T("board.rights.title"), Href: d.href("/rights")}, Who: v.person(card.Contact),
		Contact: board.Link{Label: v.P.T("board.rights.contact"), Href: d.href("/base/contacts/" + strconv.FormatInt(int64(s.id), 10))}, Access: d.href(here + "/access"),
		Rectify: board.Link{Label: v.P.T("board.rights.act.rectify"), Href: d.href(here + "/rectify")}, Erase: board.Link{Label: v.P.T("board.rights.act.erase"), Href: d.href(here + "/erase")}}
	answers := 0
	for _, i := range card.Invitations {
		answers += len(i.Responses)
	}
	p.Held = []board.Pair{{Term: v.P.T("board.rights.held.messages"), Text: v.P.Number(len(card.Invitations))}, {Term: v.P.T("board.rights.held.answers"), Text: v.P.Number(answers)},
		{Term: v.P.T("board.rights.held.consents"), Text: v.P.Number(len(card.Consents))}, {Term: v.P.T("board.rights.held.never"), Text: v.yesNo(card.Suppression != nil)},
		{Term: v.P.T("board.rights.held.language"), Text: v.paperLanguage(card.Contact.Language)}}
	for _, c := range cs {
		p.Cases = append(p.Cases, v.caseLine(campaign.CaseCard{Case: c, Who: card.Contact}))
	}
	p.Enter = v.enter(s, a, wrong)
	body, err := board.SubjectHTML(p)
	return v.show(status, body, err)
}

// paperLanguage is the language in which the PDF is written for a person.
func (v *visit) paperLanguage(code string) string {
	if base, _, _ := strings.Cut(code, "-"); v.d.catalogue.House().Speaks(base) {
		return v.languageName(base)
	}
	return v.languageName("en")
}

// giveAccess hands out everything that is held of a person. It is an act: the ledger keeps that it was given.
func (d *Dashboard) giveAccess(v *visit) error {
	s, _, err := v.subject()
	if err != nil {
		return err
	}
	media := map[string]string{"json": "application/json", "pdf": "application/pdf"}[v.FormValue("format")]
	if media == "" {
		return fault.New(fault.Invalid, "board.rights.format", "there is no such format").At("dashboard.giveAccess")
	}
	var b bytes.Buffer
	if err := d.desk.WriteAccess(v.ctx(), v.actor(), s.who, v.FormValue("format"), &b); err != nil {
		return err
	}
	return v.download("access-"+strconv.FormatInt(int64(s.id), 10)+"."+v.FormValue("format"), media, b.Bytes())
}

// showRectify asks what is to be corrected.
func (d *Dashboard) showRectify(v *visit) error { return v.rectifyPage(http.StatusOK, nil, nil) }

// rectify shows old and new values first; what a person then confirms is saved.
func (d *Dashboard) rectify(v *visit) error {
	s, card, err := v.subject()
	if err != nil {
		return err
	}
	set := map[string]string{}
	for _, f := range campaign.RectifiableFields(card.Contact) {
		if said, there := v.Request().PostForm[f.Name]; there && len(said) == 1 && strings.TrimSpace(said[0]) != f.Value {
			set[f.Name] = strings.TrimSpace(said[0])
		}
	}
	save := v.FormValue("step") == "save" && v.FormValue("was") == seen(card.Contact)
	r, err := d.desk.Rectify(v.ctx(), v.actor(), s.who, set, !save)
	switch {
	case mendable(err):
		return v.rectifyPage(http.StatusUnprocessableEntity, set, err)
	case err != nil:
		return err
	case r.Done:
		return v.done(subjectPath(s.id, ""), "rectified")
	case len(r.Fields) == 0:
		return v.rectifyPage(http.StatusUnprocessableEntity, set, fault.New(fault.Invalid, "board.rights.same", "nothing differs from what is held").At("dashboard.rectify"))
	}
	return v.rectifyConfirm(s, card.Contact, set)
}

// seen tells the values that a person looked at from others.
func seen(c campaign.Contact) string { return printOf(campaign.RectifiableFields(c)) }

func (v *visit) rectifyPage(status int, set map[string]string, wrong error) error {
	s, card, err := v.subject()
	if err != nil {
		return err
	}
	p := board.Rectify{Frame: v.frame(v.P.T("board.rights.rectify", "name", s.name)), Back: v.subjectLink(s), Action: v.d.href(subjectPath(s.id, "rectify")), Problem: v.sentence(wrong)}
	for _, f := range campaign.RectifiableFields(card.Contact) {
		field := board.Field{Name: f.Name, Label: v.field(f.Name), Value: f.Value, Autocomplete: "off"}
		if said, there := set[f.Name]; there {
			field.Value = said
		}
		p.Fields = append(p.Fields, field)
	}
	body, err := board.RectifyHTML(p)
	return v.show(status, body, err)
}

func (v *visit) rectifyConfirm(s subject, c campaign.Contact, set map[string]string) error {
	p := board.Rectify{Frame: v.frame(v.P.T("board.rights.rectify", "name", s.name)), Back: v.subjectLink(s), Action: v.d.href(subjectPath(s.id, "rectify")), Was: seen(c)}
	for _, f := range campaign.RectifiableFields(c) {
		if said, there := set[f.Name]; there {
			p.Changes = append(p.Changes, board.ChangeLine{Name: f.Name, Label: v.field(f.Name), Old: f.Value, New: said})
		}
	}
	body, err := board.RectifyHTML(p)
	return v.show(http.StatusOK, body, err)
}

// showErase says what would go and what stays.
func (d *Dashboard) showErase(v *visit) error {
	s, _, err := v.subject()
	if err != nil {
		return err
	}
	e, err := d.desk.EraseSubject(v.ctx(), v.actor(), s.who, "", true)
	if mendable(err) {
		return v.erasePage(http.StatusConflict, s, e, err)
	}
	if err != nil {
		return err
	}
	return v.erasePage(http.StatusOK, s, e, nil)
}

// erase takes away what is held of a person of the base, once it was typed who.
func (d *Dashboard) erase(v *visit) error {
	s, _, err := v.subject()
	if err != nil {
		return err
	}
	return v.erases(s)
}

// eraseStranger does the same for an address that nobody of the base has.
func (d *Dashboard) eraseStranger(v *visit) error {
	v.path = "/rights"
	return v.erases(stranger(v.word("who")))
}

func (v *visit) erases(s subject) error {
	dry := v.word("name") != s.typed
	e, err := v.d.desk.EraseSubject(v.ctx(), v.actor(), s.who, v.word("because"), dry)
	switch {
	case mendable(err):
		return v.erasePage(http.StatusUnprocessableEntity, s, e, err)
	case err != nil:
		return err
	case dry:
		return v.erasePage(http.StatusUnprocessableEntity, s, e, fault.New(fault.Invalid, "board.rights.untyped", "type who is erased to confirm").At("dashboard.erases"))
	}
	return v.done("/rights", "erased")
}

func (v *visit) erasePage(status int, s subject, e Erasure, wrong error) error {
	p := board.Erase{Frame: v.frame(v.P.T("board.rights.erase", "name", s.name)), Back: v.subjectLink(s), Problem: v.sentence(wrong), Copies: e.Copies, Action: v.d.href("/rights/erase"), Who: s.who}
	if s.id != 0 {
		p.Action, p.Who = v.d.href(subjectPath(s.id, "erase")), ""
		p.Goes = append(p.Goes, v.P.T("board.rights.goes.contact"))
	}
	for _, n := range []struct {
		key string
		n   int
	}{{"board.rights.goes.entries", e.Entries}, {"board.rights.goes.invitations", e.Invitations}, {"board.rights.goes.cases", e.Cases}} {
		if n.n > 0 {
			p.Goes = append(p.Goes, v.P.N(n.key, n.n))
		}
	}
	for _, k := range e.Kept {
		p.Stays = append(p.Stays, board.Stays{What: v.said(k.What), Why: v.said(k.Why), Until: v.said(k.Until)})
	}
	p.Fields = []board.Field{{Name: "because", Label: v.P.T("board.rights.because"), Hint: v.P.T("board.rights.because_hint"), Value: v.word("because"), Autocomplete: "off"},
		{Name: "name", Label: v.P.T("board.rights.typed", "name", s.typed), Autocomplete: "off", Required: true}}
	body, err := board.EraseHTML(p)
	return v.show(status, body, err)
}
