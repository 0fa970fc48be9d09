// Package tabular reads tables as the world exports them: delimited text with any of four delimiters, in
// any of five encodings, zipped or not, with quotes that are not always right; and one sheet of an XLSX
// workbook. It streams, has limits, and tells a bad row from a bad file: a bad row is returned with a
// *RowError and reading goes on.
//
// It also reads the dates and the yes and no of a column, and writes CSV that a spreadsheet will not
// take for formulas.
package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/fault"
)

// Options say what is known of a file beforehand. The zero value finds everything by looking.
type Options struct {
	Delimiter rune   // , ; tab | or another ASCII sign; 0: by looking
	Encoding  string // utf-8, utf-16, utf-16le, utf-16be, windows-1252, iso-8859-15; "": by looking
	Sheet     string // of a workbook; "": the one that has content

	MaxCell     int   // octets per cell; 0: 32 KiB
	MaxRow      int   // octets per row; 0: 1 MiB
	MaxRows     int   // rows without the header; 0: 1,000,000
	MaxColumns  int   // columns in the header; 0: 500
	MaxUnzipped int64 // octets out of a zipped file; 0: 1 GiB
	MaxRatio    int64 // octets out per octet in, beyond the first 10 MiB; 0: 100
}

func (o Options) withDefaults() Options {
	set(&o.MaxCell, 32<<10)
	set(&o.MaxRow, 1<<20)
	set(&o.MaxRows, 1_000_000)
	set(&o.MaxColumns, 500)
	set(&o.MaxUnzipped, 1<<30)
	set(&o.MaxRatio, 100)
	return o
}

func set[T int | int64](v *T, standard T) {
	if *v <= 0 {
		*v = standard
	}
}

// Row is one record of the file.
type Row struct {
	Line  int      // line of the file on which the row starts; the first is 1
	Cells []string // as many as the header has, unless a RowError says otherwise
}

// RowError says why one row cannot be used. Reading goes on with the next.
type RowError struct {
	Line   int
	Column string // name of the column, or "" when the row as a whole is at fault
	Reason string // English, no full stop; never repeats the cell
}

func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d, column %s: %s", e.Line, e.Column, e.Reason)
}

// Reader reads one file from front to back. It is not for concurrent use.
type Reader struct {
	opts   Options
	in     *decoder   // of text
	book   *workbook  // or nil
	sheet  *sheetRows // its rows, or nil
	split  splitter
	buf    []byte // decoded and not yet consumed
	all    []byte // what buf lies in
	eof    bool
	line   int // line on which buf starts
	rows   int
	sound  bool // all of the last record is known to be text
	header []string
	failed error
}

// Open looks at the beginning of a file and reads its header. Errors are faults of kind Invalid that
// say what the file is: empty, no text, too large. r is read as Next asks for rows. A workbook is read
// from an r that can be read at any place and knows its size, like a bytes.Reader or an io.SectionReader; Unwrap makes one of a zipped workbook.
func Open(r io.Reader, opts Options) (*Reader, error) {
	opts = opts.withDefaults()
	if whole, ok := r.(sized); ok && isZip(whole) {
		return openSheet(whole, opts)
	}
	if opts.Sheet != "" {
		return nil, fault.New(fault.Invalid, "tabular.sheetless", "this is no workbook and has no sheets").Hint("leave --sheet out")
	}
	raw, err := unzip(r, opts)
	if err != nil {
		return nil, err
	}
	in, err := newDecoder(raw, opts.Encoding)
	if err != nil {
		return nil, err
	}
	t := &Reader{opts: opts, in: in, line: 1}
	for len(t.buf) < window && !t.eof {
		if err := t.fill(); err != nil {
			return nil, err
		}
	}
	if len(bytes.TrimSpace(t.buf)) == 0 {
		return nil, fault.New(fault.Invalid, "tabular.empty", "the file is empty")
	}
	if isMarkup(t.buf) {
		return nil, fault.New(fault.Invalid, "tabular.spreadsheet", "this is a web page or an XML file under the name of a spreadsheet; open it in the spreadsheet program, and save it as XLSX or CSV")
	}
	if err := t.chooseSplit(); err != nil {
		return nil, err
	}
	return t, t.readHeader()
}

// isMarkup knows what many programs write for Excel: a table of HTML, or the XML of its edition of 2003.
func isMarkup(text []byte) bool {
	text = bytes.ToLower(bytes.TrimSpace(text[:min(len(text), 1<<10)]))
	return slices.ContainsFunc([]string{"<?xml", "<!doctype", "<html", "<table", "<meta", "<style", "<head"}, func(mark string) bool { return bytes.HasPrefix(text, []byte(mark)) })
}

func openSheet(r sized, opts Options) (*Reader, error) {
	book, err := openWorkbook(r, opts)
	if err != nil {
		return nil, err
	}
	rows, err := book.rows()
	if err != nil {
		return nil, err
	}
	t := &Reader{opts: opts, book: book, sheet: rows}
	if err := t.readHeader(); err != nil {
		return nil, err
	}
	rows.header, rows.under = t.header, rows.row
	return t, nil
}

