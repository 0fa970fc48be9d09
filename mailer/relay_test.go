package mailer

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

func TestEncryptionAndPassword(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]smtptest.Options{
		"starttls":          {StartTLS: true},
		"tls":               {TLS: true},
		"starttls and auth": {StartTLS: true, User: "shop", Password: "secret"},
		"tls and auth":      {TLS: true, User: "shop", Password: "secret", Pipelining: true},
	} {
		r := newRig(t, o, 1)
		for n := range 2 {
			if o := r.Deliver(background, plain(n), yes); o.Kind != sent {
				t.Errorf("%s: %+v", name, o)
			}
		}
		if r.server.Connections() != 1 {
			t.Errorf("%s: %d connections", name, r.server.Connections())
		}
	}
}

func TestRelayThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options smtptest.Options
		change  func(*Deps)
		stage   string
		code    int
	}{
		"no STARTTLS":          {smtptest.Options{}, func(d *Deps) { d.Relay.Scheme = schemeStartTLS }, stageTLS, 0},
		"STARTTLS refused":     {smtptest.Options{StartTLS: true, Script: smtptest.At(smtptest.StartTLS, 0, says("454 4.7.0 not now"))}, patient, stageTLS, 454},
		"STARTTLS broken":      {smtptest.Options{StartTLS: true, Script: smtptest.At(smtptest.StartTLS, 0, smtptest.Step{Reply: "220 go", Drop: true})}, patient, stageTLS, 0},
		"foreign certificate":  {smtptest.Options{StartTLS: true}, func(d *Deps) { d.TLS = nil }, stageTLS, 0},
		"foreign certificate2": {smtptest.Options{TLS: true}, func(d *Deps) { d.TLS = nil }, stageTLS, 0},
		"not TLS":              {smtptest.Options{}, func(d *Deps) { d.Relay.Scheme = schemeTLS; d.Timeouts = short }, stageTLS, 0},
		"wrong password":       {smtptest.Options{StartTLS: true, User: "shop", Password: "secret"}, func(d *Deps) { d.Relay.Password = "wrong" }, stageAuth, 535},
		"auth temporarily":     {smtptest.Options{TLS: true, User: "shop", Password: "secret", Script: smtptest.At(smtptest.Auth, 0, says("454 4.7.0 later"))}, patient, stageAuth, 454},
		"no AUTH":              {smtptest.Options{TLS: true}, func(d *Deps) { d.Relay.User, d.Relay.Password = "a", "b" }, stageAuth, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.options, 1, c.change)
			o := r.Deliver(background, plain(1), func(context.Context) error { t.Error("commit"); return nil })
			if o.Kind != noRelay || o.Stage != c.stage || o.Code != c.code || o.Err == nil || o.Committed {
				t.Errorf("%+v", o)
			}
			if strings.Contains(fmt.Sprint(o.Err, o.Reply), "secret") {
				t.Error("the password is in the outcome")
			}
		})
	}
	gone, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	relay, err := ParseRelay("smtp+insecure://"+gone.Addr(), "")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, smtptest.Options{}, 1, func(d *Deps) { d.Relay = relay })
	if o := r.Deliver(background, plain(1), yes); o.Kind != noRelay || o.Stage != stageDial {
		t.Errorf("%+v", o)
	}
}

func TestInternationalAddresses(t *testing.T) {
	t.Parallel()
	m := plain(1)
	m.To = "jürgen@example.net"
	able := newRig(t, smtptest.Options{UTF8: true, EightBit: true}, 1)
	if o := able.Deliver(background, m, yes); o.Kind != sent || able.server.Messages()[0].Params != "BODY=8BITMIME SMTPUTF8" {
		t.Errorf("%+v", o)
	}
	if o := able.Deliver(background, plain(2), yes); o.Kind != sent || able.server.Messages()[1].Params != "" {
		t.Errorf("SMTPUTF8 was asked for without need: %+v", o)
	}
	unable := newRig(t, smtptest.Options{}, 1)
	if o := unable.Deliver(background, m, yes); o.Kind != released || o.Hard || o.Relay || o.Err == nil || len(unable.server.Messages()) != 0 {
		t.Errorf("%+v", o)
	}
	if o := unable.Deliver(background, plain(2), yes); o.Kind != sent || unable.server.Connections() != 1 {
		t.Errorf("%+v", o)
	}
}

func TestParseRelay(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Relay{
		"smtp://shop@mail.example.com":       {"smtp", "mail.example.com", 587, "shop", "pw", ""},
		"smtp://shop@mail.example.com:2525":  {"smtp", "mail.example.com", 2525, "shop", "pw", ""},
		"smtps://shop%40x@mail.example.com":  {"smtps", "mail.example.com", 465, "shop@x", "pw", ""},
		"smtp+insecure://127.0.0.1":          {"smtp+insecure", "127.0.0.1", 25, "", "", ""},
		"smtp+insecure://[::1]:2525/":        {"smtp+insecure", "::1", 2525, "", "", ""},
		"smtp+insecure://10.1.2.3":           {"smtp+insecure", "10.1.2.3", 25, "", "", ""},
		"smtp+insecure://relay.internal:25":  {"smtp+insecure", "relay.internal", 25, "", "", ""},
		"smtp+insecure://localhost":          {"smtp+insecure", "localhost", 25, "", "", ""},
		"smtp://shop:pw@mail.example.com:25": {"smtp", "mail.example.com", 25, "shop", "pw", ""},
	} {
		password := ""
		if want.Password != "" && !strings.Contains(raw, ":pw@") {
			password = want.Password
		}
		if got, err := ParseRelay(raw, password); err != nil || got != want {
			t.Errorf("%s: %+v %v", raw, got, err)
		}
	}
	for _, raw := range []string{"", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://mail.example.com:0", "smtp://mail.example.com:99999", "smtp://mail.example.com/path", "smtp://mail.example.com?x=1",
		"smtp://shop@mail.example.com", "smtp+insecure://mail.example.com", "smtp+insecure://8.8.8.8", "smtp+insecure://shop:hunter2@127.0.0.1", "smtp://shop:hunter2@mail.example.com/%zz"} {
		if _, err := ParseRelay(raw, ""); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if _, err := ParseRelay("smtp://shop:a@mail.example.com", "b"); err == nil {
		t.Error("two passwords")
	}
}
