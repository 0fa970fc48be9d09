package app

import (
	"context"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
)

// Status is how a campaign stands.
type Status = campaign.Report

// Operator is the operating-system user at the command line.
func Operator() campaign.Actor {
	name := "operator"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return campaign.Actor{Kind: "operator", Name: name}
}

// States are the states of an invitation in the order reports show them.
func States() []campaign.State { return slices.Clone(campaign.States[:]) }

// Classes are the classes of contacts in the order reports show them.
func Classes() []campaign.Class {
	return []campaign.Class{campaign.OptedIn, campaign.Doubtful, campaign.OptedOut, campaign.Unusable}
}

// PurposeChange is a purpose that would be another one, or gone, with what people agreed to under it.
type PurposeChange = campaign.PurposeChange

// ApplyOrganisation reads and stores an organisation file. sure is told first which purposes that people agreed to would be
// others; its fault leaves everything as it is, and so does a dry run.
func (a *App) ApplyOrganisation(ctx context.Context, path string, dry bool, sure func([]PurposeChange, []Tightened) error) (campaign.Organisation, error) {
	o, src, err := readOrganisation(path)
	if err != nil {
		return o, err
	}
	changes, err := a.Desk.PurposeChanges(ctx, o)
	if err != nil {
		return o, src.fault(err)
	}
	tightened, err := a.Desk.Tightened(ctx, o)
	if err != nil {
		return o, err
	}
	if err := sure(changes, tightened); err != nil || dry {
		return o, err
	}
	return o, src.fault(a.Desk.ApplyOrganisation(ctx, Operator(), o))
}

// Rulebook and CountryRule are what a verdict rests on beside the facts.
type (
	Rulebook    = campaign.Rulebook
	CountryRule = campaign.CountryRule
)

// Organisation, Policy and Shortfall are who asks, how far it may go in a country, and which of its policies do not
// hold as stated.
type (
	Organisation = campaign.Organisation
	Policy       = campaign.Policy
	Shortfall    = campaign.Shortfall
	Tightened    = campaign.Tightened
)

// Rules is the decision table as it runs for the organisation, with its clocks and countries.
func (a *App) Rules(ctx context.Context) (Rulebook, error) {
	o, err := a.Desk.Organisation(ctx)
	if err != nil {
		return Rulebook{}, err
	}
	return campaign.RulesOf(o), nil
}

// StarterCampaign is a campaign file to begin with, for the organisation as applied.
func (a *App) StarterCampaign(ctx context.Context, name string, c StarterChoice) (string, error) {
	if err := campaign.CheckName(name); err != nil {
		return "", err
	}
	o, err := a.Desk.Organisation(ctx)
	if err != nil {
		return "", err
	}
	return StarterCampaign(name, o, campaign.DateOf(a.clock()), c)
}

// CreateCampaign stores a campaign file as a draft.
func (a *App) CreateCampaign(ctx context.Context, path string) (campaign.File, campaign.Writing, error) {
	f, src, err := readCampaign(path)
	if err != nil {
		return f, campaign.Writing{}, err
	}
	if o, err := a.Desk.Organisation(ctx); err == nil { // what cannot be drawn at all is no draft either
		if _, err := a.Desk.LintFile(f, o); err != nil {
			return f, campaign.Writing{}, src.fault(err)
		}
	}
	w, err := a.Desk.Create(ctx, Operator(), f)
	return f, w, src.fault(err)
}

// CampaignView is a campaign for people and machines.
type CampaignView struct {
	Name       string          `json:"name"`
	Status     campaign.Status `json:"status"`
	Deadline   string          `json:"deadline"`
	Hash       string          `json:"content_sha256"`
	WrittenBy  string          `json:"written_by"`
	ApprovedBy string          `json:"approved_by"`
	ApprovedAt string          `json:"approved_at"`
	StartedAt  string          `json:"started_at"`
	ClosedAt   string          `json:"closed_at"`
	File       campaign.File   `json:"file"`

	Voided *campaign.Voided `json:"voided"` // what took the last approval back, or null
}

func campaignView(c campaign.Campaign) CampaignView {
	v := CampaignView{Name: c.Name, Status: c.Status, Deadline: c.File.Schedule.Deadline.String(), WrittenBy: c.WrittenBy, Voided: c.Voided, ApprovedBy: c.ApprovedBy, ApprovedAt: stamp(c.ApprovedAt),
		StartedAt: stamp(c.StartedAt), ClosedAt: stamp(c.ClosedAt), File: c.File}
	if c.Frozen != nil {
		v.Hash = c.Frozen.Hash
	}
	return v
}

