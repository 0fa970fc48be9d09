package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
)

// database/sql locks, converts and copies for every value that goes in or out. Where values come by the million that takes
// as long as the engine does, so there the driver is asked without it. A connection is used by one transaction at a time,
// which needs no lock.

// bare is a statement of the driver itself. order says which of our parameters stands at each of the engine's.
type bare struct {
	driver.Stmt
	order []int
	given []driver.NamedValue // to be used again
}

// prepareBare prepares a statement of the driver.
func (c *conn) prepareBare(ctx context.Context, query string) (*bare, error) {
	if s := c.bare[query]; s != nil {
		return s, nil
	}
	text, order := rebind(query)
	b := &bare{order: order, given: make([]driver.NamedValue, len(order))}
	for n := range b.given {
		b.given[n].Ordinal = n + 1
	}
	err := c.sql.Raw(func(own any) (err error) {
		d, ok := own.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("a %T prepares no statements", own)
		}
		b.Stmt, err = d.PrepareContext(ctx, text)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.bare[query] = b
	return b, nil
}

// args puts parameters in the engine's order. They must be of the driver's own types.
func (b *bare) args(given []any) []driver.NamedValue {
	for i, n := range b.order {
		b.given[i].Value = given[n]
	}
	return b.given
}

// bareStmt readies a statement of the driver, unless the transaction is over or whoever asked for it has gone.
func (t *tx) bareStmt(query string) (*bare, error) {
	if err := t.ready(query); err != nil {
		return nil, err
	}
	return t.conn.prepareBare(t.ctx, query)
}

// execBare is exec with values of the driver's own types.
func (t *tx) execBare(query string, args []any) error {
	s, err := t.bareStmt(query)
	if err != nil {
		return err
	}
	e, ok := s.Stmt.(driver.StmtExecContext)
	if !ok {
		return fmt.Errorf("a %T changes nothing", s.Stmt)
	}
	_, err = e.ExecContext(t.ctx, s.args(args))
	for i := range s.given { // what a person said is not kept for as long as the statement
		s.given[i].Value = nil
	}
	return err
}

// cursor is a query whose rows are taken one by one as the driver gives them: nil, int64, string or []byte. Several may be
// under way, of different queries.
type cursor struct {
	t    *tx
	rows driver.Rows
	row  []driver.Value // the row at hand; what it holds may be kept, the slice not
	over bool
}

// open begins a query with parameters of the driver's own types. Whoever opens a cursor closes it.
func (t *tx) open(query string, args ...any) (*cursor, error) {
	s, err := t.bareStmt(query)
	if err != nil {
		return nil, err
	}
	q, ok := s.Stmt.(driver.StmtQueryContext)
	if !ok {
		return nil, fmt.Errorf("a %T answers no queries", s.Stmt)
	}
	rows, err := q.QueryContext(t.ctx, s.args(args))
	if err != nil {
		return nil, err
	}
	return &cursor{t: t, rows: rows, row: make([]driver.Value, len(rows.Columns()))}, nil
}

// next moves to the next row, and reports whether there is one.
func (c *cursor) next() (bool, error) {
	if c.over {
		return false, nil
	}
	if err := c.t.gone(); err != nil {
		return false, err
	}
	err := c.rows.Next(c.row)
	if c.over = err != nil; errors.Is(err, io.EOF) {
		err = nil
	}
	return !c.over, err
}

func (c *cursor) close() error { return c.rows.Close() }

// stream calls do for every row of a query. What row holds may be kept, row itself not.
func (t *tx) stream(do func(row []driver.Value) error, query string, args ...any) (err error) {
	c, err := t.open(query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	for {
		if there, err := c.next(); err != nil || !there {
			return err
		}
		if err := do(c.row); err != nil {
			return err
		}
	}
}

// number, text and octets are a value as what it should be. A value of another type, which only a file gives whose tables were
// changed, is one that nothing else is equal to: never 0, an empty text or nothing, which would agree with what says nothing.
func number(v driver.Value) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return math.MinInt64
}

func text(v driver.Value) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprintf("\x00%T %v", v, v)
}

func octets(v driver.Value) []byte {
	switch v := v.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}
