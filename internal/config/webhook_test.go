package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// aKey is a public key on P-256 that was drawn for this test.
const aKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvuLFSlAyVnBF07iEQZ7NoRel7bq3A9CIqm2XRRWEC1fBFAJPknzEh8+2p+0Wo3Dlv2iHZVw0K8Ie9ToUh3A8rA=="

func TestWebhooksAreChecked(t *testing.T) {
	t.Parallel()
	const topic, of = "arn:aws:sns:eu-west-1:123456789012:reoptin", "arn:scw:sns:fr-par:project-0a1b2c3d-0000-4000-8000-000000000000:reoptin"
	for _, c := range []struct {
		provider, secret string
		ok               bool
	}{
		{SES, topic, true}, {SES, topic + " " + topic + "-2", true}, {SES, "arn:aws-us-gov:sns:us-gov-west-1:123456789012:x", true}, {SES, "arn:aws-cn:sns:cn-north-1:123456789012:x", true},
		{SES, "", false}, {SES, "hush", false}, {SES, topic + " hush", false}, {SES, "arn:aws:sns:evil.example/:123456789012:x", false}, {SES, of, false}, {SES, "x" + topic, false},
		{Scaleway, of, true}, {Scaleway, topic, false}, {Scaleway, "arn:scw:sns:evil.example:project-1:x", false},
		{SendGrid, aKey, true}, {SendGrid, "", false}, {SendGrid, "hush", false}, {SendGrid, strings.ToLower(aKey), false},
		{Mailgun, "key-1", true}, {Mailgun, "", false},
		{Postmark, "reoptin:a-long-random-text", true}, {Postmark, "reoptin:hush", false}, {Postmark, "hush-hush-hush-hush", false}, {Postmark, ":a-long-random-text", false},
		{Brevo, "a-long-random-text", true}, {Brevo, "hush", false}, {Brevo, "hush hush hush hush hush", false},
		{"sparkpost", "hush", false}, {"", "", false},
	} {
		config := Default()
		config.Bounces.Webhooks = map[string]string{c.provider: c.secret}
		problems := config.Check()
		if (len(problems) == 0) != c.ok || len(problems) > 0 && (problems[0].Key != "bounces.webhooks" || problems[0].Hint == "") {
			t.Errorf("%s %q: %v", c.provider, c.secret, problems)
		}
		if strings.Contains(fmt.Sprint(problems), "hush") {
			t.Errorf("a secret shows: %v", problems)
		}
	}
}

func TestWebhooksFromAFile(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"hooks": "postmark = reoptin:a=b\nsendgrid=" + aKey + "\n\nbrevo=x,mailgun=y\n"})
	c := load(t, Options{Dir: dir, Env: []string{"REOPTIN_BOUNCES_WEBHOOKS_FILE=hooks"}})
	if d := cmp.Diff(map[string]string{Postmark: "reoptin:a=b", SendGrid: aKey, Brevo: "x", Mailgun: "y"}, c.Bounces.Webhooks); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{Brevo, Mailgun, Postmark, SendGrid}, c.Bounces.Providers()); d != "" {
		t.Error(d)
	}
}
