package api

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" // what version 1 of the signature is made with
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// topics is a provider that reports through topics of a message service: Amazon SNS, or Scaleway's of the same
// form. Each message is signed with a key whose certificate lies at an address that the message names; of all
// addresses only one host's are followed. A topic of anybody else is signed as well, so those that are
// believed are set.
type topics struct {
	known      []string // their names (ARNs)
	past       time.Duration
	certHost   func(region, partition string) string
	certPath   *expression.Expression
	apiHost    func(region, partition string) string                                                 // that confirms subscriptions
	issued     func(ctx context.Context, region string, cert *x509.Certificate, now time.Time) error // nil: the host vouches alone
	understand func(json.RawMessage) ([]event, error)

	fetch Fetch
	clock func() time.Time
	log   *slog.Logger
	certs *certificates
}

// envelope is one message of a topic.
type envelope struct {
	Type         string  `json:"Type"`
	MessageID    string  `json:"MessageId"`
	Topic        string  `json:"TopicArn"`
	Subject      *string `json:"Subject"`
	Message      string  `json:"Message"`
	Timestamp    string  `json:"Timestamp"`
	Version      string  `json:"SignatureVersion"`
	Signature    string  `json:"Signature"`
	CertURL      string  `json:"SigningCertURL"`
	Token        string  `json:"Token"`
	SubscribeURL string  `json:"SubscribeURL"`
}

// The types of messages.
const (
	notification = "Notification"
	subscribing  = "SubscriptionConfirmation"
	unsubscribed = "UnsubscribeConfirmation"
)

// signed is the text that the signature covers: names and values, a line each, in the order of the names.
func (e envelope) signed() string {
	fields := [][2]string{{"Message", e.Message}, {"MessageId", e.MessageID}}
	if e.Type == notification {
		if e.Subject != nil {
			fields = append(fields, [2]string{"Subject", *e.Subject})
		}
		fields = append(fields, [2]string{"Timestamp", e.Timestamp})
	} else {
		fields = append(fields, [2]string{"SubscribeURL", e.SubscribeURL}, [2]string{"Timestamp", e.Timestamp}, [2]string{"Token", e.Token})
	}
	fields = append(fields, [2]string{"TopicArn", e.Topic}, [2]string{"Type", e.Type})
	var text strings.Builder
	for _, f := range fields {
		text.WriteString(f[0] + "\n" + f[1] + "\n")
	}
	return text.String()
}

// place is where a topic lives: arn:PARTITION:sns:REGION:….
func place(topic string) (region, partition string) {
	parts := strings.SplitN(topic, ":", 5)
	if len(parts) != 5 {
		return "", ""
	}
	return parts[3], parts[1]
}

func (t *topics) read(ctx context.Context, _ *http.Request, body []byte) (batch, error) {
	e, err := one[envelope](body)
	if err != nil {
		return batch{}, unreadable(err)
	}
	if err := t.check(ctx, e); err != nil {
		return batch{}, err
	}
	switch e.Type {
	case subscribing:
		return batch{ignored: 1}, t.confirm(ctx, e)
	case unsubscribed:
		t.log.Warn("a topic has ended its webhook")
		return batch{ignored: 1}, nil
	}
	return gather([]json.RawMessage{json.RawMessage(e.Message)}, t.understand), nil
}

