package config

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
)

func TestCheckFindsPlainMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Config)
		key    string // "" when all is well
	}{
		{"http to the world", func(c *Config) { c.BaseURL = "http://shop.example" }, "base_url"},
		{"http on loopback", func(c *Config) { c.BaseURL = "http://127.0.0.1:8080" }, ""},
		{"http on localhost", func(c *Config) { c.BaseURL = "http://localhost:8080" }, ""},
		{"https", func(c *Config) { c.BaseURL = "https://shop.example" }, ""},
		{"a slash alone", func(c *Config) { c.BaseURL = "https://shop.example:8443/" }, ""},
		{"path", func(c *Config) { c.BaseURL = "http://127.0.0.1:21082/consent" }, "base_url"},
		{"path of a public host", func(c *Config) { c.BaseURL = "https://shop.example/choice" }, "base_url"},
		{"two slashes", func(c *Config) { c.BaseURL = "https://shop.example//" }, "base_url"},
		{"user", func(c *Config) { c.BaseURL = "https://me@shop.example" }, "base_url"},
		{"empty query", func(c *Config) { c.BaseURL = "https://shop.example?" }, "base_url"},
		{"fragment", func(c *Config) { c.BaseURL = "https://shop.example/#" }, "base_url"},
		{"space in the host", func(c *Config) { c.BaseURL = "https://shop .example" }, "base_url"},
		{"space behind", func(c *Config) { c.BaseURL = "https://shop.example/ " }, "base_url"},
		{"no port behind the colon", func(c *Config) { c.BaseURL = "https://shop.example:" }, "base_url"},
		{"port that browsers write otherwise", func(c *Config) { c.BaseURL = "https://shop.example:08443" }, "base_url"},
		{"letters outside ASCII", func(c *Config) { c.BaseURL = "https://choix.élan.example" }, ""},
		{"no letters", func(c *Config) { c.BaseURL = "https://☃.example" }, "base_url"},
		{"no scheme", func(c *Config) { c.BaseURL = "shop.example" }, "base_url"},
		{"query", func(c *Config) { c.BaseURL = "https://shop.example?a=b" }, "base_url"},
		{"loopback links to the world", func(c *Config) {
			c.BaseURL, c.SMTP.URL = "http://localhost", "smtps://mail.example"
		}, "base_url"},
		{"loopback links to a test relay", func(c *Config) {
			c.BaseURL, c.SMTP.URL = "http://localhost", "smtp+insecure://127.0.0.1:2525"
		}, ""},
		{"plain to the world", func(c *Config) { c.SMTP.URL = "smtp+insecure://mail.example" }, "smtp.url"},
		{"plain to a public address", func(c *Config) { c.SMTP.URL = "smtp+insecure://198.51.100.7" }, "smtp.url"},
		{"plain to a private address", func(c *Config) { c.SMTP.URL = "smtp+insecure://10.1.2.3:25" }, ""},
		{"plain to IPv6 loopback", func(c *Config) { c.SMTP.URL = "smtp+insecure://[::1]:25" }, ""},
		{"plain to a container", func(c *Config) { c.SMTP.URL = "smtp+insecure://postfix" }, ""},
		{"another scheme", func(c *Config) { c.SMTP.URL = "http://mail.example" }, "smtp.url"},
		{"no host", func(c *Config) { c.SMTP.URL = "smtp://:587" }, "smtp.url"},
		{"bad port", func(c *Config) { c.SMTP.URL = "smtp://mail.example:70000" }, "smtp.url"},
		{"user without password", func(c *Config) { c.SMTP.URL = "smtp://me@mail.example" }, "smtp.url"},
		{"password beside", func(c *Config) { c.SMTP.URL, c.SMTP.Password = "smtp://me@mail.example", "x" }, ""},
		{"password twice", func(c *Config) { c.SMTP.URL, c.SMTP.Password = "smtp://me:y@mail.example", "x" }, "smtp.url"},
		{"password alone", func(c *Config) { c.SMTP.Password = "x" }, "smtp.password"},
		{"no connection", func(c *Config) { c.SMTP.Connections = 0 }, "smtp.connections"},
		{"half a signature", func(c *Config) { c.DKIM.Domain, c.DKIM.Selector = "shop.example", "r" }, "dkim.key"},
		{"a signature of the relay", func(c *Config) { c.DKIM.Relay = "mta1._domainkey.shop.example" }, ""},
		{"half a signature of the relay", func(c *Config) { c.DKIM.Relay = "shop.example" }, "dkim.relay"},
		{"a signature of the relay without a selector", func(c *Config) { c.DKIM.Relay = "._domainkey.shop.example" }, "dkim.relay"},
		{"addresses of the relay", func(c *Config) { c.SMTP.Outgoing = []string{"192.0.2.1", "2001:db8::1"} }, ""},
		{"a network of a further relay", func(c *Config) { c.SMTP.URL, c.Further[1].Outgoing = "smtps://a.example", []string{"192.0.2.0/24"} }, "smtp3.outgoing"},
		{"a network of the relay", func(c *Config) { c.SMTP.Outgoing = []string{"192.0.2.0/24"} }, "smtp.outgoing"},
		{"rate", func(c *Config) { c.Sending.Rate = "fast" }, "sending.rate"},
		{"window", func(c *Config) { c.Sending.Window = "always" }, "sending.window"},
		{"timezone", func(c *Config) { c.Sending.Timezone = "Europe/Lyon" }, "sending.timezone"},
		{"timezone of the machine", func(c *Config) { c.Sending.Timezone = "Local" }, "sending.timezone"},
		{"timezone that exists", func(c *Config) { c.Sending.Timezone = "Europe/Paris" }, ""},
		{"warm-up", func(c *Config) { c.Sending.Warmup = "200, 50" }, "sending.warmup"},
		{"stop rule", func(c *Config) { c.Sending.StopBounces = "many" }, "sending.stop_bounces"},
		{"first wave", func(c *Config) { c.Sending.Canary = "some" }, "sending.canary"},
		{"wait after the first wave", func(c *Config) { c.Sending.CanaryWait = time.Second }, "sending.canary_wait"},
		{"retry", func(c *Config) { c.Sending.RetryAfter = 5 * time.Hour }, "sending.retry_after"},
		{"confirm", func(c *Config) { c.Consent.Confirm = "never" }, "consent.confirm"},
		{"listen", func(c *Config) { c.Listen = "8080" }, "listen"},
		{"proxy", func(c *Config) { c.TrustedProxies = []string{"10.0.0.0/8", "::1", "proxy"} }, "trusted_proxies"},
		{"admin host", func(c *Config) { c.AdminHost = "https://desk.example" }, "admin_host"},
		{"admin host of base_url", func(c *Config) { c.BaseURL, c.AdminHost = "https://Shop.example:443", "shop.Example" }, "admin_host"},
		{"admin host of base_url on another port", func(c *Config) { c.BaseURL, c.AdminHost = "https://shop.example:8443", "shop.example" }, "admin_host"},
		{"admin host with letters outside ASCII", func(c *Config) { c.AdminHost = "pilotage.élan.example" }, "admin_host"},
		{"return path with letters outside ASCII", func(c *Config) { c.SMTP.EnvelopeDomain = "retour.élan.example" }, "smtp.envelope_domain"},
		{"longest return path", func(c *Config) { c.SMTP.EnvelopeDomain = strings.Repeat("abcdefg.", 23) + "example" }, ""},
		{"return path that no envelope holds by a letter", func(c *Config) { c.SMTP.EnvelopeDomain = strings.Repeat("abcdefg.", 23) + "examples" }, "smtp.envelope_domain"},
		{"password in the clear", func(c *Config) { c.SMTP.URL = "smtp+insecure://me:x@127.0.0.1" }, "smtp.url"},
		{"mailbox of nobody", func(c *Config) { c.Bounces.IMAP = "imaps://mail.example" }, "bounces.imap"},
		{"plain mailbox", func(c *Config) { c.Bounces.IMAP = "imap://mail.example" }, "bounces.imap"},
		{"log level", func(c *Config) { c.Log.Level = "loud" }, "log.level"},
		{"no database", func(c *Config) { c.Database = "" }, "database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := Default()
			c.change(&config)
			expectProblem(t, config, c.key)
		})
	}
}

