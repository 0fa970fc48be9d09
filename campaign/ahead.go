package campaign

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
)

// What published campaigns that asked for consent again were answered by, in per cent of those asked: what the first
// forecast of a house rests on. Its own closed campaigns are told beside it.
const (
	answersFrom = 2
	answersTo   = 20
)

// AnswerBasis says what the range of answers rests on.
const AnswerBasis = "published campaigns that asked for consent again were answered by 2 to 20 % of those asked"

const (
	mostNamed  = 10  // that a forecast names
	leastAsked = 100 // in a campaign whose answers tell something
)

// Forecast is what a campaign would come to if it were started now.
type Forecast struct {
	Campaign  string         `json:"campaign"`
	AsOf      Date           `json:"as_of"`
	ToAsk     int            `json:"to_ask"`
	Routes    map[Route]int  `json:"routes"`
	Groups    map[string]int `json:"groups"`    // doubtful, refresh, soft_opt_in, b2b
	Providers []Share        `json:"providers"` // the ten mailbox providers with most people
	Others    Others         `json:"others"`
	Sending   Course         `json:"sending"`
	Answers   Answers        `json:"answers"`
	Silence   Silence        `json:"silence"`
	Relays    []RelayTerms   `json:"relays"` // what is known of the terms of each relay's operator

	Findings []lint.Finding `json:"findings"` // what the start would be told of the people and by the house

	Funnel Funnel `json:"-"`
	Plan   Plan   `json:"-"` // the same as Sending, with what a page says of it
}

// Share is how many people have their mailbox with one provider.
type Share struct {
	Provider string `json:"provider"`
	People   int    `json:"people"`
}

// Others are the mailbox providers that are not named.
type Others struct {
	Providers int `json:"providers"`
	People    int `json:"people"`
}

// Course is how long sending takes by window, rate, first wave, warm-up and spacing.
type Course struct {
	N        int       `json:"n"` // messages every Seconds
	Seconds  int       `json:"seconds"`
	RateBy   string    `json:"rate_by"`
	Window   string    `json:"window"`
	OpensAt  time.Time `json:"opens_at,omitzero"`
	EndsAt   time.Time `json:"ends_at,omitzero"` // zero: not known, or the deadline comes first
	Late     int       `json:"late"`             // people whom the deadline cuts off
	Deadline Date      `json:"deadline"`
}

// Answers is how many people may answer, and what that rests on.
type Answers struct {
	From        int    `json:"from"`
	To          int    `json:"to"`
	PercentFrom int    `json:"percent_from"`
	PercentTo   int    `json:"percent_to"`
	Basis       string `json:"basis"`
	Own         []Past `json:"own"` // closed campaigns of this house that asked a hundred people or more
}

// Past is how a closed campaign was answered.
type Past struct {
	Campaign string `json:"campaign"`
	Asked    int    `json:"asked"`
	Answered int    `json:"answered"`
}

// Silence is what it costs that people do not answer: how many it is likely to be, for how many of the asked it would be a
// no for good, and for how many a consent from before stays as it is. Nobody is asked again.
type Silence struct {
	From  int `json:"from"`
	To    int `json:"to"`
	Lost  int `json:"lost_if_silent"`
	Stays int `json:"stays_if_silent"`
}

// Forecast says what starting a campaign now would come to. It changes nothing.
func (d *Desk) Forecast(ctx context.Context, name string) (f Forecast, err error) {
	var c Campaign
	var o Organisation
	var s *selection
	err = d.store.View(ctx, func(r Reader) (err error) {
		c, err = r.Campaign(name)
		if fault.Is(err, fault.NotFound) {
			return notFound(name)
		}
		if err != nil {
			return err
		}
		if c.Status != Draft && c.Status != Approved {
			return fault.New(fault.Conflict, "campaign.foreseen", "campaign {name} is {status}; a forecast is for one that has not started", "name", name, "status", c.Status).
				Hint("reoptin campaign status " + name)
		}
		if o, err = organisation(r); err != nil {
			return err
		}
		f, s, err = d.forecastNow(ctx, r, c, o)
		return err
	})
	if err != nil {
		return f, err
	}
	f.Findings, err = d.foretold(ctx, c, o, s)
	return f, err
}

