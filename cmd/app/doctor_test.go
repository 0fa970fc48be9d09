package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/check"
	"github.com/reoptin/reoptin/mailer/smtptest"
	"github.com/reoptin/reoptin/mailer/zonetest"
)

// patientOf is a doctor of a sender, a relay and a zone, who has not looked yet.
func patientOf(t *testing.T, relay, zone string) *doctor {
	t.Helper()
	z, err := zonetest.Parse(zone)
	if err != nil {
		t.Fatal(err)
	}
	d := &doctor{config: config.Default(), clock: func() time.Time { return monday }, resolver: check.Patient(z, time.Minute)}
	d.addSender("news@shop.example", "answers@shop.example", "spring")
	d.config.SMTP.URL = relay
	return d
}

var monday = time.Date(2026, time.November, 2, 10, 0, 0, 0, time.UTC)

// lineOf is the one line of a check.
func lineOf(t *testing.T, lines []DoctorLine, check string) DoctorLine {
	t.Helper()
	var found []DoctorLine
	for _, l := range lines {
		if l.Check == check {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d lines of %s in %+v", len(found), check, lines)
	}
	return found[0]
}

func (l DoctorLine) is(t *testing.T, status string, words ...string) {
	t.Helper()
	all := l.Text + "; " + l.Mend
	for _, r := range l.Records {
		all += "; " + r.Name + " " + r.Type + " " + r.Text
	}
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("%s: %q is not in %q", l.Check, w, all)
		}
	}
	if l.Status != status {
		t.Errorf("%s is %s, not %s: %s", l.Check, l.Status, status, all)
	}
}

// A dead name server, a relay that says nothing and a web server that is not there cost the time of one wait.
func TestDoctorIsNotHeldUp(t *testing.T) {
	t.Parallel()
	unwatched(t)
	dir := t.TempDir()
	if _, err := Init(t.Context(), Founding{Dir: dir, Admin: "admin", Password: "correct horse battery staple", Clock: time.Now}); err != nil {
		t.Fatal(err)
	}
	zone, err := zonetest.Parse("* * HANG")
	if err != nil {
		t.Fatal(err)
	}
	s, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := config.Default()
	c.Database, c.Keys, c.Journal = filepath.Join(dir, c.Database), filepath.Join(dir, c.Keys), filepath.Join(dir, c.Journal)
	c.SMTP.URL, c.BaseURL, c.SMTP.Outgoing = "smtp+insecure://"+s.Addr(), "http://127.0.0.1:1", []string{"192.0.2.25"}
	c.SMTP.EnvelopeDomain, c.DKIM.Relay = "bounce.shop.example", "a._domainkey.shop.example"
	d, err := Doctor(t.Context(), c, Surroundings{Clock: time.Now}, DoctorDeps{Resolver: zone, Patience: 20 * time.Millisecond, Room: func() (campaign.Room, error) { return campaign.Room{Free: 1 << 30, Total: 1 << 31}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	lineOf(t, d.Lines, "spf").is(t, StatusUnknown, "cannot be looked up", "deadline exceeded")
	for _, check := range []string{"dkim", "mx", "reverse"} {
		lineOf(t, d.Lines, check).is(t, StatusUnknown, "the DNS does not answer")
	}
	lineOf(t, d.Lines, "website").is(t, StatusWarning, "nothing answers there", "reoptin serve")
	lineOf(t, d.Lines, "relay").is(t, StatusOK, "smtptest")
	if d.Errors != 0 || d.Unknown < 4 {
		t.Errorf("%+v", d)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Doctor(ended, c, Surroundings{Clock: time.Now}, DoctorDeps{Resolver: zone}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// A relay that has a public name sends from its own addresses, or from others: what is guessed is a warning.
func TestDoctorOnAddressesThatAreGuessed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const records = `
relay.example              A   192.0.2.25
relay.example              A   10.0.0.1
shop.example               TXT v=spf1 ip4:198.51.100.7 -all
_dmarc.shop.example        TXT v=DMARC1; p=reject; rua=mailto:d@shop.example
`
	d := patientOf(t, "smtps://relay.example", records)
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusWarning, "192.0.2.25, the relay's own address, gets fail", "set smtp.outgoing", "shop.example TXT v=spf1 ip4:192.0.2.25 ip4:198.51.100.7 -all")
	lineOf(t, d.reverse(t.Context()), "reverse").is(t, StatusWarning, "it has no name", "smtp.outgoing says from which")
	lineOf(t, d.dmarc(t.Context()), "dmarc").is(t, StatusUnknown, "whether messages from it pass is not known")

	d = patientOf(t, "smtps://relay.example", strings.Replace(records, "198.51.100.7", "192.0.2.25", 1))
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusOK, "192.0.2.25 passes")
	lineOf(t, d.dmarc(t.Context()), "dmarc").is(t, StatusUnknown, "whether messages from it pass is not known")

	d = patientOf(t, "smtps://192.0.2.25", strings.Replace(records, "198.51.100.7", "192.0.2.25", 1))
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusOK, "192.0.2.25 passes")

	d = patientOf(t, "smtps://relay.example", "relay.example A FAIL\nshop.example TXT v=spf1 -all")
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusUnknown, "the DNS does not answer")
	lineOf(t, d.reverse(t.Context()), "reverse").is(t, StatusUnknown, "the DNS does not answer")

	d = patientOf(t, "smtps://relay.example", "")
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusError, "no SPF record", "shop.example TXT v=spf1 a:relay.example ~all")
	d = patientOf(t, "smtp+insecure://10.0.0.1", "")
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusError, "shop.example TXT v=spf1 mx ~all")
	lineOf(t, d.reverse(t.Context()), "reverse").is(t, StatusUnknown, "set smtp.outgoing")
}

