package letter

import (
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/paper"
)

// form is a paper with the place that shows through the window of an envelope. Measures are millimetres. The address stays
// in the window however the sheet lies in its envelope.
type form struct {
	sheet paper.Sheet

	left, right float64 // margins
	top         float64 // where the text begins, below the window and the fold

	addressX, addressY float64
	addressWide        float64
	addressTall        float64
	addressLines       int

	returnY float64 // of the sender in one small line above the address; 0: the window does not show one
	dateX   float64
	dateY   float64
}

// forms are the papers by their window. DIN 5008 form B: the field of 85 by 45 mm at 20 and 45 mm, of which the upper 17.7 mm
// are for the sender. NF Z 10-011: at most six lines, at the right; the place that a window of 100 by 35 mm, 20 mm from the edges
// of a DL envelope, shows in whichever way the sheet lies. US: the same of a number 10 envelope.
var forms = map[campaign.Window]form{
	campaign.WindowDIN: {sheet: paper.A4, left: 25, right: 20, top: 99, addressX: 25, addressY: 62.7, addressWide: 78, addressTall: 27.3, addressLines: 6,
		returnY: 58, dateX: 125, dateY: 62.7},
	campaign.WindowNF: {sheet: paper.A4, left: 20, right: 20, top: 92, addressX: 103, addressY: 55, addressWide: 85, addressTall: 24, addressLines: 6,
		dateX: 20, dateY: 80},
	campaign.WindowUS: {sheet: paper.Letter, left: 22, right: 22, top: 92, addressX: 25, addressY: 63.5, addressWide: 84, addressTall: 17, addressLines: 5,
		dateX: 140, dateY: 63.5},
}

// addressStyle is how so many lines fill the window: the fewer, the larger.
func (f form) addressStyle(lines int) paper.Style {
	tall := min(4.5, f.addressTall/float64(lines))
	return paper.Style{Size: min(10, tall/0.44), Line: tall}
}

// fitted is the address of a letter as the window holds it: the second line of the street moves up behind the first where
// there are too many.
func (f form) fitted(l letter) []string {
	if len(l.address) > f.addressLines && len(l.brief) > 0 {
		return l.brief
	}
	return l.address
}

// sizes are the styles of a page at one of the scales that are tried until all fits.
type sizes struct {
	head, subject, body, strong, code, small, title paper.Style
	gap                                             float64
}

func sizesAt(scale float64) sizes {
	style := func(size, line float64, bold bool) paper.Style {
		return paper.Style{Size: size * scale, Line: line * scale, Bold: bold}
	}
	return sizes{head: style(13, 6, true), subject: style(11.5, 5.4, true), body: style(10, 4.5, false), strong: style(10, 4.5, true),
		code: style(15, 7, true), small: style(8, 3.4, false), title: style(8, 3.4, true), gap: 2 * scale}
}

// scales that are tried. At the last the small print is 6.7 points, which is as small as it may get.
var scales = []float64{1, 0.96, 0.92, 0.88, 0.84}

// mark is a thing on a page.
type mark struct {
	kind    markKind
	x, y    float64
	wide    float64 // of a box or a line, to which it goes
	style   paper.Style
	lines   []string
	dashed  bool
	heading bool
}

type markKind int

const (
	textMark markKind = iota
	boxMark
	ruleMark
	codeMark
	dateMark
	batchMark
)

// layout is a page that is not drawn yet.
type layout struct {
	form  form
	sizes sizes
	marks []mark
	y     float64
}

const (
	bottomEdge = 9.0
	boxSize    = 3.2
	codeWide   = 27.0
	quiet      = 3.2 // that nothing may stand in around a code to scan
)

