package mailer

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// Why a relay cannot be used is said with its address and with what to do, and never in the words of a
// library.
func TestAnUnusableRelayIsNamedWithWhatHelps(t *testing.T) {
	t.Parallel()
	r := Relay{Scheme: schemeTLS, Host: "mail.lumen.example", Port: 465}
	other := x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"smtp.other.example"}}, Host: r.Host}
	for name, c := range map[string]struct {
		stage string
		err   error
		want  string
		hint  string
	}{
		"refused":     {stageDial, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errors.New("connection refused"))}, "cannot be reached: connection refused", "smtp.url"},
		"no such":     {stageDial, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: r.Host, IsNotFound: true}}, "has a name that cannot be found", "name server"},
		"slow":        {stageDial, fmt.Errorf("read: %w", os.ErrDeadlineExceeded), "does not answer in time", "firewall"},
		"gave up":     {stageDial, context.DeadlineExceeded, "does not answer in time", "firewall"},
		"hung up":     {stageDial, io.EOF, "hangs up", "smtp.url"},
		"not near":    {stageDial, &net.OpError{Op: "dial", Err: errNotNear}, "no loopback or private address", "smtps://"},
		"name":        {stageTLS, fmt.Errorf("tls: %w", other), "shows a certificate for smtp.other.example, not for mail.lumen.example", "name of the certificate"},
		"nameless":    {stageTLS, x509.HostnameError{Certificate: &x509.Certificate{}, Host: r.Host}, "shows a certificate for no name", "name of the certificate"},
		"signed":      {stageTLS, x509.UnknownAuthorityError{}, "nobody trusted here has signed", "SSL_CERT_FILE"},
		"expired":     {stageTLS, x509.CertificateInvalidError{Reason: x509.Expired}, "not valid at this time", "clock"},
		"no starttls": {stageTLS, errNoStartTLS, "does not offer STARTTLS", "smtps://"},
		"password":    {stageAuth, &textproto.Error{Code: 535, Msg: "5.7.8 no"}, "refuses user or password: 535 5.7.8 no", "smtp.password"},
		"no login":    {stageAuth, errNoAuth, "offers no login", "587"},
		"not wanted":  {stageDial, &textproto.Error{Code: 554, Msg: "5.7.1 go away"}, "turns us away: 554 5.7.1 go away", "let this machine in"},
		"odd":         {stageDial, errors.New("odd"), "cannot be used: odd", "smtp.url"},
	} {
		err := r.wrong(c.stage, c.err)
		if text := err.Error(); !strings.HasPrefix(text, "the relay mail.lumen.example:465 ") || !strings.Contains(text, c.want) {
			t.Errorf("%s: %s", name, text)
		}
		if hint := fault.HintOf(err); !strings.Contains(hint, c.hint) || !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v, try %q", name, fault.KindOf(err), hint)
		}
	}
}