// answers is a web server that always answers so.
type answers http.Response

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	r := http.Response(a)
	r.Body = io.NopCloser(strings.NewReader("ok"))
	return &r, nil
}

func shown(status int, date time.Time, ends time.Time, secure bool) answers {
	a := answers{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Date": {date.Format(http.TimeFormat)}}}
	if secure {
		a.Header.Set("Strict-Transport-Security", "max-age=63072000")
	}
	if !ends.IsZero() {
		a.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{NotAfter: ends}}}
	}
	return a
}

func TestDoctorOnTheWebsiteAndTheClock(t *testing.T) {
	t.Parallel()
	unwatched(t)
	later := monday.AddDate(1, 0, 0)
	for _, test := range []struct {
		name          string
		page          answers
		status, words string
		clock, says   string
	}{
		{"in order", shown(200, monday, later, true), StatusOK, "valid until 2027-11-02", StatusOK, "it agrees"},
		{"another program", shown(404, monday, later, true), StatusError, "is not reoptin", StatusOK, "it agrees"},
		{"a certificate that ends", shown(200, monday, monday.AddDate(0, 0, 20), true), StatusWarning, "ends on 2026-11-22, in 20 days", StatusOK, "it agrees"},
		{"no HSTS", shown(200, monday, later, false), StatusWarning, "Strict-Transport-Security", StatusOK, "it agrees"},
		{"some seconds off", shown(200, monday.Add(30*time.Second), later, true), StatusOK, "it answers", StatusWarning, "by 30s"},
		{"an hour off", shown(200, monday.Add(-time.Hour), later, true), StatusOK, "it answers", StatusError, "by 1h0m0s"},
	} {
		d := patientOf(t, "", "")
		d.config.BaseURL, d.deps.Transport, d.deps.Synced = "https://choice.shop.example/", test.page, func() (bool, bool) { return false, false }
		lineOf(t, d.website(t.Context()), "website").is(t, test.status, test.words)
		d.time().is(t, test.clock, test.says)
		if t.Failed() {
			t.Fatal(test.name)
		}
	}
	d := patientOf(t, "", "")
	d.config.BaseURL, d.deps.Transport = "http://127.0.0.1:8080", shown(200, monday.Add(time.Hour), time.Time{}, true)
	lineOf(t, d.website(t.Context()), "website").is(t, StatusOK, "on this machine alone")
	if d.compared {
		t.Error("this machine's own clock was compared with itself")
	}
	d.deps.Synced = func() (bool, bool) { return true, true }
	d.time().is(t, StatusOK, "it follows another clock")
	d.deps.Synced = func() (bool, bool) { return false, false }
	d.time().is(t, StatusUnknown, "nothing was there to hold it against")
	d.sealed = monday.Add(time.Hour)
	d.time().is(t, StatusError, "it stands 1h0m0s before the newest signed entry")
	_, _ = kernelSynced() // whatever it says, here
}

