package ledger

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// expected is what an entry declares about the rows that it covers.
type expected struct {
	seq   int64
	known bool       // the payload could be read; without it nothing is known of the rows
	rows  []tableSum // in the order of their tables
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
	err := c.src.Rows(first, end, func(r StoredRow) (err error) {
		d := found[r.Seq]
		if d == nil {
			d = NewDigest()
			found[r.Seq] = d
		}
		if c.row, err = appendRow(c.row[:0], r.Table, r.Columns); err == nil {
			d.add(r.Table, sha256.Sum256(c.row))
		}
		return err
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
		for _, t := range found[seq].sums() {
			c.fault(seq, "%s row of entry %d: there is no such entry", plain(t.table), seq)
		}
	}
	return c.ctx.Err()
}

// judgeRows compares the rows of one entry with what it declares.
func (c *check) judgeRows(x expected, d *RowDigest) {
	var found []tableSum
	if d != nil {
		found = d.sums()
	}
	for _, want := range x.rows {
		have, _ := sumOf(found, want.table)
		name := plain(want.table)
		switch {
		case have.n < want.n:
			c.entryFault(x.seq, "%d of the %d %s rows that it covers are missing", want.n-have.n, want.n, name)
		case have.n > want.n:
			c.entryFault(x.seq, "%d %s rows were added to the %d that it covers", have.n-want.n, name, want.n)
		case have.sha == want.sha:
		case want.n == 1:
			c.fault(x.seq, "%s row of entry %d was changed", name, x.seq)
		default:
			c.fault(x.seq, "one or more of the %d %s rows of entry %d were changed", want.n, name, x.seq)
		}
	}
	for _, have := range found {
		if _, declared := sumOf(x.rows, have.table); !declared {
			c.entryFault(x.seq, "it does not declare the %s row that names it", plain(have.table))
		}
	}
}

func sumOf(sums []tableSum, table string) (tableSum, bool) {
	at := slices.IndexFunc(sums, func(t tableSum) bool { return t.table == table })
	if at < 0 {
		return tableSum{}, false
	}
	return sums[at], true
}
