package mailer

import (
	"context"
	"slices"
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

	mu    sync.Mutex
	busy  map[string]int // places that are taken, by mailbox provider
	rates map[campaign.CampaignID]*rate.Limiter
	binds []*rate.Limiter // of those, the ones that bind now; it is never changed in its place
}

var _ campaign.Pace = (*Pace)(nil)

// NewPace allows perDomain messages to one mailbox provider at once (below 1: 2) and one message per second
// until Limit says otherwise.
func NewPace(perDomain int, clock func() time.Time) *Pace {
	if perDomain < 1 {
		perDomain = 2
	}
	return &Pace{clock: clock, perDomain: perDomain, busy: map[string]int{}, rates: map[campaign.CampaignID]*rate.Limiter{}, binds: []*rate.Limiter{rate.NewLimiter(1, 1)}}
}

// slowest bounds how long anybody waits for one more message. Whoever sends more slowly than that comes less often.
const slowest = time.Minute

// Limit sets the rate to n messages of a campaign per duration; less than one message means one, and less than one in a
// minute that. Each campaign has a rate of its own: what another sent meanwhile is not held against it, but for that of all
// together, which binds whoever has a turn once it was set.
func (p *Pace) Limit(c campaign.CampaignID, n int, per time.Duration) {
	if n < 1 || per <= 0 {
		n, per = 1, max(per, time.Second)
	}
	if per/time.Duration(n) > slowest {
		n, per = 1, slowest
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	own := p.rates[c]
	if own == nil {
		own = rate.NewLimiter(1, 1)
		p.rates[c] = own
	}
	own.SetLimitAt(now, rate.Limit(float64(n)/per.Seconds()))
	own.SetBurstAt(now, max(1, int(float64(n)*smooth.Seconds()/per.Seconds())))
	p.binds = []*rate.Limiter{own}
	if all := p.rates[campaign.EveryCampaign]; all != nil && all != own {
		p.binds = append(p.binds, all)
	}
}

// Enter takes a place among the messages to a mailbox provider, if one is free. leave gives it back.
func (p *Pace) Enter(provider string) (leave func(), free bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[provider] >= p.perDomain {
		return nil, false
	}
	p.busy[provider]++
	return sync.OnceFunc(func() { p.exit(provider) }), true
}

func (p *Pace) exit(provider string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[provider]--; p.busy[provider] == 0 {
		delete(p.busy, provider)
	}
}

func (p *Pace) bounds() []*rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.binds
}

// Ready reports whether one more message may start without waiting.
func (p *Pace) Ready() bool {
	now := p.clock()
	return !slices.ContainsFunc(p.bounds(), func(l *rate.Limiter) bool { return l.TokensAt(now) < 1 })
}

// Turn blocks until one more message may start. The error is that of ctx.
func (p *Pace) Turn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := p.clock()
	var delay time.Duration
	var room [2]*rate.Reservation
	taken := room[:0]
	for _, l := range p.bounds() {
		r := l.ReserveN(now, 1)
		taken, delay = append(taken, r), max(delay, r.DelayFrom(now))
	}
	if delay == 0 {
		return nil
	}
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		for _, r := range taken {
			r.CancelAt(p.clock())
		}
		return ctx.Err()
	}
}
