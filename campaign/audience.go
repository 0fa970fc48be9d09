package campaign

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
)

// Funnel says how an imported base becomes the people a campaign asks.
type Funnel struct {
	Campaign string        `json:"campaign"`
	Imported int           `json:"imported"`
	Minus    []FunnelStep  `json:"minus"` // largest first
	ToAsk    int           `json:"to_ask"`
	Routes   map[Route]int `json:"routes"`
	Unposted int           `json:"unposted"` // who may be asked by letter only, and is left out since routes has no letter
	AsOf     Date          `json:"as_of"`
}

// FunnelStep is one reason why people are not asked.
type FunnelStep struct {
	Code     string `json:"code"`
	Class    Class  `json:"class,omitempty"`
	Reason   string `json:"reason"`
	Contacts int    `json:"contacts"`
	Unposted int    `json:"unposted,omitempty"` // of them, who are among the funnel's unposted

	word string // of the campaign file, that would let it ask them
}

// Codes of the campaign's own reasons, beside the rows of the decision table.
const (
	notAskedGroup  = "audience.ask"
	notAskedActive = "audience.active_within"
	notAskedRoute  = "audience.routes"
)

// Chosen reports whether a step is a choice of the campaign, and no row of the decision table.
func (s FunnelStep) Chosen() bool { return strings.HasPrefix(s.Code, "audience.") }

// noPolicy is the row of the decision table by which only a missing contact policy forbids an e-mail.
const noPolicy = "T-51"

// group is the word by which audience.ask selects a verdict; "" when no word does.
func group(v Verdict) string {
	switch v.Fine {
	case "OPTED_IN_REFRESH":
		return "refresh"
	case "SOFT_OPTIN":
		return "soft_opt_in"
	case "B2B_LI":
		return "b2b"
	}
	if v.Class == Doubtful && v.Route != RouteNone {
		return "doubtful"
	}
	return ""
}

// asks reports whether a campaign asks a contact with a verdict, else why not.
func (f File) asks(c Contact, v Verdict, today Date) (ok bool, why FunnelStep) {
	g := group(v)
	switch {
	case g == "":
		return false, FunnelStep{Code: v.Code, Class: v.Class, Reason: reason(v)}
	case !slices.Contains(f.Audience.Ask, g):
		return false, FunnelStep{Code: notAskedGroup, Class: v.Class, Reason: "The campaign does not ask the group " + strconv.Quote(g) + ".", word: g}
	case !slices.Contains(f.Audience.Routes, v.Route) && v.Code == noPolicy:
		return false, FunnelStep{Code: v.Code, Class: v.Class, Reason: reason(v)}
	case !slices.Contains(f.Audience.Routes, v.Route):
		return false, FunnelStep{Code: notAskedRoute, Class: v.Class, Reason: "May only be asked by " + string(v.Route) + ".", word: string(v.Route)}
	case !f.active(c, today):
		return false, FunnelStep{Code: notAskedActive, Class: v.Class, Reason: "Nothing came from this person within " + f.Audience.ActiveWithin + "."}
	}
	return true, FunnelStep{}
}

// wouldPost reports whether a campaign would ask somebody if it sent letters.
func (f File) wouldPost(c Contact, v Verdict, today Date) bool {
	return v.Route == RouteLetter && slices.Contains(f.Audience.Ask, group(v)) && !f.Letters() && f.active(c, today)
}

func reason(v Verdict) string {
	if len(v.Reasons) == 0 {
		return ""
	}
	return v.Reasons[0]
}

// lastHeard is the last day on which something came from the person.
func lastHeard(c Contact) Date {
	latest := c.Facts.LastInbound
	for _, d := range []Date{c.Facts.LastPurchase, c.Facts.Collected} {
		if d.After(latest) {
			latest = d
		}
	}
	return latest
}

