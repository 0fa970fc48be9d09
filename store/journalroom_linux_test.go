package store_test

import (
	"errors"
	"os"
	process "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

// A journal without room is what it was before, also where a part of a record found some, and goes on when there is room
// again. The limit is that of a process, so it is one of its own.
func TestAJournalWithoutRoomGoesOn(t *testing.T) {
	const own = "REOPTIN_TEST_ROOM"
	if os.Getenv(own) == "" {
		t.Parallel()
		c := process.Command(os.Args[0], "-test.run=^TestAJournalWithoutRoomGoesOn$")
		c.Env = append(os.Environ(), own+"=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	db, path := journal(t)
	j := opened(t, path, db)
	kept := records()[:3]
	appendAll(t, j, kept[0])
	before := size(t, path)
	limit := func(bytes uint64) {
		t.Helper()
		var l syscall.Rlimit
		err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l)
		l.Cur = min(bytes, l.Max)
		if err := errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)); err != nil {
			t.Fatal(err)
		}
	}
	limit(uint64(before) + 192 + 100)
	for range 2 {
		if err := j.Append(t.Context(), kept[1:]...); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "no room for the send journal") {
			t.Errorf("got %v", err)
		}
		if now := size(t, path); now != before {
			t.Errorf("the journal has %d bytes, not %d", now, before)
		}
	}
	limit(^uint64(0))
	appendAll(t, j, kept[1:]...)
	if got := replay(t, opened(t, path, db)); len(got) != len(kept) {
		t.Errorf("%d records were kept, not %d", len(got), len(kept))
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	s, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return s.Size()
}

// A process that was stopped while it held the journal once made the server refuse every answer until it was started anew,
// also when that process had gone on long since.
func TestAJournalThatWasHeldGoesOn(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{Busy: 50 * time.Millisecond})
	path := filepath.Join(t.TempDir(), "send.journal")
	if err := store.CreateJournal(path, db); err != nil {
		t.Fatal(err)
	}
	j := opened(t, path, db)
	release := store.HoldGate(t, path)
	if err := j.Append(t.Context(), records()[0]); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "holds the send journal") {
		t.Errorf("got %v", err)
	}
	release()
	appendAll(t, j, records()[0])
}
