package forms

import (
	"fmt"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestAttempts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var a attempts
	for n := range attemptBurst {
		if err := a.allow(fmt.Sprintf("192.0.2.%d", n), now); err != nil {
			t.Fatalf("attempt %d of a network was turned away: %v", n, err)
		}
	}
	if err := a.allow("192.0.2.200", now); !fault.Is(err, fault.TooMany) {
		t.Errorf("one too many gave %v", err)
	}
	for _, other := range []string{"192.0.3.1", "2001:db8:1::1", "127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		if err := a.allow(other, now); err != nil {
			t.Errorf("%s was turned away for another network's attempts: %v", other, err)
		}
	}
	if err := a.allow("192.0.2.9", now.Add(time.Second)); err != nil {
		t.Errorf("a second later: %v", err)
	}
	for n := range networks + 10 {
		_ = a.allow(fmt.Sprintf("2001:db8:%x::1", n), now)
	}
	if len(a.by) > networks {
		t.Errorf("%d networks are remembered", len(a.by))
	}
}