// layOut sets a letter at the largest scale at which it fits on its page.
func (c *Composer) layOut(l letter, w campaign.Window) (*layout, error) {
	f := forms[w]
	l.address = f.fitted(l)
	if len(l.address) > f.addressLines {
		return nil, fault.New(fault.Invalid, "letter.lines", "the postal address has {n} lines, and the window holds {most}", "n", len(l.address), "most", f.addressLines).At("letter.layOut")
	}
	for _, line := range l.address {
		if c.faces.Width(line, f.addressStyle(len(l.address))) > f.addressWide {
			return nil, fault.New(fault.Invalid, "letter.wide", "a line of the postal address is wider than the window").At("letter.layOut").
				Hint("put part of it into address_line2")
		}
	}
	for _, scale := range scales {
		p := &layout{form: f, sizes: sizesAt(scale), y: f.top}
		coupon := c.coupon(p, l)
		c.head(p, l)
		c.words(p, l)
		if room := f.sheet.Tall - bottomEdge - coupon.y; p.y+p.sizes.gap <= room {
			p.join(coupon, room)
			return p, nil
		}
	}
	return nil, fault.New(fault.Invalid, "letter.long", "the letter in {language} does not fit on its page", "language", l.sheet.Language).At("letter.layOut").
		Hint("shorten the message, or ask fewer questions at once")
}

// join puts another layout below.
func (p *layout) join(other *layout, at float64) {
	for _, m := range other.marks {
		m.y += at
		p.marks = append(p.marks, m)
	}
}

func (p *layout) wide() float64 { return p.form.sheet.Wide - p.form.left - p.form.right }

// text sets a text at x, and moves below it.
func (c *Composer) text(p *layout, l letter, x, wide float64, s paper.Style, text string) {
	lines := c.lines(l, text, s, wide)
	p.marks = append(p.marks, mark{kind: textMark, x: x, y: p.y, style: s, lines: lines})
	p.y += s.Line * float64(len(lines))
}

// lines are those of a text, filled in.
func (c *Composer) lines(l letter, text string, s paper.Style, wide float64) []string {
	return c.wrapped(l.say(text), !strings.Contains(text, "{"), s, wide)
}

// wrapped sets a text. What is the same for everybody is set once.
func (c *Composer) wrapped(text string, same bool, s paper.Style, wide float64) []string {
	if !same {
		return c.faces.Lines(text, s, wide)
	}
	k := setting{text, s, wide}
	c.mu.Lock()
	defer c.mu.Unlock()
	if lines, known := c.set[k]; known {
		return lines
	}
	if len(c.set) >= mostSet {
		c.set = map[setting][]string{}
	}
	c.set[k] = c.faces.Lines(text, s, wide)
	return c.set[k]
}

// head is what stands above the text: the sender, the address, the date.
func (c *Composer) head(p *layout, l letter) {
	f, s := p.form, l.sheet
	add := func(m mark) { p.marks = append(p.marks, m) }
	add(mark{kind: textMark, x: f.left, y: 14, style: paper.Style{Size: 13, Line: 6, Bold: true}, lines: []string{s.Sender}})
	small := paper.Style{Size: 8, Line: 3.6}
	add(mark{kind: textMark, x: f.left, y: 20.5, style: small, lines: c.lines(l, s.Return, small, 90)})
	if f.returnY > 0 {
		tiny := paper.Style{Size: 6, Line: 3}
		add(mark{kind: textMark, x: f.addressX, y: f.returnY, style: tiny, lines: c.lines(l, s.Return, tiny, f.addressWide)[:1]})
		add(mark{kind: ruleMark, x: f.addressX, y: f.returnY + 3.2, wide: f.addressX + f.addressWide})
	}
	add(mark{kind: textMark, x: f.addressX, y: f.addressY, style: f.addressStyle(len(l.address)), lines: l.address})
	add(mark{kind: dateMark, x: f.dateX, y: f.dateY, style: paper.Style{Size: 10, Line: 4.5}})
}

// words is the text: the campaign's, what is asked, how to answer, and what must be told.
func (c *Composer) words(p *layout, l letter) {
	s, z, left := l.sheet, p.sizes, p.form.left
	c.text(p, l, left, p.wide(), z.subject, s.Subject)
	p.marks[len(p.marks)-1].heading = true
	p.y += z.gap
	for _, text := range s.Body {
		c.text(p, l, left, p.wide(), z.body, text)
		p.y += z.gap
	}
	c.text(p, l, left, p.wide(), z.strong, s.Ask)
	for _, i := range s.Items {
		p.marks = append(p.marks, mark{kind: textMark, x: left, y: p.y, style: z.body, lines: []string{"•"}})
		c.text(p, l, left+4, p.wide()-4, z.body, i.Text)
	}
	p.y += z.gap
	c.online(p, l)
	for _, text := range s.Answer {
		c.text(p, l, left, p.wide(), z.body, text)
	}
	p.y += z.gap
	c.text(p, l, left, p.wide(), z.strong, s.Object)
	p.y += z.gap
	for _, part := range s.Legal {
		// The title stands before the text on its first line.
		wide := c.faces.Width(part.Title+".  ", z.title)
		p.marks = append(p.marks, mark{kind: textMark, x: left, y: p.y, style: z.title, lines: []string{part.Title + "."}})
		c.hanging(p, l, part.Text, left, wide)
	}
}

