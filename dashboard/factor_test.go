package dashboard_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/web"
)

// setUp gives the browser's person a second factor, and tells its seed and the recovery codes.
func (b *browser) setUp() (seed account.Seed, recovery []string) {
	b.h.t.Helper()
	w := b.post("/admin/account/factor")
	for _, n := range find(parse(b.h.t, w), "input", "name", "seed") {
		seed, _ = account.ParseSeed(attr(n, "value"))
	}
	if len(seed) == 0 || len(find(parse(b.h.t, w), "svg", "class", "qr")) != 1 {
		b.h.t.Fatalf("no seed on the page: %d", w.Code)
	}
	if w := b.post("/admin/account/factor/add", "seed", seed.String(), "code", "000000"); w.Code != http.StatusUnauthorized {
		b.h.t.Fatalf("a wrong code: %d", w.Code)
	}
	w = b.post("/admin/account/factor/add", "seed", seed.String(), "code", b.h.code(seed))
	for _, n := range find(parse(b.h.t, w), "code", "", "") {
		recovery = append(recovery, text(n))
	}
	if w.Code != http.StatusOK || len(recovery) != 10 {
		b.h.t.Fatalf("set up: %d, %d recovery codes", w.Code, len(recovery))
	}
	b.get("/admin/account")
	return seed, recovery
}

// code is what the app of a person shows now.
func (h *house) code(seed account.Seed) string { return seed.Code(account.StepOf(h.clock())) }

func TestALoginTakesTheCodeToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	seed, recovery := h.as(account.Approver).setUp()
	h.pass(time.Minute)
	b := h.browser()
	if w := b.login("approver", good); w.Code != http.StatusOK || len(find(parse(t, w), "input", "name", "code")) != 1 {
		t.Fatalf("after the password: %d", w.Code)
	}
	if w := b.get("/admin/base"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/admin/login") {
		t.Fatalf("half a login opens a page: %d", w.Code)
	}
	if w := b.get("/admin/login/code"); w.Code != http.StatusOK {
		t.Errorf("the page read anew: %d", w.Code)
	}
	if w := b.post("/admin/login/code", "code", "123456"); w.Code != http.StatusUnauthorized {
		t.Errorf("a wrong code: %d", w.Code)
	}
	was, code := b.cookies["__Host-reoptin"], h.code(seed)
	if w := b.post("/admin/login/code", "code", code[:3]+" "+code[3:], "to", "/base"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/admin/base" {
		t.Fatalf("the right code: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if b.cookies["__Host-reoptin"] == was {
		t.Error("the id stays the same over the code")
	}
	again := h.browser()
	again.login("approver", good)
	if w := again.post("/admin/login/code", "code", code); w.Code != http.StatusUnauthorized {
		t.Errorf("a code is good twice: %d", w.Code)
	}
	if w := again.post("/admin/login/code", "code", strings.ToUpper(recovery[3])); w.Code != http.StatusSeeOther {
		t.Errorf("a recovery code: %d", w.Code)
	}
	third := h.browser()
	third.login("approver", good)
	if w := third.post("/admin/login/code", "code", recovery[3]); w.Code != http.StatusUnauthorized {
		t.Errorf("a recovery code is good twice: %d", w.Code)
	}
	h.pass(6 * time.Minute)
	if w := third.post("/admin/login/code", "code", h.code(seed)); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/admin/login") {
		t.Errorf("half a login lasts for ever: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

// TestCodesCannotBeGuessed by somebody who has the password: logging in with it once more takes nothing back.
func TestCodesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	seed, _ := h.as(account.Approver).setUp()
	h.pass(time.Minute)
	b := h.browser()
	blocked := false
	for range 20 {
		if w := b.login("approver", good); w.Code == http.StatusTooManyRequests {
			blocked = true
			break
		}
		b.post("/admin/login/code", "code", "000000")
	}
	if !blocked {
		t.Error("twenty codes were tried")
	}
	if w := b.post("/admin/login/code", "code", h.code(seed)); w.Code == http.StatusSeeOther && w.Header().Get("Location") == "/admin" {
		t.Error("the right code is taken while the name is blocked")
	}
}

func TestWhatBindsIsProvedAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	binding := []dashboard.Route{}
	for _, r := range dashboard.Routes(h.board) {
		if r.Binds {
			binding = append(binding, r)
		}
	}
	if len(binding) < 8 {
		t.Fatalf("%d routes bind", len(binding))
	}
	for _, r := range binding {
		role := account.Administrator
		if !role.May(r.Right) {
			role = account.PrivacyOfficer
		}
		b := h.as(role)
		h.pass(account.Fresh + time.Second)
		b.get("/admin/account")
		did := h.desk.did()
		var w *httptest.ResponseRecorder
		if r.Method == "GET" {
			w = b.get(path(r))
			if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/admin/prove") {
				t.Errorf("%s %s: %d", r.Method, r.Path, w.Code)
			}
		} else if w = b.post(path(r)); w.Code != http.StatusUnauthorized || len(find(parse(t, w), "input", "name", "password")) != 1 {
			t.Errorf("%s %s: %d", r.Method, r.Path, w.Code)
		}
		if h.desk.did() != did {
			t.Errorf("%s %s was done", r.Method, r.Path)
		}
	}
	b := h.as(account.Approver)
	h.pass(account.Fresh + time.Second)
	b.get("/admin/account")
	if w := b.post(spring+"running/pause", "because", "rest"); w.Code == http.StatusUnauthorized {
		t.Error("a pause has to wait")
	}
	if w := b.post("/admin/prove", "password", "wrong", "to", "/campaigns"); w.Code != http.StatusUnauthorized {
		t.Errorf("a wrong password: %d", w.Code)
	}
	if w := b.post("/admin/prove", "password", good, "to", "/campaigns"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/admin/campaigns" {
		t.Errorf("proved: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := b.post(path(dashboard.Route{Path: "/campaigns/:campaign/start"})); w.Code == http.StatusUnauthorized {
		t.Error("it is asked for once more although it was proved")
	}
}

