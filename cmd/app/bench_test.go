package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/store"
)

// The benchmarks of the whole house: each does one fixed piece of work and reports it in the units of
// docs/performance.md. Run them with make bench.

// benchHouse is an installation with made-up people, of whom a third may be asked, and a relay that
// takes everything.
type benchHouse struct {
	*App
	sink  *sink
	dir   string
	later atomic.Int64 // added to the clock
}

func newBenchHouse(b *testing.B, people, connections int, latency time.Duration) *benchHouse {
	b.Helper()
	h := &benchHouse{dir: b.TempDir(), sink: newSink(b, latency)}
	clock := func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }
	settings := fmt.Sprintf("base_url = \"http://127.0.0.1:1\"\n[smtp]\nurl = \"smtp+insecure://%s\"\nconnections = %d\n[sending]\nrate = \"1000000/s\"\nper_domain = 64\nwindow = \"Mon-Sun 00:00-24:00\"\n",
		h.sink.Addr(), connections)
	o := DemoOptions{Contacts: people, Log: slog.New(slog.DiscardHandler), Clock: clock}
	if _, err := initialise(b.Context(), filepath.Join(h.dir, "shop"), settings, clock, rand.Reader, func(*store.DB) error { return nil }); err != nil {
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
	})
	if people > 0 {
		if err := h.demoPrepare(b.Context(), h.dir, o); err != nil {
			b.Fatal(err)
		}
	}
	return h
}

// perSecond reports how many things were done.
func perSecond(b *testing.B, n int, took time.Duration, what string) {
	b.ReportMetric(float64(n)/took.Seconds(), what+"/s")
	b.ReportMetric(0, "ns/op") // one operation is the whole piece of work
}

