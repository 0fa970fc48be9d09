package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/schedule"
)

// Problem is one plain mistake in the settings.
type Problem struct {
	Key  string `json:"key"`  // the setting
	Text string `json:"text"` // what is wrong with it, a sentence without full stop
	Hint string `json:"hint"` // what to write instead; may be empty
}

// Err is the problem as fault.Invalid.
func (p Problem) Err() error {
	return fault.New(fault.Invalid, "config.problem", "{key}: {text}", "key", p.Key, "text", p.Text).Hint(p.Hint)
}

// problems collects; the first argument of each method is the setting.
type problems []Problem

func (p *problems) add(key, hint, text string, args ...any) {
	*p = append(*p, Problem{Key: key, Text: fmt.Sprintf(text, args...), Hint: hint})
}

func (p *problems) fault(key string, err error) {
	if err != nil {
		p.add(key, fault.HintOf(err), "%v", err)
	}
}

func (p *problems) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		p.add(key, "write "+strings.Join(allowed, ", or "), "%q is not among its values", value)
	}
}

func (p *problems) within(key string, n, low, high int) {
	if n < low || n > high {
		p.add(key, "", "%d is not between %d and %d", n, low, high)
	}
}

func (p *problems) hostPort(key, value string) {
	_, port, err := net.SplitHostPort(value)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
		p.add(key, "write address and port, like 127.0.0.1:8080", "%q is no address to listen on", value)
	}
}

func (p *problems) networks(key string, list []string) {
	for _, n := range list {
		_, cidr := netip.ParsePrefix(n)
		if _, err := netip.ParseAddr(n); err != nil && cidr != nil {
			p.add(key, "write networks like 10.0.0.0/8", "%q is no network and no address", n)
		}
	}
}

func (p *problems) hostName(key, value string) {
	switch name, ok := address.HostName(value); {
	case value == "":
	case !ok || strings.Contains(value, ":"):
		p.add(key, "write the name alone, like example.com", "%q is no host name", value)
	case name != strings.ToLower(value):
		p.add(key, "write "+name, "%q is not as the DNS has it", value)
	}
}

// Check finds plain mistakes without touching a network, a file or a database. The order is that of
// the settings; none is an empty list.
func (c Config) Check() []Problem {
	var p problems
	c.checkHouse(&p)
	c.checkMail(&p)
	c.checkSending(&p)
	c.checkRetention(&p)
	return p
}

func (c Config) checkRetention(p *problems) {
	p.within("retention.unasked", c.Retention.Unasked, 0, 3650)
	p.within("retention.silent", c.Retention.Silent, 0, 3650)
	p.within("retention.bounces", c.Retention.Bounces, 0, 3650)
	p.within("retention.proof", c.Retention.Proof, 1, 600)
	p.within("retention.cases", c.Retention.Cases, 1, 600)
	p.within("retention.request", c.Retention.Request, 1, 600)
	p.oneOf("retention.people", c.Retention.People, ProposePeople, ErasePeople)
}

func (c Config) checkHouse(p *problems) {
	for _, s := range settings() {
		if path, ok := s.place(&c).(*string); ok && *path == "" && slices.Contains([]string{"database", "keys", "journal"}, s.key) {
			p.add(s.key, "leave it out for the default, or name a path", "it is empty")
		}
	}
	if scheme, _, ok := strings.Cut(c.Database, "://"); ok {
		p.add("database", "name a file, like reoptin.db or sqlite:reoptin.db", "%s:// cannot be used by this version", scheme)
	}
	if u, err := url.Parse(c.Ledger.TSA); c.Ledger.TSA != "" && (err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil) {
		p.add("ledger.tsa", "write it like https://tsa.example.com", "%q is no web address", c.Ledger.TSA)
	}
	if c.Ledger.TSAEvery < 10*time.Minute || c.Ledger.TSAEvery > 30*24*time.Hour {
		p.add("ledger.tsa_every", "write a duration, like 1h", "%s is not between 10m and 720h", c.Ledger.TSAEvery)
	}
	p.hostPort("listen", c.Listen)
	c.checkBaseURL(p)
	c.checkAdminHost(p)
	p.oneOf("admin_second_factor", c.AdminSecondFactor, "https", "always", "never")
	c.checkOIDC(p)
	p.networks("trusted_proxies", c.TrustedProxies)
	p.networks("metrics.from", c.Metrics.From)
	p.oneOf("consent.confirm", c.Consent.Confirm, "suspicion", "always")
}

// checkOIDC wants a provider that nobody on the way can play, and who we are to it.
func (c Config) checkOIDC(p *problems) {
	o := c.OIDC
	if o.Issuer == "" {
		if o.ClientID != "" || o.ClientSecret != "" {
			p.add("oidc.issuer", "write it like https://login.example.com", "it is missing, and the rest of oidc is set")
		}
		return
	}
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		p.add("oidc.issuer", "write it like https://login.example.com", "%q is no https address", o.Issuer)
	}
	if o.ClientID == "" {
		p.add("oidc.client_id", "the provider gives it when you register this installation", "it is missing")
	}
	if c.BaseURL == "" && c.AdminHost == "" {
		p.add("base_url", "write it like https://choice.example.com", "the identity provider cannot send anybody back without it")
	}
}

