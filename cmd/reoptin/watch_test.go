package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/cmd/app"
)

// progressed is a status with so many sent of ten.
func progressed(sent int, change ...func(*app.Status)) app.Status {
	r := app.Status{Campaign: "spring", Status: campaign.Running, ToAsk: 10, Invitations: map[campaign.State]int{campaign.Sent: sent, campaign.Planned: 10 - sent}}
	for _, c := range change {
		c(&r)
	}
	return r
}

// In a pipe there is a line for each change, and none for what only the clock changes.
func TestWatchWritesALineForEachChange(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	w := &watcher{clock: func() time.Time { return now }, out: &out}
	for _, r := range []app.Status{
		progressed(0), progressed(0), progressed(4), progressed(4),
		progressed(4, func(r *app.Status) { r.Waiting, r.NextAt = "window", "2026-05-05T09:00:00Z" }),
		progressed(6, func(r *app.Status) {
			r.Invitations[campaign.Uncertain], r.Invitations[campaign.Claimed], r.Invitations[campaign.Planned] = 1, 2, 1
		}),
		progressed(10),
	} {
		if err := w.show(r); err != nil {
			t.Fatal(err)
		}
		now = now.Add(30 * time.Second)
	}
	want := `10:00:00 running, 0 of 10 through
10:01:00 running, 4 of 10 through, 4 sent, 4 a minute
10:02:00 running, 4 of 10 through, 4 sent, waiting for the window until 2026-05-05T09:00:00Z
10:02:30 running, 7 of 10 through, 6 sent, 1 uncertain, 2 in flight, 3 a minute
10:03:00 running, 10 of 10 through, 10 sent
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// On a terminal each look is written over the one before, and nothing of a longer one stays.
func TestWatchRedraws(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := &watcher{clock: time.Now, out: &out, screen: true}
	if err := w.show(progressed(3)); err != nil {
		t.Fatal(err)
	}
	first := strings.Count(out.String(), "\n")
	if strings.Contains(out.String(), "\x1b[1A") || first < 5 {
		t.Errorf("the first look moves up, or is short: %q", out.String())
	}
	out.Reset()
	if err := w.show(progressed(9)); err != nil {
		t.Fatal(err)
	}
	again := out.String()
	if !strings.HasPrefix(again, "\x1b[") || !strings.Contains(again, "A\r") || !strings.HasSuffix(again, "\x1b[J") {
		t.Errorf("the second look is not over the first: %q", again)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(again, "\x1b[J"), "\n") {
		if line != "" && !strings.HasSuffix(line, "\x1b[K") {
			t.Errorf("the rest of a line stays: %q", line)
		}
	}
}
