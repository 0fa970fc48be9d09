package intake

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// picky is a desk that cannot deal with one invitation.
type picky struct {
	telling
	fails func() error
}

func (d *picky) Note(ctx context.Context, n campaign.Notice) (campaign.Noted, error) {
	if n.Link == (campaign.LinkID{1}) {
		return campaign.Noted{}, d.fails()
	}
	return d.telling.Note(ctx, n)
}

// TestWatchPassesOverWhatCannotBeDealtWith: one message that always fails, or makes us panic, stands in nobody's way, and is
// kept; where nothing can be stored at all, nothing else is tried.
func TestWatchPassesOverWhatCannotBeDealtWith(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails func() error
		told  int
	}{
		"conflict":    {func() error { return fault.New(fault.Conflict, "x", "y") }, 1},
		"panic":       {func() error { panic("index out of range") }, 1},
		"unavailable": {func() error { return fault.New(fault.Unavailable, "x", "y") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &picky{telling: telling{told: make(chan campaign.Notice, 10)}, fails: c.fails}
			in, keys := intakeOf(t, d)
			p := newPost(t, full())
			for n := range byte(2) {
				p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{n + 1}, today)+"@bounce.shop.example"))
			}
			if err := in.session(t.Context(), p.box, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "closed") {
				t.Errorf("%v", err)
			}
			if left := p.left(t); len(d.told) != c.told || len(left) != 2-c.told || left[0] != "" {
				t.Errorf("told %d times, left %q", len(d.told), left)
			}
		})
	}
}

// plainServer is a mail server that keeps no flags of one's own.
type plainServer struct{ imapserver.Session }

func (s plainServer) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, o *imap.StoreOptions) error {
	for _, f := range flags.Flags {
		if !strings.HasPrefix(string(f), "\\") {
			return &imap.Error{Type: imap.StatusResponseTypeNo, Text: "no such flag"}
		}
	}
	return s.Session.Store(w, set, flags, o)
}

// serve has another server in front of the mailbox.
func (p *post) serve(t *testing.T, session func(imapserver.Session) imapserver.Session) {
	t.Helper()
	memory := imapmemserver.New()
	memory.AddUser(p.user)
	s := imapserver.New(&imapserver.Options{Caps: full(), InsecureAuth: true, Logger: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return session(memory.NewSession()), nil, nil
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		serving.Wait()
	})
	p.box.dial = func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}
}

// TestWatchReadsOnceWithoutFlags: what a server cannot mark is not fetched again at every look.
func TestWatchReadsOnceWithoutFlags(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10)}
	in, keys := intakeOf(t, d)
	p := newPost(t, full())
	p.serve(t, func(s imapserver.Session) imapserver.Session { return plainServer{s} })
	p.put(t, failure("someone@shop.example"))
	stop := in.watching(t, p.box)
	defer stop()
	<-d.told
	for n := range byte(2) {
		p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{n + 1}, today)+"@bounce.shop.example"))
		if got := <-d.told; got.Link != (campaign.LinkID{n + 1}) {
			t.Fatalf("look %d reads what was read before: %+v", n+2, got)
		}
	}
}

// TestWatchGoesOnWhereNothingMayBeDeleted: the first message that could not be deleted was read again and again, and nothing
// behind it.
func TestWatchGoesOnWhereNothingMayBeDeleted(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10)}
	in, keys := intakeOf(t, d)
	p := newPost(t, full())
	p.serve(t, func(s imapserver.Session) imapserver.Session { return archive{s} })
	for n := range byte(3) {
		p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{n + 1}, today)+"@bounce.shop.example"))
	}
	defer in.watching(t, p.box)()
	for n := range byte(3) {
		if got := <-d.told; got.Link != (campaign.LinkID{n + 1}) {
			t.Errorf("%+v", got)
		}
	}
}

// archive is a mail server whose mailbox may only be read.
type archive struct{ imapserver.Session }

