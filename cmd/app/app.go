package app

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/keyring"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/mailer"
	"github.com/reoptin/reoptin/mailer/letter"
	"github.com/reoptin/reoptin/metrics"
	"github.com/reoptin/reoptin/store"
)

// Now is the wall clock.
func Now() time.Time { return time.Now() }

// Version is the module's version, or "dev".
func Version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return "dev"
}

// Surroundings are what differs between a real run and a test.
type Surroundings struct {
	Log    *slog.Logger
	Clock  func() time.Time
	Rand   io.Reader
	Points failpoint.Points
	Room   func() (campaign.Room, error) // nil: that of the disk of the database
	Steady func() time.Duration          // a clock that nobody sets; nil: Clock, as far as it is one
	Doctor DoctorDeps                    // what a diagnosis that the dashboard asks for looks through

	unwritten bool // the send journal stays as it is: a restore that is only tried
}

// App is an opened installation.
type App struct {
	Desk   *campaign.Desk
	Roster *account.Roster

	config     config.Config
	log        *slog.Logger
	clock      func() time.Time
	rand       io.Reader
	points     failpoint.Points
	store      *store.DB
	journal    *store.Journal
	ring       *keyring.Ring
	keyer      campaign.Keyer
	links      *link.Keys
	carrier    *mailer.Relays // nil when no relay is configured
	bounds     campaign.Bounds
	sheets     sheets
	uploads    *uploads
	metrics    *metrics.Metrics
	room       func() (campaign.Room, error)
	steady     func() time.Duration
	progress   progress
	demo       *dashboard.Demo        // nil: a real installation
	giving     time.Time              // before then no head is given away again; of the one job that does
	cannot     atomic.Pointer[string] // why nothing can be sent, as last logged
	doctor     DoctorDeps
	diagnosing sync.Mutex // one diagnosis from the dashboard at a time
	diagnosed  atomic.Pointer[dashboard.Diagnosis]
	opened     time.Time
	began      time.Duration // opened, by the steady clock

	remembered campaign.Recovery // what was put back at opening
}

// Open opens keys, database and journal, and joins the rooms. Nothing is sent or served yet.
func Open(ctx context.Context, c config.Config, s Surroundings) (*App, error) {
	for _, p := range c.Check() {
		return nil, p.Err()
	}
	a := &App{config: c, log: s.Log, clock: s.Clock, rand: s.Rand, points: s.Points, bounds: bounds(c.Sending), room: s.Room, steady: s.Steady, doctor: s.Doctor, progress: progress{last: map[string]seen{}}}
	if a.rand == nil {
		a.rand = rand.Reader
	}
	if a.steady == nil {
		a.steady = campaign.SteadyBy(a.clock)
	}
	if a.room == nil {
		a.room = func() (campaign.Room, error) { return store.Room(c.DatabaseFile()) }
	}
	a.metrics = metrics.New(metrics.Deps{Version: Version(), Clock: a.clock, Read: a.state})
	if err := a.open(ctx, s); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context, s Surroundings) (err error) {
	if a.store, err = store.Open(ctx, store.Options{Path: a.config.DatabaseFile(), Clock: a.clock, Rand: a.rand, Log: a.log, Points: s.Points, Meter: a.metrics}); err != nil {
		return err
	}
	if a.ring, err = keyring.Open(a.config.Keys); err != nil {
		return err
	}
	sealer, err := account.NewSealer(a.ring.Suppression())
	if err != nil {
		return err
	}
	a.Roster = account.NewRoster(a.store.Accounts(), account.NewHasher(account.DefaultCost(), a.rand), sealer, a.rand)
	if a.links, err = link.NewKeys(a.ring.LinkMasters()); err != nil {
		return err
	}
	if a.journal, err = store.OpenJournal(a.config.Journal, a.store); err != nil {
		return err
	}
	a.opened, a.began = a.clock(), a.steady()
	a.keyer = campaign.NewKeyer(a.ring.Suppression())
	if err := a.openMail(s); err != nil {
		return err
	}
	deps := campaign.Deps{Room: a.room, Meter: a.metrics, Steady: a.steady, Store: a.store, Journal: a.journal, Sheets: a.sheets, Letters: a.sheets.letters, Keys: a.keyer, Log: a.log, Clock: a.clock, Rand: a.rand, Bounds: a.bounds,
		Senders: a.config.MostConnections(), Retry: campaign.Retry{First: a.config.Sending.RetryAfter, Most: config.RetryMost},
		BaseURL: a.baseURL(), Program: "reoptin " + Version(), Points: s.Points, Stops: stopRules(a.config.Sending), Canary: canary(a.config.Sending), Relays: relays(a.config),
		StartWithin: a.config.Sending.StartWithin, Apart: apart(a.config.Sending), Zone: func(country string) string { return zones[country] },
		Alignments: alignments(a.config), Retention: retention(a.config.Retention),
		Named: func(id string) []campaign.Name { return mailer.Named(a.links, id) }}
	if s.unwritten {
		deps.Journal = readJournal{a.journal}
	}
	if a.carrier != nil {
		deps.Carrier, deps.Pace = a.carrier, mailer.NewPace(a.config.Sending.PerDomain, a.clock)
	}
	if a.Desk, err = campaign.New(deps); err != nil {
		return err
	}
	a.uploads = newUploads(a.Desk, a.clock, a.rand, a.log)
	return a.rememberNo(ctx)
}