func TestRelay(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]Relay{
		"smtp://me:p%40ss@mail.example": {StartTLS, "mail.example", 587, "me", "p@ss"},
		"smtps://mail.example:1465":     {TLS, "mail.example", 1465, "", ""},
		"smtp+insecure://[::1]/":        {Plain, "::1", 25, "", ""},
	} {
		got, err := SMTP{URL: url}.Relay()
		if err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got:\n%s", url, d)
		}
	}
}

func TestMissingNamesWhatSendingNeeds(t *testing.T) {
	t.Parallel()
	c := Default()
	if got := c.Missing(); len(got) != 2 || got[0].Err() == nil {
		t.Errorf("missing %v, want relay and base_url", got)
	}
	c.SMTP.URL, c.BaseURL = "smtps://mail.example", "https://shop.example"
	if got := c.Missing(); len(got) != 0 {
		t.Errorf("missing %v, want nothing", got)
	}
}

func TestCheckOfFurtherRelays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Config)
		key    string // "" when all is well
	}{
		{"one more", func(c *Config) { c.Further[0].URL = "smtps://mail2.example" }, ""},
		{"the third alone", func(c *Config) { c.Further[1].URL = "smtps://mail3.example" }, ""},
		{"the same host, another port", func(c *Config) { c.Further[0].URL = "smtp://mail.example" }, ""},
		{"the same", func(c *Config) { c.Further[0].URL = "smtps://mail.example:465" }, "smtp2.url"},
		{"twice the same", func(c *Config) { c.Further[0].URL, c.Further[1].URL = "smtp://b.example", "smtp://b.example:587" }, "smtp3.url"},
		{"without a first", func(c *Config) { c.SMTP.URL, c.Further[0].URL = "", "smtps://mail2.example" }, "smtp2.url"},
		{"plain to the world", func(c *Config) { c.Further[0].URL = "smtp+insecure://mail2.example" }, "smtp2.url"},
		{"user without password", func(c *Config) { c.Further[0].URL = "smtp://me@mail2.example" }, "smtp2.url"},
		{"password alone", func(c *Config) { c.Further[1].Password = "x" }, "smtp3.password"},
		{"connections", func(c *Config) { c.Further[0].Connections = 65 }, "smtp2.connections"},
		{"warm-up", func(c *Config) { c.Further[0].Warmup = "9, 3" }, "smtp2.warmup"},
		{"half a signature", func(c *Config) { c.Further[0].DKIM = DKIM{Domain: "a.example", Key: "k"} }, "smtp2.dkim_selector"},
		{"loopback links to the world", func(c *Config) {
			c.BaseURL, c.SMTP.URL, c.Further[0].URL = "http://localhost", "smtp+insecure://127.0.0.1", "smtps://mail2.example"
		}, "base_url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := Default()
			config.SMTP.URL = "smtps://mail.example"
			c.change(&config)
			expectProblem(t, config, c.key)
		})
	}
}

