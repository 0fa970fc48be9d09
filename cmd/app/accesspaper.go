package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/paper"
)

// accessPaper says in a language what is held of a person.
type accessPaper struct{ p i18n.Printer }

func (s accessPaper) paper(x Access) *paper.Document {
	t := s.p.T
	at, _ := time.Parse(time.RFC3339, x.At)
	d := paper.New(paper.Paper{Title: t("subject.title"), Language: s.p.Language(), Created: at, Footer: x.Controller["legal_name"],
		Page: func(page, pages string) string { return t("subject.page", "page", page, "pages", pages) }})
	d.Paragraph(t("subject.intro", "organisation", x.Controller["name"], "day", s.p.Date(at)))
	d.Heading(1, t("subject.person"))
	d.Table(append(s.fields(x.Person), s.corrected(x.Corrected)...)...)
	if len(x.Person) == 0 {
		d.Paragraph(t("subject.hashes"))
	}
	if x.Asked {
		d.Paragraph(t("subject.asked_once"))
	}
	if len(x.Attributes) > 0 {
		d.Heading(2, t("subject.attributes"))
		d.Table(plainRows(x.Attributes)...)
	}
	s.origin(d, x)
	s.messages(d, x)
	s.answers(d, x)
	s.standing(d, x)
	d.Heading(1, t("subject.controller"))
	d.Table(s.fields(x.Controller)...)
	for _, p := range x.Purposes {
		d.Table(paper.Row{Name: t("subject.purpose"), Value: p.Title + "\n" + p.Text + "\n" + t("subject.kept", "time", s.p.Period(p.Retention))})
	}
	if len(x.Processors) > 0 {
		d.Table(paper.Row{Name: t("subject.processors"), Value: strings.Join(x.Processors, "\n")})
	}
	given := t("subject.nobody")
	if len(x.Recipients) > 0 {
		given = strings.Join(x.Recipients, "\n")
	}
	d.Table(paper.Row{Name: t("subject.recipients"), Value: given})
	d.Heading(2, t("subject.period.title"))
	d.Table(s.periods(x.keep)...)
	d.Heading(1, t("subject.rights"))
	d.Paragraph(t("subject.rights_text", "email", x.Controller["email"], "authority", x.Controller["authority"]))
	s.entries(d, x)
	return d
}

// periods say how long what is held is kept (GDPR art. 15(1)(d)).
func (s accessPaper) periods(keep campaign.Retention) (rows []paper.Row) {
	row := func(what, time string) {
		rows = append(rows, paper.Row{Name: s.p.T("subject.period." + what), Value: s.p.Or("subject.period."+what+"_from", time, "time", time)})
	}
	for _, r := range []struct {
		what string
		keep time.Duration
	}{{"unasked", keep.Unasked}, {"silent", keep.Silent}, {"bounces", keep.Bounces}} {
		if r.keep == 0 {
			rows = append(rows, paper.Row{Name: s.p.T("subject.period." + r.what), Value: s.p.T("subject.period.endless")})
			continue
		}
		row(r.what, s.p.N("unit.day", int(r.keep/day)))
	}
	row("proof", s.p.N("unit.month", keep.Proof))
	row("cases", s.p.N("unit.month", keep.Cases))
	row("request", s.p.N("unit.month", keep.Request))
	row("never", "")
	return rows
}

// decided says in words what was decided of a question.
func (s accessPaper) decided(x Access, purpose, channel, state string) string {
	for _, p := range x.Purposes {
		if p.Key == purpose {
			purpose = p.Title
		}
	}
	return purpose + ", " + s.p.Or("channel."+channel, channel) + " – " + s.p.Or("subject.state."+state, state)
}

// decisions says what an answer decided, a line for each question.
func (s accessPaper) decisions(x Access, r AccessResponse) string {
	lines := make([]string, len(r.Decisions))
	for n, d := range r.Decisions {
		lines[n] = s.decided(x, d.Purpose, d.Channel, string(d.State))
	}
	return strings.Join(lines, "\n")
}

// fields are values under words for their names.
func (s accessPaper) fields(m map[string]string) []paper.Row {
	rows := plainRows(m)
	for n := range rows {
		rows[n].Name = s.p.Or("subject.field."+rows[n].Name, rows[n].Name)
	}
	return rows
}

// corrected says what the person had corrected, and when, in one row.
func (s accessPaper) corrected(fields []CorrectedField) []paper.Row {
	if len(fields) == 0 {
		return nil
	}
	lines := make([]string, len(fields))
	for n, f := range fields {
		lines[n] = s.p.Or("subject.field."+f.Field, f.Field) + ", " + f.On
	}
	return []paper.Row{{Name: s.p.T("subject.field.corrected"), Value: strings.Join(lines, "\n")}}
}

// plainRows are names and values as they stand.
func plainRows(m map[string]string) (rows []paper.Row) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		rows = append(rows, paper.Row{Name: name, Value: m[name]})
	}
	return rows
}

// origin says what the base claims, and what was found of it.
func (s accessPaper) origin(d *paper.Document, x Access) {
	d.Heading(1, s.p.T("subject.origin"))
	if len(x.Person) == 0 {
		d.Paragraph(s.p.T("subject.none"))
		return
	}
	facts, err := json.Marshal(x.Facts)
	if err == nil {
		d.Table(flat(facts)...)
	}
	if x.Verdict.Class != "" {
		d.Paragraph(s.p.T("subject.verdict", "class", s.p.T("board.class."+string(x.Verdict.Class)), "day", x.Verdict.AsOf.String()))
		for _, reason := range x.Verdict.Reasons {
			said, _ := s.p.Said(reason)
			d.Paragraph("– " + said)
		}
	}
	s.imports(d, x)
}

