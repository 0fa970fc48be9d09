package tabular

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"
)

// Writer writes delimited text in UTF-8 without a mark, with LF line ends.
type Writer struct {
	// Guard puts an apostrophe before cells that a spreadsheet would run as a formula (ASVS 1.2.10).
	// It alters them: a phone number +33… becomes '+33…. Keep a lossless format beside it.
	Guard bool

	csv *csv.Writer
}

// NewWriter writes rows to w with delimiter between cells.
func NewWriter(w io.Writer, delimiter rune) *Writer {
	c := csv.NewWriter(w)
	c.Comma = delimiter
	return &Writer{csv: c}
}

// Write writes one row.
func (w *Writer) Write(cells ...string) error {
	if w.Guard {
		guarded := make([]string, len(cells))
		for i, c := range cells {
			guarded[i] = Harmless(c)
		}
		cells = guarded
	}
	return w.csv.Write(cells)
}

// Flush writes out what is buffered and gives the first error of all writes.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// Harmless is cell with an apostrophe before it when it begins with = + - @, TAB, CR, LF, NUL or a
// full-width form of the four signs.
func Harmless(cell string) string {
	r, size := utf8.DecodeRuneInString(cell)
	if size > 0 && strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", r) {
		return "'" + cell
	}
	return cell
}
