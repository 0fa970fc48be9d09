package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

const sesMail = `"mail": {"timestamp": "2026-11-02T09:58:00.000Z", "source": "hello@shop.example", "messageId": "0102019a-made-up-000000", "destination": ["TO"], "headersTruncated": false,
 "headers": [{"name": "From", "value": "hello@shop.example"}, {"name": "Message-ID", "value": "<MID>"}, {"name": "X-Reoptin", "value": "REF"}], "commonHeaders": {"from": ["hello@shop.example"], "messageId": "<MID>"}}`

var sesReports = map[string]reported{
	"hard": {`{"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "fb-1", "bouncedRecipients": [
 {"emailAddress": "TO", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}]}, ` + sesMail + `}`, campaign.MeansHard, "hard", "5.1.1"},
	"hard, published":      {`{"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "NoEmail", "feedbackId": "fb-2", "bouncedRecipients": [{"emailAddress": "TO"}]}, ` + sesMail + `}`, campaign.MeansHard, "hard", ""},
	"our name":             {`{"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": "TO", "status": "5.7.1", "diagnosticCode": "smtp; 550 5.7.1 blocked"}]}, ` + sesMail + `}`, campaign.MeansSoft, "policy", "5.7.1"},
	"by a list":            {`{"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList", "bouncedRecipients": [{"emailAddress": "TO", "status": "5.1.1", "diagnosticCode": "Amazon SES did not send the message"}]}, ` + sesMail + `}`, campaign.MeansSoft, "soft-final", "5.1.1"},
	"soft":                 {`{"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": [{"emailAddress": "TO", "status": "5.2.2"}]}, ` + sesMail + `}`, campaign.MeansSoft, "soft-final", "5.2.2"},
	"put off":              {`{"eventType": "DeliveryDelay", "deliveryDelay": {"delayType": "SpamDetected", "delayedRecipients": [{"emailAddress": "TO", "status": "4.7.1"}]}, ` + sesMail + `}`, campaign.MeansDelayed, "", ""},
	"delivered":            {`{"notificationType": "Delivery", "delivery": {"recipients": ["TO"], "smtpResponse": "250 ok"}, ` + sesMail + `}`, campaign.MeansDelivered, "", ""},
	"complaint":            {`{"notificationType": "Complaint", "complaint": {"feedbackId": "fb-3", "complaintFeedbackType": "abuse", "complainedRecipients": [{"emailAddress": "TO"}]}, ` + sesMail + `}`, campaign.MeansComplaint, "", ""},
	"no complaint":         {`{"eventType": "Complaint", "complaint": {"complaintFeedbackType": "not-spam", "complainedRecipients": [{"emailAddress": "TO"}]}, ` + sesMail + `}`, "", "", ""},
	"of a failed check":    {`{"eventType": "Complaint", "complaint": {"complaintFeedbackType": "auth-failure", "complainedRecipients": [{"emailAddress": "TO"}]}, ` + sesMail + `}`, "", "", ""},
	"of a virus":           {`{"eventType": "Complaint", "complaint": {"complaintFeedbackType": "virus", "complainedRecipients": [{"emailAddress": "TO"}]}, ` + sesMail + `}`, "", "", ""},
	"complaint of no kind": {`{"eventType": "Complaint", "complaint": {"complaintFeedbackType": null, "complainedRecipients": [{"emailAddress": "TO"}]}, ` + sesMail + `}`, campaign.MeansComplaint, "", ""},
	"unsubscribed":         {`{"eventType": "Subscription", "subscription": {"source": "UnsubscribeHeader", "newTopicPreferences": {"unsubscribeAll": true}}, ` + sesMail + `}`, campaign.MeansOptOut, "", ""},
	"from one topic":       {`{"eventType": "Subscription", "subscription": {"newTopicPreferences": {"unsubscribeAll": false}}, ` + sesMail + `}`, "", "", ""},
	"sent":                 {`{"eventType": "Send", ` + sesMail + `}`, "", "", ""},
	"words of the set-up":  {`Successfully validated SNS topic for Amazon SES event publishing.`, "", "", ""},
}

