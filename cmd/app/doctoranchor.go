package app

import (
	"context"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
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
		l.ok("the newest head is copied to a file elsewhere")
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

// overdue reports whether a head should have been given away long ago: there are new entries since the last one.
func overdue(last store.Anchor, sealed store.Checkpoint, every time.Duration, now time.Time) bool {
	since := last.At
	if last.N == 0 {
		since = sealed.At
	}
	return sealed.N > 0 && sealed.Size > last.Of.Size && now.Sub(since) >= 2*every
}
