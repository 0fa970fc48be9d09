package campaign

import (
	"context"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Report is how a campaign stands: the JSON of `campaign status`.
type Report struct {
	Campaign    string        `json:"campaign"`
	Status      Status        `json:"status"`
	ToAsk       int           `json:"to_ask"`
	Waiting     string        `json:"waiting"` // start, window, rate, relay, paused or empty
	NextAt      string        `json:"next_at"` // RFC 3339 or empty
	Reason      string        `json:"reason"`  // why it is paused, or what the relay said
	Deadline    string        `json:"deadline"`
	Invitations map[State]int `json:"invitations"`
	Responses   struct {
		People    int `json:"people"`
		Granted   int `json:"granted"`
		Refused   int `json:"refused"`
		Withdrawn int `json:"withdrawn"`
	} `json:"responses"`
	FormViews int64 `json:"form_views"`
	Bounces   struct {
		Hard int `json:"hard"`
		Soft int `json:"soft"`
	} `json:"bounces"`
	Complaints int `json:"complaints"`
}

// Settled reports whether a started campaign has nothing left to send.
func (r Report) Settled() bool {
	return r.Status == Closed || r.Invitations[Planned]+r.Invitations[Claimed]+r.Invitations[Sending] == 0
}

// Status says how a campaign stands and what it waits for.
func (d *Desk) Status(ctx context.Context, name string) (Report, error) {
	rep := Report{Invitations: map[State]int{}}
	var c Campaign
	var due time.Time
	err := d.store.View(ctx, func(r Reader) (err error) {
		if c, err = r.Campaign(name); fault.Is(err, fault.NotFound) {
			return notFound(name)
		}
		if err != nil {
			return err
		}
		rep.Campaign, rep.Status, rep.Deadline, rep.FormViews = c.Name, c.Status, c.File.Schedule.Deadline.String(), c.FormViews
		t, err := r.Tally(c.ID)
		if err != nil {
			return err
		}
		for _, s := range States {
			rep.Invitations[s] = t.Invitations[s]
		}
		rep.Responses.People, rep.Responses.Granted, rep.Responses.Refused, rep.Responses.Withdrawn = t.People, t.Granted, t.Refused, t.Withdrawn
		rep.Bounces.Hard, rep.Bounces.Soft, rep.Complaints = t.Hard, t.Soft, t.Complaints
		if c.StartedAt.IsZero() {
			f, err := audienceNow(ctx, r, c)
			rep.ToAsk = f.ToAsk
			return err
		}
		for _, s := range States {
			rep.ToAsk += t.Invitations[s]
		}
		due, _, err = r.NextDue(c.ID)
		return err
	})
	if err != nil {
		return rep, err
	}
	return rep, d.fillWaiting(c, due, &rep)
}

// fillWaiting says what a campaign waits for. Once everything else allows sending, what is still
// planned waits for its turn: for the relay when it was put off, else for the rate.
func (d *Desk) fillWaiting(c Campaign, due time.Time, rep *Report) error {
	if c.Status == Paused {
		rep.Waiting, rep.Reason = "paused", c.Waiting.Reason
		return nil
	}
	if c.Status != Running || rep.Settled() {
		return nil
	}
	l, err := d.bounds(c.File, c.Frozen.Organisation)
	if err != nil {
		return err
	}
	w := d.waits(c, l)
	if w.For == "" && rep.Invitations[Planned] > 0 {
		w = Waiting{For: "rate"}
		if due.After(d.clock()) {
			w = Waiting{For: "relay", Until: due, Reason: "the relay asked to try these messages again later"}
		}
	}
	rep.Waiting, rep.Reason = w.For, w.Reason
	if !w.Until.IsZero() {
		rep.NextAt = w.Until.Format(time.RFC3339)
	}
	return nil
}
