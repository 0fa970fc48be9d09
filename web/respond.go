package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/page"
)

// statuses is the one table from kinds of fault to HTTP statuses.
var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Gone:            http.StatusGone,
	fault.Conflict:        http.StatusConflict,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// retryAfter is when to come back after 429 and 503, in seconds.
const retryAfter = "30"

// A Refusal is an error of a door that answers with another status than the table says.
type Refusal interface {
	error
	HTTPStatus() int
}

// Status is the HTTP status of an error: its own, else by its kind, else by what echo or net/http said, else 500.
func Status(err error) int {
	var own Refusal
	if errors.As(err, &own) {
		return own.HTTPStatus()
	}
	var f *fault.Fault
	if errors.As(err, &f) {
		return statuses[f.Kind]
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		return he.Code
	}
	return http.StatusInternalServerError
}

// pageKeys names the wording of an error page; any other status below 500 is a bad request.
var pageKeys = map[int]string{
	http.StatusUnauthorized:          "page.error.denied",
	http.StatusForbidden:             "page.error.denied",
	http.StatusNotFound:              "page.error.not_found",
	http.StatusMethodNotAllowed:      "page.error.method",
	http.StatusConflict:              "page.error.conflict",
	http.StatusGone:                  "page.error.gone",
	http.StatusRequestEntityTooLarge: "page.error.too_large",
	http.StatusMisdirectedRequest:    "page.error.host",
	http.StatusTooManyRequests:       "page.error.too_many",
	http.StatusServiceUnavailable:    "page.error.unavailable",
}

// fail is echo's error handler: it logs the whole error and answers with a page that holds none of it.
func (s *Server) fail(err error, c echo.Context) {
	status := Status(err)
	s.logFailure(c, status, err)
	if c.Response().Committed {
		return
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, retryAfter)
	}
	body, renderErr := s.drawing(c)(err, status)
	if renderErr != nil {
		body = []byte(http.StatusText(status))
	}
	media, ok := c.Get(drawnAs).(string)
	if !ok || renderErr != nil {
		media = htmlMedia
	}
	if writeErr := Blob(c, status, media, body); writeErr != nil {
		s.log.Debug("error page not written", "request_id", RequestID(c), "cause", writeErr)
	}
}

// A Drawing makes the page that is shown instead of an answer.
type Drawing func(err error, status int) ([]byte, error)

// drawn is where a request keeps the drawing that its door has for it, and drawnAs of which media type that is.
const (
	drawn     = "web.drawing"
	drawnAs   = "web.drawing.media"
	htmlMedia = "text/html; charset=utf-8"
)

// DrawErrors lets a door show errors of this request in its own frame.
func DrawErrors(c echo.Context, d Drawing) { DrawErrorsAs(c, htmlMedia, d) }

// DrawErrorsAs lets a door that speaks to programs answer errors of this request in their media type.
func DrawErrorsAs(c echo.Context, media string, d Drawing) {
	c.Set(drawn, d)
	c.Set(drawnAs, media)
}

// drawing is the door's own, or the plain page that the people have who are asked.
func (s *Server) drawing(c echo.Context) Drawing {
	if d, ok := c.Get(drawn).(Drawing); ok {
		return d
	}
	return func(_ error, status int) ([]byte, error) {
		f := page.Failure{P: s.catalogue.For(c.Request().Header.Get("Accept-Language")), Key: pageKeys[status]}
		switch {
		case f.Key == "" && status < http.StatusInternalServerError:
			f.Key = "page.error.invalid"
		case f.Key == "":
			f.Key = "page.error.internal"
		}
		if status >= http.StatusInternalServerError {
			f.RequestID = RequestID(c)
		}
		return page.Render(page.Error(f))
	}
}

// logFailure logs what is our doing as an error and what is the visitor's at debug level.
func (s *Server) logFailure(c echo.Context, status int, err error) {
	level := slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	op := ""
	var f *fault.Fault
	if errors.As(err, &f) {
		op = f.Op
	}
	s.log.LogAttrs(c.Request().Context(), level, "request failed",
		slog.String("request_id", RequestID(c)), slog.String("route", c.Path()), slog.Int("status", status),
		slog.String("op", op), slog.Any("cause", err))
}

// HTML answers with a page that was rendered before. A HEAD request gets its headers alone.
func HTML(c echo.Context, status int, body []byte) error {
	return Blob(c, status, htmlMedia, body)
}

// Blob answers with bytes of a media type. A HEAD request gets the headers alone.
func Blob(c echo.Context, status int, media string, body []byte) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, media)
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	c.Response().WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(body)
	return err
}

// LimitBody cuts request bodies at n bytes: reading past it is answered with 413.
func LimitBody(n int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.ContentLength > n {
				return &http.MaxBytesError{Limit: n}
			}
			r.Body = http.MaxBytesReader(c.Response(), r.Body, n)
			return next(c)
		}
	}
}
