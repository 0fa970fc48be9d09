package campaign

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// CaseID numbers a case.
type CaseID int64

// CaseKind is what a person asks for by right.
type CaseKind string

// The kinds of case (GDPR art. 15 to 17).
const (
	CaseAccess  CaseKind = "access"
	CaseRectify CaseKind = "rectify"
	CaseErase   CaseKind = "erase"
)

// CaseKinds are all kinds, in the order in which a page offers them.
func CaseKinds() []CaseKind { return []CaseKind{CaseAccess, CaseRectify, CaseErase} }

// CaseState is whether something is still to be done.
type CaseState string

// The states of a case.
const (
	CaseOpen CaseState = "open"
	CaseDone CaseState = "done"
)

// Case is what one person asked for by right. It is opened by the person, or by a named person for a request that came
// another way, and closed by a named person who did what was asked, or said why not. Of each kind a person has one open at most.
type Case struct {
	ID       CaseID
	Number   LinkID // by which the send journal knows it, also when another database has it under another ID
	Contact  ContactID
	Kind     CaseKind
	State    CaseState
	OpenedAt time.Time // when it was asked for; the begin of the day on which it arrived, UTC, where it was entered by hand
	DueAt    time.Time // one month later (GDPR art. 12(3)), or as it was extended: the end of that day, UTC
	ClosedAt time.Time // zero: it is open
	Note     string    // what was said when it was closed; nothing of the person
	Entry    EntryNo   // that opened it
	Closed   EntryNo   // that closed it, or NoEntry
	Because  string    // why it was extended, the last time; nothing of the person. "": it was not
	Extended EntryNo   // that extended it, where it was
}

// Cases reads what people asked for.
type Cases interface {
	Case(CaseID) (Case, error)
	CasesOf(ContactID) ([]Case, error)                             // oldest first
	CasesKnown([]LinkID) (map[LinkID]Case, error)                  // those of some numbers that there are
	NextCase() (CaseID, error)                                     // the number that the next case gets
	CasePage(s CaseState, after CaseID, limit int) ([]Case, error) // by number; "" for both states
	CasesEnded(before CaseID, limit int) ([]Case, error)           // those that are done, the newest number first; 0: from the end
	CasesDue() (CaseFigures, error)
}

// CaseWriter opens, extends and closes cases, each covered by its entry. A second open case of a kind, and extending or closing
// one that is not open, are fault.Conflict.
type CaseWriter interface {
	OpenCase(Case) error                    // under its own ID, as of OpenedAt; done already when it is brought back so
	ExtendCase(c Case, was time.Time) error // to its DueAt, from when it was due; by its entry Extended, and Because
	CloseCase(id CaseID, note string, no EntryNo) error
}

// caseOpened is what the ledger keeps of a request.
type caseOpened struct {
	Actor      Actor        `json:"actor"`
	Case       CaseID       `json:"case"`
	Number     string       `json:"number"` // hex
	Invitation InvitationID `json:"invitation"`
	Subject    string       `json:"subject_ref"`
	Asked      CaseKind     `json:"asked"`
	Due        Instant      `json:"due"`
	Received   string       `json:"received,omitempty"` // of one that was entered by hand: the day on which it arrived
	Note       string       `json:"note,omitempty"`     // and how
	AskedAt    *Instant     `json:"asked_at,omitempty"` // of one that the send journal brought back: since when it is asked for
}

// Request opens a case for the person behind a link: what they ask for, and the day by which it must be done.
// Asked for again while it is open, it is the same case and nothing new is recorded. Whoever asks to be erased objects to
// marketing with it. fault.NotFound for a link
// that is unknown or whose person was erased, fault.Unavailable when it could not be saved.
func (d *Desk) Request(ctx context.Context, link LinkID, kind CaseKind) (asked Case, err error) {
	if !slices.Contains(CaseKinds(), kind) {
		return Case{}, fault.New(fault.Invalid, "case.kind", "{kind} is nothing that can be asked for", "kind", string(kind)).At("campaign.Request")
	}
	var silent []PersonKey
	var rs []Record
	waiting, enough := context.WithTimeout(ctx, longestWait)
	defer enough()
	err = d.store.Update(waiting, func(tx Tx) error {
		silent, rs = nil, nil
		i, err := tx.InvitationByLink(link)
		switch {
		case err == nil && i.Erased(), fault.Is(err, fault.NotFound):
			return unknownLink()
		case err != nil:
			return err
		}
		if i, err = d.arrives(tx, i, "the person asked for something by right"); err != nil {
			return err
		}
		var open bool
		if asked, open, err = openOf(tx, i.Contact, kind); err == nil && !open {
			asked, err = d.begin(tx, i, tx.Now(), caseOpened{Actor: Actor{Kind: "subject"}, Asked: kind})
		}
		if err == nil { // of one that is open too: the journal may have failed as it was opened
			rs, err = caseRecords(tx, asked)
		}
		if err != nil || kind != CaseErase {
			return err
		}
		silent, err = d.stopMarketing(tx, Actor{Kind: "subject"}, asked, !open)
		return err
	})
	if err != nil {
		return asked, err
	}
	d.points.At("case.after-update")
	return asked, d.recordAct(ctx, append(rs, suppressRecords(silent, d.clock(), SuppressObjection)...)...)
}

