package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/static"
	"github.com/reoptin/reoptin/web"
)

// words are read once for all servers.
var words = sync.OnceValues(i18n.Shipped)

func server(t *testing.T, change ...func(*web.Deps)) (*web.Server, *bytes.Buffer) {
	t.Helper()
	c, err := words()
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	d := web.Deps{
		Log:       slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Catalogue: c, BaseURL: "https://choice.example.org",
	}
	for _, f := range change {
		f(&d)
	}
	s, err := web.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

func do(s *web.Server, method, target, host string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Host = host
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Echo.ServeHTTP(w, r)
	return w
}

const host = "choice.example.org"

func TestKindsBecomeStatusesAndNothingInternalIsShown(t *testing.T) {
	t.Parallel()
	s, log := server(t)
	for kind, want := range map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 400, fault.Unauthenticated: 401, fault.Denied: 403, fault.NotFound: 404,
		fault.Gone: 410, fault.Conflict: 409, fault.TooMany: 429, fault.Unavailable: 503,
	} {
		path := "/fail/" + strings.ReplaceAll(kind.String(), " ", "-")
		s.Echo.GET(path, func(echo.Context) error {
			return fault.New(kind, "test", "secret table {name}", "name", "person").At("store.Secret").Because(errors.New("secret cause"))
		})
		w := do(s, "GET", path, host, "Accept-Language", "fr")
		body := w.Body.String()
		if w.Code != want || strings.Contains(body, "secret") || strings.Contains(body, "Secret") || !strings.Contains(body, `<html lang="fr"`) {
			t.Errorf("%v: %d %s", kind, w.Code, body)
		}
		if shown := strings.Contains(body, w.Header().Get("X-Request-Id")); shown != (want >= 500) {
			t.Errorf("%v: request id shown: %v", kind, shown)
		}
		if retry := w.Header().Get("Retry-After") != ""; retry != (want == 429 || want == 503) {
			t.Errorf("%v: Retry-After: %v", kind, retry)
		}
	}
	if !strings.Contains(log.String(), "secret cause") || !strings.Contains(log.String(), "op=store.Secret") {
		t.Error("the log lacks the cause or the place")
	}
}

func TestStatusOfOtherErrors(t *testing.T) {
	t.Parallel()
	for want, err := range map[int]error{
		500: errors.New("x"), 413: &http.MaxBytesError{Limit: 1}, 405: echo.ErrMethodNotAllowed,
		409: fault.Wrap("here", fault.New(fault.Conflict, "k", "t")),
	} {
		if got := web.Status(err); got != want {
			t.Errorf("%v: %d, not %d", err, got, want)
		}
	}
}

