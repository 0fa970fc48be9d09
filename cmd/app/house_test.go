package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/mailer"
	"github.com/reoptin/reoptin/mailer/smtptest"
	"github.com/reoptin/reoptin/web"
)

// The one campaign of most tests, and the instant at which they begin: Tuesday 10:00 in Paris.
const (
	spring = "spring"
	host   = "127.0.0.1:8080"
)

var morning = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

// plan says what a house is made of.
type plan struct {
	people   int
	emails   []string // instead of made-up ones
	purposes int      // 0: 1
	channels []string // nil: email
	window   string   // of the campaign
	senders  int      // 0: 4
	rate     string   // of the house
	slow     string   // rate of the campaign
	mostTwo  bool     // an operator may let a person be written to once more
	damaged  bool     // the test itself makes the ledger fail; it is not checked at the end
	sending  func(*config.Sending)
	further  func(*config.Further) // there is a second relay, set so
	anchor   string
	ledger   func(*config.Ledger)
	retained func(*config.Retention)
	shorter  int // days from the beginning to the deadline; 0: 30
	webhooks map[string]string
	promised string // for how long data are kept after a yes; "": 36mo
}

// unwatched leaves a test to the run without the race detector, under which it costs ten times as much: it does
// very often, or at length and one thing after the other, what smaller tests do under the detector.
func unwatched(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("runs without the race detector; smaller tests do the same under it")
	}
}

// house is one small installation with a real database, journal, mailer and mail server, under a
// clock of its own.
type house struct {
	t      *testing.T
	plan   plan
	dir    string
	relay  *smtptest.Server
	other  *smtptest.Server // the second relay, where there is one
	app    *App
	logged *heard // nil: nobody reads the log
	web    *web.Server

	mu     sync.Mutex
	now    time.Time
	run    time.Duration // by a clock that nobody sets
	room   campaign.Room // of the disk; zero: enough
	script smtptest.Script
	aside  smtptest.Script // of the second relay
	point  func(string)
}

// newHouse makes an installation whose base is imported and whose campaign is approved.
func newHouse(t *testing.T, p plan) *house {
	t.Helper()
	h := &house{t: t, plan: p, dir: t.TempDir(), now: morning}
	var err error
	if h.relay, err = smtptest.Start(smtptest.Options{Pipelining: true, EightBit: true, Script: h.scripted}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.relay.Close() })
	if p.further != nil {
		h.startOther()
	}
	h.must(moulds.pour(h))
	h.open()
	t.Cleanup(h.end)
	h.importPeople(h.emails())
	return h
}

// mould makes an installation with an approved campaign and an empty base, for copying.
func (h *house) mould() (map[string][]byte, error) {
	if _, err := initialise(h.t.Context(), h.dir, "", h.clock, &counter{}, nobody); err != nil {
		return nil, err
	}
	h.open()
	o := organisation(max(h.plan.purposes, 1))
	for n := range o.Purposes {
		o.Purposes[n].Retention = cmp.Or(h.plan.promised, o.Purposes[n].Retention)
	}
	h.must(h.app.Desk.ApplyOrganisation(h.t.Context(), Operator(), o))
	h.approve(spring, nil)
	h.close()
	files := map[string][]byte{}
	return files, filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files[strings.TrimPrefix(path, h.dir)], err = os.ReadFile(path)
		return err
	})
}

// foundry keeps one mould per kind of house: making one costs more than most tests.
type foundry struct {
	mu    sync.Mutex
	kinds map[string]map[string][]byte
}

var moulds = foundry{kinds: map[string]map[string][]byte{}}

func (f *foundry) pour(h *house) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := h.plan
	kind := fmt.Sprint(p.purposes, p.channels, p.window, p.slow, p.shorter, p.promised)
	files, known := f.kinds[kind]
	if !known {
		made, err := h.mould()
		if err != nil {
			return err
		}
		f.kinds[kind] = made
		return nil
	}
	for name, content := range files {
		path := h.at(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// counter is randomness that is different every time and the same in every run.
type counter struct {
	mu sync.Mutex
	n  uint64
}

func (c *counter) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range b {
		c.n = c.n*6364136223846793005 + 1442695040888963407
		b[i] = byte(c.n >> 33)
	}
	return len(b), nil
}

// heard is a log that is read while it is written.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *heard) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// take gives what was written since, and forgets it.
func (s *heard) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.text.Reset()
	return s.text.String()
}

