package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"runtime"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// conn is one connection with its prepared statements, used by one transaction at a time.
type conn struct {
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
}

func connect(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, translate("store.connect", err)
	}
	if err := durable(ctx, c); err != nil {
		return nil, errors.Join(translate("store.connect", err), c.Close())
	}
	return &conn{c, map[string]*sql.Stmt{}}, nil
}

func (c *conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.sql.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

func (c *conn) exec(ctx context.Context, query string) error {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return err
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.sql.Close())...)
}

// discard ends a connection that may be inside a transaction. Closing alone would give it back to the
// pool, which would hand it out again as it is.
func (c *conn) discard() {
	for _, s := range c.stmts { // before the connection they belong to
		_ = s.Close()
	}
	_ = c.sql.Raw(func(any) error { return driver.ErrBadConn })
}

// tx is one transaction: what the desk sees as campaign.Reader and campaign.Tx.
type tx struct {
	ctx  context.Context
	db   *DB
	conn *conn
	now  time.Time
	over bool
	appending
}

var (
	_ campaign.Store = (*DB)(nil)
	_ campaign.Tx    = (*tx)(nil)
)

// Now is the transaction's one timestamp.
func (t *tx) Now() time.Time { return t.now }

// View runs fn on one snapshot. See campaign.Store.
func (d *DB) View(ctx context.Context, fn func(campaign.Reader) error) error {
	return d.view(ctx, func(t *tx) error { return fn(t) })
}

func (d *DB) view(ctx context.Context, fn func(*tx) error) error {
	leave, err := d.enter()
	if err != nil {
		return err
	}
	defer leave()
	c, err := d.takeReader(ctx)
	if err != nil {
		return err
	}
	broken := true
	defer func() { d.giveReader(c, broken) }()
	if err := c.exec(ctx, beginRead); err != nil {
		return translate("store.View", err)
	}
	t := d.newTx(ctx, c)
	defer func() {
		t.over = true
		broken = c.exec(context.WithoutCancel(ctx), "ROLLBACK") != nil
	}()
	return translate("store.View", fn(t))
}

// Update runs fn in one transaction that excludes every other writer. See campaign.Store.
func (d *DB) Update(ctx context.Context, fn func(campaign.Tx) error) error {
	return d.update(ctx, func(t *tx) error { return fn(t) })
}

func (d *DB) update(ctx context.Context, fn func(*tx) error) (err error) {
	if d.options.ReadOnly {
		return readOnlyFault()
	}
	leave, err := d.enter()
	if err != nil {
		return err
	}
	defer leave()
	c, err := d.takeWriter(ctx)
	if err != nil {
		return err
	}
	defer d.giveWriter()
	if err := c.exec(ctx, beginWrite); err != nil {
		d.rollBack(c) // a cancel may be reported although the transaction has begun
		return translate("store.Update", err)
	}
	t := d.newTx(ctx, c)
	committed := false
	defer func() {
		t.over = true
		if !committed {
			d.rollBack(c)
		}
	}()
	if err := fn(t); err != nil {
		return translate("store.Update", err)
	}
	if err := t.appendEntries(); err != nil {
		return translate("store.Update", err)
	}
	d.options.Points.At("store.before-commit")
	// From here on the caller's cancel must not leave in doubt what was committed.
	if err := c.exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return translate("store.Update", err)
	}
	committed = true
	d.options.Points.At("store.after-commit")
	return nil
}

// rollBack ends a transaction that must not take effect. The engine may have rolled back already,
// after a full disk for one: then this fails and the connection is replaced.
func (d *DB) rollBack(c *conn) {
	if c.exec(context.Background(), "ROLLBACK") != nil {
		c.discard()
		d.writer = nil
	}
}

func (d *DB) newTx(ctx context.Context, c *conn) *tx {
	return &tx{ctx: ctx, db: d, conn: c, now: d.options.Clock().UTC().Truncate(time.Millisecond)}
}

func (d *DB) takeWriter(ctx context.Context) (*conn, error) {
	select {
	case <-d.writing:
	case <-ctx.Done():
		return nil, translate("store.Update", ctx.Err())
	}
	if d.writer == nil {
		c, err := connect(ctx, d.writeDB)
		if err != nil {
			d.giveWriter()
			return nil, err
		}
		d.writer = c
	}
	return d.writer, nil
}

func (d *DB) giveWriter() { d.writing <- struct{}{} }

func (d *DB) takeReader(ctx context.Context) (c *conn, err error) {
	select {
	case c = <-d.readers:
	case <-ctx.Done():
		return nil, translate("store.View", ctx.Err())
	}
	if c == nil {
		if c, err = connect(ctx, d.readDB); err != nil {
			d.readers <- nil
			return nil, err
		}
	}
	return c, nil
}

func (d *DB) giveReader(c *conn, broken bool) {
	if broken {
		c.discard() // it is replaced when next needed
		c = nil
	}
	d.readers <- c
}

// enter refuses a transaction inside a transaction, which would wait for itself for ever. The
// callback gets no context of its own to carry a mark in, so the goroutine is the mark.
func (d *DB) enter() (leave func(), err error) {
	g := goroutine()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[g] {
		return nil, fault.New(fault.Internal, "store.nested", "a transaction was begun inside a transaction").At("store.enter")
	}
	d.busy[g] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.busy, g)
	}, nil
}

// goroutine is the number of the running goroutine, from the first line of its stack trace.
func goroutine() uint64 {
	var b [64]byte
	line := b[:runtime.Stack(b[:], false)]
	line = bytes.TrimPrefix(line, []byte("goroutine "))
	n, _ := strconv.ParseUint(string(line[:max(0, bytes.IndexByte(line, ' '))]), 10, 64)
	return n
}

var errOver = fault.New(fault.Internal, "store.over", "the transaction is over").At("store.tx")

// exec runs a statement and reports how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if t.over {
		return 0, errOver
	}
	s, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// must runs a statement that has to change a row: a lost compare-and-set is fault.Conflict.
func (t *tx) must(op, query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "store.lost", "the present state does not allow this").At(op)
	}
	return translate(op, err)
}

// row reads one row into dest; none is sql.ErrNoRows.
func (t *tx) row(dest []any, query string, args ...any) error {
	if t.over {
		return errOver
	}
	s, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(t.ctx, args...).Scan(dest...)
}

// each calls do for every row; do scans it.
func (t *tx) each(do func(scan func(...any) error) error, query string, args ...any) error {
	if t.over {
		return errOver
	}
	s, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(t.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// all collects what scan makes of every row.
func all[T any](t *tx, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	err := t.each(func(s func(...any) error) error {
		v, err := scan(s)
		out = append(out, v)
		return err
	}, query, args...)
	return out, err
}
