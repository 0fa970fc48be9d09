package campaign

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/fault"
)

// mostNote bounds what is said when a case is closed.
const mostNote = 500

// CaseList lists cases by number, in one state or in both.
func (d *Desk) CaseList(ctx context.Context, s CaseState, after CaseID, limit int) (cs []Case, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		cs, err = r.CasePage(s, after, limit)
		return err
	})
	return cs, err
}

// CaseCard is a case with who asked.
type CaseCard struct {
	Case
	Who     Contact // zero: the person was erased
	Entered Entered // zero: it came by the person's own link. Only of a single card; of one that the send journal brought back it says so
}

// Entered is who entered a case by hand, and how the request came.
type Entered struct {
	By   string
	Note string
}

// CaseCards lists cases with who asked: those that are open, the longest open first, from a number on; or those that
// are done, the newest first, below a number.
func (d *Desk) CaseCards(ctx context.Context, s CaseState, from CaseID, limit int) (cards []CaseCard, more bool, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		read := func() ([]Case, error) { return r.CasePage(CaseOpen, from, limit+1) }
		if s == CaseDone {
			read = func() ([]Case, error) { return r.CasesEnded(from, limit+1) }
		}
		cs, err := read()
		if err != nil {
			return err
		}
		if more = len(cs) > limit; more {
			cs = cs[:limit]
		}
		cards = nil
		for _, c := range cs {
			card, err := caseCard(r, c)
			if err != nil {
				return err
			}
			cards = append(cards, card)
		}
		return nil
	})
	return cards, more, err
}

// CaseCard gives one case with who asked.
func (d *Desk) CaseCard(ctx context.Context, id CaseID) (card CaseCard, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		c, err := r.Case(id)
		if err == nil {
			card, err = caseCard(r, c)
		}
		if err == nil {
			card.Entered, err = entered(r, c)
		}
		return noCase(id, err)
	})
	return card, err
}

// CameOf says how cases that were entered by hand came, where it is known: who was erased leaves nothing of it.
func (d *Desk) CameOf(ctx context.Context, cs []Case) (notes map[CaseID]string, err error) {
	notes = map[CaseID]string{}
	err = d.store.View(ctx, func(r Reader) error {
		for _, c := range cs {
			e, err := entered(r, c)
			if err != nil {
				return err
			}
			notes[c.ID] = e.Note
		}
		return nil
	})
	return notes, err
}

// entered reads it out of the case's entry, as long as that is not emptied.
func entered(r Reader, c Case) (e Entered, err error) {
	about, err := r.TestimoniesOf(c.Contact)
	for _, t := range about {
		var says caseOpened
		if err == nil && t.Entry == c.Entry && t.Payload != nil {
			if err = json.Unmarshal(t.Payload, &says); err == nil && (says.Received != "" || says.AskedAt != nil) {
				e = Entered{says.Actor.Name, says.Note}
			}
		}
	}
	return e, fault.Wrap("campaign.entered", err)
}

func caseCard(r Reader, c Case) (CaseCard, error) {
	who, err := r.Contact(c.Contact)
	if fault.Is(err, fault.NotFound) {
		return CaseCard{Case: c}, nil
	}
	return CaseCard{Case: c, Who: who}, err
}

// CasesOf lists what a person asked for by right, the oldest first.
func (d *Desk) CasesOf(ctx context.Context, id ContactID) (cs []Case, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		cs, err = r.CasesOf(id)
		return err
	})
	return cs, err
}

// Arrived is a request that came by letter, by telephone or at the counter.
type Arrived struct {
	Kind CaseKind
	On   Date   // the day on which it arrived: from then on the month runs (GDPR art. 12(3))
	Note string // how it came; it is kept when the person is erased, and must not name them
}