const scalewayMail = `"id": "11111111-1111-4111-8111-111111111111", "organization_id": "o", "project_id": "p", "domain_name": "shop.example", "created_at": "2026-11-02T09:59:00Z", "email_id": "e", "email_from": "hello@shop.example", "email_to": "TO",
 "email_headers": [{"key": "Message-ID", "value": "<MID>"}, {"key": "X-Reoptin", "value": "REF"}]`

var scalewayReports = map[string]reported{
	"hard":      {`{"type": "email_mailbox_not_found", "email_response_code": 550, "email_response_message": "5.1.1 user unknown", ` + scalewayMail + `}`, campaign.MeansHard, "hard", "5.1.1"},
	"dropped":   {`{"type": "email_dropped", "email_response_code": 550, "email_response_message": "5.7.1 blocked", ` + scalewayMail + `}`, campaign.MeansSoft, "policy", "5.7.1"},
	"by a list": {`{"type": "email_blocklisted", "blocklist_type": "mailbox_not_found", "blocklist_reason": "550 5.1.1 user unknown", ` + scalewayMail + `}`, campaign.MeansSoft, "soft-final", "5.1.1"},
	"put off":   {`{"type": "email_deferred", "email_response_code": 421, "email_response_message": "4.7.0 later", "email_try_count": 1, ` + scalewayMail + `}`, campaign.MeansDelayed, "", ""},
	"delivered": {`{"type": "email_delivered", "email_response_code": 250, "email_response_message": "2.0.0 OK", ` + scalewayMail + `}`, campaign.MeansDelivered, "", ""},
	"complaint": {`{"type": "email_spam", "email_response_code": 554, "email_response_message": "5.7.1 looks like spam", ` + scalewayMail + `}`, campaign.MeansSoft, "policy", "5.7.1"},
	"queued":    {`{"type": "email_queued", ` + scalewayMail + `}`, "", "", ""},
	"a list":    {`{"type": "blocklist_created", "email_to": "TO", "blocklist_type": "mailbox_full", "id": "x"}`, "", "", ""},
}

// TestSeveralRecipients: one message of a topic may speak of several.
func TestSeveralRecipients(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	report := strings.Replace(sesReports["hard"].report, `{"emailAddress": "TO"`, `{"emailAddress": "b@place.example", "status": "4.2.2"}, {"emailAddress": "TO"`, 1)
	d.sends(t, "ses", report, http.StatusOK)
	if len(d.desk.told) != 2 || d.desk.told[0].Mark == d.desk.told[1].Mark {
		t.Errorf("%+v", d.desk.told)
	}
}

// TestBothVersions: SHA-1 is what topics sign with until that is changed.
func TestBothVersions(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1", "2"} {
		for _, subject := range []string{"", "a\nsubject"} {
			d := newDoor(t, nil)
			m := notified(amazonTopic+"-2", amazonCert, version, filled(sesReports["hard"].report), today)
			if delete(m, "Subject"); subject != "" {
				m["Subject"] = subject
			}
			if got := d.post("ses", asTopic(), message(t, leafKey, m)); got != http.StatusOK || len(d.desk.told) != 1 {
				t.Errorf("%s: %d", version, got)
			}
		}
	}
}

// TestNothingIsFetchedForStrangers: of a forged message only the certificate is looked at, and only where
// those of the provider lie.
func TestNothingIsFetchedForStrangers(t *testing.T) {
	t.Parallel()
	for name, p := range posts {
		d := newDoor(t, nil)
		var fetched atomic.Int32
		d.fetch = func(ctx context.Context, address string) ([]byte, error) {
			if fetched.Add(1); address != amazonCert && address != scalewayCert && address != scalewayChain {
				t.Errorf("%s: %s is fetched", name, address)
			}
			return lies(ctx, address)
		}
		for range 3 {
			for _, f := range p.forge(t, filled(p.reports["hard"].report), today) {
				d.post(name, f.header, f.body)
			}
		}
		if n := fetched.Load(); n > 2 {
			t.Errorf("%s: fetched %d times", name, n)
		}
	}
}