func (s *heard) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (h *house) at(name string) string { return filepath.Join(h.dir, name) }

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

// wait lets time pass.
func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now, h.run = h.now.Add(d), h.run+d
}

// sets sets the clock; no time passes.
func (h *house) sets(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) steady() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.run
}

func (h *house) scripted(e smtptest.Event) smtptest.Step {
	h.mu.Lock()
	s := h.script
	h.mu.Unlock()
	if s == nil {
		return smtptest.Step{}
	}
	return s(e)
}

// relays sets what the mail server does from now on; nil takes everything.
func (h *house) relays(s smtptest.Script) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.script = s
}

func (h *house) failPoint(name string) {
	h.mu.Lock()
	f := h.point
	h.mu.Unlock()
	if f != nil {
		f(name)
	}
}

func (h *house) config() config.Config {
	c := config.Default()
	c.Database, c.Keys, c.Journal = h.at("reoptin.db"), h.at("keys"), h.at("send.journal")
	c.BaseURL, c.Anchor = "http://"+host, h.plan.anchor
	c.SMTP.URL = "smtp+insecure://" + h.relay.Addr()
	if h.plan.senders > 0 {
		c.SMTP.Connections = h.plan.senders
	}
	c.Sending.Window, c.Sending.Timezone, c.Sending.Rate = "Mon-Sun 00:00-24:00", "Europe/Paris", "1000000/s"
	if h.plan.rate != "" {
		c.Sending.Rate = h.plan.rate
	}
	c.Bounces.Webhooks = h.plan.webhooks
	if h.plan.ledger != nil {
		h.plan.ledger(&c.Ledger)
	}
	if h.plan.sending != nil {
		h.plan.sending(&c.Sending)
	}
	if h.plan.retained != nil {
		h.plan.retained(&c.Retention)
	}
	if h.other != nil {
		c.Further[0].URL, c.Further[0].Connections = "smtp+insecure://"+h.other.Addr(), c.SMTP.Connections
		h.plan.further(&c.Further[0])
	}
	return c
}

// logger writes to where the test reads it, if it does.
func (h *house) logger() *slog.Logger {
	if h.logged == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(h.logged, nil))
}

// open opens the installation, as a new process would.
func (h *house) open() {
	h.t.Helper()
	a, err := Open(context.Background(), h.config(), Surroundings{Log: h.logger(), Clock: h.clock, Points: failpoint.Of(h.failPoint), Room: h.disk, Steady: h.steady})
	h.must(err)
	h.app = a
	h.web, err = a.server()
	h.must(err)
}

// reopen ends the process and starts another, which recovers.
func (h *house) reopen() campaign.Recovery {
	h.t.Helper()
	h.close()
	h.open()
	r, err := h.app.Desk.Recover(h.t.Context())
	h.must(err)
	return r
}

func (h *house) close() {
	h.t.Helper()
	if err := h.app.Close(); err != nil {
		h.t.Log("close:", err)
	}
}

// rewire gives the desk other ports.
func (h *house) rewire(change func(*campaign.Deps)) {
	h.t.Helper()
	a := h.app
	d := campaign.Deps{Store: a.store, Journal: a.journal, Carrier: a.carrier, Pace: mailer.NewPace(2, h.clock), Sheets: a.sheets, Keys: a.keyer, Log: a.log,
		Clock: h.clock, Rand: a.rand, Bounds: a.bounds, Senders: a.config.SMTP.Connections,
		Retry: campaign.Retry{First: a.config.Sending.RetryAfter, Most: config.RetryMost}, BaseURL: a.baseURL(), Program: "reoptin test", Points: failpoint.Of(h.failPoint),
		Stops: stopRules(a.config.Sending), Canary: canary(a.config.Sending), Relays: relays(a.config), StartWithin: a.config.Sending.StartWithin, Apart: apart(a.config.Sending), Zone: func(country string) string { return zones[country] }}
	change(&d)
	var err error
	a.Desk, err = campaign.New(d)
	h.must(err)
	h.web, err = a.server()
	h.must(err)
}

