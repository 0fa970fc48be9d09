package intake

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// telling is a desk that tells of each notice.
type telling struct {
	mu    sync.Mutex
	fails int
	told  chan campaign.Notice
}

func (d *telling) Note(_ context.Context, n campaign.Notice) (campaign.Noted, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fails > 0 {
		d.fails--
		d.told <- n
		return campaign.Noted{}, errors.New("disk full")
	}
	d.told <- n
	if n.Link == (campaign.LinkID{}) {
		return campaign.Noted{Effect: campaign.EffectNone}, nil
	}
	return campaign.Noted{Invitation: 7, Effect: campaign.EffectSuppressed}, nil
}

func (d *telling) Foresee(context.Context, campaign.Notice) (campaign.Noted, error) {
	return campaign.Noted{}, nil
}

// post is a mail server with one mailbox.
type post struct {
	user *imapmemserver.User
	box  Mailbox
}

func newPost(t *testing.T, caps imap.CapSet) *post {
	t.Helper()
	memory := imapmemserver.New()
	p := &post{user: imapmemserver.NewUser("bounce", "secret"), box: Mailbox{Host: "mail.example:993", User: "bounce", Password: "secret", Folder: "INBOX", look: 100 * time.Millisecond}}
	if err := p.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	memory.AddUser(p.user)
	s := imapserver.New(&imapserver.Options{Caps: caps, InsecureAuth: true, Logger: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() {
		_ = s.Close()
		serving.Wait()
	})
	p.box.dial = func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}
	return p
}

func (p *post) put(t *testing.T, raw []byte) {
	t.Helper()
	if _, err := p.user.Append("INBOX", imapLiteral{bytes.NewReader(raw)}, &imap.AppendOptions{}); err != nil {
		t.Fatal(err)
	}
}

type imapLiteral struct{ *bytes.Reader }

func (l imapLiteral) Size() int64 { return l.Reader.Size() }

// left gives the flags of the messages that are still there.
func (p *post) left(t *testing.T) (out []string) {
	t.Helper()
	raw, err := p.box.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := imapclient.New(raw, nil)
	defer c.Close()
	if err := c.Login("bounce", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	got, err := c.Fetch(imap.SeqSet{imap.SeqRange{Start: 1, Stop: 0}}, &imap.FetchOptions{Flags: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range got {
		flags := []string{}
		for _, f := range m.Flags {
			flags = append(flags, string(f))
		}
		out = append(out, strings.Join(flags, " "))
	}
	return out
}

func (in *Intake) watching(t *testing.T, m Mailbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { in.Watch(ctx, m, slog.New(slog.DiscardHandler)) })
	return func() {
		cancel()
		done.Wait()
	}
}

func full() imap.CapSet {
	return imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapIdle: {}}
}

// TestWatch: what is there is read, then what comes; ours is deleted, the rest stays, marked and unseen.
func TestWatch(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10)}
	in, keys := intakeOf(t, d)
	p := newPost(t, full())
	ours := func(n byte) []byte {
		return failure("b+" + keys.Mint(link.Bounce, campaign.LinkID{n}, today) + "@bounce.shop.example")
	}
	p.put(t, []byte("From: a@x.example\nSubject: When do you open?\n\nOn Sunday?\n"))
	p.put(t, ours(1))
	p.put(t, failure("someone@shop.example"))
	stop := in.watching(t, p.box)
	if n := <-d.told; n.Link != (campaign.LinkID{1}) || n.Meaning != campaign.MeansHard {
		t.Errorf("%+v", n)
	}
	if n := <-d.told; n.Link != (campaign.LinkID{}) {
		t.Errorf("%+v", n)
	}
	p.put(t, ours(2)) // while it idles, or just before
	if n := <-d.told; n.Link != (campaign.LinkID{2}) {
		t.Errorf("%+v", n)
	}
	p.put(t, ours(3))
	<-d.told // by now the second is deleted
	stop()
	left := p.left(t)
	if len(left) < 2 || len(left) > 3 || left[0] != string(handled) || left[1] != string(handled) {
		t.Errorf("left: %q", left)
	}
}

// TestWatchDeletesOnlyWhatIsStored: while a message cannot be dealt with it stays as it is.
func TestWatchDeletesOnlyWhatIsStored(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10), fails: 1}
	in, keys := intakeOf(t, d)
	p := newPost(t, full())
	p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{1}, today)+"@bounce.shop.example"))
	err := in.session(t.Context(), p.box, slog.New(slog.DiscardHandler))
	if err == nil || len(d.told) != 1 {
		t.Fatalf("%v, told %d times", err, len(d.told))
	}
	if left := p.left(t); len(left) != 1 || left[0] != "" {
		t.Errorf("left: %q", left)
	}
	<-d.told
	stop := in.watching(t, p.box)
	<-d.told
	stop()
}

