package tabular

import (
	"bytes"
	"slices"
)

// delimiters that are looked for, the likelier first.
var delimiters = []byte{';', ',', '\t', '|'}

// sniffRows is how many rows are looked at to choose among them.
const sniffRows = 50

// toldDelimiter reads the line "sep=;" that spreadsheets understand, and gives its length.
func toldDelimiter(b []byte) (byte, int) {
	line, _, found := bytes.Cut(b, []byte("\n"))
	rest, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\r")), []byte("sep="))
	if !found || !ok || len(rest) != 1 || !slices.Contains(delimiters, rest[0]) {
		return 0, 0
	}
	return rest[0], len(line) + 1
}

// sniff takes the delimiter under which most rows have as many cells as the first, and of equals the
// one that gives more cells. A file of one column has none, and a comma does no harm.
func (s splitter) sniff(b []byte, eof bool) byte {
	best, agreement, width := byte(','), 0.0, 1
	for _, d := range delimiters {
		s.delimiter = d
		share, cells := s.agree(b, eof)
		if cells > 1 && (share > agreement || share == agreement && cells > width) {
			best, agreement, width = d, share, cells
		}
	}
	return best
}

// agree gives the share of rows that are as wide as the first, and that width.
func (s splitter) agree(b []byte, eof bool) (share float64, width int) {
	rows, same := 0, 0
	for len(b) > 0 && rows < sniffRows {
		r := s.scan(b, eof)
		if r.more || r.irregular && r.lines > 1 {
			if r = s.scanLine(b, eof); r.more {
				break
			}
		}
		b = b[r.size:]
		if blank(r.cells) {
			continue
		}
		if rows == 0 {
			width = len(r.cells)
		}
		rows++
		if len(r.cells) == width {
			same++
		}
	}
	if rows == 0 {
		return 0, 0
	}
	return float64(same) / float64(rows), width
}