// hanging sets a text whose first line begins further right.
func (c *Composer) hanging(p *layout, l letter, text string, left, by float64) {
	s, same := p.sizes.small, !strings.Contains(text, "{")
	text = oneLine(l.say(text))
	first := c.wrapped(text, same, s, p.wide()-by)
	p.marks = append(p.marks, mark{kind: textMark, x: left + by, y: p.y, style: s, lines: first[:1]})
	p.y += s.Line
	if len(first) > 1 {
		rest := c.wrapped(strings.TrimSpace(strings.TrimPrefix(text, first[0])), same, s, p.wide())
		p.marks = append(p.marks, mark{kind: textMark, x: left, y: p.y, style: s, lines: rest})
		p.y += s.Line * float64(len(rest))
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// online is the code to scan with the one to type beside it.
func (c *Composer) online(p *layout, l letter) {
	z, left, top := p.sizes, p.form.left, p.y
	p.marks = append(p.marks, mark{kind: codeMark, x: left, y: top, wide: codeWide})
	x, wide := left+codeWide+5, p.wide()-codeWide-5
	p.y = top + 2
	c.text(p, l, x, wide, z.strong, l.sheet.Labels[labelOnline])
	c.text(p, l, x, wide, z.body, l.sheet.Labels[labelScan])
	p.y++
	p.marks = append(p.marks, mark{kind: textMark, x: x, y: p.y, style: z.code, lines: []string{l.code}})
	p.y = max(p.y+z.code.Line, top+codeWide) + quiet
}

// coupon is the part to cut off, in a layout of its own that begins at 0.
func (c *Composer) coupon(p *layout, l letter) *layout {
	q := &layout{form: p.form, sizes: p.sizes}
	s, z, left := l.sheet, p.sizes, p.form.left
	q.marks = append(q.marks, mark{kind: ruleMark, x: 8, wide: p.form.sheet.Wide - 8, dashed: true})
	q.y = 2.5
	c.text(q, l, left, q.wide(), z.strong, s.Labels[labelCoupon])
	c.text(q, l, left, q.wide(), z.small, s.Labels[labelSend])
	q.y++
	yes, no := s.Labels[labelYes], s.Labels[labelNo]
	second := left + boxSize + 2 + max(c.faces.Width(yes, z.body), c.faces.Width(no, z.body)) + 4
	third := second + second - left
	for _, i := range s.Items {
		c.tick(q, left, yes)
		c.tick(q, second, no)
		c.text(q, l, third, p.form.sheet.Wide-p.form.right-third, z.body, i.Brief)
		q.y += 0.8
	}
	c.tick(q, left, "")
	c.text(q, l, left+boxSize+2, q.wide()-boxSize-2, z.body, s.Labels[labelNever])
	q.y += 5
	q.marks = append(q.marks, mark{kind: ruleMark, x: left, y: q.y, wide: left + 75})
	q.marks = append(q.marks, mark{kind: textMark, x: left, y: q.y + 0.5, style: z.small, lines: []string{s.Labels[labelSign]}})
	q.marks = append(q.marks, mark{kind: batchMark, x: left + 85, y: q.y + 0.5, style: z.small})
	q.marks = append(q.marks, mark{kind: textMark, x: left + 85, y: q.y - z.strong.Line, style: z.strong, lines: []string{l.code}})
	q.y += z.small.Line + 0.5
	return q
}

// tick is an empty box with what it stands for.
func (c *Composer) tick(q *layout, x float64, label string) {
	s := q.sizes.body
	q.marks = append(q.marks, mark{kind: boxMark, x: x, y: q.y + (s.Line-boxSize)/2, wide: boxSize})
	if label != "" {
		q.marks = append(q.marks, mark{kind: textMark, x: x + boxSize + 1.5, y: q.y, style: s, lines: []string{label}})
	}
}
