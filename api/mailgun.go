package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/bounce"
)

// mailgun signs a time and a token with HMAC-SHA256, and not the report itself: whoever saw one signature
// could put another report under it. So each token is spent on the report that it came with first. Mailgun
// tries again for eight hours, and says nothing of a new signature then.
type mailgun struct {
	key    []byte
	clock  func() time.Time
	tokens Tokens
}

// Mailgun's signatures count for so long, and their tokens are remembered a little longer than they could come.
const (
	mailgunPast = 8*time.Hour + 15*time.Minute
	mailgunKeep = mailgunPast + 2*ahead
)

func newMailgun(d WebhookDeps, secret string) (provider, error) {
	return mailgun{key: []byte(secret), clock: d.Clock, tokens: d.Tokens}, nil
}

// mailgunReport is the body of a request.
type mailgunReport struct {
	Signature struct {
		Timestamp loose  `json:"timestamp"`
		Token     string `json:"token"`
		Signature string `json:"signature"`
		Parent    string `json:"parent-signature"` // under the key of the main account, when a subaccount sent
	} `json:"signature"`
	Event json.RawMessage `json:"event-data"`
}

func (m mailgun) read(ctx context.Context, _ *http.Request, body []byte) (batch, error) {
	report, err := one[mailgunReport](body)
	if err != nil {
		return batch{}, unreadable(err)
	}
	s := report.Signature
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(string(s.Timestamp) + s.Token))
	want := hex.EncodeToString(mac.Sum(nil))
	own, parent := hmac.Equal([]byte(want), []byte(s.Signature)), hmac.Equal([]byte(want), []byte(s.Parent))
	if s.Token == "" || !own && !parent {
		return batch{}, stranger("the signature is not that of the key")
	}
	seconds, err := strconv.ParseInt(string(s.Timestamp), 10, 64)
	if err != nil || !fresh(time.Unix(seconds, 0), m.clock(), mailgunPast) {
		return batch{}, stranger("the signature is too old, or of the future")
	}
	ok, err := m.tokens.Spend(ctx, sha256.Sum256([]byte("mailgun\x00"+s.Token)), sha256.Sum256(body), mailgunKeep)
	if err != nil {
		return batch{}, fault.New(fault.Unavailable, "webhook.token", "the token of a report could not be stored").Because(err).At("api.Webhooks")
	}
	if !ok {
		return batch{}, stranger("the token was spent on another report")
	}
	return gather([]json.RawMessage{report.Event}, mailgunEvents), nil
}

// mailgunEvent is event-data, as far as it says something to us.
type mailgunEvent struct {
	Event     string `json:"event"`
	ID        string `json:"id"` // unique within a day
	Timestamp loose  `json:"timestamp"`
	Severity  string `json:"severity"`
	Reason    string `json:"reason"`
	Recipient string `json:"recipient"`
	Delivery  struct {
		Code        loose  `json:"code"`
		Enhanced    string `json:"enhanced-code"`
		Kind        string `json:"bounce-type"` // hard, soft
		Message     string `json:"message"`
		Description string `json:"description"`
	} `json:"delivery-status"`
	Message struct {
		Headers struct {
			ID string `json:"message-id"`
		} `json:"headers"`
	} `json:"message"`
	Envelope struct {
		Sender string `json:"sender"`
	} `json:"envelope"`
	Variables struct {
		Reference loose `json:"reoptin"`
	} `json:"user-variables"`
}

func mailgunEvents(raw json.RawMessage) ([]event, error) {
	m, err := one[mailgunEvent](raw)
	if err != nil {
		return nil, err
	}
	e := event{references: []string{string(m.Variables.Reference), m.Envelope.Sender}, messageIDs: []string{m.Message.Headers.ID}}
	if m.ID != "" {
		e.id = m.ID + " " + string(m.Timestamp)
	}
	text := m.Delivery.Message
	if text == "" {
		text = m.Delivery.Description
	}
	refusal := bounce.Refusal{Address: m.Recipient, Code: m.Delivery.Code.number(), Status: m.Delivery.Enhanced, Text: text}
	switch m.Event {
	case "delivered":
		e.about = means(m.Recipient, bounce.MeansDelivered)
	case "complained":
		e.about = means(m.Recipient, bounce.MeansComplaint)
	case "unsubscribed":
		e.about = means(m.Recipient, bounce.MeansOptOut)
	case "failed":
		switch {
		case m.Severity == "temporary":
			e.about = means(m.Recipient, bounce.MeansDelayed)
		case m.Reason == "suppress-complaint": // not sent: this person had complained before
			e.about = means(m.Recipient, bounce.MeansComplaint)
		case m.Reason == "suppress-unsubscribe":
			e.about = means(m.Recipient, bounce.MeansOptOut)
		default: // what Mailgun gave up by itself, by a list or for its age, no server has refused
			refusal.Gone = m.Delivery.Kind != "soft" && (m.Reason == "bounce" || m.Reason == "generic" && refusal.Code/100 == 5)
			e.about = refused(refusal)
		}
	default:
		return nil, nil
	}
	return []event{e}, nil
}