func (f File) active(c Contact, today Date) bool {
	months, err := Months(f.Audience.ActiveWithin)
	if err != nil {
		return true // no bound was set; a bad one was refused at Create
	}
	return !lastHeard(c).Before(today.AddMonths(-months))
}

// Audience judges the base as of today, without keeping the verdicts, and says whom a campaign would
// ask, and why not the others.
func (d *Desk) Audience(ctx context.Context, name string) (Funnel, error) {
	var f Funnel
	err := d.store.View(ctx, func(r Reader) error {
		c, err := r.Campaign(name)
		if fault.Is(err, fault.NotFound) {
			return notFound(name)
		}
		if err != nil {
			return err
		}
		f, err = audienceNow(ctx, r, c)
		return err
	})
	return f, err
}

// audienceNow is the funnel as of the transaction's day.
func audienceNow(ctx context.Context, r Reader, c Campaign) (Funnel, error) {
	s, err := selected(ctx, r, c)
	return s.end(), err
}

// selected goes through the base for whom a campaign would ask as of the transaction's day.
func selected(ctx context.Context, r Reader, c Campaign) (*selection, error) {
	s, err := newSelectionSince(r, c, DateOf(r.Now()))
	if err != nil {
		return s, err
	}
	return s, auditBase(ctx, r, s.funnel.AsOf, s.take)
}

// newSelectionSince also tells apart who came into the base after the approval.
func newSelectionSince(r Reader, c Campaign, today Date) (s *selection, err error) {
	s = newSelection(c, today)
	if c.Status == Approved {
		s.since, err = r.FirstMadeAfter(c.ApprovedAt)
	}
	return s, err
}

// selection takes the judgements of an audit: whom a campaign asks, and in a funnel why not the others.
type selection struct {
	file   File
	funnel Funnel
	steps  map[string]*FunnelStep
	chosen queue

	groups, providers map[string]int // of those to ask; nil: nobody wants to know

	since              ContactID // from this number on, people came into the base after the approval; 0: none did
	joined             int       // of those to ask
	countries, tongues map[string]int
}

func newSelection(c Campaign, today Date) *selection {
	return &selection{file: c.File, steps: map[string]*FunnelStep{}, countries: map[string]int{}, tongues: map[string]int{},
		funnel: Funnel{Campaign: c.Name, Minus: []FunnelStep{}, Routes: map[Route]int{}, AsOf: today}}
}

func (s *selection) take(_ *Organisation, some []judgement) error {
	for _, j := range some {
		s.funnel.Imported++
		ok, why := s.file.asks(*j.contact, *j.verdict, s.funnel.AsOf)
		if ok {
			s.funnel.ToAsk++
			s.funnel.Routes[j.verdict.Route]++
			s.chosen.add(priorityOf(*j.contact), j.contact.ID)
			s.know(j.contact)
			if s.groups != nil {
				s.groups[group(*j.verdict)]++
				if j.verdict.Route == RouteEmail {
					count(s.providers, j.contact.Email.Provider())
				}
			}
			continue
		}
		key := why.Code + string(why.Class) + why.word
		if s.steps[key] == nil {
			why.Reason = general(why)
			s.steps[key] = &why
		}
		s.steps[key].Contacts++
		if s.file.wouldPost(*j.contact, *j.verdict, s.funnel.AsOf) {
			s.funnel.Unposted++
			s.steps[key].Unposted++
		}
	}
	return nil
}

// know counts what the lint asks about those to ask.
func (s *selection) know(c *Contact) {
	if s.since > 0 && c.ID >= s.since {
		s.joined++
	}
	count(s.countries, c.Country)
	if tongue, _, _ := strings.Cut(c.Language, "-"); tongue != "" {
		count(s.tongues, tongue)
	}
}

// tell gives the lint what is known of the people.
func (s *selection) tell(l *lint.Launch) {
	f := s.funnel
	l.Counted, l.ToAsk, l.People, l.Unposted, l.Joined = true, f.ToAsk, f.Routes[RouteEmail], f.Unposted, s.joined
	l.Countries, l.Tongues = s.countries, s.tongues
}

