package tabular

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// record reads the next record, whatever its number of cells.
//
// A quote that opens a cell and is not closed where it should be must not swallow the file. When the
// quotes of a record were irregular, it spans lines, and its number of cells is not the header's,
// only its first line is taken, its quotes as plain characters; of the header always. A record with regular quotes is
// believed: text inside a proper cell never becomes a row of its own.
func (t *Reader) record() (Row, *RowError, error) {
	for {
		s := t.split.scan(t.buf, t.eof)
		if s.more && !s.hopeless && !t.eof && len(t.buf) <= t.opts.MaxRow {
			if err := t.fill(); err != nil {
				return Row{}, nil, err
			}
			continue
		}
		if len(t.buf) == 0 {
			return Row{}, nil, io.EOF
		}
		if s.more || s.irregular && s.lines > 1 && len(s.cells) != len(t.header) {
			if s = t.split.scanLine(t.buf, t.eof); s.more && len(t.buf) <= t.opts.MaxRow {
				if err := t.fill(); err != nil {
					return Row{}, nil, err
				}
				continue
			}
		}
		row := Row{Line: t.line, Cells: s.cells}
		t.sound = s.sound
		if s.more {
			return Row{Line: row.Line}, t.tooLong(), t.skipLine()
		}
		var bad *RowError
		if s.size > t.opts.MaxRow {
			row.Cells, bad = nil, t.tooLong()
		}
		t.buf = t.buf[s.size:]
		t.line += s.lines
		return row, bad, nil
	}
}

func (t *Reader) tooLong() *RowError {
	return &RowError{Line: t.line, Reason: fmt.Sprintf("the row is longer than %d octets", t.opts.MaxRow)}
}

// skipLine drops the rest of a line that is too long to hold.
func (t *Reader) skipLine() error {
	for {
		if i := bytes.IndexByte(t.buf, t.split.end()); i >= 0 {
			t.buf = t.buf[i+1:]
			t.line++
			return nil
		}
		t.buf = t.buf[:0]
		if t.eof {
			return nil
		}
		if err := t.fill(); err != nil {
			return err
		}
	}
}

// fill decodes some more of the file behind what buf holds.
func (t *Reader) fill() error {
	const room = 4 << 10
	if cap(t.buf)-len(t.buf) < room { // cells are texts of their own: what was read may be written over
		if cap(t.all) < 2*len(t.buf)+window {
			t.all = make([]byte, 2*len(t.buf)+window)
		}
		t.buf = append(t.all[:0], t.buf...)
	}
	buf, err := t.in.more(t.buf)
	t.buf = buf
	if err == io.EOF {
		t.eof = true
		return nil
	}
	return err
}

// hopeless is how far, in octets, a cell is followed once its quotes are known to be irregular. It
// keeps a file with a stray quote on every line from being read over and over.
const hopeless = 8 << 10

// splitter cuts records into cells.
type splitter struct {
	delimiter byte
	bareCR    bool // lines end with CR alone, as old Macintosh programs write them
}

// scanned is what scan found at the head of a buffer.
type scanned struct {
	cells     []string
	size      int  // octets of the record with its line end
	lines     int  // lines it spans
	sound     bool // it is known to be text throughout
	irregular bool // a quote stood where none belongs, or one was not closed
	more      bool // the record does not end in the buffer
	hopeless  bool // nor will it end in a sensible way
}

func (s splitter) end() byte {
	if s.bareCR {
		return '\r'
	}
	return '\n'
}

// scanLine reads one line and takes quotes as plain characters.
func (s splitter) scanLine(b []byte, eof bool) scanned {
	i := bytes.IndexByte(b, s.end())
	size := i + 1
	if i < 0 {
		if !eof {
			return scanned{more: true}
		}
		i, size = len(b), len(b)
	}
	line := bytes.TrimSuffix(b[:i], []byte("\r"))
	out := scanned{size: size, lines: 1, irregular: true}
	for cell := range bytes.SplitSeq(line, []byte{s.delimiter}) {
		out.cells = append(out.cells, string(cell))
	}
	return out
}

// scan reads one record with quotes. Most have none: those end where their line does.
func (s splitter) scan(b []byte, eof bool) scanned {
	if i := bytes.IndexByte(b, s.end()); i >= 0 && bytes.IndexByte(b[:i], '"') < 0 {
		line := b[:i]
		if !s.bareCR {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		sound := utf8.Valid(line) && bytes.IndexByte(line, 0) < 0
		return scanned{cells: s.cells(string(line)), size: i + 1, lines: 1, sound: sound}
	}
	return s.scanQuoted(b, eof)
}

// cells cuts a line without quotes.
func (s splitter) cells(line string) []string {
	out := make([]string, 0, 1+strings.Count(line, string(s.delimiter)))
	for {
		i := strings.IndexByte(line, s.delimiter)
		if i < 0 {
			return append(out, line)
		}
		out = append(out, line[:i])
		line = line[i+1:]
	}
}

// scanQuoted is scan, character by character.
func (s splitter) scanQuoted(b []byte, eof bool) scanned {
	out := scanned{lines: 1}
	text, ends := make([]byte, 0, 256), make([]int, 0, 32)
	for i := 0; ; {
		if i < len(b) && b[i] == '"' {
			n, closed := s.quoted(b[i:], eof, &text, &out)
			if i += n; !closed {
				return scanned{more: true, irregular: true, hopeless: out.hopeless}
			}
		} else {
			n := s.plain(b[i:], &out)
			text = append(text, b[i:i+n]...)
			i += n
		}
		ends = append(ends, len(text))
		switch {
		case i < len(b) && b[i] == s.delimiter:
			i++
			continue
		case i < len(b) && b[i] == '\r' && !s.bareCR:
			if i+1 >= len(b) && !eof {
				return scanned{more: true}
			}
			i++
		case i >= len(b) && !eof:
			return scanned{more: true}
		}
		out.size = min(i+1, len(b))
		out.cells = cut(string(text), ends)
		return out
	}
}

// plain measures a cell without quotes around it.
func (s splitter) plain(b []byte, out *scanned) int {
	for i, c := range b {
		switch {
		case c == s.delimiter, c == s.end():
			return i
		case c == '\r' && i+1 < len(b) && b[i+1] == '\n':
			return i
		case c == '\r' && i+1 == len(b) && !s.bareCR:
			return i
		case c == '"':
			out.irregular = true
		}
	}
	return len(b)
}

// quoted reads a cell in quotes into text: "" is a quote, a lone one inside is kept as it is. It gives
// the octets read and whether the cell was closed; at the end of the buffer a closing quote counts
// only at the end of the file, since what follows it decides.
func (s splitter) quoted(b []byte, eof bool, text *[]byte, out *scanned) (int, bool) {
	for i := 1; i < len(b); i++ {
		if out.irregular && i > hopeless {
			out.hopeless = true
			return 0, false
		}
		c := b[i]
		if c != '"' {
			if c == s.end() {
				out.lines++
			}
			*text = append(*text, c)
			continue
		}
		switch {
		case i+1 == len(b):
			return i + 1, eof
		case b[i+1] == '"':
			i++
		case b[i+1] == s.delimiter, b[i+1] == s.end():
			return i + 1, true
		case b[i+1] == '\r' && (i+2 == len(b) || b[i+2] == '\n'):
			return i + 1, true
		default:
			out.irregular = true
		}
		*text = append(*text, '"')
	}
	return 0, false
}

func cut(text string, ends []int) []string {
	cells := make([]string, len(ends))
	from := 0
	for i, to := range ends {
		cells[i], from = text[from:to], to
	}
	return cells
}
