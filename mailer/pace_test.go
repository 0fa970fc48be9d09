package mailer

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reoptin/reoptin/campaign"
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
			p.Limit(1, c.n, c.per)
			start := time.Now()
			for range c.messages {
				if err := p.Turn(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(start); took < c.want-c.slack || took > c.want+c.slack {
				t.Errorf("%d messages at %d/%v took %v", c.messages, c.n, c.per, took)
			}
		})
	}
}

func TestPaceBoundsADomain(t *testing.T) {
	t.Parallel()
	p := NewPace(0, time.Now)
	var leave []func()
	for range 2 {
		for _, domain := range []string{"a.example", "b.example"} {
			l, free := p.Enter(domain)
			if !free {
				t.Fatalf("no place for %s", domain)
			}
			leave = append(leave, l)
		}
	}
	if _, free := p.Enter("a.example"); free {
		t.Error("a third place was given")
	}
	leave[0]()
	leave[0]()
	if _, free := p.Enter("b.example"); free {
		t.Error("the place of another was given")
	}
	l, free := p.Enter("a.example")
	if _, again := p.Enter("a.example"); !free || again {
		t.Errorf("a place that was given back: %v, and once more: %v", free, again)
	}
	for _, l := range append(leave[1:], l) {
		l()
	}
	if len(p.busy) != 0 {
		t.Errorf("%v are still held", p.busy)
	}
}

func TestPaceCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(1, time.Now)
		p.Limit(1, 1, time.Hour)
		if !p.Ready() {
			t.Error("the first must wait")
		}
		if err := p.Turn(t.Context()); err != nil || p.Ready() {
			t.Fatalf("%v, and the next is ready: %v", err, p.Ready())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 2 { // in the middle, and after the end
			if err := p.Turn(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		p.Limit(1, 1, time.Second)
		start := time.Now()
		if err := p.Turn(t.Context()); err != nil || time.Since(start) > 2*time.Second {
			t.Errorf("a new rate holds at once: %v %v", time.Since(start), err)
		}
	})
}

// What one campaign has sent is not held against another, nor against it when its turn comes again.
func TestPaceOfSeveralCampaigns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(1, time.Now)
		start := time.Now()
		for range 10 {
			p.Limit(1, 60, time.Minute)
			if err := p.Turn(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				p.Limit(2, 600, time.Minute)
				if err := p.Turn(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if took := time.Since(start); took < 9*time.Second || took > 9500*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// The rate of all together holds over all turns: what another campaign has sent is held against it, also where the one whose
// turn it is may be as fast by its own.
func TestPaceOfAllTogether(t *testing.T) {
	t.Parallel()
	for _, own := range []int{12, 10} {
		synctest.Test(t, func(t *testing.T) {
			p := NewPace(1, time.Now)
			start, sent := time.Now(), 0
			turn := func(n int) {
				for range n {
					if err := p.Turn(t.Context()); err != nil {
						t.Fatal(err)
					}
					sent++
				}
			}
			for time.Since(start) < 5*time.Minute {
				p.Limit(campaign.EveryCampaign, 12, time.Minute)
				p.Limit(1, own, time.Minute)
				turn(1)
				p.Limit(campaign.EveryCampaign, 12, time.Minute)
				turn(1)
			}
			if most := int(time.Since(start)/(5*time.Second)) + 1; sent > most || sent < 50 {
				t.Errorf("own rate %d: %d messages in %v, at most %d may leave", own, sent, time.Since(start), most)
			}
		})
	}
}

// Giving up waiting takes back a turn of both rates.
func TestPaceCancelOfAllTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(1, time.Now)
		p.Limit(campaign.EveryCampaign, 1, time.Second)
		p.Limit(1, 1, 2*time.Second)
		if err := p.Turn(t.Context()); err != nil || p.Ready() {
			t.Fatalf("%v, and the next is ready: %v", err, p.Ready())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := p.Turn(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		start := time.Now()
		p.Limit(campaign.EveryCampaign, 1, time.Second)
		if err := p.Turn(t.Context()); err != nil || time.Since(start) > time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