func TestAPanicIsOnePageAndAStackInTheLog(t *testing.T) {
	t.Parallel()
	s, log := server(t)
	s.Echo.GET("/panic/:token", func(echo.Context) error { panic("boom at token") })
	w := do(s, "GET", "/panic/abcdef", host)
	if w.Code != 500 || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), "stack=") || strings.Contains(log.String(), "abcdef") {
		t.Errorf("log: %s", log)
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	public, _ := server(t, func(d *web.Deps) { d.AdminHost = "admin.example.org" })
	local, _ := server(t, func(d *web.Deps) { d.BaseURL = "http://127.0.0.1:8080" })
	for _, s := range []*web.Server{public, local} {
		s.Echo.GET("/page", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	}
	for _, test := range []struct {
		server *web.Server
		host   string
		want   int
	}{
		{public, "choice.example.org", 204}, {public, "CHOICE.example.org", 204}, {public, "choice.example.org:443", 204}, {public, "admin.example.org", 404},
		{public, "evil.example", 421}, {public, "choice.example.org.evil.example", 421}, {public, "choice.example.org:8443", 421}, {public, "", 421},
		{public, "127.0.0.1", 421}, {public, "localhost", 421},
		{local, "127.0.0.1:8080", 204}, {local, "localhost:9999", 204}, {local, "[::1]:8080", 204}, {local, "evil.example", 421}, {local, "127.0.0.1.evil.example", 421},
	} {
		if w := do(test.server, "GET", "/page", test.host); w.Code != test.want {
			t.Errorf("%q: %d, not %d", test.host, w.Code, test.want)
		}
		if w := do(test.server, "GET", "/healthz", test.host); w.Code != 200 {
			t.Errorf("/healthz under %q: %d", test.host, w.Code)
		}
	}
}

// TestTheHostIsAsBrowsersNameIt whatever a proxy made of it, for all that compares it with an origin.
func TestTheHostIsAsBrowsersNameIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ base, host, want string }{
		{"https://choice.example.org", "Choice.example.org:443", "choice.example.org"},
		{"https://choice.example.org", "choice.example.org", "choice.example.org"},
		{"https://choice.example.org:8443", "choice.example.org:8443", "choice.example.org:8443"},
		{"http://127.0.0.1", "127.0.0.1:80", "127.0.0.1"},
		{"http://127.0.0.1:443", "127.0.0.1:443", "127.0.0.1:443"},
		{"http://127.0.0.1:8080", "localhost:8080", "localhost:8080"},
	} {
		s, _ := server(t, func(d *web.Deps) { d.BaseURL = test.base })
		s.Echo.GET("/host", func(c echo.Context) error { return c.String(http.StatusOK, c.Request().Host) })
		if w := do(s, "GET", "/host", test.host); w.Code != http.StatusOK || w.Body.String() != test.want {
			t.Errorf("%s at %s: %d, %q", test.host, test.base, w.Code, w.Body)
		}
	}
}

func TestDashboardAndFormsArePartedByHost(t *testing.T) {
	t.Parallel()
	own, _ := server(t, func(d *web.Deps) { d.AdminHost = "admin.example.org" })
	shared, _ := server(t)
	for _, s := range []*web.Server{own, shared} {
		for _, path := range []string{"/admin", "/admin/users/:name", "/c/:token", "/api/v1/x"} {
			s.Echo.GET(path, func(c echo.Context) error { return c.String(200, c.Path()+" "+c.Param("name")) })
		}
	}
	for _, test := range []struct {
		server     *web.Server
		host, path string
		want       int
		body       string
	}{
		{own, "admin.example.org", "/", 200, "/admin "}, {own, "Admin.example.org:443", "/", 200, "/admin "},
		{own, "admin.example.org", "/users/anna", 200, "/admin/users/:name anna"}, {own, "admin.example.org", "/users/a%2Fb", 200, "/admin/users/:name a%2Fb"},
		{own, "admin.example.org", "/c/token", 404, ""}, {own, "admin.example.org", "/admin", 404, ""}, {own, "admin.example.org", "/healthz", 200, ""},
		{own, "admin.example.org", static.Path("consent.css"), 200, ""},
		{own, "admin.example.org", "/api/v1/x", 200, "/api/v1/x "}, {own, host, "/api/v1/x", 404, ""}, {shared, host, "/api/v1/x", 200, "/api/v1/x "}, {own, "admin.example.org", "/apis", 404, ""},
		{own, host, "/admin", 404, ""}, {own, host, "/admin/users/anna", 404, ""}, {own, host, "/c/token", 200, "/c/:token "},
		{shared, host, "/admin", 200, "/admin "}, {shared, host, "/admin/users/anna", 200, "/admin/users/:name anna"}, {shared, host, "/c/token", 200, "/c/:token "},
	} {
		w := do(test.server, "GET", test.path, test.host)
		if w.Code != test.want || test.body != "" && w.Body.String() != test.body {
			t.Errorf("%s%s: %d %s", test.host, test.path, w.Code, w.Body)
		}
	}
}