// check believes a message of a topic that is set, of late, under a genuine signature. What costs nothing is
// asked first.
func (t *topics) check(ctx context.Context, e envelope) error {
	if !slices.Contains(t.known, e.Topic) {
		return stranger("the topic is not set")
	}
	if !slices.Contains([]string{notification, subscribing, unsubscribed}, e.Type) {
		return stranger("a type of message that is not known")
	}
	at, err := time.Parse(time.RFC3339, e.Timestamp)
	if err != nil || !fresh(at, t.clock(), t.past) {
		return stranger("the message is too old, or of the future")
	}
	signature, err := base64.StdEncoding.DecodeString(e.Signature)
	if err != nil {
		return stranger("the signature is not base64")
	}
	cert, err := t.certificate(ctx, e)
	if err != nil {
		return err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || !verifies(key, e.Version, e.signed(), signature) {
		return stranger("the signature is not that of the certificate")
	}
	return nil
}

func verifies(key *rsa.PublicKey, version, text string, signature []byte) bool {
	switch version {
	case "1":
		sum := sha1.Sum([]byte(text))
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature) == nil
	case "2":
		sum := sha256.Sum256([]byte(text))
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}

// pinned takes an address apart that must be one of a single host, by https, without anything that could
// lead elsewhere.
func pinned(address, host string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host != host || host == "" || u.User != nil || u.Opaque != "" || u.Fragment != "" || u.RawPath != "" {
		return nil, false
	}
	return u, true
}

// certificate gives the one that a message names, fetched once.
func (t *topics) certificate(ctx context.Context, e envelope) (*x509.Certificate, error) {
	region, partition := place(e.Topic)
	u, ok := pinned(e.CertURL, t.certHost(region, partition))
	if !ok || u.RawQuery != "" || !t.certPath.MatchString(u.Path) {
		return nil, stranger("the certificate lies where none of the provider's do")
	}
	now := t.clock()
	cert, err := t.certs.get(u.String(), now, func() (*x509.Certificate, error) {
		text, err := t.fetch(ctx, u.String())
		if err != nil {
			return nil, notNow("the certificate of a report cannot be fetched", err)
		}
		cert, err := firstCertificate(text)
		if err != nil {
			return nil, stranger(err.Error())
		}
		if t.issued == nil {
			return cert, nil
		}
		return cert, t.issued(ctx, region, cert, now)
	})
	if err == nil && (now.Before(cert.NotBefore) || now.After(cert.NotAfter)) {
		return nil, stranger("the certificate is not valid now")
	}
	return cert, err
}

func notNow(text string, err error) error {
	return fault.New(fault.Unavailable, "webhook.certificate", text).Because(err).At("api.Webhooks")
}

func firstCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("what lies at the certificate's address is none")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("the certificate cannot be read")
	}
	return cert, nil
}

// confirm makes a subscription of a topic that is set effective. The address was signed, and is that of the
// message service alone.
func (t *topics) confirm(ctx context.Context, e envelope) error {
	region, partition := place(e.Topic)
	u, ok := pinned(e.SubscribeURL, t.apiHost(region, partition))
	if !ok || u.Query().Get("Action") != "ConfirmSubscription" || u.Query().Get("TopicArn") != e.Topic {
		return stranger("the address that confirms the subscription is not the message service's")
	}
	if _, err := t.fetch(ctx, u.String()); err != nil {
		return notNow("the subscription of a topic cannot be confirmed", err)
	}
	t.log.Info("the subscription of a topic is confirmed")
	return nil
}

// Bounds of what is fetched: certificates are changed about once a year, so more requests than a few come
// from somebody who makes addresses up.
const (
	mostCertificates = 16
	mostFetches      = 6
	fetchesEvery     = time.Minute
)

// certificates are those that were fetched. It is safe for concurrent use.
type certificates struct {
	mu    sync.Mutex
	known map[string]*x509.Certificate
	since time.Time // fetches are counted from then on
	count int

	fetching sync.Mutex // one after another
}

func newCertificates() *certificates { return &certificates{known: map[string]*x509.Certificate{}} }

// get gives the certificate at an address, by fetch when it is not known yet.
func (c *certificates) get(address string, now time.Time, fetch func() (*x509.Certificate, error)) (*x509.Certificate, error) {
	if cert := c.look(address); cert != nil {
		return cert, nil
	}
	c.fetching.Lock()
	defer c.fetching.Unlock()
	if cert := c.look(address); cert != nil { // meanwhile
		return cert, nil
	}
	if !c.may(now) {
		return nil, notNow("too many certificates were asked for", nil)
	}
	cert, err := fetch()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= mostCertificates {
		c.known = map[string]*x509.Certificate{}
	}
	c.known[address] = cert
	return cert, nil
}

func (c *certificates) look(address string) *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[address]
}

// may counts a fetch.
func (c *certificates) may(now time.Time) bool {
	if now.Sub(c.since) >= fetchesEvery || now.Before(c.since) {
		c.since, c.count = now, 0
	}
	c.count++
	return c.count <= mostFetches
}
