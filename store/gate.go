package store

import (
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// Of those who are put off or come back, a transaction takes so many at once, so that nobody waits long for
// the one writer.
const (
	mostHeld = 2000
	atOnce   = "2000"
)

// due gives the next of a campaign who are due, up to n, and puts off those whom the gate holds back; those whom it
// looks past stay as they are.
func (t *tx) due(c campaign.CampaignID, n int, g campaign.Gate) (due []campaign.Invitation, held int, err error) {
	if g == nil {
		due, err = t.invitations(whereDue, int64(c), millis(t.now), int64(n))
		return due, 0, err
	}
	var through []int64
	var back [][]any
	looks, err := all(t, scanLook, "SELECT i.id, i.email, i.zone FROM invitation i "+whereDue, int64(c), millis(t.now), int64(n+mostHeld/4))
	if err != nil {
		return nil, 0, err
	}
	for _, l := range looks {
		if len(through) == n {
			break
		}
		switch until, why := g(l.email, l.zone); {
		case !until.IsZero(): // also a time that has come meanwhile, such as midnight
			back = append(back, []any{l.id, millis(until), why})
		case why == "":
			through = append(through, l.id)
		}
	}
	if err := t.putOff(back); err != nil || len(through) == 0 {
		return nil, len(back), err
	}
	due, err = t.invitations("WHERE i.id IN ("+places(1, len(through))+") ORDER BY i.priority DESC, i.id", anys(through)...)
	return due, len(back), err
}

// look is as much of an invitation as a gate wants to know.
type look struct {
	id    int64
	email campaign.Address
	zone  string
}

func scanLook(scan func(...any) error) (l look, err error) { return l, scan(&l.id, &l.email, &l.zone) }

// putOff moves planned invitations to a later time.
func (t *tx) putOff(rows [][]any) error {
	return many(rows, func(_ [][]any, values string, args []any) error {
		_, err := t.exec(`UPDATE invitation SET deferred = 1, not_before = v.column2, reason = v.column3 FROM (VALUES `+values+`) AS v
WHERE invitation.id = v.column1 AND invitation.state = 'planned'`, args...)
		return err
	})
}

// PlannedAddresses gives the addresses of those who are still to be asked.
func (t *tx) PlannedAddresses(c campaign.CampaignID, each func(campaign.Address)) error {
	err := t.each(func(scan func(...any) error) error {
		var a campaign.Address
		err := scan(&a)
		each(a)
		return err
	}, "SELECT email FROM invitation WHERE campaign = $1 AND state = 'planned' AND route = 'email'", int64(c))
	return translate("store.PlannedAddresses", err)
}

// PlannedPlaces says of those who are still to be asked where they are: the values of a letter hold its address.
func (t *tx) PlannedPlaces(c campaign.CampaignID, each func(campaign.Invitation)) error {
	err := t.each(func(scan func(...any) error) error {
		var i campaign.Invitation
		var fill string
		if err := scan(&i.ID, &i.Contact, &i.Route, &i.Email, &fill); err != nil {
			return err
		}
		if fill != "" {
			if err := decode(fill, &i.Values); err != nil {
				return err
			}
		}
		each(i)
		return nil
	}, "SELECT id, contact, route, email, CASE route WHEN 'letter' THEN fill ELSE '' END FROM invitation WHERE campaign = $1 AND state = 'planned'", int64(c))
	return translate("store.PlannedPlaces", err)
}

// Recall lets those who were put off be due now.
func (t *tx) Recall(c campaign.CampaignID) error {
	_, err := t.exec("UPDATE invitation SET not_before = $2 WHERE campaign = $1 AND state = 'planned' AND not_before > $2", int64(c), millis(t.now))
	return translate("store.Recall", err)
}

// RecallThose lets some who were put off be due now.
func (t *tx) RecallThose(ids []campaign.InvitationID) error {
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		_, err := t.exec("UPDATE invitation SET not_before = $1 WHERE id IN ("+places(2, len(piece))+") AND state = 'planned' AND deferred = 1 AND not_before > $1",
			append([]any{millis(t.now)}, anys(piece)...)...)
		return err
	})
	return translate("store.RecallThose", err)
}

// PutOff gives whom a gate has put off; those whom the relay asked to be tried later are none of them.
func (t *tx) PutOff(c campaign.CampaignID, now time.Time, each func(campaign.PutOff)) error {
	err := t.each(func(scan func(...any) error) error {
		var p campaign.PutOff
		var until int64
		err := scan(&p.Invitation, &p.Email, &p.Zone, &until, &p.Why)
		p.Until = fromMillis(until)
		each(p)
		return err
	}, "SELECT id, email, zone, not_before, reason FROM invitation WHERE campaign = $1 AND state = 'planned' AND deferred = 1 AND not_before > $2 AND reason IN ($3, $4, $5)",
		int64(c), millis(now), campaign.WhyWindow, campaign.WhyWarmUp, campaign.WhySpacing)
	return translate("store.PutOff", err)
}

// Warmths gives how far a relay has come with each mailbox provider.
func (t *tx) Warmths(relay string) ([]campaign.Warmth, error) {
	ws, err := all(t, func(scan func(...any) error) (w campaign.Warmth, err error) {
		var day int64
		err = scan(&w.Provider, &day, &w.Step, &w.Sent, &w.Best)
		w.Day = campaign.DateOf(time.Unix(day*86400, 0).UTC())
		return w, err
	}, "SELECT provider, day, step, sent, best FROM warmth WHERE relay = $1 ORDER BY provider", relay)
	return ws, translate("store.Warmths", err)
}

// PutWarmths stores how far a relay has come with some mailbox providers.
func (t *tx) PutWarmths(relay string, ws []campaign.Warmth) error {
	rows := make([][]any, len(ws))
	for n, w := range ws {
		rows[n] = []any{relay, w.Provider, w.Day.Time().Unix() / 86400, int64(w.Step), int64(w.Sent), int64(w.Best)}
	}
	return translate("store.PutWarmths", t.insertMany("INSERT INTO warmth (relay, provider, day, step, sent, best) VALUES", rows,
		"ON CONFLICT (relay, provider) DO UPDATE SET day = excluded.day, step = excluded.step, sent = excluded.sent, best = excluded.best"))
}
