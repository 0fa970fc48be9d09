package intake

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Step is how far somebody came who wants to read a mailbox.
type Step string

// The steps on the way in.
const (
	StepReach Step = "reach" // the server, over a connection that is secured
	StepLogin Step = "login"
	StepOpen  Step = "open" // the folder
)

// Closed says why a mailbox cannot be read. Its words are those of the server, or of the network.
type Closed struct {
	Step Step
	Err  error
}

func (c *Closed) Error() string { return string(c.Step) + ": " + c.Err.Error() }

// Unwrap gives what was said.
func (c *Closed) Unwrap() error { return c.Err }

// Looked is what is seen of a mailbox from its door.
type Looked struct {
	Messages int
	Deletes  bool // the server says that it may be emptied of what was dealt with
	Expunges bool // of that alone (UIDPLUS)
	Tells    bool // of new mail (IDLE)
}

// Look goes as far as reading would, and reads nothing. trust is whom this machine trusts; nil: the usual ones. Every error is a
// *Closed.
func (m Mailbox) Look(ctx context.Context, trust *tls.Config, patience time.Duration) (Looked, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	m.trust = trust
	raw, err := m.reach(ctx)
	if err != nil {
		return Looked{}, err
	}
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	c := imapclient.New(raw, nil)
	defer c.Close() // without CLOSE, which would empty it of what others marked
	folder, err := m.enter(c)
	if closed, ok := err.(*Closed); ok && ctx.Err() != nil {
		closed.Err = ctx.Err() // and not what that did to the connection
	}
	if err != nil {
		return Looked{}, err
	}
	return Looked{Messages: int(folder.NumMessages), Deletes: slices.Contains(folder.PermanentFlags, imap.FlagDeleted),
		Expunges: expunges(c), Tells: c.Caps().Has(imap.CapIdle)}, nil
}

// reach connects to the server. The error is a *Closed.
func (m Mailbox) reach(ctx context.Context) (net.Conn, error) {
	dial := m.dial
	if dial == nil {
		dial = func(ctx context.Context) (net.Conn, error) {
			return (&tls.Dialer{NetDialer: &net.Dialer{Timeout: 30 * time.Second}, Config: m.trust}).DialContext(ctx, "tcp", m.Host)
		}
	}
	raw, err := dial(ctx)
	if err != nil {
		return nil, &Closed{StepReach, err}
	}
	return attentive{raw}, nil
}

// enter logs in and opens the folder. The error is a *Closed.
func (m Mailbox) enter(c *imapclient.Client) (*imap.SelectData, error) {
	if err := c.WaitGreeting(); err != nil {
		return nil, &Closed{StepReach, err}
	}
	if err := c.Login(m.User, m.Password).Wait(); err != nil {
		return nil, &Closed{StepLogin, err}
	}
	folder, err := c.Select(m.Folder, nil).Wait()
	if err != nil {
		return nil, &Closed{StepOpen, err}
	}
	return folder, nil
}

// expunges reports whether the server removes one message without the others that are marked as deleted.
func expunges(c *imapclient.Client) bool {
	return c.Caps().Has(imap.CapUIDPlus) || c.Caps().Has(imap.CapIMAP4rev2)
}
