package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// Waiting for the disk is what a small transaction costs most. So Updates that wait for their turn
// share one: each does its part in its own goroutine, one after another, inside one transaction of
// the engine; the last of them commits for all, and none returns before that. A part that fails is
// undone alone, by a savepoint; a commit that fails fails them all, since none of them is on the disk.

// turns hands the one writing connection from one Update to the next, in the order in which they
// came.
type turns struct {
	mu    sync.Mutex
	held  bool
	queue []chan struct{} // closed when it is its owner's turn
}

// take waits for a turn. When the context ends first there is none.
func (q *turns) take(ctx context.Context) error {
	q.mu.Lock()
	if !q.held {
		q.held = true
		q.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	q.queue = append(q.queue, turn)
	q.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.queue, turn)
	if at < 0 {
		return nil // it came in the same moment: whoever has the turn must see it through
	}
	q.queue = slices.Delete(q.queue, at, at+1)
	return ctx.Err()
}

// pass gives the turn to the next in the queue, after ready has prepared it; false when nobody waits.
func (q *turns) pass(ready func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == 0 {
		return false
	}
	ready()
	close(q.queue[0])
	q.queue = q.queue[1:]
	return true
}

// give ends a turn.
func (q *turns) give() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == 0 {
		q.held = false
		return
	}
	close(q.queue[0])
	q.queue = q.queue[1:]
}

// A group is committed at the latest when so many have done their part, or so long after it began:
// whoever came first must not wait for ever.
const (
	mostMembers  = 256
	longestGroup = 10 * time.Millisecond
)

// group is one transaction of the engine that serves several Updates.
type group struct {
	began   time.Time
	members int
	over    bool // rolled back: its only part so far failed
	ended   chan struct{}
	err     error // why nothing of it is kept; final when ended is closed
}

// Update runs fn in one transaction that excludes every other writer. See campaign.Store.
func (d *DB) Update(ctx context.Context, fn func(campaign.Tx) error) error {
	return d.update(ctx, func(t *tx) error { return fn(t) })
}

func (d *DB) update(ctx context.Context, fn func(*tx) error) error {
	if d.options.ReadOnly {
		return readOnlyFault()
	}
	leave, err := d.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := d.turns.take(ctx); err != nil {
		return translate("store.Update", err)
	}
	g, err := d.join(ctx)
	if err != nil {
		d.turns.give()
		return translate("store.Update", err)
	}
	err = d.part(ctx, g, fn)
	<-g.ended
	// An error may rest on what another part wrote: when the commit fails, that is what happened.
	if g.err != nil {
		err = g.err
	}
	return translate("store.Update", err)
}

// join goes on with the group that was handed over, or begins one.
func (d *DB) join(ctx context.Context) (*group, error) {
	if g := d.group; g != nil {
		d.group = nil
		return g, nil
	}
	if d.writer == nil {
		c, err := connect(ctx, d.writeDB)
		if err != nil {
			return nil, err
		}
		d.writer = c
	}
	if err := d.writer.exec(context.WithoutCancel(ctx), beginWrite); err != nil {
		d.rollBack()
		return nil, err
	}
	return &group{began: d.options.Clock(), ended: make(chan struct{})}, nil
}

// part does one Update's part of a group, then hands the group on or ends it; also when fn panics.
func (d *DB) part(ctx context.Context, g *group, fn func(*tx) error) error {
	defer d.leave(g)
	if err := ctx.Err(); err != nil {
		return err
	}
	if g.members++; g.members == 1 {
		return d.run(ctx, g, fn, func() error {
			g.over = true
			d.rollBack()
			return nil
		})
	}
	if err := d.writer.exec(context.Background(), "SAVEPOINT part"); err != nil {
		g.err = err
		return err
	}
	err := d.run(ctx, g, fn, func() error { return d.writer.exec(context.Background(), "ROLLBACK TO part") })
	if g.err == nil {
		g.err = d.writer.exec(context.Background(), "RELEASE part")
	}
	return err
}

// run lets fn do its work; when it fails or panics, undo takes the work back. What cannot be taken
// back breaks the whole group.
func (d *DB) run(ctx context.Context, g *group, fn func(*tx) error, undo func() error) (err error) {
	t := d.newTx(context.WithoutCancel(ctx), d.writer)
	t.caller = ctx
	kept := false
	defer func() {
		t.over = true
		if kept {
			return
		}
		if failed := undo(); failed != nil {
			g.err = errors.Join(err, failed)
		}
	}()
	if err = fn(t); err != nil {
		return err
	}
	t.caller = nil // from here on a cancel must not leave in doubt what is stored
	if err = t.appendEntries(); err != nil {
		return err
	}
	kept = true
	return nil
}

// leave hands the group to the next Update that waits, or ends it.
func (d *DB) leave(g *group) {
	more := !g.over && g.err == nil && g.members < mostMembers && d.options.Clock().Sub(g.began) < longestGroup
	if more && d.turns.pass(func() { d.group = g }) {
		return
	}
	switch {
	case g.over:
	case g.err != nil:
		d.rollBack()
	default:
		d.commit(g)
	}
	close(g.ended)
	d.turns.give()
}

func (d *DB) commit(g *group) {
	d.options.Points.At("store.before-commit")
	if g.err = d.writer.exec(context.Background(), "COMMIT"); g.err != nil {
		d.rollBack()
		return
	}
	d.options.Points.At("store.after-commit")
}

// rollBack ends a transaction that must not take effect. The engine may have rolled back already,
// after a full disk for one: then this fails and the connection is replaced.
func (d *DB) rollBack() {
	if d.writer.exec(context.Background(), "ROLLBACK") != nil {
		d.writer.discard()
		d.writer = nil
	}
}
