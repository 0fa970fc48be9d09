package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/reoptin/reoptin/mailer/bounce"
)

// brevo signs nothing: it sends a bearer token, or a user and password that stand in the address of the webhook.
// The token is the password.
type brevo struct{ token string }

func newBrevo(_ WebhookDeps, secret string) (provider, error) {
	if secret == "" {
		return nil, errors.New("it is empty")
	}
	return brevo{secret}, nil
}

func (b brevo) read(_ context.Context, r *http.Request, body []byte) (batch, error) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if _, password, ok := r.BasicAuth(); ok {
		kind, token = "bearer", password
	}
	if !same(token, b.token) || !strings.EqualFold(kind, "bearer") {
		return batch{}, stranger("the token is not the one that is set")
	}
	return gatherAll(body, brevoEvents)
}

// brevoEvent is one event of a transactional message, as far as it says something to us.
type brevoEvent struct {
	Event     string `json:"event"`
	Email     string `json:"email"`
	At        loose  `json:"ts_event"`
	Reason    string `json:"reason"`
	MessageID string `json:"message-id"`
	Reference loose  `json:"X-Mailin-custom"`
}

func brevoEvents(raw json.RawMessage) ([]event, error) {
	b, err := one[brevoEvent](raw)
	if err != nil {
		return nil, err
	}
	e := event{references: []string{string(b.Reference)}, messageIDs: []string{b.MessageID}}
	if b.MessageID != "" && b.At != "" {
		e.id = strings.Join([]string{b.Event, b.MessageID, string(b.At)}, " ")
	}
	switch b.Event {
	case "delivered":
		e.about = means(b.Email, bounce.MeansDelivered)
	case "deferred":
		e.about = means(b.Email, bounce.MeansDelayed)
	case "hard_bounce":
		e.about = refused(bounce.Refusal{Address: b.Email, Gone: true, Text: b.Reason})
	case "soft_bounce", "blocked", "invalid_email": // the last two were not sent: no server has refused
		e.about = refused(bounce.Refusal{Address: b.Email, Text: b.Reason})
	case "spam", "complaint": // its pages name some events in two ways
		e.about = means(b.Email, bounce.MeansComplaint)
	case "unsubscribed", "unsubscribe":
		e.about = means(b.Email, bounce.MeansOptOut)
	default:
		return nil, nil
	}
	return []event{e}, nil
}
