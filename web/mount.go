package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Mount hands every request under a path to a handler of the standard library, behind the same
// guards, headers and log as the doors. The path may end in /* for all below it.
func (s *Server) Mount(path string, h http.Handler) {
	s.Echo.Any(path, echo.WrapHandler(h))
}
