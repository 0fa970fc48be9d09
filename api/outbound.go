package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Fetch gets what lies at an address.
type Fetch func(ctx context.Context, address string) ([]byte, error)

// Bounds of a fetch.
const (
	fetchTime   = 5 * time.Second
	mostFetched = 64 << 10
)

// Outbound fetches by https from public addresses on port 443 alone, whatever a name leads to: the address
// is looked at after it was resolved, by the one who connects. No proxy, no redirect, 5 seconds, 64 KB.
func Outbound() Fetch { return outbound(publicOnly, nil) }

func outbound(control func(network, address string, _ syscall.RawConn) error, trust *tls.Config) Fetch {
	dialer := &net.Dialer{Timeout: fetchTime, Control: control}
	client := &http.Client{
		Timeout: fetchTime,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: trust, TLSHandshakeTimeout: fetchTime, DisableKeepAlives: true,
			MaxResponseHeaderBytes: mostFetched, ResponseHeaderTimeout: fetchTime},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, address string) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		if r.URL.Scheme != "https" {
			return nil, errors.New("only https is followed")
		}
		answer, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the answer is %d", answer.StatusCode)
		}
		text, err := io.ReadAll(io.LimitReader(answer.Body, mostFetched+1))
		if err == nil && len(text) > mostFetched {
			err = errors.New("the answer is too long")
		}
		return text, err
	}
}

// publicOnly refuses to connect to what is not a public address.
func publicOnly(_, address string, _ syscall.RawConn) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || port != "443" || !public(ip) {
		return errors.New("it is not a public address")
	}
	return nil
}

// reserved are the networks that lead to no public host, or through a translator to anywhere: RFC 6890, and what
// came since.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
}

// unicast6 is what is given out of IPv6. Everything else is local, a translation, or nothing.
var unicast6 = netip.MustParsePrefix("2000::/3")

// isatap begin the host part of IPv6 addresses that stand for one of IPv4 (RFC 5214).
var isatap = [][4]byte{{0, 0, 0x5e, 0xfe}, {2, 0, 0x5e, 0xfe}}

// public reports whether an address is one of the public internet.
func public(ip netip.Addr) bool {
	if ip.Zone() != "" || ip.Is4In6() {
		return false
	}
	if ip.Is6() && (!unicast6.Contains(ip) || slices.Contains(isatap, [4]byte(ip.AsSlice()[8:12]))) {
		return false
	}
	return !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}
