package dashboard

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/web"
)

// visit is one request with who makes it.
type visit struct {
	echo.Context
	d       *Dashboard
	P       i18n.Printer
	path    string // the page, as own writes it
	theme   string
	secret  account.Secret  // of the browser's session, live or not; zero when it has none
	account account.Account // zero when nobody is logged in
	session account.Session

	parts *multipart.Reader // of a form with a file, behind its token
}

// ctx is the request's context.
func (v *visit) ctx() context.Context { return v.Request().Context() }

// patient gives an act that takes long a bounded time, and its answer a little more.
func (v *visit) patient(longest time.Duration) (context.Context, context.CancelFunc) {
	v.patience(longest + streamWrite)
	return context.WithTimeout(v.ctx(), longest)
}

// in reports whether somebody is logged in.
func (v *visit) in() bool { return v.account.ID != 0 }

// may reports whether the person has a right; pages leave out what they may not do.
func (v *visit) may(r account.Right) bool { return v.account.Role.May(r) }

// refreshing reports whether a page on the screen reads itself anew, without a person doing anything.
func (v *visit) refreshing() bool {
	h := v.Request().Header
	return v.Request().Method == http.MethodGet && (v.byScript() || h.Get("Accept") == streamMedia)
}

// show answers with a page that was drawn before.
func (v *visit) show(status int, body []byte, err error) error {
	if err != nil {
		return err
	}
	return web.HTML(v, status, body)
}

// done goes on to a page of ours after an act, which says what became of it. The word is one of told.
func (v *visit) done(path, word string) error {
	q := ""
	if word != "" {
		q = "?" + url.Values{"done": {word}}.Encode()
	}
	return v.Redirect(http.StatusSeeOther, v.d.href(path)+q)
}

// The cookies. With https their names carry a prefix by which browsers refuse them from another host.
const (
	cookieSession  = "reoptin"
	cookieTheme    = "reoptin-theme"
	cookieLanguage = "reoptin-language"
)

func cookieName(name string, https bool) string {
	if https {
		return "__Host-" + name
	}
	return name
}

// cookie holds for so many seconds; 0 is until the browser closes, below 0 takes it away.
func cookie(name, value string, age int, https bool) *http.Cookie {
	return &http.Cookie{Name: cookieName(name, https), Value: value, Path: "/", MaxAge: age, Secure: https, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

// SessionCookie is what a browser carries that is logged in, for the demonstration and for tests.
func SessionCookie(s account.Secret, https bool) *http.Cookie {
	return cookie(cookieSession, s.String(), 0, https)
}

func (v *visit) keep(name, value string, age int) { v.SetCookie(cookie(name, value, age, v.d.https)) }

func (v *visit) kept(name string) string {
	c, err := v.Cookie(cookieName(name, v.d.https))
	if err != nil {
		return ""
	}
	return c.Value
}

// begin gives the browser a session.
func (v *visit) begin(s account.Secret) { v.SetCookie(SessionCookie(s, v.d.https)) }

// word is a field of the form, without the spaces around it.
func (v *visit) word(name string) string { return strings.TrimSpace(v.FormValue(name)) }
