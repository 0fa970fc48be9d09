package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// database/sql locks, converts and copies for every value that goes in or out. Where values come by the million that is a
// sixth of reading them, and the driver is asked without it.

// bare is a statement of the driver itself. The connection's lock is held while it runs: nothing else can be asked
// meanwhile.
type bare struct {
	driver.Stmt
	order []int
	given []driver.NamedValue // to be used again
}

func prepareBare(ctx context.Context, c any, query string) (*bare, error) {
	d, ok := c.(driver.ConnPrepareContext)
	if !ok {
		return nil, fmt.Errorf("%T prepares no statements", c)
	}
	text, order := rebind(query)
	s, err := d.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	b := &bare{s, order, make([]driver.NamedValue, len(order))}
	for n := range b.given {
		b.given[n].Ordinal = n + 1
	}
	return b, nil
}

// args puts parameters in the engine's order. They must be of the driver's own types.
func (b *bare) args(given []any) []driver.NamedValue {
	for i, n := range b.order {
		b.given[i].Value = given[n]
	}
	return b.given
}

// barely runs something with a statement of the driver.
func (t *tx) barely(query string, do func(*bare) error) error {
	if err := t.ready(query); err != nil {
		return err
	}
	return t.conn.sql.Raw(func(c any) error {
		s := t.conn.bare[query]
		if s == nil {
			var err error
			if s, err = prepareBare(t.ctx, c, query); err != nil {
				return err
			}
			t.conn.bare[query] = s
		}
		return do(s)
	})
}

// eachBare is each with the values as the driver gives them, which last until the next row unless they are texts. do must
// not ask the database for anything.
func (t *tx) eachBare(do func([]driver.Value) error, query string, args ...any) error {
	return t.barely(query, func(s *bare) error {
		q, ok := s.Stmt.(driver.StmtQueryContext)
		if !ok {
			return fmt.Errorf("%T asks nothing", s.Stmt)
		}
		rows, err := q.QueryContext(t.ctx, s.args(args))
		if err != nil {
			return err
		}
		defer rows.Close()
		row := make([]driver.Value, len(rows.Columns()))
		for {
			if err := rows.Next(row); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			if err := t.gone(); err != nil {
				return err
			}
			if err := do(row); err != nil {
				return err
			}
		}
	})
}

// execBare is exec with values of the driver's own types.
func (t *tx) execBare(query string, args []any) error {
	return t.barely(query, func(s *bare) error {
		e, ok := s.Stmt.(driver.StmtExecContext)
		if !ok {
			return fmt.Errorf("%T changes nothing", s.Stmt)
		}
		_, err := e.ExecContext(t.ctx, s.args(args))
		return err
	})
}