// TestAFactorIsNeeded by whoever may do more than look, where the house says so.
func TestAFactorIsNeeded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ *web.Deps, d *dashboard.Deps) { d.Factors = true })
	for _, role := range account.Roles() {
		b := h.as(role)
		w := b.get("/admin/base")
		if stopped := w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/admin/account"); stopped != (role != account.Viewer) {
			t.Errorf("%s without one: %d to %q", role, w.Code, w.Header().Get("Location"))
		}
	}
	b := h.as(account.Marketer)
	if w := b.post("/admin/campaigns", "name", "new"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/admin/account") || h.desk.did() != "" {
		t.Errorf("an act without one: %d", w.Code)
	}
	b.setUp()
	if w := b.get("/admin/base"); w.Code != http.StatusOK {
		t.Errorf("with one: %d", w.Code)
	}
}

func TestOtherSessionsAreSeenAndEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := h.as(account.Viewer), h.as(account.Viewer)
	page := text(parse(t, second.get("/admin/account")))
	if strings.Count(page, "This browser") != 1 || strings.Count(page, "Another browser") != 1 {
		t.Errorf("the page says %s", page)
	}
	if w := second.post("/admin/account/sessions"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	if w := first.get("/admin/account"); w.Code != http.StatusSeeOther {
		t.Errorf("the other session goes on: %d", w.Code)
	}
	if w := second.get("/admin/account"); w.Code != http.StatusOK {
		t.Errorf("the own session ended: %d", w.Code)
	}
	// A second factor ends them too.
	third := h.as(account.Viewer)
	second.get("/admin/account")
	second.setUp()
	if w := third.get("/admin/account"); w.Code != http.StatusSeeOther {
		t.Errorf("a session without the second factor goes on: %d", w.Code)
	}
	kinds := []account.EventKind{}
	trail, err := h.roster.Trail(t.Context(), 50)
	h.must(err)
	for _, e := range trail {
		kinds = append(kinds, e.Kind)
	}
	if !slices.Contains(kinds, account.FactorAdded) {
		t.Errorf("the audit trail says %v", kinds)
	}
}

func TestAFactorIsTakenAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Marketer)
	b.setUp()
	if w := b.post("/admin/account/factor/remove"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	if w := h.browser().login("marketer", good); w.Code != http.StatusSeeOther {
		t.Errorf("login: %d", w.Code)
	}
}

// TestAnOpenScreenAddsNoFactor: a session that was begun with a further factor counts as proved, so that adding one takes a proof
// itself. The page of the app is no proof: its seed may be anybody's, and so may be a passkey for a challenge that was asked for to prove.
func TestAnOpenScreenAddsNoFactor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Approver)
	h.pass(account.Fresh + time.Second)
	b.get("/admin/account")
	seed, err := account.NewSeed(rand.Reader)
	h.must(err)
	for target, pairs := range map[string][]string{"/admin/account/factor/add": {"seed", seed.String(), "code", h.code(seed)}, "/admin/account/passkey": {"proof", "{}"}} {
		if w := b.post(target, pairs...); w.Code != http.StatusUnauthorized || len(find(parse(t, w), "input", "name", "password")) != 1 {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	if w := b.post(path(dashboard.Route{Path: "/campaigns/:campaign/start"})); w.Code != http.StatusUnauthorized {
		t.Errorf("the session counts as proved: %d", w.Code)
	}
	if w := h.browser().login("approver", good); w.Code != http.StatusSeeOther {
		t.Errorf("the account has a second factor that nobody set up: %d", w.Code)
	}
}

// TestAnotherPasswordProvesNoFactor: it takes the present one alone, which is half of a proof where there is a second factor.
func TestAnotherPasswordProvesNoFactor(t *testing.T) {
	t.Parallel()
	const other = "another fine phrase"
	for _, factor := range []bool{false, true} {
		h := newHouse(t)
		h.furnish("word")
		b := h.as(account.Approver)
		if factor {
			b.setUp()
		}
		h.pass(account.Fresh + time.Second)
		b.get("/admin/account")
		if w := b.post("/admin/account/password", "present", good, "next", other, "again", other); w.Code != http.StatusSeeOther {
			t.Fatalf("%d", w.Code)
		}
		b.get("/admin/account")
		if w := b.post(path(dashboard.Route{Path: "/campaigns/:campaign/start"})); (w.Code == http.StatusUnauthorized) != factor {
			t.Errorf("with a second factor: %v, and what binds: %d", factor, w.Code)
		}
	}
}
