package campaign

import (
	"context"
	"maps"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Report is how a campaign stands: the JSON of `campaign status`.
type Report struct {
	Campaign    string        `json:"campaign"`
	Status      Status        `json:"status"`
	ToAsk       int           `json:"to_ask"`
	Waiting     string        `json:"waiting"` // start, window, rate, relay, canary, paused or empty
	NextAt      string        `json:"next_at"` // RFC 3339 or empty
	Reason      string        `json:"reason"`  // why it is paused, or what the relay said
	Deadline    string        `json:"deadline"`
	EndsAt      string        `json:"ends_at"` // about when the last message leaves, RFC 3339; empty: not known, or not before the deadline
	Late        int           `json:"late"`    // people whom the deadline cuts off, at the rate and in the hours that are set
	Invitations map[State]int `json:"invitations"`
	Letters     map[State]int `json:"letters,omitempty"` // those of them that go by post
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

	Counted   Figures           `json:"counted"`   // since the start or the last resume: what the stop rules look at
	Providers []ProviderFigures `json:"providers"` // the same of the mailbox providers with most messages
	StopRules []StopRuleText    `json:"stop_rules"`
	WarmUp    []WarmthText      `json:"warm_up"` // today, of the mailbox providers with most messages; empty when it is off

	outlook *outlook // of a campaign that runs
	astray  int      // who answered a message that counts as refused
}

// WarmthText is how far the relay has come with a mailbox provider today, for people and machines.
type WarmthText struct {
	Warmth
	Limit int    `json:"limit"`           // of the day; 0: there is none any more
	Relay string `json:"relay,omitempty"` // its host, where there are several
}

// StopRuleText is a stop rule for people and machines.
type StopRuleText struct {
	Setting   string `json:"setting"`
	What      string `json:"what"`
	Threshold string `json:"threshold"`
	Counted   int    `json:"counted"`
}

// mostProviders bounds how many mailbox providers a status shows.
const mostProviders = 10

// Settled reports whether a started campaign has nothing left to send.
func (r Report) Settled() bool {
	return r.Status == Closed || r.Mails(Planned)+r.Mails(Claimed)+r.Mails(Sending) == 0
}

// Mails is how many messages stand somewhere: letters wait for people, and nobody waits for them.
func (r Report) Mails(s State) int { return r.Invitations[s] - r.Letters[s] }

// Status says how a campaign stands and what it waits for.
func (d *Desk) Status(ctx context.Context, name string) (Report, error) {
	rep := Report{Providers: []ProviderFigures{}, StopRules: []StopRuleText{}, WarmUp: []WarmthText{}}
	var c Campaign
	var due time.Time
	var why string
	err := d.store.View(ctx, func(r Reader) (err error) {
		if c, err = r.Campaign(name); fault.Is(err, fault.NotFound) {
			return notFound(name)
		}
		if err != nil {
			return err
		}
		t, err := r.Tally(c.ID)
		if err != nil {
			return err
		}
		rep.take(c, t)
		if c.StartedAt.IsZero() {
			f, err := audienceNow(ctx, r, c)
			rep.ToAsk = f.ToAsk
			return err
		}
		for _, s := range States {
			rep.ToAsk += t.Invitations[s]
		}
		if rep.Letters, err = lettersOf(r, c); err != nil {
			return err
		}
		if due, why, _, err = r.NextDue(c.ID); err != nil {
			return err
		}
		if rep.WarmUp, err = d.warmthToday(r, c); err != nil {
			return err
		}
		if c.Status == Running {
			if rep.outlook, err = d.foresee(r, c, mailsOf(t.Invitations, rep.Letters)); err != nil {
				return err
			}
		}
		return rep.fillFigures(r, c.ID, d.stops)
	})
	if err != nil {
		return rep, err
	}
	return rep, d.fillWaiting(c, due, why, &rep)
}

// take takes over the sums of a campaign.
func (r *Report) take(c Campaign, t Tally) {
	r.Campaign, r.Status, r.Deadline, r.FormViews = c.Name, c.Status, c.File.Schedule.Deadline.String(), c.FormViews
	r.Invitations = map[State]int{}
	for _, s := range States {
		r.Invitations[s] = t.Invitations[s]
	}
	r.astray, r.Responses.People, r.Responses.Granted, r.Responses.Refused, r.Responses.Withdrawn = t.Astray, t.People, t.Granted, t.Refused, t.Withdrawn
	r.Bounces.Hard, r.Bounces.Soft, r.Complaints = t.Hard, t.Soft, t.Complaints
}

// Asked is how many people were asked, or may have been: who is silent among them said no. Whoever answered was asked, whatever the
// relay said of their message.
func (r Report) Asked() int { return r.Invitations[Sent] + r.Invitations[Uncertain] + r.astray }

// Silent is how many of them have not answered.
func (r Report) Silent() int { return max(r.Asked()-r.Responses.People, 0) }

// lettersOf is how many letters of a campaign stand where; nil when it asks nobody by post.
func lettersOf(r Reader, c Campaign) (map[State]int, error) {
	if !c.File.Letters() {
		return nil, nil
	}
	return r.LetterStates(c.ID)
}

// mailsOf are the messages among invitations.
func mailsOf(all, letters map[State]int) map[State]int {
	out := maps.Clone(all)
	for s, n := range letters {
		out[s] -= n
	}
	return out
}

// mailStates is how many messages of a campaign stand where.
func mailStates(r Reader, c Campaign) (map[State]int, error) {
	all, err := r.States(c.ID)
	if err != nil {
		return nil, err
	}
	letters, err := lettersOf(r, c)
	return mailsOf(all, letters), err
}

// fillFigures says what the stop rules have counted.
func (r *Report) fillFigures(from Reader, id CampaignID, rules []StopRule) error {
	all, err := from.FiguresOf(id, mostProviders)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		r.Counted, r.Providers = all[0].Figures, all[1:]
	}
	for _, rule := range rules {
		r.StopRules = append(r.StopRules, StopRuleText{rule.Setting, rule.What, rule.Threshold.String(), rule.counted(r.Counted)})
	}
	return nil
}

// fillWaiting says what a campaign waits for. Once everything else allows sending, what is still
// planned waits for its turn: for what it was put off for, else for the rate.
func (d *Desk) fillWaiting(c Campaign, due time.Time, why string, rep *Report) error {
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
	if w.For == "" && rep.Mails(Planned) > 0 {
		w = Waiting{For: "rate"}
		if due.After(d.clock()) {
			w = putOff(due, why)
		}
	}
	rep.Waiting, rep.Reason = w.For, w.Reason
	if !w.Until.IsZero() {
		rep.NextAt = w.Until.In(l.Location).Format(time.RFC3339) // by the same clock as the end
	}
	rep.fillForecast(d.clock(), w.Until)
	return nil
}
