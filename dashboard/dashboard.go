package dashboard

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/web"
)

// Desk is what these pages ask of the house.
type Desk interface {
	Organisation(context.Context) (campaign.Organisation, error)
	Base(context.Context) (campaign.Base, error)
	Campaigns(context.Context) ([]campaign.Campaign, error)
	Status(ctx context.Context, name string) (campaign.Report, error)
	Outline(context.Context) (campaign.Outline, error)
	BaseDesk
	CampaignDesk
	ResponseDesk
	LetterDesk
	RightsDesk
	RelayDesk
}

// Deps is what the dashboard needs.
type Deps struct {
	Desk      Desk
	Roster    *account.Roster
	Catalogue *i18n.Catalogue
	Clock     func() time.Time
	Log       *slog.Logger
	Own       bool   // it has a host name of its own, and is at its root
	HTTPS     bool   // browsers reach it by https
	SignOn    SignOn // an identity provider; nil: none
	Factors   bool   // whoever may do more than look must have a second factor

	Bases         Bases
	Organisations Organisations

	Closing <-chan struct{} // closed when the server stops: pages that follow a campaign end; nil: never
	Demo    *Demo           // nil: this is no demonstration
}

// Demo is what the dashboard says of a demonstration.
type Demo struct {
	Campaign string // the one that is ready; its start needs no typed name
	Inbox    string // where the messages are read
}

// Dashboard serves the pages.
type Dashboard struct {
	desk      Desk
	roster    *account.Roster
	catalogue *i18n.Catalogue
	clock     func() time.Time
	log       *slog.Logger
	base      string // what links start with: /admin, or nothing
	https     bool
	factors   bool
	provider  SignOn
	origin    *http.CrossOriginProtection
	table     []route

	bases         Bases
	organisations Organisations

	closing   <-chan struct{}
	demo      *Demo
	drafts    drafts
	streams   streams
	rhythm    rhythm
	verifying sync.Mutex // one recomputation of the ledger at a time
}

// New makes the dashboard.
func New(d Deps) (*Dashboard, error) {
	if d.Bases == nil || d.Organisations == nil {
		return nil, fault.New(fault.Internal, "dashboard.deps", "the dashboard needs somewhere to take base and organisation files").At("dashboard.New")
	}
	if d.Desk == nil || d.Roster == nil || d.Catalogue == nil || d.Clock == nil || d.Log == nil {
		return nil, fault.New(fault.Internal, "dashboard.deps", "the dashboard needs a desk, a roster, a catalogue, a clock and a log").At("dashboard.New")
	}
	b := &Dashboard{desk: d.Desk, roster: d.Roster, catalogue: d.Catalogue, clock: d.Clock, log: d.Log,
		base: web.AdminPath, https: d.HTTPS, factors: d.Factors, provider: d.SignOn, origin: http.NewCrossOriginProtection(),
		closing: d.Closing, demo: d.Demo, rhythm: rhythm{tick: time.Second, beat: 15 * time.Second, judge: 2 * time.Second}}
	if d.Own {
		b.base = ""
	}
	b.bases, b.organisations = d.Bases, d.Organisations
	b.table = b.routes()
	return b, nil
}

// Register adds the routes. Every one that is only looked at answers HEAD too.
func (d *Dashboard) Register(e *echo.Echo) {
	e.Use(d.around)
	for _, r := range d.table {
		limit := web.LimitBody(r.bytes())
		path := strings.TrimSuffix(web.AdminPath+r.path, "/")
		methods := []string{r.method}
		if r.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, m := range methods {
			e.Add(m, path, d.serve(r), limit)
		}
		if r.path == "/" {
			e.Add(r.method, path+"/", d.serve(r), limit)
		}
	}
}

// href is the address of a route as browsers know it.
func (d *Dashboard) href(path string) string {
	if path == "/" && d.base != "" {
		return d.base
	}
	return d.base + path
}
