package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

// together runs parts that share one transaction: the first waits until all others stand in the queue.
func together(db *store.DB, parts ...func(campaign.Tx) error) []error {
	errs := make([]error, len(parts))
	var all sync.WaitGroup
	first := make(chan struct{})
	all.Go(func() {
		errs[0] = db.Update(context.Background(), func(tx campaign.Tx) error {
			close(first)
			for store.Waiting(db) < len(parts)-1 {
				runtime.Gosched()
			}
			return parts[0](tx)
		})
	})
	<-first
	for n := 1; n < len(parts); n++ {
		all.Go(func() { errs[n] = db.Update(context.Background(), parts[n]) })
		for n < len(parts)-1 && store.Waiting(db) < n { // the last one sets off the first
			runtime.Gosched()
		}
	}
	all.Wait()
	return errs
}

func draft(name string) func(campaign.Tx) error {
	return func(tx campaign.Tx) error {
		_, err := tx.CreateCampaign(campaign.Campaign{Name: name})
		return err
	}
}

var errPart = errors.New("this part does not want to be kept")

func failing(do func(campaign.Tx) error) func(campaign.Tx) error {
	return func(tx campaign.Tx) error { return errors.Join(do(tx), errPart) }
}

func campaigns(t *testing.T, db *store.DB) []string {
	t.Helper()
	var names []string
	err := db.View(t.Context(), func(r campaign.Reader) error {
		list, err := r.CampaignList()
		for _, c := range list {
			names = append(names, c.Name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A part that fails is undone alone: what others wrote before and after it in the same transaction
// stays.
func TestPartOfAGroupIsUndoneAlone(t *testing.T) {
	t.Parallel()
	for _, fails := range []int{0, 1, 2} {
		db := create(t, store.Options{})
		parts := []func(campaign.Tx) error{draft("a"), draft("b"), draft("c")}
		parts[fails] = failing(parts[fails])
		errs := together(db, parts...)
		for n, err := range errs {
			if (n == fails) != errors.Is(err, errPart) || n != fails && err != nil {
				t.Errorf("part %d of which %d fails: %v", n, fails, err)
			}
		}
		if got := fmt.Sprint(campaigns(t, db)); got != fmt.Sprint(append([]string{"a", "b", "c"}[:fails:fails], []string{"a", "b", "c"}[fails+1:]...)) {
			t.Errorf("part %d fails: %s is kept", fails, got)
		}
	}
}

// A part that panics takes nobody with it.
func TestPanicInAGroup(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	caught := make(chan any, 1)
	var all sync.WaitGroup
	first := make(chan struct{})
	all.Go(func() {
		_ = db.Update(context.Background(), func(tx campaign.Tx) error {
			close(first)
			for store.Waiting(db) < 2 {
				runtime.Gosched()
			}
			return draft("d")(tx)
		})
	})
	<-first
	all.Go(func() {
		defer func() { caught <- recover() }()
		_ = db.Update(context.Background(), func(tx campaign.Tx) error {
			_ = draft("e")(tx)
			panic("out of the blue")
		})
	})
	all.Go(func() { _ = db.Update(context.Background(), draft("f")) })
	all.Wait()
	if <-caught == nil {
		t.Error("the panic was swallowed")
	}
	got := map[string]bool{}
	for _, name := range campaigns(t, db) {
		got[name] = true
	}
	if len(got) != 2 || !got["d"] || !got["f"] {
		t.Errorf("kept: %v", got)
	}
}

// When the disk is full in the middle of a group nobody of it is told of a success.
func TestFullDiskInAGroup(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	store.LimitPages(t, db, 1)
	many := func(tx campaign.Tx) error {
		for n := range 5000 {
			if err := draft(fmt.Sprint("many", n))(tx); err != nil {
				return err
			}
		}
		return nil
	}
	errs := together(db, draft("a"), many, draft("b"))
	kept := map[string]bool{}
	for _, name := range campaigns(t, db) {
		kept[name] = true
	}
	for n, name := range []string{"a", "many0", "b"} {
		if (errs[n] == nil) != kept[name] {
			t.Errorf("%s: told %v, kept %t", name, errs[n], kept[name])
		}
	}
	if !fault.Is(errs[1], fault.Unavailable) {
		t.Errorf("a full disk is %v", errs[1])
	}
	store.LimitPages(t, db, 1<<30)
	if err := db.Update(t.Context(), draft("later")); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// Whoever gives up while waiting leaves the queue, and whoever gives up in the moment of the turn
// hands it on.
func TestGivingUpInTheQueue(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	for round := range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for n := range 6 {
			all.Go(func() {
				if n == 2 {
					cancel()
					return
				}
				if err := db.Update(ctx, draft(fmt.Sprint(round, ".", n))); err != nil && !fault.Is(err, fault.Unavailable) {
					t.Errorf("given up: %v", err)
				}
			})
			all.Go(func() {
				if err := db.Update(t.Context(), func(campaign.Tx) error { return nil }); err != nil {
					t.Errorf("patient: %v", err)
				}
			})
		}
		all.Wait()
		cancel()
	}
}