// BenchmarkSync is what the disk asks for one durable write of 4 KiB, the ground of all that follows.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for range b.N {
		var took []time.Duration
		for range 1000 {
			began := time.Now()
			if _, err := f.Write(page); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		percentiles(b, took)
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkEngine is what the engine does without the product: rows of five columns and two indexes are added one by one in a
// transaction, read one after the other, and looked up by number. On a machine whose host is shared it tells how fast the hour is:
// every other figure moves with it.
func BenchmarkEngine(b *testing.B) {
	const rows, looks = 100_000, 20_000
	ctx := context.Background() // one that may end costs database/sql more than the engine
	for range b.N {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "engine.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := db.ExecContext(ctx, `CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, state TEXT NOT NULL DEFAULT 'q', at INTEGER) STRICT;
CREATE INDEX person_by_state ON person (state, id)`); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := addPeople(ctx, db, rows); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(rows/time.Since(began).Seconds(), "added/s")
		began = time.Now()
		if n, err := readPeople(ctx, db); err != nil || n != rows {
			b.Fatal(n, err)
		}
		b.ReportMetric(rows/time.Since(began).Seconds(), "read/s")
		began = time.Now()
		for n := range looks {
			var email string
			if err := db.QueryRowContext(ctx, "SELECT email FROM person WHERE id = ?", n*rows/looks+1).Scan(&email); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(looks/time.Since(began).Seconds(), "looked-up/s")
		b.ReportMetric(0, "ns/op")
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func addPeople(ctx context.Context, db *sql.DB, n int) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	add, err := tx.PrepareContext(ctx, "INSERT INTO person (email, name, at) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := add.ExecContext(ctx, fmt.Sprintf("person%d@place.example", i), "Zoë Martin", i); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func readPeople(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id, email, name, at FROM person")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, at int64
		var email, name string
		if err := rows.Scan(&id, &email, &name, &at); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// percentiles reports the median and what one in a hundred exceeds, in milliseconds.
func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[(len(took)-1)*p/100].Microseconds())/1000, fmt.Sprintf("ms-p%d", p))
	}
}

const benchRows = 100_000

// BenchmarkImport takes in a CSV file of 100,000 rows into an empty base, then again, audits all and reports
// how large the database is. A wide file has the 34 columns of the made-up base, a plain one an address,
// a name and a column of attributes.
func BenchmarkImport(b *testing.B) {
	for _, f := range []struct {
		name  string
		write func(w io.Writer, today campaign.Date) error
	}{
		{"wide", func(w io.Writer, today campaign.Date) error { return writeDemoBase(w, benchRows, 1, today) }},
		{"plain", func(w io.Writer, _ campaign.Date) error { return writePlainBase(w, benchRows) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			for range b.N {
				benchImport(b, f.write)
			}
		})
	}
}

func writePlainBase(w io.Writer, rows int) error {
	_, err := fmt.Fprintln(w, "email,name,attributes")
	for n := 0; n < rows && err == nil; n++ {
		_, err = fmt.Fprintf(w, "person.%d@place%d.example,Person Number %d,\"{\"\"city\"\": \"\"Town %d\"\", \"\"tier\"\": %d}\"\n", n, n%977, n, n%313, n%5)
	}
	return err
}

func benchImport(b *testing.B, write func(io.Writer, campaign.Date) error) {
	h := newBenchHouse(b, 0, 1, 0)
	today := campaign.DateOf(h.clock())
	if err := h.Desk.ApplyOrganisation(b.Context(), campaign.Machine, demoOrganisation(today)); err != nil {
		b.Fatal(err)
	}
	var base bytes.Buffer
	if err := write(&base, today); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(h.dir, "base.csv")
	if err := os.WriteFile(path, base.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	base.Reset()
	for _, what := range []string{"rows", "rows-again"} {
		began := time.Now()
		if r, err := h.Import(b.Context(), path, ImportOptions{}); err != nil || r.Rows != benchRows {
			b.Fatal(r, err)
		}
		perSecond(b, benchRows, time.Since(began), what)
	}
	began := time.Now()
	if _, err := h.Audit(b.Context(), AuditOptions{}); err != nil {
		b.Fatal(err)
	}
	perSecond(b, benchRows, time.Since(began), "audited")
	info, err := os.Stat(filepath.Join(h.dir, "shop", "reoptin.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB-database")
}

// sends are the ways in which messages are sent: connections, the relay's latency, and how many.
var sends = []struct {
	connections int
	latency     time.Duration
	messages    int
}{{1, 0, 4000}, {16, 0, 16000}, {64, 0, 16000}, {64, 20 * time.Millisecond, 16000}}

// BenchmarkSend sends with the full record: claims, the commit before each dot, the journal, entries. In the same breath the same number of
// messages is composed and delivered over as many connections with nothing recorded (bare), and the ratio of both is said; with a relay that
// takes its time also how much of what the connections could carry is reached.
func BenchmarkSend(b *testing.B) {
	for _, s := range sends {
		b.Run(fmt.Sprintf("connections=%d/latency=%s", s.connections, s.latency), func(b *testing.B) {
			for range b.N {
				h := newBenchHouse(b, 3*s.messages, s.connections, s.latency)
				if err := h.Start(b.Context(), demoCampaign); err != nil {
					b.Fatal(err)
				}
				full := h.measured(b, func() error { return h.tick(b.Context(), "bench") })
				if r, err := h.Desk.Status(b.Context(), demoCampaign); err != nil || r.Invitations[campaign.Sent] != int(full.messages) || !r.Settled() {
					b.Fatalf("%+v %v", r, err)
				}
				bare := h.measured(b, func() error { return h.sendBare(b.Context(), s.connections, int(full.messages)) })
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(full.rate(), "messages/s")
				b.ReportMetric(bare.rate(), "bare/s")
				b.ReportMetric(full.rate()/bare.rate(), "of-bare")
				b.ReportMetric(full.each(), "µs-processor/message")
				b.ReportMetric(bare.each(), "µs-processor/bare")
				if s.latency > 0 {
					b.ReportMetric(full.rate()*s.latency.Seconds()/float64(s.connections), "of-latency")
				}
			}
		})
	}
}

// shipment is what sending some messages took.
type shipment struct {
	messages        int64
	took, processor time.Duration
}

func (s shipment) rate() float64 { return float64(s.messages) / s.took.Seconds() }

// each is the time of the processor for a message in µs, relay included.
func (s shipment) each() float64 {
	return float64(s.processor.Nanoseconds()) / 1e3 / float64(s.messages)
}

func (h *benchHouse) measured(b *testing.B, send func() error) shipment {
	b.Helper()
	taken, began, used := h.sink.taken.Load(), time.Now(), processorTime()
	if err := send(); err != nil {
		b.Fatal(err)
	}
	return shipment{h.sink.taken.Load() - taken, time.Since(began), processorTime() - used}
}

// BenchmarkRecover measures what is looked at whenever sending starts, after people were asked: what the send journal knows of each,
// against the database.
func BenchmarkRecover(b *testing.B) {
	for range b.N {
		h := newBenchHouse(b, 48000, 64, 0)
		if err := h.Start(b.Context(), demoCampaign); err != nil {
			b.Fatal(err)
		}
		if err := h.tick(b.Context(), "bench"); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if r, err := h.Desk.Recover(b.Context()); err != nil || r != (campaign.Recovery{}) {
			b.Fatalf("%+v %v", r, err)
		}
		perSecond(b, int(h.sink.taken.Load()), time.Since(began), "messages")
	}
}

// sendBare composes and delivers messages and records nothing.
func (h *benchHouse) sendBare(ctx context.Context, connections, messages int) error {
	c, err := h.Desk.Campaign(ctx, demoCampaign)
	if err != nil {
		return err
	}
	content := campaign.Content{Campaign: c.ID, Name: c.Name, Frozen: c.Frozen, Documents: map[string]campaign.Document{}}
	for name, sha := range c.Frozen.Documents {
		if content.Documents[name], err = h.Desk.Document(ctx, sha); err != nil {
			return err
		}
	}
	var next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, connections)
	for w := range connections {
		all.Go(func() {
			for n := next.Add(1); n <= int64(messages) && errs[w] == nil; n = next.Add(1) {
				i := campaign.Invitation{Language: "fr", Email: campaign.Address(fmt.Sprintf("person%d@place%d.example", n, n%7)), Attempt: 1,
					Values: campaign.Values{"first_name": "Camille", "source": "boutique", "source_date": "2025-12-22"}}
				_, _ = rand.Read(i.Link[:])
				m, err := h.carrier.Compose(i, content, nil)
				if err != nil {
					errs[w] = err
				} else if o := h.carrier.Deliver(ctx, m, func(context.Context) error { return nil }); o.Kind != campaign.OutcomeSent {
					errs[w] = fmt.Errorf("%+v", o)
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// lookers is how many people look or answer at once.
const lookers = 64

// BenchmarkForm serves the forms of different people over HTTP on loopback: as many as it can, then
// 2,000 a second. BenchmarkAnswer does the same with answers, each durable before its thanks.
func BenchmarkForm(b *testing.B) {
	h, address, links := answering(b, 12000)
	_ = h
	requests := make([][]byte, len(links))
	for n, path := range links {
		requests[n] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", path)
	}
	look := func(v *looker, n int, buffer []byte) error {
		status, _, err := v.ask(requests[n%len(requests)], buffer)
		if err == nil && status != "HTTP/1.1 200 OK" {
			err = errors.New(status)
		}
		return err
	}
	for range b.N {
		throng(b, address, 40000, 0, "pages", look)
		throng(b, address, 10000, 2000, "pages", look)
	}
}

func BenchmarkAnswer(b *testing.B) {
	for range b.N {
		h, address, links := answering(b, 60000)
		posts := make([][]byte, len(links))
		throng(b, address, len(links), 0, "", func(v *looker, n int, buffer []byte) error {
			_, body, err := v.ask(fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", links[n]), buffer)
			if err != nil {
				return err
			}
			_, nonce, _ := bytes.Cut(body, []byte(`name="form" value="`))
			nonce, _, _ = bytes.Cut(nonce, []byte(`"`))
			form := url.Values{"form": {string(nonce)}, "action": {"save"}, "decision.newsletter.email": {"yes"}}.Encode()
			posts[n] = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", links[n], len(form), form)
			return nil
		})
		h.later.Add(int64(3 * time.Second)) // nobody answers within two
		answer := func(first int) func(v *looker, n int, buffer []byte) error {
			return func(v *looker, n int, buffer []byte) error {
				status, _, err := v.ask(posts[first+n], buffer)
				if err == nil && status != "HTTP/1.1 303 See Other" {
					err = errors.New(status)
				}
				return err
			}
		}
		half := len(links) / 2
		throng(b, address, half, 0, "answers", answer(0))
		throng(b, address, len(links)-half, 2000, "answers", answer(half))
		if r, err := h.Desk.Status(b.Context(), demoCampaign); err != nil || r.Responses.Granted != len(links) {
			b.Fatalf("%d of %d answers are stored: %v", r.Responses.Granted, len(links), err)
		}
	}
}

