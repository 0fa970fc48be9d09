package api

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/mailer/bounce"
)

// referenceField is the header field that holds the reference of a message, for providers that report all
// fields.
const referenceField = "X-Reoptin"

// Scaleway's "Topics and Events" signs like Amazon SNS. Its certificates must have been issued by an authority
// whose certificates lie in a place that its documentation names.
const (
	scalewayPast  = 8 * time.Hour
	scalewayCerts = "messaging.s3.fr-par.scw.cloud"
	scalewayKeep  = 24 * time.Hour // the authority's certificates
)

var (
	scalewayCertificate = expression.Of(`^(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){1,6}\.(pem|crt)$`)
	scalewayRegion      = expression.Of(`^[a-z]{2}-[a-z]{3}$`)
)

func newScaleway(d WebhookDeps, secret string) (provider, error) {
	known := strings.Fields(secret)
	if len(known) == 0 {
		return nil, errors.New("there is no topic")
	}
	host := func(region, _ string) string {
		if !scalewayRegion.MatchString(region) {
			return ""
		}
		return scalewayCerts
	}
	confirms := func(region, _ string) string { return "sns.mnq." + region + ".scaleway.com" }
	authority := &scalewayAuthority{fetch: d.Fetch, pools: map[string]pool{}}
	return &topics{known: known, past: scalewayPast, certHost: host, certPath: scalewayCertificate, apiHost: confirms, issued: authority.issued, understand: scalewayEvents,
		fetch: d.Fetch, clock: d.Clock, log: d.Log, certs: newCertificates()}, nil
}

// scalewayAuthority holds the certificates of the authority, by region.
type scalewayAuthority struct {
	fetch Fetch
	mu    sync.Mutex
	pools map[string]pool
}

type pool struct {
	certs   *x509.CertPool
	fetched time.Time
}

// issued reports whether the authority issued a certificate.
func (a *scalewayAuthority) issued(ctx context.Context, region string, cert *x509.Certificate, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.pools[region]
	if p.certs == nil || now.Sub(p.fetched) > scalewayKeep {
		text, err := a.fetch(ctx, "https://"+scalewayCerts+"/"+region+"/sns/sns-trust-chain.pem")
		if err != nil {
			return notNow("the authority of Scaleway's certificates cannot be fetched", err)
		}
		if p = (pool{certs: x509.NewCertPool(), fetched: now}); !p.certs.AppendCertsFromPEM(text) {
			return notNow("the authority of Scaleway's certificates cannot be read", nil)
		}
		a.pools[region] = p
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: p.certs, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return stranger("the certificate was not issued by Scaleway's authority")
	}
	return nil
}

// scalewayReport is an event of Transactional Email, as far as it says something to us.
type scalewayReport struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	To      string `json:"email_to"`
	Code    loose  `json:"email_response_code"`
	Words   string `json:"email_response_message"`
	Headers []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"email_headers"`
	Listed string `json:"blocklist_reason"`
}

func scalewayEvents(raw json.RawMessage) ([]event, error) {
	s, err := one[scalewayReport](raw)
	if err != nil {
		return nil, err
	}
	e := event{id: s.ID}
	for _, h := range s.Headers {
		switch {
		case strings.EqualFold(h.Key, referenceField):
			e.references = append(e.references, h.Value)
		case strings.EqualFold(h.Key, "Message-ID"):
			e.messageIDs = append(e.messageIDs, h.Value)
		}
	}
	refusal := bounce.Refusal{Address: s.To, Code: s.Code.number(), Text: s.Words}
	switch s.Type {
	case "email_delivered":
		e.about = means(s.To, bounce.MeansDelivered)
	case "email_deferred":
		e.about = means(s.To, bounce.MeansDelayed)
	case "email_mailbox_not_found", "email_dropped":
		refusal.Gone = true
		e.about = refused(refusal)
	case "email_spam": // a filter's judgement, or a person's: the event does not say which
		e.about = refused(refusal)
	case "email_blocklisted": // not sent: no server has refused
		refusal.Text = s.Listed
		e.about = refused(refusal)
	default:
		return nil, nil
	}
	return []event{e}, nil
}
