package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/static"
)

// hosts are the names this server answers to. Under any other name a page could be made to look
// as if it came from elsewhere.
type hosts struct {
	names    map[string]bool
	admin    string // the dashboard's own, or empty
	usual    string // the port that base_url has anyway, which browsers do not name
	loopback bool   // base_url is on this machine: every name of the loopback interface is ours
}

// AdminPath is where the dashboard's pages are. Under a host name of its own they are at its root.
const AdminPath = "/admin"

// APIPath is where programs ask. Where the dashboard has a host name of its own, it is there, and there alone.
const APIPath = "/api"

func newHosts(base *url.URL, admin string) hosts {
	h := hosts{names: map[string]bool{plainHost(base.Host): true}, usual: ":80", loopback: isLoopback(base.Hostname())}
	if base.Scheme == "https" {
		h.usual = ":443"
	}
	if admin != "" {
		h.admin = plainHost(admin)
		h.names[h.admin] = true
	}
	return h
}

// part keeps dashboard and public pages apart where the dashboard has a host name of its own: there
// is nothing else under its name, and nothing of it under another.
func (h hosts) part(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		asks := u.Path == APIPath || strings.HasPrefix(u.Path, APIPath+"/")
		switch {
		case h.admin == "" || isProbe(u.Path) || strings.HasPrefix(u.Path, static.Prefix) || u.Path == favicon:
		case plainHost(c.Request().Host) == h.admin && asks:
		case plainHost(c.Request().Host) == h.admin:
			u.Path = strings.TrimSuffix(AdminPath+u.Path, "/")
			if u.RawPath != "" {
				u.RawPath = strings.TrimSuffix(AdminPath+u.RawPath, "/")
			}
		case asks || u.Path == AdminPath || strings.HasPrefix(u.Path, AdminPath+"/"):
			return echo.ErrNotFound
		}
		return next(c)
	}
}

// guard answers 421 to a request for another host. Probes come by address and are let through. From here on the host is as
// browsers write it in Origin, with which it is compared: a proxy may name the usual port, or write it in capitals.
func (h hosts) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		r.Host = strings.TrimSuffix(strings.ToLower(r.Host), h.usual)
		if isProbe(r.URL.Path) || h.names[plainHost(r.Host)] || h.loopback && isLoopback(hostname(r.Host)) {
			return next(c)
		}
		return echo.NewHTTPError(http.StatusMisdirectedRequest)
	}
}

// plainHost is a host name in lower case without the port that its scheme would have anyway.
func plainHost(host string) string {
	host = strings.ToLower(host)
	return strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80")
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

// ranges reads a setting of CIDRs, or single addresses.
func ranges(setting string, texts []string) ([]*net.IPNet, error) {
	var nets []*net.IPNet
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); single == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "web.ranges", "{setting}: {range} is not an address range such as 10.0.0.0/8",
				"setting", setting, "range", text).At("web.New").Hint("reoptin config check")
		}
		prefix = prefix.Masked()
		nets = append(nets, &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())})
	}
	return nets, nil
}

// trust believes the configured proxies and nobody else, not even neighbours.
func trust(proxies []*net.IPNet) []echo.TrustOption {
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, n := range proxies {
		options = append(options, echo.TrustIPRange(n))
	}
	return options
}

func clientIP(proxies []*net.IPNet) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	return echo.ExtractIPFromXFFHeader(trust(proxies)...)
}

func clientScheme(proxies []*net.IPNet) echo.SchemeExtractor {
	if len(proxies) == 0 {
		return echo.ExtractSchemeDirect()
	}
	return echo.ExtractSchemeFromHeaders(trust(proxies)...)
}

// asked is the host that a client asked for, where a believed proxy says it and Host is none of ours: everything behind here
// compares with it. Where Host is right it stands, since many a proxy hands on what its client invented here.
// The last value is the nearest proxy's; each believed one before it, as X-Forwarded-For names them, may have put one
// of its own to the left, and what stands further left is the client's own invention.
func (h hosts) asked(proxies []*net.IPNet) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			names := values(r, headerForwardedHost)
			if len(names) == 0 || h.names[plainHost(r.Host)] || !among(proxies, hostname(r.RemoteAddr)) {
				return next(c)
			}
			at, hops := len(names)-1, values(r, echo.HeaderXForwardedFor)
			for i := len(hops) - 1; i > 0 && at > 0 && among(proxies, hops[i]); i-- {
				at--
			}
			r.Host = names[at]
			return next(c)
		}
	}
}

const headerForwardedHost = "X-Forwarded-Host"

// values are those of a header that may be there several times or be a list.
func values(r *http.Request, header string) (list []string) {
	for _, line := range r.Header.Values(header) {
		for value := range strings.SplitSeq(line, ",") {
			list = append(list, strings.TrimSpace(value))
		}
	}
	return list
}

func among(proxies []*net.IPNet, address string) bool {
	ip := net.ParseIP(strings.Trim(address, "[]"))
	return ip != nil && slices.ContainsFunc(proxies, func(n *net.IPNet) bool { return n.Contains(ip) })
}
