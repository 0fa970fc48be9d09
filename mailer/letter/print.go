package letter

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/paper"
)

// Print writes the letters of a batch as one PDF, a page each, in their order. It keeps no page.
func (c *Composer) Print(ctx context.Context, w io.Writer, p campaign.Printing) error {
	f, ok := forms[p.Batch.Window]
	if !ok {
		return fault.New(fault.Internal, "letter.window", "there is no paper for this window").At("letter.Print")
	}
	language := "en"
	if len(p.Letters) > 0 {
		language = p.Letters[0].Language
	}
	press, err := paper.NewPress(w, paper.Paper{Title: p.Campaign.Name + " " + strconv.FormatInt(int64(p.Batch.ID), 10), Language: language, Created: p.Batch.At}, f.sheet)
	if err != nil {
		return err
	}
	for _, i := range p.Letters {
		if err := ctx.Err(); err != nil {
			return err
		}
		l, err := c.letter(i, p.Content, p.Batch.At)
		if err != nil {
			return err
		}
		page, err := c.layOut(l, p.Batch.Window)
		if err != nil {
			return err
		}
		if err := draw(press, page, l, p.Batch.ID, p.Places[i.ID]); err != nil {
			return err
		}
	}
	return press.Close()
}

// Preview writes the letter to a sample person of a campaign that need not be kept yet, the same way as a real one. Its
// code opens nothing.
func (c *Composer) Preview(ctx context.Context, w io.Writer, f campaign.Frozen, s campaign.Sample, at time.Time) error {
	doc, err := c.document(f, s.Language)
	if err != nil {
		return err
	}
	return c.Print(ctx, w, campaign.Printing{Batch: campaign.Batch{Window: campaign.WindowFor(f.Organisation.Country), At: at}, Campaign: campaign.Campaign{Name: f.File.Name},
		Content: campaign.Content{Name: f.File.Name, Frozen: &f, Documents: map[string]campaign.Document{doc.Name: doc}},
		Letters: []campaign.Invitation{{Language: s.Language, Route: campaign.RouteLetter, Email: s.Email, Values: s.Values}}, Places: map[campaign.InvitationID]int{0: 1}})
}

// draw puts a page on paper. What is read aloud comes in the order of the marks.
func draw(press *paper.Press, p *layout, l letter, batch campaign.BatchID, n int) error {
	g := press.Page(l.sheet.Language)
	for _, m := range p.marks {
		switch m.kind {
		case boxMark:
			g.Box(m.x, m.y, m.wide, m.wide)
		case ruleMark:
			g.Rule(m.x, m.y, m.wide, m.y, m.dashed)
		case dateMark:
			g.Text(m.x, m.y, m.style, l.values["today"])
		case batchMark:
			text := strings.NewReplacer("{batch}", strconv.FormatInt(int64(batch), 10), "{n}", strconv.Itoa(n)).Replace(l.sheet.Labels[labelBatch])
			g.Text(m.x, m.y, m.style, text)
		case codeMark:
			code, err := l.matrix()
			if err != nil {
				return err
			}
			g.Matrix(m.x, m.y, m.wide/float64(code.Size), code.Size, code.Black, l.say(l.sheet.Labels[labelFigure]))
		default:
			if m.heading {
				g.Heading(m.x, m.y, m.style, m.lines...)
			} else {
				g.Text(m.x, m.y, m.style, m.lines...)
			}
		}
	}
	return g.End()
}

// columns of the list for a mailing house; lines follow.
var columns = []string{"batch", "letter", "language", "code", "link", "code_address", "title", "first_name", "last_name", "company",
	campaign.ValueLine1, campaign.ValueLine2, campaign.ValuePostcode, campaign.ValueCity, campaign.ValueRegion, campaign.ValueCountry}

// mostLines is how many lines an address may have.
const mostLines = 7

// List writes the same batch as CSV, for somebody else who prints: where each letter goes, and its own code and link.
func (c *Composer) List(ctx context.Context, w io.Writer, p campaign.Printing) error {
	out := csv.NewWriter(w)
	head := append([]string{}, columns...)
	for n := range mostLines {
		head = append(head, "line_"+strconv.Itoa(n+1))
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, i := range p.Letters {
		l, err := c.letter(i, p.Content, p.Batch.At)
		if err != nil {
			return err
		}
		row := []string{strconv.FormatInt(int64(p.Batch.ID), 10), strconv.Itoa(p.Places[i.ID]), i.Language, l.code, l.link, l.typed}
		for _, name := range columns[len(row):] {
			row = append(row, harmless(i.Values[name]))
		}
		for n := range mostLines {
			line := ""
			if n < len(l.address) {
				line = harmless(l.address[n])
			}
			row = append(row, line)
		}
		if err := errorOr(ctx.Err(), out.Write(row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func errorOr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
