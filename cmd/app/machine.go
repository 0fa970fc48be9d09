package app

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/api"
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// endpoints is the whole API on one page. Each does what a command does and answers as it does with --json; the right is
// that of the dashboard's page. Nothing is approved here: that takes a person who looked.
func (a *App) endpoints() []api.Endpoint {
	return slices.Concat(a.baseEndpoints(), a.campaignEndpoints(), a.recordEndpoints())
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// baseEndpoints are about the people of the base.
func (a *App) baseEndpoints() []api.Endpoint {
	return []api.Endpoint{
		{Method: get, Path: "/contacts", Right: account.See, Name: "listContacts", Says: "List contacts with their verdict", Paged: true,
			Params: []api.Param{{Name: "class", Says: "only of this class", OneOf: words(Classes())}, {Name: "route", Says: "only of this route", OneOf: words(routes())}, {Name: "reason", Says: "only of this row of the decision table, such as T-50"}},
			Act: api.Gives(func(c api.Call) (ContactList, error) {
				return a.Contacts(c.Context, ContactQuery{c.Query("class"), c.Query("route"), c.Query("reason"), pageOf(c)})
			})},
		{Method: get, Path: "/contacts/{id}", Right: account.See, Name: "showContact", Says: "Show one contact, by reoptin's number",
			Act: api.Gives(func(c api.Call) (ContactView, error) {
				id, err := strconv.ParseInt(c.Part("id"), 10, 64)
				if err != nil { // the company's own number, or an address, may be a person's: it is no part of a path
					return ContactView{}, fault.New(fault.NotFound, "contact.not_found", "there is no such contact").At("app.showContact").Hint("POST contacts/find looks for an address or a number of the company's own")
				}
				return a.Contact(c.Context, campaign.Numbered(campaign.ContactID(id)))
			})},
		{Method: post, Path: "/contacts/find", Right: account.See, Name: "findContact", Says: "Show one contact, by address or the company's own number", // by POST: what is asked for is in no log of a proxy
			Act: api.Takes(func(c api.Call, b Sought) (ContactView, error) {
				id, err := a.Desk.FindContact(c.Context, b.Who)
				if err != nil {
					return ContactView{}, err
				}
				return a.Contact(c.Context, campaign.Numbered(id))
			})},
		{Method: get, Path: "/audit", Right: account.See, Name: "showAudit", Says: "Count the base by the verdicts of its last audit; judges nobody",
			Act: api.Gives(func(c api.Call) (Standing, error) { return a.Standing(c.Context) })},
		{Method: get, Path: "/suppressions", Right: account.See, Name: "listSuppressions", Says: "List what must never be written to, as keyed hashes, and the lists that were imported", Paged: true,
			Act: api.Gives(func(c api.Call) (SuppressionList, error) { return a.Suppressions(c.Context, pageOf(c)) })},
		{Method: post, Path: "/suppressions", Right: account.Suppress, Name: "suppress", Says: "Never write to an address again",
			Act: api.Takes(func(c api.Call, b Suppressing) (Suppressed, error) {
				added, err := a.Desk.SuppressAddress(c.Context, c.By, campaign.Address(b.Email), b.Because)
				return Suppressed{added}, err
			})},
		{Method: post, Path: "/suppressions/check", Right: account.See, Name: "checkSuppression", Says: "Say whether an address must never be written to, and which imported lists name it",
			Act: api.Takes(func(c api.Call, b Checked) (SuppressionCheck, error) { return a.CheckSuppression(c.Context, b.Email) })},
	}
}

// campaignEndpoints are about campaigns.
func (a *App) campaignEndpoints() []api.Endpoint {
	dry := []api.Param{{Name: "dry_run", Says: "true: only say what would happen", OneOf: []string{"true", "false"}}}
	return []api.Endpoint{
		{Method: get, Path: "/campaigns", Right: account.See, Name: "listCampaigns", Says: "List campaigns", Paged: true,
			Act: api.Gives(func(c api.Call) (CampaignList, error) { return a.Campaigns(c.Context, pageOf(c)) })},
		{Method: get, Path: "/campaigns/{name}", Right: account.See, Name: "showCampaign", Says: "Show a campaign's content and where it stands",
			Act: api.Gives(func(c api.Call) (CampaignView, error) { return a.Campaign(c.Context, c.Part("name")) })},
		{Method: get, Path: "/campaigns/{name}/status", Right: account.See, Name: "campaignStatus", Says: "Say how a campaign stands and what it waits for",
			Act: api.Gives(func(c api.Call) (Status, error) { return a.Desk.Status(c.Context, c.Part("name")) })},
		{Method: get, Path: "/campaigns/{name}/audience", Right: account.See, Name: "campaignAudience", Says: "Show the funnel from the imported base to the people to ask",
			Act: api.Gives(func(c api.Call) (campaign.Funnel, error) { return a.Desk.Audience(c.Context, c.Part("name")) })},
		{Method: get, Path: "/campaigns/{name}/uncertain", Right: account.See, Name: "listUncertain", Says: "List the invitations of unknown outcome", Paged: true,
			Act: api.Gives(func(c api.Call) (UncertainList, error) { return a.Uncertain(c.Context, c.Part("name"), pageOf(c)) })},
		{Method: post, Path: "/campaigns/{name}/start", Right: account.Start, Name: "startCampaign", Says: "Arm an approved campaign: nothing is sent without this", Params: dry,
			Act: api.Gives(a.startFor)},
		{Method: post, Path: "/campaigns/{name}/pause", Right: account.Start, Name: "pauseCampaign", Says: "Stop sending; what is on its way is waited for",
			Act: api.Gives(func(c api.Call) (PausedCampaign, error) {
				return PausedCampaign{c.Part("name"), true}, a.Desk.Pause(c.Context, c.By, c.Part("name"), "paused by "+c.By.Name)
			})},
		{Method: post, Path: "/campaigns/{name}/resume", Right: account.Start, Name: "resumeCampaign", Says: "Go on sending after a pause",
			Act: api.Gives(func(c api.Call) (ResumedCampaign, error) {
				return ResumedCampaign{c.Part("name"), true}, a.Desk.Resume(c.Context, c.By, c.Part("name"))
			})},
		{Method: post, Path: "/campaigns/{name}/close", Right: account.Start, Name: "closeCampaign", Says: "End a campaign: silence becomes a no", Params: dry,
			Act: api.Gives(func(c api.Call) (ClosedCampaign, error) {
				act := func(ctx context.Context, name string) (Closing, error) { return a.closeCampaign(ctx, c.By, name) }
				if c.Query("dry_run") == "true" {
					act = a.WouldClose
				}
				done, err := act(c.Context, c.Part("name"))
				return ClosedCampaign{done.Silent, done.Withheld}, err
			})},
	}
}

// recordEndpoints are about what people answered, and what proves it.
func (a *App) recordEndpoints() []api.Endpoint {
	return []api.Endpoint{
		{Method: get, Path: "/responses", Right: account.See, Name: "listResponses", Says: "List what people answered", Paged: true,
			Params: []api.Param{{Name: "campaign", Says: "only of this campaign"}},
			Act: api.Gives(func(c api.Call) (ResponseList, error) {
				return a.Responses(c.Context, ResponseQuery{c.Query("campaign"), pageOf(c)})
			})},
		{Method: get, Path: "/responses/{id}", Right: account.See, Name: "showResponse", Says: "Show one answer",
			Act: api.Gives(func(c api.Call) (ResponseLine, error) { return a.Response(c.Context, c.Part("id")) })},
		{Method: get, Path: "/consents", Right: account.Import, Name: "listConsents", Says: "List the current state per person, purpose and channel, with proof ids; limit counts people", Paged: true,
			Act: api.Gives(func(c api.Call) (ConsentList, error) { return a.Consents(c.Context, pageOf(c)) })},
		{Method: get, Path: "/ledger", Right: account.See, Name: "showLedger", Says: "Show the newest signed head of the ledger",
			Act: api.Gives(func(c api.Call) (LedgerHead, error) { return a.LedgerHead(c.Context) })},
	}
}

// What acts are told, by the names of the command line's flags.
type (
	// Sought is who is looked for: an address, or the company's own number.
	Sought struct {
		Who string `json:"who"`
	}
	// Checked is an address that may be on the never-write list.
	Checked struct {
		Email string `json:"email"`
	}
	// Suppressing is an address to put there.
	Suppressing struct {
		Email   string `json:"email"`
		Because string `json:"because,omitempty"`
	}
)

// What acts come to.
type (
	// Suppressed says whether an address was not on the never-write list before.
	Suppressed struct {
		Added bool `json:"added"`
	}
	// PausedCampaign is a campaign that was paused.
	PausedCampaign struct {
		Campaign string `json:"campaign"`
		Paused   bool   `json:"paused"`
	}
	// ResumedCampaign is a campaign that goes on.
	ResumedCampaign struct {
		Campaign string `json:"campaign"`
		Running  bool   `json:"running"`
	}
	// ClosedCampaign is what closing a campaign did.
	ClosedCampaign struct {
		Silent   int `json:"silent"`
		Withheld int `json:"withheld"`
	}
)

// startFor arms a campaign, or says what starting it would do.
func (a *App) startFor(c api.Call) (Plan, error) {
	name := c.Part("name")
	plan, err := a.Plan(c.Context, name)
	if err == nil {
		err = a.Startable(c.Context, name)
	}
	switch {
	case err != nil:
		return plan, err
	case c.Query("dry_run") == "true":
		return plan, a.Desk.WouldHold(c.Context, name, plan.ToAsk)
	}
	err = a.start(c.Context, c.By, name)
	plan.Running = plan.Running || err == nil
	return plan, err
}

// Standing is the base by the verdicts of its last audit.
type Standing struct {
	Contacts  int                    `json:"contacts"`
	Classes   map[campaign.Class]int `json:"classes"`
	Routes    map[campaign.Route]int `json:"routes"`
	Reasons   []campaign.AuditReason `json:"reasons"`
	Unaudited int                    `json:"unaudited"` // imported since, or never audited
}

// Standing counts the base.
func (a *App) Standing(ctx context.Context) (Standing, error) {
	b, err := a.Desk.Base(ctx)
	s := Standing{b.Contacts, map[campaign.Class]int{}, map[campaign.Route]int{}, append([]campaign.AuditReason{}, b.Reasons...), b.Unaudited}
	for _, k := range Classes() {
		s.Classes[k] = b.Classes[k]
	}
	for _, r := range routes() {
		s.Routes[r] = b.Routes[r]
	}
	return s, err
}

func routes() []campaign.Route {
	return []campaign.Route{campaign.RouteEmail, campaign.RouteLetter, campaign.RouteOnsite, campaign.RouteNone}
}

func words[T ~string](values []T) (out []string) {
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

func pageOf(c api.Call) Page { return Page{Limit: c.Limit, Cursor: c.Cursor} }

// ConsentList is a page of where people stand.
type ConsentList struct {
	Consents []ConsentLine `json:"consents"`
	Next     string        `json:"next"`
}

// Consents lists who agreed to what, by person; a page never parts the lines of one.
func (a *App) Consents(ctx context.Context, p Page) (ConsentList, error) {
	l := ConsentList{Consents: []ConsentLine{}}
	after, err := p.after(0)
	if err != nil {
		return l, err
	}
	err = a.store.View(ctx, func(r campaign.Reader) error {
		rows, err := r.ConsentPage(campaign.ContactID(after), p.limit())
		if err != nil || len(rows) == 0 {
			return err
		}
		last := rows[len(rows)-1].Contact
		if rows, err = campaign.StandingConsents(r, rows); err != nil {
			return err
		}
		for _, row := range rows {
			l.Consents = append(l.Consents, consentLine(row))
		}
		behind, err := r.ConsentPage(last, 1)
		if len(behind) > 0 {
			l.Next = strconv.FormatInt(int64(last), 10)
		}
		return err
	})
	return l, err
}

// LedgerHead is a signed head of the ledger.
type LedgerHead struct {
	N          int64       `json:"n"`
	Size       int64       `json:"size"`
	Root       ledger.Hash `json:"root"`
	Checkpoint string      `json:"checkpoint"`
	At         time.Time   `json:"at"`
}

// LedgerHead is the newest one. It signs none.
func (a *App) LedgerHead(ctx context.Context) (LedgerHead, error) {
	p, err := a.store.Sealed(ctx)
	if err == nil && p.N == 0 {
		err = fault.New(fault.NotFound, "ledger.unsigned", "no head of the ledger was signed yet").At("app.LedgerHead").Hint("reoptin ledger checkpoint")
	}
	return LedgerHead{p.N, p.Size, p.Root, p.Note, p.At}, err
}
