// Package paper makes readable documents: PDF with headings, paragraphs and tables of two columns, in a font of
// its own that travels within the file.
//
// The same calls give the same bytes: the date is handed in, and nothing else comes from outside. The language
// and the title stand in the file for those who have it read aloud, and headings make its outline; the library
// cannot mark up more of the structure, so whoever needs that gets the same facts as JSON or as a page.
//
// The font has Latin, Greek and Cyrillic letters. What it lacks is drawn as the sign for an unknown letter: a
// document never fails because of somebody's name, and what stands beside it as data has the name in full.
package paper

import (
	_ "embed"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/reoptin/reoptin/internal/fault"
)

var (
	//go:embed font/NotoSans-Regular.ttf
	regular []byte
	//go:embed font/NotoSans-Bold.ttf
	bold []byte
)

// Measures in millimetres, sizes of letters in points.
const (
	family   = "noto"
	margin   = 22.0
	bottom   = 24.0
	width    = 210 - 2*margin
	nameWide = 52.0
	gap      = 4.0

	bodySize  = 10.0
	smallSize = 8.5
	lineTall  = 5.2

	// allPages stands for the number of pages until the last one is known. Its two bytes cannot appear across two
	// letters that the font has.
	allPages = "\ue1e2"
)

// Paper says what a document is, and how its pages are signed below.
type Paper struct {
	Title    string
	Language string    // BCP 47
	Created  time.Time // stands in the file
	Footer   string    // below on the left of each page; may be empty
	// Page is what stands below on the right: both are numbers already written out. Nil: "3 / 7".
	Page func(page, pages string) string
}

// Document is being written from top to bottom. It is not for concurrent use.
type Document struct {
	pdf   *fpdf.Fpdf
	depth int // of the latest heading, so that the outline leaves no level out
}

// New begins a document with its title.
func New(p Paper) *Document {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AliasNbPages(allPages)
	pdf.AddUTF8FontFromBytes(family, "", regular)
	pdf.AddUTF8FontFromBytes(family, "B", bold)
	pdf.SetCreationDate(p.Created.UTC())
	pdf.SetModificationDate(p.Created.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetTitle(clean(p.Title), true)
	pdf.SetLang(tag(p.Language))
	pdf.SetProducer("reoptin", false)
	pdf.SetCreator("reoptin", false)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetCellMargin(0)
	pdf.SetAutoPageBreak(true, bottom)
	d := &Document{pdf: pdf}
	pdf.SetFooterFunc(func() { d.foot(p) })
	pdf.AddPage()
	d.text("B", 19, 8.4, clean(p.Title))
	pdf.Ln(3)
	return d
}

// WriteTo ends the document and writes it. The library puts a file together in memory, so a document is for one
// person or one summary, not for a whole base.
func (d *Document) WriteTo(w io.Writer) (int64, error) {
	c := &counter{w: w}
	err := d.pdf.Output(c)
	return c.n, fault.Wrap("paper.WriteTo", err)
}

// Heading begins a part: level 1 or 2.
func (d *Document) Heading(level int, text string) {
	size, before := 13.0, 6.0
	if level > 1 {
		size, before = 11, 3.5
	}
	d.pdf.Ln(before)
	d.room(3 * lineTall)
	d.pdf.SetFont(family, "B", size)
	d.depth = min(max(level, 1), d.depth+1)
	d.pdf.Bookmark(clean(text), d.depth-1, -1)
	d.text("B", size, size*0.52, clean(text))
	d.pdf.Ln(1.4)
}

// Paragraph is text over the whole width; a line break in it stays one.
func (d *Document) Paragraph(text string) {
	d.text("", bodySize, lineTall, clean(text))
	d.pdf.Ln(2)
}

// Note is a paragraph in smaller, grey letters.
func (d *Document) Note(text string) {
	d.pdf.SetTextColor(90, 90, 90)
	d.text("", smallSize, 4.4, clean(text))
	d.pdf.SetTextColor(0, 0, 0)
	d.pdf.Ln(2)
}

func (d *Document) text(style string, size, line float64, text string) {
	d.pdf.SetFont(family, style, size)
	d.pdf.MultiCell(width, line, text, "", "L", false)
}

// room begins a new page when less than that is left on this one.
func (d *Document) room(need float64) {
	_, tall := d.pdf.GetPageSize()
	if d.pdf.GetY()+need > tall-bottom {
		d.pdf.AddPage()
	}
}

func (d *Document) foot(p Paper) {
	page := p.Page
	if page == nil {
		page = func(page, pages string) string { return page + " / " + pages }
	}
	d.pdf.SetY(-15)
	d.pdf.SetFont(family, "", 8)
	d.pdf.SetTextColor(90, 90, 90)
	d.pdf.SetX(margin)
	d.pdf.CellFormat(width*0.75, 5, d.cut(clean(p.Footer), width*0.72), "", 0, "L", false, 0, "")
	d.pdf.CellFormat(width*0.25, 5, page(number(d.pdf.PageNo()), allPages), "", 0, "R", false, 0, "")
	d.pdf.SetTextColor(0, 0, 0)
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
