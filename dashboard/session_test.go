package dashboard_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/web"
)

func TestTheSessionsCookie(t *testing.T) {
	t.Parallel()
	local := func(w *web.Deps, d *dashboard.Deps) { w.BaseURL, d.HTTPS = "http://127.0.0.1:8080", false }
	for name, c := range map[string]struct {
		h      *house
		cookie string
		secure bool
	}{
		"https":    {newHouse(t), "__Host-reoptin", true},
		"loopback": {newHouse(t, local), "reoptin", false},
	} {
		if !c.secure {
			c.h.host = "127.0.0.1:8080"
		}
		w := c.h.browser().login("viewer", good)
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: %d cookies", name, len(cookies))
		}
		k := cookies[0]
		if k.Name != c.cookie || !k.HttpOnly || k.Secure != c.secure || k.SameSite != http.SameSiteStrictMode || k.Path != "/" || k.Domain != "" || k.MaxAge != 0 || len(k.Value) != 43 {
			t.Errorf("%s: %+v", name, k)
		}
	}
}

func TestLoginDrawsANewIDAndEndsTheOldSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Viewer)
	const name = "__Host-reoptin"
	first := b.cookies[name]
	b.login("marketer", good)
	if b.cookies[name] == first || b.cookies[name] == "" {
		t.Error("the id stays the same over a login")
	}
	old := h.browser()
	old.cookies[name] = first
	if w := old.get("/admin/account"); w.Code != http.StatusSeeOther {
		t.Errorf("the old session: %d", w.Code)
	}
	// An id that an attacker made up beforehand is never taken over.
	fixed := h.browser()
	planted := strings.Repeat("A", 43)
	fixed.cookies[name] = planted
	if fixed.login("viewer", good); fixed.cookies[name] == planted {
		t.Error("a planted id was taken over")
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(h *house, b *browser)
		also bool // another session of the same person ends too
	}{
		"idle":   {func(h *house, _ *browser) { h.pass(account.Idle) }, true},
		"logout": {func(_ *house, b *browser) { b.post("/admin/logout") }, false},
		"disabled": {func(h *house, _ *browser) {
			admin := h.as(account.Administrator)
			if w := admin.post("/admin/users/viewer/disable"); w.Code != http.StatusSeeOther {
				h.t.Errorf("disable: %d", w.Code)
			}
		}, true},
		"password": {func(h *house, _ *browser) {
			h.must(h.roster.SetPassword(h.t.Context(), account.Actor{Kind: "operator", Name: "root"}, "viewer", "another fine phrase"))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			b, other := h.as(account.Viewer), h.as(account.Viewer)
			c.end(h, b)
			if w := b.get("/admin"); w.Code != http.StatusSeeOther {
				t.Errorf("the session: %d", w.Code)
			}
			if over := other.get("/admin").Code == http.StatusSeeOther; over != c.also {
				t.Errorf("the other session is over: %v", over)
			}
		})
	}
}

func TestALongSessionEndsAlthoughItIsUsed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Viewer)
	for passed := time.Duration(0); passed < account.Longest; passed += 20 * time.Minute {
		if w := b.get("/admin"); w.Code != http.StatusOK {
			t.Fatalf("after %v: %d", passed, w.Code)
		}
		h.pass(20 * time.Minute)
	}
	if w := b.get("/admin"); w.Code != http.StatusSeeOther {
		t.Errorf("after %v: %d", account.Longest, w.Code)
	}
}

