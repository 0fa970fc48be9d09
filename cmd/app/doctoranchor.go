package app

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// anchors says who has heads of the ledger beside this installation: without anybody, whoever has the database and
// the key could write another history.
func (d *doctor) anchors(ctx context.Context, db *store.DB, sealed store.Checkpoint) *DoctorLine {
	l := line("anchor", d.config.Anchor)
	var o campaign.Organisation
	err := db.View(ctx, func(r campaign.Reader) (err error) {
		o, err = r.Organisation()
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		l.fault(err)
		return l
	}
	to, mailed := keeper(o)
	switch {
	case mailed:
		d.given(ctx, l, db, store.AnchorMail, sealed, mailEvery, "heads of the ledger are mailed to the data-protection officer, "+string(to.Redacted()))
	case o.DPO == "":
		l.say(StatusOK, "", "the organisation names no data-protection officer (dpo), so nobody is mailed heads of the ledger")
	default:
		l.say(StatusOK, "", "dpo of the organisation is no mailbox, so nobody is mailed heads of the ledger")
	}
	if d.config.Ledger.TSA != "" {
		d.given(ctx, l, db, store.AnchorTimestamp, sealed, d.config.Ledger.TSAEvery, "an authority time-stamps heads of the ledger")
	}
	if d.config.Anchor != "" {
		d.copiedAnchor(ctx, l, db, sealed)
	}
	if !mailed && d.config.Ledger.TSA == "" && d.config.Anchor == "" {
		l.warn("set dpo in the organisation file, or anchor or ledger.tsa in reoptin.toml", "nobody else has a head of the ledger: that it was written anew could not be shown")
	}
	return l
}

// given says when a head was last given away, and warns when that is long overdue while there are new entries.
func (d *doctor) given(ctx context.Context, l *DoctorLine, db *store.DB, kind store.AnchorKind, sealed store.Checkpoint, every time.Duration, what string) {
	last, err := db.LastAnchor(ctx, kind)
	switch {
	case err != nil:
		l.fault(err)
	case !overdue(last, sealed, every, d.clock()):
		l.ok("%s", what)
	default:
		l.warn("reoptin serve gives them; its log says why it could not", "%s, but not for %s", what, (2 * every).String())
	}
}

// overdue reports whether a head should have been given away by now: there are new entries, and twice the time is over.
func overdue(last store.Anchor, sealed store.Checkpoint, every time.Duration, now time.Time) bool {
	since := sealed.At
	if last.N > 0 {
		since = last.At
	}
	return sealed.N != 0 && sealed.Size > last.Of.Size && now.Sub(since) >= 2*every
}

// copiedAnchor looks at the file that has the newest head. Whether it is signed, serve looks.
func (d *doctor) copiedAnchor(ctx context.Context, l *DoctorLine, db *store.DB, sealed store.Checkpoint) {
	kept, err := db.AnchorKept(ctx)
	if err != nil {
		l.fault(err)
		return
	}
	raw, err := readBounded(d.config.Anchor, mostAnchor)
	switch {
	case errors.Is(err, os.ErrNotExist) && kept == d.config.Anchor:
		l.warn("make it reachable before anything is sent; if it is lost, campaigns are paused at the next start until you resume them", "the head that was copied there is gone: nobody could say whether this database is older than what happened")
		return
	case errors.Is(err, os.ErrNotExist):
		l.say(StatusOK, "", "no head was copied there yet; reoptin serve does it with the next signed one")
		return
	case err != nil:
		l.fault(unreadable(d.config.Anchor, err))
		return
	}
	size, root, ok := headOf(string(raw))
	if !ok {
		l.bad("set anchor in reoptin.toml to a file of its own", "%s is no head of a ledger", d.config.Anchor)
		return
	}
	is, there, err := db.RootAt(ctx, size)
	switch {
	case err != nil:
		l.fault(err)
	case !there || is != root:
		l.bad("put the newer database and send journal back", "the ledger is older than the head in %s, or another one: campaigns are paused at the next start", d.config.Anchor)
	case sealed.Size > size:
		l.warn("reoptin serve copies it with the next signed head; its log says why it could not", "the head in the file is older than the newest one")
	default:
		l.ok("the newest head is copied to a file elsewhere")
	}
}

// headOf reads size and root of a head, unsigned.
func headOf(note string) (size int64, root ledger.Hash, ok bool) {
	lines := strings.Split(note, "\n")
	if len(lines) < 3 {
		return 0, root, false
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	raw, rerr := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || rerr != nil || len(raw) != len(root) {
		return 0, root, false
	}
	return size, ledger.Hash(raw), true
}
