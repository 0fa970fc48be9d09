package intake

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/reoptin/reoptin/internal/fault"
)

// Mailbox is an IMAP mailbox (RFC 3501, RFC 9051) that what comes back is read from.
type Mailbox struct {
	Host     string // host:port
	User     string
	Password string
	Folder   string
	Read     func(folder string, at time.Time, err error) // told of each time that all of it was read, or could not be; nil: nobody

	dial  func(context.Context) (net.Conn, error) // nil: TLS; tests have a server of their own
	look  time.Duration                           // at most between two looks; 0: lookAgain
	trust *tls.Config                             // nil: whom this machine trusts
}

// ParseMailbox takes imaps://user:password@host[:port][/folder] apart. The error is fault.Invalid.
func ParseMailbox(address string) (Mailbox, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "imaps" || u.Hostname() == "" || u.User.Username() == "" {
		return Mailbox{}, fault.New(fault.Invalid, "intake.mailbox", "bounces.imap is no address of a mailbox").Hint("write it like imaps://user:password@mail.example.com/INBOX")
	}
	m := Mailbox{Host: u.Host, User: u.User.Username(), Folder: strings.Trim(u.Path, "/")}
	m.Password, _ = u.User.Password()
	if u.Port() == "" {
		m.Host = net.JoinHostPort(u.Hostname(), "993")
	}
	if m.Folder == "" {
		m.Folder = "INBOX"
	}
	return m, nil
}

// How often a mailbox is looked at whose server does not tell of new mail, or has not for so long (some
// forget what came just before they were asked to tell); the pauses after a failure, doubling; and how often a failure that
// lasts is said.
const (
	lookAgain  = 2 * time.Minute
	firstPause = 5 * time.Second
	longPause  = 10 * time.Minute
	sayAgain   = time.Hour
)

// silence is how long a mail server may say nothing: longer than between two looks, each of which it answers.
const silence = 5 * time.Minute

// attentive is a connection whose other end may not be silent for ever. The library waits without end for the first word of
// an answer, and a server that hangs, or a router that forgot the connection, gives none.
type attentive struct{ net.Conn }

// SetReadDeadline bounds also what is to be unbounded.
func (c attentive) SetReadDeadline(at time.Time) error {
	if at.IsZero() {
		at = time.Now().Add(silence)
	}
	return c.Conn.SetReadDeadline(at)
}

// handled marks a message that was read and is left for people.
const handled imap.Flag = "reoptin-read"

// Watch reads a mailbox until ctx ends: all that is there, then whatever comes. A message of ours is deleted,
// and only after what it says is stored; everything else stays for people, marked as read by us. A
// failure is logged when it is a new one, and every hour while it lasts: meanwhile no written no is heard. It is tried again.
func (in *Intake) Watch(ctx context.Context, m Mailbox, log *slog.Logger) {
	pause, last, said := firstPause, "", time.Time{}
	for ctx.Err() == nil {
		began := in.clock()
		err := in.session(ctx, m, log)
		if ctx.Err() != nil {
			return
		}
		in.tellOf(m, err)
		if in.clock().Sub(began) > longPause { // it worked for a while
			pause, last = firstPause, ""
		}
		if text := err.Error(); text != last || in.clock().Sub(said).Abs() >= sayAgain {
			log.Warn("the mailbox for what comes back cannot be read, and is tried again", "host", m.Host, "folder", m.Folder, "cause", err)
			last, said = text, in.clock()
		}
		wait(ctx, pause, nil, nil)
		pause = min(2*pause, longPause)
	}
}

// tellOf says how reading a mailbox ended.
func (in *Intake) tellOf(m Mailbox, err error) {
	if m.Read != nil {
		m.Read(m.Folder, in.clock(), err)
	}
}

// wait ends with the time, the context, or one of two signals.
func wait(ctx context.Context, d time.Duration, signal, other <-chan struct{}) {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
	case <-ctx.Done():
	case <-signal:
	case <-other:
	}
}

