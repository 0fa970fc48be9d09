// Package signon lets people in whom an identity provider of their organisation knows (OpenID Connect Core 1.0, the
// authorization code flow with PKCE, RFC 7636).
//
// What must stay true:
//
//   - only a token that the provider signed for us, for this very login, says who somebody is: signature, issuer,
//     audience, expiry and nonce are checked by the library, the state by us;
//   - a mail address counts only where the provider says that it has verified it;
//   - no secret and no token is logged or kept.
package signon

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/reoptin/reoptin/internal/fault"
)

// Options say who the provider is and who we are to it.
type Options struct {
	Issuer, Client, Secret string
	Name                   string // as people call the provider
	Back                   string // the address of ours that it sends people back to
	Clock                  func() time.Time
	HTTP                   *http.Client // nil: one with a time limit
}

// Provider is an identity provider. What it says of itself is read when it is first needed, and again after a
// failure.
type Provider struct {
	options Options
	mu      sync.Mutex
	known   *oidc.Provider
}

// patience is how long a provider may take for one answer.
const patience = 10 * time.Second

// New makes a provider. Nothing is asked of it yet.
func New(o Options) *Provider {
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: patience}
	}
	return &Provider{options: o}
}

// Name is how people call the provider.
func (p *Provider) Name() string { return p.options.Name }

// Ticket is what the browser keeps of a login on its way, for no one but itself.
type Ticket struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	To       string    `json:"to"`    // the page that the person wants
	Anew     bool      `json:"anew"`  // the provider is to ask who it is, whatever it remembers
	Began    time.Time `json:"began"` // of the login
}

// Longest is how long somebody may be away at the provider.
const Longest = 10 * time.Minute

// Identity is who somebody is at a provider.
type Identity struct {
	Issuer, Subject string
	Mail            string // verified, in lower case
}

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "signon.unavailable", "the identity provider cannot be reached, or does not answer as one").Because(err).At("signon").
		Hint("look at oidc.issuer, and whether this machine reaches it; a password still works")
}

func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	// The library keeps this context for reading keys later on, when the request is long over.
	known, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.options.HTTP), p.options.Issuer)
	if err != nil {
		return nil, unavailable(err)
	}
	p.known = known
	return known, nil
}

func (p *Provider) client(known *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.options.Client, ClientSecret: p.options.Secret, Endpoint: known.Endpoint(), RedirectURL: p.options.Back, Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// Begin gives the address to send somebody to.
func (p *Provider) Begin(ctx context.Context, to string, anew bool) (string, Ticket, error) {
	known, err := p.provider(ctx)
	if err != nil {
		return "", Ticket{}, err
	}
	t := Ticket{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: to, Anew: anew, Began: p.options.Clock()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier)}
	if anew {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.client(known).AuthCodeURL(t.State, options...), t, nil
}

func refused(err error) error {
	return fault.New(fault.Unauthenticated, "signon.refused", "the identity provider did not let this login through").Because(err).At("signon.Finish")
}

// Finish finds out who came back with what the provider put into the address.
func (p *Provider) Finish(ctx context.Context, t Ticket, said url.Values) (Identity, error) {
	if t.State == "" || subtle.ConstantTimeCompare([]byte(t.State), []byte(said.Get("state"))) != 1 || p.options.Clock().After(t.Began.Add(Longest)) {
		return Identity{}, fault.New(fault.Unauthenticated, "signon.stale", "this login was not begun in this browser, or too long ago").At("signon.Finish")
	}
	code := said.Get("code")
	if code == "" || said.Get("error") != "" {
		return Identity{}, refused(nil)
	}
	known, err := p.provider(ctx)
	if err != nil {
		return Identity{}, err
	}
	token, err := p.client(known).Exchange(oidc.ClientContext(ctx, p.options.HTTP), code, oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return Identity{}, refused(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Identity{}, refused(nil)
	}
	id, err := known.Verifier(&oidc.Config{ClientID: p.options.Client, Now: p.options.Clock}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, refused(err)
	}
	return p.identity(t, id)
}

// drift is how far the provider's clock may be behind ours.
const drift = time.Minute

func (p *Provider) identity(t Ticket, id *oidc.IDToken) (Identity, error) {
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := id.Claims(&claims); err != nil {
		return Identity{}, refused(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.Nonce)) != 1 || id.Subject == "" {
		return Identity{}, refused(nil)
	}
	if t.Anew && time.Unix(claims.AuthTime, 0).Before(t.Began.Add(-drift)) {
		return Identity{}, fault.New(fault.Unauthenticated, "signon.not_anew", "the identity provider did not ask who you are, although it was asked to").At("signon.Finish")
	}
	i := Identity{Issuer: id.Issuer, Subject: id.Subject}
	if claims.Verified {
		i.Mail = strings.ToLower(claims.Email)
	}
	return i, nil
}
