package paper

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/reoptin/reoptin/internal/fault"
)

// Sheet is the size of a page in millimetres.
type Sheet struct{ Wide, Tall float64 }

// The sheets that letters are printed on.
var (
	A4     = Sheet{210, 297}
	Letter = Sheet{215.9, 279.4}
)

// Press writes a document page by page and keeps none of them, so that it may be of any length. What stands on a page is
// placed in millimetres, and marked up: paragraphs, headings and figures are in the file in the order in which they are read
// aloud, each page in its own language. It is not for concurrent use.
type Press struct {
	w     *bufio.Writer
	at    int64 // octets written
	err   error
	sheet Sheet
	Faces

	offsets []int64 // of the objects, by number from 1
	pages   []int
	sects   []int // what a page is in the reading order
	parents []int // of each page: the list of its elements
	squeeze *zlib.Writer
	body    bytes.Buffer
	packed  bytes.Buffer
}

// Objects with numbers that are known before they are written.
const (
	objCatalog = 1 + iota
	objPages
	objInfo
	objTree     // of the reading order
	objDocument // its one element under which all pages stand
	objParents
	objFont // regular: five objects; bold: five more
	objFree = objFont + 2*fontObjects
)

const fontObjects = 5

// NewPress begins a document.
func NewPress(w io.Writer, p Paper, s Sheet) (*Press, error) {
	pr := &Press{w: bufio.NewWriterSize(w, 1<<16), sheet: s, offsets: make([]int64, objFree-1), squeeze: zlib.NewWriter(nil)}
	var err error
	if pr.Faces, err = NewFaces(); err != nil {
		return nil, err
	}
	pr.print("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n")
	day := p.Created.UTC().Format("20060102150405")
	pr.object(objInfo, "<< /Title %s /Producer (reoptin) /Creator (reoptin) /CreationDate (D:%sZ) /ModDate (D:%sZ) >>", hex16(clean(p.Title)), day, day)
	pr.object(objCatalog, "<< /Type /Catalog /Pages %d 0 R /Lang (%s) /MarkInfo << /Marked true >> /StructTreeRoot %d 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
		objPages, tag(p.Language), objTree)
	for n, f := range pr.faces {
		pr.font(objFont+n*fontObjects, f)
	}
	return pr, pr.err
}

func (pr *Press) print(format string, args ...any) {
	if pr.err != nil {
		return
	}
	n, err := fmt.Fprintf(pr.w, format, args...)
	pr.at, pr.err = pr.at+int64(n), err
}

func (pr *Press) raw(b []byte) {
	if pr.err != nil {
		return
	}
	n, err := pr.w.Write(b)
	pr.at, pr.err = pr.at+int64(n), err
}

// next gives the number of one more object.
func (pr *Press) next() int {
	pr.offsets = append(pr.offsets, 0)
	return len(pr.offsets)
}

func (pr *Press) object(number int, format string, args ...any) {
	pr.offsets[number-1] = pr.at
	pr.print("%d 0 obj\n", number)
	pr.print(format, args...)
	pr.print("\nendobj\n")
}

// stream writes an object whose content is packed; more stands in its dictionary.
func (pr *Press) stream(number int, content []byte, more string) {
	pr.packed.Reset()
	pr.squeeze.Reset(&pr.packed)
	_, err := pr.squeeze.Write(content)
	if err == nil {
		err = pr.squeeze.Close()
	}
	if pr.err == nil {
		pr.err = err
	}
	pr.offsets[number-1] = pr.at
	pr.print("%d 0 obj\n<< /Length %d /Filter /FlateDecode%s >>\nstream\n", number, pr.packed.Len(), more)
	pr.raw(pr.packed.Bytes())
	pr.print("\nendstream\nendobj\n")
}

// font writes a font whole: its letters may stand anywhere in what is to come.
func (pr *Press) font(first int, f *face) {
	name := "REOPTN+" + f.name
	pr.object(first, "<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>", name, first+1, first+4)
	var widths strings.Builder
	for _, w := range f.widths {
		fmt.Fprintf(&widths, "%d ", w)
	}
	pr.object(first+1, "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %d 0 R /CIDToGIDMap /Identity /W [0 [%s]] >>",
		name, first+2, strings.TrimSpace(widths.String()))
	pr.object(first+2, "<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight 714 /StemV 80 /FontFile2 %d 0 R >>",
		name, f.box[0], f.box[1], f.box[2], f.box[3], f.ascent, f.descent, first+3)
	pr.stream(first+3, f.file, fmt.Sprintf(" /Length1 %d", len(f.file)))
	pr.stream(first+4, []byte(f.toUnicode()), "")
}

// toUnicode says which letter a glyph is, so that text can be searched, copied and read aloud.
func (f *face) toUnicode() string {
	of := map[uint16]rune{}
	for r, g := range f.glyphs {
		if was, twice := of[g]; !twice || r < was {
			of[g] = r
		}
	}
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n")
	var glyphs []uint16
	for g := range of {
		glyphs = append(glyphs, g)
	}
	slices.Sort(glyphs)
	for some := range slices.Chunk(glyphs, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(some))
		for _, g := range some {
			fmt.Fprintf(&b, "<%04x> <%04x>\n", g, of[g])
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.String()
}

// hex16 is a text as PDF wants those that are shown outside of pages.
func hex16(text string) string {
	var b strings.Builder
	b.WriteString("<feff")
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04x", u)
	}
	return b.String() + ">"
}

// Close ends the document. The pages are all written; what is left is the list of them.
func (pr *Press) Close() error {
	pr.object(objPages, "<< /Type /Pages /Count %d /Kids [%s] >>", len(pr.pages), references(pr.pages))
	pr.object(objTree, "<< /Type /StructTreeRoot /K %d 0 R /ParentTree %d 0 R /ParentTreeNextKey %d >>", objDocument, objParents, len(pr.pages))
	pr.object(objDocument, "<< /Type /StructElem /S /Document /P %d 0 R /K [%s] >>", objTree, references(pr.sects))
	var nums strings.Builder
	for n, p := range pr.parents {
		fmt.Fprintf(&nums, "%d %d 0 R ", n, p)
	}
	pr.object(objParents, "<< /Nums [%s] >>", strings.TrimSpace(nums.String()))
	start := pr.at
	pr.print("xref\n0 %d\n0000000000 65535 f \n", len(pr.offsets)+1)
	for _, at := range pr.offsets {
		pr.print("%010d 00000 n \n", at)
	}
	pr.print("trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(pr.offsets)+1, objCatalog, objInfo, start)
	if pr.err == nil {
		pr.err = pr.w.Flush()
	}
	return fault.Wrap("paper.Close", pr.err)
}

func references(numbers []int) string {
	var b strings.Builder
	for _, n := range numbers {
		fmt.Fprintf(&b, "%d 0 R ", n)
	}
	return strings.TrimSpace(b.String())
}