// What a further relay leaves open is as for the first; what it says is its own.
func TestWays(t *testing.T) {
	t.Parallel()
	c := Default()
	c.SMTP.URL, c.SMTP.EnvelopeDomain, c.Sending.Warmup, c.DKIM = "smtps://a.example", "bounce.example", "on", DKIM{Domain: "example", Selector: "s", Key: "k"}
	c.Further[0].URL, c.Further[0].Connections = "smtps://b.example", 9
	own := DKIM{Domain: "own.example", Selector: "t", Key: "l"}
	c.Further[1].URL, c.Further[1].EnvelopeDomain, c.Further[1].Warmup, c.Further[1].DKIM = "smtps://c.example", "other.example", "off", own
	ways := c.Ways()
	if len(ways) != 3 || c.MostConnections() != 9 || !c.Returns() {
		t.Fatalf("%+v", ways)
	}
	if w := ways[1]; w.Section != "smtp2" || w.SMTP.EnvelopeDomain != "bounce.example" || w.Warmup != "on" || w.DKIM != c.DKIM {
		t.Errorf("%+v", w)
	}
	if w := ways[2]; w.Section != "smtp3" || w.SMTP.EnvelopeDomain != "other.example" || w.Warmup != "off" || w.DKIM != own {
		t.Errorf("%+v", w)
	}
}

// expectProblem fails unless a configuration has one problem, with a key, or none when that is "".
func expectProblem(t *testing.T, c Config, key string) {
	t.Helper()
	problems := c.Check()
	switch {
	case key == "" && len(problems) > 0:
		t.Errorf("problems %v, want none", problems)
	case key != "" && (len(problems) != 1 || problems[0].Key != key):
		t.Errorf("problems %v, want one of %s", problems, key)
	}
}
