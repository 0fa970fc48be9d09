package api

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/mailer/bounce"
)

// sesPast is how old a message of Amazon SNS may be: its time is that of the first try, and SNS goes on
// trying for an hour.
const sesPast = time.Hour + 5*time.Minute

// sesCertificate is where Amazon SNS lays its certificates.
var sesCertificate = expression.Of(`^/SimpleNotificationService-[0-9a-zA-Z]{1,128}\.pem$`)

func newSES(d WebhookDeps, secret string) (provider, error) {
	known := strings.Fields(secret)
	if len(known) == 0 {
		return nil, errors.New("there is no topic")
	}
	return &topics{known: known, past: sesPast, certHost: amazonHost, certPath: sesCertificate, apiHost: amazonHost, understand: sesEvents,
		fetch: d.Fetch, clock: d.Clock, log: d.Log, certs: newCertificates()}, nil
}

var aRegion = expression.Of(`^[a-z]{2}(-[a-z]+)+-\d$`)

// amazonHost is the host of Amazon SNS in a region, "" for what is none.
func amazonHost(region, partition string) string {
	switch {
	case !aRegion.MatchString(region):
		return ""
	case partition == "aws-cn":
		return "sns." + region + ".amazonaws.com.cn"
	}
	return "sns." + region + ".amazonaws.com"
}

// sesReport is a notification or an event of Amazon SES, as far as it says something to us.
type sesReport struct {
	Notification string `json:"notificationType"`
	Event        string `json:"eventType"` // the same, where events are published
	Mail         struct {
		Source      string   `json:"source"`
		Destination []string `json:"destination"`
		Headers     []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
		Common struct {
			MessageID string `json:"messageId"`
		} `json:"commonHeaders"`
	} `json:"mail"`
	Bounce struct {
		Type       string   `json:"bounceType"`
		Subtype    string   `json:"bounceSubType"`
		FeedbackID string   `json:"feedbackId"`
		Recipients []sesWho `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		Kind       string   `json:"complaintFeedbackType"`
		FeedbackID string   `json:"feedbackId"`
		Recipients []sesWho `json:"complainedRecipients"`
	} `json:"complaint"`
	Delivery struct {
		Recipients []string `json:"recipients"`
	} `json:"delivery"`
	Delay struct {
		Recipients []sesWho `json:"delayedRecipients"`
	} `json:"deliveryDelay"`
	Subscription struct {
		New struct {
			None bool `json:"unsubscribeAll"`
		} `json:"newTopicPreferences"`
	} `json:"subscription"`
}

type sesWho struct {
	Email      string `json:"emailAddress"`
	Status     string `json:"status"`
	Diagnostic string `json:"diagnosticCode"`
}

func sesEvents(raw json.RawMessage) ([]event, error) {
	s, err := one[sesReport](raw)
	if err != nil {
		return nil, err
	}
	of := event{references: []string{s.Mail.Source}, messageIDs: []string{s.Mail.Common.MessageID}}
	for _, h := range s.Mail.Headers {
		switch {
		case strings.EqualFold(h.Name, referenceField):
			of.references = append([]string{h.Value}, of.references...)
		case strings.EqualFold(h.Name, "Message-ID"):
			of.messageIDs = append(of.messageIDs, h.Value)
		}
	}
	var out []event
	for _, about := range s.about() {
		e := of
		e.about = about
		switch about.Meaning {
		case bounce.MeansHard, bounce.MeansSoft:
			e.id = s.Bounce.FeedbackID
		case bounce.MeansComplaint:
			e.id = s.Complaint.FeedbackID
		}
		out = append(out, e)
	}
	return out, nil
}

// about is what a report says of whom.
func (s sesReport) about() (out []bounce.Recipient) {
	switch s.Notification + s.Event {
	case "Bounce":
		for _, r := range s.Bounce.Recipients {
			// What SES did not send, because of a list, no server has refused.
			gone := s.Bounce.Type == "Permanent" && s.Bounce.Subtype != "Suppressed" && s.Bounce.Subtype != "OnAccountSuppressionList"
			out = append(out, refused(bounce.Refusal{Address: r.Email, Gone: gone, Status: r.Status, Text: r.Diagnostic}))
		}
	case "Complaint":
		for _, r := range s.Complaint.Recipients {
			switch s.Complaint.Kind {
			case "not-spam", "auth-failure", "virus": // a report, and nothing that the person said (RFC 5965 section 7.3)
			default:
				out = append(out, means(r.Email, bounce.MeansComplaint))
			}
		}
	case "Delivery":
		for _, address := range s.Delivery.Recipients {
			out = append(out, means(address, bounce.MeansDelivered))
		}
	case "DeliveryDelay":
		for _, r := range s.Delay.Recipients {
			out = append(out, means(r.Email, bounce.MeansDelayed))
		}
	case "Subscription":
		for _, address := range s.Mail.Destination {
			if s.Subscription.New.None {
				out = append(out, means(address, bounce.MeansOptOut))
			}
		}
	}
	return out
}
