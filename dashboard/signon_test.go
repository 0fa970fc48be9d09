package dashboard_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/dashboard/signon"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/web"
)

// gatekeeper is an identity provider that vouches for whom the test says, to whoever brings the right state.
type gatekeeper struct {
	who  signon.Identity
	anew []bool
	fail error
}

func (g *gatekeeper) Name() string { return "Lumen ID" }

func (g *gatekeeper) Begin(_ context.Context, to string, anew bool) (string, signon.Ticket, error) {
	g.anew = append(g.anew, anew)
	return "https://id.example/authorize?state=right", signon.Ticket{State: "right", To: to}, g.fail
}

func (g *gatekeeper) Finish(_ context.Context, t signon.Ticket, said url.Values) (signon.Identity, error) {
	if t.State != said.Get("state") {
		return signon.Identity{}, fault.New(fault.Unauthenticated, "signon.stale", "stale")
	}
	return g.who, g.fail
}

func TestLoggingInWithAProvider(t *testing.T) {
	t.Parallel()
	g := &gatekeeper{who: signon.Identity{Issuer: "https://id.example", Subject: "7", Mail: "marketer"}}
	h := newHouse(t, func(_ *web.Deps, d *dashboard.Deps) { d.SignOn, d.Factors = g, true })
	b := h.browser()
	if page := b.get("/admin/login"); !strings.Contains(page.Body.String(), "Log in with Lumen ID") {
		t.Error("the login does not offer it")
	}
	// Nobody is sent anywhere by a link, and nobody comes back to a browser that was not sent.
	if w := b.get("/admin/login/back?state=right"); w.Code != http.StatusUnauthorized || len(b.cookies) > 0 {
		t.Errorf("a login that was not begun: %d", w.Code)
	}
	w := b.post("/admin/login/signon", "to", "/base")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `0;url=https://id.example/authorize?state=right`) {
		t.Fatalf("sent on: %d\n%s", w.Code, w.Body)
	}
	if w := b.get("/admin/login/back?state=wrong"); w.Code != http.StatusUnauthorized {
		t.Errorf("a wrong state: %d", w.Code)
	}
	if w := b.get("/admin/login/back?state=right"); w.Code != http.StatusUnauthorized {
		t.Errorf("a ticket is good after a failure: %d", w.Code)
	}
	b.post("/admin/login/signon", "to", "/base")
	w = b.get("/admin/login/back?state=right")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `0;url=/admin/base`) || b.cookies["__Host-reoptin"] == "" || b.cookies["__Host-reoptin-signon"] != "" {
		t.Fatalf("come back: %d, %v\n%s", w.Code, b.cookies, w.Body)
	}
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-reoptin" && c.SameSite != http.SameSiteStrictMode {
			t.Error("the session's cookie is not strict")
		}
	}
	if w := b.get("/admin/base"); w.Code != http.StatusOK { // the provider has its own rules about second factors
		t.Errorf("the base: %d to %s", w.Code, w.Header().Get("Location"))
	}
	// An act that binds takes the provider's word anew.
	h.pass(account.Fresh + time.Second)
	if w := b.get(path(dashboard.Route{Path: "/campaigns/:campaign/consents"})); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/admin/prove") {
		t.Errorf("the consents: %d", w.Code)
	}
	b.get("/admin/prove")
	b.post("/admin/login/signon", "to", "/base")
	if !g.anew[len(g.anew)-1] {
		t.Error("the provider is not asked anew")
	}
}

func TestWhomAProviderLetsIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	come := func(i account.Identity) error {
		_, err := h.roster.SignOn(t.Context(), i, account.Secret{})
		return err
	}
	anna := account.Identity{Issuer: "https://id.example", Subject: "7", Mail: "marketer"}
	for name, i := range map[string]account.Identity{
		"unknown":      {Issuer: "https://id.example", Subject: "8", Mail: "nobody@lumen.example"},
		"not verified": {Issuer: "https://id.example", Subject: "8"},
	} {
		if err := come(i); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.must(come(anna))
	// The mail address moved on to somebody else at the provider: the account does not.
	if err := come(account.Identity{Issuer: "https://id.example", Subject: "9", Mail: "marketer"}); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("an address that somebody else had: %v", err)
	}
	if err := come(account.Identity{Issuer: "https://other.example", Subject: "7", Mail: "marketer"}); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("another provider: %v", err)
	}
	anna.Mail = "married@lumen.example"
	h.must(come(anna))
	h.must(h.roster.Disable(t.Context(), account.Actor{Kind: "operator", Name: "root"}, "marketer"))
	if err := come(anna); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a disabled account: %v", err)
	}
}

// TestAProviderDropsNothingThatWasTyped: it cannot take a form along, so it opens beside the page that holds it, and this is said.
func TestAProviderDropsNothingThatWasTyped(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ *web.Deps, d *dashboard.Deps) { d.SignOn = &gatekeeper{} })
	b := h.as(account.Marketer)
	h.pass(account.Idle)
	for path, apart := range map[string]bool{"/admin/suppressions": true, "/admin/login": false} {
		w := b.post(path, "address", "jo@a.example", "why", "asked us at the counter")
		forms := find(parse(t, w), "form", "action", "/admin/login/signon")
		if len(forms) != 1 || (attr(forms[0], "target") == "_blank") != apart || strings.Contains(text(forms[0]), "opens in a new tab") != apart {
			t.Errorf("%s: %d forms, status %d", path, len(forms), w.Code)
		}
	}
}
