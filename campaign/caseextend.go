package campaign

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/fault"
)

// mostExtended is how long an answer may take at most from the day on which it was asked for: one month, and two more where it is
// complex or there are many (GDPR art. 12(3)).
const mostExtended = 3

// extensionLost is why a case takes longer that the send journal knows of and the database did not.
const extensionLost = "the send journal knows that this takes longer; who said so, and why, was lost with the database"

// caseExtended is what the ledger keeps of more time.
type caseExtended struct {
	Actor   Actor   `json:"actor"`
	Case    CaseID  `json:"case"`
	Was     Instant `json:"was"` // when it was due before
	Due     Instant `json:"due"`
	Because string  `json:"because"`
}

// TellBy is the last day on which a case can be extended, and by which the person must have been told so, and why: that of the
// first month.
func (c Case) TellBy() Date { return DateOf(due(c.OpenedAt)) }

// Utmost is the last day to which a case can be extended.
func (c Case) Utmost() Date { return DateOf(c.OpenedAt).AddMonths(mostExtended) }

// Extendable reports whether a case can have more time at a moment.
func (c Case) Extendable(now time.Time) bool {
	return c.State == CaseOpen && !DateOf(now).After(c.TellBy()) && DateOf(c.DueAt).Before(c.Utmost())
}

// mayExtend is why a case cannot be extended to a day.
func mayExtend(c Case, until Date, now time.Time) error {
	switch {
	case c.State != CaseOpen:
		return wasClosed(c)
	case DateOf(now).After(c.TellBy()):
		return fault.New(fault.Conflict, "case.month", "the first month of case {id} was over on {day}: from then on it cannot be extended", "id", c.ID, "day", c.TellBy().String())
	case !until.After(DateOf(c.DueAt)):
		return fault.New(fault.Invalid, "case.sooner", "give a day after {day}, on which case {id} is due now", "id", c.ID, "day", DateOf(c.DueAt).String())
	case until.After(c.Utmost()):
		return fault.New(fault.Invalid, "case.utmost", "case {id} can be extended to {day} at most, three months after it was asked for", "id", c.ID, "day", c.Utmost().String())
	}
	return nil
}

// ExtendCase gives a case more time, until the end of a day, by a named person's hand and for a reason that the person must be
// told by TellBy. The reason is kept when the person is erased, and must not name them. A dry run says what would be.
func (d *Desk) ExtendCase(ctx context.Context, actor Actor, id CaseID, until Date, because string, dry bool) (c Case, err error) {
	because = strings.TrimSpace(because)
	if because == "" || utf8.RuneCountInString(because) > mostNote {
		return c, fault.New(fault.Invalid, "case.because", "say why it takes longer, in at most {most} letters and without naming the person", "most", mostNote).Hint("--because TEXT")
	}
	look := func(r Reader) error {
		if c, err = r.Case(id); err != nil {
			return noCase(id, err)
		}
		who, err := r.Contact(c.Contact)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := mayExtend(c, until, r.Now()); err != nil {
			return err
		}
		return unnamedOf(r, because, who)
	}
	if dry {
		if err := d.store.View(ctx, look); err != nil {
			return c, err
		}
		c.DueAt, c.Because = endOf(until), because
		return c, nil
	}
	var rs []Record
	err = d.store.Update(ctx, func(tx Tx) error {
		if err := look(tx); err != nil {
			return err
		}
		if c, err = extend(tx, actor, c, endOf(until), because); err != nil {
			return err
		}
		rs, err = caseRecords(tx, c)
		return err
	})
	if err != nil {
		return c, err
	}
	d.points.At("case.after-update")
	return c, d.record(ctx, rs...)
}

func extend(tx Tx, actor Actor, c Case, until time.Time, because string) (Case, error) {
	was := c.DueAt
	no, err := tx.Append(Entry{Kind: EntryCaseExtended, Contact: c.Contact, Payload: caseExtended{actor, c.ID, Instant{was}, Instant{until}, because}})
	if err != nil {
		return c, err
	}
	c.DueAt, c.Because, c.Extended = until, because, no
	return c, tx.ExtendCase(c, was)
}
