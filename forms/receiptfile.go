package forms

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/internal/paper"
	"github.com/reoptin/reoptin/templates/consent"
	"github.com/reoptin/reoptin/web"
)

// print hands out the receipt as PDF.
func (f *Forms) print(c echo.Context, v *visit) error {
	var b bytes.Buffer
	if err := f.paper(v, &b); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Language", v.language)
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(v.view.Last.ID)+`.pdf"`)
	return web.Blob(c, http.StatusOK, "application/pdf", b.Bytes())
}

func fileName(id string) string { return "reoptin-receipt-" + id[:min(8, len(id))] }

// paper writes the receipt of the latest answer to be printed. The same answer gives the same bytes as long as it stands.
func (s *Sheets) paper(v *visit, b *bytes.Buffer) error {
	r, p := s.receipt(v, ""), s.catalogue.For(v.language)
	d := paper.New(paper.Paper{Title: p.T("receipt.particulars"), Language: v.language, Created: v.view.Last.At, Footer: r.ID})
	d.Paragraph(r.Controller.Name)
	d.Paragraph(p.T(r.Lead, "name", r.Controller.Name))
	d.Table(decided(r)...)
	d.Table(facts(r)...)
	d.Heading(2, p.T("fact.who"))
	d.Paragraph(strings.Join([]string{legal(r.Controller), r.Controller.Address, r.Controller.Email, r.Controller.PrivacyURL}, "\n"))
	d.Paragraph(p.T("form.withdraw"))
	d.Paragraph(p.T("fact.authority", "authority", r.Controller.Authority))
	_, err := d.WriteTo(b)
	return fault.Wrap("forms.paper", err)
}

func legal(c consent.Controller) string {
	if c.Registration == "" {
		return c.LegalName
	}
	return c.LegalName + " (" + c.Registration + ")"
}

// decided is what was decided, line by line.
func decided(r consent.Receipt) (rows []paper.Row) {
	for _, l := range r.Lines {
		rows = append(rows, paper.Row{Name: l.Purpose + ", " + l.Channel, Value: l.State})
	}
	return rows
}

// facts are what identifies an answer.
func facts(r consent.Receipt) []paper.Row {
	rows := []paper.Row{
		{Name: r.P.T("receipt.at"), Value: r.At}, {Name: r.P.T("receipt.address"), Value: r.Masked},
		{Name: r.P.T("receipt.number"), Value: r.ID}, {Name: r.P.T("receipt.proof"), Value: r.Proof},
	}
	if r.Document != "" {
		rows = append(rows, paper.Row{Name: r.P.T("receipt.document"), Value: r.Document})
	}
	return rows
}

// ReceiptLetter is the message by which somebody gets a receipt that they asked for: text alone, with the links by
// which the choice can be changed for ever.
type ReceiptLetter struct {
	Subject, Text, Language string
	File                    string // name of the attached PDF
	PDF                     []byte
}

// Receipts draws receipts for messages.
type Receipts struct {
	Sheets *Sheets
	Links  *link.Keys
	Base   string // what links begin with, without a slash at the end
}

// Letter draws the receipt of an answer in the language in which it was given.
func (w Receipts) Letter(v campaign.ReceiptView) (ReceiptLetter, error) {
	at := &visit{id: v.Link, path: "/r/", view: v.FormView, language: tongue(v.Frozen, v.Response.Language, v.Language)}
	r := w.Sheets.receipt(at, "")
	pair := func(name, value string) string { return r.P.T("pair", "name", name, "value", value) }
	parts := []string{pair(r.P.T("receipt.particulars"), r.Controller.Name), r.P.T(r.Lead, "name", r.Controller.Name)}
	for _, rows := range [][]paper.Row{decided(r), facts(r)} {
		var lines []string
		for _, row := range rows {
			lines = append(lines, pair(row.Name, row.Value))
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	parts = append(parts,
		r.P.T("receipt.anew")+"\n"+w.Base+"/p/"+w.Links.Mint(link.Preferences, v.Link, at.never()),
		strings.TrimRight(pair(r.P.T("receipt.verify"), ""), " ")+"\n"+w.Base+"/r/"+w.Links.Mint(link.Receipt, v.Link, at.never()),
		"--------",
		strings.Join([]string{legal(r.Controller), r.Controller.Address, r.Controller.Email}, "\n"),
		r.P.T("receipt.requested"), r.P.T("fact.authority", "authority", r.Controller.Authority))
	var b bytes.Buffer
	err := w.Sheets.paper(at, &b)
	return ReceiptLetter{Subject: r.P.T("receipt.subject", "name", r.Controller.Name), Text: strings.Join(parts, "\n\n") + "\n", Language: at.language,
		File: fileName(r.ID) + ".pdf", PDF: b.Bytes()}, err
}
