package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options say which database to open and with what. Path is required.
type Options struct {
	Path     string
	Clock    func() time.Time // time.Now when nil
	Rand     io.Reader        // crypto/rand when nil; salts and the instance id are drawn from it
	Log      *slog.Logger     // discards when nil
	ReadOnly bool             // no Update, no migration
	Busy     time.Duration    // how long to wait for another process's lock; 10 s when 0
	Readers  int              // reading connections; 4 when 0
	Points   failpoint.Points
	Meter    Meter // nil: nobody counts
}

// Meter is told how long the disk took. It returns at once.
type Meter interface {
	Committed(parts int, took time.Duration) // one transaction of the engine, and how many Updates shared it
	Synced(records int, took time.Duration)  // one sync of the send journal
}

type uncounted struct{}

func (uncounted) Committed(int, time.Duration) {}
func (uncounted) Synced(int, time.Duration)    {}

func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Busy == 0 {
		o.Busy = 10 * time.Second
	}
	if o.Meter == nil {
		o.Meter = uncounted{}
	}
	if o.Readers == 0 {
		o.Readers = 4
	}
}

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	options  Options
	instance string

	writeDB *sql.DB // nil when read-only
	readDB  *sql.DB

	turns      turns
	writer     *conn       // whoever has the turn owns it
	frontier   frontier    // owned likewise
	remembered int         // owned likewise: what the writer remembers of the file, in KiB, where that is more than usual
	apart      bool        // owned likewise: the writer does without the log
	wanted     atomic.Bool // that it does
	drain      *drain      // owned likewise; nil until it first did
	log        *checkpointer
	readers    chan struct{} // how many more may read at once
	idle       []*conn       // that read; the last one used is the first to be used again, since it remembers most

	files         memo[campaign.File]
	approved      memo[campaign.Frozen]
	organisations memo[campaign.Organisation]
	rulings       rulings
	verdicts      memo[campaign.Verdict]

	mu   sync.Mutex
	busy map[uint64]bool // goroutines inside a transaction
}

// Create makes a new database, readable by its owner only. An existing file is fault.Conflict. When
// it fails it leaves no file behind.
func Create(ctx context.Context, o Options) (*DB, error) {
	err := makeFile(o.Path, func(*os.File) error { return nil })
	if errors.Is(err, fs.ErrExist) {
		return nil, fault.New(fault.Conflict, "store.exists_file", "{path} exists already; nothing was changed", "path", o.Path).At("store.Create")
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "store.create", "{path} cannot be made", "path", o.Path).Because(err).At("store.Create").
			Hint("check who owns the folder")
	}
	d, err := open(ctx, o, modeMake)
	if err != nil {
		return nil, errors.Join(err, removeAll(Files(o.Path)...))
	}
	return d, nil
}

// makeFile makes a file that only its owner may read, and removes it when it cannot be filled.
func makeFile(path string, fill func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		return errors.Join(err, removeAll(path))
	}
	return nil
}

func removeAll(paths ...string) error {
	var errs []error
	for _, p := range paths {
		if err := os.Remove(p); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Open opens an existing database and brings its schema up to date. A missing file is
// fault.NotFound; a file that is no database, or the database of another program, is fault.Invalid and a schema newer than this program
// fault.Conflict, both are left as they are; a locked, full or unreadable one is fault.Unavailable.
func Open(ctx context.Context, o Options) (*DB, error) {
	if err := isFile(o.Path); err != nil {
		return nil, err
	}
	return open(ctx, o, modeWrite)
}

func open(ctx context.Context, o Options, m mode) (*DB, error) {
	o.fill()
	d := &DB{options: o, readers: make(chan struct{}, o.Readers), busy: map[uint64]bool{}}
	if err := d.open(ctx, m); err != nil {
		return nil, errors.Join(located(translate("store.Open", err), o.Path), d.Close())
	}
	return d, nil
}

// located names the file in a fault of the engine, which knows only that it cannot open one.
func located(err error, path string) error {
	var f *fault.Fault
	if !errors.As(err, &f) || strings.Contains(f.Error(), path) {
		return err
	}
	named := *f
	named.Text, named.Args = "{path}: "+f.Text, append([]any{"path", path}, f.Args...)
	return &named
}

func (d *DB) open(ctx context.Context, m mode) (err error) {
	if d.readDB, err = sql.Open(driverName, dsn(d.options.Path, modeRead, d.options.Busy)); err != nil {
		return err
	}
	d.readDB.SetMaxOpenConns(d.options.Readers)
	if m != modeMake { // before anything could write to it
		if err := d.takeBack(ctx); err != nil {
			return err
		}
		if err := ours(ctx, d.readDB, d.options.Path); err != nil {
			return err
		}
	}
	if !d.options.ReadOnly {
		if d.writeDB, err = sql.Open(driverName, dsn(d.options.Path, m, d.options.Busy)); err != nil {
			return err
		}
		d.writeDB.SetMaxOpenConns(1)
	}
	if err := d.migrate(ctx); err != nil {
		return err
	}
	if err := d.identify(ctx, m); err != nil {
		return err
	}
	for range d.options.Readers {
		d.readers <- struct{}{}
	}
	if d.writeDB == nil {
		return nil
	}
	db, err := sql.Open(driverName, dsn(d.options.Path, modeWrite, d.options.Busy))
	if err == nil {
		d.log = newCheckpointer(db, longLog, tooLongLog)
	}
	return err
}

// identify reads the instance id, and draws it when the database is new.
func (d *DB) identify(ctx context.Context, m mode) error {
	if m == modeMake {
		id, err := newInstance(d.options.Rand)
		if err != nil {
			return err
		}
		if _, err := d.writeDB.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES ('instance', $1)", id); err != nil {
			return err
		}
	}
	err := d.readDB.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'instance'").Scan(&d.instance)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.Internal, "store.instance", "the database {path} has no instance id: its creation was cut short", "path", d.options.Path).
			Hint("remove the file and run reoptin init, or put back a backup")
	}
	return err
}

// newInstance draws a version 4 UUID (RFC 9562 section 5.4).
func newInstance(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("draw the instance id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// Close closes all connections. Transactions under way must have ended.
func (d *DB) Close() error {
	var errs []error
	if d.writer != nil {
		errs = append(errs, d.writer.close())
		d.writer = nil
	}
	d.mu.Lock()
	idle := d.idle
	d.idle = nil
	d.mu.Unlock()
	for _, c := range idle {
		errs = append(errs, c.close())
	}
	if d.apart { // not even an empty transaction could begin
		d.together()
	}
	if d.log != nil {
		errs = append(errs, d.log.close())
		d.log = nil
	}
	// The writer last: it leaves the whole database in its one file.
	for _, db := range []*sql.DB{d.readDB, d.writeDB} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	errs, d.drain = append(errs, d.drain.close()), nil
	return errors.Join(errs...)
}

// CheckDurability refuses, as fault.Unavailable with the reason, a database whose commits might not
// survive a power cut. It is asked before anything is sent.
func (d *DB) CheckDurability(ctx context.Context) error {
	if d.options.ReadOnly {
		return readOnlyFault()
	}
	return translate("store.CheckDurability", d.update(ctx, func(t *tx) error { return durable(t.ctx, t.conn.sql) }))
}

func readOnlyFault() error {
	return fault.New(fault.Unavailable, "store.opened_read_only", "the database was opened for reading only")
}
