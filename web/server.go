// Package web is what the doors share: one HTTP server with its limits, the headers of every
// answer, the guard of the host name, request ids, an access log that cannot hold a token, the one
// table from kinds of fault to statuses, static files, and the probes and metrics for operators.
//
// What a door returns as an error becomes a status and a plain page here. Visitors see what they
// can do and, where it helps, a request id; the log has the rest.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
)

// Limits of the server. A slow or endless request is cut before it can act.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10

	// FormBytes is the largest body a form may post.
	FormBytes = 16 << 10
)

// Deps is what a server needs.
type Deps struct {
	Log       *slog.Logger
	Catalogue *i18n.Catalogue

	BaseURL        string   // what links in mails start with: https://choix.example, http://127.0.0.1:8080
	AdminHost      string   // the dashboard's own host name, or empty
	TrustedProxies []string // CIDRs whose X-Forwarded-* count

	Ready func(context.Context) error // nil error: the server may take requests; nil func: always
	// Kept gives a style sheet or logo that a page was shown with, by its name and SHA-256; nil: none is kept.
	Kept func(ctx context.Context, name, sha256 string) (media string, content []byte, err error)

	Served   func(route, method string, status int, took time.Duration) // told of each answer; may be nil
	Metrics  http.Handler                                               // of /metrics; nil: there are none
	Watchers []string                                                   // CIDRs of those who may read the metrics

	Rand io.Reader        // request ids; nil: crypto/rand
	Now  func() time.Time // durations in the access log; nil: time.Now
}

// Server is the house's HTTP server. Doors register their routes on Echo before Serve.
type Server struct {
	Echo *echo.Echo

	log       *slog.Logger
	catalogue *i18n.Catalogue
	ready     func(context.Context) error
	kept      func(ctx context.Context, name, sha256 string) (string, []byte, error)
	rand      io.Reader
	now       func() time.Time
	closing   chan struct{}
	served    func(route, method string, status int, took time.Duration)
}

// Closing is closed when the server begins to stop, so that answers that never end by themselves do.
func (s *Server) Closing() <-chan struct{} { return s.closing }

// New builds a server with its middleware, probes and static files. It fails as fault.Invalid when
// base_url or a proxy range cannot be read.
func New(d Deps) (*Server, error) {
	base, err := url.Parse(d.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return nil, fault.New(fault.Invalid, "web.base_url", "base_url {url} is not a web address such as https://choice.example.org",
			"url", d.BaseURL).At("web.New").Hint("reoptin config check")
	}
	hosts := newHosts(base, d.AdminHost)
	if hosts.admin == plainHost(base.Host) {
		return nil, fault.New(fault.Invalid, "web.admin_host", "admin_host is the host of base_url; the dashboard needs another name, or none to be under {path}",
			"path", AdminPath).At("web.New").Hint("reoptin config check")
	}
	proxies, err := ranges("trusted_proxies", d.TrustedProxies)
	if err != nil {
		return nil, err
	}
	s := &Server{Echo: echo.New(), log: d.Log, catalogue: d.Catalogue, ready: d.Ready, kept: d.Kept, rand: d.Rand, now: d.Now, closing: make(chan struct{})}
	if s.served = d.Served; s.served == nil {
		s.served = func(string, string, int, time.Duration) {}
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.now == nil {
		s.now = time.Now
	}
	e := s.Echo
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard) // echo's own logger; ours is s.log
	e.IPExtractor = clientIP(proxies)
	e.SchemeExtractor = clientScheme(proxies)
	e.HTTPErrorHandler = s.fail
	e.Pre(hosts.asked(proxies), s.identify, s.record, s.recover, secure(base.Scheme == "https"), hosts.guard, hosts.part)
	s.probes(e)
	if d.Metrics != nil {
		if err := s.metrics(d.Metrics, d.Watchers); err != nil {
			return nil, err
		}
	}
	s.assets(e)
	return s, nil
}

// Serve answers on a listener until the context ends, then lets running requests finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.Echo,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return fault.Wrap("web.Serve", err)
	case <-ctx.Done():
	}
	close(s.closing)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	err := srv.Shutdown(grace)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return fault.Wrap("web.Serve", err)
}
