package dashboard_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/web"
)

// follower is a page that follows a campaign over a real connection.
type follower struct {
	t   *testing.T
	res *http.Response
	in  *bufio.Reader
}

func (h *house) follow(srv *httptest.Server, b *browser, path string) follower {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, srv.URL+path, nil)
	h.must(err)
	r.Host = h.host
	r.Header.Set("Accept", "text/event-stream")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := srv.Client().Do(r)
	h.must(err)
	h.t.Cleanup(func() { res.Body.Close() })
	return follower{h.t, res, bufio.NewReader(res.Body)}
}

// next reads one event or comment; "" is the end of the stream.
func (f follower) next() string {
	f.t.Helper()
	var b strings.Builder
	for {
		line, err := f.in.ReadString('\n')
		if err != nil {
			return ""
		}
		if line == "\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}

// until reads on until an event says something.
func (f follower) until(says string) string {
	f.t.Helper()
	for {
		e := f.next()
		if e == "" {
			f.t.Fatalf("the stream ended before it said %q", says)
		}
		if strings.Contains(e, says) {
			return e
		}
	}
}

func streaming(t *testing.T, change ...func(*web.Deps, *dashboard.Deps)) (*house, *httptest.Server) {
	t.Helper()
	h := newHouse(t, change...)
	h.furnish("word")
	dashboard.Hurry(h.board, time.Millisecond)
	srv := httptest.NewServer(h.srv.Echo)
	t.Cleanup(srv.Close)
	return h, srv
}

func TestAPageFollowsItsCampaign(t *testing.T) {
	t.Parallel()
	h, srv := streaming(t)
	f := h.follow(srv, h.as(account.Viewer), spring+"running/events")
	if f.res.StatusCode != http.StatusOK || f.res.Header.Get("Content-Type") != "text/event-stream" || f.res.Header.Get("Cache-Control") != "no-store" || f.res.Header.Get("Content-Length") != "" {
		t.Errorf("%d %v", f.res.StatusCode, f.res.Header)
	}
	first := f.until("event: progress")
	if !strings.Contains(first, "400") || strings.Contains(first, "differently") {
		t.Errorf("first: %s", first)
	}
	for line := range strings.Lines(first) {
		if !strings.HasPrefix(line, "event: ") && !strings.HasPrefix(line, "data: ") {
			t.Errorf("a line of no field: %q", line)
		}
	}
	f.until(": still there")
	set := func(change func(*campaign.Report)) {
		h.desk.mu.Lock()
		defer h.desk.mu.Unlock()
		r := h.desk.reports["spring-running"]
		r.Invitations = map[campaign.State]int{campaign.Sent: 555}
		change(&r)
		h.desk.reports["spring-running"] = r
	}
	set(func(r *campaign.Report) { r.Reason = "a\r\nevent: end\n\n" })
	if e := f.until("555"); strings.Count(e, "event:") != 2 || strings.Contains(e, "\nevent: end") {
		t.Errorf("the relay's words became an event: %q", e)
	}
	set(func(r *campaign.Report) { r.Status = campaign.Closed })
	f.until("differently")
	f.until("event: end")
	if e := f.next(); e != "" {
		t.Errorf("after the end: %s", e)
	}
}

func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	closing := make(chan struct{})
	h, srv := streaming(t, func(_ *web.Deps, d *dashboard.Deps) { d.Closing = closing })
	b := h.as(account.Viewer)
	// With the session.
	f := h.follow(srv, b, spring+"running/events")
	f.until("event: progress")
	h.must(h.roster.Disable(context.Background(), account.Actor{Kind: "operator", Name: "root"}, "viewer"))
	for f.next() != "" {
	}
	// With the server.
	f = h.follow(srv, h.as(account.Marketer), spring+"running/events")
	f.until("event: progress")
	close(closing)
	for f.next() != "" {
	}
}

func TestASessionFollowsAFewPagesAtOnce(t *testing.T) {
	t.Parallel()
	h, srv := streaming(t)
	b, other := h.as(account.Viewer), h.as(account.Viewer)
	open := make([]follower, dashboard.StreamsMost)
	for i := range open {
		open[i] = h.follow(srv, b, spring+"running/events")
		open[i].until("event: progress")
	}
	if f := h.follow(srv, b, spring+"running/events"); f.res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one more: %d", f.res.StatusCode)
	}
	if f := h.follow(srv, other, spring+"running/events"); f.res.StatusCode != http.StatusOK {
		t.Errorf("another session: %d", f.res.StatusCode)
	}
	h.desk.mu.Lock()
	r := h.desk.reports["spring-running"]
	r.Status = campaign.Closed
	h.desk.reports["spring-running"] = r
	h.desk.mu.Unlock()
	for _, f := range open {
		for f.next() != "" {
		}
	}
	for { // the places are free again once the handlers have returned
		if f := h.follow(srv, b, spring+"running/events"); f.res.StatusCode == http.StatusOK {
			break
		}
	}
}

// TestFollowingIsNoSignOfLife: a screen left alone logs out although its page follows a campaign.
func TestFollowingIsNoSignOfLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Viewer)
	b.header["Accept"] = "text/event-stream"
	for range 2 {
		h.pass(14 * time.Minute)
		if w := b.get(spring + "closed/events"); w.Code != http.StatusOK {
			t.Fatalf("too early: %d", w.Code)
		}
	}
	h.pass(3 * time.Minute)
	if w := b.get(spring + "closed/events"); w.Code != http.StatusSeeOther {
		t.Errorf("it goes on for ever: %d", w.Code)
	}
}
