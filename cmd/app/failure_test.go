package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/reoptin/reoptin/campaign"
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

var (
	intents  = having(campaign.RecordIntent)
	releases = having(campaign.RecordReleased)
)

func having(k campaign.RecordKind) func([]campaign.Record) bool {
	return func(rs []campaign.Record) bool {
		return slices.ContainsFunc(rs, func(r campaign.Record) bool { return r.Kind == k })
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
