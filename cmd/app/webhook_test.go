package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/api"
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// hooks are the secrets of all providers, and what a test needs to play them.
type hooks struct {
	key     *ecdsa.PrivateKey // SendGrid's
	secrets map[string]string
}

func newHooks(t *testing.T) hooks {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return hooks{key, map[string]string{
		config.SendGrid: base64.StdEncoding.EncodeToString(der), config.Mailgun: "key-of-mailgun", config.Postmark: "reoptin:a-long-random-text", config.Brevo: "another-long-random-text",
		config.SES: "arn:aws:sns:eu-west-1:123456789012:reoptin", config.Scaleway: "arn:scw:sns:fr-par:project-0a1b2c3d:reoptin",
	}}
}

// reference is what stands in a person's message for a provider to report back.
func (h *house) reference(email string) string {
	h.t.Helper()
	for _, m := range h.relay.Messages() {
		if m.To != email {
			continue
		}
		read, err := mail.ReadMessage(strings.NewReader(string(m.Data)))
		h.must(err)
		found := regexp.MustCompile(`b\+[a-z2-7]{60}`).FindString(read.Header.Get("X-SMTPAPI"))
		if found == "" || read.Header.Get("X-Reoptin") != found || read.Header.Get("X-Mailin-custom") != found || read.Header.Get("X-PM-Metadata-reoptin") != found || !strings.Contains(read.Header.Get("X-Mailgun-Variables"), found) {
			h.t.Errorf("the references of %s: %v", email, read.Header)
		}
		return found
	}
	h.t.Fatalf("%s got nothing", email)
	return ""
}

// hook posts to a provider's webhook and expects a status.
func (h *house) hook(provider string, status int, body string, header ...string) {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, api.WebhookPath+provider, strings.NewReader(body))
	r.Host = host
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if h.web.Echo.ServeHTTP(w, r); w.Code != status {
		h.t.Errorf("%s: %d, want %d", provider, w.Code, status)
	}
}

func (h *house) sendGrid(k hooks, status int, body string) {
	h.t.Helper()
	stamp := strconv.FormatInt(h.clock().Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + body))
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, sum[:])
	h.must(err)
	h.hook(config.SendGrid, status, body, "X-Twilio-Email-Event-Webhook-Timestamp", stamp, "X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(signature))
}

func mailgunBody(key, token string, at time.Time, event string) string {
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%d%s", at.Unix(), token)
	return fmt.Sprintf(`{"signature": {"timestamp": "%d", "token": %q, "signature": "%x"}, "event-data": %s}`, at.Unix(), token, mac.Sum(nil), event)
}

func basicAuth(pair string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

// From the report to what is kept: a dead mailbox, a complaint, an unsubscribe, a full mailbox, and a message
// of which nobody knew what became of it.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	k := newHooks(t)
	h := newHouse(t, plan{people: 5, webhooks: k.secrets, senders: 1}).start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && e.To == person(4) {
			return smtptest.Step{Drop: true, Store: true}
		}
		return smtptest.Step{}
	})
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 4, campaign.Uncertain: 1})

	hard := fmt.Sprintf(`[{"event": "processed", "sg_event_id": "0", "email": %[1]q}, {"event": "bounce", "type": "bounce", "sg_event_id": "1", "email": %[1]q, "status": "5.1.1", "reason": "550 5.1.1 <%[1]s>: unknown", "reoptin": %[2]q}]`, person(0), h.reference(person(0)))
	h.sendGrid(k, http.StatusOK, hard)
	h.expectClass(person(0), "UNDELIVERABLE")
	h.expectBounces(1, 0, 0)

	h.hook(config.Brevo, http.StatusOK, fmt.Sprintf(`{"event": "spam", "email": %q, "message-id": "<x@relay.example>", "ts_event": 1, "X-Mailin-custom": %q}`, person(1), h.reference(person(1))), "Authorization", "Bearer another-long-random-text")
	h.expectClass(person(1), "OPTED_OUT")

	h.hook(config.Postmark, http.StatusOK, fmt.Sprintf(`{"RecordType": "SubscriptionChange", "MessageID": "m", "Recipient": %q, "Origin": "Recipient", "SuppressSending": true, "SuppressionReason": "ManualSuppression", "Metadata": {"reoptin": %q}}`, person(2), h.reference(person(2))),
		"Authorization", basicAuth("reoptin:a-long-random-text"))
	h.expectClass(person(2), "OPTED_OUT")

	soft := mailgunBody("key-of-mailgun", "t1", h.clock(), fmt.Sprintf(`{"event": "failed", "severity": "permanent", "reason": "generic", "id": "1", "recipient": %q, "delivery-status": {"code": 552, "message": "5.2.2 full"}, "user-variables": {"reoptin": %q}}`, person(3), h.reference(person(3))))
	h.hook(config.Mailgun, http.StatusOK, soft)
	h.expectBounces(1, 1, 1)

	h.hook(config.Mailgun, http.StatusOK, mailgunBody("key-of-mailgun", "t2", h.clock(), fmt.Sprintf(`{"event": "delivered", "id": "2", "recipient": %q, "user-variables": {"reoptin": %q}}`, person(4), h.reference(person(4)))))
	h.expect(map[campaign.State]int{campaign.Sent: 5})

	// once more is one
	entries := h.entries()
	h.sendGrid(k, http.StatusOK, hard)
	h.hook(config.Mailgun, http.StatusOK, soft)
	h.reopen()
	h.sendGrid(k, http.StatusOK, hard)
	h.hook(config.Mailgun, http.StatusOK, soft)
	if h.entries() != entries {
		t.Error("the same report again has an effect")
	}
	h.expectBounces(1, 1, 1)
	for n, want := range []bool{true, true, true, false, false} {
		if h.suppressed(person(n)) != want {
			t.Errorf("%s is suppressed: %v", person(n), !want)
		}
	}
}