// end is the funnel when all were taken.
func (s *selection) end() Funnel {
	for _, step := range s.steps {
		s.funnel.Minus = append(s.funnel.Minus, *step)
	}
	slices.SortFunc(s.funnel.Minus, func(a, b FunnelStep) int {
		return cmp.Or(cmp.Compare(b.Contacts, a.Contacts), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Class, b.Class), cmp.Compare(a.word, b.word))
	})
	return s.funnel
}

// priorityOf orders whom to ask first: those heard from last.
func priorityOf(c Contact) int64 { return lastHeard(c).Time().Unix() / 86400 }

// page bounds how many contacts or invitations are in memory at once.
const page = 1000

// plan writes the invitations in the order in which they will be claimed, so that those that are sent one after
// another lie beside each other.
func (d *Desk) plan(tx Tx, c Campaign, chosen *queue) error {
	for ids := range chosen.pages(page) {
		people, err := tx.ContactsOf(ids)
		if err != nil {
			return err
		}
		planned := make([]Invitation, len(ids))
		for n, id := range ids {
			if planned[n], err = d.invitationFor(people[id], c, tx.Now()); err != nil {
				return err
			}
		}
		if err := tx.Plan(planned); err != nil {
			return err
		}
	}
	return nil
}

// invitationFor plans the one message to a contact.
func (d *Desk) invitationFor(c Contact, camp Campaign, now time.Time) (Invitation, error) {
	link, err := d.newLink()
	if err != nil {
		return Invitation{}, err
	}
	start := camp.File.Schedule.Start
	if start.Before(now) {
		start = now
	}
	keys, values := c.Keys, ValuesOf(c)
	if k, ok := d.keys.Postal(&c); ok && camp.File.Letters() {
		keys = mergeKeys(keys, []PersonKey{k}) // one person by mail and by post
	}
	if c.Verdict.Route == RouteLetter {
		values = postalValues(values, c, camp.Frozen.Organisation.Country)
	}
	return Invitation{Campaign: camp.ID, Contact: c.ID, Link: link, Route: c.Verdict.Route, Language: camp.File.language(c.Language),
		State: Planned, NotBefore: start, Priority: priorityOf(c), Email: c.Email, Keys: keys, Zone: cmp.Or(c.Timezone, d.zone(c.Country)),
		Values: values, Verdict: c.Verdict, PlannedAt: now}, nil
}

// language is the campaign's language for a contact: their own where the campaign speaks it, else
// the fallback.
func (f File) language(of string) string {
	for _, l := range f.Languages {
		if l == of || len(of) > len(l) && of[:len(l)] == l && of[len(l)] == '-' {
			return l
		}
	}
	return f.Languages[0]
}

// ValuesOf are what a message may say about a person.
func ValuesOf(c Contact) Values {
	v := Values{"first_name": c.FirstName, "last_name": c.LastName, "title": c.Title, "company": c.Company, "relationship": c.Facts.Relationship}
	for _, cl := range c.Facts.Claims {
		if cl.Source != "" {
			v["source"], v["source_date"] = cl.Source, cl.At.String()
		}
	}
	if v["source"] == "" {
		v["source_date"] = c.Facts.Collected.String()
	}
	for k, a := range c.Attributes {
		v["attribute."+k] = a
	}
	for k, a := range v {
		if a == "" {
			delete(v, k)
		}
	}
	return v
}

// Start arms a campaign: nothing starts without it. It audits the base as of today, plans one
// invitation per person to ask and moves the campaign to running, in one transaction.
func (d *Desk) Start(ctx context.Context, actor Actor, name string) (Funnel, error) {
	today := DateOf(d.clock())
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return Funnel{}, err
	}
	if err := d.Startable(c); err != nil {
		return Funnel{}, err
	}
	if err := d.CheckSender(c.File); err != nil {
		return Funnel{}, err
	}
	if err := d.held(ctx, c); err != nil {
		return Funnel{}, err
	}
	var f Funnel
	err = d.store.Update(ctx, func(tx Tx) (err error) {
		f, err = d.arm(ctx, tx, actor, c.ID, today)
		return err
	})
	return f, err
}

