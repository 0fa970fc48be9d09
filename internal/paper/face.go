package paper

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/reoptin/reoptin/internal/fault"
)

// face is one of the two fonts as a press needs it: which glyph draws a letter, and how wide it is.
type face struct {
	name    string
	file    []byte
	units   int
	ascent  int
	descent int
	box     [4]int
	widths  []int           // by glyph, in thousandths of the size
	glyphs  map[rune]uint16 // of the letters that are covered
}

// Units of a font's own tables; all numbers in it are big-endian (OpenType, chapter 2).
const (
	tableRecord  = 16
	tableRecords = 12
)

var errFont = errors.New("the font lacks a table, or has one in another format")

// newFace reads the tables of a font: head, hhea, hmtx, and of cmap the format 4 that our fonts have.
func newFace(name string, file []byte) (*face, error) {
	f := &face{name: name, file: file, glyphs: map[rune]uint16{}}
	at := map[string]int{}
	for i := range f.u16(4) {
		record := tableRecords + tableRecord*i
		at[string(file[record:record+4])] = f.u32(record + 8)
	}
	for _, table := range []string{"head", "hhea", "hmtx", "maxp", "cmap"} {
		if at[table] == 0 {
			return nil, errFont
		}
	}
	f.units = f.u16(at["head"] + 18)
	for i := range f.box {
		f.box[i] = f.thousandths(f.i16(at["head"] + 36 + 2*i))
	}
	f.ascent, f.descent = f.thousandths(f.i16(at["hhea"]+4)), f.thousandths(f.i16(at["hhea"]+6))
	f.readWidths(at["hmtx"], f.u16(at["hhea"]+34), f.u16(at["maxp"]+4))
	return f, f.readGlyphs(at["cmap"])
}

func (f *face) u16(at int) int         { return int(binary.BigEndian.Uint16(f.file[at:])) }
func (f *face) i16(at int) int         { return int(int16(binary.BigEndian.Uint16(f.file[at:]))) }
func (f *face) u32(at int) int         { return int(binary.BigEndian.Uint32(f.file[at:])) }
func (f *face) thousandths(of int) int { return of * 1000 / f.units }

func (f *face) readWidths(hmtx, measured, glyphs int) {
	f.widths = make([]int, glyphs)
	for g := range glyphs {
		f.widths[g] = f.thousandths(f.u16(hmtx + 4*min(g, measured-1)))
	}
}

func (f *face) readGlyphs(cmap int) error {
	sub := cmap + f.u32(cmap+8)
	if f.u16(sub) != 4 {
		return errFont
	}
	segments := f.u16(sub+6) / 2
	ends, starts := sub+14, sub+16+2*segments
	deltas, offsets := starts+2*segments, starts+4*segments
	for i := range segments {
		delta, offset := f.u16(deltas+2*i), f.u16(offsets+2*i)
		for r := f.u16(starts + 2*i); r <= f.u16(ends+2*i) && r != 0xffff; r++ {
			g := r
			if offset != 0 {
				g = f.u16(offsets + 2*i + offset + 2*(r-f.u16(starts+2*i)))
			}
			if g = (g + delta) & 0xffff; g != 0 && g < len(f.widths) && unicode.Is(covered, rune(r)) {
				f.glyphs[rune(r)] = uint16(g)
			}
		}
	}
	return nil
}

// width is that of a text in thousandths of the size.
func (f *face) width(text string) (sum int) {
	for _, r := range text {
		sum += f.widths[f.glyphs[r]]
	}
	return sum
}

// Faces are the fonts: they tell how text would be set before there is a page to set it on.
type Faces struct{ faces [2]*face } // regular, bold

// NewFaces reads the fonts.
func NewFaces() (f Faces, err error) {
	for n, font := range []struct {
		name string
		file []byte
	}{{"NotoSans-Regular", regular}, {"NotoSans-Bold", bold}} {
		if f.faces[n], err = newFace(font.name, font.file); err != nil {
			return f, fault.Wrap("paper.NewFaces", err)
		}
	}
	return f, nil
}

// Lines are a text as it would be set in a width of so many millimetres.
func (f Faces) Lines(text string, s Style, wide float64) []string {
	return f.face(s).wrap(text, s.Size, wide*points)
}

// Width is that of one line in millimetres.
func (f Faces) Width(text string, s Style) float64 {
	return float64(f.face(s).width(clean(text))) * s.Size / 1000 / points
}

func (f Faces) face(s Style) *face {
	if s.Bold {
		return f.faces[1]
	}
	return f.faces[0]
}

// Lacking is the first letter of a text that the font does not have, or that it cannot join to its neighbours; "" when
// all of it can be printed. Signs that nobody sees do not count.
func Lacking(text string) string {
	for _, r := range norm.NFC.String(text) {
		if r == '\n' || r == '\t' || unicode.Is(covered, r) && r != unicode.ReplacementChar {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			continue
		}
		return string(r)
	}
	return ""
}

// wrap breaks a text to a width in points, at blanks that may be broken at. A word that is wider than that is broken within.
func (f *face) wrap(text string, size, wide float64) (out []string) {
	long := func(s string) float64 { return float64(f.width(s)) * size / 1000 }
	for part := range strings.SplitSeq(clean(text), "\n") {
		line, used := "", 0.0
		for word := range strings.SplitAfterSeq(part, " ") {
			w := long(word)
			if line != "" && used+long(strings.TrimRight(word, " ")) > wide {
				out, line, used = append(out, strings.TrimRight(line, " ")), "", 0
			}
			for w > wide && len([]rune(word)) > 1 {
				head := f.head(word, size, wide)
				out, word = append(out, head), word[len(head):]
				w = long(word)
			}
			line, used = line+word, used+w
		}
		out = append(out, strings.TrimRight(line, " "))
	}
	return out
}

// head is as much of a word as a line can hold, one letter at least.
func (f *face) head(word string, size, wide float64) string {
	long := 0.0
	for i, r := range word {
		if long += float64(f.widths[f.glyphs[r]]) * size / 1000; long > wide && i > 0 {
			return word[:i]
		}
	}
	return word
}