// TestAScreenLeftAloneLogsOut: the figures refresh themselves, and that is no sign of life.
func TestAScreenLeftAloneLogsOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Viewer)
	b.header["HX-Request"] = "true"
	for range 2 {
		h.pass(14 * time.Minute)
		if w := b.get("/admin"); w.Code != http.StatusOK {
			t.Fatalf("too early: %d", w.Code)
		}
	}
	h.pass(3 * time.Minute)
	if w := b.get("/admin"); w.Code != http.StatusUnauthorized {
		t.Errorf("it goes on for ever: %d", w.Code)
	}
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b, other := h.as(account.Viewer), h.as(account.Viewer)
	for wrong, pairs := range map[string][]string{
		"present": {"present", "not it at all", "next", "another fine phrase", "again", "another fine phrase"},
		"next":    {"present", good, "next", "short", "again", "short"},
		"again":   {"present", good, "next", "another fine phrase", "again", "another fine phrase!"},
	} {
		w := b.post("/admin/account/password", pairs...)
		field := find(parse(t, w), "input", "aria-invalid", "true")
		if w.Code != http.StatusUnprocessableEntity || len(field) != 1 || attr(field[0], "name") != wrong || attr(field[0], "value") != "" {
			t.Errorf("%s: %d, %d fields are marked", wrong, w.Code, len(field))
		}
		if strings.Contains(w.Body.String(), "fine phrase") {
			t.Errorf("%s: the password is shown again", wrong)
		}
	}
	before := b.cookies["__Host-reoptin"]
	w := b.post("/admin/account/password", "present", good, "next", "another fine phrase", "again", "another fine phrase")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/admin/account?done=password" || b.cookies["__Host-reoptin"] == before {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := b.get("/admin/account?done=password"); w.Code != http.StatusOK || !strings.Contains(text(parse(t, w)), "Every other session of yours has ended") {
		t.Errorf("the person is logged out, or told nothing: %d", w.Code)
	}
	if w := other.get("/admin"); w.Code != http.StatusSeeOther {
		t.Errorf("the other session: %d", w.Code)
	}
	if w := h.browser().login("viewer", good); w.Code != http.StatusUnauthorized {
		t.Errorf("the old password: %d", w.Code)
	}
}

func TestOneAnswerForWrongNamesAndPasswords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	pages := map[string]bool{}
	for _, l := range [][2]string{{"viewer", "wrong"}, {"nobody", "wrong"}, {"nobody", good}} {
		w := h.browser().login(l[0], l[1])
		if w.Code != http.StatusUnauthorized || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d", l[0], w.Code)
		}
		pages[strings.ReplaceAll(w.Body.String(), l[0], "NAME")] = true
	}
	if len(pages) != 1 {
		t.Errorf("the pages differ in %d ways", len(pages))
	}
}

func TestLoginIsThrottledByNameAndPlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(w *web.Deps, _ *dashboard.Deps) { w.TrustedProxies = []string{"192.0.2.1"} })
	try := func(from, name, password string) int {
		b := h.browser()
		b.header["X-Forwarded-For"] = from
		w := b.login(name, password)
		if w.Code == http.StatusTooManyRequests && (w.Header().Get("Retry-After") == "" || !strings.Contains(text(parse(t, w)), "Too many")) {
			t.Error("the page does not say when to come back")
		}
		return w.Code
	}
	for range 5 {
		if got := try("203.0.113.7", "viewer", "wrong"); got != http.StatusUnauthorized {
			t.Fatalf("%d", got)
		}
	}
	for what, c := range map[string]struct {
		from, name string
		want       int
	}{
		"the same":                  {"203.0.113.7", "viewer", 429},
		"another place":             {"203.0.113.8", "viewer", 303},
		"another name":              {"203.0.113.7", "marketer", 303},
		"an address of IPv6":        {"2001:db8:1:2::7", "approver", 303},
		"the same address, as IPv6": {"::ffff:203.0.113.7", "viewer", 429},
	} {
		if got := try(c.from, c.name, good); got != c.want {
			t.Errorf("%s: %d, not %d", what, got, c.want)
		}
	}
	h.pass(time.Minute)
	if got := try("203.0.113.7", "viewer", good); got != http.StatusSeeOther {
		t.Errorf("after the pause: %d", got)
	}
	// A network of IPv6 is one place.
	for n := range 5 {
		try("2001:db8:9:9::"+string(rune('1'+n)), "viewer", "wrong")
	}
	if got := try("2001:db8:9:9::f", "viewer", good); got != http.StatusTooManyRequests {
		t.Errorf("from a sixth address of one network: %d", got)
	}
	if strings.Contains(h.log.String(), "203.0.113") || strings.Contains(h.log.String(), good) {
		t.Error("the log holds an address or a password")
	}
}

func TestTheAuditTrailIsShownToAdministrators(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.browser().login("viewer", "wrong wrong wrong")
	h.browser().login("my password by mistake", good)
	h.must(h.roster.SetPassword(t.Context(), account.Actor{Kind: "operator", Name: "root"}, "marketer", "another fine phrase"))
	w := h.as(account.Administrator).get("/admin/users")
	words := text(parse(t, w))
	for _, want := range []string{"administrator Logged in", "marketer Password changed, by root", "Nobody of that name Login refused", "viewer Login refused"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if strings.Contains(words, "by mistake") {
		t.Error("a mistyped name is shown")
	}
}
