package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
	"github.com/reoptin/reoptin/store"
)

// Kills: the sender is killed with SIGKILL at a random failpoint, again and again, against a mail
// server that misbehaves at random. The server's own memory is the oracle: it lives in this process
// and is never killed.

// killPoints are the places where a sender may die.
var killPoints = []string{
	"dispatch.after-claim", "mail.before-dial", "mail.after-rcpt", "mail.mid-body", "mail.after-body",
	"beat.before-update", "beat.after-update", "beat.after-journal", "mail.after-commit", "mail.after-dot", "mail.after-reply",
}

const (
	kills       = 100
	killPeople  = 500
	connections = 4
)

// killed is the sender as a child process that kills itself at the n-th passing of a point.
func killed() int {
	point, n := os.Getenv("KILL_POINT"), int64(0)
	at, _ := strconv.ParseInt(os.Getenv("KILL_AT"), 10, 64)
	epoch, _ := strconv.ParseInt(os.Getenv("KILL_EPOCH"), 10, 64)
	c := &cli{in: os.Stdin, out: os.Stdout, errs: os.Stderr, clock: fast(time.UnixMilli(epoch)), configFile: os.Getenv("KILL_CONFIG")}
	c.fail = func(p string) {
		if p == point && atomic.AddInt64(&n, 1) == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the kill is on its way
		}
	}
	return c.run(context.Background(), []string{"--config", os.Getenv("KILL_CONFIG"), "campaign", "start", "spring", "--wait"})
}

// fast is a clock that runs two hundred times as fast from an instant on, in every life of the sender
// alike: back-off costs the test no time.
func fast(epoch time.Time) func() time.Time {
	return func() time.Time { return epoch.Add(200 * time.Since(epoch)) }
}

// killRun is one installation and its mail server.
type killRun struct {
	t       *testing.T
	dir     string
	config  string
	seed    uint64
	epoch   time.Time
	random  *rand.Rand
	faulty  atomic.Bool
	unclear atomic.Int64 // answers to a dot that say nothing clear
	dice    chan *rand.Rand
	relay   *smtptest.Server
}