// checkAdminHost wants a name of its own for the dashboard: under that of the forms nothing could be told apart.
func (c Config) checkAdminHost(p *problems) {
	p.hostName("admin_host", c.AdminHost)
	if u, wrong := webAddress(c.BaseURL); wrong == "" && u.Hostname() == strings.ToLower(strings.Trim(c.AdminHost, "[]")) { // ports part no cookies
		p.add("admin_host", "write another name, or leave it out: then the dashboard is under /admin", "it is the host of base_url")
	}
}

// checkBaseURL also refuses links that only this machine could open in messages that leave it.
func (c Config) checkBaseURL(p *problems) {
	const key, hint = "base_url", "write it like https://choice.example.com"
	if c.BaseURL == "" {
		return
	}
	u, wrong := webAddress(c.BaseURL)
	if wrong != "" {
		p.add(key, hint, "%s", wrong)
		return
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		p.add(key, hint, "it must begin with https://, because links carry the right to answer")
	}
	for _, w := range c.Ways() {
		if relay, err := w.SMTP.Relay(); err == nil && loopback(u.Hostname()) && !Near(relay.Host) {
			p.add(key, hint, "messages would leave through %s with links that only this machine can open", relay.Host)
		}
	}
}

func (c Config) checkMail(p *problems) {
	p.relay("smtp", c.SMTP)
	p.outgoing("smtp", c.SMTP.Outgoing)
	p.signs("dkim.", c.DKIM)
	if selector, domain, ok := strings.Cut(c.DKIM.Relay, keyMark); c.DKIM.Relay != "" && (!ok || selector == "" || domain == "" || strings.ContainsAny(c.DKIM.Relay, ":/@ ")) {
		p.add("dkim.relay", "write it like mta1._domainkey.example.com", "%q is no name of a key", c.DKIM.Relay)
	}
	c.checkFurther(p)
}

// mostWait bounds waits that would rather be pauses.
const mostWait = 7 * 24 * time.Hour

func (c Config) checkSending(p *problems) {
	_, err := schedule.ParseRate(c.Sending.Rate)
	p.fault("sending.rate", err)
	p.within("sending.per_domain", c.Sending.PerDomain, 1, 64)
	if c.Sending.DomainRate != "off" {
		_, err = schedule.ParseRate(c.Sending.DomainRate)
		p.fault("sending.domain_rate", err)
	}
	_, err = schedule.ParseSteps(c.Sending.Warmup)
	p.fault("sending.warmup", err)
	_, err = schedule.ParseWindow(c.Sending.Window, time.UTC)
	p.fault("sending.window", err)
	_, err = schedule.ParseQuiet(c.Sending.QuietDays)
	p.fault("sending.quiet_days", err)
	if zone := c.Sending.Timezone; zone != "" && zone != "recipient" {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			p.add("sending.timezone", "write a place like Europe/Paris", "%q is no time zone", zone)
		}
	}
	if d := c.Sending.RetryAfter; d < time.Second || d > RetryMost {
		p.add("sending.retry_after", "", "%v is not between 1s and %v", d, RetryMost)
	}
	if d := c.Sending.StartWithin; d < time.Minute || d > mostWait {
		p.add("sending.start_within", "", "%v is not between 1m and %v", d, mostWait)
	}
	_, err = schedule.ParsePart(c.Sending.Canary)
	p.fault("sending.canary", err)
	if d := c.Sending.CanaryWait; d < time.Minute || d > mostWait {
		p.add("sending.canary_wait", "", "%v is not between 1m and %v", d, mostWait)
	}
	for _, key := range []string{"sending.stop_bounces", "sending.stop_complaints", "sending.stop_refusals", "sending.stop_uncertain"} {
		_, err := schedule.ParseThreshold(c.text(key))
		p.fault(key, err)
	}
	if u, err := url.Parse(c.Bounces.IMAP); c.Bounces.IMAP != "" && (err != nil || u.Scheme != "imaps" || u.Hostname() == "" || u.User.Username() == "") {
		p.add("bounces.imap", "write it like imaps://user@mail.example.com", "it is no address of a mailbox")
	}
	if c.Bounces.Listen != "" {
		address := strings.TrimPrefix(strings.TrimPrefix(c.Bounces.Listen, "smtp://"), "lmtp://")
		p.hostPort("bounces.listen", address)
	}
	c.checkWebhooks(p)
	p.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	p.oneOf("log.format", c.Log.Format, "auto", "text", "json")
}

// text is a setting that is a text.
func (c Config) text(key string) string {
	if s, ok := known(key); ok {
		if p, ok := s.place(&c).(*string); ok {
			return *p
		}
	}
	return ""
}

// Missing lists what must still be set before a campaign can send.
func (c Config) Missing() []Problem {
	var p problems
	if c.SMTP.URL == "" {
		p.add("smtp.url", "set smtp.url in reoptin.toml, or REOPTIN_SMTP_URL, to your mail relay, like smtp://user@mail.example.com:587; a campaign whose routes are letter only starts without one", "no relay is set")
	}
	if c.BaseURL == "" {
		p.add("base_url", "set base_url in reoptin.toml, or REOPTIN_BASE_URL, to the address under which people reach the forms, like https://choice.example.com", "it is not set")
	}
	return p
}
