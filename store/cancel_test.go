package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

// A cancel that hits while a transaction begins must not leave the connection inside it: the next
// writer would be refused.
func TestCancelAtTheBeginningLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	nothing := func(campaign.Tx) error { return nil }
	for n := range 400 {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(time.Duration(n)*time.Microsecond/2, cancel)
		err := db.Update(ctx, nothing)
		if err != nil && !fault.Is(err, fault.Unavailable) {
			t.Fatalf("cut short: %v", err)
		}
		if err := db.Update(t.Context(), nothing); err != nil {
			t.Fatalf("after a cancel: %v", err)
		}
		if err := db.View(t.Context(), func(campaign.Reader) error { return nil }); err != nil {
			t.Fatalf("reading after a cancel: %v", err)
		}
		timer.Stop()
		cancel()
	}
}
