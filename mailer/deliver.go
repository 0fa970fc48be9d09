package mailer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/bounce"
)

// The stages of an outcome.
const (
	stageDial = "dial"
	stageTLS  = "tls"
	stageAuth = "auth"
	stageMail = "mail"
	stageRcpt = "rcpt"
	stageData = "data"
	stageBody = "body"
	stageDot  = "dot"
)

// envelope is one message ready for the wire.
type envelope struct {
	from, to string
	utf8     bool
	stuffed  []byte // dots doubled, ends with CR LF
}

var (
	errMailbox = errors.New("the address cannot stand in an envelope")
	errBytes   = errors.New("the message has a line end of its own kind or a line over 998 octets")
)

// newEnvelope checks once more what would let one message speak as another: line ends and brackets in
// addresses, bare CR or LF in the text.
func newEnvelope(m campaign.Message) (envelope, error) {
	e := envelope{from: m.EnvelopeFrom, to: string(m.To)}
	if !mailbox(e.from) || !mailbox(e.to) {
		return e, errMailbox
	}
	e.utf8 = !ascii(e.from) || !ascii(e.to)
	if !wellFormed(m.Bytes) {
		return e, errBytes
	}
	if e.stuffed = m.Bytes; bytes.Contains(m.Bytes, []byte("\r\n.")) { // few messages have such a line
		e.stuffed = bytes.ReplaceAll(m.Bytes, []byte("\r\n."), []byte("\r\n.."))
	}
	if bytes.HasPrefix(m.Bytes, []byte(".")) {
		e.stuffed = append([]byte("."), e.stuffed...)
	}
	return e, nil
}

// mailbox reports whether s may stand between angle brackets.
func mailbox(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && len(s) <= 254 && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7F || r == '<' || r == '>' || unicode.IsControl(r) })
}

func ascii[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if s[i] > 0x7F {
			return false
		}
	}
	return true
}

// maxLine is how many octets a line may have, without its end (RFC 5322 section 2.1.1).
const maxLine = 998

// wellFormed reports whether every line ends with CR LF and has at most 998 octets, and no NUL. Each
// message is looked at whole, so it looks for line ends instead of at every octet.
func wellFormed(b []byte) bool {
	if !bytes.HasSuffix(b, []byte("\r\n")) || bytes.IndexByte(b, 0) >= 0 {
		return false
	}
	lines := 0
	for rest := b; len(rest) > 0; lines++ {
		end := bytes.IndexByte(rest, '\n')
		if end < 1 || rest[end-1] != '\r' || end-1 > maxLine {
			return false
		}
		rest = rest[end+1:]
	}
	return bytes.Count(b, []byte("\r")) == lines // none stands elsewhere
}

// deliver is one transaction. The order is the promise: body flushed, commit, dot.
func (c *conn) deliver(ctx context.Context, e envelope, commit func(context.Context) error) (o campaign.Outcome) {
	inTime := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	finished := false
	c.used++
	defer func() {
		if !inTime() || !finished { // cancelled, or a panic: what was said is not known
			c.cut()
		}
	}()
	o, ok := c.hand(e)
	if ok && ctx.Err() != nil {
		o, ok = c.lost(stageBody, ctx.Err()), false
	}
	if ok {
		o = c.finish(ctx, commit)
	}
	o.Reply = hide(o.Reply, e.to)
	finished = true
	return o
}

// hand does everything before the commit; ok means that the body is with the relay.
func (c *conn) hand(e envelope) (campaign.Outcome, bool) {
	if o, ok := c.address(e); !ok {
		return o, false
	}
	c.mailer.points.At("mail.after-data")
	if err := c.body(e.stuffed); err != nil {
		return c.lost(stageBody, err), false
	}
	c.mailer.points.At("mail.after-body")
	if c.spoke() {
		return c.lost(stageBody, errUnasked), false
	}
	return campaign.Outcome{}, true
}

// address says MAIL, RCPT and DATA; ok means that the relay waits for the body.
func (c *conn) address(e envelope) (campaign.Outcome, bool) {
	mail, rcpt := "MAIL FROM:<"+e.from+">", "RCPT TO:<"+e.to+">"
	if e.utf8 {
		if !c.utf8 || !c.eightBit {
			return campaign.Outcome{Kind: campaign.OutcomeReleased, Stage: stageMail, Err: noScript(), Script: true}, false
		}
		mail += " BODY=8BITMIME SMTPUTF8"
	}
	if c.pipelining {
		return c.pipeline(mail, rcpt, "DATA")
	}
	if o, ok := c.ask(stageMail, mail, 2); !ok {
		return o, false
	}
	c.mailer.points.At("mail.after-mail")
	if o, ok := c.ask(stageRcpt, rcpt, 2); !ok {
		return o, false
	}
	c.mailer.points.At("mail.after-rcpt")
	return c.ask(stageData, "DATA", 3)
}

// pipeline says all three in one packet (RFC 2920). What is turned down is followed by the replies to the
// rest. A relay that waits for a body all the same could only be told an empty message: it is left.
func (c *conn) pipeline(commands ...string) (campaign.Outcome, bool) {
	if err := c.send(commands...); err != nil {
		return c.lost(stageMail, err), false
	}
	stages := []string{stageMail, stageRcpt, stageData}
	for n, stage := range stages {
		r, err := c.read()
		if err != nil {
			return c.lost(stage, err), false
		}
		if stage == stageData {
			if r.code != 354 {
				return c.turnedDown(stage, r), false
			}
			break
		}
		if r.code/100 != 2 {
			return c.turnedDownLast(stage, r, c.skip(len(stages)-n-1)), false
		}
		if stage == stageRcpt {
			c.mailer.points.At("mail.after-rcpt")
		}
	}
	return campaign.Outcome{}, true
}

