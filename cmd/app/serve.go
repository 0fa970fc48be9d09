package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/reoptin/reoptin/api"
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/dashboard/signon"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/schedule"
	"github.com/reoptin/reoptin/web"
)

// At shutdown running deliveries may take as long as the mailer waits for a relay to take a message and
// to answer the final dot (RFC 5321 section 4.5.3.2); signing the last checkpoint takes a moment.
const (
	drain = 20 * time.Minute
	seal  = time.Minute
)

// Serve runs forms, dashboard and jobs until ctx ends, then lets running requests and deliveries finish. It
// holds the sender lock: a second one on the same installation is refused.
func (a *App) Serve(ctx context.Context, ready func(url string)) error {
	listener, err := net.Listen("tcp", a.config.Listen)
	if err != nil {
		return a.cannotListen(err)
	}
	defer listener.Close()
	return a.serveOn(ctx, listener, nil, ready)
}

// cannotListen says why the address cannot be had. That of a server of this installation is its own case:
// nothing is wrong with the address.
func (a *App) cannotListen(err error) error {
	release, held := a.journal.Lock()
	if held != nil {
		return held
	}
	if err := release(); err != nil {
		return err
	}
	hint := "correct listen in reoptin.toml"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		hint = "set listen in reoptin.toml to an address that no other program holds"
	case errors.Is(err, syscall.EACCES):
		hint = "set listen in reoptin.toml to a port from 1024 on, and put a proxy before it"
	}
	return fault.New(fault.Unavailable, "serve.listen", "{address} cannot be listened on", "address", a.config.Listen).Because(err).Hint(hint)
}

// serveOn serves on a listener; extra may add routes.
func (a *App) serveOn(ctx context.Context, l net.Listener, extra func(*web.Server, *schedule.Scheduler), ready func(url string)) (err error) {
	release, err := a.journal.Lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := a.recover(ctx); err != nil {
		return err
	}
	jobs, err := a.schedule()
	if err != nil {
		return err
	}
	server, err := a.server()
	if err != nil {
		return err
	}
	if mend := unproxied(a.config); mend != "" {
		a.log.Warn("no proxy is trusted: attempts with wrong links and codes cannot be counted for each network", "mend", mend)
	}
	if extra != nil {
		extra(server, jobs)
	}
	returns, err := a.receive(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, returns()) }()
	jobs.Start()
	ready(a.baseURL())
	stopped := make(chan error, 1)
	ctx, end := context.WithCancel(ctx)
	go func() { // no new message is begun while requests are still being answered
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		stopped <- jobs.Stop(stop)
	}()
	served := server.Serve(ctx, l)
	end()
	a.uploads.close()
	err = <-stopped
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), seal)
	defer cancel()
	_, sealed := a.Checkpoint(last)
	return errors.Join(served, err, a.Desk.FlushViews(last), sealed)
}

// recover puts right what a dead sender or a restored database left, before anything is sent.
func (a *App) recover(ctx context.Context) error {
	r, err := a.Desk.Recover(ctx)
	if err != nil {
		return err
	}
	if r != (campaign.Recovery{}) {
		a.log.Warn("put right after an unclean end", "released", r.Released, "uncertain", r.Uncertain, "restored", r.Restored, "suppressed", r.Suppressed, "erased", r.Erased, "withdrawn", r.Withdrawn, "cases", r.Cases, "paused", r.Paused)
	}
	if err := a.compareAnchor(ctx); err != nil {
		return err
	}
	return a.recognise(ctx)
}

// copied is why a campaign is paused when the journal is another file than before.
const copied = "the send journal was copied, moved or restored; resume only if no other copy of this installation is sending"

// recognise pauses what runs when database and journal are not the pair they were: a copy of both knows
// whom both had asked, and nothing of whom the other asks from now on. A person looks, and resumes.
func (a *App) recognise(ctx context.Context) error {
	if !a.journal.Moved() {
		return nil
	}
	a.log.Warn("the send journal is not the file it was: running campaigns are paused", "path", a.config.Journal)
	if err := a.pauseAll(ctx, copied); err != nil {
		return err
	}
	return a.journal.TakeOver()
}

func (a *App) server() (*web.Server, error) {
	words, err := i18n.Shipped()
	if err != nil {
		return nil, err
	}
	pages, err := forms.New(forms.Deps{Desk: a.Desk, Links: a.links, Catalogue: words, Clock: a.clock, Rand: a.rand, Log: a.log, BaseURL: a.baseURL(), Confirm: a.config.Consent.Confirm,
		Verify: a.checkReceipt, Consent: a.consentReceipt})
	if err != nil {
		return nil, err
	}
	s, err := web.New(web.Deps{Log: a.log, Catalogue: words, BaseURL: a.baseURL(), AdminHost: a.config.AdminHost, TrustedProxies: a.config.TrustedProxies,
		Ready: a.ready, Served: a.metrics.Served, Metrics: a.metrics.Handler(), Watchers: a.config.Metrics.From, Kept: pages.Asset, Rand: a.rand, Now: a.clock})
	if err != nil {
		return nil, err
	}
	pages.Register(s.Echo)
	board, err := dashboard.New(dashboard.Deps{Desk: desk{a.Desk, a}, Bases: a.uploads, Organisations: texts{}, Closing: s.Closing(), Demo: a.demo,
		Roster: a.Roster, Catalogue: words, Clock: a.clock, Log: a.log,
		Own: a.config.AdminHost != "", HTTPS: a.https(), SignOn: a.signOn(), Factors: a.config.AdminSecondFactor == "always" || a.config.AdminSecondFactor == "https" && a.https()})
	if err != nil {
		return nil, err
	}
	board.Register(s.Echo)
	hooks, err := a.webhooks()
	if err != nil {
		return nil, err
	}
	hooks.Register(s.Echo)
	machines, err := api.NewMachines(a.Roster, Version(), a.endpoints())
	if err != nil {
		return nil, err
	}
	machines.Register(s.Echo)
	api.NewPublication(publication{a}).Register(s.Echo)
	return s, nil
}

// ready reports whether the database answers.
func (a *App) ready(ctx context.Context) error {
	return a.store.View(ctx, func(r campaign.Reader) error {
		_, err := r.CampaignList()
		return err
	})
}

// Healthcheck asks the running server whether it is well.
func Healthcheck(ctx context.Context, c config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fault.New(fault.Invalid, "health.listen", "listen is {address}, which is no address", "address", c.Listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	target := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/healthz"}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return fault.Wrap("app.Healthcheck", err)
	}
	client := http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return fault.New(fault.Unavailable, "health.down", "nothing answers at {address}", "address", target.Host).Because(err).Hint("reoptin serve")
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "health.ill", "the server answers {status}", "status", fmt.Sprint(res.StatusCode))
	}
	return nil
}

// https reports whether browsers reach the house by https.
func (a *App) https() bool { return strings.HasPrefix(a.baseURL(), "https://") }

// signOn is the identity provider of the dashboard; nil: there is none.
func (a *App) signOn() dashboard.SignOn {
	o := a.config.OIDC
	if o.Issuer == "" {
		return nil
	}
	back := a.baseURL() + web.AdminPath
	if a.config.AdminHost != "" {
		back = "https://" + a.config.AdminHost
	}
	return signon.New(signon.Options{Issuer: o.Issuer, Client: o.ClientID, Secret: o.ClientSecret, Name: o.Name, Back: back + "/login/back", Clock: a.clock})
}
