package store

import (
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Everybody waits while the writer goes through the log, so that it is asked only where the log has become too long; but then it does, or the
// log would fill the disk.
func TestOnlyALogThatIsTooLongIsLeftToTheWriter(t *testing.T) {
	t.Parallel()
	for tooLong, asked := range map[int]bool{20: true, 1 << 30: false} {
		h := newLogHouse(t, 1<<30, tooLong)
		for range 20 {
			h.put(t)
		}
		h.write(t)
		h.finish(t)
		if h.log.went.Load() != asked {
			t.Errorf("of at most %d pages the writer is asked: %v, want %v", tooLong, !asked, asked)
		}
		h.put(t) // nobody has copied it
		h.log.last = h.at
		before := generation(t, h.path)
		h.log.committed(h.at, h.writer)
		h.put(t)
		if anew := generation(t, h.path) != before; anew != asked {
			t.Errorf("of at most %d pages the log began anew: %v, want %v", tooLong, anew, asked)
		}
	}
}

// A pause between two writes is enough for a long log to begin anew.
func TestALongLogBeginsAnewInAPause(t *testing.T) {
	t.Parallel()
	h := newLogHouse(t, 50, 1<<30)
	for range 60 {
		h.put(t)
	}
	h.write(t)
	h.finish(t)
	before := generation(t, h.path)
	h.put(t)
	if generation(t, h.path) == before {
		t.Error("the log goes on")
	}
}

// logHouse writes beside a checkpointer, by a clock that lets every commit wake it.
type logHouse struct {
	path   string
	writer *conn
	log    *checkpointer
	ended  bool
	at     time.Time
}

func newLogHouse(t *testing.T, long, tooLong int) *logHouse {
	t.Helper()
	h := &logHouse{path: filepath.Join(t.TempDir(), "log.db"), at: time.Unix(0, 0)}
	h.writer = writing(t, h.path)
	h.log = newCheckpointer(opened(t, h.path), long, tooLong)
	t.Cleanup(func() { h.finish(t) })
	if err := h.writer.exec(t.Context(), "CREATE TABLE page (text TEXT)"); err != nil {
		t.Fatal(err)
	}
	return h
}

// put writes a page.
func (h *logHouse) put(t *testing.T) {
	t.Helper()
	if err := h.writer.exec(t.Context(), "INSERT INTO page VALUES (hex(randomblob(1500)))"); err != nil {
		t.Fatal(err)
	}
}

// write puts a page, and has the log copied.
func (h *logHouse) write(t *testing.T) {
	t.Helper()
	h.put(t)
	h.at = h.at.Add(checkpointPause)
	h.log.committed(h.at, h.writer)
}

// finish ends copying with what it was told last.
func (h *logHouse) finish(t *testing.T) {
	t.Helper()
	if h.ended {
		return
	}
	h.ended = true
	if err := h.log.close(); err != nil {
		t.Error(err)
	}
}

func opened(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driverName, dsn(path, modeMake, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func writing(t *testing.T, path string) *conn {
	t.Helper()
	db := opened(t, path)
	c, err := connect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.discard()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// generation is the number that a log has in its head, one more whenever it begins anew (SQLite, "WAL File Format").
func generation(t *testing.T, path string) uint32 {
	t.Helper()
	f, err := os.Open(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 16)
	if _, err := f.ReadAt(head, 0); err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint32(head[12:])
}