// over is fault.Invalid for a campaign that nobody could answer any more.
func (d *Desk) over(c Campaign, o Organisation) error {
	if past, err := d.past(c.File, o); err != nil || !past {
		return err
	}
	return fault.New(fault.Invalid, "campaign.past", "the deadline of campaign {name}, {deadline}, is over", "name", c.Name, "deadline", c.File.Schedule.Deadline).
		Hint("set schedule.deadline in its file to a later day, then reoptin campaign create FILE and approve again")
}

// past reports whether the last day to answer is over, where the campaign is.
func (d *Desk) past(f File, o Organisation) (bool, error) {
	l, err := d.bounds(f, o)
	return err == nil && !d.clock().Before(deadline(f, l)), err
}

// Startable says why a campaign cannot be started as it stands, if it cannot.
func (d *Desk) Startable(c Campaign) error {
	if err := startable(c); err != nil {
		return err
	}
	return d.over(c, c.Frozen.Organisation)
}

func startable(c Campaign) error {
	switch c.Status {
	case Approved:
		return nil
	case Draft:
		return fault.New(fault.Conflict, "campaign.unapproved", "campaign {name} is a draft; it must be approved first", "name", c.Name).
			Hint("reoptin campaign approve " + c.Name)
	case Paused:
		return fault.New(fault.Conflict, "campaign.paused", "campaign {name} is paused", "name", c.Name).Hint("reoptin campaign resume " + c.Name)
	}
	return fault.New(fault.Conflict, "campaign.already", "campaign {name} is already {status}", "name", c.Name, "status", c.Status).
		Hint("reoptin campaign status " + c.Name)
}

// upToDate is fault.Conflict for a campaign that was approved with other facts of the organisation.
func upToDate(c Campaign, o Organisation) error {
	if digest(o) == digest(c.Frozen.Organisation) {
		return nil
	}
	return fault.New(fault.Conflict, "campaign.outdated", "campaign {name} was approved with facts of the organisation that have changed since: {changed}",
		"name", c.Name, "changed", strings.Join(c.outdated(o), ", ")).
		Hint("reoptin campaign approve " + c.Name)
}

func (d *Desk) arm(ctx context.Context, tx Tx, actor Actor, id CampaignID, today Date) (Funnel, error) {
	c, err := tx.CampaignByID(id) // it may have been changed since it was read
	if err != nil {
		return Funnel{}, err
	}
	if err := startable(c); err != nil {
		return Funnel{}, err
	}
	o, err := organisation(tx)
	if err != nil {
		return Funnel{}, err
	}
	if err := upToDate(c, o); err != nil {
		return Funnel{}, err
	}
	s := newSelection(c, today)
	if err := saveAudit(ctx, tx, Machine, today, newCount(today), s.take); err != nil {
		return Funnel{}, err
	}
	f := s.end()
	if f.ToAsk == 0 {
		return f, nobody(c, f)
	}
	if err := d.plan(tx, c, &s.chosen); err != nil {
		return f, err
	}
	if _, err := tx.Append(Entry{Kind: EntryStarted, Campaign: c.ID, Payload: map[string]any{"actor": actor, "campaign": c.Name,
		"content_sha256": c.Frozen.Hash, "audience": f}}); err != nil {
		return f, err
	}
	return f, tx.MoveCampaign(c.ID, Approved, Running)
}

// general says a reason without the dates of one person, so that it can stand for many.
func general(s FunnelStep) string {
	if text := reasonOf(s.Code, s.Class, RouteNone); text != "" {
		return text
	}
	return s.Reason
}