// session is one connection, to its end; there is always an error.
func (in *Intake) session(ctx context.Context, m Mailbox, log *slog.Logger) error {
	raw, err := m.reach(ctx)
	if err != nil {
		return err
	}
	news := make(chan struct{}, 1)
	tell := func(d *imapclient.UnilateralDataMailbox) {
		if d.NumMessages != nil {
			select {
			case news <- struct{}{}:
			default:
			}
		}
	}
	c := imapclient.New(raw, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: tell}})
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	defer c.Close()
	if _, err := m.enter(c); err != nil {
		return err
	}
	left := map[imap.UID]bool{}
	for {
		if err := in.readMailbox(ctx, c, left, log); err != nil {
			return err
		}
		in.tellOf(m, nil)
		if err := idle(ctx, c, cmp.Or(m.look, lookAgain), news); err != nil {
			return err
		}
	}
}

// idle waits for new mail: until the server tells of it (RFC 2177), or hangs up, or for some time.
func idle(ctx context.Context, c *imapclient.Client, most time.Duration, news <-chan struct{}) error {
	if !c.Caps().Has(imap.CapIdle) {
		wait(ctx, most, nil, c.Closed())
		return errors.Join(ctx.Err(), c.Noop().Wait())
	}
	waiting, err := c.Idle()
	if err != nil {
		return err
	}
	wait(ctx, most, news, c.Closed())
	return errors.Join(ctx.Err(), waiting.Close(), waiting.Wait())
}

// readMailbox deals with all messages that are there and not handled yet, one after the other. left are those that this
// session has left for people: not every server can mark them. One that cannot be dealt with stands in nobody's way,
// unless nothing can be stored at all.
func (in *Intake) readMailbox(ctx context.Context, c *imapclient.Client, left map[imap.UID]bool, log *slog.Logger) error {
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted, handled}}, nil).Wait()
	if err != nil {
		return err
	}
	var stuck error // the first: there may be any number
	firm := 0       // how many cannot be deleted
	for _, uid := range found.AllUIDs() {
		if left[uid] {
			continue
		}
		raw, err := fetch(c, uid)
		if refuses(err) {
			log.Warn("the mail server does not give a message: it stays for people, and is asked for again with the next connection", "uid", uid, "cause", err)
			left[uid] = true
			continue
		}
		if err != nil {
			return err
		}
		if raw == nil { // somebody else has deleted it meanwhile
			continue
		}
		taken, err := in.Take(ctx, raw, false)
		if fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			stuck = cmp.Or(stuck, err)
			continue
		}
		taken.log(log)
		ours := taken.ours()
		err = settle(c, uid, ours)
		if ours && refuses(err) {
			firm++
		} else if err != nil && !refuses(err) {
			return err
		}
		if !ours || err != nil { // what cannot be marked is read once more in the next session, which changes nothing
			left[uid] = true
		}
	}
	if firm > 0 {
		log.Warn("messages that were dealt with cannot be deleted: give the user of bounces.imap the right to", "messages", firm)
	}
	return stuck
}

// refuses reports whether the server said no, and the connection goes on.
func refuses(err error) bool {
	refused := (*imap.Error)(nil)
	return errors.As(err, &refused) && refused.Type != imap.StatusResponseTypeBye
}

// ours reports whether a message concerned an invitation, and so nobody needs to read it. A stop with more beside it counts, and is
// left all the same: an answer to the rest is due within a month (GDPR art. 12).
func (t Taken) ours() bool {
	return !t.More && slices.ContainsFunc(t.Recipients, func(r Recipient) bool { return r.Signed && r.Invitation != 0 })
}

// fetch reads a message without marking it as seen, as far as it is looked at; nil when it is gone.
func fetch(c *imapclient.Client, uid imap.UID) ([]byte, error) {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: kept}}
	got, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil || len(got) == 0 || len(got[0].BodySection) == 0 {
		return nil, err
	}
	return got[0].BodySection[0].Bytes, nil
}

// settle deletes a message that was dealt with, or marks one that is left for people. Not every server has flags of one's own.
func settle(c *imapclient.Client, uid imap.UID, ours bool) error {
	flag := handled
	if ours {
		flag = imap.FlagDeleted
	}
	set := imap.UIDSetNum(uid)
	err := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	if err != nil || !ours || !expunges(c) {
		return err // without UIDPLUS an expunge would take along what others marked: it stays marked as deleted
	}
	return c.UIDExpunge(set).Close()
}
