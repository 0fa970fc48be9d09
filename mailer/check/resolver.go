package check

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Resolver answers questions about names. What is not there is an empty answer; an error says that there was
// no answer. It is asked by several goroutines at once.
type Resolver interface {
	TXT(ctx context.Context, name string) ([]string, error)
	MX(ctx context.Context, name string) ([]string, error) // hosts, the preferred first; "." is nobody (RFC 7505)
	Addresses(ctx context.Context, name string) ([]netip.Addr, error)
	Names(ctx context.Context, addr netip.Addr) ([]string, error)
	CAA(ctx context.Context, name string) ([]Authority, error)
}

// System asks the name servers of this machine, or through dial those of a test.
func System(dial func(ctx context.Context, network, address string) (net.Conn, error)) Resolver {
	s := &system{r: net.Resolver{PreferGo: true, StrictErrors: true, Dial: dial}, dial: dial}
	if dial == nil {
		s.dial = new(net.Dialer).DialContext
	}
	return s
}

type system struct {
	r    net.Resolver
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// absent is no error: the name does not exist, or has no such record.
func absent(err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return nil
	}
	return err
}

// full keeps a name from being looked for in the domains that this machine searches, and in its hosts file.
func full(name string) string { return strings.TrimSuffix(name, ".") + "." }

func (s *system) TXT(ctx context.Context, name string) ([]string, error) {
	out, err := s.r.LookupTXT(ctx, full(name))
	return out, absent(err)
}

func (s *system) MX(ctx context.Context, name string) (hosts []string, err error) {
	list, err := s.r.LookupMX(ctx, full(name))
	for _, mx := range list {
		hosts = append(hosts, bare(mx.Host))
	}
	return hosts, absent(err)
}

func (s *system) Addresses(ctx context.Context, name string) ([]netip.Addr, error) {
	out, err := s.r.LookupNetIP(ctx, "ip", full(name))
	for i := range out {
		out[i] = out[i].Unmap()
	}
	return out, absent(err)
}

// bare is a name as people write it: small, and without the dot at its end, but for the root itself.
func bare(name string) string {
	if name == "." {
		return name
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// usuallyAtOnce bounds how many questions are out at a time.
const usuallyAtOnce = 8

// Patient asks each question once, remembers the answer, and waits for it no longer than each.
func Patient(r Resolver, each time.Duration) Resolver { return Bounded(r, each, usuallyAtOnce) }

// Bounded is Patient with so many questions out at a time.
func Bounded(r Resolver, each time.Duration, atOnce int) Resolver {
	return &patient{resolver: r, each: each, known: map[string]*question{}, turns: make(chan struct{}, atOnce)}
}

type patient struct {
	resolver Resolver
	each     time.Duration
	turns    chan struct{}

	mu    sync.Mutex
	known map[string]*question
}

type question struct {
	once   sync.Once
	answer any
	err    error
}

func ask[T any](p *patient, ctx context.Context, key string, look func(context.Context) (T, error)) (T, error) {
	p.mu.Lock()
	q := p.known[key]
	if q == nil {
		q = new(question)
		p.known[key] = q
	}
	p.mu.Unlock()
	q.once.Do(func() {
		select {
		case p.turns <- struct{}{}:
			defer func() { <-p.turns }()
		case <-ctx.Done():
			q.answer, q.err = *new(T), ctx.Err()
			return
		}
		ctx, cancel := context.WithTimeout(ctx, p.each)
		defer cancel()
		q.answer, q.err = look(ctx)
	})
	return q.answer.(T), q.err
}

func (p *patient) TXT(ctx context.Context, name string) ([]string, error) {
	return ask(p, ctx, "TXT "+bare(name), func(ctx context.Context) ([]string, error) { return p.resolver.TXT(ctx, name) })
}

func (p *patient) MX(ctx context.Context, name string) ([]string, error) {
	return ask(p, ctx, "MX "+bare(name), func(ctx context.Context) ([]string, error) { return p.resolver.MX(ctx, name) })
}

func (p *patient) Addresses(ctx context.Context, name string) ([]netip.Addr, error) {
	return ask(p, ctx, "A "+bare(name), func(ctx context.Context) ([]netip.Addr, error) { return p.resolver.Addresses(ctx, name) })
}

func (p *patient) Names(ctx context.Context, addr netip.Addr) ([]string, error) {
	return ask(p, ctx, "PTR "+addr.String(), func(ctx context.Context) ([]string, error) { return p.resolver.Names(ctx, addr) })
}

func (p *patient) CAA(ctx context.Context, name string) ([]Authority, error) {
	return ask(p, ctx, "CAA "+bare(name), func(ctx context.Context) ([]Authority, error) { return p.resolver.CAA(ctx, name) })
}

// Confirmed gives the names of an address that lead back to it, and those that do not.
func Confirmed(ctx context.Context, r Resolver, addr netip.Addr) (forward, astray []string, err error) {
	names, err := r.Names(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names[:min(len(names), mostHosts)] {
		back, err := r.Addresses(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		if contains(back, addr) {
			forward = append(forward, name)
		} else {
			astray = append(astray, name)
		}
	}
	return forward, astray, nil
}

func contains(all []netip.Addr, addr netip.Addr) bool {
	for _, a := range all {
		if a.Unmap() == addr.Unmap() {
			return true
		}
	}
	return false
}
