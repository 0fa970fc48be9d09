package forms

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/reoptin/reoptin/internal/fault"
)

// Attempts with links that open nothing: 60 at once, then one a second, for each network. Links that
// open something are never counted, so that no reader of a real message is ever turned away
// (COMPLIANCE F.3).
const (
	attemptBurst = 60
	networks     = 10_000 // remembered at most; then all is forgotten, which only errs on the lenient side
)

// attempts counts forged and unknown links by the network they come from: /24 or /48.
type attempts struct {
	mu sync.Mutex
	by map[netip.Prefix]*rate.Limiter
}

// allow says whether a network may try once more. This machine always may.
func (a *attempts) allow(ip string, now time.Time) error {
	addr, err := netip.ParseAddr(ip)
	if err == nil && addr.Unmap().IsLoopback() {
		return nil
	}
	bits := 48
	if addr = addr.Unmap(); addr.Is4() {
		bits = 24
	}
	network, _ := addr.Prefix(bits) // an unreadable address shares the zero network
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by == nil || len(a.by) >= networks {
		a.by = map[netip.Prefix]*rate.Limiter{}
	}
	if a.by[network] == nil {
		a.by[network] = rate.NewLimiter(rate.Every(time.Second), attemptBurst)
	}
	if !a.by[network].AllowN(now, 1) {
		return fault.New(fault.TooMany, "forms.attempts", "too many links that open nothing came from this network").At("forms.unknown")
	}
	return nil
}
