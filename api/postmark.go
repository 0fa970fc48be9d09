package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/reoptin/reoptin/mailer/bounce"
)

// postmark signs nothing: it sends the user and password that stand in the address of the webhook.
type postmark struct{ user, password string }

func newPostmark(_ WebhookDeps, secret string) (provider, error) {
	user, password, ok := strings.Cut(secret, ":")
	if !ok || user == "" || password == "" {
		return nil, errors.New("it is not user:password")
	}
	return postmark{user, password}, nil
}

func (p postmark) read(_ context.Context, r *http.Request, body []byte) (batch, error) {
	if !basic(r, p.user, p.password) {
		return batch{}, stranger("user and password are not those that are set")
	}
	return gatherAll(body, postmarkEvents)
}

// postmarkEvent is one report, as far as it says something to us.
type postmarkEvent struct {
	RecordType string `json:"RecordType"`
	ID         loose  `json:"ID"` // of a bounce or complaint
	MessageID  string `json:"MessageID"`
	Type       string `json:"Type"`
	Email      string `json:"Email"`
	Recipient  string `json:"Recipient"`
	Details    string `json:"Details"`

	SuppressSending bool   `json:"SuppressSending"`
	Reason          string `json:"SuppressionReason"`
	Origin          string `json:"Origin"`
	ChangedAt       string `json:"ChangedAt"`

	Metadata struct {
		Reference loose `json:"reoptin"`
	} `json:"Metadata"`
}

func postmarkEvents(raw json.RawMessage) ([]event, error) {
	p, err := one[postmarkEvent](raw)
	if err != nil {
		return nil, err
	}
	e := event{references: []string{string(p.Metadata.Reference)}}
	if p.ID != "" || p.MessageID != "" {
		e.id = strings.Join([]string{p.RecordType, string(p.ID), p.MessageID, p.ChangedAt}, " ")
	}
	switch p.RecordType {
	case "Delivery":
		e.about = means(p.Recipient, bounce.MeansDelivered)
	case "SpamComplaint":
		e.about = means(p.Email, bounce.MeansComplaint)
	case "SubscriptionChange":
		switch {
		case p.SuppressSending && p.Reason == "SpamComplaint":
			e.about = means(p.Recipient, bounce.MeansComplaint)
		case p.SuppressSending && p.Reason == "ManualSuppression" && p.Origin == "Recipient":
			e.about = means(p.Recipient, bounce.MeansOptOut)
		default:
			return nil, nil
		}
	case "Bounce":
		if e.about = p.bounce(); e.about.Meaning == "" {
			return nil, nil
		}
	default:
		return nil, nil
	}
	return []event{e}, nil
}

// bounce judges by the kinds that Postmark has; it has many that say nothing of the mailbox.
func (p postmarkEvent) bounce() bounce.Recipient {
	switch p.Type {
	case "HardBounce":
		return refused(bounce.Refusal{Address: p.Email, Gone: true, Text: p.Details})
	case "SoftBounce", "DnsError", "SpamNotification", "Blocked", "DMARCPolicy", "BadEmailAddress", "ManuallyDeactivated", "Unknown", "VirusNotification":
		return refused(bounce.Refusal{Address: p.Email, Text: p.Details})
	case "Transient":
		return means(p.Email, bounce.MeansDelayed)
	case "SpamComplaint":
		return means(p.Email, bounce.MeansComplaint)
	case "Unsubscribe":
		return means(p.Email, bounce.MeansOptOut)
	}
	return bounce.Recipient{}
}
