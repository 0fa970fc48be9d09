package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/reoptin/reoptin/ledger"
)

// AnchorKind says by which way a head of the ledger was given away.
type AnchorKind string

// The ways.
const (
	AnchorMail      AnchorKind = "mail"      // to the data-protection officer
	AnchorTimestamp AnchorKind = "timestamp" // of a time-stamping authority
)

// Anchor is a head of the ledger that somebody else has, or has signed.
type Anchor struct {
	N      int64
	Kind   AnchorKind
	Of     Checkpoint
	Whom   string // an address of the organisation, or the authority's
	Answer []byte // the authority's, as it came; empty for a mail
	At     time.Time
}

// PutAnchor keeps that a checkpoint was given away.
func (d *DB) PutAnchor(ctx context.Context, a Anchor) error {
	if a.Answer == nil {
		a.Answer = []byte{}
	}
	err := d.update(ctx, func(t *tx) error {
		_, err := t.exec("INSERT INTO anchor (kind, checkpoint, whom, answer, at) VALUES ($1, $2, $3, $4, $5)", string(a.Kind), a.Of.N, a.Whom, a.Answer, millis(t.now))
		return err
	})
	return translate("store.PutAnchor", err)
}

const (
	everyAnchor  = "SELECT a.n, a.kind, a.whom, a.answer, a.at, c.n, c.size, c.root, c.note, c.at FROM anchor a JOIN checkpoint c ON c.n = a.checkpoint "
	selectAnchor = everyAnchor + "WHERE a.kind = $1 "
)

func scanAnchor(scan func(...any) error) (a Anchor, err error) {
	var at, sealed int64
	var root []byte
	err = scan(&a.N, &a.Kind, &a.Whom, &a.Answer, &at, &a.Of.N, &a.Of.Size, &root, &a.Of.Note, &sealed)
	a.At, a.Of.At = fromMillis(at), fromMillis(sealed)
	copy(a.Of.Root[:], root)
	return a, err
}

// LastAnchor is the newest of a kind; the zero Anchor when there is none.
func (d *DB) LastAnchor(ctx context.Context, kind AnchorKind) (a Anchor, err error) {
	err = d.view(ctx, func(t *tx) error {
		list, err := all(t, scanAnchor, selectAnchor+"ORDER BY a.n DESC LIMIT 1", string(kind))
		if err == nil && len(list) > 0 {
			a = list[0]
		}
		return err
	})
	return a, translate("store.LastAnchor", err)
}

// Anchors are those of a kind with a number above after, in order.
func (d *DB) Anchors(ctx context.Context, kind AnchorKind, after int64, limit int) (list []Anchor, err error) {
	err = d.view(ctx, func(t *tx) error {
		list, err = all(t, scanAnchor, selectAnchor+"AND a.n > $2 ORDER BY a.n LIMIT $3", string(kind), after, int64(limit))
		return err
	})
	return list, translate("store.Anchors", err)
}

// LatestAnchors are the newest of every kind, the newest first.
func (d *DB) LatestAnchors(ctx context.Context, limit int) (list []Anchor, err error) {
	err = d.view(ctx, func(t *tx) error {
		list, err = all(t, scanAnchor, everyAnchor+"ORDER BY a.n DESC LIMIT $1", int64(limit))
		return err
	})
	return list, translate("store.LatestAnchors", err)
}

// Verification is what the last verification of the ledger came to.
type Verification struct {
	At     time.Time // zero: nobody has verified it yet
	Size   int64     // entries that there were
	Faults int
}

// PutVerification keeps it.
func (d *DB) PutVerification(ctx context.Context, v Verification) error {
	err := d.update(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO verification (one, at, size, faults) VALUES (1, $1, $2, $3)
ON CONFLICT (one) DO UPDATE SET at = excluded.at, size = excluded.size, faults = excluded.faults`, millis(t.now), v.Size, int64(v.Faults))
		return err
	})
	return translate("store.PutVerification", err)
}

// Verified gives it.
func (d *DB) Verified(ctx context.Context) (v Verification, err error) {
	err = d.view(ctx, func(t *tx) error {
		var at int64
		err := t.row([]any{&at, &v.Size, &v.Faults}, "SELECT at, size, faults FROM verification")
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		v.At = fromMillis(at)
		return err
	})
	return v, translate("store.Verified", err)
}

// ClosedSince reports whether a campaign was closed by an entry from this number on.
func (d *DB) ClosedSince(ctx context.Context, from, below int64) (closed bool, err error) {
	err = d.view(ctx, func(t *tx) error {
		list, err := t.numbers("SELECT seq FROM entry WHERE seq >= $1 AND seq < $2 AND kind = 'campaign.closed' LIMIT 1", from, below)
		closed = len(list) > 0
		return err
	})
	return closed, translate("store.ClosedSince", err)
}

// badStamps are the time stamps that do not verify, or are not of their checkpoint.
func (t *tx) badStamps() (faults []ledger.Fault, err error) {
	err = t.each(func(scan func(...any) error) error {
		a, err := scanAnchor(scan)
		if err != nil {
			return err
		}
		token, wrong := ledger.TimestampToken(a.Answer)
		if wrong == nil {
			_, wrong = ledger.CheckTimestamp(token, []byte(a.Of.Note), nil)
		}
		if wrong != nil {
			faults = append(faults, ledger.Fault{Seq: -1, What: fmt.Sprintf("checkpoint %d (size %d): its time stamp does not verify", a.Of.N, a.Of.Size)})
		}
		return nil
	}, selectAnchor+"ORDER BY a.n", string(AnchorTimestamp))
	return faults, err
}
