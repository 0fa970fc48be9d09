package mailer

import (
	"crypto/sha256"
	"encoding/hex"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// HeadMail gives a head of the ledger to whoever keeps it. It belongs to no campaign and nobody is asked by it: no
// invitation, no link and no return path of one is in it.
type HeadMail struct {
	FromName string
	From     campaign.Address
	To       campaign.Address
	Language string
	Subject  string
	Text     string
	Note     string // the signed head, attached as it is
	At       time.Time
}

// headFile is the name under which the head is attached.
const headFile = "checkpoint.txt"

// HeadMail composes such a mail, signed when there is a signer for its sender.
func (c *Composer) HeadMail(h HeadMail) (campaign.Message, error) {
	if !mailbox(string(h.From)) || !ascii(h.From) || !mailbox(string(h.To)) {
		return campaign.Message{}, fault.New(fault.Invalid, "mailer.head_address", "the sender or the recipient of a head of the ledger is no mailbox").At("mailer.HeadMail").
			Hint("correct email and dpo in the organisation file, then reoptin organisation apply FILE")
	}
	sum := sha256.Sum256([]byte(h.Note + "\x00" + string(h.To)))
	name := hex.EncodeToString(sum[:digestSize])
	m := campaign.Message{EnvelopeFrom: string(h.From), To: h.To, MessageID: name + "@" + h.From.Domain()}
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("head"+name))
	for _, f := range [][2]string{
		{"From", named("From", h.FromName, string(h.From))},
		{"Subject", encoded("Subject", clean(h.Subject, maxValue))},
		{"Content-Language", h.Language},
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "OOF, AutoReply"},
	} {
		g.SetGenHeader(gomail.Header(f[0]), f[1])
	}
	g.SetDateWithValue(h.At)
	g.SetMessageIDWithValue(m.MessageID)
	g.ToMailAddress(&netmail.Address{Address: string(h.To)})
	g.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(h.Text, "\r", ""))
	// In base64, since a signature is over bytes that no mail server may change.
	if err := g.AttachReader(headFile, strings.NewReader(h.Note), gomail.WithFileContentType("application/octet-stream"), gomail.WithFileEncoding(gomail.EncodingB64)); err != nil {
		return campaign.Message{}, fault.Wrap("mailer.HeadMail", err)
	}
	return c.finish(g, m, h.From, "mailer.HeadMail")
}
