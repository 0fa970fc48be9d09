package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
)

func (w *world) count() (n int) {
	w.Helper()
	w.view(func(r campaign.Reader) (err error) {
		n, err = r.ContactCount()
		return err
	})
	return n
}

func add(tx campaign.Tx, name string) error {
	_, err := tx.PutContacts([]campaign.Contact{{ExternalID: name}})
	return err
}

func transactions(t *testing.T, h Harness) {
	w := newWorld(t, h)
	own := errors.New("the act's own")
	if err := w.Update(context.Background(), func(tx campaign.Tx) error { return errors.Join(add(tx, "a"), own) }); !errors.Is(err, own) {
		t.Errorf("an error came back as %v", err)
	}
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("a panic did not come through")
			}
		}()
		_ = w.Update(context.Background(), func(tx campaign.Tx) error {
			w.must(add(tx, "b"))
			panic("boom")
		})
	}()
	if n := w.count(); n != 0 {
		t.Errorf("%d contacts stayed of transactions that failed", n)
	}
	nested(w)
	var kept campaign.Tx
	w.update(func(tx campaign.Tx) error {
		kept = tx
		at := tx.Now()
		w.pass(time.Hour)
		if tx.Now() != at || at.Location() != time.UTC || at != at.Truncate(time.Millisecond) {
			t.Errorf("the time of a transaction is %v, then %v", at, tx.Now())
		}
		return add(tx, "c")
	})
	if _, err := kept.ContactCount(); err == nil {
		t.Error("a transaction was used after its end")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Update(ended, func(tx campaign.Tx) error { return add(tx, "d") }); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an Update whose time ran out came back as %v", err)
	}
	if n := w.count(); n != 1 {
		t.Errorf("%d contacts, want 1", n)
	}
}

func nested(w *world) {
	w.Helper()
	ctx := context.Background()
	inner := func() []error {
		return []error{
			w.Update(ctx, func(campaign.Tx) error { return nil }),
			w.View(ctx, func(campaign.Reader) error { return nil }),
		}
	}
	if !failpoint.Enabled { // builds for tests alone look for this
		return
	}
	var errs []error
	w.update(func(campaign.Tx) error { errs = append(errs, inner()...); return nil })
	w.view(func(campaign.Reader) error { errs = append(errs, inner()...); return nil })
	for i, err := range errs {
		if err == nil {
			w.Errorf("nested transaction %d was not refused", i)
		}
	}
}
