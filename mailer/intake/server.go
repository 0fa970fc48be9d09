package intake

import (
	"errors"
	"io"
	"log"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/reoptin/reoptin/internal/fault"
)

// Limits of the server.
const (
	maxMessage    = 1 << 20   // octets that are held
	maxCut        = 64 << 20  // octets of a message of which the beginning is held
	maxCommand    = 128 << 10 // octets of one line that is none of a message
	maxTaken      = 16 << 10  // octets of a message that are taken at once: far fewer than maxCommand
	maxRecipients = 1         // each message is one person's
	patience      = time.Minute

	maxConnections = 64 // at once
	maxPerClient   = 24 // of these, from one address: a Postfix opens 20 to one destination
)

// Envelope is one message as it was handed over.
type Envelope struct {
	From string // "" for the null sender
	To   string
	Data []byte // CR LF lines, dots unstuffed
}

// Server takes mail for every recipient. It offers SMTPUTF8, and neither encryption nor passwords.
type Server struct {
	smtp     *smtp.Server
	listener net.Listener
	serving  sync.WaitGroup
}

// Options say how a Server listens.
type Options struct {
	Address string               // host:port, port 0 for a free one
	LMTP    bool                 // RFC 2033, from the mail server of the domain, instead of SMTP
	Domain  string               // said in the greeting; "" is localhost
	Mailbox func(to string) bool // whether a recipient exists; nil: every one does
	Cut     bool                 // a message that is too large is taken, and its beginning held, instead of refused
	Shared  bool                 // among strangers: none of them may hold every connection
}

// Listen starts a server that takes mail for everybody.
func Listen(address string, receive func(Envelope) error) (*Server, error) {
	return ListenWith(Options{Address: address}, receive)
}

// ListenWith starts a server and calls receive for each complete message, from several connections at once.
// An error of receive is answered with a temporary refusal, so that the sender keeps the message and tries
// again, unless it is a reply of its own. The error of ListenWith is fault.Unavailable when the address cannot be had.
func ListenWith(o Options, receive func(Envelope) error) (*Server, error) {
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "intake.listen", "cannot receive mail on {address}", "address", o.Address).At("intake.Listen").Because(err)
	}
	each := maxConnections
	if o.Shared {
		each = maxPerClient
	}
	s := &Server{listener: &limited{Listener: l, each: each, held: map[netip.Prefix]int{}}}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{receive: receive, mailbox: o.Mailbox, line: c.Conn().(*counted)}, nil // as limited accepts them
	}))
	s.smtp.LMTP = o.LMTP
	if s.smtp.Domain = o.Domain; o.Domain == "" {
		s.smtp.Domain = "localhost"
	}
	s.smtp.MaxMessageBytes, s.smtp.MaxLineLength, s.smtp.MaxRecipients = maxMessage, 0, maxRecipients // its bound of lines would hold for messages too
	if o.Cut {
		s.smtp.MaxMessageBytes = maxCut
	}
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = patience, patience
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = log.New(io.Discard, "", 0) // it would log addresses
	s.serving.Go(func() { _ = s.smtp.Serve(s.listener) })
	return s, nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close stops listening and cuts every connection.
func (s *Server) Close() error {
	err := s.smtp.Close()
	_ = s.listener.Close() // a server that has not begun to serve does not know its listener yet
	s.serving.Wait()
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// session is one connection.
type session struct {
	receive  func(Envelope) error
	mailbox  func(string) bool
	line     *counted
	envelope Envelope
}

// Mail begins a message.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.envelope = Envelope{From: from}
	return nil
}

// Rcpt names its recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.mailbox != nil && !s.mailbox(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox here"}
	}
	s.envelope.To = to
	return nil
}

// Data takes its text, with lines of any length: many programs write a picture, or all of a page, into one. Whoever stops in the
// middle of it may come again.
func (s *session) Data(r io.Reader) error {
	r = s.line.message(r)
	data, err := io.ReadAll(io.LimitReader(r, maxMessage))
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if refused := (*smtp.SMTPError)(nil); errors.As(err, &refused) {
		return err
	}
	if err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 4, 2}, Message: "the message did not come to its end, try again"}
	}
	e := s.envelope
	e.Data = data
	err = s.receive(e)
	if refused := (*smtp.SMTPError)(nil); errors.As(err, &refused) {
		return refused
	}
	if err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not taken, try again later"}
	}
	return nil
}

// Reset forgets the message begun, or ended.
func (s *session) Reset() {
	s.envelope = Envelope{}
	s.line.through.Store(false)
}

// Logout ends the session.
func (s *session) Logout() error { return nil }
