package api

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// reported is one example: made-up data in the form that the provider documents.
type reported struct {
	report        string
	meaning       campaign.Meaning // "": ignored
	class, status string
}

// forged is a request that must not be believed.
type forged struct {
	header http.Header
	body   string
}

// sender is a provider as these tests play it.
type sender struct {
	secret  string
	send    func(t testing.TB, report string, at time.Time) (http.Header, string)
	forge   func(t testing.TB, report string, at time.Time) map[string]forged
	reports map[string]reported
}

var posts = map[string]sender{
	"mailgun":  {"key-of-mailgun", sendMailgun("key-of-mailgun", "token-1"), forgeMailgun, mailgunReports},
	"sendgrid": {sendGridPublic(sendGridKey), sendSendGrid(sendGridKey), forgeSendGrid, sendGridReports},
	"postmark": {"reoptin:a-long-random-text", sendBasic("reoptin", "a-long-random-text"), forgeBasic, postmarkReports},
	"brevo":    {"another-long-random-text", sendBearer("another-long-random-text"), forgeBearer, brevoReports},
	"ses":      {amazonTopic + " " + amazonTopic + "-2", sendTopic(amazonTopic, amazonCert, "2", leafKey), forgeTopic(amazonTopic, amazonCert), sesReports},
	"scaleway": {scalewayTopic, sendTopic(scalewayTopic, scalewayCert, "1", leafKey), forgeTopic(scalewayTopic, scalewayCert), scalewayReports},
}

func asJSON() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// Mailgun.

func sendMailgun(key, token string) func(testing.TB, string, time.Time) (http.Header, string) {
	return func(_ testing.TB, report string, at time.Time) (http.Header, string) {
		stamp := strconv.FormatInt(at.Unix(), 10)
		sum := sha256.Sum256([]byte(report)) // each report has a token of its own
		own := token + hex.EncodeToString(sum[:4])
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(stamp + own))
		return asJSON(), fmt.Sprintf(`{"signature": {"timestamp": %q, "token": %q, "signature": "%x"}, "event-data": %s}`, stamp, own, mac.Sum(nil), report)
	}
}

func forgeMailgun(t testing.TB, report string, at time.Time) map[string]forged {
	header, good := sendMailgun("key-of-mailgun", "token-2")(t, report, at)
	_, other := sendMailgun("another-key", "token-3")(t, report, at)
	change := func(field, value string) string {
		var b map[string]map[string]any
		_ = json.Unmarshal([]byte(good), &b)
		b["signature"][field] = value
		out, _ := json.Marshal(b)
		return string(out)
	}
	return map[string]forged{
		"another key": {header, other}, "another token": {header, change("token", "token-9")}, "another time": {header, change("timestamp", strconv.FormatInt(at.Unix()+1, 10))},
		"no signature": {header, change("signature", "")}, "an old time moved into the token": {header, change("timestamp", "")},
	}
}

const mailgunMessage = `"recipient": "TO", "message": {"headers": {"message-id": "MID", "to": "TO", "from": "shop <hello@shop.example>", "subject": "Your choice"}},
 "envelope": {"sender": "hello@shop.example", "targets": "TO", "transport": "smtp"}, "user-variables": {"reoptin": "REF"}, "timestamp": 1793613600.25`

