package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
)

// BenchmarkHome draws the first page of the dashboard over a base of a million, or of five with REOPTIN_BENCH_LARGE=1,
// while a campaign that asks all who may be asked runs. Then what is done beside it: adding
// up, and going through the base.
func BenchmarkHome(b *testing.B) {
	people := bigBase
	if os.Getenv("REOPTIN_BENCH_LARGE") != "" {
		people *= 5
	}
	for range b.N {
		h := newBenchHouse(b, 0, 1, 0)
		h.fillWith(b, people, func(w io.Writer, today campaign.Date) error { return writeDemoBase(w, people, 1, today) })
		h.ask(b, "spring")
		show := h.page(b)
		began := time.Now()
		if err := h.Desk.TakeStock(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-stock")
		began = time.Now()
		if err := h.Desk.AddUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms-add-up")
		slowest(b, "home", show)
		slowest(b, "outline", func(ctx context.Context) error { _, err := h.Desk.Outline(ctx); return err })
		b.ReportMetric(0, "ns/op")
	}
}

// ask starts a campaign.
func (h *benchHouse) ask(b *testing.B, name string) {
	b.Helper()
	f, err := desk{h.Desk, h.App}.Starter(b.Context(), name, "")
	if err != nil {
		b.Fatal(err)
	}
	_, err = h.Desk.Create(b.Context(), campaign.Machine, f)
	if err == nil {
		_, err = h.Desk.Approve(b.Context(), campaign.Machine, name, "anna", "a benchmark")
	}
	if err == nil {
		_, err = h.Desk.Start(b.Context(), campaign.Machine, name)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// page gives what draws the first page for somebody who is logged in.
func (h *benchHouse) page(b *testing.B) func(context.Context) error {
	b.Helper()
	if err := h.Roster.Add(b.Context(), account.Actor{Kind: "operator", Name: "root"}, "anna", account.Marketer, "kestrel plum ivy"); err != nil {
		b.Fatal(err)
	}
	srv, err := h.server()
	if err != nil {
		b.Fatal(err)
	}
	form := url.Values{"name": {"anna"}, "password": {"kestrel plum ivy"}}
	in := httptest.NewRequest(http.MethodPost, h.baseURL()+"/admin/login", strings.NewReader(form.Encode()))
	in.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	in.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	srv.Echo.ServeHTTP(w, in)
	cookies := w.Result().Cookies()
	return func(ctx context.Context) error {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, h.baseURL()+"/admin", nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		srv.Echo.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "spring") {
			return fmt.Errorf("the page is %d: %.200s", w.Code, w.Body)
		}
		return nil
	}
}
