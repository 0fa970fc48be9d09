package dashboard

import (
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// editing builds the fields of a campaign's form; what is wrong stands beside its field.
type editing struct {
	v     *visit
	t     typing
	where string // the key of the file that a fault speaks of
	wrong string // what it says
	shown bool   // a field took it
}

// editPage is the form with its preview.
func (v *visit) editPage(status int, c campaign.Campaign, t typing, wrong error) error {
	e := &editing{v: v, t: t, where: whereOf(wrong), wrong: v.sentence(wrong)}
	page := board.CampaignEdit{CampaignHead: v.head(c, "edit"), Action: v.d.href(campaignPath(c.Name, "edit")), Refresh: v.d.href(campaignPath(c.Name, "preview")),
		TextHref: v.d.href(campaignPath(c.Name, "text")), Was: t.was,
		Sample: board.Field{Name: "sample", Label: v.P.T("board.edit.sample_label"), Hint: v.P.T("board.edit.sample_hint"), Value: t.sample, Kind: "email", Autocomplete: "off"}}
	page.Note = v.voids(c)
	o, err := v.d.desk.Organisation(v.ctx())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	for _, l := range t.file.Languages {
		page.Texts = append(page.Texts, e.texts(l))
	}
	page.Groups = []board.Group{e.asked(o), e.audience(), e.sender(), e.schedule()}
	if page.Preview, err = v.draftPreview(t, wrong, &page.Sample); err != nil {
		return err
	}
	if wrong != nil && !e.shown {
		page.Problem = e.wrong
	}
	if c.Status == campaign.Draft {
		page.Delete = &board.Act{Label: v.P.T("board.act.delete"), Text: v.P.T("board.act.delete_text"), Action: v.d.href(campaignPath(c.Name, "delete")),
			Button: v.P.T("board.act.delete_button"), Grave: true, Fields: []board.Field{v.typed(c.Name)}}
	}
	body, err := board.CampaignEditHTML(page)
	return v.show(status, body, err)
}

// draftPreview draws what was typed, unless that could not be read.
func (v *visit) draftPreview(t typing, wrong error, field *board.Field) (board.Preview, error) {
	if wrong != nil {
		return board.Preview{Problem: v.sentence(wrong)}, nil
	}
	one := draft{file: t.file}
	if t.drafty {
		one.owner = v.secret.FormToken()
	}
	if t.sample != "" {
		s, err := v.d.desk.SampleOf(v.ctx(), campaign.Address(t.sample))
		switch {
		case fault.Is(err, fault.NotFound):
			field.Error = v.sentence(err)
		case err != nil:
			return board.Preview{}, err
		default:
			one.sample = &s
		}
	}
	return v.preview(one)
}

// flaw is what is wrong with a key of the file, if it is that one.
func (e *editing) flaw(where string) string {
	if e.wrong == "" || e.where != where {
		return ""
	}
	e.shown = true
	return e.wrong
}

func (e *editing) field(name, key, where, value string) board.Field {
	p := e.v.P
	return board.Field{Name: name, Label: p.T(key), Hint: p.Or("board.hint."+name, ""), Value: value, Error: e.flaw(where), Autocomplete: "off"}
}

func (e *editing) choose(name, key, where string, options []board.Option, now []string) board.Choose {
	for i := range options {
		options[i].Current = slices.Contains(now, options[i].Value)
	}
	return board.Choose{Name: name, Legend: e.v.P.T(key), Hint: e.v.P.Or("board.hint."+name, ""), Error: e.flaw(where), Options: options}
}

// options are some values, each in words.
func options(say func(string) string, values ...string) (os []board.Option) {
	for _, v := range values {
		os = append(os, board.Option{Value: v, Label: say(v)})
	}
	return os
}

// texts are message and form in one language.
func (e *editing) texts(l string) board.Group {
	m, f, p := e.t.file.Message[l], e.t.file.Form[l], e.v.P
	area := func(name, key, where, value string, rows int) board.Area {
		one := board.Area{Field: e.field(name+"_"+l, key, where, value), Rows: rows, Lang: l}
		one.Error = firstOf(one.Error, e.flaw("message."+l), e.flaw("form."+l))
		return one
	}
	return board.Group{ID: "texts-" + l, Title: p.T("board.edit.texts", "language", e.v.language(l)), Text: p.T("board.edit.texts_hint"), Areas: []board.Area{
		area("subject", "board.edit.subject", "message."+l+".subject", m.Subject, 2),
		area("body", "board.edit.body", "message."+l+".body", m.Body, 14),
		area("title", "board.edit.form_title", "form."+l+".title", f.Title, 2),
		area("intro", "board.edit.form_intro", "form."+l+".intro", f.Intro, 5),
	}}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// asked is what people are asked, how, and in which languages.
func (e *editing) asked(o campaign.Organisation) board.Group {
	f, p := e.t.file, e.v.P
	var purposes []board.Option
	for _, one := range o.Purposes {
		purposes = append(purposes, board.Option{Value: one.Key, Label: campaign.Text(one.Title, p.Language()) + " (" + one.Key + ")"})
	}
	var languages []board.Option
	for _, l := range e.v.chosen(f.Languages, append(slices.Clone(f.Languages), e.v.d.catalogue.Languages()...)) { // the fallback first
		languages = append(languages, board.Option{Value: l, Label: e.v.language(l)})
	}
	return board.Group{ID: "asked", Title: p.T("board.edit.asked"), Choose: []board.Choose{
		e.choose("purposes", "board.edit.purposes", "purposes", purposes, f.Purposes),
		e.choose("channels", "board.edit.channels", "channels", options(func(c string) string { return p.Or("channel."+c, c) }, "email", "sms", "phone", "post"), f.Channels),
		e.choose("languages", "board.edit.languages", "languages", languages, f.Languages),
	}}
}

// audience is who is asked.
func (e *editing) audience() board.Group {
	f, p := e.t.file, e.v.P
	var routes []string
	for _, r := range f.Audience.Routes {
		routes = append(routes, string(r))
	}
	return board.Group{ID: "whom", Title: p.T("board.edit.whom"), Choose: []board.Choose{
		e.choose("ask", "board.edit.ask", "audience.ask", options(func(g string) string { return p.T("board.group." + g) }, "doubtful", "refresh", "soft_opt_in", "b2b"), f.Audience.Ask),
		e.choose("routes", "board.edit.routes", "audience.routes", options(func(r string) string { return p.T("board.route." + r) }, string(campaign.RouteEmail), string(campaign.RouteLetter)), routes),
	}, Fields: []board.Field{e.field("active_within", "board.edit.active_within", "audience.active_within", f.Audience.ActiveWithin)}}
}

func (e *editing) sender() board.Group {
	s := e.t.file.Sender
	return board.Group{ID: "sender", Title: e.v.P.T("board.edit.sender"), Fields: []board.Field{
		e.field("sender_name", "board.edit.sender_name", "sender.name", s.Name), e.field("sender_address", "board.edit.sender_address", "sender.address", s.Address),
		e.field("sender_reply_to", "board.edit.reply_to", "sender.reply_to", s.ReplyTo),
	}}
}

func (e *editing) schedule() board.Group {
	s := e.t.file.Schedule
	start := e.field("start", "board.edit.start", "schedule.start", e.t.start)
	start.Kind = "datetime-local"
	deadline := e.field("deadline", "board.edit.deadline", "schedule.deadline", s.Deadline.String())
	deadline.Kind = "date"
	return board.Group{ID: "schedule", Title: e.v.P.T("board.edit.schedule"), Fields: []board.Field{start, deadline,
		e.field("window", "board.edit.window", "schedule.window", s.Window), e.field("timezone", "board.edit.timezone", "schedule.timezone", s.Timezone),
		e.field("rate", "board.edit.rate", "schedule.rate", s.Rate)}}
}
