package intake

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/reoptin/reoptin/mailer/bounce"
)

// takeTime bounds how long the sender of a message waits for it to be dealt with.
const takeTime = time.Minute

// Receive starts a server for what comes back: address is host:port, smtp://host:port or lmtp://host:port. It
// has no mailbox but the signed addresses of this installation, so that nothing which a person
// should read ends here. A message is taken when it is dealt with; until then its sender keeps it.
func (in *Intake) Receive(address, domain string, log *slog.Logger) (*Server, error) {
	host, lmtp := strings.CutPrefix(address, "lmtp://")
	host = strings.TrimPrefix(host, "smtp://")
	return ListenWith(Options{Address: host, LMTP: lmtp, Domain: domain, Mailbox: in.ours, Cut: true, Shared: true}, func(e Envelope) error {
		ctx, cancel := context.WithTimeout(context.Background(), takeTime)
		defer cancel()
		taken, err := in.Take(ctx, e.delivered(), false)
		if err != nil {
			log.Warn("what came back could not be taken in, and comes again", "cause", err)
			return err
		}
		taken.log(log)
		if taken.Kind == bounce.KindOther {
			log.Warn("what came to a signed address is nothing that is understood, and nobody can read it: let bounces.imap read a mailbox instead", "given_back", e.From != "")
			return unread(e.From)
		}
		if taken.More {
			log.Warn("a person wrote more than stop to an address that keeps nothing, and nobody can read it: let bounces.imap read a mailbox instead", "invitation", taken.Recipients[0].Invitation)
		}
		return nil
	})
}

// unread is the answer to what nobody will read: whoever can be told is. A server that writes from the null sender cannot
// (RFC 5321 section 6.1).
func unread(from string) error {
	if from == "" {
		return nil
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "only mail servers write to this address, and nobody reads it: write to the one in the message"}
}

// log says what came back, without naming anybody.
func (t Taken) log(log *slog.Logger) {
	for _, r := range t.Recipients {
		args := []any{"kind", t.Kind, "class", r.Meaning, "status", r.Status, "invitation", r.Invitation, "effect", r.Effect}
		if t.More {
			args = append(args, "more", "for people to read")
		}
		if r.Meaning == bounce.MeansOptOut && r.Invitation == 0 {
			log.Warn("somebody writes stop, and the message does not say to which of ours: read it, and put them on the never-write list by hand", args...)
			continue
		}
		log.Info("something came back", args...)
	}
}

// ours reports whether an address was signed by this installation.
func (in *Intake) ours(to string) bool {
	_, ok := in.Genuine(bounce.Addresses(to))
	return ok
}

// delivered is a message with what its last server writes before it (RFC 5321 section 4.4): where it came
// from and whom it came to.
func (e Envelope) delivered() []byte {
	head := "Return-Path: <" + e.From + ">\r\nDelivered-To: " + e.To + "\r\n"
	return append([]byte(head), e.Data...)
}
