// Package config is the one struct of settings and the one way it comes about: flag before
// environment before file before default. A name that no setting has is an error wherever it
// stands, because a mistyped limit that is silently ignored can write to a whole base too fast.
//
//	config.go    the struct and its defaults
//	setting.go   the table of settings: name, kind, place in the struct, words for people
//	load.go      file, environment, flags
//	line.go      on which line of the file a setting stands
//	check.go     plain mistakes, found without a network or a database
//	host.go      base_url taken apart, and names of hosts as browsers ask for them
//	relay.go     smtp.url taken apart
//	further.go   relays beside the first
//	webhook.go   the providers of bounces.webhooks
//	dump.go      settings in force, without secrets, and the starter file
package config

import (
	"strings"
	"time"
)

// Config is every setting, after Load. Text settings whose grammar lives elsewhere (rates, windows)
// stay text; Check says whether they can be read.
type Config struct {
	File string // the file that was read, "" when there was none

	Database string // a file, sqlite:FILE or postgres://…
	Keys     string // folder of the master key, the ledger key and the DKIM keys
	Journal  string // the append-only send journal
	Anchor   string // file elsewhere that the signed head of the ledger is copied to; "": none
	Consent  Consent
	Ledger   Ledger

	Listen    string // host:port of the web server
	BaseURL   string // what links in messages start with, "" when not set
	AdminHost string // the dashboard's own host name; "" puts it under /admin
	// AdminSecondFactor is https, always or never: when whoever may do more than look needs a second factor.
	AdminSecondFactor string
	OIDC              OIDC
	TrustedProxies    []string // CIDRs or addresses whose X-Forwarded-* headers count

	SMTP    SMTP
	Further [mostFurther]Further
	DKIM    DKIM
	Sending Sending
	Bounces Bounces
	Metrics Metrics
	Log     Log

	Retention Retention

	origin map[string]string // setting → where its value came from; absent: default
}

// Consent says how answers are taken.
type Consent struct {
	Confirm string // suspicion or always: when to ask a second time
}

// Retention says how long what is held of people is kept.
type Retention struct {
	Unasked int // days; 0: for ever
	Silent  int // days; 0: for ever
	Bounces int // days; 0: for ever
	Proof   int // months
	Cases   int // months
	Request int // months; what the requests of answers said of themselves

	People string // propose or erase: whether the server erases people who were never asked and whose time is over, or a named person does
}

// What the server does with people who were never asked and whose time is over.
const (
	ProposePeople = "propose"
	ErasePeople   = "erase"
)

// Ledger says who signs its heads beside us.
type Ledger struct {
	TSA      string        // URL of a time-stamping authority (RFC 3161); "": none
	TSAEvery time.Duration // at most so often
}

// SMTP is the relay that takes the messages; Relay takes it apart.
type SMTP struct {
	URL            string
	Password       string   // for the user in URL, when it does not stand there
	Connections    int      // persistent connections at once
	EnvelopeDomain string   // of the return path; "" is the domain of From
	Outgoing       []string // addresses from which the relay's messages leave; none: its own
}

// DKIM signs messages here; all three or none. None leaves signing to the relay.
type DKIM struct {
	Domain   string
	Selector string
	Key      string // file of the private key
	Relay    string // SELECTOR._domainkey.DOMAIN of the relay's own signatures; "" when they are not known
}

// keyMark stands between selector and domain in the name of a key.
const keyMark = "._domainkey."

// RelayDomain is the domain for which the relay signs; "" when that is not known.
func (d DKIM) RelayDomain() string {
	_, domain, _ := strings.Cut(d.Relay, keyMark)
	return domain
}

// Sending bounds every campaign from above.
type Sending struct {
	Rate       string        // see schedule.ParseRate
	PerDomain  int           // connections to the relay for one recipient domain at once
	DomainRate string        // off, or see schedule.ParseRate
	Warmup     string        // see schedule.ParseSteps
	Window     string        // see schedule.ParseWindow
	Timezone   string        // IANA name, or recipient; "" is the organisation's country
	QuietDays  []string      // see schedule.ParseQuiet
	RetryAfter time.Duration // pause after the first temporary refusal; doubles up to RetryMost

	StartWithin time.Duration // after its start a campaign may still begin by itself
	Canary      string        // the first wave of a large audience: see schedule.ParsePart
	CanaryWait  time.Duration // after it

	// Stop rules: see schedule.ParseThreshold.
	StopBounces    string
	StopComplaints string
	StopRefusals   string
	StopUncertain  string
}

const usualConnections = 4

// RetryMost is where the doubling of Sending.RetryAfter ends.
const RetryMost = 4 * time.Hour

// Bounces is where undeliverable messages and complaints come back.
type Bounces struct {
	IMAP     string            // URL of the mailbox to poll
	Listen   string            // host:port of the SMTP/LMTP server
	Webhooks map[string]string // provider → secret
}

// Returns reports whether somebody reads what comes back, so that return paths are signed: a mailbox, a
// listener, or a domain of their own, whose mail is ingested from files.
func (c Config) Returns() bool {
	for _, w := range c.Ways() {
		if w.SMTP.EnvelopeDomain != "" {
			return true
		}
	}
	return c.Bounces.IMAP != "" || c.Bounces.Listen != "" || c.SMTP.EnvelopeDomain != ""
}

// Metrics says who may read them.
type Metrics struct {
	From []string // CIDRs or addresses; none: nobody
}

// Log says how much is logged and how.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text, json, or auto: text on a terminal, else json
}

// Default is every setting at its default, with relative paths as they stand.
func Default() Config {
	return Config{
		Database: "reoptin.db", Keys: "keys", Journal: "send.journal",
		AdminSecondFactor: "https", OIDC: OIDC{Name: "single sign-on"}, Consent: Consent{Confirm: "suspicion"},
		Ledger:  Ledger{TSAEvery: time.Hour},
		Listen:  "127.0.0.1:8080",
		SMTP:    SMTP{Connections: usualConnections},
		Further: [mostFurther]Further{{SMTP: SMTP{Connections: usualConnections}}, {SMTP: SMTP{Connections: usualConnections}}},
		Sending: Sending{
			Rate: "60/min", PerDomain: 2, DomainRate: "off", Warmup: "off", Window: "Mon-Sat 08:00-20:00", RetryAfter: 5 * time.Minute,
			StartWithin: 24 * time.Hour, Canary: "off", CanaryWait: 4 * time.Hour,
			StopBounces: "10 and 5%", StopComplaints: "3 and 0.3%", StopRefusals: "10 and 10%", StopUncertain: "off",
		},
		Metrics: Metrics{From: []string{"127.0.0.0/8", "::1"}},
		Log:     Log{Level: "info", Format: "auto"},

		Retention: Retention{Unasked: 30, Silent: 30, Bounces: 90, Proof: 60, Cases: 36, Request: 12, People: ProposePeople},
	}
}

// OIDC is the identity provider of the dashboard; without an issuer there is none.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	Name                           string // of the provider, for people
}
