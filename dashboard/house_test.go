package dashboard_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
	"github.com/reoptin/reoptin/web"
)

const good = "kestrel plum ivy"

// desk is a desk whose answers a test sets.
type desk struct {
	post         post // of campaigns that ask by post
	mu           sync.Mutex
	organisation campaign.Organisation
	base         campaign.Base
	campaigns    []campaign.Campaign
	reports      map[string]campaign.Report
	outline      campaign.Outline // what the rest does not say
	watch        dashboard.Watch
	fail         error

	acts
	baseDesk
	rightsDesk
	relayDesk
}

func (d *desk) Organisation(context.Context) (campaign.Organisation, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.organisation.Name == "" {
		return d.organisation, fault.New(fault.NotFound, "organisation.missing", "no organisation was applied yet")
	}
	return d.organisation, d.fail
}

func (d *desk) Base(context.Context) (campaign.Base, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.base, d.fail
}

func (d *desk) Campaigns(context.Context) ([]campaign.Campaign, error) {
	return append([]campaign.Campaign{}, d.campaigns...), d.fail
}

func (d *desk) Status(ctx context.Context, name string) (campaign.Report, error) {
	if c, err := d.Campaign(ctx, name); err == nil && d.slow && c.StartedAt.IsZero() && (c.Status == campaign.Draft || c.Status == campaign.Approved) {
		<-ctx.Done()
		return campaign.Report{}, ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reports[name], d.fail
}

func (d *desk) Outline(ctx context.Context) (campaign.Outline, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.outline
	o.Base = d.base
	for _, c := range d.campaigns {
		o.Campaigns = append(o.Campaigns, campaign.CampaignOutline{Campaign: c, Report: d.reports[c.Name]})
	}
	return o, d.fail
}

func (d *desk) Watch(context.Context) (dashboard.Watch, error) { return d.watch, d.fail }

// unwatched leaves a test to the run without the race detector, under which it costs ten times as much: it opens
// one page after another, all of which smaller tests open under the detector.
func unwatched(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("runs without the race detector; smaller tests do the same under it")
	}
}

// words are read once for all houses: that costs more than most tests.
var words = sync.OnceValues(i18n.Shipped)

// house is the dashboard behind the real server, over a real store of accounts, with a clock that
// stands still until moved. Each role has an account of its name.
type house struct {
	t      *testing.T
	desk   *desk
	roster *account.Roster
	bases  *bases
	board  *dashboard.Dashboard
	srv    *web.Server
	log    *bytes.Buffer
	path   string
	host   string
	mu     sync.Mutex
	now    time.Time
}

func newHouse(t *testing.T, change ...func(*web.Deps, *dashboard.Deps)) *house {
	t.Helper()
	h := &house{t: t, log: &bytes.Buffer{}, path: filepath.Join(t.TempDir(), "reoptin.db"), host: "choice.lumen.example", now: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)}
	h.desk = &desk{organisation: campaign.Organisation{Name: "Maison Lumen"}, reports: map[string]campaign.Report{}}
	h.bases = &bases{}
	storetest.Empty(t, h.path)
	db, err := store.Open(t.Context(), store.Options{Path: h.path, Clock: h.clock})
	h.must(err)
	t.Cleanup(func() { db.Close() })
	h.roster = account.NewRoster(db.Accounts(), account.NewHasher(account.Cost{Memory: 64, Time: 1, Lanes: 1}, rand.Reader), sealer(t), nil)
	for _, r := range account.Roles() {
		h.must(h.roster.Add(t.Context(), account.Actor{Kind: "operator", Name: "root"}, string(r), r, good))
	}
	catalogue, err := words()
	h.must(err)
	log := slog.New(slog.NewTextHandler(&locked{w: h.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w := web.Deps{Log: log, Catalogue: catalogue, BaseURL: "https://choice.lumen.example", Now: h.clock}
	d := dashboard.Deps{Desk: h.desk, Roster: h.roster, Catalogue: catalogue, Clock: h.clock, Log: log, HTTPS: true,
		Bases: h.bases, Organisations: texts{}}
	for _, f := range change {
		f(&w, &d)
	}
	h.srv, err = web.New(w)
	h.must(err)
	h.board, err = dashboard.New(d)
	h.must(err)
	h.board.Register(h.srv.Echo)
	return h
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// browser is somebody's browser: it keeps cookies and the token of the last page.
type browser struct {
	h       *house
	cookies map[string]string
	token   string
	header  map[string]string
}

func (h *house) browser() *browser {
	return &browser{h: h, cookies: map[string]string{}, header: map[string]string{}}
}

// as is the browser of somebody who is logged in under the name of a role.
func (h *house) as(r account.Role) *browser {
	h.t.Helper()
	b := h.browser()
	if w := b.login(string(r), good); w.Code != http.StatusSeeOther {
		h.t.Fatalf("login as %s: %d", r, w.Code)
	}
	b.get("/admin/account")
	return b
}

func (b *browser) login(name, password string) *httptest.ResponseRecorder {
	return b.post("/admin/login", "name", name, "password", password)
}

func (b *browser) get(target string) *httptest.ResponseRecorder { return b.do("GET", target, "") }

// post sends a form with the token of the last page.
func (b *browser) post(target string, pairs ...string) *httptest.ResponseRecorder {
	v := url.Values{}
	if b.token != "" {
		v.Set("form", b.token)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return b.do("POST", target, v.Encode())
}

func (b *browser) do(method, target, body string) *httptest.ResponseRecorder {
	b.h.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = b.h.host
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.header {
		r.Header.Set(name, value)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.h.srv.Echo.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && method == "GET" {
		for _, n := range find(parse(b.h.t, w), "input", "name", "form") {
			b.token = attr(n, "value")
		}
	}
	return w
}

func parse(t *testing.T, w *httptest.ResponseRecorder) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// find gives the elements of a tag whose attribute has a value; an empty name matches all.
func find(n *html.Node, tag, name, value string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (tag == "*" || d.Data == tag) && (name == "" || attr(d, name) == value) {
			found = append(found, d)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// watch opens the database once more and gives a number that changes with every write to it.
func (h *house) watch() func() int64 {
	h.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+h.path)
	h.must(err)
	raw.SetMaxOpenConns(1)
	h.t.Cleanup(func() { raw.Close() })
	return func() (version int64) {
		h.must(raw.QueryRow("PRAGMA data_version").Scan(&version))
		return version
	}
}

func sealer(t *testing.T) *account.Sealer {
	t.Helper()
	s, err := account.NewSealer([]byte("a key of a test"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
