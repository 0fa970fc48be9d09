package tabular

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/expression"
)

// Writer writes delimited text in UTF-8 without a mark, with LF line ends.
type Writer struct {
	// Guard puts an apostrophe before cells that a spreadsheet would run as a formula (ASVS 1.2.10).
	// It alters them, but for plain mailboxes: a phone number +33… becomes '+33…. Keep a lossless format beside it.
	Guard bool

	delimiter rune
	out       *bufio.Writer
}

// NewWriter writes rows to w with delimiter between cells.
func NewWriter(w io.Writer, delimiter rune) *Writer {
	return &Writer{delimiter: delimiter, out: bufio.NewWriter(w)}
}

// Write writes one row.
func (w *Writer) Write(cells ...string) error {
	for n, c := range cells {
		if n > 0 {
			w.out.WriteRune(w.delimiter)
		}
		if w.Guard {
			c = Harmless(c)
		}
		if quoted(c) || len(cells) == 1 && c == "" {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		w.out.WriteString(c)
	}
	return w.out.WriteByte('\n')
}

// quoted reports whether a cell needs quotes, for whatever delimiter a spreadsheet takes the file to have: else what stands
// behind another delimiter in the text of a cell would begin one.
func quoted(cell string) bool {
	return strings.ContainsAny(cell, "\",;\t|\r\n") || strings.HasPrefix(cell, " ") || cell == `\.`
}

// Flush writes out what is buffered and gives the first error of all writes.
func (w *Writer) Flush() error { return w.out.Flush() }

var mailbox = expression.Of(`^[=+-][A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// Harmless is cell with an apostrophe before it when it begins with = + - @, TAB, CR, LF, NUL or a
// full-width form of the four signs. A mailbox that has no sign by which a formula calls anything stays as it is: with the
// apostrophe it would be nobody's.
func Harmless(cell string) string {
	r, size := utf8.DecodeRuneInString(cell)
	if size > 0 && strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", r) && !mailbox.MatchString(cell) {
		return "'" + cell
	}
	return cell
}
