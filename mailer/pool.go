package mailer

import (
	"context"
	"sync"
	"time"
)

// pool bounds the connections to one relay and keeps those that are open. The one used last is used first: a
// campaign that may use few of them opens no more.
type pool struct {
	clock  func() time.Time
	places chan struct{} // one for each allowed connection

	mu     sync.Mutex
	open   []*conn // nobody uses them; the last one was put back last
	closed bool
}

func newPool(n int, clock func() time.Time) *pool {
	return &pool{clock: clock, places: make(chan struct{}, n)}
}

// take waits for a place, and gives an open connection that may be used, or nil: one is to be dialled. The error is
// that of ctx.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	var c *conn
	var old []*conn
	for now := p.clock(); c == nil && len(p.open) > 0; {
		last := len(p.open) - 1
		if c = p.open[last]; !c.usable(now) {
			old, c = append(old, c), nil
		}
		p.open = p.open[:last]
	}
	p.mu.Unlock()
	for _, o := range old {
		o.leave()
	}
	return c, nil
}

// put gives a place back. A connection that may not be used again is left, and after Close every one.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	keep := !p.closed && c.usable(p.clock())
	if keep {
		p.open = append(p.open, c)
	}
	p.mu.Unlock()
	if !keep {
		c.leave()
	}
	<-p.places
}

// close leaves every connection that nobody uses; the others are left when they are put back.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.open
	p.open, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		c.leave()
	}
}
