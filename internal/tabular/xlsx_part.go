package tabular

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// part reads the XML of one file of the workbook, with bounds on what comes out of it in all and
// between two marks. Marks are not matched and entities not defined, so neither depth nor a document
// type costs anything.
type part struct {
	w      *workbook
	from   io.ReadCloser
	packed int64
	out    int64
	token  int64 // octets since the last mark
	xml    *xml.Decoder
}

func (w *workbook) open(f *zip.File) (*part, error) {
	from, err := f.Open()
	if err != nil {
		return nil, damagedBook(err)
	}
	p := &part{w: w, from: from, packed: int64(f.CompressedSize64)}
	p.xml = xml.NewDecoder(p)
	p.xml.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("a part is not in UTF-8") }
	return p, nil
}

// Read counts what is unpacked.
func (p *part) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	p.out += int64(n)
	p.token += int64(n)
	p.w.left -= int64(n)
	o := p.w.opts
	switch {
	case p.w.left < 0:
		return 0, fault.New(fault.Invalid, "tabular.unzipped", "the file unzips to more than {limit} octets", "limit", o.MaxUnzipped)
	case p.out > freeUnzip && p.out > o.MaxRatio*p.packed:
		return 0, fault.New(fault.Invalid, "tabular.ratio", "the file unzips to more than {limit} times its size; unzip it first if that is right", "limit", o.MaxRatio).
			Hint("save the sheet as CSV")
	case p.token > maxToken+8<<10: // the decoder reads a few KiB ahead
		return 0, fault.New(fault.Invalid, "tabular.cell", "the workbook has a cell of more than {limit} octets", "limit", maxToken)
	}
	return n, err
}

// next gives the next mark or text; io.EOF at the end. A document type is refused: no program writes one.
func (p *part) next() (xml.Token, error) {
	p.token = 0
	t, err := p.xml.RawToken()
	switch {
	case err == io.EOF:
		return nil, err
	case err != nil:
		return nil, damagedBook(err)
	}
	if _, ok := t.(xml.Directive); ok {
		return nil, damagedBook(errors.New("a document type"))
	}
	return t, nil
}

// until gives the text up to the end of the element that has just begun; marks inside it are passed
// over, and what lies in those named skip with them.
func (p *part) until(end, skip string) (string, error) {
	var b strings.Builder
	skipping := false
	for {
		t, err := p.next()
		if err != nil {
			return "", cutPart(err)
		}
		switch t := t.(type) {
		case xml.CharData:
			if !skipping && b.Len() <= maxToken {
				b.Write(t)
			}
		case xml.StartElement:
			skipping = skipping || t.Name.Local == skip
		case xml.EndElement:
			switch t.Name.Local {
			case end:
				return unescape(b.String()), nil
			case skip:
				skipping = false
			}
		}
	}
}

func cutPart(err error) error {
	if err == io.EOF {
		return damagedBook(io.ErrUnexpectedEOF)
	}
	return err
}

// walk calls do for every element of a part; a part that is not there has none.
func (w *workbook) walk(name string, do func(*xml.Decoder, xml.StartElement) error) error {
	f := w.parts[strings.ToLower(name)]
	if f == nil {
		return nil
	}
	p, err := w.open(f)
	if err != nil {
		return err
	}
	defer p.from.Close()
	for {
		t, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := do(p.xml, e); err != nil {
				return err
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// unescape reads _x000D_, as spreadsheets write characters that XML cannot hold.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			b.WriteString(s)
			return b.String()
		}
		if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil && s[i+6] == '_' {
			b.WriteString(s[:i])
			b.WriteRune(rune(n))
			s = s[i+7:]
			continue
		}
		b.WriteString(s[:i+2])
		s = s[i+2:]
	}
}

// texts are the shared texts of a workbook, in pieces of memory that never move.
type texts struct {
	pieces [][]byte
	at     []uint64 // piece, begin and length: 16, 24 and 24 bits
	size   int
}

const pieceSize = 1 << 20

func (t *texts) add(s string) error {
	if t.size += len(s); t.size > maxText || len(t.at) >= maxTexts {
		return fault.New(fault.Invalid, "tabular.texts", "the workbook has more text than can be read at once").Hint("save the sheet as CSV")
	}
	last := len(t.pieces) - 1
	if last < 0 || len(t.pieces[last])+len(s) > cap(t.pieces[last]) {
		t.pieces = append(t.pieces, make([]byte, 0, max(pieceSize, len(s))))
		last++
	}
	begin := len(t.pieces[last])
	t.pieces[last] = append(t.pieces[last], s...)
	t.at = append(t.at, uint64(last)<<48|uint64(begin)<<24|uint64(len(s)))
	return nil
}

func (t *texts) get(i int) (string, bool) {
	if i < 0 || i >= len(t.at) {
		return "", false
	}
	at := t.at[i]
	begin := at >> 24 & 0xffffff
	return string(t.pieces[at>>48][begin : begin+at&0xffffff]), true
}

// readTexts keeps the shared texts. Of one that is too long for a cell only as much is kept as shows it.
func (w *workbook) readTexts(name string) error {
	f := w.parts[name]
	if f == nil {
		return nil
	}
	p, err := w.open(f)
	if err != nil {
		return err
	}
	defer p.from.Close()
	for {
		t, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); !ok || e.Name.Local != "si" {
			continue
		}
		text, err := p.until("si", "rPh") // how a text is pronounced is no part of it
		if err != nil {
			return err
		}
		if err := w.texts.add(text[:min(len(text), w.opts.MaxCell+1)]); err != nil {
			return err
		}
	}
}