var mailgunReports = map[string]reported{
	"hard": {`{"event": "failed", "id": "G9Bn5sl1TC6nu79C8C0bwg", "severity": "permanent", "reason": "bounce", "delivery-status": {"code": 550, "attempt-no": 1, "bounce-type": "hard",
 "message": "5.1.1 The email account that you tried to reach does not exist", "description": ""}, ` + mailgunMessage + `}`, campaign.MeansHard, "hard", "5.1.1"},
	"hard, of no kind": {`{"event": "failed", "id": "a", "severity": "permanent", "reason": "generic", "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "message": "no"}, ` + mailgunMessage + `}`, campaign.MeansHard, "hard", "5.1.1"},
	"our name":         {`{"event": "failed", "id": "b", "severity": "permanent", "reason": "bounce", "delivery-status": {"code": 550, "message": "5.7.1 blocked"}, ` + mailgunMessage + `}`, campaign.MeansSoft, "policy", "5.7.1"},
	"by a list":        {`{"event": "failed", "id": "c", "severity": "permanent", "reason": "suppress-bounce", "delivery-status": {"code": 605, "message": "", "description": "Not delivering to previously bounced address"}, ` + mailgunMessage + `}`, campaign.MeansSoft, "policy", ""},
	"too old":          {`{"event": "failed", "id": "d", "severity": "permanent", "reason": "old", "delivery-status": {"code": 602, "message": "Too old"}, ` + mailgunMessage + `}`, campaign.MeansSoft, "policy", ""},
	"put off":          {`{"event": "failed", "id": "e", "severity": "temporary", "reason": "generic", "delivery-status": {"code": 452, "message": "4.2.2 over quota"}, ` + mailgunMessage + `}`, campaign.MeansDelayed, "", ""},
	"delivered":        {`{"event": "delivered", "id": "f", "delivery-status": {"code": 250, "message": "OK"}, ` + mailgunMessage + `}`, campaign.MeansDelivered, "", ""},
	"complaint":        {`{"event": "complained", "id": "g", ` + mailgunMessage + `}`, campaign.MeansComplaint, "", ""},
	"complaint before": {`{"event": "failed", "id": "h", "severity": "permanent", "reason": "suppress-complaint", "delivery-status": {"code": 607}, ` + mailgunMessage + `}`, campaign.MeansComplaint, "", ""},
	"unsubscribed":     {`{"event": "unsubscribed", "id": "i", ` + mailgunMessage + `}`, campaign.MeansOptOut, "", ""},
	"no more before":   {`{"event": "failed", "id": "j", "severity": "permanent", "reason": "suppress-unsubscribe", ` + mailgunMessage + `}`, campaign.MeansOptOut, "", ""},
	"opened":           {`{"event": "opened", "id": "k", ` + mailgunMessage + `}`, "", "", ""},
	"no event":         {`null`, "", "", ""},
}

// TestAMailgunTokenIsSpentOnOneReport: its signature does not cover the report, so nobody may put another one
// under it.
func TestAMailgunTokenIsSpentOnOneReport(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	header, body := sendMailgun("key-of-mailgun", "t")(t, filled(mailgunReports["delivered"].report), today)
	forgery := strings.Replace(body, `"event": "delivered"`, `"event": "complained"`, 1)
	for _, c := range []struct {
		body   string
		status int
	}{{body, http.StatusOK}, {forgery, http.StatusUnauthorized}, {body, http.StatusOK}} {
		if got := d.post("mailgun", header, c.body); got != c.status {
			t.Errorf("%d, want %d", got, c.status)
		}
	}
	if len(d.desk.told) != 2 || d.desk.told[1].Meaning != campaign.MeansDelivered {
		t.Errorf("%+v", d.desk.told)
	}
}

// TestAMailgunSubaccount: its report is signed under the key of the main account as well.
func TestAMailgunSubaccount(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	header, body := sendMailgun("key-of-mailgun", "t")(t, filled(mailgunReports["hard"].report), today)
	body = strings.Replace(body, `"signature": "`, `"signature": "00", "parent-signature": "`, 1)
	if got := d.post("mailgun", header, body); got != http.StatusOK || len(d.desk.told) != 1 {
		t.Errorf("%d %+v", got, d.desk.told)
	}
}

// SendGrid.

var sendGridKey = ecdsaKey()

func ecdsaKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func sendGridPublic(key *ecdsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func sendSendGrid(key *ecdsa.PrivateKey) func(testing.TB, string, time.Time) (http.Header, string) {
	return func(t testing.TB, report string, at time.Time) (http.Header, string) {
		if !strings.HasPrefix(report, "[") {
			report = "[" + report + "]\r\n"
		}
		stamp := strconv.FormatInt(at.Unix(), 10)
		sum := sha256.Sum256([]byte(stamp + report))
		signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		header := asJSON()
		header.Set(sendGridTimestamp, stamp)
		header.Set(sendGridSignature, base64.StdEncoding.EncodeToString(signature))
		return header, report
	}
}

func forgeSendGrid(t testing.TB, report string, at time.Time) map[string]forged {
	header, good := sendSendGrid(sendGridKey)(t, report, at)
	other, _ := sendSendGrid(ecdsaKey())(t, report, at)
	with := func(name, value string) http.Header {
		h := header.Clone()
		h.Set(name, value)
		return h
	}
	return map[string]forged{
		"another key": {other, good}, "another report": {header, strings.Replace(good, "bounce", "spamreport", 1)}, "a space more": {header, good + " "},
		"another time": {with(sendGridTimestamp, strconv.FormatInt(at.Unix()+1, 10)), good}, "no time": {with(sendGridTimestamp, ""), good}, "no signature": {with(sendGridSignature, ""), good}, "no base64": {with(sendGridSignature, "%"), good},
	}
}

const sendGridMessage = `"email": "TO", "timestamp": 1793613600, "smtp-id": "<MID>", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001", "reoptin": "REF"`

var sendGridReports = map[string]reported{
	"hard":              {`{"event": "bounce", "type": "bounce", "sg_event_id": "sg-1", "status": "5.1.1", "reason": "550 5.1.1 no such user", "bounce_classification": "Invalid Address", ` + sendGridMessage + `}`, campaign.MeansHard, "hard", "5.1.1"},
	"hard, no word why": {`{"event": "bounce", "type": "bounce", "sg_event_id": "sg-2", "status": "5.0.0", "reason": "500 unknown recipient", ` + sendGridMessage + `}`, campaign.MeansHard, "hard", "5.0.0"},
	"our name":          {`{"event": "bounce", "type": "bounce", "sg_event_id": "sg-3", "status": "5.7.1", "reason": "550 5.7.1 on a blocklist", ` + sendGridMessage + `}`, campaign.MeansSoft, "policy", "5.7.1"},
	"blocked":           {`{"event": "bounce", "type": "blocked", "sg_event_id": "sg-4", "status": 4, "reason": "452 4.2.2 over quota", ` + sendGridMessage + `}`, campaign.MeansSoft, "soft", "4.2.2"},
	"put off":           {`{"event": "deferred", "sg_event_id": "sg-5", "response": "400 try again later", "attempt": "5", ` + sendGridMessage + `}`, campaign.MeansDelayed, "", ""},
	"delivered":         {`{"event": "delivered", "sg_event_id": "sg-6", "response": "250 OK", ` + sendGridMessage + `}`, campaign.MeansDelivered, "", ""},
	"complaint":         {`{"event": "spamreport", "sg_event_id": "sg-7", ` + sendGridMessage + `}`, campaign.MeansComplaint, "", ""},
	"unsubscribed":      {`{"event": "unsubscribe", "sg_event_id": "sg-8", ` + sendGridMessage + `}`, campaign.MeansOptOut, "", ""},
	"from a group":      {`{"event": "group_unsubscribe", "asm_group_id": 10, "sg_event_id": "sg-9", ` + sendGridMessage + `}`, campaign.MeansOptOut, "", ""},
	"to a group again":  {`{"event": "group_resubscribe", "sg_event_id": "sg-10", ` + sendGridMessage + `}`, "", "", ""},
	"bounced before":    {`{"event": "dropped", "reason": "Bounced Address", "status": "5.0.0", "sg_event_id": "sg-11", ` + sendGridMessage + `}`, campaign.MeansSoft, "policy", ""},
	"complained before": {`{"event": "dropped", "reason": "Spam Reporting Address", "sg_event_id": "sg-12", ` + sendGridMessage + `}`, campaign.MeansComplaint, "", ""},
	"no more before":    {`{"event": "dropped", "reason": "Unsubscribed Address", "sg_event_id": "sg-13", ` + sendGridMessage + `}`, campaign.MeansOptOut, "", ""},
	"opened":            {`{"event": "open", "sg_event_id": "sg-14", "useragent": "x", ` + sendGridMessage + `}`, "", "", ""},
	"account":           {`{"event": "account_status_change", "type": "compliance_suspend", "timestamp": 1793613600}`, "", "", ""},
}

// Postmark.

func sendBasic(user, password string) func(testing.TB, string, time.Time) (http.Header, string) {
	return func(_ testing.TB, report string, _ time.Time) (http.Header, string) {
		header := asJSON()
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
		return header, report
	}
}

func forgeBasic(t testing.TB, report string, at time.Time) map[string]forged {
	out := map[string]forged{}
	for _, pair := range [][2]string{{"reoptin", "another"}, {"reoptin", ""}, {"Reoptin", "a-long-random-text"}, {"", ""}, {"reoptin", "a-long-random-text "}} {
		header, body := sendBasic(pair[0], pair[1])(t, report, at)
		out[pair[0]+" "+pair[1]] = forged{header, body}
	}
	return out
}

const postmarkMessage = `"ServerID": 23, "MessageStream": "broadcast", "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Metadata": {"reoptin": "REF"}`

var postmarkReports = map[string]reported{
	"hard":         {`{"RecordType": "Bounce", "ID": 692560173, "Type": "HardBounce", "TypeCode": 1, "Email": "TO", "Details": "smtp;550 5.1.1 user unknown", "BouncedAt": "2026-11-02T09:59:00Z", "Inactive": true, ` + postmarkMessage + `}`, campaign.MeansHard, "hard", "5.1.1"},
	"hard, vague":  {`{"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "Email": "TO", "Details": "smtp;550 Requested action not taken: mailbox unavailable", ` + postmarkMessage + `}`, campaign.MeansHard, "hard", ""},
	"soft":         {`{"RecordType": "Bounce", "ID": 2, "Type": "SoftBounce", "Email": "TO", "Details": "smtp;452 4.2.2 over quota", ` + postmarkMessage + `}`, campaign.MeansSoft, "soft", "4.2.2"},
	"blocked":      {`{"RecordType": "Bounce", "ID": 3, "Type": "Blocked", "Email": "TO", "Details": "550 5.7.1 blocked", ` + postmarkMessage + `}`, campaign.MeansSoft, "policy", "5.7.1"},
	"put off":      {`{"RecordType": "Bounce", "ID": 4, "Type": "Transient", "Email": "TO", ` + postmarkMessage + `}`, campaign.MeansDelayed, "", ""},
	"a reply":      {`{"RecordType": "Bounce", "ID": 5, "Type": "AutoResponder", "Email": "TO", ` + postmarkMessage + `}`, "", "", ""},
	"stop":         {`{"RecordType": "Bounce", "ID": 6, "Type": "Unsubscribe", "Email": "TO", ` + postmarkMessage + `}`, campaign.MeansOptOut, "", ""},
	"spam":         {`{"RecordType": "Bounce", "ID": 7, "Type": "SpamComplaint", "Email": "TO", ` + postmarkMessage + `}`, campaign.MeansComplaint, "", ""},
	"complaint":    {`{"RecordType": "SpamComplaint", "ID": 42, "Type": "SpamComplaint", "TypeCode": 100001, "Email": "TO", ` + postmarkMessage + `}`, campaign.MeansComplaint, "", ""},
	"delivered":    {`{"RecordType": "Delivery", "Recipient": "TO", "DeliveredAt": "2026-11-02T09:59:00Z", "Details": "250 OK", ` + postmarkMessage + `}`, campaign.MeansDelivered, "", ""},
	"unsubscribed": {`{"RecordType": "SubscriptionChange", "Recipient": "TO", "Origin": "Recipient", "SuppressSending": true, "SuppressionReason": "ManualSuppression", "ChangedAt": "2026-11-02T09:59:00Z", ` + postmarkMessage + `}`, campaign.MeansOptOut, "", ""},
	"reported":     {`{"RecordType": "SubscriptionChange", "Recipient": "TO", "Origin": "Recipient", "SuppressSending": true, "SuppressionReason": "SpamComplaint", ` + postmarkMessage + `}`, campaign.MeansComplaint, "", ""},
	"by staff":     {`{"RecordType": "SubscriptionChange", "Recipient": "TO", "Origin": "Customer", "SuppressSending": true, "SuppressionReason": "ManualSuppression", ` + postmarkMessage + `}`, "", "", ""},
	"lifted":       {`{"RecordType": "SubscriptionChange", "Recipient": "TO", "Origin": "Recipient", "SuppressSending": false, "SuppressionReason": null, ` + postmarkMessage + `}`, "", "", ""},
	"opened":       {`{"RecordType": "Open", "Recipient": "TO", ` + postmarkMessage + `}`, "", "", ""},
}

// Brevo.

func sendBearer(token string) func(testing.TB, string, time.Time) (http.Header, string) {
	return func(_ testing.TB, report string, _ time.Time) (http.Header, string) {
		header := asJSON()
		header.Set("Authorization", "Bearer "+token)
		return header, report
	}
}

func forgeBearer(t testing.TB, report string, at time.Time) map[string]forged {
	out := map[string]forged{}
	for _, token := range []string{"another", "", "another-long-random-text ", "Another-long-random-text"} {
		header, body := sendBearer(token)(t, report, at)
		out["bearer "+token] = forged{header, body}
		header, body = sendBasic("x", token)(t, report, at)
		out["basic "+token] = forged{header, body}
	}
	header := asJSON()
	header.Set("Authorization", "Token another-long-random-text")
	out["another kind"] = forged{header, report}
	return out
}

// TestBrevoTokenInTheAddress: user and password that stand in the webhook's address do as well.
func TestBrevoTokenInTheAddress(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	header, body := sendBasic("reoptin", "another-long-random-text")(t, filled(brevoReports["hard"].report), today)
	if got := d.post("brevo", header, body); got != http.StatusOK || len(d.desk.told) != 1 {
		t.Errorf("%d %+v", got, d.desk.told)
	}
}

const brevoMessage = `"email": "TO", "id": 26224, "date": "2026-11-02 10:59:00", "ts": 1793613540, "message-id": "<MID>", "ts_event": 1793613540, "subject": "Your choice", "X-Mailin-custom": "REF", "sending_ip": "192.0.2.7", "tags": []`

var brevoReports = map[string]reported{
	"hard":         {`{"event": "hard_bounce", "reason": "550 5.1.1 user unknown", ` + brevoMessage + `}`, campaign.MeansHard, "hard", "5.1.1"},
	"soft":         {`{"event": "soft_bounce", "reason": "mailbox is full", ` + brevoMessage + `}`, campaign.MeansSoft, "policy", ""},
	"blocked":      {`{"event": "blocked", "reason": "blocked : due to blacklist user", ` + brevoMessage + `}`, campaign.MeansSoft, "policy", ""},
	"no address":   {`{"event": "invalid_email", ` + brevoMessage + `}`, campaign.MeansSoft, "policy", ""},
	"put off":      {`{"event": "deferred", "reason": "greylisted", ` + brevoMessage + `}`, campaign.MeansDelayed, "", ""},
	"delivered":    {`{"event": "delivered", ` + brevoMessage + `}`, campaign.MeansDelivered, "", ""},
	"complaint":    {`{"event": "spam", ` + brevoMessage + `}`, campaign.MeansComplaint, "", ""},
	"unsubscribed": {`{"event": "unsubscribed", ` + brevoMessage + `}`, campaign.MeansOptOut, "", ""},
	"sent":         {`{"event": "request", ` + brevoMessage + `}`, "", "", ""},
	"opened":       {`{"event": "unique_opened", ` + brevoMessage + `}`, "", "", ""},
}

// Topics of Amazon and Scaleway.

const (
	amazonTopic   = "arn:aws:sns:eu-west-1:123456789012:reoptin"
	amazonCert    = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
	scalewayTopic = "arn:scw:sns:fr-par:project-0a1b2c3d-0000-4000-8000-000000000000:reoptin"
	scalewayCert  = "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/sns-0123.pem"
	scalewayChain = "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/sns-trust-chain.pem"
)

var (
	rootKey, leafKey, otherKey = rsaKey(), rsaKey(), rsaKey()
	rootCert                   = certificate(rootKey, nil, rootKey, today.AddDate(-1, 0, 0), today.AddDate(6, 0, 0))
	leafCert                   = certificate(leafKey, rootCert, rootKey, today.AddDate(0, -1, 0), today.AddDate(0, 11, 0))
)

func rsaKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func certificate(key *rsa.PrivateKey, parent *x509.Certificate, by *rsa.PrivateKey, from, until time.Time) *x509.Certificate {
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.example"}, NotBefore: from, NotAfter: until, BasicConstraintsValid: true}
	if parent == nil {
		form.IsCA, form.Subject.CommonName = true, "authority.example"
		parent = form
	}
	der, err := x509.CreateCertificate(rand.Reader, form, parent, &key.PublicKey, by)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert
}

func asPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// lies is what lies where on the net of these tests.
func lies(_ context.Context, address string) ([]byte, error) {
	switch address {
	case amazonCert, scalewayCert:
		return asPEM(leafCert), nil
	case scalewayChain:
		return asPEM(rootCert), nil
	}
	return nil, errors.New("nothing lies at " + address)
}

// message is one message of a topic, signed.
func message(t testing.TB, key *rsa.PrivateKey, m map[string]string) string {
	t.Helper()
	var text strings.Builder
	for _, name := range []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"} {
		if value, there := m[name]; there {
			text.WriteString(name + "\n" + value + "\n")
		}
	}
	var signature []byte
	var err error
	if m["SignatureVersion"] == "1" {
		sum := sha1.Sum([]byte(text.String()))
		signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA1, sum[:])
	} else {
		sum := sha256.Sum256([]byte(text.String()))
		signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	}
	if err != nil {
		t.Fatal(err)
	}
	m["Signature"] = base64.StdEncoding.EncodeToString(signature)
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func notified(topic, cert, version, report string, at time.Time) map[string]string {
	return map[string]string{"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": topic, "Subject": "Notification", "Message": report,
		"Timestamp": at.UTC().Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": version, "SigningCertURL": cert}
}

func asTopic() http.Header {
	return http.Header{"Content-Type": {"text/plain; charset=UTF-8"}, "X-Amz-Sns-Message-Type": {"Notification"}}
}

func sendTopic(topic, cert, version string, key *rsa.PrivateKey) func(testing.TB, string, time.Time) (http.Header, string) {
	return func(t testing.TB, report string, at time.Time) (http.Header, string) {
		return asTopic(), message(t, key, notified(topic, cert, version, report, at))
	}
}

func forgeTopic(topic, cert string) func(testing.TB, string, time.Time) map[string]forged {
	return func(t testing.TB, report string, at time.Time) map[string]forged {
		out := map[string]forged{}
		change := func(what string, key *rsa.PrivateKey, field, value string, after bool) {
			m := notified(topic, cert, "2", report, at)
			if !after {
				m[field] = value
			}
			body := message(t, key, m)
			if after {
				m[field] = value
				changed, _ := json.Marshal(m)
				body = string(changed)
			}
			out[what] = forged{asTopic(), body}
		}
		change("another key", otherKey, "Subject", "x", false)
		change("a topic of others", leafKey, "TopicArn", "arn:aws:sns:eu-west-1:999999999999:reoptin", false)
		change("another version", leafKey, "SignatureVersion", "3", false)
		change("no version", leafKey, "SignatureVersion", "", false)
		change("a type nobody knows", leafKey, "Type", "Other", false)
		change("no time", leafKey, "Timestamp", "today", false)
		for field, value := range map[string]string{"Message": strings.Replace(report, "5.1.1", "5.1.2", 1), "MessageId": "x", "Subject": "another", "Timestamp": at.Add(time.Second).Format(time.RFC3339), "Signature": "%", "SignatureVersion": "1"} {
			change("changed "+field, leafKey, field, value, true)
		}
		for n, address := range elsewhere(cert) {
			change(fmt.Sprint("certificate ", n), leafKey, "SigningCertURL", address, true)
		}
		return out
	}
}

// elsewhere are addresses that must not be followed.
func elsewhere(cert string) []string {
	rest := strings.TrimPrefix(cert, "https://")
	name, path, _ := strings.Cut(rest, "/")
	return []string{
		"", "http://" + rest, "https://" + name + ":8443/" + path, "https://" + name + ":443/" + path, "https://user@" + rest, "https://" + name + "@evil.example/" + path, "https://evil.example/" + path,
		"https://" + name + ".evil.example/" + path, "https://evil" + rest, "https://" + name + "./" + path, cert + "?x=1", cert + "#x", "https://" + name + "/../" + path, "https://" + name + "/%2e%2e/" + path, "https://" + name + "/",
		"https://169.254.169.254/" + path, "https://[::1]/" + path, "file:///etc/passwd", "https://" + strings.ToUpper(name) + "/" + path, `https://` + name + `\@evil.example/` + path, "//" + rest, cert + "\n", "https://sns.us-east-1.amazonaws.com/" + path,
		"https://sns.eu-west-1.amazonaws.com.evil.example/" + path, "https://bucket.s3.fr-par.scw.cloud/fr-par/sns/x.pem",
	}
}
