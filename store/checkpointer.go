package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"
)

// What is committed stands in the log first, and is copied into the database file from time to time. That
// is done beside the writer, on a connection of its own: nobody who waits for a commit waits for it. The log
// begins anew with a write that finds all of it copied when it begins. As long as there are pauses between writes that comes
// about by itself. Where there is none the writer goes through the rest in its own turn, for which everybody waits,
// some hundredths of a second; so that is left until the log is as long as the room on the disk allows.

// checkpointPause is how long after one checkpoint the next may begin. A page that is written again and again is copied once for
// each; the longer the pause, the more there is to bring to the disk at once, while everybody who waits for the disk waits longer.
const checkpointPause = 200 * time.Millisecond

// From so many pages on the log is gone through until nothing comes meanwhile, and from so many on the writer is asked: 64 and 192 MiB.
const (
	longLog    = 16 << 10
	tooLongLog = 48 << 10
)

// mostPasses bounds how often a long log is gone through at once; each time less has come meanwhile.
const mostPasses = 8

// checkpointQuery copies what it can without making anybody wait.
const checkpointQuery = "PRAGMA wal_checkpoint(PASSIVE)"

type checkpointer struct {
	db            *sql.DB
	at            sync.Mutex // the file
	wake          chan struct{}
	done          chan struct{}
	last          time.Time // of the last wake; of whoever has the turn
	long, tooLong int
	went          atomic.Bool // through a log that is too long: the writer goes through the rest
}

// newCheckpointer begins the log anew from so many pages on, if need be in the writer's turn from tooLong on.
func newCheckpointer(db *sql.DB, long, tooLong int) *checkpointer {
	db.SetMaxOpenConns(1)
	c := &checkpointer{db: db, wake: make(chan struct{}, 1), done: make(chan struct{}), long: long, tooLong: tooLong}
	go c.run()
	return c
}

func (c *checkpointer) run() {
	defer close(c.done)
	for range c.wake {
		before, pages := 0, c.copy()
		for passes := 1; pages >= c.long && pages != before && passes < mostPasses; passes++ {
			before, pages = pages, c.copy()
		}
		if pages >= c.tooLong {
			c.went.Store(true)
		}
	}
}

// copy goes through the log, and gives how many pages it has. When it fails the log grows until the engine does it in a commit,
// which says what is wrong.
func (c *checkpointer) copy() (pages int) {
	c.at.Lock()
	defer c.at.Unlock()
	var busy, copied int
	if c.db.QueryRowContext(context.Background(), checkpointQuery).Scan(&busy, &pages, &copied) != nil {
		return 0
	}
	return pages
}

// hold keeps the file free of the checkpointer, until release.
func (c *checkpointer) hold() {
	c.at.Lock()
	c.db.SetMaxIdleConns(0)
}

func (c *checkpointer) release() {
	c.db.SetMaxIdleConns(1)
	c.at.Unlock()
}

func (c *checkpointer) close() error {
	close(c.wake)
	<-c.done
	return c.db.Close()
}

// committed follows a commit, in the turn of who made it.
func (c *checkpointer) committed(now time.Time, writer *conn) {
	if c.went.Swap(false) {
		// As above: what was committed is durable whatever becomes of this.
		_ = writer.exec(context.Background(), checkpointQuery)
	}
	if now.Sub(c.last) < checkpointPause {
		return
	}
	c.last = now
	select {
	case c.wake <- struct{}{}:
	default: // it is at work still
	}
}
