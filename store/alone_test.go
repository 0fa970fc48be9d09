package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

// crowd is more people than the engine remembers of, so that some are in the file before the commit.
func crowd() (out []campaign.Contact) {
	for n := range 30_000 {
		out = append(out, campaign.Contact{ExternalID: fmt.Sprint(n), Email: campaign.Address(fmt.Sprintf("p%d@place.example", n)), Attributes: map[string]string{"note": strings.Repeat("n", 400)}})
	}
	return out
}

func putCrowd(tx campaign.Tx) error {
	for some := range slices.Chunk(crowd(), 1000) {
		if _, err := tx.PutContacts(some); err != nil {
			return err
		}
	}
	return nil
}

func countOf(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.View(t.Context(), func(r campaign.Reader) (err error) {
		n, err = r.ContactCount()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func isThere(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// Where nobody else has the database open, a transaction leaves the log alone; afterwards all is as it was before.
func TestAloneItIsWrittenWithoutTheLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "base.db")
	db, err := store.Create(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_ = countOf(t, db) // a connection that reads is left open
	if err := db.Alone(t.Context(), func() error {
		return db.Update(t.Context(), func(tx campaign.Tx) error {
			err := putCrowd(tx)
			if isThere(path+"-wal") || !isThere(path+"-journal") {
				t.Error("it is written to the log")
			}
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	if n := countOf(t, db); n != 30_000 {
		t.Errorf("%d people", n)
	}
	if err := enter(db, 1); err != nil {
		t.Fatal(err)
	}
	if !isThere(path+"-wal") || isThere(path+"-journal") {
		t.Error("it is not written to the log any more")
	}
	if err := db.CheckDurability(t.Context()); err != nil {
		t.Error(err)
	}
}

// Another process that has the database open reads as ever.
func TestInCompanyItIsWrittenToTheLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "base.db")
	db, err := store.Create(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if n := countOf(t, other); n != 0 {
		t.Fatalf("%d people", n)
	}
	if err := db.Alone(t.Context(), func() error {
		return db.Update(t.Context(), func(tx campaign.Tx) error {
			err := putCrowd(tx)
			if n := countOf(t, other); n != 0 || !isThere(path+"-wal") {
				t.Errorf("the other one sees %d people", n)
			}
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	if n := countOf(t, other); n != 30_000 {
		t.Errorf("%d people", n)
	}
}

// A transaction that fails without the log is gone, and the next one works.
func TestWhatFailsAloneIsTakenBack(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	fails := errors.New("no more")
	if err := db.Alone(t.Context(), func() error {
		return db.Update(t.Context(), func(tx campaign.Tx) error { return errors.Join(putCrowd(tx), fails) })
	}); !errors.Is(err, fails) {
		t.Fatal(err)
	}
	if n := countOf(t, db); n != 0 {
		t.Errorf("%d people", n)
	}
	if err := enter(db, 1); err != nil {
		t.Error(err)
	}
}

// Whoever opens what a cut-off transaction without the log left finds the state before it; who may only read says so.
func TestWhatWasCutOffAloneIsTakenBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	ctx, dir := t.Context(), t.TempDir()
	path, left := filepath.Join(dir, "base.db"), filepath.Join(dir, "left.db")
	db, err := store.Create(ctx, store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := enter(db, 7); err != nil {
		t.Fatal(err)
	}
	_ = db.Alone(ctx, func() error {
		return db.Update(ctx, func(tx campaign.Tx) error {
			err := putCrowd(tx)
			for from, to := range map[string]string{path: left, path + "-journal": left + "-journal"} {
				b, rerr := os.ReadFile(from)
				err = errors.Join(err, rerr, os.WriteFile(to, b, 0o600))
			}
			if err != nil {
				t.Error(err)
			}
			return context.Canceled
		})
	})
	if info, err := os.Stat(left); err != nil || info.Size() < 8<<20 {
		t.Fatalf("nothing of it was written yet: %v %v", info, err)
	}
	var f *fault.Fault
	if _, err := store.Open(ctx, store.Options{Path: left, ReadOnly: true}); !errors.As(err, &f) || f.Key != "store.unfinished" {
		t.Errorf("read only: %v", err)
	}
	if _, err := store.SchemaOf(ctx, store.Options{Path: left}); !errors.As(err, &f) || f.Key != "store.unfinished" {
		t.Errorf("its schema: %v", err)
	}
	found, err := store.Open(ctx, store.Options{Path: left})
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	if n := countOf(t, found); n != 0 || isThere(left+"-journal") {
		t.Errorf("%d people", n)
	}
	if rep, err := found.VerifyLedger(ctx, nil, nil); err != nil || len(rep.Faults) != 0 || rep.Size != 7 {
		t.Errorf("%+v %v", rep, err)
	}
	if err := enter(found, 1); err != nil {
		t.Error(err)
	}
}

// A journal without its database would be played into whatever comes to stand there.
func TestReplaceLeavesNoJournalOfAnother(t *testing.T) {
	t.Parallel()
	dir, at := t.TempDir(), time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	path, fetched := filepath.Join(dir, "base.db"), filepath.Join(dir, "base.db.restoring")
	db, err := store.Create(t.Context(), store.Options{Path: fetched})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(enter(db, 3), db.Close(), os.WriteFile(path+"-journal", []byte("of another"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if aside, err := store.Replace(t.Context(), fetched, path, at); err != nil || aside != "" {
		t.Fatalf("%q %v", aside, err)
	}
	if isThere(path+"-journal") || !isThere(path+".replaced-20260401T120000.000Z-journal") {
		t.Error("the journal is still beside it")
	}
}