// imports says with which files the person came, and what they were before each.
func (s accessPaper) imports(d *paper.Document, x Access) {
	if len(x.Imports) == 0 {
		return
	}
	d.Heading(2, s.p.T("subject.imports"))
	for _, i := range x.Imports {
		d.Table(paper.Row{Name: i.At, Value: i.Source + "\nSHA-256 " + i.SHA256})
	}
	for _, b := range x.Before {
		until, _ := time.Parse(time.RFC3339, b.Until)
		d.Paragraph(s.p.T("subject.before", "import", b.Import, "day", s.p.Date(until)))
		rows := slices.Concat(s.fields(b.Person), s.corrected(b.Corrected), plainRows(b.Attributes))
		if facts, err := json.Marshal(b.Facts); err == nil {
			rows = append(rows, flat(facts)...)
		}
		d.Table(rows...)
	}
}

func (s accessPaper) messages(d *paper.Document, x Access) {
	d.Heading(1, s.p.T("subject.messages"))
	if len(x.Invitations) == 0 {
		d.Paragraph(s.p.T("subject.none"))
	}
	for _, m := range x.Invitations {
		rows := s.fields(filled("campaign", m.Campaign, "subject", m.Subject, "sent_at", m.SentAt, "to", m.Address, "message_id", m.MessageID, "reply", m.Reply, "state", m.State,
			"returned", strings.Join(m.Returned, "\n")))
		d.Table(append(rows, s.fields(m.Values)...)...)
	}
}

func (s accessPaper) answers(d *paper.Document, x Access) {
	d.Heading(1, s.p.T("subject.answers"))
	if len(x.Responses) == 0 {
		d.Paragraph(s.p.T("subject.none"))
	}
	for _, r := range x.Responses {
		d.Table(s.fields(filled("response", r.ID, "at", r.At, "by", s.p.T("board.how."+r.How), "campaign", r.Campaign, "decisions", s.decisions(x, r), "entered_by", r.Author, "given_on", r.Given,
			"proof", r.Voucher, "page_shown", r.Document))...)
	}
	for _, c := range x.Consents {
		state := c.State
		if c.By == timeOver {
			state = c.By
		}
		d.Table(paper.Row{Name: c.At, Value: s.decided(x, c.Purpose, c.Channel, state)})
	}
	if len(x.Receipts) > 0 {
		d.Heading(2, s.p.T("subject.receipts"))
	}
	for _, m := range x.Receipts {
		d.Table(s.fields(filled("response", m.Response, "at", m.AskedAt, "sent_at", m.EndedAt, "state", m.Outcome))...)
	}
}

// standing says what is kept so that the person is left alone, and what they asked for.
func (s accessPaper) standing(d *paper.Document, x Access) {
	d.Heading(1, s.p.T("subject.never"))
	if len(x.Suppressions) == 0 {
		d.Paragraph(s.p.T("subject.none"))
	}
	for _, l := range x.Suppressions {
		d.Table(paper.Row{Name: l.Reason, Value: l.At + "\n" + l.Source + "\n" + l.Key})
	}
	if len(x.Lists) > 0 {
		d.Heading(2, s.p.T("subject.lists"))
	}
	for _, l := range x.Lists {
		d.Table(paper.Row{Name: l.Name, Value: l.Dated + "\n" + l.Source})
	}
	d.Heading(1, s.p.T("subject.cases"))
	if len(x.Cases) == 0 {
		d.Paragraph(s.p.T("subject.none"))
	}
	for _, c := range x.Cases {
		d.Table(paper.Row{Name: s.p.Or("subject.case."+c.Kind, c.Kind), Value: strings.TrimSpace(c.Opened + " – " + c.Closed + "\n" + s.longer(c) + c.Note)})
	}
}

// longer is until when a case was extended, and why, as a line.
func (s accessPaper) longer(c CaseLine) string {
	if c.Because == "" {
		return ""
	}
	return s.p.T("subject.longer", "due", c.Due, "because", c.Because) + "\n"
}

// entries are what the ledger says of the person, word for word.
func (s accessPaper) entries(d *paper.Document, x Access) {
	d.Heading(1, s.p.T("subject.ledger"))
	d.Note(s.p.T("subject.ledger_text"))
	for _, e := range x.Entries {
		d.Heading(2, fmt.Sprintf("%d · %s · %s", e.Seq, e.Kind, e.At))
		if e.Payload == nil {
			d.Paragraph(s.p.T("subject.erased"))
			continue
		}
		d.Table(flat(e.Payload)...)
	}
}

// flat makes lines of a JSON document: the way to a value, and the value.
func flat(doc []byte) (rows []paper.Row) {
	in := json.NewDecoder(bytes.NewReader(doc))
	in.UseNumber()
	var v any
	if in.Decode(&v) != nil {
		return nil
	}
	var walk func(way string, v any)
	walk = func(way string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(strings.TrimPrefix(way+"."+name, "."), v[name])
			}
		case []any:
			for n, each := range v {
				walk(way+" "+strconv.Itoa(n+1), each)
			}
		default:
			if text := fmt.Sprint(v); v != nil && text != "" {
				rows = append(rows, paper.Row{Name: way, Value: text})
			}
		}
	}
	walk("", v)
	return rows
}