// TestWatchWithoutExpunge: a server without UIDPLUS keeps the message, marked as deleted, and it is not read again.
func TestWatchWithoutExpunge(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10)}
	in, keys := intakeOf(t, d)
	p := newPost(t, imap.CapSet{imap.CapIMAP4rev1: {}})
	p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{1}, today)+"@bounce.shop.example"))
	raw, err := p.box.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := imapclient.New(raw, nil)
	defer c.Close()
	if err := errors.Join(c.Login("bounce", "secret").Wait(), second(c.Select("INBOX", nil).Wait())); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := in.readMailbox(t.Context(), c, map[imap.UID]bool{}, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
	if left := p.left(t); len(d.told) != 1 || len(left) != 1 || left[0] != string(imap.FlagDeleted) {
		t.Errorf("told %d times, left %q", len(d.told), left)
	}
}

func second[T any](_ T, err error) error { return err }

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	in, _ := intakeOf(t, &note{})
	p := newPost(t, full())
	p.box.Password = "wrong"
	if err := in.session(t.Context(), p.box, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("%v", err)
	}
}

func TestParseMailbox(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Mailbox{
		"imaps://bounce:s%40cret@mail.example":          {Host: "mail.example:993", User: "bounce", Password: "s@cret", Folder: "INBOX"},
		"imaps://b%40x.example:p@mail.example:1993/A/B": {Host: "mail.example:1993", User: "b@x.example", Password: "p", Folder: "A/B"},
	} {
		if m, err := ParseMailbox(address); err != nil || m.Host != want.Host || m.User != want.User || m.Password != want.Password || m.Folder != want.Folder {
			t.Errorf("%s: %+v %v", address, m, err)
		}
	}
	for _, bad := range []string{"", "imap://u:p@mail.example", "imaps://mail.example", "imaps://u:p@", "::"} {
		if _, err := ParseMailbox(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestWatchLeavesWhatAPersonAsksBesideTheStop: the stop counts, and the rest of the message stays for people to read.
func TestWatchLeavesWhatAPersonAsksBesideTheStop(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10)}
	in, keys := intakeOf(t, d)
	p := newPost(t, full())
	for n, text := range []string{"Stop\nWhere do you have my address from?", "Stop\nThank you"} {
		to := "b+" + keys.Mint(link.Bounce, campaign.LinkID{byte(n + 1)}, today) + "@bounce.shop.example"
		p.put(t, []byte("From: Jeanne <jeanne@place.example>\r\nTo: "+to+"\r\nSubject: Re: your choice\r\n\r\n"+text+"\r\n"))
	}
	p.put(t, failure("someone@shop.example"))
	stop := in.watching(t, p.box)
	for n := range 2 {
		if told := <-d.told; told.Link != (campaign.LinkID{byte(n + 1)}) || told.Meaning != campaign.MeansOptOut {
			t.Errorf("%+v", told)
		}
	}
	<-d.told // by now both are dealt with
	stop()
	if left := p.left(t); len(left) != 2 || left[0] != string(handled) {
		t.Errorf("left: %q", left)
	}
}

// TestWatchLeavesABounceThatIsNotUnderstood: it passed for an automatic answer, and was deleted.
func TestWatchLeavesABounceThatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10)}
	in, keys := intakeOf(t, d)
	p := newPost(t, full())
	to := "b+" + keys.Mint(link.Bounce, campaign.LinkID{1}, today) + "@bounce.shop.example"
	p.put(t, []byte("Return-Path: <>\r\nFrom: Mail <MAILER-DAEMON@place.example>\r\nTo: "+to+"\r\nAuto-Submitted: auto-replied\r\nSubject: Notice\r\n\r\nSorry, no luck this time.\r\n"))
	p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{2}, today)+"@bounce.shop.example"))
	p.put(t, failure("someone@shop.example"))
	stop := in.watching(t, p.box)
	if told := <-d.told; told.Link != (campaign.LinkID{2}) {
		t.Errorf("%+v", told)
	}
	<-d.told // by now the second is deleted
	stop()
	if left := p.left(t); len(left) != 2 || left[0] != string(handled) {
		t.Errorf("left: %q", left)
	}
}

// TestAMailboxThatIsNotReadIsSeen: nothing but the log said that what comes back is not heard. Each time that all was read is told,
// and each time that it could not be.
func TestAMailboxThatIsNotReadIsSeen(t *testing.T) {
	t.Parallel()
	in, keys := intakeOf(t, &telling{told: make(chan campaign.Notice, 10), fails: 1})
	p := newPost(t, full())
	p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{1}, today)+"@bounce.shop.example"))
	read := make(chan error, 10)
	p.box.Read = func(folder string, at time.Time, err error) {
		if folder != "INBOX" || !at.Equal(in.clock()) {
			t.Errorf("%s at %s", folder, at)
		}
		select {
		case read <- err:
		default:
		}
	}
	stop := in.watching(t, p.box)
	defer stop()
	if err := <-read; err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("it is said to have been read: %v", err)
	}
	if err := <-read; err != nil { // after the pause
		t.Error(err)
	}
}