// A forged report changes nothing, nor does an authentic one of a message that is none of ours.
func TestForgedWebhooks(t *testing.T) {
	t.Parallel()
	k := newHooks(t)
	other := newHooks(t)
	who := person(0)
	h := newHouse(t, plan{people: 2, webhooks: k.secrets}).start(spring).send()
	entries := h.entries()
	event := fmt.Sprintf(`{"event": "bounce", "type": "bounce", "sg_event_id": "1", "email": %q, "status": "5.1.1", "reason": "550 5.1.1 unknown", "reoptin": %q}`, who, h.reference(who))
	h.sendGrid(other, http.StatusUnauthorized, event)
	h.hook(config.SendGrid, http.StatusUnauthorized, event)
	spam := fmt.Sprintf(`{"event": "complained", "id": "1", "recipient": %q, "user-variables": {"reoptin": %q}}`, who, h.reference(who))
	h.hook(config.Mailgun, http.StatusUnauthorized, mailgunBody("another key", "t", h.clock(), spam))
	h.hook(config.Mailgun, http.StatusUnauthorized, mailgunBody("key-of-mailgun", "t", h.clock().Add(-10*time.Hour), spam))
	opened := mailgunBody("key-of-mailgun", "t", h.clock(), `{"event": "opened", "id": "1", "recipient": "x@y.example"}`)
	h.hook(config.Mailgun, http.StatusOK, opened)
	h.reopen() // the token is remembered
	h.hook(config.Mailgun, http.StatusUnauthorized, opened[:strings.Index(opened, `"event-data"`)]+`"event-data": `+spam+`}`)
	h.hook(config.Postmark, http.StatusUnauthorized, fmt.Sprintf(`{"RecordType": "SpamComplaint", "ID": 1, "Email": %q, "Metadata": {"reoptin": %q}}`, who, h.reference(who)), "Authorization", basicAuth("reoptin:guess"))
	h.hook(config.Brevo, http.StatusUnauthorized, fmt.Sprintf(`{"event": "spam", "email": %q, "X-Mailin-custom": %q}`, who, h.reference(who)), "Authorization", "Bearer guess")
	h.hook(config.SES, http.StatusUnauthorized, `{"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:999999999999:x", "Message": "{}"}`)

	mine := h.reference(who)
	flip := "a"
	if mine[len(mine)-1] == 'a' {
		flip = "b"
	}
	for _, reference := range []string{"", "b+" + strings.Repeat("a", 60), mine[:len(mine)-1] + flip, "u" + mine[1:]} {
		h.sendGrid(k, http.StatusOK, fmt.Sprintf(`{"event": "spamreport", "sg_event_id": "2", "email": %q, "smtp-id": "<0123456789abcdef0123456789abcdef@elsewhere.example>", "reoptin": %q}`, who, reference))
	}
	if h.entries() != entries || h.suppressed(who) {
		t.Error("a forged report has an effect")
	}
	// of our message, but another address: it is counted, and nobody's mailbox is given up
	h.sendGrid(k, http.StatusOK, strings.Replace(event, who, "stranger@elsewhere.example", 1))
	h.expectBounces(0, 1, 0)
	if h.suppressed(who) || h.suppressed(person(1)) {
		t.Error("a report of another address takes the mailbox away")
	}
}

// What cannot be kept is sent again.
func TestWebhookWithoutJournal(t *testing.T) {
	t.Parallel()
	k := newHooks(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, webhooks: k.secrets}).start(spring).send()
	body := fmt.Sprintf(`{"event": "spamreport", "sg_event_id": "1", "email": %q, "reoptin": %q}`, who, h.reference(who))
	h.rewire(func(d *campaign.Deps) {
		d.Journal = &failingJournal{Journal: d.Journal, when: func([]campaign.Record) bool { return true }}
	})
	h.sendGrid(k, http.StatusServiceUnavailable, body)
	h.reopen()
	h.sendGrid(k, http.StatusOK, body)
	h.expectClass(who, "OPTED_OUT")
	h.expectBounces(0, 0, 1)
	h.expectJournal()
}

// Without the setting there is no door, and no reference in any message.
func TestNoWebhooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.hook(config.Postmark, http.StatusNotFound, "{}", "Authorization", basicAuth("reoptin:a-long-random-text"))
	if data := string(h.relay.Messages()[0].Data); strings.Contains(data, "X-Reoptin") || strings.Contains(data, "X-PM-") {
		t.Error("a message has a reference")
	}
}
