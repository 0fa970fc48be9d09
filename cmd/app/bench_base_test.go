package app

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

const bigBase = 1_000_000

// BenchmarkBase works with a base of a million: it is audited, once more on the same day, and on the next; then
// lists are read by each filter, from the beginning and from the middle, and contacts are shown.
func BenchmarkBase(b *testing.B) {
	for _, base := range []struct {
		name  string
		write func(io.Writer, campaign.Date) error
	}{
		{"wide", func(w io.Writer, today campaign.Date) error { return writeDemoBase(w, bigBase, 1, today) }},
		{"plain", func(w io.Writer, _ campaign.Date) error { return writePlainBase(w, bigBase) }},
	} {
		b.Run(base.name, func(b *testing.B) {
			for range b.N {
				h := newBenchHouse(b, 0, 1, 0)
				h.fill(b, base.write)
				h.benchAudits(b)
				h.benchLists(b)
				h.benchPeople(b, base.name == "wide")
			}
		})
	}
}

// fill imports a base of a million.
func (h *benchHouse) fill(b *testing.B, write func(io.Writer, campaign.Date) error) {
	b.Helper()
	h.fillWith(b, bigBase, write)
}

func (h *benchHouse) fillWith(b *testing.B, people int, write func(io.Writer, campaign.Date) error) {
	b.Helper()
	today := campaign.DateOf(h.clock())
	if err := h.Desk.ApplyOrganisation(b.Context(), campaign.Machine, demoOrganisation(today)); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(h.dir, "base.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w, today); err != nil {
		b.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if r, err := h.Import(b.Context(), path, ImportOptions{}); err != nil || r.Rows != people {
		b.Fatal(r, err)
	}
}

func (h *benchHouse) benchAudits(b *testing.B) {
	b.Helper()
	tomorrow := campaign.DateOf(h.clock()).AddDays(1).String()
	for _, a := range []struct{ name, asOf string }{{"audited", ""}, {"again", ""}, {"next-day", tomorrow}} {
		began, used := time.Now(), processorTime()
		s, err := h.Audit(b.Context(), AuditOptions{AsOf: a.asOf})
		if err != nil || s.Contacts != bigBase {
			b.Fatal(s, err)
		}
		perSecond(b, bigBase, time.Since(began), a.name)
		b.ReportMetric(float64((processorTime()-used).Nanoseconds())/1e3/bigBase, "µs-processor/"+a.name)
	}
}

// slowest reports how long the slowest of some questions takes, each asked some times, of which the median counts.
func slowest(b *testing.B, what string, questions ...func(context.Context) error) {
	b.Helper()
	var worst time.Duration
	for _, ask := range questions {
		took := make([]time.Duration, 9)
		for n := range took {
			began := time.Now()
			if err := ask(b.Context()); err != nil {
				b.Fatal(what, err)
			}
			took[n] = time.Since(began)
		}
		slices.Sort(took)
		worst = max(worst, took[len(took)/2])
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms-"+what)
}

func (h *benchHouse) benchLists(b *testing.B) {
	b.Helper()
	base, err := h.Desk.Base(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	filters := []ContactQuery{{}}
	for _, r := range base.Reasons {
		filters = append(filters, ContactQuery{Class: string(r.Class)}, ContactQuery{Route: string(r.Route)}, ContactQuery{Reason: r.Code},
			ContactQuery{Class: string(r.Class), Route: string(r.Route), Reason: r.Code})
	}
	var lists []func(context.Context) error
	for _, q := range filters {
		for _, cursor := range []string{"", "500000"} {
			q.Limit, q.Cursor = 100, cursor
			lists = append(lists, func(ctx context.Context) error { _, err := h.Contacts(ctx, q); return err })
		}
	}
	slowest(b, "list", lists...)
	c, err := h.Contact(b.Context(), "500000")
	if err != nil {
		b.Fatal(err)
	}
	show := func(who string) func(context.Context) error {
		return func(ctx context.Context) error { _, err := h.Contact(ctx, who); return err }
	}
	slowest(b, "show", show("500000"), show(c.Email))
	slowest(b, "counts", func(ctx context.Context) error { _, err := h.Desk.Base(ctx); return err })
}

// benchPeople goes through the base for whom a campaign would ask, and where it has somebody to ask once more when it
// has planned them.
func (h *benchHouse) benchPeople(b *testing.B, runs bool) {
	b.Helper()
	f, err := desk{h.Desk, h.App}.Starter(b.Context(), "spring", "")
	if err == nil {
		_, err = h.Desk.Create(b.Context(), campaign.Machine, f)
	}
	if err != nil {
		b.Fatal(err)
	}
	h.benchLooks(b, "")
	if !runs {
		return
	}
	_, err = h.Desk.Approve(b.Context(), campaign.Machine, "spring", "anna", "a benchmark")
	if err == nil {
		_, err = h.Desk.Start(b.Context(), campaign.Machine, "spring")
	}
	if err != nil {
		b.Fatal(err)
	}
	h.benchLooks(b, "-running")
}

// benchLooks counts the people by the command that does nothing else, and by the lint, which reads the texts too. They take
// turns, and the least of each counts.
func (h *benchHouse) benchLooks(b *testing.B, when string) {
	b.Helper()
	looks := []struct {
		name string
		look func() error
	}{
		{"audience", func() error { _, err := h.Desk.Audience(b.Context(), "spring"); return err }},
		{"lint", func() error { _, err := h.Lint(b.Context(), "spring", nil); return err }},
	}
	least := make([]time.Duration, len(looks))
	for round := range 5 {
		for n, l := range looks {
			used := processorTime()
			if err := l.look(); err != nil {
				b.Fatal(l.name, err)
			}
			if took := processorTime() - used; round == 0 || took < least[n] {
				least[n] = took
			}
		}
	}
	for n, l := range looks {
		b.ReportMetric(least[n].Seconds(), "s-processor/"+l.name+when)
	}
}
