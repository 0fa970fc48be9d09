package app

import (
	"context"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

// Proof is where the ledger stands, who else has heads of it, and which keys signed it.
func (d desk) Proof(ctx context.Context) (p dashboard.Proof, err error) {
	h, c, err := d.app.store.Head(ctx)
	if err != nil {
		return p, err
	}
	p = dashboard.Proof{Size: h.Size, Root: h.Root.String(), Covered: c.Size, SignedAt: c.At, Note: c.Note}
	if p.Anchors, err = d.anchors(ctx, c); err != nil {
		return p, err
	}
	given, err := d.app.store.LatestAnchors(ctx, dashboard.GivenMost)
	if err != nil {
		return p, err
	}
	for _, a := range given {
		p.Given = append(p.Given, dashboard.Given{Way: string(a.Kind), Whom: a.Whom, Size: a.Of.Size, At: a.At})
	}
	if p.Keys, err = d.keys(ctx); err == nil {
		p.Key = p.Keys[len(p.Keys)-1].Key
	}
	return p, err
}

// anchors are the ways by which others get heads of the ledger, those that are not set too.
func (d desk) anchors(ctx context.Context, sealed store.Checkpoint) (out []dashboard.Anchor, err error) {
	o, err := d.Organisation(ctx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	to, _ := keeper(o)
	if d.app.carrier == nil {
		to = ""
	}
	if out, err = d.givenTo(ctx, to, sealed); err != nil {
		return nil, err
	}
	file := dashboard.Anchor{Way: "file", Whom: d.app.config.Anchor}
	head, err := d.app.anchor()
	if file.Size = head.Size; err != nil || d.app.config.Anchor != "" && head.Size < sealed.Size {
		file.Late = true // it cannot be read, or is behind: it is written with every checkpoint
	}
	return append(out, file), nil
}

// givenTo are the ways by which heads are given away to a mailbox and to an authority, and whether one is late.
func (d desk) givenTo(ctx context.Context, to campaign.Address, sealed store.Checkpoint) (out []dashboard.Anchor, err error) {
	for _, w := range []struct {
		kind  store.AnchorKind
		whom  string
		every time.Duration
	}{{store.AnchorMail, string(to), mailEvery}, {store.AnchorTimestamp, d.app.config.Ledger.TSA, d.app.config.Ledger.TSAEvery}} {
		last, err := d.app.store.LastAnchor(ctx, w.kind)
		if err != nil {
			return nil, err
		}
		out = append(out, dashboard.Anchor{Way: string(w.kind), Whom: w.whom, Size: last.Of.Size, At: last.At, Late: w.whom != "" && overdue(last, sealed, w.every, d.app.clock())})
	}
	return out, nil
}

// keys are all keys of the ledger, the first one first, with when each began to sign.
func (d desk) keys(ctx context.Context) (out []dashboard.LedgerKey, err error) {
	k, err := d.app.ledgerKeys()
	if err != nil {
		return nil, err
	}
	for _, key := range k.keys {
		out = append(out, dashboard.LedgerKey{Key: key})
	}
	if first, err := d.app.store.Entry(ctx, 0); err == nil {
		out[0].Since = first.At
	} else if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if len(out) == 1 {
		return out, nil
	}
	var rotations []campaign.EntryNo
	err = d.app.store.View(ctx, func(r campaign.Reader) error {
		rotations, err = r.OldEntries(campaign.EntryKeyRotated, r.Now().Add(time.Millisecond), campaign.NoEntry, len(out))
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, no := range rotations {
		e, err := d.app.store.Entry(ctx, int64(no))
		if err != nil {
			return nil, err
		}
		var r KeyRotated
		if err := json.Unmarshal(e.Payload, &r); err != nil {
			return nil, fault.Wrap("app.keys", err)
		}
		for i := range out {
			if out[i].Key == r.Key {
				out[i].Since, out[i].By, out[i].Entry = e.At, r.Actor.Name, strconv.FormatInt(int64(no), 10)
			}
		}
	}
	return out, nil
}

// ExportDossier writes the dossier of a campaign or of a person, as the command does.
func (d desk) ExportDossier(ctx context.Context, actor campaign.Actor, w io.Writer, name, who, language string) error {
	return d.app.exportDossier(ctx, actor, w, ProofQuery{Campaign: name, Contact: who}, language)
}
