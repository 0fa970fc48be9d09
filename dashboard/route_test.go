package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/web"
)

// path fills the names of a route with something that is there for nobody.
func path(r dashboard.Route) string {
	filled := strings.NewReplacer(":name", "nobody", ":contact", "1", ":upload", "abc", ":import", "3",
		":campaign", "spring-draft", ":sheet", "message.fr", ":response", "a-1", ":case", "1").Replace(r.Path)
	return strings.TrimSuffix(web.AdminPath+filled, "/")
}

func TestEveryRouteNamesItsRight(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range dashboard.Routes(newHouse(t).board) {
		if r.Right == 0 || r.Right > account.Settings {
			t.Errorf("%s %s names no right", r.Method, r.Path)
		}
		if r.Method != "GET" && r.Method != "POST" || !strings.HasPrefix(r.Path, "/") {
			t.Errorf("%s %s is no route of pages and forms", r.Method, r.Path)
		}
		if seen[r.Method+r.Path] {
			t.Errorf("%s %s stands there twice", r.Method, r.Path)
		}
		seen[r.Method+r.Path] = true
	}
	for _, s := range dashboard.Sections() {
		if !seen["GET"+s] {
			t.Errorf("the bar leads to %s, which is no page", s)
		}
	}
	// What may be done without a login is listed here, so that a further one is a decision.
	for _, r := range dashboard.Routes(newHouse(t).board) {
		if r.Right == account.Anyone && !slices.Contains([]string{"GET /login", "POST /login", "GET /login/code", "POST /login/code", "POST /login/passkey/ask", "POST /login/passkey", "POST /login/signon", "GET /login/back", "POST /look"}, r.Method+" "+r.Path) {
			t.Errorf("%s %s is open to anyone", r.Method, r.Path)
		}
	}
}

// TestWhoMayOpenWhat tries every route as every role and as nobody.
func TestWhoMayOpenWhat(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t)
	h.furnish("word")
	for _, r := range dashboard.Routes(h.board) {
		try := func(b *browser) *httptest.ResponseRecorder {
			if r.Method == "POST" {
				return b.post(path(r))
			}
			return b.get(path(r))
		}
		toLogin := func(w *httptest.ResponseRecorder) bool {
			return w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/admin/login") && w.Header().Get("Set-Cookie") == ""
		}
		if w := try(h.browser()); r.Right != account.Anyone && !toLogin(w) {
			t.Errorf("%s %s as nobody: %d to %q", r.Method, r.Path, w.Code, w.Header().Get("Location"))
		}
		for _, role := range account.Roles() {
			w := try(h.as(role))
			if allowed := w.Code != http.StatusForbidden && !toLogin(w); allowed != role.May(r.Right) {
				t.Errorf("%s %s as %s: %d", r.Method, r.Path, role, w.Code)
			}
		}
	}
}

// TestLookingChangesNothing walks every page as somebody who may open it, with parameters that look like acts.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t)
	h.furnish("word")
	h.bases.brought.Stage = dashboard.TakenOver
	admin, officer := h.as(account.Administrator), h.as(account.PrivacyOfficer)
	version := h.watch()
	before := version()
	n := 0
	for _, r := range dashboard.Routes(h.board) {
		b := admin
		if !account.Administrator.May(r.Right) {
			b = officer
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"} {
			for _, query := range []string{"", "?action=delete", "?_method=POST", "?form=" + b.token, "?done=password"} {
				b.header["X-HTTP-Method-Override"] = "POST"
				w := b.do(method, path(r)+query, "")
				if r.Method == "GET" && method == "HEAD" && (w.Code >= 400 || w.Body.Len() > 0) {
					t.Errorf("HEAD %s: %d with %d bytes", r.Path, w.Code, w.Body.Len())
				}
				n++
			}
		}
	}
	if after := version(); after != before || h.desk.did() != "" {
		t.Errorf("%d looks changed the database, or did %s", n, h.desk.did())
	}
	admin.header = map[string]string{}
	admin.post("/admin/users", "name", "zoe", "role", "viewer", "password", good)
	if version() == before {
		t.Error("an act does not change the number: this test could not fail")
	}
}

func TestAFormFromElsewhereDoesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Administrator)
	other := h.as(account.Administrator)
	right, wrong := b.token, other.token
	add := func() int { return b.post("/admin/users", "name", "zoe", "role", "viewer", "password", good).Code }
	for name, change := range map[string]func(){
		"another site":  func() { b.header["Sec-Fetch-Site"] = "cross-site" },
		"a sister site": func() { b.header["Sec-Fetch-Site"] = "same-site" },
		"old browser":   func() { b.header["Sec-Fetch-Site"], b.header["Origin"] = "", "https://evil.example" },
		"no origin":     func() { b.header["Sec-Fetch-Site"], b.header["Origin"] = "", "null" },
		"no token":      func() { b.token = "" },
		"bad token":     func() { b.token = right + "x" },
		"other session": func() { b.token = wrong },
	} {
		b.header, b.token = map[string]string{}, right
		change()
		if code := add(); code != http.StatusForbidden {
			t.Errorf("%s: %d", name, code)
		}
	}
	if us, err := h.roster.List(t.Context()); err != nil || len(us) != len(account.Roles()) {
		t.Errorf("%d accounts, %v", len(us), err)
	}
	b.header, b.token = map[string]string{}, right
	if code := add(); code != http.StatusSeeOther {
		t.Errorf("its own form: %d", code)
	}
	// The forms that anyone may send take no token, but come from here all the same.
	for _, target := range []string{"/admin/login", "/admin/look"} {
		s := h.browser()
		s.header["Sec-Fetch-Site"] = "cross-site"
		if w := s.post(target, "name", "administrator", "password", good, "theme", "dark"); w.Code != http.StatusForbidden || len(s.cookies) > 0 {
			t.Errorf("%s from another site: %d, %v", target, w.Code, s.cookies)
		}
	}
}

func TestWhereToGoOnIsAPageOfOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for to, want := range map[string]string{
		"/users": "/users", "/": "/", "/account": "/account", "": "/", "users": "/", "/login": "/", "/logout": "/", "/nothing": "/", "/users/": "/",
		"//evil.example": "/", "/\\evil.example": "/", "/%5cevil.example": "/", "https://evil.example": "/", "/users\r\nX: y": "/", "/users?x=y": "/",
		"@evil.example": "/", "/@evil.example": "/", "/../users": "/", "javascript:alert(1)": "/", "/users#x": "/",
	} {
		if got := dashboard.Own(h.board, to); got != want {
			t.Errorf("%q: %q", to, got)
		}
		b := h.browser()
		if w := b.post("/admin/login", "name", "viewer", "password", good, "to", to); w.Header().Get("Location") != strings.TrimSuffix("/admin"+want, "/") {
			t.Errorf("%q: after the login to %q", to, w.Header().Get("Location"))
		}
	}
	b := h.browser()
	if got := b.get("/admin/users").Header().Get("Location"); got != "/admin/login?to=/users" {
		t.Errorf("to log in at %q", got)
	}
	page := parse(t, b.get("/admin/login?to=/users"))
	if n := find(page, "input", "value", "/users"); len(n) != 1 {
		t.Error("the login forgets where the person wanted to go")
	}
}

func TestAPageThatRefreshesItselfIsSentToTheLoginAsAWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.browser()
	b.header["HX-Request"] = "true"
	if w := b.get("/admin/users"); w.Code != http.StatusUnauthorized || w.Header().Get("HX-Redirect") != "/admin/login?to=/users" || w.Body.Len() > 0 {
		t.Errorf("%d, %q", w.Code, w.Header().Get("HX-Redirect"))
	}
}
