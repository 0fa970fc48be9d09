package mailer

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// conn is one connection to the relay: greeting, STARTTLS and authentication by go-mail's client, the
// transactions by us over its reader and writer. The TCP connection is ours, so that it can be cut
// while the client waits.
type conn struct {
	mailer *Mailer
	raw    net.Conn
	client *smtp.Client
	r      *bufio.Reader
	w      *bufio.Writer

	pipelining, utf8, eightBit bool

	used int       // messages begun
	born time.Time // when it was opened
	dead bool      // poisoned: nothing may be said any more
}

// dialError is a failure before the first transaction: the relay's, never the person's.
type dialError struct {
	stage string
	err   error
}

func (e *dialError) Error() string { return e.stage + ": " + e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// dial opens, secures and authenticates a connection. Every error is a *dialError.
func (m *Mailer) dial(ctx context.Context) (*conn, error) {
	m.points.At("mail.before-dial")
	d := net.Dialer{Timeout: m.timeouts.Dial}
	if m.relay.Scheme == schemePlain {
		d.Control = onlyNear
	}
	raw, err := d.DialContext(ctx, "tcp", m.relay.Address())
	if err != nil {
		return nil, &dialError{stageDial, err}
	}
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	c := &conn{mailer: m, raw: raw, born: m.pool.clock()}
	m.open.Add(1)
	if err := c.open(ctx); err != nil {
		c.cut()
		return nil, err
	}
	m.points.At("mail.after-dial")
	return c, nil
}

// onlyNear refuses to connect without encryption to anything but a loopback or private address,
// whatever the name resolved to.
func onlyNear(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || !near(a.Addr()) {
		return errNotNear
	}
	return nil
}

func (c *conn) open(ctx context.Context) error {
	m := c.mailer
	c.wait(m.timeouts.Command)
	over := c.raw
	if m.relay.Scheme == schemeTLS {
		secured := tls.Client(c.raw, m.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return &dialError{stageTLS, err}
		}
		over = secured
	}
	var err error
	if c.client, err = smtp.NewClient(over, m.relay.Host); err != nil {
		return &dialError{stageDial, err}
	}
	c.wait(m.timeouts.Command)
	if err := c.client.Hello(c.name()); err != nil {
		return &dialError{stageDial, err}
	}
	if err := c.secure(); err != nil {
		return &dialError{stageTLS, err}
	}
	c.wait(m.timeouts.Command)
	if err := c.authenticate(); err != nil {
		return &dialError{stageAuth, err}
	}
	c.pipelining, _ = c.client.Extension("PIPELINING")
	c.utf8, _ = c.client.Extension("SMTPUTF8")
	c.eightBit, _ = c.client.Extension("8BITMIME")
	c.r, c.w = c.client.Text.R, c.client.Text.W
	return nil
}

// name is what we call ourselves: a name that resolves, else our address as a literal.
func (c *conn) name() string {
	if c.mailer.helo != "" {
		return c.mailer.helo
	}
	if host, err := os.Hostname(); err == nil && strings.Contains(strings.Trim(host, "."), ".") {
		return host
	}
	local, err := netip.ParseAddrPort(c.raw.LocalAddr().String())
	switch {
	case err != nil:
		return "localhost"
	case local.Addr().Unmap().Is4():
		return "[" + local.Addr().Unmap().String() + "]"
	}
	return "[IPv6:" + local.Addr().WithZone("").String() + "]"
}

func (c *conn) secure() error {
	if c.mailer.relay.Scheme != schemeStartTLS {
		return nil
	}
	if ok, _ := c.client.Extension("STARTTLS"); !ok {
		return errNoStartTLS
	}
	return c.client.StartTLS(c.mailer.tls)
}

// authenticate uses PLAIN or LOGIN; go-mail refuses both on an unencrypted connection.
func (c *conn) authenticate() error {
	r := c.mailer.relay
	if r.User == "" {
		return nil
	}
	_, offered := c.client.Extension("AUTH")
	switch mechanisms := strings.Fields(strings.ToUpper(offered)); {
	case slices.Contains(mechanisms, "PLAIN"):
		return c.client.Auth(smtp.PlainAuth("", r.User, r.Password, r.Host, false))
	case slices.Contains(mechanisms, "LOGIN"):
		return c.client.Auth(smtp.LoginAuth(r.User, r.Password, r.Host, false))
	}
	return errNoAuth
}

// usable reports whether another message may go over the connection.
func (c *conn) usable(now time.Time) bool {
	return c != nil && !c.dead && c.used < messagesPerConnection && now.Sub(c.born) < lifeOfConnection && c.r.Buffered() == 0
}

// cut closes the TCP connection without a word.
func (c *conn) cut() {
	if !c.dead {
		c.mailer.open.Add(-1)
	}
	c.dead = true
	_ = c.raw.Close()
}

// leave says QUIT without waiting for an answer. A nil connection is left already.
func (c *conn) leave() {
	if c == nil {
		return
	}
	if !c.dead {
		c.wait(time.Second)
		_, _ = c.w.WriteString("QUIT\r\n")
		_ = c.w.Flush()
	}
	c.cut()
}

// wait sets how long the next step may take. A deadline that cannot be set shows as the next error.
func (c *conn) wait(d time.Duration) { _ = c.raw.SetDeadline(time.Now().Add(d)) }

// send writes commands in one go.
func (c *conn) send(lines ...string) error {
	if c.r.Buffered() > 0 {
		return errUnasked
	}
	c.wait(c.mailer.timeouts.Command)
	for _, line := range lines {
		if _, err := c.w.WriteString(line + "\r\n"); err != nil {
			return err
		}
	}
	return c.w.Flush()
}

var (
	errUnasked = errors.New("the relay spoke without being asked")
	errReply   = errors.New("the relay's reply cannot be read")
)

// maxReplyLines bounds a reply: a relay that goes on talking is not understood.
const maxReplyLines = 128

// read takes one complete reply: lines of one code, the last without a hyphen. Anything else is an
// error, after which the connection must be cut.
func (c *conn) read() (reply, error) {
	var out reply
	var words []string
	for range maxReplyLines {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return reply{}, err
		}
		code, text, more, ok := parseLine(strings.TrimRight(string(line), "\r\n"))
		if !ok || out.code != 0 && code != out.code {
			return reply{}, errReply
		}
		out.code = code
		words = append(words, text)
		if !more {
			out.finish(words)
			return out, nil
		}
	}
	return reply{}, errReply
}

// parseLine reads "250-text".
func parseLine(line string) (code int, text string, more, ok bool) {
	if len(line) < 3 {
		return 0, "", false, false
	}
	for _, b := range []byte(line[:3]) {
		if b < '0' || b > '9' {
			return 0, "", false, false
		}
		code = code*10 + int(b-'0')
	}
	if code < 200 || code > 599 {
		return 0, "", false, false
	}
	if len(line) == 3 {
		return code, "", false, true
	}
	return code, line[4:], line[3] == '-', line[3] == '-' || line[3] == ' '
}

// replyOf is the reply in an error of go-mail's client, if it is one.
func replyOf(err error) reply {
	var t *textproto.Error
	if !errors.As(err, &t) {
		return reply{}
	}
	out := reply{code: t.Code}
	out.finish(strings.Split(t.Msg, "\n"))
	return out
}

// String is for the log.
func (r reply) String() string { return fmt.Sprintf("%d %s", r.code, r.text) }
