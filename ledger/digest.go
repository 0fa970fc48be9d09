package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Column is one column of an evidence row. Value is nil, int64, string or []byte.
type Column struct {
	Name  string
	Value any
}

// RowSum is what an entry's payload says about the rows of one table that it covers.
type RowSum struct {
	N      int64  `json:"n"`      // how many rows
	SHA256 string `json:"sha256"` // hex; of the sorted hashes of the rows
}

// RowDigest digests the rows of evidence that one entry covers, table by table. The order in which
// rows are added does not matter, so the store may read them back in any order; everything else
// does: a column added, left out, renamed or moved, a NULL for an empty text, a text for bytes.
type RowDigest struct {
	tables []tableRows // few: an entry covers rows of one table or two
	n      int
}

// tableRows are the hashes of the rows of one table.
type tableRows struct {
	table string
	rows  [][sha256.Size]byte
}

// NewDigest returns an empty digest.
func NewDigest() *RowDigest { return &RowDigest{} }

// Add adds a row of a table with its columns in their fixed order. It fails on a value whose type
// is none of Column's.
func (d *RowDigest) Add(table string, cols []Column) error {
	b, err := appendRow(make([]byte, 0, 512), table, cols)
	if err == nil {
		d.add(table, sha256.Sum256(b))
	}
	return err
}

// add adds the hash of a row.
func (d *RowDigest) add(table string, row [sha256.Size]byte) {
	at := slices.IndexFunc(d.tables, func(t tableRows) bool { return t.table == table })
	if at < 0 {
		at, d.tables = len(d.tables), append(d.tables, tableRows{table: table})
	}
	d.tables[at].rows = append(d.tables[at].rows, row)
	d.n++
}

// Len is the number of rows added.
func (d *RowDigest) Len() int { return d.n }

// Sum returns the digest of each table. More rows may be added afterwards.
func (d *RowDigest) Sum() map[string]RowSum {
	sums := make(map[string]RowSum, len(d.tables))
	for _, t := range d.sums() {
		sums[t.table] = RowSum{N: t.n, SHA256: hex.EncodeToString(t.sha[:])}
	}
	return sums
}

// Canonical is what Sum returns as canonical JSON; nil without rows.
func (d *RowDigest) Canonical() (out []byte) {
	for _, t := range d.sums() {
		out = appendString(append(out, ','), t.table)
		out = strconv.AppendInt(append(out, `:{"n":`...), t.n, 10)
		out = append(hex.AppendEncode(append(out, `,"sha256":"`...), t.sha[:]), `"}`...)
	}
	if out == nil {
		return nil
	}
	out[0] = '{'
	return append(out, '}')
}

// tableSum is a RowSum and whose it is.
type tableSum struct {
	table string
	n     int64
	sha   [sha256.Size]byte
}

// sums is the digest of each table, in the order of their names.
func (d *RowDigest) sums() []tableSum {
	sums := make([]tableSum, len(d.tables))
	for i, t := range d.tables {
		slices.SortFunc(t.rows, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
		h := sha256.New()
		for _, row := range t.rows {
			h.Write(row[:])
		}
		sums[i] = tableSum{table: t.table, n: int64(len(t.rows))}
		h.Sum(sums[i].sha[:0])
	}
	slices.SortFunc(sums, func(a, b tableSum) int { return strings.Compare(a.table, b.table) })
	return sums
}

// appendRow writes a row so that no two different rows share an encoding: each name and value is
// preceded by its length, each value by its type.
func appendRow(b []byte, table string, cols []Column) ([]byte, error) {
	b = appendText(b, table)
	b = binary.BigEndian.AppendUint64(b, uint64(len(cols)))
	for _, c := range cols {
		b = appendText(b, c.Name)
		switch v := c.Value.(type) {
		case nil:
			b = append(b, 'n')
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
		case string:
			b = appendText(append(b, 's'), v)
		case []byte:
			if v == nil {
				b = append(b, 'n')
				continue
			}
			b = appendText(append(b, 'b'), v)
		default:
			return nil, fmt.Errorf("column %s.%s: a %T cannot be digested", table, c.Name, v)
		}
	}
	return b, nil
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
}
