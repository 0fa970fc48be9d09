package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/reoptin/reoptin/internal/fault"
)

// Deps are what a scheduler works with. Clock defaults to time.Now and only measures how long runs
// take; when they begin is the business of the process's timers.
type Deps struct {
	Log   *slog.Logger
	Clock func() time.Time
	Ran   func(job string, at time.Time, took time.Duration, err error) // told of each run that ended but by shutdown; may be nil
}

// Job is one recurring piece of work.
type Job struct {
	Name    string                      // unique; stands in the log
	Spec    string                      // see parseSpec; "" for a job that only Kick starts
	Timeout time.Duration               // of one run; 0 for none
	Run     func(context.Context) error // must return soon after its context ends
}

// Scheduler runs jobs when they are due. A job never overlaps itself: a tick that finds it running is
// dropped, a Kick that finds it running is remembered once. A panic or an error ends that run alone
// and is logged. It is safe for use by many goroutines.
type Scheduler struct {
	log   *slog.Logger
	clock func() time.Time
	ran   func(string, time.Time, time.Duration, error)
	cron  *cron.Cron

	ctx    context.Context // of all runs; ends at Stop
	cancel context.CancelFunc

	mu      sync.Mutex
	jobs    map[string]*runner
	stopped bool
	running sync.WaitGroup // guarded by mu for Add, so that none comes after Stop
}

// runner is a job and whether it runs.
type runner struct {
	Job
	busy  bool // a run is under way
	again bool // and another follows right after
}

// New makes a scheduler without jobs. Log is required.
func New(p Deps) (*Scheduler, error) {
	if p.Log == nil {
		return nil, fault.New(fault.Internal, "schedule.deps", "the scheduler needs a log").At("schedule.New")
	}
	if p.Clock == nil {
		p.Clock = time.Now
	}
	if p.Ran == nil {
		p.Ran = func(string, time.Time, time.Duration, error) {}
	}
	s := &Scheduler{log: p.Log, clock: p.Clock, ran: p.Ran, jobs: map[string]*runner{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.cron = cron.New(cron.WithLocation(time.UTC), cron.WithLogger(cron.DiscardLogger))
	return s, nil
}

// Add takes a job into the table; it may be called before or after Start. A name that is taken is
// fault.Conflict, a specification that cannot be kept fault.Invalid.
func (s *Scheduler) Add(j Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.jobs[j.Name]; taken {
		return fault.New(fault.Conflict, "schedule.twice", "there are two jobs named {name}", "name", j.Name).At("schedule.Add")
	}
	if j.Name == "" || j.Run == nil || j.Timeout < 0 {
		return fault.New(fault.Internal, "schedule.job", "a job needs a name, work and no negative timeout").At("schedule.Add")
	}
	r := &runner{Job: j}
	if j.Spec != "" {
		due, err := parseSpec(j.Spec)
		if err != nil {
			return err
		}
		s.cron.Schedule(due, cron.FuncJob(func() { s.trigger(r, false) }))
	}
	s.jobs[j.Name] = r
	return nil
}

// Start lets the jobs run from now on. It returns at once.
func (s *Scheduler) Start() { s.cron.Start() }

// Kick runs a job at once, or once more right after the run that is under way. It returns without
// waiting; an unknown name is fault.NotFound, a stopped scheduler fault.Unavailable.
func (s *Scheduler) Kick(name string) error {
	s.mu.Lock()
	r, ok := s.jobs[name]
	s.mu.Unlock()
	if !ok {
		return fault.New(fault.NotFound, "schedule.unknown", "there is no job named {name}", "name", name).At("schedule.Kick")
	}
	if !s.trigger(r, true) {
		return fault.New(fault.Unavailable, "schedule.stopped", "the scheduler has stopped").At("schedule.Kick")
	}
	return nil
}

// Stop lets no further run begin, ends the context of those under way, which asks them to finish
// what they hold, and waits for them. When ctx ends first it returns fault.Unavailable naming the
// jobs that still run. A second Stop waits likewise.
func (s *Scheduler) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.cron.Stop()
	s.cancel()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "schedule.slow", "still running at shutdown: {jobs}", "jobs", s.busy()).
			At("schedule.Stop").Because(ctx.Err())
	}
}

func (s *Scheduler) busy() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, r := range s.jobs {
		if r.busy {
			names = append(names, name)
		}
	}
	return names
}

// trigger starts a run unless one is under way; remember then asks for another after it. It reports
// whether the scheduler still takes runs.
func (s *Scheduler) trigger(r *runner, remember bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	if r.busy {
		r.again = r.again || remember
		return true
	}
	r.busy = true
	s.running.Go(func() { s.work(r) })
	return true
}

// work runs a job until nobody has asked for another run meanwhile.
func (s *Scheduler) work(r *runner) {
	for {
		s.once(r)
		s.mu.Lock()
		more := r.again && !s.stopped
		r.again, r.busy = false, more
		s.mu.Unlock()
		if !more {
			return
		}
	}
}

// once makes one run and logs how it ended.
func (s *Scheduler) once(r *runner) {
	ctx, cancel := s.ctx, context.CancelFunc(func() {})
	if r.Timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
	}
	defer cancel()
	began := s.clock()
	err := guard(ctx, r.Run)
	ended := s.clock()
	took := slog.Duration("took", ended.Sub(began))
	if stopped := s.ctx.Err() != nil && errors.Is(err, context.Canceled); !stopped {
		s.ran(r.Name, ended, ended.Sub(began), err)
	}
	switch {
	case err == nil:
		s.log.Debug("job done", "job", r.Name, took)
	case s.ctx.Err() != nil && errors.Is(err, context.Canceled):
		s.log.Info("job ended by shutdown", "job", r.Name, took)
	default:
		s.log.Error("job failed", "job", r.Name, took, "error", err)
	}
}

// guard turns a panic into an error with its stack, so that one job cannot end the process.
func guard(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return run(ctx)
}
