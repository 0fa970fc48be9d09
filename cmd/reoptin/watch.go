package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/reoptin/reoptin/cmd/app"
)

// watchEvery is how often a watched campaign is looked at.
const watchEvery = 2 * time.Second

// rateOver is over how long a rate is measured.
const rateOver = time.Minute

// watch shows a campaign until it is settled, or nobody wants to see it any more: on a terminal in place, elsewhere a
// line for each change. With --json it is one document, at the end.
func (c *cli) watch(ctx context.Context, a *app.App, name string) error {
	w := &watcher{clock: c.clock, out: c.out, screen: c.screen()}
	for {
		r, err := a.Desk.Status(ctx, name)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if c.json && r.Settled() {
			return c.print(r, nil)
		}
		if !c.json {
			if err := w.show(r); err != nil || r.Settled() {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

// screen reports whether what is printed can be printed over.
func (c *cli) screen() bool {
	f, ok := c.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// watcher remembers what it has shown.
type watcher struct {
	clock  func() time.Time
	out    io.Writer
	screen bool
	lines  int    // on the screen
	last   string // line
	looks  []look
}

// look is how far a campaign was at a time.
type look struct {
	at      time.Time
	through int
}

func (w *watcher) show(r app.Status) error {
	rate, measured := w.rate(r)
	if w.screen {
		return w.redraw(r, rate, measured)
	}
	line := briefly(r)
	if line == w.last {
		return nil
	}
	w.last = line
	_, err := fmt.Fprintf(tame{w.out}, "%s %s%s\n", w.clock().Format(time.TimeOnly), line, outlook(r, rate, measured))
	return err
}

// rate is how many people a second a campaign gets through with, over the last minute.
func (w *watcher) rate(r app.Status) (perSecond float64, measured bool) {
	now := look{w.clock(), app.Through(r)}
	w.looks = append(w.looks, now)
	w.looks = slices.DeleteFunc(w.looks, func(l look) bool { return now.at.Sub(l.at) > rateOver })
	first := w.looks[0]
	took := now.at.Sub(first.at).Seconds()
	if took < 1 || now.through < first.through {
		return 0, false
	}
	return float64(now.through-first.through) / took, true
}

// redraw writes a status over the one before.
func (w *watcher) redraw(r app.Status, perSecond float64, measured bool) error {
	var b bytes.Buffer
	table := tabwriter.NewWriter(&b, 2, 8, 2, ' ', 0)
	printStatus(tame{table}, r)
	fmt.Fprintf(table, "in flight\t%d\n", inFlight(r))
	if s := outlook(r, perSecond, measured); s != "" {
		fmt.Fprintf(table, "pace\t%s\n", strings.TrimPrefix(s, ", "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	text := strings.ReplaceAll(b.String(), "\n", "\x1b[K\n") + "\x1b[J" // the rest of each line, then the rest of the screen
	if w.lines > 0 {
		text = fmt.Sprintf("\x1b[%dA\r%s", w.lines, text)
	}
	w.lines = bytes.Count(b.Bytes(), []byte("\n"))
	_, err := io.WriteString(w.out, text)
	return err
}

func inFlight(r app.Status) int { return r.Mails("claimed") + r.Mails("sending") }

// briefly is a status in one line, without what changes by itself.
func briefly(r app.Status) string {
	s := fmt.Sprintf("%s, %d of %d through", r.Status, app.Through(r), r.ToAsk)
	for _, state := range app.States() {
		if n := r.Invitations[state]; n > 0 && state != "planned" && state != "claimed" && state != "sending" {
			s += fmt.Sprintf(", %d %s", n, state)
		}
	}
	if n := inFlight(r); n > 0 {
		s += fmt.Sprintf(", %d in flight", n)
	}
	if n := r.Responses.People; n > 0 {
		s += fmt.Sprintf(", %d answered", n)
	}
	if r.Waiting != "" && r.Waiting != "rate" || r.NextAt != "" {
		s += ", " + waitingWords(r)
	}
	return s
}

// outlook says how fast it goes, and about when it ends.
func outlook(r app.Status, perSecond float64, measured bool) (s string) {
	if r.Settled() || r.Status != "running" {
		return ""
	}
	if measured && perSecond > 0 {
		s = fmt.Sprintf(", %.0f a minute", perSecond*60)
	}
	switch end, late := r.Forecast(perSecond); {
	case late > 0:
		s += fmt.Sprintf(", the deadline %s cuts off about %s", r.Deadline, app.People(late))
	case !end.IsZero():
		s += ", done about " + end.Format("Mon 2 Jan 15:04 MST")
	}
	return s
}