func (archive) Store(*imapserver.FetchWriter, imap.NumSet, *imap.StoreFlags, *imap.StoreOptions) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNoPerm, Text: "read only"}
}

// TestIngestPassesOverWhatCannotBeDealtWith: the messages behind one that always fails, or makes us panic, were never read, in
// no run. Where nothing can be stored at all, nothing else is tried.
func TestIngestPassesOverWhatCannotBeDealtWith(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails func() error
		kind  fault.Kind
		told  int
	}{
		"conflict":    {func() error { return fault.New(fault.Conflict, "x", "y") }, fault.Conflict, 2},
		"panic":       {func() error { panic("index out of range") }, fault.Internal, 2},
		"unavailable": {func() error { return fault.New(fault.Unavailable, "x", "y") }, fault.Unavailable, 1},
	} {
		d := &picky{telling: telling{told: make(chan campaign.Notice, 10)}, fails: c.fails}
		in, keys := intakeOf(t, d)
		box := ""
		for _, n := range []byte{2, 1, 3} {
			box += "From x Mon Nov  2 10:00:00 2026\n" + string(failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{n}, today)+"@bounce.shop.example")) + "\n"
		}
		seen := 0
		stuck, err := in.Ingest(t.Context(), false, func(do func(string, []byte) error) error { return Each(strings.NewReader(box), "box", do) }, func(string, Taken) { seen++ })
		if got := errors.Join(stuck, err); (err != nil) != (c.kind == fault.Unavailable) || fault.KindOf(got) != c.kind || len(d.told) != c.told || seen != c.told {
			t.Errorf("%s: stuck %v, %v, told %d times, %d seen", name, stuck, err, len(d.told), seen)
		}
	}
}

// spoilt is a mail server that cannot give its first message, as Exchange cannot give one that it cannot convert.
type spoilt struct{ imapserver.Session }

func (s spoilt) Fetch(w *imapserver.FetchWriter, set imap.NumSet, o *imap.FetchOptions) error {
	if uids, ok := set.(imap.UIDSet); ok && uids.Contains(1) {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Text: "the message cannot be converted"}
	}
	return s.Session.Fetch(w, set, o)
}

// TestWatchPassesOverWhatTheServerCannotGive: everything behind such a message was never read.
func TestWatchPassesOverWhatTheServerCannotGive(t *testing.T) {
	t.Parallel()
	d := &telling{told: make(chan campaign.Notice, 10)}
	in, keys := intakeOf(t, d)
	p := newPost(t, full())
	p.serve(t, func(s imapserver.Session) imapserver.Session { return spoilt{s} })
	p.put(t, failure("someone@shop.example"))
	for n := range byte(2) { // the second comes while it idles, over the same connection
		p.put(t, failure("b+"+keys.Mint(link.Bounce, campaign.LinkID{n + 1}, today)+"@bounce.shop.example"))
		if n == 0 {
			defer in.watching(t, p.box)()
		}
		if got := <-d.told; got.Link != (campaign.LinkID{n + 1}) {
			t.Errorf("%+v", got)
		}
	}
}

// TestManyAddressesAreLookedUpOnce: looking for a message id is dear, and one message may speak of many addresses.
func TestManyAddressesAreLookedUpOnce(t *testing.T) {
	t.Parallel()
	d := &note{}
	in, _ := intakeOf(t, d)
	raw := "Return-Path: <>\nReferences: <a@x.example> <b@x.example> <c@x.example> <d@x.example> <e@x.example>\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
		strings.Repeat("Final-Recipient: rfc822; p@x.example\nAction: failed\nStatus: 5.1.1\n\n", 20) + "--b--\n"
	taken, err := in.Take(t.Context(), []byte(raw), false)
	if err != nil || len(taken.Recipients) != 20 || len(d.told) > mostIDs {
		t.Errorf("%d recipients, %d looked up, %v", len(taken.Recipients), len(d.told), err)
	}
}