func TestKills(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("KILL_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("seed %d: KILL_SEED=%d go test -run TestKills ./cmd/reoptin", seed, seed)
	r := newKillRun(t, seed)
	deaths, silenced := 0, map[string]bool{}
	for range kills {
		point := killPoints[r.random.IntN(len(killPoints))]
		at := 1 + r.random.IntN(6)
		if r.child(point, at) {
			deaths++
		}
		if r.random.IntN(10) == 0 {
			r.silence(silenced)
		}
		now := r.check(silenced)
		if limit := deaths*connections + int(r.unclear.Load()); now > limit {
			t.Fatalf("%d are uncertain after %d kills of %d connections and %d unclear answers", now, deaths, connections, limit-deaths*connections)
		}
	}
	if deaths < kills/4 {
		t.Errorf("only %d of %d lives ended by a kill: the points are not passed", deaths, kills)
	}
	r.faulty.Store(false)
	r.child("", 0)
	r.check(silenced)
	states := r.states()
	if left := states[campaign.Planned] + states[campaign.Claimed] + states[campaign.Sending]; left != 0 {
		t.Errorf("%d invitations are left unsettled: %v", left, states)
	}
	t.Logf("%d kills: %v", deaths, states)
	r.verifies()
}

func newKillRun(t *testing.T, seed uint64) *killRun {
	r := &killRun{t: t, dir: t.TempDir(), seed: seed, epoch: time.Now().Truncate(time.Millisecond), random: rand.New(rand.NewPCG(seed, 1)), dice: make(chan *rand.Rand, 1)}
	r.dice <- rand.New(rand.NewPCG(seed, 2))
	r.faulty.Store(true)
	s, err := smtptest.Start(smtptest.Options{Pipelining: seed%2 == 0, Script: r.misbehave})
	if err != nil {
		t.Fatal(err)
	}
	r.relay = s
	t.Cleanup(func() { _ = s.Close() })
	r.config = filepath.Join(r.dir, "shop", "reoptin.toml")
	if _, err := app.Init(t.Context(), filepath.Join(r.dir, "shop"), time.Now); err != nil {
		t.Fatal(err)
	}
	settings := fmt.Sprintf("base_url = \"http://127.0.0.1:1\"\n[smtp]\nurl = \"smtp+insecure://%s\"\nconnections = %d\n[sending]\nrate = \"100000/s\"\nper_domain = 8\nwindow = \"Mon-Sun 00:00-24:00\"\nretry_after = \"1s\"\n", s.Addr(), connections)
	if err := os.WriteFile(r.config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	r.prepare()
	return r
}

// misbehave draws what the mail server does at a stage.
func (r *killRun) misbehave(e smtptest.Event) smtptest.Step {
	if !r.faulty.Load() {
		return smtptest.Step{}
	}
	d := <-r.dice
	defer func() { r.dice <- d }()
	if d.IntN(100) >= 3 || (e.Stage == smtptest.Banner || e.Stage == smtptest.EHLO) && d.IntN(8) > 0 {
		return smtptest.Step{} // a relay that cannot be reached makes the sender wait: seldom is enough
	}
	if e.Stage == smtptest.Body { // a server that speaks into the body and takes the message all the same is no server
		return smtptest.Step{Drop: true}
	}
	if e.Stage == smtptest.Dot {
		return r.misjudge(d)
	}
	switch d.IntN(3) {
	case 0:
		return smtptest.Step{Drop: true}
	case 1:
		return smtptest.Step{Reply: "451 4.3.0 later"}
	}
	return smtptest.Step{Reply: "garbage"}
}

// misjudge is how a whole message may go wrong; all but a clear 451 leave the sender in doubt.
func (r *killRun) misjudge(d *rand.Rand) smtptest.Step {
	if d.IntN(4) == 0 {
		return smtptest.Step{Reply: "451 4.3.0 later"}
	}
	r.unclear.Add(1)
	switch d.IntN(3) {
	case 0:
		return smtptest.Step{Drop: true}
	case 1:
		return smtptest.Step{Store: true, Drop: true}
	}
	return smtptest.Step{Store: d.IntN(2) == 0, Reply: "garbage"}
}

// open opens the installation in this process.
func (r *killRun) open(do func(*app.App) error) {
	r.t.Helper()
	cfg, err := config.Load(config.Options{File: r.config})
	if err != nil {
		r.t.Fatal(err)
	}
	c := &cli{errs: os.Stderr}
	a, err := app.Open(r.t.Context(), cfg, app.Surroundings{Log: c.logger(cfg), Clock: fast(r.epoch)})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := errors.Join(do(a), a.Close()); err != nil {
		r.t.Fatal(err)
	}
}

// person is the n-th made-up address.
func person(n int) string { return fmt.Sprintf("person%d@place%d.example", n, n%7) }

// prepare imports people who may all be asked, and approves a campaign.
func (r *killRun) prepare() {
	r.t.Helper()
	var base strings.Builder
	base.WriteString("external_id,email,first_name,country,language,relationship,market,list_origin,collected_at,last_inbound_at,consent_status,consent_at,consent_method,consent_source,purpose_at_collection,controller_at_collection,consent_channels,bundled,incentive\n")
	today := time.Now()
	for n := range killPeople {
		fmt.Fprintf(&base, "K%05d,%s,Camille,FR,fr,prospect,b2c,own,%s,%s,yes,%s,unticked_box,site,newsletter,Maison Lumen,email,no,no\n", n, person(n),
			today.AddDate(-1, 0, 0).Format(time.DateOnly), today.AddDate(0, -1, 0).Format(time.DateOnly), today.AddDate(-1, 0, 0).Format(time.DateOnly))
	}
	path := filepath.Join(r.dir, "base.csv")
	if err := os.WriteFile(path, []byte(base.String()), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.open(func(a *app.App) error {
		ctx := r.t.Context()
		if _, err := a.ApplyOrganisation(ctx, "testdata/lumen/organisation.toml"); err != nil {
			return err
		}
		if _, err := a.Import(ctx, path, app.ImportOptions{}); err != nil {
			return err
		}
		text, err := a.StarterCampaign(ctx, "spring")
		if err != nil {
			return err
		}
		file := filepath.Join(r.dir, "spring.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
		if _, _, err := a.CreateCampaign(ctx, file); err != nil {
			return err
		}
		_, err = a.Approve(ctx, "spring", "tester", "")
		return err
	})
}

// child lets the sender live until it is killed or has nothing left to do, and says which. A relay
// that cannot be reached or a paused campaign ends a life too.
func (r *killRun) child(point string, at int) (killed bool) {
	r.t.Helper()
	r.open(func(a *app.App) error {
		s, err := a.Desk.Status(r.t.Context(), "spring")
		if err == nil && s.Status == "paused" {
			return a.Desk.Resume(r.t.Context(), app.Operator(), "spring")
		}
		return err
	})
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "KILL_CHILD=1", "KILL_POINT="+point, "KILL_AT="+strconv.Itoa(at), "KILL_CONFIG="+r.config, "KILL_EPOCH="+strconv.FormatInt(r.epoch.UnixMilli(), 10))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		r.t.Fatalf("a sender did not end within a minute (seed %d, %s)\n%s", r.seed, point, out.String())
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
		return true
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != exitUnavailable {
		r.t.Fatalf("a sender ended with %d (seed %d)\n%s", code, r.seed, out.String())
	}
	return false
}

// silence lets someone who was not written to yet say no.
func (r *killRun) silence(silenced map[string]bool) {
	r.t.Helper()
	who := person(r.random.IntN(killPeople))
	if r.relay.Accepted()[who] > 0 {
		return
	}
	r.open(func(a *app.App) error {
		_, err := a.Suppress(r.t.Context(), who, "said no")
		return err
	})
	silenced[who] = true
}

// check holds what the installation believes against what the mail server remembers.
func (r *killRun) check(silenced map[string]bool) (uncertain int) {
	r.t.Helper()
	accepted := r.relay.Accepted()
	for who, n := range accepted {
		if n > 1 {
			r.t.Fatalf("%s was written to %d times (seed %d)", who, n, r.seed)
		}
		if silenced[who] {
			r.t.Fatalf("%s said no and was written to (seed %d)", who, r.seed)
		}
	}
	for who, state := range r.invitations() {
		took := accepted[who] == 1
		switch {
		case state == campaign.Uncertain:
			uncertain++
		case state == campaign.Sending, state == campaign.Claimed: // the next start decides
		case (state == campaign.Sent) != took:
			r.t.Fatalf("%s is %s, the mail server took %d (seed %d)", who, state, accepted[who], r.seed)
		}
	}
	return uncertain
}

// invitations are the states by address, as the database has them.
func (r *killRun) invitations() map[string]campaign.State {
	r.t.Helper()
	db, err := store.Open(r.t.Context(), store.Options{Path: filepath.Join(r.dir, "shop", "reoptin.db")})
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	out := map[string]campaign.State{}
	err = db.View(r.t.Context(), func(rd campaign.Reader) error {
		c, err := rd.Campaign("spring")
		if err != nil {
			return err
		}
		for _, s := range campaign.States {
			is, err := rd.InvitationPage(c.ID, s, 0, killPeople+1)
			if err != nil {
				return err
			}
			for _, i := range is {
				out[string(i.Email)] = i.State
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *killRun) states() map[campaign.State]int {
	r.t.Helper()
	n := map[campaign.State]int{}
	for _, s := range r.invitations() {
		n[s]++
	}
	return n
}

// verifies says that the ledger is whole after all that.
func (r *killRun) verifies() {
	r.t.Helper()
	r.open(func(a *app.App) error {
		rep, err := a.VerifyLedger(r.t.Context())
		for _, f := range rep.Faults {
			r.t.Error(f.What)
		}
		return err
	})
}
