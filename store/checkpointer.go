package store

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"
)

// What is committed stands in the log first, and is copied into the database file from time to time. That
// is done beside the writer, on a connection of its own: nobody who waits for a commit waits for it. Only
// what came meanwhile is left to the writer, who goes through the rest in its own turn: the log can begin
// anew when all of it has been copied and nobody writes.

// checkpointPause is how long after one checkpoint the next may begin. A page that is written again and
// again is copied once for each.
const checkpointPause = time.Second

// checkpointQuery copies what it can without making anybody wait.
const checkpointQuery = "PRAGMA wal_checkpoint(PASSIVE)"

type checkpointer struct {
	db   *sql.DB
	wake chan struct{}
	done chan struct{}
	last time.Time   // of the last wake; of whoever has the turn
	went atomic.Bool // through the log: the writer goes through the rest
}

func newCheckpointer(db *sql.DB) *checkpointer {
	db.SetMaxOpenConns(1)
	c := &checkpointer{db: db, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go c.run()
	return c
}

func (c *checkpointer) run() {
	defer close(c.done)
	for range c.wake {
		// When it fails the log grows until the engine does it in a commit, which says what is wrong.
		if _, err := c.db.ExecContext(context.Background(), checkpointQuery); err == nil {
			c.went.Store(true)
		}
	}
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
