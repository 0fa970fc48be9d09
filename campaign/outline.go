package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Outline is how everything stands, and what needs a person, at a glance. It is read from sums that are kept: nobody
// is counted for it, however many people there are.
type Outline struct {
	Base      Base
	Campaigns []CampaignOutline // by creation
	Cases     CaseFigures
	Stock     Stock
}

// CampaignOutline is a campaign with its figures. Of the report only the sums are filled, and what it waits for; of a
// campaign that has not started nothing.
type CampaignOutline struct {
	Campaign
	Report Report
}

// CaseFigures are the cases that are open.
type CaseFigures struct {
	Open    int
	Overdue int
	Due     time.Time // when the next is; zero: none is open
}

// Stock is what was found when somebody last went through the whole base: what no sum can be kept of, since it
// changes by the day.
type Stock struct {
	At      time.Time // zero: nobody has looked yet
	Size    EntryNo   // the last entry that there was
	Unasked int       // doubtful people who may be asked, and whom no campaign has planned to ask
	Ending  int       // people whose consent stands today and does not, or should be refreshed, on Ends
	Ends    Date
	Over    int // people kept longer than the rules of retention say
}

// Stocks reads what was found.
type Stocks interface {
	Stock() (Stock, error)
	LastEntry() (EntryNo, error)                              // NoEntry: there is none
	EntriesOf(after EntryNo, kinds ...EntryKind) (int, error) // how many came after
}

// StockWriter keeps it.
type StockWriter interface {
	PutStock(Stock) error
	AddUp() error // keeps what Tally had to count
}

// Outline says how everything stands.
func (d *Desk) Outline(ctx context.Context) (o Outline, err error) {
	var due []time.Time
	var why []string
	err = d.store.View(ctx, func(r Reader) (err error) {
		if o.Base, err = baseOf(r); err != nil {
			return err
		}
		if o.Cases, err = r.CasesDue(); err != nil {
			return err
		}
		if o.Stock, err = r.Stock(); err != nil {
			return err
		}
		cs, err := r.CampaignList()
		if err != nil {
			return err
		}
		o.Campaigns, due, why = make([]CampaignOutline, len(cs)), make([]time.Time, len(cs)), make([]string, len(cs))
		for n, c := range cs {
			o.Campaigns[n].Campaign = c
			if c.StartedAt.IsZero() {
				continue
			}
			if o.Campaigns[n].Report, err = figuresOf(r, c); err != nil {
				return err
			}
			if due[n], why[n], _, err = r.NextDue(c.ID); err != nil {
				return err
			}
		}
		return nil
	})
	for n := 0; n < len(o.Campaigns) && err == nil; n++ {
		if c := &o.Campaigns[n]; !c.StartedAt.IsZero() {
			err = d.fillWaiting(c.Campaign, due[n], why[n], &c.Report)
		}
	}
	return o, err
}

// figuresOf are the sums of a started campaign.
func figuresOf(r Reader, c Campaign) (rep Report, err error) {
	t, err := r.Tally(c.ID)
	if err != nil {
		return rep, err
	}
	rep.take(c, t)
	for _, n := range t.Invitations {
		rep.ToAsk += n
	}
	rep.Letters, err = lettersOf(r, c)
	return rep, err
}

// AddUp keeps what the people of campaigns did until now, so that it is not counted again.
func (d *Desk) AddUp(ctx context.Context) error {
	return d.store.Update(ctx, func(tx Tx) error { return tx.AddUp() })
}

// endingWithin is how long before it ends a consent is spoken of: long enough for a campaign.
const endingWithin = 60

// Who is kept too long is erased at night, or proposed to be. Only who is there a day later still needs a person.
const nightly = 25 * time.Hour

// restAfter is how many times as long as it took nobody goes through the base again, whatever happens.
const restAfter = 20

// stirring are the acts after which the base has to be gone through anew.
var stirring = []EntryKind{EntryImported, EntryImportUndone, EntryClassified, EntryLookedUp, EntryOrganisation, EntryStarted, EntryClosed}

// TakeStock goes through the whole base for what is only found by looking at everybody, when a day or an act has
// passed that may have changed it. It judges as an audit does, and keeps no verdict.
func (d *Desk) TakeStock(ctx context.Context) error {
	var s Stock
	found := false
	err := d.store.View(ctx, func(r Reader) (err error) {
		if found, err = d.stale(r); err != nil || !found {
			return err
		}
		began := d.clock()
		s, err = d.takeStock(ctx, r)
		d.mu.Lock()
		d.tookStock = d.clock().Sub(began)
		d.mu.Unlock()
		return err
	})
	if fault.Is(err, fault.NotFound) { // nobody has said yet who asks
		return nil
	}
	if err != nil || !found {
		return err
	}
	return d.store.Update(ctx, func(tx Tx) error { return tx.PutStock(s) })
}

// stale reports whether what was found last may not hold any more.
func (d *Desk) stale(r Reader) (bool, error) {
	was, err := r.Stock()
	if err != nil || was.At.IsZero() || DateOf(was.At) != DateOf(r.Now()) {
		return true, err
	}
	d.mu.Lock()
	after, rests := max(was.Size, d.unstirred), restAfter*d.tookStock
	d.mu.Unlock()
	if r.Now().Sub(was.At) < rests {
		return false, nil
	}
	last, err := r.LastEntry()
	if err != nil {
		return false, err
	}
	n, err := r.EntriesOf(after, stirring...)
	if err == nil && n == 0 {
		d.mu.Lock()
		d.unstirred = last
		d.mu.Unlock()
	}
	return n > 0, err
}

func (d *Desk) takeStock(ctx context.Context, r Reader) (s Stock, err error) {
	o, err := organisation(r)
	if err != nil {
		return s, err
	}
	if s.Size, err = r.LastEntry(); err != nil {
		return s, err
	}
	today := DateOf(r.Now())
	s.At, s.Ends = r.Now(), today.AddDays(endingWithin)
	later := newAuditor(o, s.Ends)
	err = auditBase(ctx, r, today, func(_ *Organisation, page []judgement) error {
		var askable []ContactID
		for n := range page {
			if s.add(later, &page[n]) {
				askable = append(askable, page[n].contact.ID)
			}
		}
		asked, err := r.AskedOf(askable)
		for _, id := range askable {
			if !slices.ContainsFunc(asked[id], func(a Asked) bool { return a.State == Planned || a.State == Claimed }) {
				s.Unasked++
			}
		}
		return err
	})
	if err == nil {
		s.Over, err = d.overAge(r)
	}
	return s, err
}

// add counts a person, and reports whether they are doubtful and may be asked.
func (s *Stock) add(later *auditor, j *judgement) (askable bool) {
	v := j.verdict
	if v.Class != OptedIn {
		return v.Class == Doubtful && (v.Route == RouteEmail || v.Route == RouteLetter)
	}
	then := later.audit(*j.contact, *j.standing)
	if then.Class != OptedIn || then.Fine == fineRefresh && v.Fine != fineRefresh {
		s.Ending++
	}
	return false
}

// overAge counts whom the last night should have erased, or has proposed.
func (d *Desk) overAge(r Reader) (people int, err error) {
	for _, rule := range d.retention.leavings() {
		if rule.keep == 0 {
			continue
		}
		for after := ContactID(0); ; {
			ids, err := rule.people(r, r.Now().Add(-rule.keep-nightly), after, auditPage)
			if err != nil {
				return people, err
			}
			if len(ids) == 0 {
				break
			}
			people, after = people+len(ids), ids[len(ids)-1]
		}
	}
	return people, nil
}