// end checks what must hold after every test: nobody got two messages, what the database believes
// agrees with what the mail server took, and every proof verifies.
func (h *house) end() {
	h.close()
	h.relays(nil)
	h.open()
	defer h.close()
	ctx := context.Background()
	most := 1
	if h.plan.mostTwo {
		most = 2
	}
	for to, n := range h.accepted() {
		if n > most && to != officer { // who gets heads of the ledger, and is asked nothing
			h.t.Errorf("%s was written to %d times", to, n)
		}
	}
	if h.plan.damaged {
		return
	}
	r, err := h.app.VerifyLedger(ctx, "")
	if err != nil || !r.OK {
		h.t.Errorf("ledger verify: %+v, %v", r, err)
	}
	var bundle bytes.Buffer
	if err := h.app.ExportProof(ctx, &bundle, ProofQuery{}); err != nil {
		h.t.Error(err)
		return
	}
	key, err := h.app.LedgerKey()
	if err != nil {
		h.t.Error(err)
	}
	if r, err := ledger.Verify(&bundle, key); err != nil || !r.OK {
		h.t.Errorf("proof verify: %+v, %v", r, err)
	}
}

func organisation(purposes int) campaign.Organisation {
	o := campaign.Organisation{Name: "Maison Iris", Brands: []string{"Maison Iris"}, LegalName: "Maison Iris SAS", LegalForm: "SAS",
		Registration: "RCS Lyon 000 000 000", Address: "9 quai des Iris, 69001 Lyon, France", Country: "FR", Email: "contact@iris.example",
		PrivacyURL: "https://iris.example/privacy", PrivacyVersion: "2026-03", DPO: "dpo@iris.example", Authority: "CNIL",
		Policies: map[string]campaign.Policy{"FR": {Mode: campaign.P1, Justification: "opinion 7", ApprovedBy: "dpo@iris.example", ApprovedAt: campaign.NewDate(2026, 1, 5)}}}
	for n, key := range []string{"newsletter", "events"}[:purposes] {
		o.Purposes = append(o.Purposes, campaign.Purpose{Key: key, Category: "marketing", Retention: "36mo",
			Title:       map[string]string{"fr": []string{"Notre lettre d'information", "Nos invitations"}[n], "en": []string{"Our newsletter", "Our invitations"}[n]},
			Description: map[string]string{"fr": "Recevoir par e-mail nos informations commerciales sur nos produits.", "en": "Receive our marketing messages about our products by e-mail."}})
	}
	return o
}

func (h *house) emails() []string {
	if h.plan.emails != nil {
		return h.plan.emails
	}
	var out []string
	for n := range max(h.plan.people, 1) {
		out = append(out, person(n))
	}
	return out
}

// person is the address of the n-th made-up person.
func person(n int) string { return fmt.Sprintf("p%03d@d%d.example", n, n%7) }

// importPeople imports people who may be asked: a dated yes whose wording is lost.
func (h *house) importPeople(emails []string) campaign.ImportResult {
	h.t.Helper()
	return h.importRows(emails, nil)
}

