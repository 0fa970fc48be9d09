package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

// A backup is one moment of the database, whatever is written meanwhile, and opens as a database.
func TestBackupWhileItIsWritten(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	if err := enter(db, 50); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	writing := make(chan int)
	go func() {
		n := 50
		for ; ctx.Err() == nil; n++ {
			if err := enter(db, 1); err != nil {
				t.Error(err)
			}
		}
		writing <- n
	}()
	path := filepath.Join(t.TempDir(), "backup.db")
	err := db.Backup(t.Context(), path)
	stop()
	most := <-writing
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	copied, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	h, _, err := copied.Head(t.Context())
	if err != nil || h.Size < 50 || h.Size > int64(most) {
		t.Errorf("%d entries, %v", h.Size, err)
	}
	if rep, err := copied.VerifyLedger(t.Context(), nil, nil); err != nil || len(rep.Faults) != 0 {
		t.Errorf("%+v %v", rep, err)
	}
}

func TestBackupTakesNoPlace(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
		t.Errorf("%q %v", b, err)
	}
}

func TestReplaceKeepsWhatStoodThere(t *testing.T) {
	t.Parallel()
	unwatched(t)
	ctx, at := t.Context(), time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	path, backup, fetched := filepath.Join(dir, "base.db"), filepath.Join(dir, "backup.db"), filepath.Join(dir, "base.db.restoring")
	db, err := store.Create(ctx, store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := enter(db, 1); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(ctx, backup); err != nil {
		t.Fatal(err)
	}
	if err := enter(db, 1); err != nil {
		t.Fatal(err)
	}
	if err := store.Fetch(backup, fetched); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Replace(ctx, fetched, path, at); !fault.Is(err, fault.Conflict) {
		t.Errorf("replaced while it was open: %v", err)
	}
	entries(t, db, 2)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	aside, err := store.Replace(ctx, fetched, path, at)
	if err != nil {
		t.Fatal(err)
	}
	for file, n := range map[string]int64{path: 1, aside: 2} {
		db, err := store.Open(ctx, store.Options{Path: file})
		if err != nil {
			t.Fatal(err)
		}
		entries(t, db, n)
		db.Close()
	}

	// The machine stopped between the two renamings: there is nothing to open, and restoring again ends it.
	if err := os.Rename(path, filepath.Join(dir, "gone.db")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, store.Options{Path: path}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := store.Fetch(backup, fetched); err != nil {
		t.Fatal(err)
	}
	if aside, err := store.Replace(ctx, fetched, path, at); err != nil || aside != "" {
		t.Errorf("%q %v", aside, err)
	}
}

// What was written last may stand in a file beside the one that is named: without it a restored database lacked it, or was half of a
// transaction.
func TestAFileWithItsLogBesideIsNoBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, fetched := filepath.Join(dir, "base.db"), filepath.Join(dir, "other.db.restoring")
	db, err := store.Create(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := enter(db, 1); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "raw.db")
	for _, side := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + side)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+side, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var f *fault.Fault
	if err := store.Fetch(copied, fetched); !errors.As(err, &f) || f.Key != "restore.beside" || f.Arg("beside") != copied+"-wal" {
		t.Errorf("%v", err)
	}
	link := filepath.Join(dir, "latest.db") // the engine looks beside what it leads to
	if err := os.Symlink(copied, link); err != nil {
		t.Fatal(err)
	}
	if err := store.Fetch(link, fetched); !errors.As(err, &f) || f.Key != "restore.beside" {
		t.Errorf("by a link: %v", err)
	}
	if _, err := os.Lstat(fetched); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was copied: %v", err)
	}
	if err := os.Rename(copied+"-wal", copied+"-journal"); err != nil {
		t.Fatal(err)
	}
	if err := store.Fetch(copied, fetched); !errors.As(err, &f) || f.Key != "restore.beside" || f.Arg("beside") != copied+"-journal" {
		t.Errorf("%v", err)
	}
	for _, side := range []string{"-wal", "-journal"} { // as they are left when nothing is in them
		if err := os.WriteFile(copied+side, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Fetch(copied, fetched); err != nil {
		t.Error(err)
	}
	for _, side := range []string{"-wal", "-journal"} { // what cannot be read may hold anything
		if err := errors.Join(os.Remove(copied+side), os.MkdirAll(filepath.Join(copied+side, "x"), 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := store.Fetch(copied, fetched); !errors.As(err, &f) || f.Key != "restore.beside" {
			t.Errorf("a folder %s: %v", side, err)
		}
		if err := os.RemoveAll(copied + side); err != nil {
			t.Fatal(err)
		}
	}
}

// TestABackupThatIsOpenedMeanwhileIsNone: whoever opens a raw copy while it is fetched may write beside it. It is handed over slowly here.
func TestABackupThatIsOpenedMeanwhileIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	backup, fetched := filepath.Join(dir, "slow.db"), filepath.Join(dir, "other.db.restoring")
	if err := syscall.Mkfifo(backup, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		to, err := os.OpenFile(backup, os.O_WRONLY, 0) // as soon as it is opened for reading
		if err != nil {
			written <- err
			return
		}
		_, err = to.Write(make([]byte, 1<<20)) // more than a pipe holds: when it is written, the copy has begun
		written <- errors.Join(err, os.WriteFile(backup+"-wal", []byte("what was written last"), 0o600), to.Close())
	}()
	var f *fault.Fault
	if err := store.Fetch(backup, fetched); !errors.As(err, &f) || f.Key != "restore.beside" {
		t.Errorf("%v", err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(fetched); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was fetched is still there: %v", err)
	}
}

func entries(t *testing.T, db *store.DB, n int64) {
	t.Helper()
	if h, _, err := db.Head(t.Context()); err != nil || h.Size != n {
		t.Errorf("%d entries, want %d: %v", h.Size, n, err)
	}
}
