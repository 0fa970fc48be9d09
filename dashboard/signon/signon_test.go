package signon_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"github.com/reoptin/reoptin/dashboard/signon"
	"github.com/reoptin/reoptin/internal/fault"
)

// key is made once: that takes longer than all the rest.
var key = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// provider plays an identity provider. What it says in its tokens is what claims says.
type provider struct {
	t         *testing.T
	url       string
	claims    map[string]any
	signs     *rsa.PrivateKey
	challenge string // of the login on its way
	down      bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	k, err := key()
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, claims: map[string]any{}, signs: k}
	known := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: k.Public(), KeyID: "one", Algorithm: oidc.RS256}}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case p.down:
			http.Error(w, "down", http.StatusServiceUnavailable)
		case r.URL.Path == "/token":
			p.token(w, r)
		default:
			known.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	known.SetIssuer(srv.URL)
	p.url = srv.URL
	return p
}

// token gives a token for the code "good", to whoever knows what the login's challenge was made of.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	id, secret, _ := r.BasicAuth()
	if r.FormValue("code") != "good" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge || id != "us" || secret != "secret" {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims, err := json.Marshal(p.claims)
	if err != nil {
		p.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"x","token_type":"Bearer","id_token":%q}`, oidctest.SignIDToken(p.signs, "one", oidc.RS256, string(claims)))
}

func TestALoginByAProvider(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		claims map[string]any // beside good ones
		anew   bool
		change func(p *provider, t *signon.Ticket, said url.Values)
		want   signon.Identity // but the issuer
		key    string          // of the fault
	}{
		"good":              {want: signon.Identity{Subject: "7", Mail: "anna@lumen.example"}},
		"not verified":      {claims: map[string]any{"email_verified": false}, want: signon.Identity{Subject: "7"}},
		"no mail":           {claims: map[string]any{"email": nil}, want: signon.Identity{Subject: "7"}},
		"asked anew":        {anew: true, claims: map[string]any{"auth_time": now.Unix()}, want: signon.Identity{Subject: "7", Mail: "anna@lumen.example"}},
		"not asked anew":    {anew: true, claims: map[string]any{"auth_time": now.Add(-time.Hour).Unix()}, key: "signon.not_anew"},
		"says not when":     {anew: true, key: "signon.not_anew"},
		"another state":     {change: func(_ *provider, _ *signon.Ticket, said url.Values) { said.Set("state", "other") }, key: "signon.stale"},
		"no ticket":         {change: func(_ *provider, t *signon.Ticket, said url.Values) { *t = signon.Ticket{}; said.Del("state") }, key: "signon.stale"},
		"too long ago":      {change: func(_ *provider, t *signon.Ticket, _ url.Values) { t.Began = now.Add(-time.Hour) }, key: "signon.stale"},
		"refused":           {change: func(_ *provider, _ *signon.Ticket, said url.Values) { said.Set("error", "access_denied") }, key: "signon.refused"},
		"another code":      {change: func(_ *provider, _ *signon.Ticket, said url.Values) { said.Set("code", "bad") }, key: "signon.refused"},
		"another verifier":  {change: func(_ *provider, t *signon.Ticket, _ url.Values) { t.Verifier += "x" }, key: "signon.refused"},
		"another nonce":     {claims: map[string]any{"nonce": "other"}, key: "signon.refused"},
		"for somebody else": {claims: map[string]any{"aud": "them"}, key: "signon.refused"},
		"another issuer":    {claims: map[string]any{"iss": "https://evil.example"}, key: "signon.refused"},
		"over":              {claims: map[string]any{"exp": now.Add(-time.Second).Unix()}, key: "signon.refused"},
		"nobody":            {claims: map[string]any{"sub": ""}, key: "signon.refused"},
		"signed by others":  {change: func(p *provider, _ *signon.Ticket, _ url.Values) { p.signs = other }, key: "signon.refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			s := signon.New(signon.Options{Issuer: p.url, Client: "us", Secret: "secret", Back: "https://desk.example/login/back", Clock: func() time.Time { return now }})
			to, ticket, err := s.Begin(t.Context(), "/base", c.anew)
			if err != nil {
				t.Fatal(err)
			}
			asked, err := url.Parse(to)
			if err != nil {
				t.Fatal(err)
			}
			q := asked.Query()
			p.challenge = q.Get("code_challenge")
			if q.Get("redirect_uri") != "https://desk.example/login/back" || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" ||
				(q.Get("prompt") == "login") != c.anew || strings.Contains(to, ticket.Verifier) {
				t.Errorf("sent to %s", to)
			}
			p.claims = map[string]any{"iss": p.url, "aud": "us", "sub": "7", "exp": now.Add(time.Hour).Unix(), "nonce": q.Get("nonce"), "email": "Anna@Lumen.example", "email_verified": true}
			maps.Copy(p.claims, c.claims)
			said := url.Values{"state": {q.Get("state")}, "code": {"good"}}
			if c.change != nil {
				c.change(p, &ticket, said)
			}
			got, err := s.Finish(t.Context(), ticket, said)
			if c.key != "" {
				var f *fault.Fault
				if !errors.As(err, &f) || f.Key != c.key || f.Kind != fault.Unauthenticated {
					t.Fatalf("got %+v, %v", got, err)
				}
				return
			}
			c.want.Issuer = p.url
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAProviderThatIsDown(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.down = true
	s := signon.New(signon.Options{Issuer: p.url, Client: "us", Clock: time.Now})
	if _, _, err := s.Begin(t.Context(), "/", false); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	p.down = false
	if _, _, err := s.Begin(t.Context(), "/", false); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}
