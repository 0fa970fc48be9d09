package paper

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Style is how a text is set: its size in points, the distance of its lines in millimetres, and how black it is.
type Style struct {
	Bold bool
	Size float64
	Line float64
	Grey bool
}

// Page is one page of a press; End writes it. Places are millimetres from its upper left corner.
type Page struct {
	press    *Press
	number   int
	sect     int
	language string
	elements []element
}

// element is a part of a page in the order of reading.
type element struct {
	kind, alt string
	number    int
}

const points = 72 / 25.4 // of a millimetre

// Page begins the next page, whose text is of a language.
func (pr *Press) Page(language string) *Page {
	pr.body.Reset()
	return &Page{press: pr, number: pr.next(), sect: pr.next(), language: tag(language)}
}

// Heading is Text that is a heading.
func (g *Page) Heading(x, y float64, s Style, lines ...string) float64 {
	return g.text("H1", x, y, s, lines)
}

// Text sets lines one below the other, the first with its upper edge at y, and gives where the next would stand.
func (g *Page) Text(x, y float64, s Style, lines ...string) float64 {
	return g.text("P", x, y, s, lines)
}

func (g *Page) text(kind string, x, y float64, s Style, lines []string) float64 {
	g.open(kind, "")
	b := &g.press.body
	name, f, grey := "F1", g.press.face(s), "0"
	if s.Bold {
		name = "F2"
	}
	if s.Grey {
		grey = ".35"
	}
	fmt.Fprintf(b, "BT /%s %s Tf %s g ", name, decimal(s.Size), grey)
	// The letters stand in the middle of their line.
	base := y + s.Line/2 + float64(f.ascent+f.descent)*s.Size/2000/points
	fmt.Fprintf(b, "%s TL %s %s Td ", decimal(s.Line*points), decimal(x*points), decimal((g.press.sheet.Tall-base)*points))
	for n, line := range lines {
		if n > 0 {
			b.WriteString("T* ")
		}
		b.WriteByte('<')
		for _, r := range clean(line) {
			writeHex(b, f.glyphs[r])
		}
		b.WriteString("> Tj ")
	}
	b.WriteString("ET\n")
	g.close()
	return y + s.Line*float64(len(lines))
}

// Matrix draws the black squares of an n by n pattern, each as wide as that, as a figure that is called alt.
func (g *Page) Matrix(x, y, module float64, n int, black func(x, y int) bool, alt string) {
	g.open("Figure", alt)
	b := &g.press.body
	m := module * points
	fmt.Fprintf(b, "q 0 g %s 0 0 %s %s %s cm ", precise(m), precise(-m), decimal(x*points), decimal((g.press.sheet.Tall-y)*points))
	for row := range n {
		for col := 0; col < n; col++ {
			wide := 0
			for col+wide < n && black(col+wide, row) {
				wide++
			}
			if wide > 0 {
				fmt.Fprintf(b, "%d %d %d 1 re ", col, row, wide)
				col += wide
			}
		}
	}
	b.WriteString("f Q\n")
	g.close()
}

// Box draws an empty box. It says nothing of its own: the text beside it does.
func (g *Page) Box(x, y, wide, tall float64) {
	fmt.Fprintf(&g.press.body, "/Artifact BMC q .35 w 0 G %s %s %s %s re S Q EMC\n", decimal(x*points), decimal((g.press.sheet.Tall-y-tall)*points), decimal(wide*points), decimal(tall*points))
}

// Rule draws a thin line from one point to another, dashed or not.
func (g *Page) Rule(x1, y1, x2, y2 float64, dashed bool) {
	dash := ""
	if dashed {
		dash = "[3 2] 0 d "
	}
	tall := g.press.sheet.Tall
	fmt.Fprintf(&g.press.body, "/Artifact BMC q .35 w .4 G %s%s %s m %s %s l S Q EMC\n", dash, decimal(x1*points), decimal((tall-y1)*points), decimal(x2*points), decimal((tall-y2)*points))
}

func (g *Page) open(kind, alt string) {
	fmt.Fprintf(&g.press.body, "/%s <</MCID %d>> BDC ", kind, len(g.elements))
	g.elements = append(g.elements, element{kind, alt, g.press.next()})
}

func (g *Page) close() { g.press.body.WriteString("EMC\n") }

// End writes the page.
func (g *Page) End() error {
	pr := g.press
	content, parents := pr.next(), pr.next()
	pr.stream(content, pr.body.Bytes(), "")
	pr.object(g.number, "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /StructParents %d /Tabs /S /Resources << /Font << /F1 %d 0 R /F2 %d 0 R >> >> >>",
		objPages, decimal(pr.sheet.Wide*points), decimal(pr.sheet.Tall*points), content, len(pr.pages), objFont, objFont+fontObjects)
	numbers := make([]int, len(g.elements))
	for n, e := range g.elements {
		numbers[n] = e.number
		alt := ""
		if e.alt != "" {
			alt = " /Alt " + hex16(clean(e.alt))
		}
		pr.object(e.number, "<< /Type /StructElem /S /%s /P %d 0 R /Pg %d 0 R /K %d%s >>", e.kind, g.sect, g.number, n, alt)
	}
	pr.object(g.sect, "<< /Type /StructElem /S /Sect /P %d 0 R /Lang (%s) /K [%s] >>", objDocument, g.language, references(numbers))
	pr.object(parents, "[%s]", references(numbers))
	pr.pages, pr.sects, pr.parents = append(pr.pages, g.number), append(pr.sects, g.sect), append(pr.parents, parents)
	return pr.err
}

func writeHex(b *bytes.Buffer, glyph uint16) {
	const digits = "0123456789abcdef"
	b.Write([]byte{digits[glyph>>12], digits[glyph>>8&15], digits[glyph>>4&15], digits[glyph&15]})
}

// decimal is a number with two places at most, precise one with five.
func decimal(f float64) string { return trimmed(f, 2) }
func precise(f float64) string { return trimmed(f, 5) }

func trimmed(f float64, places int) string {
	s := strconv.FormatFloat(f, 'f', places, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