// Campaign shows one campaign.
func (a *App) Campaign(ctx context.Context, name string) (CampaignView, error) {
	c, err := a.Desk.Campaign(ctx, name)
	return campaignView(c), err
}

// CampaignList is a page of campaigns.
type CampaignList struct {
	Campaigns []CampaignView `json:"campaigns"`
	Next      string         `json:"next"`
}

// Campaigns lists campaigns by creation.
func (a *App) Campaigns(ctx context.Context, p Page) (CampaignList, error) {
	l := CampaignList{Campaigns: []CampaignView{}}
	all, err := a.Desk.Campaigns(ctx)
	if err != nil {
		return l, err
	}
	part, next, err := page(p, all, func(c campaign.Campaign) int64 { return int64(c.ID) })
	l.Next = next
	for _, c := range part {
		l.Campaigns = append(l.Campaigns, campaignView(c))
	}
	return l, err
}

// Deletable says why a campaign cannot be deleted, if it cannot.
func (a *App) Deletable(ctx context.Context, name string) error {
	c, err := a.Desk.Campaign(ctx, name)
	if err == nil && c.Status != campaign.Draft {
		return fault.New(fault.Conflict, "campaign.not_draft", "campaign {name} is {status}; only a draft can be deleted", "name", name, "status", c.Status).
			Hint("reoptin campaign close " + name + " ends a campaign that was started")
	}
	return err
}

// LintReport is what the lint found.
type LintReport struct {
	Findings []lint.Finding `json:"findings"`
	Errors   int            `json:"errors"`
	Warnings int            `json:"warnings"`
}

// ToJustify is how many findings stop the campaign until an approver writes down a reason.
func (r LintReport) ToJustify() (n int) {
	for _, f := range r.Findings {
		if f.Severity == lint.Approval {
			n++
		}
	}
	return n
}

// RuleBook is the catalogue of the rules by which campaigns are judged.
type RuleBook struct {
	Version string          `json:"version"`
	Rules   []lint.RuleInfo `json:"rules"`
}

// LintRules gives the catalogue.
func LintRules() RuleBook { return RuleBook{Version: lint.RulesetVersion(), Rules: lint.Rules()} }

// Lint reads a stored campaign, or a file where the name looks like one. With outside the network is asked too.
func (a *App) Lint(ctx context.Context, what string, outside *DoctorDeps) (LintReport, error) {
	r := LintReport{Findings: []lint.Finding{}}
	fs, err := a.findings(ctx, what, outside)
	if err != nil {
		return r, err
	}
	r.Findings = append(r.Findings, fs...)
	for _, f := range fs {
		switch f.Severity {
		case lint.Error:
			r.Errors++
		case lint.Warning:
			r.Warnings++
		}
	}
	return r, nil
}

func (a *App) findings(ctx context.Context, what string, outside *DoctorDeps) ([]lint.Finding, error) {
	ask := func(f campaign.File, o campaign.Organisation) []lint.Observation {
		if outside == nil {
			return nil
		}
		return a.observe(ctx, f, o, *outside)
	}
	if what != "-" && !strings.HasSuffix(what, ".toml") {
		fs, err := a.Desk.Lint(ctx, what, ask)
		if fault.Is(err, fault.NotFound) && strings.ContainsAny(what, "./") {
			err = fault.New(fault.NotFound, "campaign.not_found", "there is no campaign {name}", "name", what).
				Hint("the name of a campaign file ends with .toml; reoptin campaign list shows what is stored")
		}
		return fs, err
	}
	f, src, err := readCampaign(what)
	if err != nil {
		return nil, err
	}
	o, err := a.Desk.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	found, err := a.Desk.LintFile(f, o, ask(f, o)...)
	return found, src.fault(err)
}

// Approve freezes a campaign's content.
func (a *App) Approve(ctx context.Context, name, by, because string) (campaign.Approval, error) {
	if by == "" {
		by = Operator().Name
	}
	return a.Desk.Approve(ctx, Operator(), name, by, because)
}

// SendTest sends one marked test message to somebody outside of the base.
func (a *App) SendTest(ctx context.Context, name, language, to string) error {
	return desk{a.Desk, a}.SendTest(ctx, Operator(), name, language, campaign.Address(to))
}

// Forecast is what starting a campaign would come to.
type (
	Forecast = campaign.Forecast
	Course   = campaign.Course
)

// Funnel says how an imported base becomes the people a campaign asks, step by step.
type (
	Funnel     = campaign.Funnel
	FunnelStep = campaign.FunnelStep
)

