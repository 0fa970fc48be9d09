package app

import (
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// lines are what the log says of the progress since the last look.
func (h *house) lines() (out []string) {
	h.t.Helper()
	h.must(h.app.tell(h.t.Context()))
	for line := range strings.SplitSeq(h.logged.take(), "\n") {
		if strings.Contains(line, "campaign progress") {
			out = append(out, line)
		}
	}
	return out
}

// The log has a line for each change of a campaign that runs, with all that an operator asks, and none where nothing
// changed. Nobody is named.
func TestProgressIsLogged(t *testing.T) {
	t.Parallel()
	h := clocked(t, plan{emails: []string{"ann@gmail.com", "bob@bobs-own.example", "cat@orange.fr"}, senders: 1, rate: "60/min"})
	expect := func(what string, words ...string) {
		t.Helper()
		got := h.lines()
		if len(words) == 0 && len(got) != 0 || len(words) > 0 && len(got) != 1 {
			t.Fatalf("%s: %q", what, got)
		}
		for _, w := range words {
			if !strings.Contains(got[0]+" ", " "+w+" ") {
				t.Errorf("%s: %q is not in %s", what, w, got[0])
			}
		}
	}
	expect("started", "campaign=spring", "status=running", "to_ask=3", "through=0", "in_flight=0", "waiting=rate", "ends_at=2026-03-10T09:00:03.000Z", "late=0")
	expect("nothing new")
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true}))
	h.app.config.Sending.Rate = "1000/s"
	h.rewire(func(d *campaign.Deps) { d.Bounds = bounds(h.app.config.Sending) })
	h.send()
	h.wait(30 * time.Second)
	expect("through", "through=3", "uncertain=3", "per_minute=6", "providers.gmail.uncertain=1", "providers.other.ended=1", "providers.orange.ended=1")
	if text := h.logged.String(); strings.Contains(text, "bobs-own") || strings.Contains(text, "@") {
		t.Error(text)
	}
	h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a break"))
	expect("paused", "status=paused")
	_, err := h.app.Desk.Close(t.Context(), Operator(), spring)
	h.must(err)
	expect("closed", "status=closed")
	expect("over")
}

// While a window is shut the log says until when.
func TestProgressSaysWhatIsWaitedFor(t *testing.T) {
	t.Parallel()
	h := clocked(t, plan{people: 2})
	h.wait(12 * time.Hour)
	h.logged.take()
	got := h.lines()
	if len(got) != 1 || !strings.Contains(got[0], "waiting=window next_at=2026-03-11T09:00:00+01:00 ends_at=2026-03-11T08:00:00.000Z") {
		t.Errorf("%q", got)
	}
}

// In the morning the night does not count: how fast it goes is not known from a time in which nothing was to leave, and
// nobody is said to come too late for that.
func TestProgressAfterANightIsNoSlowRate(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := clocked(t, plan{people: 400, senders: 1, shorter: 3})
	h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to > "p005" }))
	h.wait(10 * time.Hour) // 20:00
	h.send()
	h.lines()
	h.wait(13*time.Hour + 30*time.Second)
	h.send()
	got := h.lines()
	if len(got) != 1 || !strings.Contains(got[0], "through=5 ") || !strings.Contains(got[0], " late=0 ") {
		t.Fatalf("%q", got)
	}
	h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a break"))
	h.lines()
	h.wait(4 * time.Hour)
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to > "p010" }))
	h.send()
	if got = h.lines(); len(got) != 1 || !strings.Contains(got[0], "through=10 ") || !strings.Contains(got[0], " late=0 ") {
		t.Errorf("after a pause: %q", got)
	}
}
