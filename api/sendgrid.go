package api

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/mailer/bounce"
)

// sendGrid signs the time of the request and its body with ECDSA ("signed event webhook").
type sendGrid struct {
	key   *ecdsa.PublicKey
	clock func() time.Time
}

const (
	sendGridSignature = "X-Twilio-Email-Event-Webhook-Signature"
	sendGridTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"

	sendGridPast = 5 * time.Minute
)

func newSendGrid(d WebhookDeps, secret string) (provider, error) {
	der, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return nil, errors.New("it is not base64")
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("it is no public key")
	}
	elliptic, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("it is no ECDSA key")
	}
	return sendGrid{key: elliptic, clock: d.Clock}, nil
}

func (s sendGrid) read(_ context.Context, r *http.Request, body []byte) (batch, error) {
	stamp := r.Header.Get(sendGridTimestamp)
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get(sendGridSignature))
	sum := sha256.Sum256(append([]byte(stamp), body...))
	if err != nil || !ecdsa.VerifyASN1(s.key, sum[:], signature) {
		return batch{}, stranger("the signature is not that of the key")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || !fresh(time.Unix(seconds, 0), s.clock(), sendGridPast) {
		return batch{}, stranger("the signature is too old, or of the future")
	}
	return gatherAll(body, sendGridEvents)
}

// sendGridEvent is one event, as far as it says something to us.
type sendGridEvent struct {
	Event     string `json:"event"`
	ID        string `json:"sg_event_id"`
	Email     string `json:"email"`
	Type      string `json:"type"`
	Status    loose  `json:"status"`
	Reason    string `json:"reason"`
	MessageID string `json:"smtp-id"`
	Reference loose  `json:"reoptin"` // a unique argument stands beside the rest
}

func sendGridEvents(raw json.RawMessage) ([]event, error) {
	s, err := one[sendGridEvent](raw)
	if err != nil {
		return nil, err
	}
	e := event{id: s.ID, references: []string{string(s.Reference)}, messageIDs: []string{s.MessageID}}
	switch s.Event {
	case "delivered":
		e.about = means(s.Email, bounce.MeansDelivered)
	case "deferred":
		e.about = means(s.Email, bounce.MeansDelayed)
	case "bounce": // "blocked" is a refusal of the sender
		e.about = refused(bounce.Refusal{Address: s.Email, Gone: s.Type != "blocked", Status: string(s.Status), Text: s.Reason})
	case "spamreport":
		e.about = means(s.Email, bounce.MeansComplaint)
	case "unsubscribe", "group_unsubscribe":
		e.about = means(s.Email, bounce.MeansOptOut)
	case "dropped": // not sent
		switch s.Reason {
		case "Spam Reporting Address":
			e.about = means(s.Email, bounce.MeansComplaint)
		case "Unsubscribed Address":
			e.about = means(s.Email, bounce.MeansOptOut)
		default: // by a list, or for our form: no server has refused
			e.about = refused(bounce.Refusal{Address: s.Email, Text: s.Reason})
		}
	default:
		return nil, nil
	}
	return []event{e}, nil
}
