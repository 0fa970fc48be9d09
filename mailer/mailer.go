package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
)

// Deps is what a Mailer needs.
type Deps struct {
	Composer    *Composer
	Relay       Relay
	Connections int    // at most; 0: 1
	HELO        string // name said in EHLO; "": the host's own full name, else its address
	Clock       func() time.Time
	Log         *slog.Logger
	TLS         *tls.Config // nil: the system's trust; tests trust their own server
	Timeouts    Timeouts    // zero fields: those of RFC 5321 section 4.5.3.2
	Points      failpoint.Points
}

// Timeouts bound each wait for the relay.
type Timeouts struct {
	Dial    time.Duration
	Command time.Duration // greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA
	Body    time.Duration // writing the body
	Reply   time.Duration // the reply to the dot; a short one manufactures uncertainty
}

func (t Timeouts) orDefault() Timeouts {
	or := func(d, usual time.Duration) time.Duration {
		if d > 0 {
			return d
		}
		return usual
	}
	return Timeouts{Dial: or(t.Dial, 30*time.Second), Command: or(t.Command, 5*time.Minute), Body: or(t.Body, 3*time.Minute), Reply: or(t.Reply, 12*time.Minute)}
}

// The life of a connection.
const (
	messagesPerConnection = 100
	lifeOfConnection      = 5 * time.Minute
)

// Mailer is a campaign.Carrier over one relay. It is safe for concurrent use.
type Mailer struct {
	*Composer
	relay    Relay
	helo     string
	log      *slog.Logger
	tls      *tls.Config
	timeouts Timeouts
	points   failpoint.Points

	pool *pool
	open atomic.Int64 // connections
}

var _ campaign.Carrier = (*Mailer)(nil)

// New makes a mailer. It does not dial: the first delivery does. Errors: fault.Invalid for a relay
// that cannot be used as it is.
func New(d Deps) (*Mailer, error) {
	if d.Composer == nil || d.Clock == nil || d.Log == nil {
		return nil, fault.New(fault.Internal, "internal", "mailer.New needs a composer, a clock and a log").At("mailer.New")
	}
	if _, ok := ports[d.Relay.Scheme]; !ok {
		return nil, badRelay("no relay is set")
	}
	if err := d.Relay.check(); err != nil {
		return nil, err
	}
	m := &Mailer{Composer: d.Composer, relay: d.Relay, helo: d.HELO, log: d.Log, timeouts: d.Timeouts.orDefault(),
		points: d.Points, pool: newPool(max(d.Connections, 1), d.Clock), tls: &tls.Config{}}
	if d.TLS != nil {
		m.tls = d.TLS.Clone()
	}
	m.tls.ServerName = d.Relay.Host
	m.tls.MinVersion = max(m.tls.MinVersion, tls.VersionTLS12)
	return m, nil
}

// Deliver hands one message to the relay over a free connection, dialling one where none is open.
// commit is called at most once: the whole body is flushed, the dot not written.
func (m *Mailer) Deliver(ctx context.Context, msg campaign.Message, commit func(context.Context) error) campaign.Outcome {
	e, err := newEnvelope(msg)
	if err != nil {
		return campaign.Outcome{Kind: campaign.OutcomeReleased, Relay: !errors.Is(err, errMailbox), Stage: stageMail, Err: err}
	}
	c, err := m.pool.take(ctx)
	if err != nil {
		return campaign.Outcome{Kind: campaign.OutcomeReleased, Stage: stageDial, Err: err}
	}
	defer func() { m.pool.put(c) }()
	reused := c != nil
	if !reused {
		if c, err = m.dial(ctx); err != nil {
			return m.unreached(err)
		}
	}
	o := c.deliver(ctx, e, commit)
	if reused && stale(c, o) {
		// The relay had closed the connection in the meantime. Nothing of this message was said.
		if c, err = m.dial(ctx); err != nil {
			return m.unreached(err)
		}
		o = c.deliver(ctx, e, commit)
	}
	return o
}

// Connections is how many are open to the relay.
func (m *Mailer) Connections() int { return int(m.open.Load()) }

// stale reports whether a kept connection turned out to be closed before the message was begun.
func stale(c *conn, o campaign.Outcome) bool {
	closed := o.Code == 421 || o.Code == 0 && o.Err != nil && !errors.Is(o.Err, errReply)
	return c.dead && o.Kind == campaign.OutcomeReleased && !o.Committed && o.Stage == stageMail && closed
}

// Close says goodbye on every idle connection; those in use are left when their message is done.
func (m *Mailer) Close() error {
	m.pool.close()
	return nil
}
