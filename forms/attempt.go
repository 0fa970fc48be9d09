package forms

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"github.com/reoptin/reoptin/internal/fault"
)

// Attempts with links that open nothing: 60 at once, then one a second, for each network. Links that
// open something are never counted, so that no reader of a real message is ever turned away. With the codes of
// letters, which are shorter, it is five in an hour. A typing error, which the check sign finds, is no attempt.
const (
	attemptBurst = 60
	guessBurst   = 5
	networks     = 10_000 // remembered at most; then all is forgotten, which only errs on the lenient side
)

// attempts counts forged and unknown links, or codes, by the network they come from: /24 or /48.
type attempts struct {
	burst int
	every time.Duration // one more each

	mu sync.Mutex
	by map[netip.Prefix]*rate.Limiter
}

// caller is where a request comes from, for counting attempts. What a proxy on this machine hands on that is not in
// trusted_proxies comes from this machine, which is never counted; so the nearest address that it names is taken, in nothing else
// believed. One that cannot be read shares a network with all such.
func caller(c echo.Context) string {
	addr, err := netip.ParseAddr(c.RealIP())
	if err != nil || !addr.Unmap().IsLoopback() {
		return c.RealIP()
	}
	h := c.Request().Header
	for _, name := range []string{echo.HeaderXForwardedFor, echo.HeaderXRealIP, "Forwarded"} {
		lines := h.Values(name)
		if len(lines) == 0 {
			continue
		}
		all := strings.Split(lines[len(lines)-1], ",")
		return named(all[len(all)-1])
	}
	return c.RealIP()
}

// named is the address in an element of a header by which proxies say for whom they ask; "" for none, and for this machine.
func named(element string) string {
	text := strings.ToLower(strings.TrimSpace(element))
	for part := range strings.SplitSeq(text, ";") { // for="[2001:db8::1]:4711";proto=https
		if value, found := strings.CutPrefix(strings.TrimSpace(part), "for="); found {
			text = strings.Trim(value, `"`)
		}
	}
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil || addr.Unmap().IsLoopback() {
		return ""
	}
	return addr.String()
}

// limiter is that of a network; nil for this machine, which always may.
func (a *attempts) limiter(ip string) *rate.Limiter {
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
		a.by[network] = rate.NewLimiter(rate.Every(a.every), a.burst)
	}
	return a.by[network]
}

// wait is how long a network has to wait before it may try again, and counts nothing.
func (a *attempts) wait(ip string, now time.Time) time.Duration {
	l := a.limiter(ip)
	if l == nil {
		return 0
	}
	return max(0, time.Duration((1-l.TokensAt(now))*float64(a.every)).Round(time.Millisecond)) // it counts in floating point
}

// allow says whether a network may try once more, and counts it.
func (a *attempts) allow(ip string, now time.Time) error {
	if l := a.limiter(ip); l != nil && !l.AllowN(now, 1) {
		return tooMany()
	}
	return nil
}

func tooMany() error {
	return fault.New(fault.TooMany, "forms.attempts", "too many links that open nothing came from this network").At("forms.unknown")
}
