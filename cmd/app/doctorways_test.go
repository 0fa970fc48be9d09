package app

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// about are the lines of a check, by what they are about.
func about(lines []DoctorLine, check string) map[string]DoctorLine {
	out := map[string]DoctorLine{}
	for _, l := range lines {
		if l.Check == check {
			out[l.About] = l
		}
	}
	return out
}

// Each relay is met, and what is wrong with the one that stands last is said of it.
func TestDoctorMeetsEveryRelay(t *testing.T) {
	t.Parallel()
	first, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := smtptest.Start(smtptest.Options{StartTLS: true, Valid: 24 * time.Hour, Size: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	const gone = "127.0.0.1:1" // where nobody listens
	d := patientOf(t, "smtp+insecure://"+first.Addr(), "")
	d.config.Further[0].URL, d.config.Further[1].URL = "smtp://"+second.Addr(), "smtp+insecure://"+gone
	d.clock, d.deps.TLS = time.Now, &tls.Config{RootCAs: second.Roots()}
	lines := d.talk(t.Context())
	relays := about(lines, "relay")
	if len(relays) != 3 {
		t.Fatalf("%+v", lines)
	}
	relays[first.Addr()].is(t, StatusOK, "it answers")
	relays[second.Addr()].is(t, StatusOK, "it answers")
	relays[gone].is(t, StatusError, "smtp3.url")
	about(lines, "tls")[second.Addr()].is(t, StatusWarning, "certificate ends")
	about(lines, "extensions")[second.Addr()].is(t, StatusWarning, "up to 1000 bytes only")
	about(lines, "extensions")[first.Addr()].is(t, StatusOK, "no limit")
}

// What leaves by a further relay returns elsewhere, comes from elsewhere, and is signed otherwise: each is asked about.
func TestDoctorLooksAtTheSenderOfEveryRelay(t *testing.T) {
	t.Parallel()
	const records = `
shop.example                TXT v=spf1 ip4:192.0.2.25 -all
b.shop.example              TXT v=spf1 ip4:192.0.2.25 -all
_dmarc.shop.example         TXT v=DMARC1; p=reject; rua=mailto:d@shop.example
192.0.2.25                  PTR mail.shop.example
mail.shop.example           A   192.0.2.25
`
	d := patientOf(t, "smtps://relay.example", records)
	d.config.SMTP.Outgoing = []string{"192.0.2.25"}
	d.config.Further[0] = config.Further{SMTP: config.SMTP{URL: "smtps://relay2.example", EnvelopeDomain: "b.shop.example", Outgoing: []string{"198.51.100.7"}}}
	spf := about(d.spf(t.Context()), "spf")
	spf["shop.example"].is(t, StatusOK, "192.0.2.25 passes")
	spf["b.shop.example"].is(t, StatusError, "198.51.100.7 gets fail", "b.shop.example TXT v=spf1 ip4:198.51.100.7 ip4:192.0.2.25 -all")
	reverse := about(d.reverse(t.Context()), "reverse")
	reverse["192.0.2.25"].is(t, StatusOK, "mail.shop.example")
	reverse["198.51.100.7"].is(t, StatusError, "it has no name")
	mx := about(d.mailHosts(t.Context()), "mx")
	if _, asked := mx["b.shop.example"]; !asked {
		t.Errorf("nobody asked who takes what returns by the second relay: %v", mx)
	}
	lineOf(t, d.dmarc(t.Context()), "dmarc").is(t, StatusUnknown, "by relay.example:465: messages pass by SPF alone", "by relay2.example:465: whether messages from it pass is not known")
	if found := about(d.dkim(t.Context()), "dkim"); len(found) != 2 {
		t.Errorf("of each relay it is said that nobody is known to sign: %v", found)
	}

	// a return path of another organisation, and no signature: nothing proves what leaves by the second
	d.config.Further[0].EnvelopeDomain = "bounce.other.example"
	lineOf(t, d.alignments(), "alignment").is(t, StatusError, "messages return to bounce.other.example", "set smtp2.envelope_domain")
	d.config.DKIM.Relay = "a._domainkey.other.example"
	lineOf(t, d.dmarc(t.Context()), "dmarc").is(t, StatusError, "by relay.example:465: messages pass by SPF alone", "by relay2.example:465: neither DKIM nor SPF proves messages from it")

	// with addresses of its own unknown, its own setting is named
	d.config.Further[0].URL, d.config.Further[0].Outgoing = "smtp+insecure://10.0.0.2", nil
	about(d.reverse(t.Context()), "reverse")["10.0.0.2:25"].is(t, StatusUnknown, "set smtp2.outgoing")
}

// Relays that share everything are spoken of once.
func TestDoctorOnRelaysThatAreAlike(t *testing.T) {
	t.Parallel()
	d := patientOf(t, "smtps://relay.example", "shop.example TXT v=spf1 ip4:192.0.2.25 -all\n_dmarc.shop.example TXT v=DMARC1; p=reject; rua=mailto:d@shop.example")
	d.config.SMTP.Outgoing = []string{"192.0.2.25"}
	d.config.Further[0] = config.Further{SMTP: config.SMTP{URL: "smtps://relay2.example", Outgoing: []string{"192.0.2.25"}}}
	d.config.DKIM.Relay = "a._domainkey.shop.example"
	l := lineOf(t, d.spf(t.Context()), "spf")
	l.is(t, StatusOK, "192.0.2.25 passes")
	if strings.Count(l.Text, "192.0.2.25 passes") != 1 {
		t.Error(l.Text)
	}
	if l := lineOf(t, d.dmarc(t.Context()), "dmarc"); strings.Contains(l.Text, "relay2") {
		t.Error(l.Text)
	}
	if lines := d.dkimKeys(); len(lines) != 1 || len(d.dkim(t.Context())) != 1 || len(d.reverse(t.Context())) != 1 {
		t.Errorf("%+v", lines)
	}
}

// A relay that cannot be read is a mistake of the configuration, and what hangs on its settings is looked at all the same.
func TestDoctorWithoutARelay(t *testing.T) {
	t.Parallel()
	d := patientOf(t, "", "shop.example TXT v=spf1 -all")
	if lines := d.talk(t.Context()); len(lines) != 0 {
		t.Errorf("%+v", lines)
	}
	lineOf(t, d.spf(t.Context()), "spf").is(t, StatusUnknown, "set smtp.outgoing")
	lineOf(t, d.reverse(t.Context()), "reverse").is(t, StatusUnknown, "set smtp.outgoing")
	lineOf(t, d.dkim(t.Context()), "dkim").is(t, StatusWarning, "set dkim.domain")
	lineOf(t, d.alignments(), "alignment").is(t, StatusOK)
}

// CAA records that keep the certificate of every recipient's link from being renewed are warned of; none is no fault.
func TestDoctorOnCertificateAuthorities(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, status, words string }{
		{"", StatusOK, "any certificate authority may issue"},
		{`shop.example CAA 0 issue "ca.example.net"`, StatusOK, "the record of shop.example lets ca.example.net issue"},
		{"choice.shop.example CAA 0 issue \";\"\nshop.example CAA 0 issue \"ca.example.net\"", StatusWarning, "the record of choice.shop.example lets nobody issue"},
		{`shop.example CAA 0 issue "%%%"`, StatusWarning, "names nobody that can be read (%%%)"},
		{`shop.example CAA 0 iodef "mailto:s@shop.example"`, StatusOK, "forbids nobody"},
		{"shop.example CAA 128 newtag \"x\"\nshop.example CAA 0 issue \"ca.example.net\"", StatusWarning, "the critical tag newtag"},
		{"* * FAIL", StatusUnknown, "the DNS does not answer"},
	} {
		d := patientOf(t, "", test.zone)
		d.config.BaseURL = "https://choice.shop.example"
		lineOf(t, d.authorities(t.Context()), "caa").is(t, test.status, test.words)
	}
	d := patientOf(t, "", "* * FAIL")
	for _, near := range []string{"", "http://127.0.0.1:8080", "https://192.0.2.1", "https://[2001:db8::1]", "https://desk.internal"} {
		d.config.BaseURL = near
		if lines := d.authorities(t.Context()); len(lines) != 0 {
			t.Errorf("%s: %+v", near, lines)
		}
	}
}

// What a start holds against the sender is what each relay does, with what a further one takes over from the first.
func TestAlignmentsAreOfEveryRelay(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.DKIM = config.DKIM{Domain: "shop.example", Selector: "a", Key: "k"}
	if got := alignments(c); len(got) != 1 || got[0].Signer != "shop.example" {
		t.Errorf("before there is a relay: %+v", got)
	}
	c.SMTP.URL, c.SMTP.EnvelopeDomain = "smtps://a.example", "bounce.shop.example"
	c.Further[0].URL = "smtps://b.example"
	c.Further[1] = config.Further{SMTP: config.SMTP{URL: "smtps://c.example", EnvelopeDomain: "bounce.other.example"}, DKIM: config.DKIM{Domain: "other.example", Selector: "b", Key: "l"}}
	got := alignments(c)
	if len(got) != 3 || got[1].Signer != "shop.example" || got[1].Returns != "bounce.shop.example" || got[2].Signer != "other.example" || got[2].Returns != "bounce.other.example" || got[2].Setting != "smtp3" {
		t.Errorf("%+v", got)
	}
}

// Whether a relay is missed is the word of the campaigns that are not over: one that asks by e-mail is enough, in
// whatever state it is.
func TestDoctorMissesNoRelayForLetters(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	looks := func(when, status string) {
		t.Helper()
		c := h.config()
		c.SMTP.URL = ""
		d, err := Doctor(t.Context(), c, Surroundings{Clock: h.clock}, DoctorDeps{Offline: true})
		h.must(err)
		l := about(d.Lines, "configuration")["smtp.url"]
		l.is(t, status, "no relay is set")
		if failed := d.Errors > 0; failed != (status == StatusError) || strings.Contains(l.Text, "not needed for letters; needed before the first e-mail") == failed {
			t.Errorf("%s: %d errors, %s", when, d.Errors, l.Text)
		}
	}
	by := func(name string, routes ...campaign.Route) {
		t.Helper()
		h.approve(name, func(f *campaign.File) { f.Audience.Routes = routes })
	}
	looks("approved", StatusError)
	h.start(spring)
	looks("running", StatusError)
	h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a look"))
	looks("paused", StatusError)
	_, err := h.app.Desk.Close(t.Context(), Operator(), spring)
	h.must(err)
	looks("closed", StatusError)
	by("post", campaign.RouteLetter)
	looks("letters alone", StatusInfo)
	f, err := desk{h.app.Desk, h.app}.Starter(t.Context(), "autumn", "")
	h.must(err)
	_, err = h.app.Desk.Create(t.Context(), Operator(), f)
	h.must(err)
	looks("a draft of messages", StatusError)
	h.must(h.app.Desk.Delete(t.Context(), Operator(), "autumn"))
	looks("letters alone again", StatusInfo)
	by("both", campaign.RouteLetter, campaign.RouteEmail)
	looks("letters and messages", StatusError)
}

// Without the database nobody knows how people are asked: the relay is missed.
func TestDoctorMissesTheRelayWhereNobodyKnowsWhoAsks(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Database = t.TempDir() + "/none.db"
	d, err := Doctor(t.Context(), c, Surroundings{Clock: time.Now}, DoctorDeps{Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	about(d.Lines, "configuration")["smtp.url"].is(t, StatusError, "no relay is set")
}
