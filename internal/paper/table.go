package paper

import "strings"

// Row is a line of a table: what a thing is called, and what it is. Either may take several lines.
type Row struct{ Name, Value string }

// Table is a list of names and values. A row stays on one page where a page can hold it.
func (d *Document) Table(rows ...Row) {
	for _, r := range rows {
		d.row(r)
	}
	d.pdf.Ln(2)
}

func (d *Document) row(r Row) {
	d.pdf.SetFont(family, "B", bodySize)
	names := d.lines(r.Name, nameWide)
	d.pdf.SetFont(family, "", bodySize)
	values := d.lines(r.Value, width-nameWide-gap)
	lines := max(len(names), len(values))
	_, tall := d.pdf.GetPageSize()
	if need := float64(lines)*lineTall + 2; need < tall-margin-bottom {
		d.room(need)
	}
	for i := range lines {
		d.room(lineTall)
		d.cell("B", line(names, i), margin, nameWide)
		d.cell("", line(values, i), margin+nameWide+gap, width-nameWide-gap)
		d.pdf.SetXY(margin, d.pdf.GetY()+lineTall)
	}
	y := d.pdf.GetY() + 0.9
	d.pdf.SetDrawColor(215, 215, 215)
	d.pdf.SetLineWidth(0.15)
	d.pdf.Line(margin, y, margin+width, y)
	d.pdf.SetXY(margin, y+1.1)
}

func (d *Document) cell(style, text string, x, wide float64) {
	if text == "" {
		return
	}
	d.pdf.SetFont(family, style, bodySize)
	d.pdf.SetX(x)
	d.pdf.CellFormat(wide, lineTall, text, "", 0, "L", false, 0, "")
}

// lines breaks a text to a width in the font that is set, at blanks that may be broken at. A word that is wider
// than that is broken within.
func (d *Document) lines(text string, wide float64) (out []string) {
	for part := range strings.SplitSeq(clean(text), "\n") {
		line, long := "", 0.0
		for word := range strings.SplitAfterSeq(part, " ") {
			w := d.pdf.GetStringWidth(word)
			if line != "" && long+d.pdf.GetStringWidth(strings.TrimRight(word, " ")) > wide {
				out, line, long = append(out, line), "", 0
			}
			for w > wide {
				head := d.fitting(word, wide)
				out, word = append(out, head), word[len(head):]
				w = d.pdf.GetStringWidth(word)
			}
			line, long = line+word, long+w
		}
		out = append(out, line)
	}
	return out
}

// fitting is as much of a word as a line can hold, one letter at least.
func (d *Document) fitting(word string, wide float64) string {
	long := 0.0
	for i, r := range word {
		if long += d.pdf.GetStringWidth(string(r)); long > wide && i > 0 {
			return word[:i]
		}
	}
	return word
}

func line(of []string, i int) string {
	if i < len(of) {
		return of[i]
	}
	return ""
}

// cut shortens a text to one line of that width.
func (d *Document) cut(text string, wide float64) string {
	text = strings.ReplaceAll(text, "\n", " ")
	if d.pdf.GetStringWidth(text) <= wide {
		return text
	}
	return d.fitting(text, wide-d.pdf.GetStringWidth("…")) + "…"
}
