package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/metrics"
)

// progress tells the log how running campaigns get on, whenever something has changed.
type progress struct {
	mu   sync.Mutex
	last map[string]seen
}

// seen is what was told of a campaign, and when by a clock that nobody sets.
type seen struct {
	rep   Status
	what  string
	at    time.Duration
	stood bool // nothing was to leave for longer than until the next look
}

// stood reports whether a campaign waits at a time for what lies further ahead than the next look, or for a person.
func stood(r Status, now time.Time) bool {
	next, err := time.Parse(time.RFC3339, r.NextAt)
	return r.Status == campaign.Paused || err == nil && next.Sub(now) > tellEvery
}

// Through is how many people a campaign is through with.
func Through(r Status) int {
	return r.ToAsk - r.Invitations[campaign.Planned] - r.Invitations[campaign.Claimed] - r.Invitations[campaign.Sending]
}

// tell logs a line for each started campaign of which something has changed since the last line.
func (a *App) tell(ctx context.Context) error {
	cs, err := a.Desk.Campaigns(ctx)
	if err != nil {
		return err
	}
	a.progress.mu.Lock()
	defer a.progress.mu.Unlock()
	for _, c := range cs {
		was, known := a.progress.last[c.Name]
		if c.Status != campaign.Running && c.Status != campaign.Paused && !known {
			continue
		}
		r, err := a.Desk.Status(ctx, c.Name)
		if err != nil {
			return err
		}
		now := seen{rep: r, what: fmt.Sprint(r.Status, r.Waiting, r.NextAt, r.Invitations), at: a.steady(), stood: stood(r, a.clock())}
		if !known && r.Settled() || was.what == now.what {
			continue
		}
		a.log.LogAttrs(ctx, slog.LevelInfo, "campaign progress", progressOf(r, speed(was, now))...)
		if a.progress.last[c.Name] = now; r.Status == campaign.Closed {
			delete(a.progress.last, c.Name)
		}
	}
	return nil
}

// speed is how fast a campaign got on between two looks; 0 when that is not known, as of a night: what it got on since its hours
// began says nothing when it is spread over those before.
func speed(was, now seen) float64 {
	took := (now.at - was.at).Seconds()
	if was.what == "" || was.stood || took <= 0 {
		return 0
	}
	return max(0, float64(Through(now.rep)-Through(was.rep))/took)
}

func progressOf(r Status, perSecond float64) []slog.Attr {
	line := []slog.Attr{slog.String("campaign", r.Campaign), slog.String("status", string(r.Status)), slog.Int("to_ask", r.ToAsk), slog.Int("through", Through(r)),
		slog.Int("sent", r.Invitations[campaign.Sent]), slog.Int("refused", r.Invitations[campaign.Refused]), slog.Int("withheld", r.Invitations[campaign.Withheld]),
		slog.Int("uncertain", r.Invitations[campaign.Uncertain]), slog.Int("in_flight", r.Invitations[campaign.Claimed]+r.Invitations[campaign.Sending]),
		slog.Int("per_minute", int(perSecond*60+0.5))}
	if r.Waiting != "" {
		line = append(line, slog.String("waiting", r.Waiting))
	}
	if r.NextAt != "" {
		line = append(line, slog.String("next_at", r.NextAt))
	}
	if end, late := r.Forecast(perSecond); !end.IsZero() || late > 0 {
		line = append(line, slog.String("ends_at", stamp(end)), slog.Int("late", late))
	}
	if by := byGroup(r.Providers); len(by) > 0 {
		line = append(line, slog.Attr{Key: "providers", Value: slog.GroupValue(by...)})
	}
	return line
}

// byGroup tells mailbox providers apart as far as the metrics do: the domain of anybody else may be the person.
func byGroup(ps []campaign.ProviderFigures) (out []slog.Attr) {
	by := map[string]campaign.Figures{}
	for _, p := range ps {
		g := metrics.Group(p.Provider)
		by[g] = by[g].Plus(p.Figures)
	}
	for _, g := range slices.Sorted(maps.Keys(by)) {
		f := by[g]
		out = append(out, slog.Group(g, slog.Int("ended", f.Ended), slog.Int("hard", f.Hard), slog.Int("refused", f.Refused), slog.Int("uncertain", f.Uncertain), slog.Int("complaints", f.Complaints)))
	}
	return out
}
