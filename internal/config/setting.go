package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// secrecy says what Dump hides of a setting, and whether it may come from a file of its own.
type secrecy uint8

const (
	public   secrecy = iota
	inURL            // the password inside a URL
	wholly           // everything
	pathlike         // public, and a relative one starts at the file's folder
	database         // inURL or pathlike, by what stands before the colon
)

// setting is one row of the table of settings.
type setting struct {
	key     string // as in the file: smtp.url
	place   func(*Config) any
	keep    secrecy
	example string // shown in the starter where the default is empty, as TOML
	means   string
}

// env is the name of the environment variable: REOPTIN_SMTP_URL.
func (s setting) env() string {
	return prefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// secret reports whether the value may also be read from the file named in env()+"_FILE".
func (s setting) secret() bool { return s.keep == inURL || s.keep == wholly || s.keep == database }

// settings is the table, in the order of the file: plain keys first, then section by section.
func settings() []setting {
	return slices.Concat(houseSettings(), mailSettings(), furtherSettings(), sendingSettings(), keepingSettings())
}

func houseSettings() []setting {
	return []setting{
		{"database", func(c *Config) any { return &c.Database }, database, "", "where everything is kept: a file, or sqlite:FILE"},
		{"keys", func(c *Config) any { return &c.Keys }, pathlike, "", "folder of the master key and the ledger key; keep it out of database backups"},
		{"journal", func(c *Config) any { return &c.Journal }, pathlike, "", "the send journal; never restore it from a backup"},
		{"anchor", func(c *Config) any { return &c.Anchor }, pathlike, `"/mnt/elsewhere/reoptin.head"`, "file on another disk that the signed head of the ledger is copied to; it tells when database and journal are put back together"},
		{"listen", func(c *Config) any { return &c.Listen }, public, "", "address and port of the web server"},
		{"base_url", func(c *Config) any { return &c.BaseURL }, public, `"https://choice.example.com"`, "what links in messages start with: https, except on loopback, and no path behind the host"},
		{"admin_host", func(c *Config) any { return &c.AdminHost }, public, `"desk.example.com"`, "host name of the dashboard; without it the dashboard is under /admin"},
		{"admin_second_factor", func(c *Config) any { return &c.AdminSecondFactor }, public, "", "who may do more than look at the dashboard needs a second factor: https (where reached by https), always or never"},
		{"trusted_proxies", func(c *Config) any { return &c.TrustedProxies }, public, `["10.0.0.0/8"]`, "proxies whose X-Forwarded-* headers count"},
		{"oidc.issuer", func(c *Config) any { return &c.OIDC.Issuer }, public, `"https://login.example.com"`, "identity provider that people may log in to the dashboard with (OpenID Connect)"},
		{"oidc.client_id", func(c *Config) any { return &c.OIDC.ClientID }, public, `"reoptin"`, "what the provider calls this installation"},
		{"oidc.client_secret", func(c *Config) any { return &c.OIDC.ClientSecret }, wholly, `"…"`, "its secret there; better in REOPTIN_OIDC_CLIENT_SECRET_FILE"},
		{"oidc.name", func(c *Config) any { return &c.OIDC.Name }, public, "", "what the button of the login calls the provider"},
		{"consent.confirm", func(c *Config) any { return &c.Consent.Confirm }, public, "", "when to ask a second time: suspicion or always"},
		{"ledger.tsa", func(c *Config) any { return &c.Ledger.TSA }, public, `"https://tsa.example.com"`, "time-stamping authority (RFC 3161) that signs heads of the ledger"},
		{"ledger.tsa_every", func(c *Config) any { return &c.Ledger.TSAEvery }, public, "", "at most how often it is asked; only while there are new entries"},
	}
}

func mailSettings() []setting {
	return []setting{
		{"smtp.url", func(c *Config) any { return &c.SMTP.URL }, inURL, `"smtp://user@mail.example.com:587"`, "the relay: smtp:// (STARTTLS required), smtps://, or smtp+insecure:// on loopback and private hosts"},
		{"smtp.password", func(c *Config) any { return &c.SMTP.Password }, wholly, `"…"`, "password of the user in smtp.url; better in REOPTIN_SMTP_PASSWORD_FILE"},
		{"smtp.connections", func(c *Config) any { return &c.SMTP.Connections }, public, "", "connections kept open to the relay"},
		{"smtp.envelope_domain", func(c *Config) any { return &c.SMTP.EnvelopeDomain }, public, `"bounce.example.com"`, "domain of the return path; without it the domain of From. Set, it signs return paths: let what comes back reach bounce ingest"},
		{"smtp.outgoing", func(c *Config) any { return &c.SMTP.Outgoing }, public, `["192.0.2.25"]`, "addresses from which the relay's messages leave, where they are not its own; reoptin doctor asks what receivers think of them"},
		{"dkim.domain", func(c *Config) any { return &c.DKIM.Domain }, public, `"example.com"`, "sign messages for this domain, when the relay does not"},
		{"dkim.selector", func(c *Config) any { return &c.DKIM.Selector }, public, `"reoptin"`, "name of the key in the DNS"},
		{"dkim.key", func(c *Config) any { return &c.DKIM.Key }, pathlike, `"keys/dkim.pem"`, "file of the private key"},
		{"dkim.relay", func(c *Config) any { return &c.DKIM.Relay }, public, `"mta1._domainkey.example.com"`, "where the relay signs: the name of the record by which its signatures are checked"},
	}
}

func sendingSettings() []setting {
	return []setting{
		{"sending.rate", func(c *Config) any { return &c.Sending.Rate }, public, "", "most messages of all campaigns together per s, min, h or day"},
		{"sending.per_domain", func(c *Config) any { return &c.Sending.PerDomain }, public, "", "connections busy at once for one mailbox provider"},
		{"sending.domain_rate", func(c *Config) any { return &c.Sending.DomainRate }, public, "", "most messages to one mailbox provider per s, min, h or day; or off"},
		{"sending.warmup", func(c *Config) any { return &c.Sending.Warmup }, public, "", "most messages a day to one mailbox provider while the relay is new, one number a step: on is \"50, 200, 1000, 5000\"; or off"},
		{"sending.window", func(c *Config) any { return &c.Sending.Window }, public, "", "hours in which messages may leave; several separated by commas, an end may be 24:00"},
		{"sending.timezone", func(c *Config) any { return &c.Sending.Timezone }, public, `"Europe/Paris"`, "where the window's clock hangs, or recipient: the clock of each person; without it the organisation's country"},
		{"sending.quiet_days", func(c *Config) any { return &c.Sending.QuietDays }, public, `["12-25", "2026-05-14"]`, "days on which nothing is sent, of one year or of every year"},
		{"sending.retry_after", func(c *Config) any { return &c.Sending.RetryAfter }, public, "", "pause after a temporary refusal, doubling up to 4h"},
		{"sending.start_within", func(c *Config) any { return &c.Sending.StartWithin }, public, "", "how long after its start a campaign may still begin by itself; later it waits for a person"},
		{"sending.canary", func(c *Config) any { return &c.Sending.Canary }, public, "", "people of a first wave, for audiences past 2000: how many, or a share of all between 50 and 500 people, like \"1%\"; or off"},
		{"sending.canary_wait", func(c *Config) any { return &c.Sending.CanaryWait }, public, "", "pause after the first wave, for what comes back of it"},
		{"sending.stop_bounces", func(c *Config) any { return &c.Sending.StopBounces }, public, "", "hard bounces that pause a campaign, of all messages or of those to one mailbox provider: \"10 and 5%\" is at least ten, and at least 5% of them; or off"},
		{"sending.stop_complaints", func(c *Config) any { return &c.Sending.StopComplaints }, public, "", "complaints that pause a campaign, likewise"},
		{"sending.stop_refusals", func(c *Config) any { return &c.Sending.StopRefusals }, public, "", "refusals for reasons of ours (policy, content, reputation) that pause a campaign, likewise"},
		{"sending.stop_uncertain", func(c *Config) any { return &c.Sending.StopUncertain }, public, "", "messages of unknown outcome that pause a campaign, likewise"},
		{"bounces.imap", func(c *Config) any { return &c.Bounces.IMAP }, inURL, `"imaps://bounce@mail.example.com"`, "mailbox that bounces return to"},
		{"bounces.listen", func(c *Config) any { return &c.Bounces.Listen }, public, `"127.0.0.1:2525"`, "address on which bounces are received by SMTP, or with lmtp:// before it by LMTP"},
		{"bounces.webhooks", func(c *Config) any { return &c.Bounces.Webhooks }, wholly, `{ postmark = "reoptin:a-long-random-text" }`, "mail providers that report bounces and complaints, and their secrets: brevo, mailgun, postmark, scaleway, sendgrid, ses; better in REOPTIN_BOUNCES_WEBHOOKS_FILE"},
		{"metrics.from", func(c *Config) any { return &c.Metrics.From }, public, "", "networks and addresses that may read /metrics; what a proxy passes on never may"},
		{"log.level", func(c *Config) any { return &c.Log.Level }, public, "", "debug, info, warn or error"},
		{"log.format", func(c *Config) any { return &c.Log.Format }, public, "", "text, json, or auto: text on a terminal, else json"},
	}
}

func keepingSettings() []setting {
	return []setting{
		{"retention.unasked", func(c *Config) any { return &c.Retention.Unasked }, public, "", "days after an audit until who may not be asked is erased; 0: never"},
		{"retention.silent", func(c *Config) any { return &c.Retention.Silent }, public, "", "days after the end of a campaign until who did not answer is erased; 0: never"},
		{"retention.bounces", func(c *Config) any { return &c.Retention.Bounces }, public, "", "days until the words of what came back are erased; 0: never"},
		{"retention.proof", func(c *Config) any { return &c.Retention.Proof }, public, "", "months for which an answer that was taken back, or that of an erased person, can be proven"},
		{"retention.people", func(c *Config) any { return &c.Retention.People }, public, "", "who was never asked, or whose yes is over, and whose time is over: propose, so that a named person erases them, or erase, so that the server does"},
		{"retention.request", func(c *Config) any { return &c.Retention.Request }, public, "", "months for which is kept what the request of an answer said of itself"},
		{"retention.cases", func(c *Config) any { return &c.Retention.Cases }, public, "", "months for which is kept what people asked for by right"},
	}
}

// setText gives a setting the value of an environment variable or a flag. Lists are separated by
// commas, webhooks are provider=secret, or one on each line.
func (s setting) setText(c *Config, text string) error {
	switch p := s.place(c).(type) {
	case *string:
		*p = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		*p = n
	case *time.Duration:
		return setDuration(p, text)
	case *[]string:
		*p = splitList(text)
	case *map[string]string:
		return setPairs(p, splitList(strings.ReplaceAll(text, "\n", ",")))
	}
	return nil
}

// setValue gives a setting the value that stands in the file.
func (s setting) setValue(c *Config, v any) error {
	switch p := s.place(c).(type) {
	case *string:
		return assign(p, v, "a text in quotes")
	case *int:
		var n int64
		err := assign(&n, v, "a whole number")
		*p = int(n)
		return err
	case *time.Duration:
		var text string
		if err := assign(&text, v, `a duration in quotes, like "5m"`); err != nil {
			return err
		}
		return setDuration(p, text)
	case *[]string:
		return setList(p, v)
	case *map[string]string:
		return setTable(p, v)
	}
	return nil
}

func assign[T any](p *T, v any, want string) error {
	t, ok := v.(T)
	if !ok {
		return fmt.Errorf("it must be %s", want)
	}
	*p = t
	return nil
}

func setDuration(p *time.Duration, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration like 5m or 1h30m", text)
	}
	*p = d
	return nil
}