func TestADoorDrawsItsOwnErrors(t *testing.T) {
	t.Parallel()
	s, log := server(t)
	s.Echo.GET("/own", func(c echo.Context) error {
		web.DrawErrors(c, func(err error, status int) ([]byte, error) { return []byte("drawn " + strconv.Itoa(status)), nil })
		return fault.New(fault.Unavailable, "test", "busy").Because(errors.New("the cause"))
	})
	w := do(s, "GET", "/own", host)
	if w.Code != 503 || w.Body.String() != "drawn 503" || w.Header().Get("Retry-After") == "" || !strings.Contains(log.String(), "the cause") {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

// refusal has a status of its own.
type refusal struct{ error }

func (refusal) HTTPStatus() int { return http.StatusUnprocessableEntity }

func TestADoorAnswersProgramsInTheirMediaTypeAndStatus(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	s.Echo.GET("/own", func(c echo.Context) error {
		web.DrawErrorsAs(c, "application/problem+json", func(_ error, status int) ([]byte, error) { return []byte(strconv.Itoa(status)), nil })
		return fault.Wrap("test", refusal{fault.New(fault.Invalid, "test", "wrong")})
	})
	w := do(s, "GET", "/own", host)
	if w.Code != 422 || w.Body.String() != "422" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	secure, _ := server(t)
	plain, _ := server(t, func(d *web.Deps) { d.BaseURL = "http://localhost:8080" })
	for _, target := range []string{"/healthz", "/nothing"} {
		if got := do(secure, "GET", target, host).Header().Get("Strict-Transport-Security"); got != "max-age=63072000" {
			t.Errorf("%s: HSTS is %q", target, got)
		}
		w := do(plain, "GET", target, "localhost:8080")
		if got := w.Header().Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s: HSTS without https: %q", target, got)
		}
		for name, want := range map[string]string{
			"Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"X-Robots-Tag": "noindex, nofollow, noarchive", "Content-Security-Policy": web.Policy,
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
	}
	if a, b := do(plain, "GET", "/x", "localhost").Header(), do(plain, "GET", "/x", "localhost").Header(); a.Get("X-Request-Id") == b.Get("X-Request-Id") {
		t.Error("two requests share an id")
	}
}

func TestForwardedHeadersCountOnlyFromTrustedProxies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		proxies    []string
		ip, scheme string
	}{
		{nil, "192.0.2.1", "http"},
		{[]string{"10.0.0.0/8"}, "192.0.2.1", "http"},
		{[]string{"192.0.2.0/24"}, "203.0.113.7", "https"},
		{[]string{"192.0.2.1"}, "203.0.113.7", "https"},
	} {
		s, _ := server(t, func(d *web.Deps) { d.TrustedProxies = test.proxies })
		s.Echo.GET("/who", func(c echo.Context) error { return c.String(200, c.RealIP()+" "+c.Scheme()) })
		w := do(s, "GET", "/who", host, "X-Forwarded-For", "203.0.113.7", "X-Forwarded-Proto", "https", "X-Real-Ip", "198.51.100.1")
		if got := w.Body.String(); got != test.ip+" "+test.scheme {
			t.Errorf("%v: %s", test.proxies, got)
		}
	}
}