// skip reads replies that no longer matter; false when one did not come, or waits for a body.
func (c *conn) skip(n int) bool {
	for range n {
		if r, err := c.read(); err != nil || r.code/100 == 3 {
			return false
		}
	}
	return true
}

func noScript() error {
	return fault.New(fault.Unavailable, "mailer.script", "the relay cannot carry an address with letters outside ASCII").At("mailer.Deliver")
}

// ask says one command, to which a yes has the given first digit.
func (c *conn) ask(stage, command string, yes int) (campaign.Outcome, bool) {
	if err := c.send(command); err != nil {
		return c.lost(stage, err), false
	}
	r, err := c.read()
	if err != nil {
		return c.lost(stage, err), false
	}
	if stage == stageData && r.code != 354 || r.code/100 != yes {
		return c.turnedDown(stage, r), false
	}
	return campaign.Outcome{}, true
}

// body writes and flushes all of it: what stays in a buffer now would be sent with the dot.
func (c *conn) body(b []byte) error {
	c.wait(c.mailer.timeouts.Body)
	if failpoint.Enabled { // who stops in the middle needs one
		half := len(b) / 2
		if err := c.flush(b[:half]); err != nil {
			return err
		}
		c.mailer.points.At("mail.mid-body")
		b = b[half:]
	}
	return c.flush(b)
}

func (c *conn) flush(b []byte) error {
	if _, err := c.w.Write(b); err != nil {
		return err
	}
	return c.w.Flush()
}

// spoke reports whether the relay said something in the middle of the body, or hung up. It is in step
// no longer: what it said would be taken for its answer to the dot. Under TLS a whole record may be
// waiting unread above the socket; a look whose time is already over finds it without waiting.
func (c *conn) spoke() bool {
	if c.r.Buffered() > 0 || pending(c.raw) {
		return true
	}
	_ = c.raw.SetReadDeadline(time.Unix(1, 0))
	_, err := c.r.Peek(1)
	_ = c.raw.SetReadDeadline(time.Time{})
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// finish asks for the commit and, only then, writes the dot and reads what the relay says.
func (c *conn) finish(ctx context.Context, commit func(context.Context) error) campaign.Outcome {
	if err := commit(ctx); err != nil {
		c.cut()
		return campaign.Outcome{Kind: campaign.OutcomeLost, Stage: stageBody, Err: err}
	}
	c.mailer.points.At("mail.after-commit")
	if c.spoke() { // too late to take the commit back, and a reply to the dot could not be told apart
		c.cut()
		return campaign.Outcome{Kind: campaign.OutcomeUncertain, Committed: true, Stage: stageDot, Err: errUnasked}
	}
	unclear := func(err error) campaign.Outcome {
		c.cut()
		return campaign.Outcome{Kind: campaign.OutcomeUncertain, Committed: true, Stage: stageDot, Err: err}
	}
	c.wait(c.mailer.timeouts.Reply)
	if err := c.flush([]byte(".\r\n")); err != nil {
		return unclear(err)
	}
	c.mailer.points.At("mail.after-dot")
	r, err := c.read()
	if err != nil {
		return unclear(err)
	}
	c.mailer.points.At("mail.after-reply")
	return c.judge(r)
}

// hide takes addresses out of the relay's words, which are logged and shown: the person's own, whatever else looks like
// one, such as where the mailbox forwards to, and the signed return path, which is a key to the person's bounces.
func hide(text, to string) string {
	text = hideOwn(text, to)
	if strings.Contains(text, "@") {
		text = addressed.ReplaceAllStringFunc(text, func(found string) string {
			if strings.Contains(found, "•••") {
				return found
			}
			return campaign.Address(found).Redacted()
		})
	}
	return tokens.ReplaceAllString(text, "•••")
}

var (
	addressed = expression.Of(`[^\s<>()\[\],;:"'=]+@[^\s<>()\[\],;:"'=]+`)
	tokens    = expression.Of(`[a-zA-Z2-7]{60}`)
)

func hideOwn(text, to string) string {
	if text == "" {
		return text
	}
	shown := campaign.Address(to).Redacted()
	lower, needle := strings.ToLower(text), strings.ToLower(to)
	if len(lower) != len(text) || len(needle) != len(to) {
		return strings.ReplaceAll(text, to, shown)
	}
	var b strings.Builder
	for {
		i := strings.Index(lower, needle)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i] + shown)
		text, lower = text[i+len(needle):], lower[i+len(needle):]
	}
}

// reply is one complete reply.
type reply struct {
	code   int
	status string       // enhanced code, "" when there is none
	text   string       // all lines in one, printable, without the enhanced codes at their starts
	class  bounce.Class // of a no
}

const maxReply = 480 // octets kept of a reply's text

func (r *reply) finish(lines []string) {
	r.status = bounce.Status(r.code, lines[0])
	for i, line := range lines {
		if s := bounce.Status(r.code, line); s != "" {
			lines[i] = strings.TrimLeft(strings.TrimSpace(line)[len(s):], ": ")
		}
	}
	text := strings.ToValidUTF8(strings.Join(lines, " "), "�")
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text)
	r.text = strings.Join(strings.Fields(text), " ")
	if r.code >= 400 { // of all that was said; each yes is one of five to a message
		r.class = bounce.Classify(r.code, r.status, r.text)
	}
	if len(r.text) > maxReply {
		r.text = strings.ToValidUTF8(r.text[:maxReply], "")
	}
}

// resetTimeout bounds the wait for a reply that only decides whether the connection is kept.
const resetTimeout = 10 * time.Second