func setList(p *[]string, v any) error {
	items, ok := v.([]any)
	if !ok {
		return fmt.Errorf("it must be a list of texts")
	}
	list := make([]string, len(items))
	for i, item := range items {
		if err := assign(&list[i], item, "a list of texts"); err != nil {
			return err
		}
	}
	*p = list
	return nil
}

func setTable(p *map[string]string, v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("it must be a table of texts")
	}
	pairs := map[string]string{}
	for name, item := range table {
		var text string
		if err := assign(&text, item, "a table of texts"); err != nil {
			return err
		}
		pairs[name] = text
	}
	*p = pairs
	return nil
}

func setPairs(p *map[string]string, items []string) error {
	pairs := map[string]string{}
	for _, item := range items {
		name, value, ok := strings.Cut(item, "=")
		if !ok {
			return fmt.Errorf("it must be provider=secret, several separated by commas")
		}
		pairs[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	*p = pairs
	return nil
}

func splitList(text string) (items []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// known finds a setting by its key.
func known(key string) (setting, bool) {
	for _, s := range settings() {
		if s.key == key {
			return s, true
		}
	}
	return setting{}, false
}

// Nearest is the candidate that a mistyped name most likely meant, or "".
func Nearest(name string, candidates []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, c := range candidates {
		d := distance(name, c)
		if _, last, ok := strings.Cut(c, "."); ok {
			d = min(d, distance(name, last)+1)
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace to get from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

func keys() (ks []string) {
	for _, s := range settings() {
		ks = append(ks, s.key)
	}
	return ks
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
