package mailer

import (
	"context"
	"crypto/tls"
	"log/slog"
	"strconv"
	"time"
)

// Probing says how to look at a relay.
type Probing struct {
	Relay   Relay
	TLS     *tls.Config   // nil: the system's trust
	Timeout time.Duration // of each wait
}

// Probed is what a relay says of itself to who does not send.
type Probed struct {
	Name       string               // by which it answers
	TLS        *tls.ConnectionState // nil: not encrypted
	Login      bool                 // a login is configured, and was accepted
	Offers     bool                 // it offers a login
	Size       int64                // of the largest message; 0: it does not say
	Pipelining bool
	EightBit   bool
	UTF8       bool
}

// Probe connects as a delivery would, secures the connection, logs in, and leaves: no message is begun, and
// nobody's address is named. The error says why the relay cannot be used, and what to do.
func Probe(ctx context.Context, p Probing) (Probed, error) {
	m, err := New(Deps{Composer: &Composer{}, Relay: p.Relay, Clock: time.Now, Log: slog.New(slog.DiscardHandler), TLS: p.TLS,
		Timeouts: Timeouts{Dial: p.Timeout, Command: p.Timeout}})
	if err != nil {
		return Probed{}, err
	}
	c, err := m.dial(ctx)
	if err != nil {
		return Probed{}, m.unreached(err).Err
	}
	defer c.leave()
	out := Probed{Login: p.Relay.User != "", Pipelining: c.pipelining, UTF8: c.utf8, EightBit: c.eightBit, Name: c.client.HelloResponse()}
	if state, ok := c.client.TLSConnectionState(); ok {
		out.TLS = &state
	}
	out.Offers, _ = c.client.Extension("AUTH")
	if _, size := c.client.Extension("SIZE"); size != "" {
		out.Size, _ = strconv.ParseInt(size, 10, 64) // one that cannot be read says nothing
	}
	return out, nil
}
