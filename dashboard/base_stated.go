package dashboard

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// What an auditor asks of a consent is asked of whoever brings a file: was there one, is there proof, for which purpose,
// under lawful conditions. Not to know is always an answer, and the one that stands there first.

// statement reads the answers of a form.
func (v *visit) statement() campaign.Statement {
	text := func(name string) string { return strings.TrimSpace(v.FormValue("stated_" + name)) }
	return campaign.Statement{Status: text("consent_status"), Method: text("consent_method"), Source: text("consent_source"), Text: text("consent_text"), Proof: text("consent_proof"),
		Purpose: text("purpose_at_collection"), Controller: text("controller_at_collection"), Bundled: text("bundled"), Incentive: text("incentive")}
}

// questions are the four, with what was answered: as far as an answer can fill a row of the file.
func (v *visit) questions(b Brought) ([]board.Question, error) {
	o, err := v.d.desk.Organisation(v.ctx())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	s := b.Said.Stated
	choose := func(field, said string, options ...board.Option) board.Field {
		f := board.Field{Name: "stated_" + field, Label: v.P.T("home.ask." + field), Options: append([]board.Option{{Label: v.P.T("home.ask.unknown")}}, options...)}
		for n := range f.Options {
			f.Options[n].Current = f.Options[n].Value == said
		}
		return f
	}
	text := func(field, said string) board.Field {
		return board.Field{Name: "stated_" + field, Label: v.P.T("home.ask." + field), Value: said, Hint: v.P.T("home.ask.blank")}
	}
	var methods, purposes, us []board.Option
	for _, m := range campaign.Methods() {
		methods = append(methods, board.Option{Value: m, Label: v.value(m)})
	}
	for _, p := range o.Purposes {
		purposes = append(purposes, board.Option{Value: p.Key, Label: campaign.Text(p.Title, v.P.Language())})
	}
	if o.Name != "" {
		us = append(us, board.Option{Value: o.Name, Label: o.Name})
	}
	yesNo := []board.Option{{Value: "yes", Label: v.value("yes")}, {Value: "no", Label: v.value("no")}}
	all := []board.Question{
		{Text: v.P.T("home.ask.consent"), Fields: []board.Field{
			choose("consent_status", s.Status, board.Option{Value: "yes", Label: v.P.T("home.ask.everybody")}, board.Option{Value: campaign.NobodyAsked, Label: v.P.T("home.ask.nobody")}),
			choose("consent_method", s.Method, methods...), text("consent_source", s.Source)}},
		{Text: v.P.T("home.ask.proof"), Fields: []board.Field{text("consent_text", s.Text), text("consent_proof", s.Proof)}},
		{Text: v.P.T("home.ask.scope"), Fields: []board.Field{choose("purpose_at_collection", s.Purpose, purposes...), choose("controller_at_collection", s.Controller, us...)}},
		{Text: v.P.T("home.ask.conditions"), Fields: []board.Field{choose("bundled", s.Bundled, yesNo...), choose("incentive", s.Incentive, yesNo...)}},
	}
	for n := range all {
		all[n].Fields = slices.DeleteFunc(all[n].Fields, func(f board.Field) bool { return !slices.Contains(b.Statable, strings.TrimPrefix(f.Name, "stated_")) })
	}
	return slices.DeleteFunc(all, func(q board.Question) bool { return len(q.Fields) == 0 }), nil
}

// filled says that what was stated fills rows of a file, by key, or that it fills none.
func (v *visit) filled(b Brought, key string) string {
	if b.Said.Stated.Zero() {
		return ""
	}
	for _, rows := range b.Result.Stated {
		if rows > 0 {
			return " " + v.P.T(key, "name", b.Said.Stated.By)
		}
	}
	return " " + v.P.T("home.stated.nothing", "name", b.Said.Stated.By)
}

// changes tell what an import makes of the first contacts that change.
func (v *visit) changes(cs []campaign.ContactChange) (out []board.RowNote) {
	for _, c := range cs {
		var what []string
		for _, f := range c.Fields {
			label := v.P.Or("home.changed."+strings.ReplaceAll(f, " ", "_"), "")
			if label == "" {
				label = v.field(f)
			}
			what = append(what, label)
		}
		out = v.alike(out, c.Line, strings.Join(what, ", "))
	}
	return out
}