// OpenCase opens a case by a named person's hand, for a request that did not come by the person's own link. Who has one of
// the kind open already is fault.Conflict, unless they asked for that one later: it is done with this one, which is due first.
// Whoever asks to be erased objects to marketing with it.
func (d *Desk) OpenCase(ctx context.Context, actor Actor, who string, a Arrived) (c Case, err error) {
	a.Note = strings.TrimSpace(a.Note)
	switch {
	case !slices.Contains(CaseKinds(), a.Kind):
		return c, fault.New(fault.Invalid, "case.kind", "{kind} is nothing that can be asked for", "kind", string(a.Kind))
	case a.On.IsZero() || a.On.After(DateOf(d.now())):
		return c, fault.New(fault.Invalid, "case.received", "say on which day it arrived; it is not to come")
	case utf8.RuneCountInString(a.Note) > mostNote:
		return c, fault.New(fault.Invalid, "case.how", "say how it came in at most {most} letters and without naming the person", "most", mostNote).Hint("--note TEXT")
	}
	var silent []PersonKey
	var rs []Record
	open := false
	err = d.store.Update(ctx, func(tx Tx) error {
		silent = nil
		was, err := FindContact(tx, d.keys, who)
		if err != nil {
			return err
		}
		if err := unnamedOf(tx, a.Note, was); err != nil {
			return err
		}
		c, open, err = openOf(tx, was.ID, a.Kind)
		later := c
		if open = open && !a.On.Before(DateOf(later.OpenedAt)); err == nil && !open {
			c, err = d.beginBefore(tx, later, Invitation{Contact: was.ID}, a.On.Time(), caseOpened{Actor: actor, Asked: a.Kind, Received: a.On.String(), Note: a.Note})
		}
		if err == nil { // of one that is open too: the journal may have failed as it was opened
			rs, err = caseRecords(tx, c)
		}
		if err == nil && a.Kind == CaseErase {
			silent, err = d.stopMarketing(tx, actor, c, !open)
		}
		return err
	})
	if err != nil {
		return c, err
	}
	d.points.At("case.after-update")
	if err := d.record(ctx, append(rs, suppressRecords(silent, d.clock(), SuppressObjection)...)...); err != nil || !open {
		return c, err
	}
	return c, fault.New(fault.Conflict, "case.open", "the person waits for this already: case {id}, due on {day}", "id", c.ID, "day", DateOf(c.DueAt).String()).Hint("reoptin subject cases")
}

func noCase(id CaseID, err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "case.none", "there is no case {id}", "id", id).Hint("reoptin subject cases")
	}
	return err
}

// CloseCase ends a case by a named person's hand: what was asked for was done, or refused for a reason that the note
// gives. The note is kept when the person is erased, and must not name them.
func (d *Desk) CloseCase(ctx context.Context, actor Actor, id CaseID, note string) (c Case, err error) {
	note = strings.TrimSpace(note)
	if note == "" || utf8.RuneCountInString(note) > mostNote {
		return c, fault.New(fault.Invalid, "case.note", "say what was done, in at most {most} letters and without naming the person", "most", mostNote).Hint("--note TEXT")
	}
	err = d.store.Update(ctx, func(tx Tx) error {
		if c, err = tx.Case(id); err != nil {
			return noCase(id, err)
		}
		if c.State != CaseOpen {
			return wasClosed(c)
		}
		who, err := tx.Contact(c.Contact)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := unnamedOf(tx, note, who); err != nil {
			return err
		}
		if err := closeCase(tx, actor, c, note); err != nil {
			return err
		}
		c, err = tx.Case(id)
		return err
	})
	return c, err
}

func wasClosed(c Case) error {
	return fault.New(fault.Conflict, "case.done", "case {id} was closed on {day}", "id", c.ID, "day", DateOf(c.ClosedAt).String()).Hint("reoptin subject cases")
}

func closeCase(tx Tx, actor Actor, c Case, note string) error {
	no, err := enterClosing(tx, actor, c, note)
	if err != nil {
		return err
	}
	return tx.CloseCase(c.ID, note, no)
}

func enterClosing(tx Tx, actor Actor, c Case, note string) (EntryNo, error) {
	return tx.Append(Entry{Kind: EntryCaseClosed, Contact: c.Contact, Payload: map[string]any{"actor": actor, "case": c.ID, "note": note}})
}

// closeCasesOf ends the open cases of one kind of a person.
func closeCasesOf(tx Tx, actor Actor, id ContactID, kind CaseKind, note string) (n int, err error) {
	cs, err := tx.CasesOf(id)
	for _, c := range cs {
		if err == nil && c.State == CaseOpen && c.Kind == kind {
			n, err = n+1, closeCase(tx, actor, c, note)
		}
	}
	return n, err
}
