package ledger

import (
	"fmt"
	"maps"
	"slices"
)

// expected is what an entry declares about the rows that it covers.
type expected struct {
	seq   int64
	known bool // the payload could be read; without it nothing is known of the rows
	rows  map[string]RowSum
}

// judgePage compares a page of entries with the evidence rows that the source finds for them and
// for the lost entries between them. Pages end one where the next begins.
func (c *check) judgePage(page []expected, end int64) error {
	first := c.rowsFrom
	if first >= end {
		return nil
	}
	c.rowsFrom = end
	found := map[int64]*RowDigest{}
	err := c.src.Rows(first, end, func(r StoredRow) error {
		d := found[r.Seq]
		if d == nil {
			d = NewDigest()
			found[r.Seq] = d
		}
		return d.Add(r.Table, r.Columns)
	})
	if err != nil {
		return fmt.Errorf("read evidence rows of entries %d to %d: %w", first, end-1, err)
	}
	for _, x := range page {
		d := found[x.seq]
		delete(found, x.seq)
		if x.known {
			c.judgeRows(x, d)
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(found)) {
		for _, table := range slices.Sorted(maps.Keys(found[seq].Sum())) {
			c.fault(seq, "%s row of entry %d: there is no such entry", plain(table), seq)
		}
	}
	return c.ctx.Err()
}

// judgeRows compares the rows of one entry with what it declares.
func (c *check) judgeRows(x expected, d *RowDigest) {
	var found map[string]RowSum
	if d != nil {
		found = d.Sum()
	}
	if len(found) == 0 && len(x.rows) == 0 {
		return
	}
	for _, table := range slices.Sorted(maps.Keys(x.rows)) {
		want, have, name := x.rows[table], found[table], plain(table)
		switch {
		case have.N < want.N:
			c.entryFault(x.seq, "%d of the %d %s rows that it covers are missing", want.N-have.N, want.N, name)
		case have.N > want.N:
			c.entryFault(x.seq, "%d %s rows were added to the %d that it covers", have.N-want.N, name, want.N)
		case have.SHA256 == want.SHA256:
		case want.N == 1:
			c.fault(x.seq, "%s row of entry %d was changed", name, x.seq)
		default:
			c.fault(x.seq, "one or more of the %d %s rows of entry %d were changed", want.N, name, x.seq)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(found)) {
		if _, declared := x.rows[table]; !declared {
			c.entryFault(x.seq, "it does not declare the %s row that names it", plain(table))
		}
	}
}
