package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/static"
)

// forever is right for a name that carries the hash of its content.
const forever = "public, max-age=31536000, immutable"

// favicon is what browsers ask for by themselves; we have none.
const favicon = "/favicon.ico"

// keptNames are the files that pages may have been shown with and that are kept beside them.
var keptNames = [...]string{"consent.css", "logo.png", "logo.jpg"}

// isProbe tells the paths that are reached by address, without a host name.
func isProbe(path string) bool { return path == "/healthz" || path == "/readyz" || path == metricsPath }

// probes answer operators: alive, and able to serve.
func (s *Server) probes(e *echo.Echo) {
	alive := func(c echo.Context) error { return Blob(c, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n")) }
	ready := func(c echo.Context) error {
		if s.ready != nil {
			if err := s.ready(c.Request().Context()); err != nil {
				s.logFailure(c, http.StatusServiceUnavailable, err)
				return Blob(c, http.StatusServiceUnavailable, "text/plain; charset=utf-8", []byte("not ready\n"))
			}
		}
		return Blob(c, http.StatusOK, "text/plain; charset=utf-8", []byte("ready\n"))
	}
	Look(e, "/healthz", alive)
	Look(e, "/readyz", ready)
}

// assets serves static files under their hashed names. A style sheet of an older release or of an organisation's
// own, and its logo, are looked up among the kept documents, so that a kept page still looks as it did.
func (s *Server) assets(e *echo.Echo) {
	Look(e, static.Prefix+":name", func(c echo.Context) error {
		name, hash, ok := static.Split(c.Param("name"))
		if !ok {
			return echo.ErrNotFound
		}
		if f, found := static.Open(name); found && f.SHA256 == hash {
			c.Response().Header().Set(echo.HeaderCacheControl, forever)
			return Blob(c, http.StatusOK, f.Media, f.Content)
		}
		if s.kept == nil || !slices.Contains(keptNames[:], name) {
			return echo.ErrNotFound
		}
		media, content, err := s.kept(c.Request().Context(), name, hash)
		if err != nil {
			return fault.Wrap("web.assets", err)
		}
		c.Response().Header().Set(echo.HeaderCacheControl, forever)
		return Blob(c, http.StatusOK, media, content)
	})
	Look(e, favicon, func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
}

// Look registers a page that is only looked at.
func Look(e *echo.Echo, path string, h echo.HandlerFunc) {
	e.GET(path, h)
	e.HEAD(path, h)
}