// foretold is what the lint says of the people and of what the house knows.
func (d *Desk) foretold(ctx context.Context, c Campaign, o Organisation, people *selection) ([]lint.Finding, error) {
	known, err := d.launch(ctx, c, o)
	if err != nil {
		return nil, err
	}
	people.tell(&known)
	draft := lint.Draft{Controller: controller(o), Languages: c.File.Languages, Deadline: c.File.Schedule.Deadline.Time(), Launch: &known}
	if l, err := d.bounds(c.File, o); err == nil {
		draft.Rate = daily(l)
	}
	return lint.CheckLaunch(draft), nil
}

func (d *Desk) forecastNow(ctx context.Context, r Reader, c Campaign, o Organisation) (f Forecast, s *selection, err error) {
	if s, err = newSelectionSince(r, c, DateOf(r.Now())); err != nil {
		return f, s, err
	}
	s.groups, s.providers = map[string]int{}, map[string]int{}
	if err := auditBase(ctx, r, s.funnel.AsOf, s.take); err != nil {
		return f, s, err
	}
	funnel := s.end()
	f = Forecast{Funnel: funnel, Campaign: c.Name, AsOf: funnel.AsOf, ToAsk: funnel.ToAsk, Routes: funnel.Routes, Groups: s.groups, Relays: []RelayTerms{}}
	f.Providers, f.Others = shares(s.providers)
	if err := d.course(r, &f, c, o, s.providers); err != nil {
		return f, s, err
	}
	if f.Plan.Mails() > 0 {
		f.Relays = d.RelayTerms()
	}
	f.answered()
	f.Answers.Own, err = pastOf(r)
	return f, s, err
}

// shares are the mailbox providers with most people, and the rest in one.
func shares(by map[string]int) (out []Share, rest Others) {
	out = []Share{}
	names := slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b)) })
	for n, name := range names {
		if n < mostNamed {
			out = append(out, Share{name, by[name]})
			continue
		}
		rest.Providers++
		rest.People += by[name]
	}
	return out, rest
}

// answered works out how many may answer, and what silence costs.
func (f *Forecast) answered() {
	f.Answers = Answers{From: f.ToAsk * answersFrom / 100, To: (f.ToAsk*answersTo + 99) / 100, PercentFrom: answersFrom, PercentTo: answersTo, Basis: AnswerBasis}
	f.Silence = Silence{From: f.ToAsk - f.Answers.To, To: f.ToAsk - f.Answers.From, Stays: f.Groups["refresh"]}
	f.Silence.Lost = f.ToAsk - f.Silence.Stays
}

// course goes through the hours to come as a started campaign does. No hours bind letters.
func (d *Desk) course(r Reader, f *Forecast, c Campaign, o Organisation, providers map[string]int) error {
	l, err := d.bounds(c.File, o)
	if err != nil {
		return err
	}
	p := d.planOf(c, f.Funnel, l)
	f.Plan = p
	f.Sending = Course{N: p.N, Seconds: int(p.Per / time.Second), RateBy: p.RateBy, Window: p.Window, OpensAt: p.Opens, Deadline: p.Deadline}
	if p.Mails() == 0 || p.Opens.IsZero() {
		return nil
	}
	ahead := outlook{limits: atHome(l), from: p.Opens, deadline: deadline(c.File, l), left: p.Mails(), wave: p.Wave, pause: p.Pause, apart: d.apart}
	if ahead.house, err = d.house(o); err != nil {
		return err
	}
	if ahead.warm, ahead.by, err = d.slowed(r, providers, ahead.house); err != nil {
		return err
	}
	f.Sending.EndsAt, f.Sending.Late = ahead.forecast(0)
	f.Plan.Ends = f.Sending.EndsAt
	return nil
}

// pastOf is how closed campaigns were answered that asked people enough.
func pastOf(r Reader) ([]Past, error) {
	past := []Past{}
	cs, err := r.CampaignList()
	if err != nil {
		return past, err
	}
	for _, c := range cs {
		if c.Status != Closed {
			continue
		}
		t, err := r.Tally(c.ID)
		if err != nil {
			return past, err
		}
		if asked := t.Invitations[Sent] + t.Invitations[Uncertain]; asked >= leastAsked {
			past = append(past, Past{c.Name, asked, t.People})
		}
	}
	return past, nil
}
