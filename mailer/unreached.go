package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// The ways in which a relay cannot be talked with that are ours alone to tell.
var (
	errNoStartTLS = errors.New("the relay does not offer STARTTLS")
	errNoAuth     = errors.New("the relay offers neither AUTH PLAIN nor AUTH LOGIN")
	errNotNear    = errors.New("smtp+insecure reaches loopback and private hosts only")
)

// wrong says why the relay cannot be used and what to do, in the words of the setting. Whoever reads it
// set smtp.url and knows nothing of how a handshake fails.
func (r Relay) wrong(stage string, err error) error {
	if re := replyOf(err); re.code != 0 {
		return r.declines(stage, spoken(stage, re).Reply)
	}
	switch stage {
	case stageTLS:
		return r.insecure(err)
	case stageAuth:
		if errors.Is(err, errNoAuth) {
			return r.fault("offers no login that is known here (AUTH PLAIN or LOGIN)", "check host and port in smtp.url: the port for submission is usually 587 or 465")
		}
	}
	return r.away(err)
}

// declines is for a relay that answered with a no.
func (r Relay) declines(stage, said string) error {
	if stage == stageAuth {
		return r.fault("refuses user or password: "+said, "check the user in smtp.url, and smtp.password")
	}
	return r.fault("turns us away: "+said, "ask whoever runs the relay to let this machine in, or check smtp.url")
}

// insecure is for a connection that could not be encrypted.
func (r Relay) insecure(err error) error {
	var plain tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.Is(err, errNoStartTLS):
		return r.fault("does not offer STARTTLS, and nothing is sent without encryption", "write smtps:// in smtp.url where the port is encrypted from the start, or switch STARTTLS on at the relay")
	case errors.As(err, &plain):
		return r.fault("does not speak TLS from the start", "write smtp:// with the port for STARTTLS, usually 587, in smtp.url")
	case errors.As(err, &unknown):
		return r.fault("shows a certificate that nobody trusted here has signed", "add the authority that signed it to the trusted ones of this machine, or name its file in SSL_CERT_FILE")
	case errors.As(err, &name):
		return r.fault("shows a certificate for "+names(name.Certificate)+", not for "+r.Host, "write the name of the certificate in smtp.url")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return r.fault("shows a certificate that is not valid at this time", "renew it at the relay, and check the clock of this machine")
	}
	return r.away(err)
}

func names(c *x509.Certificate) string {
	all := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "no name"
	}
	return strings.Join(all[:min(len(all), 5)], ", ")
}

// away is for a relay that did not answer, or not to the end.
func (r Relay) away(err error) error {
	const check = "check host and port in smtp.url, and that the relay runs"
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, errNotNear):
		return r.fault("is no loopback or private address, and smtp+insecure reaches no other", "write smtp:// or smtps:// in smtp.url")
	case errors.As(err, &dns) && dns.IsNotFound:
		return r.fault("has a name that cannot be found", "check the host in smtp.url, and the name server of this machine")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return r.fault("does not answer in time", check+" and no firewall is in between")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return r.fault("hangs up", check)
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return r.named(fault.New(fault.Unavailable, "mailer.away", "the relay {address} cannot be reached", "address", r.Address()).Because(op.Err).Hint(check))
	}
	return r.named(fault.New(fault.Unavailable, "mailer.away", "the relay {address} cannot be used", "address", r.Address()).Because(err).Hint(check))
}

func (r Relay) fault(what, hint string) error {
	return r.named(fault.New(fault.Unavailable, "mailer.relay_wrong", "the relay {address} "+what, "address", r.Address()).Hint(hint))
}

// named has the hint of a fault name the settings of this relay.
func (r Relay) named(f *fault.Fault) error {
	if r.Setting != "" {
		f.Help = strings.NewReplacer("smtp.url", r.Setting+".url", "smtp.password", r.Setting+".password").Replace(f.Help)
	}
	return f
}
