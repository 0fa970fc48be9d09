package tabular

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// lastRow is the highest number that a row can have in any spreadsheet program.
const lastRow = 1 << 20

// sheetRows reads the rows of a sheet from top to bottom. Rows that are not there cost nothing, however
// far apart the numbers of the others are.
type sheetRows struct {
	*part
	header []string // known once it was read: later rows are made as wide
	under  int      // the row that the header stands in
	row    int
	ended  bool // the mark that ends the rows was seen: the sheet is not cut off
}

func (w *workbook) rows() (*sheetRows, error) {
	p, err := w.open(w.parts[w.sheet.part])
	if err != nil {
		return nil, err
	}
	return &sheetRows{part: p}, nil
}

// record gives the next row of the sheet; see Reader.record.
func (s *sheetRows) record() (Row, *RowError, error) {
	for {
		t, err := s.next()
		if err == io.EOF && s.ended {
			return Row{}, nil, errors.Join(io.EOF, s.from.Close())
		}
		if err != nil {
			return Row{}, nil, cutPart(err)
		}
		if end, ok := t.(xml.EndElement); ok && end.Name.Local == "sheetData" {
			s.ended = true
		}
		e, ok := t.(xml.StartElement)
		if ok && e.Name.Local == "mergeCell" {
			if err := s.merged(attr(e, "ref")); err != nil {
				return Row{}, nil, err
			}
		}
		if !ok || e.Name.Local != "row" || s.ended {
			continue
		}
		if err := s.number(attr(e, "r")); err != nil {
			return Row{}, nil, err
		}
		return s.read()
	}
}

// merged refuses cells that are one over several rows: what they say stands in the first alone, and the no of the others would be
// lost.
func (s *sheetRows) merged(ref string) error {
	from, to, _ := strings.Cut(ref, ":")
	row := func(place string) int { return number(strings.TrimLeft(place, "$ABCDEFGHIJKLMNOPQRSTUVWXYZ")) }
	if first := row(from); row(to) <= max(first, s.under) || first > s.row {
		return nil
	}
	return fault.New(fault.Invalid, "tabular.merged", "cells are merged over several rows: {cells}", "cells", ref).
		Hint("undo the merge, fill in each row, and save again")
}

// number keeps count of the rows: numbers rise, and may be left out.
func (s *sheetRows) number(r string) error {
	n := s.row + 1
	if r != "" {
		n = number(r)
	}
	if n <= s.row || n > lastRow {
		return damagedBook(fmt.Errorf("row %q behind row %d", r, s.row))
	}
	s.row = n
	return nil
}

func (s *sheetRows) read() (Row, *RowError, error) {
	row := Row{Line: s.row, Cells: make([]string, 0, max(len(s.header), 8))}
	var bad *RowError
	size := 0
	for column := -1; ; {
		t, err := s.next()
		if err != nil {
			return row, nil, cutPart(err)
		}
		if end, ok := t.(xml.EndElement); ok && end.Name.Local == "row" {
			break
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "c" {
			continue
		}
		if column, err = columnOf(attr(e, "r"), column); err != nil {
			return row, nil, err
		}
		text, reason, err := s.cell(e)
		if err != nil {
			return row, nil, err
		}
		if reason != "" && bad == nil {
			bad = &RowError{Line: s.row, Column: s.name(column), Reason: reason}
		}
		if size += len(text); text != "" && size <= s.w.opts.MaxRow {
			row.Cells = put(row.Cells, column, text, s.w.opts.MaxColumns)
		}
	}
	if size > s.w.opts.MaxRow {
		return Row{Line: s.row}, &RowError{Line: s.row, Reason: fmt.Sprintf("the row is longer than %d octets", s.w.opts.MaxRow)}, nil
	}
	for len(row.Cells) < len(s.header) {
		row.Cells = append(row.Cells, "")
	}
	return row, bad, nil
}

// put sets one cell. Cells beyond what a header may have end up in one behind it: that they are there
// is all that matters.
func put(cells []string, column int, text string, most int) []string {
	column = min(column, most)
	if n := column + 1 - len(cells); n > 0 {
		cells = append(cells, slices.Repeat([]string{""}, n)...)
	}
	cells[column] = text
	return cells
}

// columnOf reads the letters of a cell's place; columns rise, and may be left out.
func columnOf(place string, before int) (int, error) {
	if place == "" {
		return before + 1, nil
	}
	n := 0
	for _, c := range strings.TrimRight(place, "0123456789") {
		if c < 'A' || c > 'Z' || n > 1000 {
			n = 0
			break
		}
		n = 26*n + int(c-'A') + 1
	}
	if n == 0 || n > 1<<14 || n-1 <= before {
		return 0, damagedBook(fmt.Errorf("a cell at %.20q", place))
	}
	return n - 1, nil
}

// name is how a column is called in a fault.
func (s *sheetRows) name(column int) string {
	if column < len(s.header) && s.header[column] != "" {
		return s.header[column]
	}
	return "no. " + strconv.Itoa(column+1)
}

// cell reads one cell, and why its row cannot be used. A formula is no value: what the file says it
// came to need not be what it comes to.
func (s *sheetRows) cell(e xml.StartElement) (text, reason string, err error) {
	kind, style := attr(e, "t"), attr(e, "s")
	for {
		t, err := s.next()
		if err != nil {
			return "", "", cutPart(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "c" {
				return text, reason, nil
			}
		case xml.StartElement:
			switch t.Name.Local {
			case "f":
				reason = "the cell holds a formula; replace formulas by their values and save again"
				if _, err := s.until("f", ""); err != nil {
					return "", "", err
				}
			case "is":
				if text, err = s.until("is", "rPh"); err != nil {
					return "", "", err
				}
			case "v":
				v, err := s.until("v", "")
				if err != nil {
					return "", "", err
				}
				if kind == "e" && reason == "" {
					reason = "the cell holds an error of the spreadsheet"
				}
				if text, err = s.value(kind, style, v); err != nil {
					return "", "", err
				}
			}
		}
	}
}

// value is what a cell of a kind shows.
func (s *sheetRows) value(kind, style, v string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if text, ok := s.w.texts.get(i); ok && err == nil {
			return text, nil
		}
		return "", damagedBook(errors.New("a text that is not there"))
	case "b":
		if v = strings.TrimSpace(v); v == "1" || strings.EqualFold(v, "true") {
			return "true", nil
		}
		return "false", nil
	case "", "n":
		return s.w.number(v, style), nil
	}
	return v, nil // str, d, e, inlineStr
}
