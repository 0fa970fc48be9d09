package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// failingJournal fails from a chosen moment on, before or after the records are on the disk.
type failingJournal struct {
	campaign.Journal
	mu     sync.Mutex
	broken bool
	when   func([]campaign.Record) bool
	keep   bool // the records are written although the caller is told of a failure
}

var errDisk = errors.New("no space left on device")

func (j *failingJournal) Append(ctx context.Context, rs ...campaign.Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken = j.broken || j.when(rs); !j.broken {
		return j.Journal.Append(ctx, rs...)
	}
	if j.keep {
		return errors.Join(errDisk, j.Journal.Append(ctx, rs...))
	}
	return errDisk
}

func intents(rs []campaign.Record) bool {
	for _, r := range rs {
		if r.Kind == campaign.RecordIntent {
			return true
		}
	}
	return false
}

func TestJournalFailure(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"lost": false, "written all the same": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 12, senders: 2}).start(spring)
			h.rewire(func(d *campaign.Deps) { d.Journal = &failingJournal{Journal: d.Journal, when: intents, keep: keep} })
			if err := h.tick(); !errors.Is(err, errDisk) {
				t.Fatalf("the tick says %v", err)
			}
			for range 2 {
				if err := h.tick(); !errors.Is(err, errDisk) {
					t.Errorf("a further tick says %v", err)
				}
			}
			h.took(0)
			got := h.status().Invitations
			if u := got[campaign.Uncertain]; u < 1 || u > 2 || got[campaign.Planned] != 12-u {
				t.Errorf("%v", got)
			}
			h.on("", nil)
			u := got[campaign.Uncertain]
			h.reopen()
			h.send()
			h.expect(map[campaign.State]int{campaign.Sent: 12 - u, campaign.Uncertain: u})
			h.took(12 - u)
		})
	}
}

// The real journal, closed under a running sender.
func TestJournalClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 9, senders: 3}).start(spring)
	h.on("mail.after-body", func() { _ = h.app.journal.Close() })
	for range 3 {
		if err := h.tick(); !fault.Is(err, fault.Unavailable) {
			t.Errorf("the tick says %v", err)
		}
	}
	h.took(0)
	u := h.status().Invitations[campaign.Uncertain]
	h.on("", nil)
	h.reopen()
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 9 - u, campaign.Uncertain: u})
	if u > 3 {
		t.Errorf("%d are uncertain", u)
	}
}

// failingStore fails chosen Updates, with or without having stored them.
type failingStore struct {
	campaign.Store
	mu    sync.Mutex
	armed bool
	times int
	keep  bool
}

func (s *failingStore) arm(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed, s.times = true, times
}

func (s *failingStore) Update(ctx context.Context, do func(campaign.Tx) error) error {
	s.mu.Lock()
	now := s.armed && s.times > 0
	if now {
		s.times--
	}
	s.mu.Unlock()
	switch {
	case !now:
		return s.Store.Update(ctx, do)
	case s.keep:
		return errors.Join(s.Store.Update(ctx, do), errDisk)
	}
	return errDisk
}

func TestStoreFailureOnABeat(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		for _, point := range []string{"mail.after-body", "mail.after-dot", "dispatch.after-claim"} {
			for _, times := range []int{1, 3, 7} {
				t.Run(fmt.Sprintf("%s stored %v times %d", point, keep, times), func(t *testing.T) {
					t.Parallel()
					storeFails(t, point, keep, times)
				})
			}
		}
	}
}

// storeFails lets the store fail some times from a point of the first delivery on, and expects that all
// are asked once it works again: sent where the relay's answer was read, else uncertain.
func storeFails(t *testing.T, point string, keep bool, times int) {
	h := newHouse(t, plan{people: 8, senders: 2}).start(spring)
	s := &failingStore{keep: keep}
	h.rewire(func(d *campaign.Deps) { s.Store, d.Store = d.Store, s })
	h.on(point, sync.OnceFunc(func() { s.arm(times) }))
	failures := 0
	for range 12 {
		if h.tick() != nil {
			failures++
		}
	}
	got := h.status().Invitations
	if failures == 0 || got[campaign.Sent]+got[campaign.Uncertain] != 8 || len(h.relay.Messages()) != got[campaign.Sent] {
		t.Errorf("%d failures, %v, %d messages", failures, got, len(h.relay.Messages()))
	}
	if u := got[campaign.Uncertain]; u > 2 || u > 0 && !keep {
		t.Errorf("%d are uncertain", u)
	}
	if r := h.reopen(); r.Released+r.Restored+r.Suppressed > 0 {
		t.Errorf("the next process has to put right %+v", r)
	}
}
