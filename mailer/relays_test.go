package mailer

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// Each message leaves by the relay that stands in it, and by no other, whatever the relays do.
func TestRelaysHandOverWhereTheyAreTold(t *testing.T) {
	t.Parallel()
	one, two := newRig(t, smtptest.Options{}, 1), newRig(t, smtptest.Options{Script: smtptest.At(smtptest.Banner, 0, smtptest.Step{Drop: true})}, 1)
	r, err := NewRelays(one.Mailer, two.Mailer)
	if err != nil {
		t.Fatal(err)
	}
	for n, relay := range []string{one.server.Addr(), two.server.Addr(), ""} {
		m := plain(n)
		m.Relay = relay
		if o := r.Deliver(background, m, yes); (o.Kind == sent) != (relay != two.server.Addr()) {
			t.Errorf("%s: %+v", relay, o)
		}
	}
	if len(one.server.Accepted()) != 2 || two.server.Connections() != 1 {
		t.Errorf("%v; %d connections", one.server.Accepted(), two.server.Connections())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestARelayIsNotSetTwice(t *testing.T) {
	t.Parallel()
	one := newRig(t, smtptest.Options{}, 1)
	if _, err := NewRelays(one.Mailer, one.Mailer); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// What is signed and where it returns to is the relay's own.
func TestEachRelayComposesItsOwn(t *testing.T) {
	t.Parallel()
	one := newRig(t, smtptest.Options{}, 1)
	two := newRig(t, smtptest.Options{}, 1, func(d *Deps) {
		d.Composer = testComposer(t, "https://choix.lumiere.example")
		d.Composer.returns, d.Composer.returnDomain = true, "retour2.lumiere.example"
	})
	r, err := NewRelays(one.Mailer, two.Mailer)
	if err != nil {
		t.Fatal(err)
	}
	content := contentOf(t, one.Composer, frozen())
	for relay, end := range map[string]string{one.server.Addr(): "@lumiere.example", two.server.Addr(): "@retour2.lumiere.example"} {
		i := invitation("fr", nil)
		i.Relay = relay
		m, err := r.Compose(i, content, nil)
		if err != nil || !strings.HasSuffix(m.EnvelopeFrom, end) {
			t.Errorf("%s: from %s, %v", relay, m.EnvelopeFrom, err)
		}
	}
}

// An address with letters outside ASCII is not even named to a relay that does not carry it: nothing is said, nothing
// is lost, and the connection goes on. One that announces SMTPUTF8 gets it as such.
func TestScriptOfARelay(t *testing.T) {
	t.Parallel()
	m := plain(1)
	m.To = "léa@example.net"
	for name, c := range map[string]struct {
		options smtptest.Options
		carries bool
	}{
		"neither":       {smtptest.Options{Pipelining: true}, false},
		"only 8BITMIME": {smtptest.Options{EightBit: true}, false},
		"only SMTPUTF8": {smtptest.Options{UTF8: true}, false},
		"both":          {smtptest.Options{EightBit: true, UTF8: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var heard []smtptest.Event
			c.options.Script = func(e smtptest.Event) smtptest.Step {
				mu.Lock()
				defer mu.Unlock()
				if e.Stage == smtptest.Mail {
					heard = append(heard, e)
				}
				return smtptest.Step{}
			}
			r := newRig(t, c.options, 1)
			o := r.Deliver(background, m, yes)
			if c.carries {
				if got := r.server.Messages(); o.Kind != sent || len(got) != 1 || !strings.Contains(got[0].Params, "SMTPUTF8") || !strings.Contains(got[0].Params, "BODY=8BITMIME") {
					t.Errorf("%+v, %+v", o, got)
				}
				return
			}
			if o.Kind != released || !o.Script || o.Relay || o.Hard || o.Broken || o.Committed || fault.KindOf(o.Err) != fault.Unavailable {
				t.Errorf("%+v", o)
			}
			if o := r.Deliver(background, plain(2), yes); o.Kind != sent || r.server.Connections() != 1 {
				t.Errorf("%+v over %d connections", o, r.server.Connections())
			}
			mu.Lock()
			defer mu.Unlock()
			if len(heard) != 1 || r.server.Messages()[0].Params != "" {
				t.Errorf("heard %+v", heard)
			}
		})
	}
}

// Whatever is filled in, what goes to an ASCII address is seven bits in short lines, so that no relay needs 8BITMIME.
func TestMessagesAreSevenBits(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	content := contentOf(t, c, frozen())
	for _, language := range []string{"fr", "en"} {
		for _, name := range []string{"", "Léa", "Ελένη", "李小龍", strings.Repeat("ß", 300), "a\tb=c. ", "."} {
			m, err := c.Compose(invitation(language, campaign.Values{"first_name": name, "last_name": name, "source": name}), content, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := bytes.Cut(m.Bytes, []byte("\r\n\r\n"))
			if !ascii(m.Bytes) {
				t.Errorf("%s, %q: eight bits", language, name)
			}
			for _, line := range bytes.Split(body, []byte("\r\n")) {
				if len(line) > 76 {
					t.Errorf("%s, %q: a line of %d: %s", language, name, len(line), line)
				}
			}
		}
	}
}

// The connection used last is used first: nobody who needs one at a time opens two.
func TestAsFewConnectionsAsNeeded(t *testing.T) {
	t.Parallel()
	r := newRig(t, smtptest.Options{}, 8)
	for n := range 20 {
		if o := r.Deliver(background, plain(n), yes); o.Kind != sent {
			t.Fatalf("%+v", o)
		}
	}
	if r.server.Connections() != 1 {
		t.Errorf("%d connections", r.server.Connections())
	}
}

// Whoever gives up the answer to a dot too soon makes doubt: ten minutes are the least (RFC 5321 section 4.5.3.2.6).
func TestTheAnswerToADotIsWaitedFor(t *testing.T) {
	t.Parallel()
	if got := (Timeouts{}).orDefault(); got.Reply < 10*time.Minute || got.Command < 5*time.Minute || got.Body < 3*time.Minute {
		t.Errorf("%+v", got)
	}
}

// A relay that says no in the middle of a message, so late that nobody hears it before the dot, and then takes the message:
// what was read at the dot was no answer to it. Nothing is known then, and nobody is asked again.
func TestANoThatWasNoAnswerToTheDot(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]smtptest.Step{
		"for now, at once":       {Reply: "451 4.3.0 later\n250 2.0.0 queued", Store: true},
		"for now, byte by byte":  {Reply: "451 4.3.0 later\n250 2.0.0 queued", Store: true, Split: true},
		"for good, byte by byte": {Reply: "554 5.7.1 policy\n250 2.0.0 queued", Store: true, Split: true},
	} {
		r := newRig(t, smtptest.Options{Script: smtptest.At(smtptest.Dot, 1, step)}, 1)
		if o := r.Deliver(background, plain(1), yes); o.Kind != uncertain || !o.Committed || o.Hard {
			t.Errorf("%s: %+v", name, o)
		}
	}
	for name, step := range map[string]smtptest.Step{"and stays": {Reply: "451 4.3.0 later"}, "and goes": {Reply: "421 4.3.2 closing", Drop: true}, "and breaks off": {Reply: "451 4.3.0 later", Drop: true}} {
		r := newRig(t, smtptest.Options{Script: smtptest.At(smtptest.Dot, 1, step)}, 1)
		if o := r.Deliver(background, plain(1), yes); o.Kind != released || !o.Committed {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
