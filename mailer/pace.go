package mailer

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/reoptin/reoptin/campaign"
)

// smooth is over how long a rate may bunch its messages: a tenth of a second's worth may start at
// once, so that fast rates do not depend on the grain of timers.
const smooth = 100 * time.Millisecond

// Pace bounds how fast messages start, and how many to one mailbox provider are on their way at once. It is
// safe for concurrent use.
type Pace struct {
	clock     func() time.Time
	perDomain int
	limiter   *rate.Limiter

	mu    sync.Mutex
	gates map[string]*gate
}

// gate is one mailbox provider while messages to it wait or are on their way.
type gate struct {
	places chan struct{}
	users  int
}

var _ campaign.Pace = (*Pace)(nil)

// NewPace allows perDomain messages to one mailbox provider at once (below 1: 2) and one message per second
// until Limit says otherwise.
func NewPace(perDomain int, clock func() time.Time) *Pace {
	if perDomain < 1 {
		perDomain = 2
	}
	return &Pace{clock: clock, perDomain: perDomain, limiter: rate.NewLimiter(1, 1), gates: map[string]*gate{}}
}

// slowest bounds how long anybody waits for one more message. Whoever sends more slowly than that comes less often.
const slowest = time.Minute

// Limit sets the rate to n messages per duration; less than one message means one, and less than one in a minute that.
func (p *Pace) Limit(n int, per time.Duration) {
	if n < 1 || per <= 0 {
		n, per = 1, max(per, time.Second)
	}
	if per/time.Duration(n) > slowest {
		n, per = 1, slowest
	}
	now := p.clock()
	p.limiter.SetLimitAt(now, rate.Limit(float64(n)/per.Seconds()))
	p.limiter.SetBurstAt(now, max(1, int(float64(n)*smooth.Seconds()/per.Seconds())))
}

// Wait blocks until one more message to a mailbox provider may start. done must be called when it has ended. The
// error is that of ctx.
func (p *Pace) Wait(ctx context.Context, provider string) (done func(), err error) {
	g := p.enter(provider)
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		p.exit(provider, g)
		return nil, ctx.Err()
	}
	leave := func() {
		<-g.places
		p.exit(provider, g)
	}
	if err := p.turn(ctx); err != nil {
		leave()
		return nil, err
	}
	return sync.OnceFunc(leave), nil
}

// turn waits for the rate.
func (p *Pace) turn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := p.clock()
	r := p.limiter.ReserveN(now, 1)
	delay := r.DelayFrom(now)
	if delay == 0 {
		return nil
	}
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		r.CancelAt(p.clock())
		return ctx.Err()
	}
}

func (p *Pace) enter(provider string) *gate {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.gates[provider]
	if g == nil {
		g = &gate{places: make(chan struct{}, p.perDomain)}
		p.gates[provider] = g
	}
	g.users++
	return g
}

func (p *Pace) exit(provider string, g *gate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g.users--; g.users == 0 {
		delete(p.gates, provider)
	}
}
