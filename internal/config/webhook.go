package config

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// The providers whose webhooks are understood.
const (
	Brevo    = "brevo"
	Mailgun  = "mailgun"
	Postmark = "postmark"
	Scaleway = "scaleway"
	SendGrid = "sendgrid"
	SES      = "ses"
)

// leastSecret is the shortest secret that a person may think up for a webhook, in letters.
const leastSecret = 16

var (
	amazonTopic   = expression.Of(`^arn:aws(-cn|-us-gov)?:sns:[a-z]{2}(-[a-z]+)+-\d:\d{12}:[A-Za-z0-9_-]{1,256}$`)
	scalewayTopic = expression.Of(`^arn:scw:sns:[a-z]{2}-[a-z]{3}:project-[0-9a-f-]{1,64}:[A-Za-z0-9_-]{1,256}$`)
)

// Providers lists those that report by webhook, by name.
func (b Bounces) Providers() []string { return sortedKeys(b.Webhooks) }

// checkWebhooks never shows a secret.
func (c Config) checkWebhooks(p *problems) {
	const key = "bounces.webhooks"
	for _, name := range c.Bounces.Providers() {
		secret := c.Bounces.Webhooks[name]
		switch name {
		case SES, Scaleway:
			form, like := amazonTopic, "arn:aws:sns:eu-west-1:123456789012:reoptin"
			if name == Scaleway {
				form, like = scalewayTopic, "arn:scw:sns:fr-par:project-…:reoptin"
			}
			topics := strings.Fields(secret)
			if len(topics) == 0 || slices.ContainsFunc(topics, func(t string) bool { return !form.MatchString(t) }) {
				p.add(key, "write "+name+" = \""+like+"\", several separated by spaces", "%s: that is no topic of its message service", name)
			}
		case SendGrid:
			if !verificationKey(secret) {
				p.add(key, "copy the verification key that SendGrid shows for the signed event webhook", "%s: that is no verification key", name)
			}
		case Mailgun:
			if secret == "" {
				p.add(key, "copy the HTTP webhook signing key that Mailgun shows under its API security", "%s: the signing key is missing", name)
			}
		case Postmark:
			if user, password, ok := strings.Cut(secret, ":"); !ok || user == "" || len(password) < leastSecret {
				p.add(key, "write postmark = \"reoptin:…\" with a long random password", "%s: it must be user:password, the password of %d letters at least", name, leastSecret)
			}
		case Brevo:
			if len(secret) < leastSecret || strings.ContainsAny(secret, " \t") {
				p.add(key, "write a long random token", "%s: the token must be of %d letters at least, without spaces", name, leastSecret)
			}
		default:
			p.add(key, "write one of brevo, mailgun, postmark, scaleway, sendgrid or ses", "%q is no provider whose webhooks are understood", name)
		}
	}
}

// verificationKey reports whether a text is a public key in the form in which SendGrid gives it.
func verificationKey(text string) bool {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	key, err := x509.ParsePKIXPublicKey(der)
	_, elliptic := key.(*ecdsa.PublicKey)
	return err == nil && elliptic
}
