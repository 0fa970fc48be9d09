package mailer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Receipt is a receipt that somebody asked to have by mail: text, with the same as a file to print. It asks for
// nothing, so it is no invitation: it has no return path of one, and nothing to unsubscribe from.
type Receipt struct {
	From     campaign.Sender
	To       campaign.Address
	Response string // whose receipt it is
	Language string
	Subject  string
	Text     string
	File     string // name of the attached PDF
	PDF      []byte
}

// Receipt composes such a message, signed when there is a signer for its sender. The same receipt gets the same
// Message-ID, however often it is tried.
func (c *Composer) Receipt(r Receipt) (campaign.Message, error) {
	if !mailbox(r.From.Address) || !ascii(r.From.Address) || !mailbox(string(r.To)) {
		return campaign.Message{}, fault.New(fault.Internal, "mailer.receipt_address", "the sender or the recipient of a receipt is no mailbox").At("mailer.Receipt")
	}
	sum := sha256.Sum256([]byte("reoptin/receipt\x00" + r.Response))
	name := hex.EncodeToString(sum[:digestSize])
	sender := campaign.Address(r.From.Address)
	m := campaign.Message{EnvelopeFrom: r.From.Address, To: r.To, MessageID: name + "@" + sender.Domain()}
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("receipt"+name))
	for _, h := range [][2]string{
		{"From", named("From", r.From.Name, r.From.Address)},
		{"Subject", encoded("Subject", clean(r.Subject, maxSubject))},
		{"Content-Language", r.Language},
		{"Auto-Submitted", "auto-replied"},
		{"X-Auto-Response-Suppress", "All"},
	} {
		g.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	if r.From.ReplyTo != "" {
		g.SetGenHeader("Reply-To", "<"+r.From.ReplyTo+">")
	}
	g.SetDateWithValue(c.clock())
	g.SetMessageIDWithValue(m.MessageID)
	g.ToMailAddress(&netmail.Address{Address: string(r.To)})
	g.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(r.Text, "\r", ""))
	if err := g.AttachReader(r.File, bytes.NewReader(r.PDF), gomail.WithFileContentType("application/pdf")); err != nil {
		return campaign.Message{}, fault.Wrap("mailer.Receipt", err)
	}
	return c.finish(g, m, sender, "mailer.Receipt")
}

// finish gives a message that is no invitation its bytes, signed when there is a signer for its sender.
func (c *Composer) finish(g *gomail.Msg, m campaign.Message, sender campaign.Address, at string) (campaign.Message, error) {
	var b bytes.Buffer
	if _, err := g.WriteTo(&b); err != nil {
		return campaign.Message{}, fault.Wrap(at, err)
	}
	m.Bytes = b.Bytes()
	if c.signer != nil && campaign.Signable(sender, c.signer.domain) == nil {
		return c.signer.sign(m)
	}
	return m, nil
}
