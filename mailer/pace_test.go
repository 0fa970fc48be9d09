package mailer

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPaceKeepsTheRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n        int
		per      time.Duration
		messages int
		want     time.Duration
		slack    time.Duration
	}{
		{60, time.Minute, 10, 9 * time.Second, time.Millisecond},
		{600, time.Minute, 600, time.Minute, 200 * time.Millisecond},
		{20, time.Second, 100, 5 * time.Second, 150 * time.Millisecond},
		{5000, time.Second, 10000, 2 * time.Second, 150 * time.Millisecond},
		{0, 0, 3, 2 * time.Second, time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := NewPace(2, time.Now)
			p.Limit(c.n, c.per)
			start := time.Now()
			for range c.messages {
				done, err := p.Wait(t.Context(), "example.net")
				if err != nil {
					t.Fatal(err)
				}
				done()
			}
			if took := time.Since(start); took < c.want-c.slack || took > c.want+c.slack {
				t.Errorf("%d messages at %d/%v took %v", c.messages, c.n, c.per, took)
			}
		})
	}
}

func TestPaceBoundsADomain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(0, time.Now)
		p.Limit(1_000_000, time.Second)
		var mu sync.Mutex
		var wg sync.WaitGroup
		at, most := map[string]int{}, map[string]int{}
		for n := range 60 {
			domain := []string{"a.example", "b.example", "c.example"}[n%3]
			wg.Go(func() {
				done, err := p.Wait(t.Context(), domain)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				at[domain]++
				most[domain] = max(most[domain], at[domain])
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				at[domain]--
				mu.Unlock()
				done()
				done()
			})
		}
		start := time.Now()
		wg.Wait()
		if took := time.Since(start); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("took %v", took)
		}
		for domain, n := range most {
			if n != 2 {
				t.Errorf("%s: %d at once", domain, n)
			}
		}
		if len(p.gates) != 0 {
			t.Errorf("%d domains are still held", len(p.gates))
		}
	})
}

func TestPaceCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(1, time.Now)
		p.Limit(1, time.Hour)
		done, err := p.Wait(t.Context(), "a.example")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, domain := range []string{"a.example", "b.example"} { // one waits for the domain, one for the rate
			if _, err := p.Wait(ctx, domain); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", domain, err)
			}
		}
		done()
		if len(p.gates) != 0 {
			t.Errorf("%d domains are still held", len(p.gates))
		}
		p.Limit(1, time.Second)
		start := time.Now()
		if done, err = p.Wait(t.Context(), "a.example"); err != nil || time.Since(start) > 2*time.Second {
			t.Errorf("a new rate holds at once: %v %v", time.Since(start), err)
		}
		done()
	})
}