// rememberNo puts back each no that the database was restored without, before any command reads it.
func (a *App) rememberNo(ctx context.Context) error {
	if !a.journal.Grew() {
		return nil
	}
	r, err := a.Desk.RecoverNo(ctx)
	if err != nil {
		return err
	}
	if a.remembered = r; r != (campaign.Recovery{}) {
		a.log.Warn("put back from the send journal what the database had forgotten", "suppressed", r.Suppressed, "erased", r.Erased, "withdrawn", r.Withdrawn, "cases", r.Cases, "unplaced", r.Unplaced, "strayed", r.Strayed)
	}
	return a.journal.Note() // not before: who dies in between leaves it to the next
}

// baseURL is what links start with; before it is configured, a preview uses the listening address.
func (a *App) baseURL() string {
	if a.config.BaseURL != "" {
		return a.config.BaseURL
	}
	return "http://" + a.config.Listen
}

// openMail makes the composer, which lint and preview need too, and the mailers where relays are set.
func (a *App) openMail(s Surroundings) error {
	composer, err := a.composer(config.Way{SMTP: a.config.SMTP, DKIM: a.config.DKIM})
	if err != nil {
		return err
	}
	letters, err := letter.New(letter.Deps{Words: composer, Links: a.links, BaseURL: a.baseURL()})
	if err != nil {
		return err
	}
	a.sheets = sheets{mail: composer, letters: letters, forms: sync.OnceValues(func() (*forms.Sheets, error) {
		c, err := i18n.Shipped()
		if err != nil {
			return nil, err
		}
		return forms.NewSheets(c, a.baseURL()), nil
	})}
	if a.config.SMTP.URL == "" {
		return nil
	}
	a.carrier, err = a.carriers(composer, s)
	return err
}

// Close closes what is open. It may be called twice.
func (a *App) Close() error {
	var errs []error
	if a.uploads != nil {
		a.uploads.close()
	}
	if a.carrier != nil {
		errs = append(errs, a.carrier.Close())
	}
	if a.journal != nil {
		errs = append(errs, a.journal.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	a.carrier, a.journal, a.store = nil, nil, nil
	return errors.Join(errs...)
}

// sendable says why this installation cannot send messages, if it cannot.
func (a *App) sendable(ctx context.Context) error { return a.asks(ctx, true) }

// asks says why nobody can be asked, if so. Letters need no relay.
func (a *App) asks(ctx context.Context, byMail bool) error {
	for _, p := range a.config.Missing() {
		if p.Key == "smtp.url" && !byMail {
			continue
		}
		return fault.New(fault.Unavailable, "config.missing", "nothing can be sent: {key}: {text}", "key", p.Key, "text", p.Text).Hint(p.Hint)
	}
	return a.store.CheckDurability(ctx)
}
