package campaign

import (
	"slices"
	"time"
)

// Form, message and letter say how long data are kept after a yes. That yes is none any more once the time is over (ADR 0066).

// promised is the last day on which a yes counts: what the campaign that it answers said when it was approved. It is zero where
// nobody was told a time: an answer that was entered by hand and answers no message of ours.
func (c *Campaign) promised(yes ConsentRow) Date {
	if c.Frozen == nil {
		return Date{}
	}
	return c.Frozen.Organisation.keptUntil(yes.Purpose, DateOf(yes.Since()))
}

// keptUntil is the last day of the time for which data are kept for a purpose after a yes; zero when there is none.
func (o *Organisation) keptUntil(purpose string, since Date) Date {
	p, known := o.Purpose(purpose)
	months, err := Months(p.Retention)
	if !known || err != nil {
		return Date{}
	}
	return since.AddMonths(months)
}

// promises finds the last day of each yes.
type promises struct {
	r  Reader
	of map[CampaignID]Campaign
}

func (p *promises) until(yes ConsentRow) (Date, error) {
	if yes.Campaign == 0 {
		return Date{}, nil
	}
	c, known := p.of[yes.Campaign]
	if !known {
		var err error
		if c, err = p.r.CampaignByID(yes.Campaign); err != nil {
			return Date{}, err
		}
		p.of[yes.Campaign] = c
	}
	return c.promised(yes), nil
}

// expired gives a row as it stands on a day: its proof is that of the yes, which says until when it was.
func (p *promises) expired(row ConsentRow, today Date) (ConsentRow, error) {
	if row.State != Granted {
		return row, nil
	}
	until, err := p.until(row)
	if err == nil && !until.IsZero() && today.After(until) {
		row.State, row.At, row.Given, row.Kind = Expired, until.AddDays(1).Time(), Date{}, ""
	}
	return row, err
}

// ended reports whether the time of every yes of a person is over.
func (s *Standing) ended(asOf Date) bool {
	return s.Answer == Granted && !s.Until.IsZero() && asOf.After(s.Until)
}

// shortestPromise is the least number of months that any campaign promised; 0 when none did.
func shortestPromise(r Reader) (least int, err error) {
	cs, err := r.CampaignList()
	for _, c := range cs {
		if c.Frozen == nil {
			continue
		}
		for _, p := range c.Frozen.Organisation.Purposes {
			if months, err := Months(p.Retention); err == nil && (least == 0 || months < least) {
				least = months
			}
		}
	}
	return least, err
}

// expiredBefore lists people who agree to nothing any more and said no to nothing of it: the time of a yes is over.
func expiredBefore(r Reader, now time.Time, after ContactID, limit int) (due []ContactID, err error) {
	least, err := shortestPromise(r)
	if err != nil || least == 0 {
		return nil, err
	}
	for at := DateOf(now).AddMonths(-least).Time(); len(due) == 0; {
		some, err := r.AnsweredAllBefore(at, after, limit)
		if err != nil || len(some) == 0 {
			return nil, err
		}
		after = some[len(some)-1]
		if due, err = whoseTimeIsOver(r, some); err != nil {
			return nil, err
		}
	}
	return due, nil
}

// whoseTimeIsOver keeps of some people those of whose consents one is over and none stands. No basis in the base stands in its place
// (T-00), and an import brings no new yes.
func whoseTimeIsOver(r Reader, ids []ContactID) ([]ContactID, error) {
	rows, err := StandingOf(r, ids...)
	if err != nil {
		return nil, err
	}
	over, stands := map[ContactID]bool{}, map[ContactID]bool{}
	for _, row := range rows {
		over[row.Contact] = over[row.Contact] || row.State == Expired
		stands[row.Contact] = stands[row.Contact] || row.State == Granted
	}
	return slices.DeleteFunc(ids, func(id ContactID) bool { return !over[id] || stands[id] }), nil
}
