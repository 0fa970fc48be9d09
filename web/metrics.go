package web

import (
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
)

const metricsPath = "/metrics"

// forwarding are the headers by which a proxy says that it asks for somebody else.
var forwarding = []string{"X-Forwarded-For", headerForwardedHost, "X-Forwarded-Proto", "Forwarded", "X-Real-Ip", "Via"}

// metrics shows an operator's program how the house does. It tells how many were asked and what they answered, so
// it is for those alone who come from where operators do, and come themselves: what a proxy passes on is for
// visitors. Everybody else is told what any other path would tell them.
func (s *Server) metrics(h http.Handler, from []string) error {
	watchers, err := ranges("metrics.from", from)
	if err != nil {
		return err
	}
	Look(s.Echo, metricsPath, func(c echo.Context) error {
		if r := c.Request(); passedOn(r) || !comesFrom(watchers, r.RemoteAddr) {
			return echo.ErrNotFound
		}
		h.ServeHTTP(c.Response(), c.Request())
		return nil
	})
	return nil
}

func passedOn(r *http.Request) bool {
	for _, name := range forwarding {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

func comesFrom(nets []*net.IPNet, remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	ip := net.ParseIP(host)
	if err != nil || ip == nil {
		return false
	}
	for _, n := range nets {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}
