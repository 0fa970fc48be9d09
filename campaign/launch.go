package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
)

// freshAfter is how long a sender need not have written to be new to mailbox providers.
const freshAfter = 30 * 24 * time.Hour

// launch gathers what the house knows of a stored campaign that its texts do not say. The people are looked at
// apart, since that goes through the whole base.
func (d *Desk) launch(ctx context.Context, c Campaign, o Organisation) (lint.Launch, error) {
	l := lint.Launch{}
	if c.Status == Approved && c.Frozen != nil {
		now, _, err := d.freeze(c.File, o)
		if err != nil {
			return l, err
		}
		l.ApprovedBy, l.ApprovedHash, l.ContentHash = c.ApprovedBy, c.Frozen.Hash, now.Hash
	}
	err := d.store.View(ctx, func(r Reader) (err error) {
		if l.Stale, err = staleLists(r, DateOf(d.clock())); err != nil {
			return err
		}
		if l.Lost, err = lostDocuments(r, c.Frozen); err != nil {
			return err
		}
		all, err := r.CampaignList()
		wrote := func(o Campaign) bool { return o.BegunAt.After(d.clock().Add(-freshAfter)) }
		l.Fresh = !slices.ContainsFunc(all, wrote) && len(d.relays.warmings()) == 0
		return err
	})
	return l, err
}

// staleLists are the registers whose newest version is from before yesterday. A list of the company's own may be as
// old as its last no.
func staleLists(r Reader, today Date) (out []string, err error) {
	all, err := r.Lists()
	newest := map[string]Date{}
	for _, l := range all {
		if l.External && l.Dated.After(newest[l.Name]) {
			newest[l.Name] = l.Dated
		}
	}
	for name, dated := range newest {
		if dated.Time().AddDate(0, 0, 1).Before(today.Time()) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, err
}

// lostDocuments are the documents of an approval that the store does not have.
func lostDocuments(r Reader, f *Frozen) (out []string, err error) {
	if f == nil {
		return nil, nil
	}
	for name, sha := range f.Documents {
		if _, err := r.Document(sha); fault.Is(err, fault.NotFound) {
			out = append(out, name)
		} else if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return out, nil
}

// daily is how many messages may leave in a day of ten hours.
func daily(l Limits) int {
	if l.Per <= 0 {
		return 0
	}
	return int(float64(l.N) * float64(10*time.Hour) / float64(l.Per)) // the product of two whole numbers may be too large
}

// held says why a campaign may not start by what the house knows of it, if it may not.
func (d *Desk) held(ctx context.Context, c Campaign) error {
	o, err := d.Organisation(ctx)
	if err != nil {
		return err
	}
	l, err := d.launch(ctx, c, o)
	if err != nil {
		return err
	}
	l.ApprovedHash = l.ContentHash // the start itself looks whether the approval still holds, and says what to do
	for _, f := range lint.CheckLaunch(lint.Draft{Launch: &l}) {
		if f.Severity == lint.Error {
			return fault.New(fault.Invalid, "lint.launch", "{rule} holds campaign {name} back: {what} ({found})", "rule", f.Rule, "name", c.Name, "what", f.Message, "found", f.Text).
				Hint("reoptin campaign lint " + c.Name)
		}
	}
	return nil
}

// WouldHold says why a start would be refused by what the house knows of a campaign, its organisation and the
// base, if it would. toAsk is how many people the plan of it found.
func (d *Desk) WouldHold(ctx context.Context, name string, toAsk int) error {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return err
	}
	if err := d.Startable(c); err != nil {
		return err
	}
	if err := d.held(ctx, c); err != nil {
		return err
	}
	o, err := d.Organisation(ctx)
	if err != nil {
		return err
	}
	if err := upToDate(c, o); err != nil || toAsk > 0 {
		return err
	}
	f, err := d.Audience(ctx, name)
	if err == nil && f.ToAsk == 0 {
		err = nobody(c, f)
	}
	return err
}

// lookAtAudience counts the people of a campaign: those whom it would ask, or once it was started those who are
// still to be asked.
func (d *Desk) lookAtAudience(ctx context.Context, c Campaign, l *lint.Launch) error {
	return d.store.View(ctx, func(r Reader) error {
		switch c.Status {
		case Draft, Approved:
			s, err := selected(ctx, r, c)
			s.tell(l)
			return err
		case Running, Paused:
			return lookAtPlanned(ctx, r, c, l)
		}
		return nil
	})
}
