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

// questions are the four, with what was answered.
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
	first := []board.Field{choose("consent_method", s.Method, methods...), text("consent_source", s.Source)}
	if !slices.ContainsFunc(b.Columns, func(c Column) bool { return c.Field == "consent_status" }) { // else each row says it for itself
		first = slices.Insert(first, 0, choose("consent_status", s.Status, board.Option{Value: "yes", Label: v.P.T("home.ask.everybody")}, board.Option{Value: campaign.NobodyAsked, Label: v.P.T("home.ask.nobody")}))
	}
	return []board.Question{
		{Text: v.P.T("home.ask.consent"), Fields: first},
		{Text: v.P.T("home.ask.proof"), Fields: []board.Field{text("consent_text", s.Text), text("consent_proof", s.Proof)}},
		{Text: v.P.T("home.ask.scope"), Fields: []board.Field{choose("purpose_at_collection", s.Purpose, purposes...), choose("controller_at_collection", s.Controller, us...)}},
		{Text: v.P.T("home.ask.conditions"), Fields: []board.Field{choose("bundled", s.Bundled, yesNo...), choose("incentive", s.Incentive, yesNo...)}},
	}, nil
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