// throng lets lookers do n things, as fast as they can or so many a second, and reports rate and
// latency; nothing is reported without a name.
func throng(b *testing.B, address string, n, rate int, what string, do func(v *looker, n int, buffer []byte) error) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	took := make([]time.Duration, n)
	began := time.Now()
	for range lookers {
		v := lookIn(b, address)
		all.Go(func() {
			defer v.Close()
			buffer := make([]byte, 256<<10)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				due := time.Now()
				if rate > 0 { // whoever is late has waited since it was due
					due = began.Add(time.Duration(i) * time.Second / time.Duration(rate))
					<-time.After(time.Until(due))
				}
				if err := do(v, i, buffer); err != nil {
					b.Errorf("%s %d: %v", what, i, err)
					return
				}
				took[i] = time.Since(due)
			}
		})
	}
	all.Wait()
	switch {
	case what == "":
	case rate == 0:
		perSecond(b, n, time.Since(began), what)
	default:
		percentiles(b, took)
	}
}

// answering is a house whose people were all asked, with its pages served on loopback, and the paths
// of their forms.
func answering(b *testing.B, people int) (h *benchHouse, address string, links []string) {
	b.Helper()
	h = newBenchHouse(b, people, 64, 0)
	if err := h.Start(b.Context(), demoCampaign); err != nil {
		b.Fatal(err)
	}
	if err := h.tick(b.Context(), "bench"); err != nil {
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
	for _, link := range h.sink.links {
		_, path, _ := strings.Cut(link, "127.0.0.1:1")
		links = append(links, path)
	}
	return h, l.Addr().String(), links
}
