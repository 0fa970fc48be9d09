package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// benchHouse is an installation with made-up people, of whom a third may be asked, and a relay that
// takes everything.
type benchHouse struct {
	*App
	relay *smtptest.Server
	dir   string
	later atomic.Int64 // added to the clock
}

func newBenchHouse(b *testing.B, people int) *benchHouse {
	b.Helper()
	h := &benchHouse{dir: b.TempDir()}
	relay, err := smtptest.Start(smtptest.Options{Pipelining: true})
	if err != nil {
		b.Fatal(err)
	}
	h.relay = relay
	clock := func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }
	settings := fmt.Sprintf("base_url = \"http://127.0.0.1:1\"\n[smtp]\nurl = \"smtp+insecure://%s\"\nconnections = 64\n[sending]\nrate = \"1000000/s\"\nper_domain = 64\nwindow = \"Mon-Sun 00:00-24:00\"\n", relay.Addr())
	o := DemoOptions{Contacts: people, Log: slog.New(slog.DiscardHandler), Clock: clock}
	if _, err := initialise(b.Context(), filepath.Join(h.dir, "shop"), settings, clock, rand.Reader, nobody); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(config.Options{File: filepath.Join(h.dir, "shop", "reoptin.toml")})
	if err != nil {
		b.Fatal(err)
	}
	if h.App, err = Open(b.Context(), c, Surroundings{Log: o.Log, Clock: clock}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := h.Close(); err != nil {
			b.Error(err)
		}
		_ = relay.Close()
	})
	if people > 0 {
		if err := h.demoPrepare(b.Context(), h.dir, o); err != nil {
			b.Fatal(err)
		}
	}
	return h
}

// BenchmarkImport takes in a base; each row is one operation.
func BenchmarkImport(b *testing.B) {
	h := newBenchHouse(b, 0)
	if err := h.Desk.ApplyOrganisation(b.Context(), campaign.Machine, demoOrganisation(campaign.DateOf(h.clock()))); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(h.dir, "base.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := writeDemoBase(f, b.N, 1, campaign.DateOf(h.clock())); err != nil {
		b.Fatal(err)
	}
	_ = f.Close()
	b.ResetTimer()
	if _, err := h.Import(b.Context(), path, ImportOptions{}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkAudit judges a base; each person is one operation.
func BenchmarkAudit(b *testing.B) {
	h := newBenchHouse(b, max(b.N, 100))
	b.ResetTimer()
	if _, err := h.Audit(b.Context(), ""); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "people/s")
}

// BenchmarkSend sends over 16 connections to a relay without latency; a third of the people may be
// asked, and each message is one operation.
func BenchmarkSend(b *testing.B) {
	h := newBenchHouse(b, max(3*b.N, 300))
	if err := h.Start(b.Context(), demoCampaign); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if err := h.Desk.Tick(b.Context(), "bench"); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	n := len(h.relay.Accepted())
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/message")
}

// BenchmarkForm serves one person's form again and again, and BenchmarkAnswer records answers of
// different people, both over HTTP on loopback.
func BenchmarkForm(b *testing.B) {
	h, links := answering(b, 100)
	_ = h
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if body, status := benchGet(b, links[0]); status != http.StatusOK {
				b.Errorf("%d %s", status, body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}

func BenchmarkAnswer(b *testing.B) {
	h, links := answering(b, max(4*b.N, 300))
	n := min(b.N, len(links))
	nonces := make([]string, n)
	for i := range n {
		body, _ := benchGet(b, links[i])
		nonces[i] = benchNonce.FindStringSubmatch(body)[1]
	}
	h.later.Add(int64(3 * time.Second))
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: http.DefaultTransport}
	var next atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(next.Add(1) - 1)
			if i >= n {
				continue
			}
			res, err := client.PostForm(links[i], url.Values{"form": {nonces[i]}, "action": {"save"}, "decision.newsletter.email": {"yes"}})
			if err != nil || res.StatusCode != http.StatusSeeOther {
				b.Errorf("answer %d: %v %v", i, res, err)
				return
			}
			_ = res.Body.Close()
		}
	})
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "answers/s")
}

var (
	benchNonce = regexp.MustCompile(`name="form" value="([^"]+)"`)
	benchLink  = regexp.MustCompile(`http://127\.0\.0\.1:1/c/[a-z2-7]+`)
)

// answering is a house whose people were all asked, with its pages served on loopback, and their
// links.
func answering(b *testing.B, people int) (*benchHouse, []string) {
	b.Helper()
	h := newBenchHouse(b, people)
	if err := h.Start(b.Context(), demoCampaign); err != nil {
		b.Fatal(err)
	}
	if err := h.Desk.Tick(b.Context(), "bench"); err != nil {
		b.Fatal(err)
	}
	s, err := h.server()
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	b.Cleanup(func() { stop(); <-done })
	var links []string
	for _, m := range h.relay.Messages() {
		text := strings.ReplaceAll(string(m.Data), "=\r\n", "")
		links = append(links, strings.Replace(benchLink.FindString(text), "127.0.0.1:1", l.Addr().String(), 1))
	}
	return h, links
}

func benchGet(b *testing.B, target string) (string, int) {
	res, err := http.Get(target)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(body), res.StatusCode
}