// Whoever serves pages with https has a proxy before it, and without trusted_proxies all who come by it look like one machine.
func TestDoctorOnAProxyThatNobodyNamed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	d := patientOf(t, "", "")
	d.config.BaseURL, d.config.Listen = "https://choice.shop.example", "127.0.0.1:8080"
	lineOf(t, d.proxy(), "proxy").is(t, StatusWarning, "no proxy is trusted")
	for listen, mend := range map[string]string{"127.0.0.1:8080": `"127.0.0.1", "::1"`, "[::1]:8080": `"127.0.0.1", "::1"`, "localhost:8080": `"127.0.0.1", "::1"`, ":8080": "the address of the proxy", "10.0.0.4:80": "the address of the proxy"} {
		if d.config.Listen = listen; !strings.Contains(unproxied(d.config), mend) {
			t.Errorf("%s: %s", listen, unproxied(d.config))
		}
	}
	d.config.TrustedProxies = []string{"10.0.0.0/8"}
	lineOf(t, d.proxy(), "proxy").is(t, StatusOK, "10.0.0.0/8")
	d.config.BaseURL, d.config.TrustedProxies = "http://127.0.0.1:8080", nil
	if lines := d.proxy(); lines != nil || unproxied(d.config) != "" {
		t.Errorf("on this machine alone: %+v", lines)
	}
	d.config.AdminHost = "desk.localhost"
	lineOf(t, d.proxy(), "proxy").is(t, StatusWarning, "http://desk.localhost/")
}

func TestDoctorOnTheCertificateOfTheRelay(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for valid, want := range map[time.Duration]string{24 * time.Hour: StatusWarning, 90 * 24 * time.Hour: StatusOK} {
		s, err := smtptest.Start(smtptest.Options{StartTLS: true, Valid: valid, Size: 1000})
		if err != nil {
			t.Fatal(err)
		}
		d := patientOf(t, "smtp://"+s.Addr(), "")
		d.clock, d.deps.TLS = time.Now, &tls.Config{RootCAs: s.Roots()}
		lines := d.talk(t.Context())
		lineOf(t, lines, "tls").is(t, want, "TLS 1.3", "certificate")
		lineOf(t, lines, "extensions").is(t, StatusWarning, "up to 1000 bytes only")
		lineOf(t, lines, "login").is(t, StatusOK, "asks for none")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDoctorOnTheDisk(t *testing.T) {
	t.Parallel()
	unwatched(t)
	d := patientOf(t, "", "")
	for _, test := range []struct {
		room campaign.Room
		err  error
		want string
	}{
		{campaign.Room{Free: 1 << 33, Total: 1 << 34}, nil, StatusOK},
		{campaign.Room{Free: 1 << 20, Total: 1 << 34}, nil, StatusError},
		{campaign.Room{}, nil, StatusUnknown},
		{campaign.Room{}, errors.New("no"), StatusUnknown},
	} {
		d.deps.Room = func() (campaign.Room, error) { return test.room, test.err }
		d.disk().is(t, test.want, "")
	}
}

// What senders of several campaigns share is asked once.
func TestDoctorOnSeveralSenders(t *testing.T) {
	t.Parallel()
	unwatched(t)
	d := patientOf(t, "", "news.shop.example TXT v=spf1 -all")
	d.addSender("other@shop.example", "answers@shop.example", "summer")
	d.addSender("a@News.Shop.example", "", "winter")
	d.addSender("", "", "none")
	if len(d.senders) != 2 || len(d.spf(t.Context())) != 2 || len(d.mailHosts(t.Context())) != 2 {
		t.Errorf("%+v", d.senders)
	}
	d.alignments()[0].is(t, StatusOK, "campaign spring, summer")
	d.config.SMTP.EnvelopeDomain = "Bounce.shop.example"
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusError, "no SPF record")
	d.config.SMTP.EnvelopeDomain = "bounce.other.example"
	d.alignments()[1].is(t, StatusError, "messages return to bounce.other.example")
}

// An RSA key of which receivers ask for more bits, and one that is too short for any.
func TestDoctorOnShortKeys(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const bits1024 = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
	d := patientOf(t, "", "a._domainkey.shop.example TXT v=DKIM1; p="+bits1024)
	d.config.DKIM.Relay = "a._domainkey.shop.example"
	lineOf(t, d.dkim(t.Context()), "dkim").is(t, StatusWarning, "1024 bits")
}
