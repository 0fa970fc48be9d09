package campaign

import (
	"context"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// ReceiptMail is the wish of a person to have a receipt by mail. It is carried out once.
type ReceiptMail struct {
	Response string
	AskedAt  time.Time
	Tries    int
	EndedAt  time.Time      // zero: it waits
	Outcome  ReceiptOutcome // "" while it waits
}

// ReceiptOutcome says how such a wish ended.
type ReceiptOutcome string

// The outcomes. Uncertain, as with every message: it is not sent again.
const (
	ReceiptSent      ReceiptOutcome = "sent"
	ReceiptUncertain ReceiptOutcome = "uncertain"
	ReceiptRefused   ReceiptOutcome = "refused"
)

// ReceiptMails reads such wishes.
type ReceiptMails interface {
	ReceiptMail(response string) (ReceiptMail, error) // fault.NotFound when nobody asked
	ReceiptsWaiting(limit int) ([]ReceiptMail, error) // the oldest first
}

// ReceiptMailWriter keeps them.
type ReceiptMailWriter interface {
	AskReceipt(response string) error // once: asked for again it is the same wish
	TryReceipt(response string) error // one try more; fault.Conflict when it has ended
	// EndReceipt ends a wish; without an outcome it waits again.
	EndReceipt(response string, o ReceiptOutcome) error
}

// How often a receipt is tried, and how long after one try the next is due.
const (
	receiptTries = 6
	receiptPause = 10 * time.Minute
	receiptBatch = 20
)

// ReceiptView is a receipt to be drawn: what was recorded and for whom.
type ReceiptView struct {
	FormView
	Link     LinkID
	Response Response
}

// ReceiptDrawer makes the message of a receipt: all bytes.
type ReceiptDrawer interface {
	DrawReceipt(ReceiptView) (Message, error)
}

// AskReceipt keeps a person's wish to have the receipt of their latest answer by mail, to the address that was
// asked and no other. Asked for twice it is one wish. fault.NotFound when there is no answer, or no
// mailbox, as of who was asked by post.
func (d *Desk) AskReceipt(ctx context.Context, link LinkID) error {
	ctx, enough := context.WithTimeout(ctx, longestWait)
	defer enough()
	return d.store.Update(ctx, func(tx Tx) error {
		vs, err := d.visits(tx, link)
		if err != nil {
			return err
		}
		v, known := vs[link]
		if !known || v.view.Last == nil || v.view.Email == "" {
			return unknownLink()
		}
		return tx.AskReceipt(v.view.Last.ID)
	})
}

// ReceiptAsked is when the latest answer's receipt was asked for by mail; zero when it was not.
func (d *Desk) ReceiptAsked(ctx context.Context, response string) (at time.Time, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		m, err := r.ReceiptMail(response)
		at = m.AskedAt
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// SendReceipts sends the receipts that people asked for. What was handed over, or may have been, is never sent
// again; what the relay put off is tried a few times more.
func (d *Desk) SendReceipts(ctx context.Context, draw ReceiptDrawer) error {
	if d.carrier == nil {
		return nil
	}
	var due []ReceiptMail
	err := d.store.View(ctx, func(r Reader) (err error) {
		due, err = r.ReceiptsWaiting(receiptBatch)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range due {
		if d.clock().Before(m.AskedAt.Add(time.Duration(m.Tries) * receiptPause)) {
			continue
		}
		if err := d.sendReceipt(ctx, m, draw); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) sendReceipt(ctx context.Context, m ReceiptMail, draw ReceiptDrawer) error {
	view, err := d.receiptView(ctx, m.Response)
	if fault.Is(err, fault.NotFound) { // erased meanwhile
		return d.endReceipt(ctx, m.Response, ReceiptRefused)
	}
	if err != nil {
		return err
	}
	msg, err := draw.DrawReceipt(view)
	if err != nil {
		d.log.Error("a receipt could not be drawn", "error", err)
		return d.endReceipt(ctx, m.Response, ReceiptRefused)
	}
	msg.Relay = d.relays.foremost()
	if err := d.store.Update(ctx, func(tx Tx) error { return tx.TryReceipt(m.Response) }); err != nil {
		return err
	}
	o := d.carrier.Deliver(ctx, msg, func(ctx context.Context) error { return d.endReceipt(ctx, m.Response, ReceiptUncertain) })
	d.log.Info("receipt by mail", "outcome", o.Kind, "stage", o.Stage, "code", o.Code, "try", m.Tries+1)
	end := ReceiptOutcome("") // it waits
	switch {
	case o.Kind == OutcomeSent:
		end = ReceiptSent
	case o.Kind == OutcomeUncertain:
		end = ReceiptUncertain
	case o.Kind == OutcomeRefused, m.Tries+1 >= receiptTries:
		end = ReceiptRefused
	}
	return d.endReceipt(context.WithoutCancel(ctx), m.Response, end)
}

func (d *Desk) endReceipt(ctx context.Context, response string, o ReceiptOutcome) error {
	return d.store.Update(ctx, func(tx Tx) error { return tx.EndReceipt(response, o) })
}

// receiptView reads what a receipt says.
func (d *Desk) receiptView(ctx context.Context, response string) (out ReceiptView, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		if out.Response, err = r.Response(response); err != nil {
			return err
		}
		i, err := r.Invitation(out.Response.Invitation)
		if err != nil {
			return err
		}
		vs, err := d.visits(r, i.Link)
		if err != nil {
			return err
		}
		v, known := vs[i.Link]
		if !known {
			return unknownLink()
		}
		out.FormView, out.Link = v.view, i.Link
		out.Last = &out.Response
		out.Current, err = v.stand(r) // it may have been taken back by another way since
		return err
	})
	return out, err
}
