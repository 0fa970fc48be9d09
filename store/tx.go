package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
)

// conn is one connection with its prepared statements, used by one transaction at a time.
type conn struct {
	sql   *sql.Conn
	stmts map[string]*stmt
	bare  map[string]*bare
	// inserts are the texts of statements that insert rows.
	inserts map[insertion]string
}

// stmt is a prepared statement. order says which of our parameters, counted from 0, stands at each of
// the engine's.
type stmt struct {
	*sql.Stmt
	order []int
}

// args puts parameters in the engine's order.
func (s *stmt) args(given []any) []any {
	out := make([]any, len(s.order))
	for i, n := range s.order {
		out[i] = given[n]
	}
	return out
}

func connect(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, translate("store.connect", err)
	}
	if err := durable(ctx, c); err != nil {
		return nil, errors.Join(translate("store.connect", err), c.Close())
	}
	return &conn{c, map[string]*stmt{}, map[string]*bare{}, map[insertion]string{}}, nil
}

func (c *conn) prepare(ctx context.Context, query string) (*stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	text, order := rebind(query)
	s, err := c.sql.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = &stmt{s, order}
	return c.stmts[query], nil
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
	return errors.Join(c.forget(), c.sql.Close())
}

// forget ends all prepared statements, before the connection they belong to.
func (c *conn) forget() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	for _, s := range c.bare {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// discard ends a connection that may be inside a transaction. Closing alone would give it back to the
// pool, which would hand it out again as it is.
func (c *conn) discard() {
	_ = c.forget()
	_ = c.sql.Raw(func(any) error { return driver.ErrBadConn })
}

// tx is one transaction: what the desk sees as campaign.Reader and campaign.Tx.
type tx struct {
	ctx    context.Context
	caller context.Context // whose end is looked at between statements and rows, never inside one
	db     *DB
	conn   *conn
	now    time.Time
	over   bool

	snapshot bool  // it sees only what is committed
	alone    bool  // nothing else was done before it in the same transaction of the engine
	wrote    bool  // or may have: it ran something that is no SELECT
	day      int64 // of the last audit of the whole base; 0: not yet read
	owed     int   // keys of new contacts that are not written yet
	moved    map[standing]int64
	filled   map[string]bool // of tables that a snapshot has looked into: whether there is any row
	appending
}

// unlessEmpty reads something of a table, unless it is known to have no rows. A snapshot looks once, whoever may write never: of most bases
// that are audited nobody was ever asked, and part after part would be looked through for it.
func (t *tx) unlessEmpty(table string, read func() error) error {
	if !t.snapshot {
		return read()
	}
	some, known := t.filled[table]
	if !known {
		if err := t.row([]any{&some}, "SELECT EXISTS (SELECT 1 FROM "+table+")"); err != nil {
			return err
		}
		if t.filled == nil {
			t.filled = map[string]bool{}
		}
		t.filled[table] = some
	}
	if !some {
		return nil
	}
	return read()
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
	return d.look(ctx, fn)
}

// look is view for whoever has entered already.
func (d *DB) look(ctx context.Context, fn func(*tx) error) error {
	c, err := d.takeReader(ctx)
	if err != nil {
		return err
	}
	broken := true
	defer func() { d.giveReader(c, broken) }()
	if err := c.exec(context.WithoutCancel(ctx), beginRead); err != nil {
		return translate("store.View", err)
	}
	t := d.newTx(context.WithoutCancel(ctx), c) // a cancel inside a statement would need a watcher for each
	t.caller, t.snapshot = ctx, true
	defer func() {
		t.over = true
		broken = c.exec(context.WithoutCancel(ctx), "ROLLBACK") != nil
	}()
	return translate("store.View", fn(t))
}

func (d *DB) newTx(ctx context.Context, c *conn) *tx {
	return &tx{ctx: ctx, db: d, conn: c, now: d.options.Clock().UTC().Truncate(time.Millisecond)}
}

func (d *DB) takeReader(ctx context.Context) (c *conn, err error) {
	select {
	case <-d.readers:
	case <-ctx.Done():
		return nil, translate("store.View", ctx.Err())
	}
	d.mu.Lock()
	if n := len(d.idle) - 1; n >= 0 {
		c, d.idle[n], d.idle = d.idle[n], nil, d.idle[:n]
	}
	d.mu.Unlock()
	if c == nil {
		if c, err = connect(ctx, d.readDB); err != nil {
			d.readers <- struct{}{}
			return nil, err
		}
	}
	return c, nil
}

func (d *DB) giveReader(c *conn, broken bool) {
	if broken {
		c.discard() // it is replaced when next needed
	} else {
		d.mu.Lock()
		d.idle = append(d.idle, c)
		d.mu.Unlock()
	}
	d.readers <- struct{}{}
}

// enter refuses a transaction inside a transaction, which would wait for itself for ever. The
// callback gets no context of its own to carry a mark in, so the goroutine is the mark. Finding out its
// number costs as much as reading a row: builds for tests look for the mistake, the product does not.
func (d *DB) enter() (leave func(), err error) {
	if !failpoint.Enabled {
		return func() {}, nil
	}
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

// prepare readies a statement, unless nothing may be asked any more.
func (t *tx) prepare(query string) (*stmt, error) {
	if err := t.ready(query); err != nil {
		return nil, err
	}
	return t.conn.prepare(t.ctx, query)
}

// ready refuses a statement when the transaction is over or whoever asked for it has gone.
func (t *tx) ready(query string) error {
	if t.over {
		return errOver
	}
	if err := t.gone(); err != nil {
		return err
	}
	t.wrote = t.wrote || !strings.HasPrefix(query, "SELECT")
	return nil
}

// gone is why whoever asked for the transaction no longer waits for it.
func (t *tx) gone() error {
	if t.caller == nil {
		return nil
	}
	return t.caller.Err()
}

// exec runs a statement and reports how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	s, err := t.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(t.ctx, s.args(args)...)
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
	s, err := t.prepare(query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(t.ctx, s.args(args)...).Scan(dest...)
}

// each calls do for every row; do scans it.
func (t *tx) each(do func(scan func(...any) error) error, query string, args ...any) error {
	s, err := t.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(t.ctx, s.args(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := t.gone(); err != nil {
			return err
		}
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
