package campaign

import (
	"context"
	"time"

	"github.com/reoptin/reoptin/campaign/lint"
)

// Lint reads a stored campaign as people will see it, with what the house knows of it; ask gives what the network
// says of it, nil when nobody is asked.
func (d *Desk) Lint(ctx context.Context, name string, ask func(File, Organisation) []lint.Observation) ([]lint.Finding, error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return nil, err
	}
	o, err := d.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	draft, err := d.draft(c.File, o)
	if err != nil {
		return nil, err
	}
	l, err := d.launch(ctx, c, o)
	if err != nil {
		return nil, err
	}
	if err := d.lookAtAudience(ctx, c, &l); err != nil {
		return nil, err
	}
	draft.Launch = &l
	if ask != nil {
		draft.Network = ask(c.File, o)
	}
	return lint.Check(draft), nil
}

// LintFile reads a campaign that need not be stored, with what the network says of it.
func (d *Desk) LintFile(f File, o Organisation, network ...lint.Observation) ([]lint.Finding, error) {
	if err := f.validate(o); err != nil {
		return nil, err
	}
	if _, err := d.bounds(f, o); err != nil { // a window, rate or time zone that cannot be read
		return nil, err
	}
	draft, err := d.draft(f, o)
	if err != nil {
		return nil, err
	}
	draft.Network = network
	return lint.Check(draft), nil
}

// draft gathers all that the lint looks at: the facts, the author's texts, and what three sample
// contacts would see in each language.
func (d *Desk) draft(f File, o Organisation) (lint.Draft, error) {
	draft := lint.Draft{Name: f.Name, Controller: controller(o), Languages: f.Languages, BaseURL: d.baseURL,
		Sender: lint.Sender{Name: f.Sender.Name, Address: f.Sender.Address, ReplyTo: f.Sender.ReplyTo},
		Start:  f.Schedule.Start, Deadline: f.Schedule.Deadline.Time(), Today: DateOf(d.clock()).Time(), Window: f.Schedule.Window,
		Recipients: o.Recipients, ByPost: !f.Mails()}
	draft.Unpolicied, draft.Closed, draft.Lower = unpolicied(o)
	if l, err := d.bounds(f, o); err == nil {
		draft.Rate = daily(l)
	}
	for _, q := range f.Questions() {
		p, _ := o.Purpose(q.Purpose)
		draft.Questions = append(draft.Questions, lint.Question{Purpose: q.Purpose, Channel: q.Channel, Retention: p.Retention, Title: p.Title, Description: p.Description})
	}
	for _, l := range f.Languages {
		draft.Authored = append(draft.Authored, authored(f, l)...)
		for _, s := range samples(l) {
			sheets, err := d.sheets.Render(Frozen{File: f, Organisation: o}, s.Sample)
			if err != nil {
				return draft, err
			}
			sheets.Language, sheets.Sample = l, s.name
			draft.Sheets = append(draft.Sheets, sheets)
		}
	}
	return draft, nil
}

func controller(o Organisation) lint.Controller {
	return lint.Controller{Name: o.Name, Brands: o.Brands, LegalName: o.LegalName, LegalForm: o.LegalForm, Registration: o.Registration,
		Address: o.Address, Country: o.Country, Email: o.Email, Phone: o.Phone, PrivacyURL: o.PrivacyURL, DPO: o.DPO, Authority: o.Authority,
		Public: o.Kind == "public_authority"}
}

// unpolicied are the shortfalls of the policies as the lint takes them, those of them that no signature mends, and where P1 would do.
func unpolicied(o Organisation) (why map[string]string, closed, lower map[string]bool) {
	why, closed, lower = map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, s := range o.Shortfalls() {
		why[s.Country], closed[s.Country], lower[s.Country] = s.Why, s.Closed, s.Lower
	}
	return why, closed, lower
}

func authored(f File, l string) []lint.Authored {
	m, t := f.Message[l], f.Form[l]
	return []lint.Authored{{Where: "message." + l + ".subject", Language: l, Text: m.Subject}, {Where: "message." + l + ".body", Language: l, Text: m.Body},
		{Where: "form." + l + ".title", Language: l, Text: t.Title}, {Where: "form." + l + ".intro", Language: l, Text: t.Intro}}
}

type namedSample struct {
	Sample
	name string
}

// samples are made-up contacts: one complete, one without a name, one without a source.
func samples(language string) []namedSample {
	when := NewDate(2025, time.March, 14).String()
	return []namedSample{
		{Sample{Language: language, Email: "jeanne@example.net", Values: Values{"first_name": "Jeanne", "last_name": "Martin", "source": "formulaire", "source_date": when}}, "complete"},
		{Sample{Language: language, Email: "contact7@example.net", Values: Values{"source": "formulaire", "source_date": when}}, "no name"},
		{Sample{Language: language, Email: "li@example.net", Values: Values{"first_name": "Li", "last_name": "O'Brien & fils"}}, "no source"},
	}
}
