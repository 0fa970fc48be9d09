package dashboard_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
)

// rightsDesk is the part of the desk that the pages of people's rights ask.
type rightsDesk struct {
	cards   []campaign.CaseCard
	beyond  bool // there are more cases than the page lists
	kept    []campaign.EraseKeeps
	copies  []string
	ledger  string // an address that only the ledger knows
	over    []campaign.RetentionLine
	sending bool // a message to the person is under way
}

func (d *desk) CaseCards(_ context.Context, s campaign.CaseState, from campaign.CaseID, _ int) (cards []campaign.CaseCard, more bool, err error) {
	for _, c := range d.cards {
		if c.State == s && (s == campaign.CaseOpen && c.ID > from || s == campaign.CaseDone && (from == 0 || c.ID < from)) {
			cards = append(cards, c)
		}
	}
	return cards, d.beyond && len(cards) > 0, d.fail
}

func (d *desk) CaseCard(_ context.Context, id campaign.CaseID) (campaign.CaseCard, error) {
	if n := slices.IndexFunc(d.cards, func(c campaign.CaseCard) bool { return c.ID == id }); n >= 0 {
		return d.cards[n], nil
	}
	return campaign.CaseCard{}, fault.New(fault.NotFound, "case.none", "there is no case {id}", "id", id)
}

func (d *desk) CasesOf(_ context.Context, id campaign.ContactID) (cs []campaign.Case, err error) {
	for _, c := range d.cards {
		if c.Contact == id {
			cs = append(cs, c.Case)
		}
	}
	return cs, nil
}

func (d *desk) OpenCase(_ context.Context, by campaign.Actor, who string, a campaign.Arrived) (campaign.Case, error) {
	if a.On.IsZero() {
		return campaign.Case{}, fault.New(fault.Invalid, "case.received", "say on which day it arrived")
	}
	return campaign.Case{ID: 9}, d.act("open %s of %s on %s by %s: %s", a.Kind, who, a.On, by.Name, a.Note)
}

func (d *desk) ExtendCase(_ context.Context, by campaign.Actor, id campaign.CaseID, until campaign.Date, because string, _ bool) (campaign.Case, error) {
	if until.IsZero() {
		return campaign.Case{}, fault.New(fault.Invalid, "case.sooner", "give a later day", "day", "2026-04-01", "id", id)
	}
	return campaign.Case{}, d.act("extend case %d to %s by %s: %s", id, until, by.Name, because)
}

func (d *desk) CloseCase(_ context.Context, by campaign.Actor, id campaign.CaseID, note string) (campaign.Case, error) {
	if note == "" {
		return campaign.Case{}, fault.New(fault.Invalid, "case.note", "say what was done", "most", 500)
	}
	return campaign.Case{}, d.act("close case %d by %s: %s", id, by.Name, note)
}

func (d *desk) WriteAccess(_ context.Context, by campaign.Actor, who, format string, w io.Writer) error {
	if err := d.act("access %s as %s by %s", who, format, by.Name); err != nil {
		return err
	}
	_, err := io.WriteString(w, "all of "+who)
	return err
}

func (d *desk) Rectify(_ context.Context, by campaign.Actor, who string, set map[string]string, dry bool) (r campaign.Rectified, err error) {
	if set["country"] == "france" {
		return r, fault.New(fault.Invalid, "rectify.country", "no code", "value", "france")
	}
	for name := range set {
		r.Fields = append(r.Fields, name)
	}
	slices.Sort(r.Fields)
	if dry || len(set) == 0 {
		return r, nil
	}
	r.Done = true
	return r, d.act("rectify %s by %s: %v", who, by.Name, set)
}

func (d *desk) EraseSubject(_ context.Context, by campaign.Actor, who, because string, dry bool) (e dashboard.Erasure, err error) {
	if d.sending {
		return e, fault.New(fault.Conflict, "erase.sending", "a message to this person is just being sent")
	}
	known := who == campaign.Numbered(d.card.Contact.ID)
	if !known && (who == "" || who != d.ledger) {
		return e, fault.New(fault.NotFound, "contact.not_found", "there is no such contact")
	}
	e = dashboard.Erasure{EraseResult: campaign.EraseResult{Entries: 3, Kept: d.kept}, Copies: d.copies}
	if known {
		e.Contact, e.Invitations, e.Cases = d.card.Contact.ID, 1, 1
	}
	if dry {
		return e, nil
	}
	return e, d.act("erase %s by %s: %s", who, by.Name, because)
}

func (d *desk) Retain(_ context.Context, by campaign.Actor, dry bool) ([]campaign.RetentionLine, error) {
	if !dry {
		if err := d.act("retain by %s", by.Name); err != nil {
			return nil, err
		}
	}
	return d.over, nil
}

// asked lets people ask for all that they may, with a word in what they and others wrote.
func (h *house) asked(word string) {
	d, now := h.desk, h.clock()
	c := d.card.Contact
	one := func(id campaign.CaseID, kind campaign.CaseKind, state campaign.CaseState, age time.Duration) campaign.CaseCard {
		opened := now.Add(-age)
		return campaign.CaseCard{Case: campaign.Case{ID: id, Contact: c.ID, Kind: kind, State: state, OpenedAt: opened, DueAt: campaign.DateOf(opened).AddDays(32).Time().Add(-time.Millisecond), Entry: 4}, Who: c}
	}
	const day = 24 * time.Hour
	d.cards = []campaign.CaseCard{one(1, campaign.CaseErase, campaign.CaseOpen, 33*day), one(2, campaign.CaseRectify, campaign.CaseOpen, 27*day), one(3, campaign.CaseAccess, campaign.CaseOpen, day),
		one(4, campaign.CaseAccess, campaign.CaseDone, 60*day), one(5, campaign.CaseErase, campaign.CaseDone, 20*day)}
	d.cards[3].ClosedAt, d.cards[3].Note, d.cards[3].Closed = now.Add(-5*day), word, 6
	d.cards[4].ClosedAt, d.cards[4].Note, d.cards[4].Closed, d.cards[4].Who = now.Add(-5*day), "the person was erased", 7, campaign.Contact{}
	d.kept = []campaign.EraseKeeps{{What: "keyed fingerprints of the addresses and numbers", Why: word, Until: "2031-03-10 at the latest"}}
	d.copies = []string{"/var/lib/reoptin.db.replaced-" + strings.TrimSpace(word)}
}
