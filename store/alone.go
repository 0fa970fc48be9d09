package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// What goes through the log is written twice, and summed up and read once more between. For a transaction that puts half a
// gigabyte behind an empty database that is a fifth of the time. Without the log a new page is written once, where it belongs, and
// what was there before stands in a journal beside: whoever opens the database after a kill puts that back first. For as long
// nobody else can read; so that it is only done where there is nothing to read, and nobody who has the database open.

// Alone calls do, whose first transaction is written without the log if nobody else has the database open. It is as whole and as
// durable as any. Whoever comes meanwhile waits, and is refused as fault.Unavailable in the end. With its commit the log is taken up
// again: between two transactions a connection without it has no lock that would keep others from replacing the file.
func (d *DB) Alone(ctx context.Context, do func() error) error {
	if d.options.ReadOnly {
		return readOnlyFault()
	}
	d.wanted.Store(true)
	defer func() {
		if d.wanted.Swap(false) { // nothing was committed
			// Where this fails, whoever writes next takes the log up again.
			_ = d.update(context.WithoutCancel(ctx), func(*tx) error { return nil })
		}
	}()
	return do()
}

// arrange lets the writer use the log, or not, as is wanted now. Whoever calls it has the turn, and finds no writer afterwards
// where the one there was can do neither.
func (d *DB) arrange(ctx context.Context) {
	want := d.wanted.Load()
	if want == d.apart {
		return
	}
	if !want {
		d.together()
		if d.writer.exec(ctx, returnLog) != nil || d.writer.exec(ctx, keepWrites) != nil {
			d.writer.discard() // a new one takes the log up as it is opened
			d.writer = nil
		}
		return
	}
	d.log.hold()
	d.endIdle()
	if !d.writer.leave(ctx) {
		d.wanted.Store(false) // somebody has it open: it is asked once
		d.log.release()
		d.writer.discard() // nobody knows how far it came
		d.writer = nil
		return
	}
	d.apart = true
	if d.drain == nil {
		d.drain = newDrain(d.options.Path)
	}
	d.drain.open()
}

// together ends what goes on beside a writer without the log.
func (d *DB) together() {
	d.apart = false
	d.drain.shut()
	d.log.release()
}

// leave tries to do without the log.
func (c *conn) leave(ctx context.Context) bool {
	var mode string
	return c.exec(ctx, keepRemovals) == nil && c.sql.QueryRowContext(ctx, leaveLog).Scan(&mode) == nil && mode == "delete"
}

// endIdle closes the connections that read and are not in use.
func (d *DB) endIdle() {
	d.mu.Lock()
	idle := d.idle
	d.idle = nil
	d.mu.Unlock()
	d.readDB.SetMaxIdleConns(0)
	for _, c := range idle {
		_ = c.close() // it has read only
	}
}

// drain has what is written without the log brought to the disk while more is being written: the commit waits for less.
type drain struct {
	// file is closed after every connection: whoever closes a file gives up the locks that this process has on it (POSIX, fcntl).
	file *os.File
	stop chan struct{}
	done chan struct{}
}

const drainPause = 250 * time.Millisecond

// newDrain gives one that does nothing where the file cannot be opened a second time.
func newDrain(path string) *drain {
	f, err := os.Open(path)
	if err != nil {
		f = nil
	}
	return &drain{file: f}
}

func (r *drain) open() {
	if r.file == nil {
		return
	}
	r.stop, r.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(r.done)
		pause := time.NewTicker(drainPause)
		defer pause.Stop()
		for {
			select {
			case <-r.stop:
				return
			case <-pause.C:
				_ = r.file.Sync() // what fails here fails the commit, which asks for itself
			}
		}
	}()
}

func (r *drain) shut() {
	if r.file != nil {
		close(r.stop)
		<-r.done
	}
}

func (r *drain) close() error {
	if r == nil || r.file == nil {
		return nil
	}
	return r.file.Close()
}

// unfinished reports whether a transaction without the log is under way, or was cut off. A journal that begins with a zero is none; one that
// cannot be read may be one.
func unfinished(path string) bool {
	f, err := os.Open(path + "-journal")
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	var first [1]byte
	n, err := f.Read(first[:])
	return n == 1 && first[0] != 0 || err != nil && !errors.Is(err, io.EOF)
}

func unfinishedFault(path string) error {
	return fault.New(fault.Unavailable, "store.unfinished", "an import into the database {path} is under way, or was cut off and is still to be taken back", "path", path).
		Hint("wait for it to end; after a crash run reoptin contacts list, which takes it back")
}

// takeBack undoes a transaction without the log that was cut off. A connection that may only read cannot.
func (d *DB) takeBack(ctx context.Context) error {
	if !unfinished(d.options.Path) {
		return nil
	}
	if d.options.ReadOnly {
		return unfinishedFault(d.options.Path)
	}
	db, err := sql.Open(driverName, dsn(d.options.Path, modeBack, d.options.Busy))
	if err != nil {
		return err
	}
	return errors.Join(ours(ctx, db, d.options.Path), db.Close()) // the engine takes it back as it first reads
}
