package schedule

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

func quiet(t testing.TB) (*Scheduler, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	s, err := New(Deps{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

func add(t testing.TB, s *Scheduler, j Job) {
	t.Helper()
	if err := s.Add(j); err != nil {
		t.Fatal(err)
	}
}

func stop(t testing.TB, s *Scheduler) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestSpecsThatTheLibraryGetsWrongAreRefused(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{
		"TZ=UTC", "TZ=0", "CRON_TZ=Europe/Berlin", "CRON_TZ=Europe/Berlin 30 2 * * *", "tz=UTC @daily",
		"", "   ", "* * * *", "0 0 31 2 *", "@every 0s", "@every -5m", "@every 500ms", "@every 1500ms", "@every soon", "@sometimes", "0 9 1-5/0 * *", "60 * * * *",
	} {
		if _, err := parseSpec(spec); !fault.Is(err, fault.Invalid) {
			t.Errorf("parseSpec(%q) = %v, want an invalid fault", spec, err)
		}
	}
	for _, spec := range []string{"* * * * *", "30 2 * * *", "0 9 * * MON-FRI", "@daily", "@every 1s", "@every 1h30m", "0 0 29 2 *"} {
		if _, err := parseSpec(spec); err != nil {
			t.Errorf("parseSpec(%q): %v", spec, err)
		}
	}
}

func TestAddRefusesADoubleName(t *testing.T) {
	t.Parallel()
	s, _ := quiet(t)
	j := Job{Name: "seal", Run: func(context.Context) error { return nil }}
	add(t, s, j)
	if err := s.Add(j); !fault.Is(err, fault.Conflict) {
		t.Errorf("second Add: %v, want a conflict", err)
	}
	if err := s.Add(Job{Name: "empty"}); err == nil {
		t.Error("a job without work was taken")
	}
	if err := s.Kick("nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Kick of an unknown job: %v, want not found", err)
	}
}

func TestJobsRunWhenDueAndNeverOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := quiet(t)
		daily, slow, inside := 0, 0, 0
		add(t, s, Job{Name: "daily", Spec: "0 9 * * *", Run: func(context.Context) error { daily++; return nil }})
		add(t, s, Job{Name: "slow", Spec: "@every 1m", Run: func(context.Context) error {
			if inside++; inside > 1 {
				t.Error("slow overlaps itself")
			}
			time.Sleep(150 * time.Second)
			inside--
			slow++
			return nil
		}})
		s.Start()
		time.Sleep(72 * time.Hour)
		stop(t, s)
		if daily != 3 {
			t.Errorf("daily ran %d times in three days", daily)
		}
		if slow != 72*60/3 {
			t.Errorf("slow ran %d times, want every third tick: %d", slow, 72*60/3)
		}
	})
}

func TestPanicsAndErrorsEndOnlyTheirRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := quiet(t)
		runs := 0
		add(t, s, Job{Name: "fragile", Spec: "@every 1m", Run: func(context.Context) error {
			if runs++; runs == 1 {
				panic("glass")
			}
			return errors.New("rust")
		}})
		s.Start()
		time.Sleep(2*time.Minute + time.Second)
		stop(t, s)
		if runs != 2 {
			t.Errorf("ran %d times, want 2", runs)
		}
		for _, want := range []string{"level=ERROR", "job=fragile", "panic: glass", "rust"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, log)
			}
		}
	})
}

func TestTimeoutEndsTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := quiet(t)
		var took time.Duration
		add(t, s, Job{Name: "long", Timeout: 10 * time.Second, Run: func(ctx context.Context) error {
			began := time.Now()
			<-ctx.Done()
			took = time.Since(began)
			return ctx.Err()
		}})
		if err := s.Kick("long"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop(t, s)
		if took != 10*time.Second {
			t.Errorf("the context ended after %v, want 10s", took)
		}
		if !strings.Contains(log.String(), "deadline exceeded") {
			t.Errorf("a timeout is not in the log:\n%s", log)
		}
	})
}

func TestKickRunsNowOrOnceMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := quiet(t)
		var began []time.Duration
		start := time.Now()
		add(t, s, Job{Name: "send", Run: func(context.Context) error {
			began = append(began, time.Since(start))
			time.Sleep(time.Second)
			return nil
		}})
		for range 5 { // the first runs, the others ask together for one more
			if err := s.Kick("send"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		stop(t, s)
		if len(began) != 2 || began[0] != 0 || began[1] != time.Second {
			t.Errorf("runs began at %v, want at once and right after", began)
		}
		if err := s.Kick("send"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Kick after Stop: %v, want unavailable", err)
		}
	})
}

func TestStopAsksRunningJobsToFinishAndWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := quiet(t)
		finished := false
		add(t, s, Job{Name: "send", Run: func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second) // what it holds is brought to its end
			finished = true
			return ctx.Err()
		}})
		if err := s.Kick("send"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		stop(t, s)
		if !finished {
			t.Error("Stop came back before the job had finished")
		}
		if strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("an orderly end is logged as an error:\n%s", log)
		}
	})
}

func TestStopGivesUpWithItsContextAndNamesTheJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := quiet(t)
		release := make(chan struct{})
		add(t, s, Job{Name: "deaf", Run: func(context.Context) error { <-release; return nil }})
		if err := s.Kick("deaf"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := s.Stop(ctx); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "deaf") {
			t.Errorf("Stop = %v, want unavailable naming the job", err)
		}
		close(release)
		stop(t, s)
	})
}