// stopMarketing takes a request to be erased as the objection that it is (COMPLIANCE B.6 step 2), whoever entered it: all
// keys of the person stand under the entry of the case. Asked again while it is open, what does not stand any more by a yes
// since then stands under an entry of its own.
func (d *Desk) stopMarketing(tx Tx, actor Actor, c Case, fresh bool) (keys []PersonKey, err error) {
	who, err := tx.Contact(c.Contact)
	if err != nil {
		return nil, err
	}
	if keys, err = keysOf(tx, c.Contact, who.Keys); err != nil {
		return nil, err
	}
	standing, err := tx.SuppressedKeys(keys)
	if err != nil {
		return nil, err
	}
	lines := slices.DeleteFunc(suppressions(keys, SuppressObjection, fmt.Sprintf("case %d", c.ID), tx.Now()), func(s Suppression) bool {
		known, there := standing[s.Key]
		return there && !known.Lifts && known.Reason != SuppressBounce
	})
	if len(lines) == 0 {
		return keys, nil
	}
	no := c.Entry
	if !fresh {
		if no, err = tx.Append(Entry{Kind: EntrySuppressed, Contact: c.Contact, Payload: map[string]any{"actor": actor, "reason": SuppressObjection, "case": c.ID}}); err != nil {
			return nil, err
		}
	}
	if _, err := tx.Suppress(no, lines); err != nil {
		return nil, err
	}
	return keys, d.reclassify(tx, c.Contact)
}

// openOf is the case of a kind that a person has open.
func openOf(r Reader, id ContactID, kind CaseKind) (c Case, open bool, err error) {
	known, err := r.CasesOf(id)
	if err != nil {
		return c, false, err
	}
	if n := slices.IndexFunc(known, func(c Case) bool { return c.Kind == kind && c.State == CaseOpen }); n >= 0 {
		return known[n], true, nil
	}
	return c, false, nil
}

// begin opens a case of a person, who asked as of some time by an invitation or without one.
func (d *Desk) begin(tx Tx, i Invitation, asked time.Time, says caseOpened) (c Case, err error) {
	return d.beginBefore(tx, Case{}, i, asked, says)
}

// beginBefore opens a case as begin does. One of the kind that is open, for which the person asked later, is done with it.
func (d *Desk) beginBefore(tx Tx, later Case, i Invitation, asked time.Time, says caseOpened) (c Case, err error) {
	var number LinkID
	if _, err := io.ReadFull(d.rand, number[:]); err != nil {
		return c, fault.Wrap("campaign.begin", err)
	}
	if c, err = d.enterCase(tx, i, number, asked, says); err != nil {
		return c, err
	}
	if later.ID != 0 {
		if err := closeCase(tx, says.Actor, later, doneWith(c.ID)); err != nil {
			return c, err
		}
	}
	return c, tx.OpenCase(c)
}

// enterCase writes the entry that opens a case.
func (d *Desk) enterCase(tx Tx, i Invitation, number LinkID, asked time.Time, says caseOpened) (c Case, err error) {
	if says.Case, err = tx.NextCase(); err != nil {
		return c, err
	}
	c = Case{ID: says.Case, Number: number, Contact: i.Contact, Kind: says.Asked, State: CaseOpen, OpenedAt: asked, DueAt: due(asked), Closed: NoEntry}
	says.Number, says.Invitation, says.Subject, says.Due = hex.EncodeToString(number[:]), i.ID, d.subject(i.Contact), Instant{c.DueAt}
	c.Entry, err = tx.Append(Entry{Kind: EntryCaseOpened, Campaign: i.Campaign, Contact: i.Contact, Payload: says})
	return c, err
}

// due is the end of the day one month later; a month without that day ends on its last.
func due(opened time.Time) time.Time {
	return endOf(DateOf(opened).AddMonths(1))
}

func endOf(day Date) time.Time { return day.AddDays(1).Time().Add(-time.Millisecond) }

// Requests lists what the person behind a link asked for, the oldest first.
func (d *Desk) Requests(ctx context.Context, link LinkID) (asked []Case, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		i, err := r.InvitationByLink(link)
		if err != nil {
			return err
		}
		asked, err = r.CasesOf(i.Contact)
		return err
	})
	return asked, err
}