// TestMadeUpCertificates: addresses that nothing lies at are asked for a few times a minute, and those that
// are known go on being believed.
func TestMadeUpCertificates(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.sends(t, "ses", sesReports["hard"].report, http.StatusOK)
	fetched := 0
	d.fetch = func(context.Context, string) ([]byte, error) { fetched++; return nil, errors.New("nothing") }
	for n := range 40 {
		m := notified(amazonTopic, fmt.Sprintf("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-%032x.pem", n), "2", "{}", today)
		if got := d.post("ses", asTopic(), message(t, leafKey, m)); got != http.StatusServiceUnavailable {
			t.Errorf("%d", got)
		}
	}
	if fetched >= mostFetches+1 {
		t.Errorf("fetched %d times", fetched)
	}
	d.sends(t, "ses", sesReports["complaint"].report, http.StatusOK)
	d.now = today.Add(fetchesEvery)
	d.fetch = lies
	d.sends(t, "scaleway", scalewayReports["hard"].report, http.StatusOK)
}

// TestCertificates: what cannot be fetched now is asked for again; what is none, has run out, or was issued
// by somebody else is not believed.
func TestCertificates(t *testing.T) {
	t.Parallel()
	other := certificate(leafKey, certificate(otherKey, nil, otherKey, today.AddDate(-1, 0, 0), today.AddDate(1, 0, 0)), otherKey, today.AddDate(0, -1, 0), today.AddDate(0, 1, 0))
	old := certificate(leafKey, rootCert, rootKey, today.AddDate(0, -2, 0), today.AddDate(0, -1, 0))
	for what, c := range map[string]struct {
		text            []byte
		chain           []byte
		amazon, scalway int
	}{
		"good":          {asPEM(leafCert), asPEM(rootCert), 200, 200},
		"unreachable":   {nil, asPEM(rootCert), 503, 503},
		"no chain":      {asPEM(leafCert), nil, 200, 503},
		"broken chain":  {asPEM(leafCert), []byte("x"), 200, 503},
		"no PEM":        {[]byte("<html>"), asPEM(rootCert), 401, 401},
		"broken":        {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), asPEM(rootCert), 401, 401},
		"of another":    {asPEM(other), asPEM(rootCert), 200, 401}, // of Amazon's the host vouches
		"run out":       {asPEM(old), asPEM(rootCert), 401, 401},
		"of itself":     {asPEM(certificate(leafKey, nil, leafKey, today, today.AddDate(1, 0, 0))), asPEM(rootCert), 200, 401},
		"the authority": {asPEM(rootCert), asPEM(rootCert), 401, 401},
	} {
		d := newDoor(t, nil)
		d.fetch = func(_ context.Context, address string) ([]byte, error) {
			text := c.text
			if address == scalewayChain {
				text = c.chain
			}
			if text == nil {
				return nil, errors.New("no route")
			}
			return text, nil
		}
		for name, status := range map[string]int{"ses": c.amazon, "scaleway": c.scalway} {
			header, body := posts[name].send(t, filled(posts[name].reports["hard"].report), today)
			if got := d.post(name, header, body); got != status {
				t.Errorf("%s, %s: %d, want %d", what, name, got, status)
			}
		}
	}
}

// subscription is the message by which a topic asks whether its messages are wanted.
func subscription(topic, cert, address string) map[string]string {
	return map[string]string{"Type": "SubscriptionConfirmation", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "Token": "2336412f37", "TopicArn": topic, "Message": "You have chosen to subscribe",
		"SubscribeURL": address, "Timestamp": today.Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "2", "SigningCertURL": cert}
}

