package app

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/paper"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// summary writes what the dossier holds for people.
func (d *dossier) summary(p i18n.Printer, sealed store.Checkpoint) error {
	doc := paper.New(paper.Paper{Title: p.T("dossier.title"), Language: p.Language(), Created: d.at, Footer: p.T("dossier.footer")})
	doc.Paragraph(p.T("dossier.intro"))
	doc.Table(d.told.about(p, d.at, d.keys.now(), sealed)...)
	d.told.answersOn(p, doc)
	doc.Heading(1, p.T("dossier.entries"))
	doc.Paragraph(p.T("dossier.entries_intro"))
	var rows []paper.Row
	for _, kind := range slices.Sorted(maps.Keys(d.told.kinds)) {
		rows = append(rows, paper.Row{Name: kind, Value: p.Number(d.told.kinds[kind])})
	}
	doc.Table(append(rows, d.told.without(p)...)...)
	d.told.shownOn(p, doc)
	doc.Heading(1, p.T("dossier.check"))
	doc.Paragraph(p.T("dossier.check_how"))
	doc.Paragraph("reoptin-verify --key " + d.keys.now() + " FILE.zip")
	w, err := d.create("summary.pdf")
	if err != nil {
		return err
	}
	_, err = doc.WriteTo(w)
	return err
}

// about is what stands first: of what the dossier is, and what proves it.
func (t *telling) about(p i18n.Printer, at time.Time, key string, sealed store.Checkpoint) []paper.Row {
	of := p.T("dossier.of_all")
	switch q := t.query; {
	case q.Response != "":
		of = p.T("dossier.of_response", "id", q.Response)
	case q.Contact != "":
		of = p.T("dossier.of_contact", "contact", q.Contact)
	case q.Campaign != "":
		of = p.T("dossier.of_campaign", "name", q.Campaign)
	}
	origin, _, _ := strings.Cut(sealed.Note, "\n")
	rows := []paper.Row{
		{Name: p.T("dossier.of"), Value: of},
		{Name: p.T("dossier.made"), Value: p.DateTime(at)},
		{Name: p.T("dossier.ledger"), Value: origin},
		{Name: p.T("dossier.head"), Value: p.T("dossier.head_is", "size", p.Number(int(sealed.Size)), "root", sealed.Root.String())},
		{Name: p.T("dossier.key"), Value: key},
	}
	for _, s := range t.stamps {
		rows = append(rows, paper.Row{Name: p.T("dossier.stamp"), Value: stamped(p, s)})
		break // the first: it says the most
	}
	return rows
}

// stamped says what a time stamp shows.
func stamped(p i18n.Printer, s store.Anchor) string {
	token, err := ledger.TimestampToken(s.Answer)
	if err != nil {
		return p.T("dossier.stamp_bad")
	}
	at, err := ledger.CheckTimestamp(token, []byte(s.Of.Note), nil)
	if err != nil {
		return p.T("dossier.stamp_bad")
	}
	return p.T("dossier.stamp_is", "size", p.Number(int(s.Of.Size)), "at", p.DateTime(at.At), "authority", at.Authority)
}

// without counts the entries whose content is not there.
func (t *telling) without(p i18n.Printer) (rows []paper.Row) {
	count := map[bool]int{}
	for _, erased := range t.gone {
		count[erased]++
	}
	for _, erased := range []bool{true, false} {
		if n := count[erased]; n > 0 {
			rows = append(rows, paper.Row{Name: p.T(map[bool]string{true: "dossier.erased", false: "dossier.absent"}[erased]), Value: p.Number(n)})
		}
	}
	return rows
}

// answersOn lists decisions in total, then answers one by one.
func (t *telling) answersOn(p i18n.Printer, doc *paper.Document) {
	doc.Heading(1, p.T("dossier.answers"))
	if len(t.answers) == 0 {
		doc.Paragraph(p.T("dossier.no_answer"))
		return
	}
	var totals []paper.Row
	for _, key := range slices.Sorted(maps.Keys(t.states)) {
		parts := strings.SplitN(key, "\x00", 3)
		totals = append(totals, paper.Row{Name: parts[0] + " · " + parts[1] + " · " + p.T("dossier.state."+parts[2]), Value: p.Number(t.states[key])})
	}
	doc.Table(totals...)
	for _, a := range t.answers {
		doc.Heading(2, p.T("dossier.answer", "n", p.Number(int(a.seq))))
		at := a.At
		if when, err := time.Parse(time.RFC3339, a.At); err == nil {
			at = p.DateTime(when)
		}
		rows := []paper.Row{{Name: p.T("dossier.answered"), Value: at}, {Name: p.T("dossier.receipt"), Value: a.Receipt}}
		for _, d := range a.Decisions {
			rows = append(rows, paper.Row{Name: d.Purpose + " · " + d.Channel, Value: p.T("dossier.state." + string(d.State))})
		}
		if a.Document != "" {
			rows = append(rows, paper.Row{Name: p.T("dossier.shown"), Value: a.Document})
		}
		doc.Table(rows...)
	}
	if t.more > 0 {
		doc.Note(p.T("dossier.more", "n", p.Number(t.more)))
	}
}

// shownOn lists the documents that people saw.
func (t *telling) shownOn(p i18n.Printer, doc *paper.Document) {
	if len(t.documents) == 0 {
		return
	}
	doc.Heading(1, p.T("dossier.documents"))
	var rows []paper.Row
	for _, d := range t.documents {
		rows = append(rows, paper.Row{Name: d.Name, Value: ledger.DocumentFile(d.SHA256, d.Name) + "\nSHA-256 " + d.SHA256})
	}
	doc.Table(rows...)
}
