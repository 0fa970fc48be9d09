package smtptest

import (
	"crypto/tls"
	"crypto/x509"
	"net/smtp"
	"strings"
	"testing"
)

// The oracle remembers what it took, whatever it said.
func TestMemory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step    Step
		believe bool // what a sender is told
		taken   int
	}{
		"usual":                 {Step{}, true, 1},
		"refused":               {Step{Reply: "550 5.7.1 no"}, false, 0},
		"stored, then dropped":  {Step{Drop: true, Store: true}, false, 1},
		"dropped":               {Step{Drop: true}, false, 0},
		"reset after storing":   {Step{Abort: true, Store: true}, false, 1},
		"stored, then an alert": {Step{Alert: true, Store: true}, false, 1},
		"split":                 {Step{Reply: "250 ok", Split: true}, true, 1},
		"refused, yet it keeps": {Step{Reply: "451 4.3.0 no", Store: true}, false, 1},
	} {
		s, err := Start(Options{Pipelining: true, EightBit: true, UTF8: true, Script: At(Dot, 1, c.step)})
		if err != nil {
			t.Fatal(err)
		}
		err = smtp.SendMail(s.Addr(), nil, "a@example.org", []string{"b@example.net"}, []byte("Subject: x\r\n\r\n.dot\r\n"))
		if (err == nil) != c.believe || s.Accepted()["b@example.net"] != c.taken {
			t.Errorf("%s: %v, taken %v", name, err, s.Accepted())
		}
		if c.taken == 1 && string(s.Messages()[0].Data) != "Subject: x\r\n\r\n.dot\r\n" {
			t.Errorf("%s: %q", name, s.Messages()[0].Data)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A sender is told of TLS's end in TLS's own words, before it is begun and after.
func TestAlert(t *testing.T) {
	t.Parallel()
	for stage, want := range map[Stage]string{StartTLS: "handshake failure", Mail: "EOF"} {
		s, err := Start(Options{StartTLS: true, Script: At(stage, 0, Step{Reply: "220 2.0.0 go ahead", Alert: true})})
		if err != nil {
			t.Fatal(err)
		}
		c, err := smtp.Dial(s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(s.Certificate()) {
			t.Error("the certificate is no PEM")
		}
		err = c.StartTLS(&tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12})
		if stage == Mail && err == nil {
			_ = c.Mail("a@example.org") // answered, then ended
			err = c.Rcpt("b@example.net")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", stage, err, want)
		}
		_ = c.Close()
		if !s.Wait(func() bool { return s.Open() == 0 }) {
			t.Error("a connection stays open")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
