package mailer

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

func probed(t *testing.T, o smtptest.Options, scheme, user, password string) (Probed, *smtptest.Server, error) {
	t.Helper()
	s, err := smtptest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	relay, err := ParseRelay(scheme+"://"+s.Addr(), "")
	if err != nil {
		t.Fatal(err)
	}
	relay.User, relay.Password = user, password
	p, err := Probe(t.Context(), Probing{Relay: relay, TLS: &tls.Config{RootCAs: s.Roots()}, Timeout: 5 * time.Second})
	return p, s, err
}

func TestProbe(t *testing.T) {
	t.Parallel()
	begun := false
	script := func(e smtptest.Event) smtptest.Step {
		begun = begun || e.Stage == smtptest.Mail || e.Stage == smtptest.Rcpt || e.Stage == smtptest.Data
		return smtptest.Step{}
	}
	p, s, err := probed(t, smtptest.Options{Pipelining: true, EightBit: true, UTF8: true, StartTLS: true, Size: 1234567, User: "me", Password: "right", Script: script}, schemeStartTLS, "me", "right")
	if err != nil || p.Name != "smtptest" || p.TLS == nil || !p.Login || !p.Offers || p.Size != 1234567 || !p.Pipelining || !p.EightBit || !p.UTF8 {
		t.Errorf("%+v, %v", p, err)
	}
	s.Wait(func() bool { return s.Open() == 0 })
	if begun {
		t.Error("a message was begun")
	}
	p, _, err = probed(t, smtptest.Options{}, schemePlain, "", "")
	if err != nil || p != (Probed{Name: "smtptest"}) {
		t.Errorf("a plain one: %+v, %v", p, err)
	}
	if p, _, err = probed(t, smtptest.Options{TLS: true}, schemeTLS, "", ""); err != nil || p.TLS == nil {
		t.Errorf("from the first byte: %+v, %v", p, err)
	}
}

func TestProbeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, scheme, user, password, want string
		o                                  smtptest.Options
	}{
		{"no STARTTLS", schemeStartTLS, "", "", "does not offer STARTTLS", smtptest.Options{}},
		{"no TLS", schemeTLS, "", "", "does not speak TLS from the start", smtptest.Options{}},
		{"a wrong password", schemeStartTLS, "me", "wrong", "refuses user or password: 535", smtptest.Options{StartTLS: true, User: "me", Password: "right"}},
		{"no login", schemeStartTLS, "me", "right", "offers no login that is known here", smtptest.Options{StartTLS: true}},
		{"turned away", schemePlain, "", "", "turns us away: 554 5.7.1 no", smtptest.Options{Script: smtptest.At(smtptest.Banner, 0, smtptest.Step{Reply: "554 5.7.1 no"})}},
		{"hung up on", schemePlain, "", "", "hangs up", smtptest.Options{Script: smtptest.At(smtptest.EHLO, 0, smtptest.Step{Drop: true})}},
	} {
		_, _, err := probed(t, test.o, test.scheme, test.user, test.password)
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), test.want) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	s, err := smtptest.Start(smtptest.Options{Script: smtptest.At(smtptest.Banner, 0, smtptest.Step{Mute: true})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	relay, err := ParseRelay("smtp+insecure://"+s.Addr(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Probe(t.Context(), Probing{Relay: relay, Timeout: 50 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "does not answer in time") {
		t.Errorf("a silent relay: %v", err)
	}
	if _, err := Probe(t.Context(), Probing{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no relay: %v", err)
	}
}