// TestSubscription: a topic that is set is confirmed at its message service, and nothing else is followed.
func TestSubscription(t *testing.T) {
	t.Parallel()
	query := func(topic string) string {
		return "/?Action=ConfirmSubscription&TopicArn=" + url.QueryEscape(topic) + "&Token=2336412f37"
	}
	const amazon, scaleway = "https://sns.eu-west-1.amazonaws.com", "https://sns.mnq.fr-par.scaleway.com"
	for _, c := range []struct {
		provider, topic, cert, address string
		status                         int
	}{
		{"ses", amazonTopic, amazonCert, amazon + query(amazonTopic), 200},
		{"scaleway", scalewayTopic, scalewayCert, scaleway + query(scalewayTopic), 200},
		{"ses", "arn:aws:sns:eu-west-1:999999999999:reoptin", amazonCert, amazon + query("arn:aws:sns:eu-west-1:999999999999:reoptin"), 401},
		{"ses", amazonTopic, amazonCert, amazon + query(amazonTopic+"-2"), 401},
		{"ses", amazonTopic, amazonCert, strings.Replace(amazon+query(amazonTopic), "Confirm", "Delete", 1), 401},
		{"ses", amazonTopic, amazonCert, "https://sns.us-east-1.amazonaws.com" + query(amazonTopic), 401},
		{"ses", amazonTopic, amazonCert, "http://sns.eu-west-1.amazonaws.com" + query(amazonTopic), 401},
		{"ses", amazonTopic, amazonCert, "https://169.254.169.254" + query(amazonTopic), 401},
		{"ses", amazonTopic, amazonCert, "https://sns.eu-west-1.amazonaws.com.evil.example" + query(amazonTopic), 401},
		{"scaleway", scalewayTopic, scalewayCert, amazon + query(scalewayTopic), 401},
	} {
		d := newDoor(t, nil)
		followed := ""
		d.fetch = func(ctx context.Context, address string) ([]byte, error) {
			if !strings.Contains(address, "Action=") {
				return lies(ctx, address)
			}
			followed = address
			return []byte("<ConfirmSubscriptionResponse/>"), nil
		}
		body := message(t, leafKey, subscription(c.topic, c.cert, c.address))
		if got := d.post(c.provider, asTopic(), body); got != c.status || (followed != "") != (c.status == 200) || len(d.desk.told) != 0 {
			t.Errorf("%s: %d, followed %q", c.address, got, followed)
		}
		d.fetch = lies // the message service cannot be reached now
		if got := d.post(c.provider, asTopic(), body); c.status == 200 && got != http.StatusServiceUnavailable {
			t.Errorf("%d", got)
		}
	}
	d := newDoor(t, nil)
	end := subscription(amazonTopic, amazonCert, amazon+query(amazonTopic))
	end["Type"] = "UnsubscribeConfirmation"
	if got := d.post("ses", asTopic(), message(t, leafKey, end)); got != http.StatusOK || !strings.Contains(d.log.String(), "has ended") {
		t.Errorf("%d", got)
	}
	if got := d.post("ses", asTopic(), message(t, otherKey, subscription(amazonTopic, amazonCert, amazon+query(amazonTopic)))); got != http.StatusUnauthorized {
		t.Errorf("a forged subscription: %d", got)
	}
}

// TestHosts: by region and partition, and none for what is no region.
func TestHosts(t *testing.T) {
	t.Parallel()
	for topic, want := range map[string]string{
		amazonTopic: "sns.eu-west-1.amazonaws.com", "arn:aws-cn:sns:cn-north-1:1:x": "sns.cn-north-1.amazonaws.com.cn", "arn:aws-us-gov:sns:us-gov-west-1:1:x": "sns.us-gov-west-1.amazonaws.com",
		"arn:aws:sns:evil.example/:1:x": "", "arn:aws:sns::1:x": "", "arn": "", "": "",
	} {
		if got := amazonHost(place(topic)); got != want {
			t.Errorf("%s: %q", topic, got)
		}
	}
}
