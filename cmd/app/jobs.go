package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/schedule"
)

// The jobs. Their names stand in the log.
const (
	jobDispatch   = "dispatch"
	jobCheckpoint = "checkpoint"
	jobReceipts   = "receipts"
	jobAnchor     = "anchor"
	jobViews      = "views"
	jobUploads    = "uploads"
	jobProgress   = "progress"
	jobRetention  = "retention"
	jobMissed     = "missed"
	jobScrub      = "scrub"
	jobSums       = "sums"
	jobStock      = "stock"
)

// tellEvery is how often the log hears of running campaigns.
const tellEvery = 30 * time.Second

// everyMinute is counted off, and not read from the clock: one that is set back would let a job wait for the hour
// that it was at.
const everyMinute = "@every 60s"

// schedule is the table of jobs.
func (a *App) schedule() (*schedule.Scheduler, error) {
	s, err := schedule.New(schedule.Deps{Log: a.log, Clock: a.clock, Ran: a.metrics.Ran})
	if err != nil {
		return nil, err
	}
	owner := fmt.Sprintf("serve-%d", os.Getpid())
	for _, j := range []schedule.Job{
		// Starts what is due, sends at the pace of each campaign, closes at the deadline.
		{Name: jobDispatch, Spec: "@every 1s", Run: func(ctx context.Context) error { return a.dispatch(ctx, owner) }},
		{Name: jobCheckpoint, Spec: everyMinute, Timeout: time.Minute, Run: func(ctx context.Context) error {
			_, err := a.Checkpoint(ctx)
			return err
		}},
		// Receipts that people asked to have by mail.
		{Name: jobReceipts, Spec: "@every 5s", Timeout: 2 * time.Minute, Run: a.sendReceipts},
		// The head goes to whoever keeps it.
		{Name: jobAnchor, Spec: "@every 10m", Timeout: giveTime, Run: a.giveHead},
		// Form views are counted in memory first.
		{Name: jobViews, Spec: "@every 1s", Timeout: time.Minute, Run: a.Desk.FlushViews},
		// Base files that somebody brought and left lying.
		{Name: jobUploads, Spec: everyMinute, Timeout: time.Minute, Run: func(context.Context) error {
			a.uploads.expire()
			return nil
		}},
		// What was kept long enough goes, in the small hours of every day; where it stood is overwritten when nothing is sent.
		{Name: jobRetention, Spec: "17 3 * * *", Timeout: time.Hour, Run: a.keep},
		{Name: jobMissed, Spec: "@every 20m", Timeout: time.Minute, Run: func(ctx context.Context) error { return a.keepMissed(ctx, s.Kick) }},
		{Name: jobScrub, Spec: everyMinute, Timeout: 10 * time.Minute, Run: a.scrub},
		// What people did is added up; what only going through the whole base finds is looked for, when it may have changed.
		{Name: jobSums, Spec: everyMinute, Timeout: time.Minute, Run: a.Desk.AddUp},
		{Name: jobStock, Spec: "@every 2m", Timeout: time.Hour, Run: a.takeStock},
		// How running campaigns get on, for the log.
		{Name: jobProgress, Spec: fmt.Sprintf("@every %s", tellEvery), Timeout: time.Minute, Run: a.tell},
	} {
		if err := s.Add(j); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// takeStock goes through the base as an audit does.
func (a *App) takeStock(ctx context.Context) error {
	defer collect(roomyGC)()
	return a.Desk.TakeStock(ctx)
}

// dispatch is one tick: close what is over, and send unless this installation cannot, which is logged
// when it changes.
func (a *App) dispatch(ctx context.Context, owner string) error {
	why := ""
	err := a.sendable(ctx)
	if ctx.Err() != nil { // stopped: that says nothing about this installation
		return ctx.Err()
	}
	if err != nil {
		why = err.Error()
	}
	if was := a.cannot.Swap(&why); why != "" && (was == nil || *was != why) {
		a.log.Warn("nothing can be sent", "cause", err, "hint", fault.HintOf(err))
	}
	if err != nil {
		return a.Desk.CloseDue(ctx)
	}
	return a.tick(ctx, owner)
}

func (a *App) tick(ctx context.Context, owner string) error {
	defer collect(sendingGC)()
	return a.Desk.Tick(ctx, owner)
}

// Startable says why Start would refuse a campaign as it stands, if it would.
func (a *App) Startable(ctx context.Context, name string) error {
	c, err := a.Desk.Campaign(ctx, name)
	if err != nil {
		return err
	}
	if err := a.Desk.Startable(c); err != nil { // before what the installation lacks: no relay would mend this
		return err
	}
	if err := a.asks(ctx, c.File.Mails()); err != nil {
		return err
	}
	return a.Desk.CheckSender(c.File)
}

// Start arms a campaign, after checking that this installation could send it.
func (a *App) Start(ctx context.Context, name string) error { return a.start(ctx, Operator(), name) }

func (a *App) start(ctx context.Context, by campaign.Actor, name string) error {
	c, err := a.Desk.Campaign(ctx, name)
	if err != nil {
		return err
	}
	if err := a.asks(ctx, c.File.Mails()); err != nil {
		return err
	}
	defer collect(armingGC)()
	_, err = a.Desk.Start(ctx, by, name)
	return err
}

// Wait sends in the foreground until a campaign is settled, paused or closed. While a server sends it
// only watches, and takes over when the server ends. show is called about twice a second.
func (a *App) Wait(ctx context.Context, name string, show func(Status)) (r Status, err error) {
	release, err := a.journal.Lock()
	if fault.Is(err, fault.Conflict) {
		free := false
		r, err = a.watch(ctx, name, show, nil, func() bool {
			release, err = a.journal.Lock()
			free = err == nil
			return free
		})
		if !free {
			return r, err
		}
	}
	if err != nil {
		return Status{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := a.recover(ctx); err != nil {
		return Status{}, err
	}
	sending, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		failed <- a.sendUntil(sending)
	}()
	r, err = a.watch(ctx, name, show, failed, func() bool { return false })
	stop()
	for e := range failed {
		if err == nil && !errors.Is(e, context.Canceled) { // which was the stop above
			err = e
		}
	}
	if _, sealed := a.Checkpoint(context.WithoutCancel(ctx)); err == nil {
		err = sealed
	}
	return r, err
}

// Unattended reports that messages of a running campaign wait and no process is there that sends. Where nobody knows, it is not said.
func (a *App) Unattended(r Status) bool {
	waiting := 0
	for _, s := range []campaign.State{campaign.Planned, campaign.Claimed} {
		waiting += r.Invitations[s] - r.Letters[s]
	}
	if r.Status != campaign.Running || waiting <= 0 {
		return false
	}
	release, err := a.journal.Lock()
	return err == nil && release() == nil
}

// sendUntil ticks until its context ends, which is no failure wherever it is.
func (a *App) sendUntil(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	owner := fmt.Sprintf("start-%d", os.Getpid())
	for {
		err := a.dispatch(ctx, owner)
		if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// watch shows a campaign until it is settled, paused, closed, the sender failed, or enough says so.
func (a *App) watch(ctx context.Context, name string, show func(Status), failed chan error, enough func() bool) (Status, error) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for told := a.steady(); ; {
		r, err := a.Desk.Status(ctx, name)
		if err != nil {
			return r, err
		}
		show(r)
		if failed != nil && a.steady()-told >= tellEvery {
			if err := a.tell(ctx); err != nil {
				return r, err
			}
			told = a.steady()
		}
		if r.Settled() || r.Status == campaign.Paused {
			return r, nil
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case err := <-failed:
			if err != nil {
				return r, err
			}
			failed = nil // it was stopped: the next look shows why
		case <-tick.C:
			if enough() {
				return r, nil
			}
		}
	}
}
