package forms

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestAttempts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	a := attempts{burst: attemptBurst, every: time.Second}
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

// A proxy on this machine that nobody named as trusted does not make everybody an operator at this machine, who may always try.
func TestWhoComesByAProxyOnThisMachineIsCounted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ remote, header, value, want string }{
		{"127.0.0.1:9", "", "", "127.0.0.1"},
		{"[::1]:9", "X-Forwarded-Proto", "https", "::1"},
		{"127.0.0.1:9", "X-Forwarded-For", "203.0.113.7", "203.0.113.7"},
		{"[::1]:9", "X-Forwarded-For", "127.0.0.1, 203.0.113.7", "203.0.113.7"},
		{"127.0.0.1:9", "X-Forwarded-For", "203.0.113.7:5566", "203.0.113.7"},
		{"127.0.0.1:9", "X-Forwarded-For", "203.0.113.7, 127.0.0.1", ""},
		{"127.0.0.1:9", "X-Forwarded-For", "unknown", ""},
		{"127.0.0.1:9", "X-Real-Ip", "2001:db8::1", "2001:db8::1"},
		{"127.0.0.1:9", "Forwarded", `for=192.0.2.1, For="[2001:db8::1]:4711";proto=https`, "2001:db8::1"},
		{"192.0.2.1:9", "X-Forwarded-For", "203.0.113.7", "192.0.2.1"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/l", http.NoBody)
		r.RemoteAddr = test.remote
		if test.header != "" {
			r.Header.Set(test.header, test.value)
		}
		e := echo.New()
		e.IPExtractor = echo.ExtractIPDirect()
		if got := caller(e.NewContext(r, httptest.NewRecorder())); got != test.want {
			t.Errorf("%s with %s %q: %q, want %q", test.remote, test.header, test.value, got, test.want)
		}
	}
	a := attempts{burst: guessBurst, every: time.Hour / guessBurst}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for range guessBurst {
		_ = a.allow("", now)
	}
	if a.wait("", now) == 0 {
		t.Error("who names no readable address may always try")
	}
}

// With five wrong codes in an hour a network waits, for a code that opens something too; another network does not.
func TestGuesses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	a := attempts{burst: guessBurst, every: time.Hour / guessBurst}
	for range guessBurst {
		if a.wait("192.0.2.1", now) != 0 || a.allow("192.0.2.7", now) != nil {
			t.Fatal("turned away too early")
		}
	}
	if a.wait("192.0.2.1", now) != 12*time.Minute || a.wait("192.0.2.1", now.Add(11*time.Minute)) != time.Minute {
		t.Error("a sixth guess is let through")
	}
	if a.wait("192.0.3.1", now) != 0 || a.wait("127.0.0.1", now) != 0 || a.wait("192.0.2.1", now.Add(13*time.Minute)) != 0 {
		t.Error("turned away without reason")
	}
}