func TestAForwardedHostCountsOnlyFromTrustedProxies(t *testing.T) {
	t.Parallel()
	const inner, admin = "inner.internal:8080", "admin.example.org"
	for name, test := range map[string]struct {
		proxies          []string
		host, asked, via string
		want             int
	}{
		"nobody is trusted":                {nil, inner, host, "203.0.113.7", 421},
		"another is trusted":               {[]string{"10.0.0.0/8"}, inner, host, "203.0.113.7", 421},
		"of a proxy":                       {[]string{"192.0.2.1"}, inner, host, "203.0.113.7", 204},
		"of a proxy, in capitals":          {[]string{"192.0.2.1"}, inner, "Choice.example.org:443", "", 204},
		"of the dashboard":                 {[]string{"192.0.2.1"}, inner, admin, "203.0.113.7", 404},
		"a Host of ours stands":            {[]string{"192.0.2.1"}, host, admin, "203.0.113.7", 204},
		"of a proxy, another":              {[]string{"192.0.2.1"}, inner, "evil.example", "203.0.113.7", 421},
		"nothing of a proxy":               {[]string{"192.0.2.1"}, host, "", "203.0.113.7", 204},
		"the client's before the proxy's":  {[]string{"192.0.2.1"}, inner, host + ", evil.example", "203.0.113.7", 421},
		"the proxy's behind the client's":  {[]string{"192.0.2.1"}, inner, "evil.example, " + host, "203.0.113.7", 204},
		"of two proxies":                   {[]string{"192.0.2.1", "10.0.0.0/8"}, inner, "evil.example," + host + ",inner", "203.0.113.7, 10.0.0.1", 204},
		"of the first of two":              {[]string{"192.0.2.1", "10.0.0.0/8"}, inner, host, "203.0.113.7, 10.0.0.1", 204},
		"of two of which one is believed":  {[]string{"192.0.2.1"}, inner, host + ",evil.example", "203.0.113.7, 10.0.0.1", 421},
		"a client that is a proxy as well": {[]string{"192.0.2.0/24"}, inner, "evil.example, " + host, "192.0.2.9", 204},
	} {
		s, _ := server(t, func(d *web.Deps) { d.TrustedProxies, d.AdminHost = test.proxies, admin })
		s.Echo.GET("/page", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
		var headers []string
		if test.asked != "" {
			headers = append(headers, "X-Forwarded-Host", test.asked)
		}
		if test.via != "" {
			headers = append(headers, "X-Forwarded-For", test.via)
		}
		if w := do(s, "GET", "/page", test.host, headers...); w.Code != test.want {
			t.Errorf("%s: %d, not %d", name, w.Code, test.want)
		}
	}
}

func TestNewRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]web.Deps{
		"no base":    {},
		"no scheme":  {BaseURL: "choice.example.org"},
		"other":      {BaseURL: "ftp://choice.example.org"},
		"bad proxy":  {BaseURL: "https://choice.example.org", TrustedProxies: []string{"10.0.0.0/99"}},
		"same hosts": {BaseURL: "https://choice.example.org", AdminHost: "choice.example.org:443"},
		"name proxy": {BaseURL: "https://choice.example.org", TrustedProxies: []string{"proxy.local"}},
	} {
		if _, err := web.New(d); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	var state error
	s, _ := server(t, func(d *web.Deps) { d.Ready = func(context.Context) error { return state } })
	if w := do(s, "GET", "/readyz", "10.1.2.3"); w.Code != 200 {
		t.Errorf("ready: %d", w.Code)
	}
	state = errors.New("migration 7 is missing")
	if w := do(s, "GET", "/readyz", "10.1.2.3"); w.Code != 503 || strings.Contains(w.Body.String(), "migration") {
		t.Errorf("not ready: %d %s", w.Code, w.Body)
	}
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	path := static.Path("consent.css")
	w := do(s, "GET", path, host)
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/css; charset=utf-8" || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if head := do(s, "HEAD", path, host); head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
	}
	for _, missing := range []string{"/static/", "/static/consent.css", "/static/consent." + strings.Repeat("0", 64) + ".css", "/static/..%2fstatic.go"} {
		if w := do(s, "GET", missing, host); w.Code != 404 || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d", missing, w.Code)
		}
	}
}

func TestLimitBody(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	s.Echo.POST("/form", func(c echo.Context) error {
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}, web.LimitBody(10))
	for body, want := range map[string]int{"0123456789": 204, "0123456789a": 413} {
		for _, length := range []int64{int64(len(body)), -1} { // announced, and not
			r := httptest.NewRequest("POST", "/form", strings.NewReader(body))
			r.Host, r.ContentLength = host, length
			w := httptest.NewRecorder()
			s.Echo.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%d bytes, announced %d: %d", len(body), length, w.Code)
			}
		}
	}
}

func TestServeEndsWithItsContextAndRefusesHugeHeaders(t *testing.T) {
	t.Parallel()
	s, _ := server(t, func(d *web.Deps) { d.BaseURL = "http://127.0.0.1:1" })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	select {
	case <-s.Closing():
		t.Error("it is closing before its context ended")
	default:
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for size, want := range map[int]int{10: 200, 64 << 10: 431} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+l.Addr().String()+"/healthz", nil)
		r.Header.Set("X-Long", strings.Repeat("x", size))
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("a header of %d bytes: %d", size, resp.StatusCode)
		}
	}
	cancel()
	<-s.Closing()
	if err := <-done; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
}
