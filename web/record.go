package web

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// identify gives every request an id of our own; one that a client sends is not believed.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var id [8]byte
		if _, err := io.ReadFull(s.rand, id[:]); err != nil {
			return fmt.Errorf("request id: %w", err)
		}
		c.Response().Header().Set(echo.HeaderXRequestID, hex.EncodeToString(id[:]))
		return next(c)
	}
}

// RequestID is the id of the request being answered.
func RequestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// Network is where a request comes from, as far as one person has it: an address, or of IPv6 the network
// of a home.
func Network(c echo.Context) string {
	ip, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap()
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.Prefix(bits)
	return prefix.String()
}

// record writes one line per request: the route's template and never the path, which holds tokens;
// no address of the caller, which is personal and not needed.
func (s *Server) record(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		level := slog.LevelInfo
		if isProbe(c.Path()) {
			level = slog.LevelDebug
		}
		route := c.Path()
		if route == "" {
			route = "-"
		}
		took := s.now().Sub(start)
		s.served(route, method(c.Request().Method), c.Response().Status, took)
		s.log.LogAttrs(c.Request().Context(), level, "request",
			slog.String("request_id", RequestID(c)),
			slog.String("method", method(c.Request().Method)),
			slog.String("route", route),
			slog.Int("status", c.Response().Status),
			slog.Int64("bytes", c.Response().Size),
			slog.Duration("took", took))
		return nil
	}
}

// method keeps a made-up method from writing its own text into the log.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}

// recover turns a panic into an error with its stack, for the log alone.
func (s *Server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				s.log.LogAttrs(c.Request().Context(), slog.LevelError, "panic",
					slog.String("request_id", RequestID(c)), slog.String("route", c.Path()),
					slog.String("cause", fmt.Sprint(r)), slog.String("stack", string(debug.Stack())))
				err = fmt.Errorf("panic in %s", c.Path())
			}
		}()
		return next(c)
	}
}
