package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/intake"
)

// demoCampaign is the demonstration's one campaign.
const demoCampaign = "hello-again"

// DemoOptions say how to run the demonstration.
type DemoOptions struct {
	Listen   string
	Dir      string // empty: a temporary folder that is removed at the end
	Contacts int
	Log      *slog.Logger
	Clock    func() time.Time
}

// DemoReady is what a person needs to begin.
type DemoReady struct {
	Start   string // address that logs in to the dashboard, at the page with the button
	Inbox   string
	Command string // does what the button does
	Leaves  string // what Ctrl-C does with the files
}

// Demo runs the whole product in one process on made-up data until ctx ends: base imported and
// audited, campaign approved, an embedded mail server that catches every message.
func Demo(ctx context.Context, o DemoOptions, ready func(DemoReady)) (err error) {
	if o.Contacts < 1 || o.Contacts > maxDemo {
		return fault.New(fault.Invalid, "demo.contacts", "--contacts must be between 1 and {most}", "most", maxDemo)
	}
	listener, err := listenLoopback(o.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	dir, forget, err := demoDir(o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forget()) }()
	inbox := intake.NewInbox(demoMails)
	mail, err := intake.Listen("127.0.0.1:0", inbox.Receive)
	if err != nil {
		return err
	}
	defer mail.Close()
	if err := demoInstall(ctx, dir, listener.Addr().String(), mail.Addr().String(), o); err != nil {
		return err
	}
	a, err := demoOpen(ctx, dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.demoPrepare(ctx, dir, o); err != nil {
		return err
	}
	return a.demoServe(ctx, listener, inbox, dir, o, ready)
}

// maxDemo bounds how many people are made up.
const maxDemo = 1_000_000

// demoMails bounds the inbox: the oldest messages give way.
const demoMails = 20000

// listenLoopback listens where only this machine can reach: the demonstration's pages have no login.
func listenLoopback(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	if err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fault.New(fault.Invalid, "demo.listen", "{address} is no loopback address; the demo is for this machine alone", "address", address).Hint("--listen 127.0.0.1:8080")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "demo.busy", "{address} cannot be listened on", "address", address).Because(err).Hint("--listen 127.0.0.1:0 takes any free port")
	}
	return l, nil
}

// demoDir is the folder of the demonstration, and what to do with it at the end.
func demoDir(dir string) (string, func() error, error) {
	if dir != "" {
		return dir, func() error { return nil }, nil
	}
	dir, err := os.MkdirTemp("", "reoptin-demo-")
	if err != nil {
		return "", nil, fault.New(fault.Unavailable, "demo.dir", "no temporary folder can be made").Because(err).Hint("--dir DIR")
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// demoMark is the first line of a demonstration's configuration: only a folder with it is taken for a
// kept demonstration.
const demoMark = "# Made by reoptin demo."

// demoSettings is the demonstration's configuration: always open, twenty a second.
func demoSettings(listen, relay string) string {
	return demoMark + fmt.Sprintf(`
listen = %q
base_url = "http://%s"

[smtp]
url = "smtp+insecure://%s"

[sending]
rate = "20/s"
per_domain = 4
window = "Mon-Sun 00:00-24:00"
timezone = "Europe/Paris"
`, listen, listen, relay)
}

// demoInstall makes the installation, or gives a kept demonstration the addresses of this run. A folder
// that holds anything else is left alone.
func demoInstall(ctx context.Context, dir, listen, relay string, o DemoOptions) error {
	settings, path := demoSettings(listen, relay), filepath.Join(dir, "reoptin.toml")
	was, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		_, err = initialise(ctx, dir, settings, o.Clock, rand.Reader, nobody)
		return err
	case err != nil:
		return fault.New(fault.Unavailable, "demo.settings", "{path} cannot be read", "path", path).Because(err)
	case !strings.HasPrefix(string(was), demoMark):
		return fault.New(fault.Conflict, "demo.real", "{dir} holds a real installation; nothing was changed", "dir", dir).Hint("give the demo an empty folder")
	}
	return fault.Wrap("app.demoInstall", os.WriteFile(path, []byte(settings), 0o600))
}

func demoOpen(ctx context.Context, dir string, o DemoOptions) (*App, error) {
	c, err := config.Load(config.Options{File: filepath.Join(dir, "reoptin.toml")})
	if err != nil {
		return nil, err
	}
	return Open(ctx, c, Surroundings{Log: o.Log, Clock: o.Clock})
}

// demoPrepare brings the made-up shop to the point where one button is left to press. A kept
// demonstration is left as it is.
func (a *App) demoPrepare(ctx context.Context, dir string, o DemoOptions) error {
	if _, err := a.Desk.Campaign(ctx, demoCampaign); !fault.Is(err, fault.NotFound) {
		return err
	}
	today := campaign.DateOf(o.Clock())
	org := demoOrganisation(today)
	operator := campaign.Actor{Kind: "operator", Name: "demo"}
	if err := a.Desk.ApplyOrganisation(ctx, operator, org); err != nil {
		return err
	}
	base := filepath.Join(dir, "base.csv")
	f, err := os.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.Wrap("app.demoPrepare", err)
	}
	if err := errors.Join(writeDemoBase(f, o.Contacts, 1, today), f.Close()); err != nil {
		return fault.Wrap("app.demoPrepare", err)
	}
	if _, err := a.Import(ctx, base, ImportOptions{}); err != nil {
		return err
	}
	text, err := StarterCampaign(demoCampaign, org, today, StarterChoice{})
	if err != nil {
		return err
	}
	file := filepath.Join(dir, demoCampaign+".toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return fault.Wrap("app.demoPrepare", err)
	}
	if _, _, err := a.CreateCampaign(ctx, file); err != nil {
		return err
	}
	if _, err := a.Audit(ctx, AuditOptions{}); err != nil {
		return err
	}
	_, err = a.Desk.Approve(ctx, operator, demoCampaign, org.DPO, "")
	return err
}

// demoUser is who looks at the demonstration's dashboard.
const demoUser = "demo"

// demoAccount makes the demonstration's account, or gives that of a kept one the password of this run.
func (a *App) demoAccount(ctx context.Context, password string) error {
	by := account.Actor(campaign.Machine)
	err := a.Roster.Add(ctx, by, demoUser, account.Administrator, password)
	if fault.Is(err, fault.Conflict) {
		err = a.Roster.SetPassword(ctx, by, demoUser, password)
	}
	return err
}

func (a *App) demoServe(ctx context.Context, l net.Listener, inbox *intake.Inbox, dir string, o DemoOptions, ready func(DemoReady)) error {
	token := rand.Text()
	self, err := os.Executable()
	if err != nil {
		self = "reoptin"
	}
	if whole, err := filepath.Abs(dir); err == nil { // another terminal may stand in another folder
		dir = whole
	}
	d := DemoReady{Start: a.baseURL() + "/demo/" + token, Inbox: a.baseURL() + "/inbox",
		Command: fmt.Sprintf("%s --config %s campaign start %s --wait", ShellWord(self), ShellWord(filepath.Join(dir, "reoptin.toml")), demoCampaign),
		Leaves:  " and leaves nothing behind"}
	if o.Dir != "" {
		d.Leaves = "; the files stay in " + o.Dir
	}
	a.demo = &dashboard.Demo{Campaign: demoCampaign, Inbox: "/inbox"}
	pages := demoPages{app: a, inbox: inbox, token: token, password: rand.Text()}
	if err := a.demoAccount(ctx, pages.password); err != nil {
		return err
	}
	return a.serveOn(ctx, l, pages.register, func(string) { ready(d) })
}
