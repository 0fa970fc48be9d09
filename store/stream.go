package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// A verification reads the whole database once. For a row of a long scan database/sql takes longer than the engine, so
// that here rows are taken from the driver as it gives them: nil, int64, string or []byte.

// cursor is a query whose rows are taken one by one; several may be under way.
type cursor struct {
	t    *tx
	rows driver.Rows
	row  []driver.Value // the row at hand; what it holds may be kept, the slice not
	over bool
}

// open begins a query. Whoever opens a cursor closes it.
func (t *tx) open(query string, args ...int64) (*cursor, error) {
	if t.over {
		return nil, errOver
	}
	s, err := t.conn.direct(t.ctx, query)
	if err != nil {
		return nil, err
	}
	named := make([]driver.NamedValue, len(s.order))
	for i, n := range s.order {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: args[n]}
	}
	rows, err := s.QueryContext(t.ctx, named)
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
func (t *tx) stream(do func(row []driver.Value) error, query string, args ...int64) (err error) {
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

// directStmt is a statement of the driver itself.
type directStmt struct {
	driver.StmtQueryContext
	io.Closer
	order []int
}

// direct prepares a statement on the driver's own connection, which nobody but the transaction under way uses.
func (c *conn) direct(ctx context.Context, query string) (directStmt, error) {
	if s, ok := c.directs[query]; ok {
		return s, nil
	}
	text, order := rebind(query)
	var s driver.Stmt
	err := c.sql.Raw(func(own any) (err error) {
		p, ok := own.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("a %T prepares no statements", own)
		}
		s, err = p.PrepareContext(ctx, text)
		return err
	})
	if err != nil {
		return directStmt{}, err
	}
	q, ok := s.(driver.StmtQueryContext)
	if !ok {
		return directStmt{}, errors.Join(fmt.Errorf("a %T answers no queries", s), s.Close())
	}
	if c.directs == nil {
		c.directs = map[string]directStmt{}
	}
	c.directs[query] = directStmt{q, s, order}
	return c.directs[query], nil
}

// number, text and octets are a value as what it should be; whatever else it is, is none.
func number(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func octets(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}