func isZip(r io.ReaderAt) bool {
	var head [4]byte
	n, _ := r.ReadAt(head[:], 0)
	return n == 4 && (string(head[:]) == zipMagic || string(head[:]) == "PK\x05\x06")
}

// Header gives the names of the columns, without spaces around.
func (t *Reader) Header() []string { return t.header }

// Encoding names what the file is written in, as far as it was read: plain ASCII counts as utf-8.
func (t *Reader) Encoding() string {
	if t.book != nil {
		return utf8Name
	}
	return t.in.name()
}

// Delimiter is what stands between cells; 0 in a workbook.
func (t *Reader) Delimiter() rune { return rune(t.split.delimiter) }

// Sheet is the name of the sheet that is read, "" of a text.
func (t *Reader) Sheet() string {
	if t.book == nil {
		return ""
	}
	return t.book.sheet.name
}

// Hidden are the hidden sheets with content that are not read: they may hold those who said no.
func (t *Reader) Hidden() []string {
	if t.book == nil {
		return nil
	}
	return t.book.passed
}

func (t *Reader) next() (Row, *RowError, error) {
	if t.sheet != nil {
		return t.sheet.record()
	}
	return t.record()
}

// Next gives the next row, io.EOF behind the last, a *RowError with the row for one that cannot be
// used, and any other error once and for all when the file cannot be read further. Rows without any
// content are passed over.
func (t *Reader) Next() (Row, error) {
	if t.failed != nil {
		return Row{}, t.failed
	}
	for {
		row, bad, err := t.next()
		if err == nil && t.rows >= t.opts.MaxRows && (bad != nil || !blank(row.Cells)) {
			err = fault.New(fault.Invalid, "tabular.rows", "the file has more than {limit} rows; split it", "limit", t.opts.MaxRows)
		}
		if err != nil {
			t.failed = err
			return Row{}, err
		}
		if bad == nil && blank(row.Cells) {
			continue
		}
		t.rows++
		if bad == nil {
			row, bad = t.fit(row)
		}
		if bad != nil {
			return row, bad
		}
		return row, nil
	}
}

func (t *Reader) chooseSplit() error {
	t.split = splitter{bareCR: bytes.IndexByte(t.buf, '\n') < 0 && bytes.IndexByte(t.buf, '\r') >= 0}
	d := t.opts.Delimiter
	switch {
	case d == 0:
		if told, n := toldDelimiter(t.buf); n > 0 {
			t.split.delimiter = told
			t.buf, t.line = t.buf[n:], 2
			return nil
		}
		t.split.delimiter = t.split.sniff(t.buf, t.eof)
	case d >= utf8.RuneSelf || d < ' ' && d != '\t' || d == '"' || d == 0x7f:
		return fault.New(fault.Invalid, "tabular.delimiter", "{delimiter} cannot stand between cells", "delimiter", fmt.Sprintf("%q", d)).
			Hint("use one of , ; tab |")
	default:
		t.split.delimiter = byte(d)
	}
	return nil
}

func (t *Reader) readHeader() error {
	for {
		row, bad, err := t.next()
		switch {
		case errors.Is(err, io.EOF):
			return fault.New(fault.Invalid, "tabular.no_header", "the file has no line with column names")
		case err != nil:
			return err
		case bad != nil:
			return fault.New(fault.Invalid, "tabular.header", "the line of column names cannot be read").Because(bad)
		case blank(row.Cells):
			continue
		case len(row.Cells) > t.opts.MaxColumns:
			return fault.New(fault.Invalid, "tabular.columns", "the file has {columns} columns; at most {limit} are read", "columns", len(row.Cells), "limit", t.opts.MaxColumns)
		}
		for i, name := range row.Cells {
			row.Cells[i] = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		}
		t.header = row.Cells
		return nil
	}
}

// fit holds a row against the header. Empty cells too many are a spreadsheet's habit and cut off.
func (t *Reader) fit(row Row) (Row, *RowError) {
	want := len(t.header)
	if len(row.Cells) > want && blank(row.Cells[want:]) {
		row.Cells = row.Cells[:want]
	}
	if got := len(row.Cells); got != want {
		return row, &RowError{Line: row.Line, Reason: fmt.Sprintf("the row has %d cells, the header %d", got, want)}
	}
	for i, cell := range row.Cells {
		if t.sound && len(cell) <= t.opts.MaxCell {
			continue
		}
		if reason := t.unreadable(cell); reason != "" {
			return row, &RowError{Line: row.Line, Column: t.header[i], Reason: reason}
		}
	}
	return row, nil
}

func (t *Reader) unreadable(cell string) string {
	switch {
	case len(cell) > t.opts.MaxCell:
		return fmt.Sprintf("the cell is longer than %d octets", t.opts.MaxCell)
	case !utf8.ValidString(cell):
		return "the cell has octets that are no text in " + t.Encoding()
	case strings.IndexByte(cell, 0) >= 0:
		return "the cell holds a NUL character"
	}
	return ""
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}
