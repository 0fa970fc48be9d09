package smtptest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"sync"
	"time"
)

// Options say what the server announces. The zero value is a plain server without extensions.
type Options struct {
	Pipelining, EightBit, UTF8 bool
	StartTLS                   bool          // announce STARTTLS
	Size                       int           // announce SIZE
	Valid                      time.Duration // of the certificate; 0: a day
	TLS                        bool          // encrypted from the first byte
	User, Password             string        // announce AUTH PLAIN LOGIN and require it
	Script                     Script        // nil: everything is taken
	Forget                     bool          // what messages say: a million of them take more memory than there is
}

// Message is one message that the server took.
type Message struct {
	Connection int
	From, To   string
	Params     string // of MAIL FROM: "SMTPUTF8 BODY=8BITMIME"
	Data       []byte // dots unstuffed, CR LF lines
}

// Server is a running server. All methods may be called at any time.
type Server struct {
	options  Options
	listener net.Listener
	config   *tls.Config
	roots    *x509.CertPool
	sessions sync.WaitGroup
	done     chan struct{} // closed by Close

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something below changes
	open     map[net.Conn]bool
	count    int
	messages []Message
	partial  []byte // the body being received
	closed   bool
}

// Start listens on a free loopback port until Close.
func Start(o Options) (*Server, error) {
	s := &Server{options: o, done: make(chan struct{}), changed: make(chan struct{}), open: map[net.Conn]bool{}}
	if o.StartTLS || o.TLS {
		if err := s.certify(); err != nil {
			return nil, err
		}
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.sessions.Go(s.accept)
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Roots trust the server's certificate; nil without TLS.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// Certificate is the server's certificate in PEM, for a program that is to trust it by file; nil without TLS.
func (s *Server) Certificate() []byte {
	if s.config == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.config.Certificates[0].Certificate[0]})
}

// Close ends all sessions and waits for them.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.mu.Lock()
	if !s.closed {
		close(s.done)
	}
	s.closed = true
	for c := range s.open {
		_ = c.Close()
	}
	s.touch()
	s.mu.Unlock()
	s.sessions.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Accepted counts the messages taken by recipient.
func (s *Server) Accepted() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{}
	for _, m := range s.messages {
		out[m.To]++
	}
	return out
}

// Messages are the messages taken, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Connections counts the connections made so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Open counts the connections that are open now. When it is none, what was under way has been taken or
// is lost.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// Partial is the body received so far of a message that is neither ended nor cut; nil when there is none.
// It serves tests that send one message at a time.
func (s *Server) Partial() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.partial)
}

// Wait blocks until a condition holds; it is asked whenever the server has seen something new. false:
// the server was closed first.
func (s *Server) Wait(condition func() bool) bool {
	for {
		s.mu.Lock()
		changed, closed := s.changed, s.closed
		s.mu.Unlock()
		if condition() {
			return true
		}
		if closed {
			return false
		}
		<-changed
	}
}

// touch wakes those who wait. The lock is held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) change(what func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what()
	s.touch()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = c.Close()
			return
		}
		s.count++
		number := s.count
		s.open[c] = true
		s.touch()
		s.mu.Unlock()
		s.sessions.Go(func() {
			defer s.change(func() { delete(s.open, c) })
			defer func() { _ = c.Close() }()
			newSession(s, c, number).serve()
		})
	}
}
