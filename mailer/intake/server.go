package intake

import (
	"errors"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/reoptin/reoptin/internal/fault"
)

// Limits of the server.
const (
	maxMessage    = 1 << 20 // octets
	maxLine       = 2000    // octets
	maxRecipients = 1       // each message is one person's
	patience      = time.Minute
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

// Listen starts a server on host:port, port 0 for a free one, and calls receive for each complete
// message, from several connections at once. An error of receive is answered with a temporary refusal.
// The error of Listen is fault.Unavailable when the address cannot be had.
func Listen(address string, receive func(Envelope) error) (*Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "intake.listen", "cannot receive mail on {address}", "address", address).At("intake.Listen").Because(err)
	}
	s := &Server{listener: l}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{receive: receive}, nil }))
	s.smtp.Domain = "localhost"
	s.smtp.MaxMessageBytes, s.smtp.MaxLineLength, s.smtp.MaxRecipients = maxMessage, maxLine, maxRecipients
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = patience, patience
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = log.New(io.Discard, "", 0) // it would log addresses
	s.serving.Go(func() { _ = s.smtp.Serve(l) })
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
	envelope Envelope
}

// Mail begins a message.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.envelope = Envelope{From: from}
	return nil
}

// Rcpt names its recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.envelope.To = to
	return nil
}

// Data takes its text.
func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	e := s.envelope
	e.Data = data
	if err := s.receive(e); err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not taken, try again later"}
	}
	return nil
}

// Reset forgets the message begun.
func (s *session) Reset() { s.envelope = Envelope{} }

// Logout ends the session.
func (s *session) Logout() error { return nil }