// Plan is what starting a campaign would do.
type Plan struct {
	Campaign string `json:"campaign"`
	ToAsk    int    `json:"to_ask"`
	Running  bool   `json:"running"`
	Sentence string `json:"sentence"`
	Letters  int    `json:"letters"` // of those to ask: they are printed, and need no relay

	Relays []campaign.RelayTerms `json:"-"` // by which messages would leave: what is known of the terms of each
}

// Plan says in one sentence how many people, at what rate and by which setting, when the window
// opens and when it ends.
func (a *App) Plan(ctx context.Context, name string) (Plan, error) {
	c, err := a.Desk.Campaign(ctx, name)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Campaign: name, Running: c.Status == campaign.Running || c.Status == campaign.Paused}
	if p.Running {
		r, err := a.Desk.Status(ctx, name)
		p.ToAsk, p.Sentence = r.ToAsk, fmt.Sprintf("campaign %s is %s, %s in all", name, r.Status, People(r.ToAsk))
		return p, err
	}
	plan, err := a.Desk.Plan(ctx, name)
	p.ToAsk, p.Letters, p.Sentence = plan.ToAsk, plan.Letters, sentence(plan)
	if plan.Mails() > 0 {
		p.Relays = a.Desk.RelayTerms()
	}
	return p, err
}

// PrintCommand is the command that prints the letters of a campaign.
func PrintCommand(campaign string) string {
	return "reoptin campaign letters " + campaign + " --out letters.pdf"
}

func sentence(p campaign.Plan) string {
	const clock = "Mon 2 Jan 15:04"
	if p.Letters > 0 && p.Mails() == 0 {
		from := "once it is started"
		if p.Waits {
			from = "from " + p.Opens.Format(clock)
		}
		return fmt.Sprintf("%s to ask, all by letter, which needs no relay: %s prints the letters %s; people may answer until %s", People(p.ToAsk), PrintCommand(p.Campaign), from, p.Deadline)
	}
	byPost := ""
	if p.Letters > 0 {
		byPost = fmt.Sprintf(" by e-mail and %d by letter (%s)", p.Letters, PrintCommand(p.Campaign))
	}
	if p.Opens.IsZero() {
		return fmt.Sprintf("%s to ask%s, never, since no hour is in the window %s; people may answer until %s", People(p.Mails()), byPost, p.Window, p.Deadline)
	}
	when, last := "now", "done about once the window has opened"
	if p.Waits {
		when = "from " + p.Opens.Format(clock)
	}
	switch {
	case p.Ends.IsZero():
	case campaign.DateOf(p.Ends).After(p.Deadline):
		last = "the deadline comes before the last of them, whose turn is about " + p.Ends.Format(clock)
	default:
		last = "done about " + p.Ends.Format(clock)
	}
	wave := ""
	if p.Wave > 0 {
		wave = fmt.Sprintf("; %d of them first, then a wait of %s", p.Wave, p.Pause)
	}
	return fmt.Sprintf("%s to ask%s, %d every %s (bounded by %s), %s, in the window %s%s; %s; people may answer until %s",
		People(p.Mails()), byPost, p.N, every(p.Per), p.RateBy, when, p.Window, wave, last, p.Deadline)
}

func every(d time.Duration) string {
	switch d {
	case time.Second:
		return "second"
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	}
	return "day"
}

// Closing says what closing a campaign did.
type Closing = campaign.Closing

// CloseCampaign ends a campaign and signs the ledger's head.
func (a *App) CloseCampaign(ctx context.Context, name string) (Closing, error) {
	return a.closeCampaign(ctx, Operator(), name)
}

func (a *App) closeCampaign(ctx context.Context, by campaign.Actor, name string) (Closing, error) {
	done, err := a.Desk.Close(ctx, by, name)
	if err != nil {
		return done, err
	}
	_, err = a.Checkpoint(ctx)
	return done, err
}

// WouldClose is what closing a campaign would do now.
func (a *App) WouldClose(ctx context.Context, name string) (Closing, error) {
	r, err := a.Desk.Status(ctx, name)
	if err != nil {
		return Closing{}, err
	}
	if r.Status != campaign.Running && r.Status != campaign.Paused {
		return Closing{}, fault.New(fault.Conflict, "campaign.not_running", "campaign {name} is {status}; only a started campaign can be closed", "name", name, "status", r.Status).
			Hint("reoptin campaign status " + name)
	}
	return r.WouldClose(), nil
}

// Suppress puts an address on the never-write list.
func (a *App) Suppress(ctx context.Context, address, because string) (bool, error) {
	return a.Desk.SuppressAddress(ctx, Operator(), campaign.Address(address), because)
}