func (h *house) importRows(emails []string, more map[string]string) campaign.ImportResult {
	h.t.Helper()
	row := map[string]string{"language": "en", "country": "FR", "market": "b2c", "relationship": "prospect", "list_origin": "own",
		"collected_at": "2024-11-02", "last_inbound_at": "2025-09-01", "consent_status": "yes", "consent_method": "unticked_box", "consent_at": "2025-03-01",
		"consent_source": "website form", "purpose_at_collection": "newsletter", "controller_at_collection": "Maison Iris", "consent_channels": "email", "bundled": "no", "incentive": "no"}
	for k, v := range more {
		if k != "external_id" {
			row[k] = v
		}
	}
	var names []string
	for name := range row {
		names = append(names, name)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	h.must(w.Write(append([]string{"external_id", "email", "first_name"}, names...)))
	for _, e := range emails {
		id := "X-" + e
		if more["external_id"] != "" {
			id = more["external_id"]
		}
		cells := []string{id, e, "Robin"}
		for _, name := range names {
			cells = append(cells, row[name])
		}
		h.must(w.Write(cells))
	}
	w.Flush()
	path := h.at("base.csv")
	h.must(os.WriteFile(path, b.Bytes(), 0o600))
	r, err := h.app.Import(h.t.Context(), path, ImportOptions{})
	h.must(err)
	return r.ImportResult
}

// approve makes and approves a campaign from the starter file.
func (h *house) approve(name string, change func(*campaign.File)) {
	h.t.Helper()
	ctx := h.t.Context()
	o, err := h.app.Desk.Organisation(ctx)
	h.must(err)
	today := campaign.DateOf(h.clock())
	path := h.at(name + ".toml")
	text, err := StarterCampaign(name, o, today, StarterChoice{})
	h.must(err)
	h.must(os.WriteFile(path, []byte(text), 0o600))
	f, err := ReadCampaign(path)
	h.must(err)
	f.Schedule.Deadline, f.Schedule.Window, f.Schedule.Rate = today.AddDays(30), h.plan.window, h.plan.slow
	if h.plan.shorter > 0 {
		f.Schedule.Deadline = today.AddDays(h.plan.shorter)
	}
	if h.plan.channels != nil {
		f.Channels = h.plan.channels
	}
	if change != nil {
		change(&f)
	}
	_, err = h.app.Desk.Create(ctx, Operator(), f)
	h.must(err)
	if a, err := h.app.Approve(ctx, name, "dpo@iris.example", "checked"); err != nil {
		h.t.Fatal(err, a.Findings)
	}
}

func (h *house) start(name string) *house {
	h.t.Helper()
	h.must(h.app.Start(h.t.Context(), name))
	return h
}

// tick is one beat of the scheduler.
func (h *house) tick() error {
	h.t.Helper()
	return h.app.Desk.Tick(h.t.Context(), "test")
}

// send ticks and expects no trouble.
func (h *house) send() *house {
	h.t.Helper()
	h.must(h.tick())
	return h
}

func (h *house) status() Status {
	h.t.Helper()
	r, err := h.app.Desk.Status(h.t.Context(), spring)
	h.must(err)
	return r
}

// expect compares how many invitations stand where; states that are not named must be empty.
func (h *house) expect(want map[campaign.State]int) {
	h.t.Helper()
	got := h.status().Invitations
	for _, s := range campaign.States {
		if got[s] != want[s] {
			h.t.Errorf("%s: %d, want %d (all: %v)", s, got[s], want[s], got)
		}
	}
}

// took expects the mail server to hold n messages.
func (h *house) took(n int) {
	h.t.Helper()
	if got := len(h.relay.Messages()); got != n {
		h.t.Errorf("the mail server took %d messages, want %d", got, n)
	}
}

// view reads from the store.
func (h *house) view(do func(campaign.Reader) error) {
	h.t.Helper()
	h.must(h.app.store.View(h.t.Context(), do))
}

// contact is a person of the base.
func (h *house) contact(email string) (c campaign.Contact) {
	h.t.Helper()
	h.view(func(r campaign.Reader) (err error) {
		c, err = h.app.find(r, email)
		return err
	})
	return c
}

// invitation is a person's newest invitation.
func (h *house) invitation(email string) (i campaign.Invitation) {
	h.t.Helper()
	c := h.contact(email)
	h.view(func(r campaign.Reader) error {
		is, err := r.InvitationsOfContact(c.ID)
		if len(is) == 0 {
			return errors.Join(err, fmt.Errorf("%s has no invitation", email))
		}
		i = is[len(is)-1]
		return err
	})
	return i
}

// responses are a person's answers, oldest first.
func (h *house) responses(email string) (rs []campaign.Response) {
	h.t.Helper()
	i := h.invitation(email)
	h.view(func(r campaign.Reader) (err error) {
		rs, err = r.ResponsesOf(i.ID)
		return err
	})
	return rs
}

func (h *house) suppressed(email string) (no bool) {
	h.t.Helper()
	h.view(func(r campaign.Reader) (err error) {
		_, no, err = r.Suppressed(h.app.keyer.Mailbox(campaign.Address(email)))
		return err
	})
	return no
}

// entries counts the ledger's entries.
func (h *house) entries() int64 {
	h.t.Helper()
	head, _, err := h.app.store.Head(h.t.Context())
	h.must(err)
	return head.Size
}

// disk is what the disk of the house has left.
func (h *house) disk() (campaign.Room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.room, nil
}
