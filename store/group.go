package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// Waiting for the disk is what a small transaction costs most. So Updates that come while another one is
// at work share a transaction of the engine: whoever has the turn does the others' parts after its own,
// one after another, and commits once for all. None returns before that. A part that fails is undone
// alone, by a savepoint; a commit that fails fails them all, since none of them is on the disk.

// part is one Update: what it does, and what came of it.
type part struct {
	ctx      context.Context
	fn       func(*tx) error
	err      error
	panicked any
	told     chan bool // true: it is its turn; false: it was done by another
}

// turns is the queue for the one writing connection, in the order in which they came.
type turns struct {
	mu    sync.Mutex
	held  bool
	queue []*part
}

// take waits for a turn, or until another one has done the part: mine is false then. When the context
// ends first there is neither, and gone says so.
func (q *turns) take(p *part) (mine bool, gone error) {
	q.mu.Lock()
	if !q.held {
		q.held = true
		q.mu.Unlock()
		return true, nil
	}
	q.queue = append(q.queue, p)
	q.mu.Unlock()
	select {
	case mine := <-p.told:
		return mine, nil
	case <-p.ctx.Done():
	}
	if q.remove(p) {
		return false, p.ctx.Err()
	}
	return <-p.told, nil // it is being done, or its turn has come
}

func (q *turns) remove(p *part) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.queue, p)
	if at < 0 {
		return false
	}
	q.queue = slices.Delete(q.queue, at, at+1)
	return true
}

// next takes the first of the queue, nil when nobody waits.
func (q *turns) next() *part {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pop()
}

func (q *turns) pop() *part {
	if len(q.queue) == 0 {
		return nil
	}
	p := q.queue[0]
	q.queue = q.queue[1:]
	return p
}

// give ends a turn, and begins that of the next.
func (q *turns) give() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p := q.pop(); p != nil {
		p.told <- true
		return
	}
	q.held = false
}

// A transaction is committed at the latest when so many parts are done, or so long after it began:
// whoever came first must not wait for ever.
const (
	mostParts    = 256
	longestGroup = 10 * time.Millisecond
)

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
	p := &part{ctx: ctx, fn: fn, told: make(chan bool, 1)}
	mine, gone := d.turns.take(p)
	if gone != nil {
		return translate("store.Update", gone)
	}
	if mine {
		d.lead(p)
	}
	if p.panicked != nil {
		panic(p.panicked)
	}
	return translate("store.Update", p.err)
}

// group is one transaction of the engine and the parts that were done in it.
type group struct {
	parts []*part
	over  bool  // rolled back: its only part so far failed
	err   error // why nothing of it is kept
}

// lead does a part and those of all who wait meanwhile, commits, and tells them.
func (d *DB) lead(first *part) {
	defer d.turns.give()
	if first.err = d.begin(first.ctx); first.err != nil {
		return
	}
	g := &group{}
	began := d.options.Clock()
	for p := first; p != nil; p = d.turns.next() {
		g.parts = append(g.parts, p)
		d.do(g, p)
		if g.over || g.err != nil || len(g.parts) == mostParts || d.options.Clock().Sub(began) >= longestGroup {
			break
		}
	}
	d.end(g)
	for _, p := range g.parts {
		// An error may rest on what another part wrote: when the commit fails, that is what happened.
		if g.err != nil {
			p.err = g.err
		}
		if p != first {
			p.told <- false
		}
	}
}

func (d *DB) begin(ctx context.Context) error {
	if d.writer == nil {
		if d.apart { // a new connection takes the log up
			d.together()
		}
		c, err := connect(ctx, d.writeDB)
		if err != nil {
			return err
		}
		d.writer = c
	}
	if d.arrange(context.WithoutCancel(ctx)); d.writer == nil {
		return d.begin(ctx)
	}
	err := d.writer.exec(context.WithoutCancel(ctx), beginWrite)
	if err != nil {
		d.rollBack()
	}
	return err
}

// do does one part. The first is undone by rolling back, a further one by its savepoint.
func (d *DB) do(g *group, p *part) {
	if p.err = p.ctx.Err(); p.err != nil {
		return
	}
	if len(g.parts) == 1 {
		d.run(g, p, func() error {
			g.over = true
			d.rollBack()
			return nil
		})
		return
	}
	if g.err = d.writer.exec(context.Background(), "SAVEPOINT part"); g.err != nil {
		return
	}
	d.run(g, p, func() error { return d.writer.exec(context.Background(), "ROLLBACK TO part") })
	if g.err == nil {
		g.err = d.writer.exec(context.Background(), "RELEASE part")
	}
}

// run lets a part do its work; when it fails or panics, undo takes the work back. What cannot be taken
// back breaks the whole group.
func (d *DB) run(g *group, p *part, undo func() error) {
	t := d.newTx(context.WithoutCancel(p.ctx), d.writer)
	t.caller, t.alone = p.ctx, len(g.parts) == 1
	kept := false
	defer func() {
		t.over = true
		if kept {
			return
		}
		p.panicked = recover() // it goes on in the goroutine of its owner
		if failed := undo(); failed != nil {
			g.err = errors.Join(p.err, failed)
		}
	}()
	if p.err = p.fn(t); p.err != nil {
		return
	}
	t.caller = nil // from here on a cancel must not leave in doubt what is stored
	if p.err = t.owesNothing(); p.err != nil {
		return
	}
	if p.err = t.putStates(); p.err != nil {
		return
	}
	if p.err = t.appendEntries(); p.err != nil {
		return
	}
	kept = true
}

func (d *DB) end(g *group) {
	defer d.narrow()
	switch {
	case g.over:
	case g.err != nil:
		d.rollBack()
	default:
		d.options.Points.At("store.before-commit")
		began := d.options.Clock()
		if g.err = d.writer.exec(context.Background(), "COMMIT"); g.err != nil {
			d.rollBack()
			return
		}
		d.options.Meter.Committed(len(g.parts), d.options.Clock().Sub(began))
		d.options.Points.At("store.after-commit")
		d.log.committed(d.options.Clock(), d.writer)
		if d.apart {
			d.wanted.Store(false)
			d.arrange(context.Background())
		}
	}
}

// narrow lets the writer remember as much as usual again, after an import.
func (d *DB) narrow() {
	if d.remembered > 0 && d.writer != nil {
		_ = d.writer.exec(context.Background(), cacheOf(usualCache)) // it costs memory, and nothing else
	}
	d.remembered = 0
}

// rollBack ends a transaction that must not take effect. The engine may have rolled back already,
// after a full disk for one: then this fails and the connection is replaced.
func (d *DB) rollBack() {
	if d.writer.exec(context.Background(), "ROLLBACK") != nil {
		d.writer.discard()
		d.writer = nil
	}
}
