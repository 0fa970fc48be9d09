package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// millis is how a time is stored: Unix milliseconds, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// encode writes a value of our own types as JSON; empty ones as "".
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write as JSON: %w", err)
	}
	switch s := string(b); s {
	case "null", "{}", "[]":
		return "", nil
	default:
		return s, nil
	}
}

func decode(s string, into any) error {
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), into); err != nil {
		return fmt.Errorf("read stored JSON: %w", err)
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// mostParameters bounds a list in one statement.
const mostParameters = 256

// chunks cuts a list into pieces whose lengths are powers of two, filled up by repeating the last
// item, so that few different statements have to be prepared. do must bear a repeated item.
func chunks[T any](list []T, most int, do func([]T) error) error {
	for len(list) > 0 {
		n := min(len(list), most)
		size := 1
		for size < n {
			size *= 2
		}
		piece := slices.Grow(slices.Clone(list[:n]), size-n)
		for len(piece) < size {
			piece = append(piece, piece[n-1])
		}
		if err := do(piece); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// places writes "$first, $first+1, …" for n parameters.
func places(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// tuples writes rows of width parameters each: "($1, $2), ($3, $4)".
func tuples(first, width, rows int) string {
	var b strings.Builder
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		b.WriteString(places(first+i*width, width))
		b.WriteByte(')')
	}
	return b.String()
}

// piece is how many of n rows the next statement writes, at most some: a power of two, so that few different statements
// have to be prepared.
func piece(n, most int) int {
	size := 1
	for 2*size <= min(n, most) {
		size *= 2
	}
	return size
}

// perRows remembers the statements for pieces of rows, of which the largest is most.
func perRows(most int, write func(n int) string) func(n int) string {
	queries := map[int]string{}
	for n := 1; n <= most; n *= 2 {
		queries[n] = write(n)
	}
	return func(n int) string { return queries[n] }
}

// many cuts rows of equal width into pieces and gives for each its "($1, $2), …" and its parameters.
func many(rows [][]any, do func(rows [][]any, values string, args []any) error) error {
	for len(rows) > 0 {
		n := piece(len(rows), mostRows)
		args := make([]any, 0, n*len(rows[0]))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := do(rows[:n], tuples(1, len(rows[0]), n), args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// insertion is a statement that inserts some rows of one width.
type insertion struct {
	into, tail  string
	width, rows int
}

// insertMany inserts rows with few statements, their values being of the driver's own types; into ends in "VALUES", tail follows
// the values.
func (t *tx) insertMany(into string, rows [][]any, tail string) error {
	var args []any
	for len(rows) > 0 {
		n := piece(len(rows), mostRows)
		args = args[:0]
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := t.execBare(t.conn.inserting(insertion{into, tail, len(rows[0]), n}), args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// inserting remembers the texts of statements: writing one anew takes a tenth of what it does.
func (c *conn) inserting(i insertion) string {
	text, known := c.inserts[i]
	if !known {
		text = i.into + " " + tuples(1, i.width, i.rows) + " " + i.tail
		c.inserts[i] = text
	}
	return text
}

// mostRows bounds how many rows one statement writes.
const mostRows = 64

// keyOf makes a person key of its columns.
func keyOf(kind string, digest []byte) (campaign.PersonKey, error) {
	k := campaign.PersonKey{Kind: campaign.KeyKind(kind)}
	if len(digest) != len(k.Digest) {
		return k, fmt.Errorf("a person key has %d bytes", len(digest))
	}
	copy(k.Digest[:], digest)
	return k, nil
}

// sortKeys puts the strictest kind first, as the desk makes them.
func sortKeys(keys []campaign.PersonKey) {
	rank := map[campaign.KeyKind]int{campaign.KeyStrict: 0, campaign.KeyMailbox: 1, campaign.KeyPerson: 2}
	slices.SortFunc(keys, func(a, b campaign.PersonKey) int {
		if rank[a.Kind] != rank[b.Kind] {
			return rank[a.Kind] - rank[b.Kind]
		}
		return slices.Compare(a.Digest[:], b.Digest[:])
	})
}

// keyed asks about a list of person keys, a chunk per statement. query has %s where the digests go;
// its rows start with kind and key, and the first row of a key stands. A digest binds its kind, so
// digests alone find the rows.
func keyed[T any](t *tx, query string, keys []campaign.PersonKey, scan func(v *T) []any) (map[campaign.PersonKey]T, error) {
	asked := make(map[campaign.PersonKey]bool, len(keys))
	for _, k := range keys {
		asked[k] = true
	}
	found := map[campaign.PersonKey]T{}
	err := chunks(keys, mostParameters, func(piece []campaign.PersonKey) error {
		args := make([]any, len(piece))
		for i := range piece {
			args[i] = piece[i].Digest[:]
		}
		return t.each(func(s func(...any) error) error {
			var v T
			var kind string
			var digest []byte
			if err := s(append([]any{&kind, &digest}, scan(&v)...)...); err != nil {
				return err
			}
			k, err := keyOf(kind, digest)
			if _, twice := found[k]; err == nil && asked[k] && !twice {
				found[k] = v
			}
			return err
		}, fmt.Sprintf(query, places(1, len(piece))), args...)
	})
	return found, err
}
