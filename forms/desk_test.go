package forms_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/web"
)

// desk is a desk in memory that counts every act.
type desk struct {
	mu        sync.Mutex
	frozen    campaign.Frozen
	documents map[string]campaign.Document
	people    map[campaign.LinkID]*campaign.FormView
	answers   []campaign.Answer
	objected  []campaign.Answer
	views     int
	shows     int   // how often the record behind a link was read
	fail      error // what every act answers with
	cases     []campaign.Case
	mailed    map[string]time.Time
	codes     map[campaign.CodeDigest]campaign.LinkID
	now       func() time.Time
}

func (d *desk) Show(_ context.Context, id campaign.LinkID) (campaign.FormView, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.people[id]
	d.shows++
	if !ok {
		return campaign.FormView{}, fault.New(fault.NotFound, "test.unknown", "no such invitation")
	}
	return *v, nil
}

func (d *desk) CountView(campaign.CampaignID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.views++
}

func (d *desk) Request(_ context.Context, id campaign.LinkID, kind campaign.CaseKind) (campaign.Case, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.cases {
		if c.Kind == kind {
			return c, d.fail
		}
	}
	if d.people[id] == nil {
		return campaign.Case{}, fault.New(fault.NotFound, "test.unknown", "no such invitation")
	}
	c := campaign.Case{ID: campaign.CaseID(len(d.cases) + 1), Kind: kind, State: campaign.CaseOpen, OpenedAt: d.now(), DueAt: d.now().AddDate(0, 1, 0)}
	if d.fail == nil {
		d.people[id].Suppressed = d.people[id].Suppressed || kind == campaign.CaseErase
		d.cases = append(d.cases, c)
	}
	return c, d.fail
}

func (d *desk) Requests(context.Context, campaign.LinkID) ([]campaign.Case, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cases, nil
}

func (d *desk) AskReceipt(_ context.Context, id campaign.LinkID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail == nil {
		d.mailed[d.people[id].Last.ID] = d.now()
	}
	return d.fail
}

func (d *desk) ReceiptAsked(_ context.Context, response string) (time.Time, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mailed[response], nil
}

func (d *desk) OpenCode(_ context.Context, code campaign.CodeDigest) (campaign.LinkID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, ok := d.codes[code]
	if !ok {
		return id, fault.New(fault.NotFound, "test.unknown", "no such code")
	}
	return id, nil
}

func (d *desk) Organisation(context.Context) (campaign.Organisation, error) {
	return d.frozen.Organisation, nil
}

func (d *desk) Document(_ context.Context, hash string) (campaign.Document, error) {
	doc, ok := d.documents[hash]
	if !ok {
		return campaign.Document{}, fault.New(fault.NotFound, "test.document", "no such document")
	}
	return doc, nil
}

func (d *desk) ShowTest(_ context.Context, id campaign.LinkID) (campaign.TestView, error) {
	if id == (campaign.LinkID{}) {
		return campaign.TestView{}, fault.New(fault.NotFound, "test.unknown", "no such campaign")
	}
	return campaign.TestView{Frozen: &d.frozen, Language: "fr"}, nil
}

func (d *desk) Respond(_ context.Context, id campaign.LinkID, a campaign.Answer) (campaign.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.people[id]
	if d.fail != nil || !ok {
		return campaign.Receipt{}, d.failure()
	}
	var decisions []campaign.Decision
	for _, l := range a.Lines {
		state := campaign.Declined
		if l.Yes {
			state = campaign.Granted
		}
		decisions = append(decisions, campaign.Decision{Purpose: l.Purpose, Channel: l.Channel, State: state})
	}
	if v.Last != nil && v.Last.Nonce == a.Nonce {
		if fmt.Sprint(v.Last.Decisions) == fmt.Sprint(decisions) {
			return campaign.Receipt{Response: *v.Last, Repeat: true, View: *v}, nil
		}
		return campaign.Receipt{}, fault.New(fault.Conflict, "test.used", "nonce used")
	}
	if !v.Open && slices.ContainsFunc(a.Lines, func(l campaign.AnswerLine) bool { return l.Yes }) {
		return campaign.Receipt{}, fault.New(fault.Gone, "test.late", "too late")
	}
	d.answers = append(d.answers, a)
	return d.record(v, a, decisions), nil
}

func (d *desk) Object(_ context.Context, id campaign.LinkID, a campaign.Answer) (campaign.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.people[id]
	if d.fail != nil || !ok {
		return campaign.Receipt{}, d.failure()
	}
	d.objected = append(d.objected, a)
	var decisions []campaign.Decision
	for _, q := range d.frozen.File.Questions() {
		decisions = append(decisions, campaign.Decision{Purpose: q.Purpose, Channel: q.Channel, State: campaign.Declined})
	}
	v.Suppressed = true
	return d.record(v, a, decisions), nil
}

func (d *desk) failure() error {
	if d.fail != nil {
		return d.fail
	}
	return fault.New(fault.NotFound, "test.unknown", "no such invitation")
}

func (d *desk) record(v *campaign.FormView, a campaign.Answer, decisions []campaign.Decision) campaign.Receipt {
	n := len(d.answers) + len(d.objected)
	v.Last = &campaign.Response{
		ID: fmt.Sprintf("a6f58318-72e6-46a2-bfd7-%012d", n), Entry: campaign.EntryNo(n), Kind: a.Kind,
		Language: a.Language, Document: a.Document, Nonce: a.Nonce, At: d.now(), Decisions: decisions,
	}
	states := map[campaign.Question]campaign.CurrentChoice{}
	for _, c := range v.Current {
		states[c.Question] = c
	}
	for _, x := range decisions {
		q := campaign.Question{Purpose: x.Purpose, Channel: x.Channel}
		states[q] = campaign.CurrentChoice{Question: q, State: x.State, At: d.now()}
	}
	v.Current = nil
	for _, q := range d.frozen.File.Questions() {
		if c, ok := states[q]; ok {
			v.Current = append(v.Current, c)
		}
	}
	return campaign.Receipt{Response: *v.Last, View: *v}
}

// acts is how many answers of any kind were recorded.
func (d *desk) acts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.answers) + len(d.objected)
}

// house is the pages with everything around them.
type house struct {
	t     *testing.T
	desk  *desk
	links *link.Keys
	srv   *web.Server
	log   *bytes.Buffer
	mu    sync.Mutex
	clock time.Time
	id    campaign.LinkID
	deps  forms.Deps
}

func sample() campaign.Frozen {
	return campaign.Frozen{
		File: campaign.File{
			Name: "printemps", Purposes: []string{"newsletter", "offers"}, Channels: []string{"email", "sms"}, Languages: []string{"fr", "en"},
			Schedule: campaign.Schedule{Deadline: campaign.NewDate(2026, 4, 2)},
			Form: map[string]campaign.FormText{
				"fr": {Title: "Souhaitez-vous encore nos nouvelles ?", Intro: "Vous avez acheté chez {{organisation}} il y a quelque temps.\n\nNous ne savons plus si vous voulez encore nous lire : dites-le nous ici."},
				"en": {Title: "Would you still like our news?", Intro: "You bought something from {{organisation}} a while ago.\n\nWe no longer know whether you still want to read us: tell us here."},
			},
		},
		Organisation: campaign.Organisation{
			Name: "Maison Lumen", LegalName: "Lumen", LegalForm: "SAS", Registration: "RCS Lyon 812 345 678", Address: "12 rue des Tanneurs, 69005 Lyon, France",
			Country: "FR", Email: "contact@lumen.example", PrivacyURL: "https://lumen.example/privacy", PrivacyVersion: "2026-03", DPO: "dpo@lumen.example", Authority: "CNIL, cnil.fr",
			Purposes: []campaign.Purpose{
				{Key: "newsletter", Retention: "36mo", Title: map[string]string{"fr": "La lettre d’information", "en": "The newsletter"},
					Description: map[string]string{"fr": "Nos nouvelles créations et la vie de l’atelier, une fois par mois.", "en": "Our new designs and life in the workshop, once a month."}},
				{Key: "offers", Retention: "1y", Title: map[string]string{"fr": "Les messages sur nos collections", "en": "Messages about our collections"},
					Description: map[string]string{"fr": "Des messages commerciaux à la sortie d’une collection, six par an au plus.", "en": "Marketing messages when a collection comes out, six a year at most."}},
			},
		},
	}
}

// words are read once for all houses.
var words = sync.OnceValues(i18n.Shipped)

func newHouse(t *testing.T, changes ...func(*campaign.Frozen, *forms.Deps)) *house {
	t.Helper()
	h := &house{t: t, log: &bytes.Buffer{}, clock: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), id: campaign.LinkID{1, 2, 3}}
	links, err := link.NewKeys(map[byte][]byte{1: bytes.Repeat([]byte{7}, link.MasterSize)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	h.links = links
	catalogue, err := words()
	if err != nil {
		t.Fatal(err)
	}
	h.desk = &desk{frozen: sample(), documents: map[string]campaign.Document{}, now: h.now, mailed: map[string]time.Time{}, codes: map[campaign.CodeDigest]campaign.LinkID{}}
	deps := forms.Deps{
		Desk: h.desk, Links: links, Catalogue: catalogue, Clock: h.now,
		Log: slog.New(slog.NewTextHandler(&lockedWriter{w: h.log}, &slog.HandlerOptions{Level: slog.LevelDebug})), BaseURL: "https://choice.lumen.example",
		Consent: func(_ context.Context, r campaign.Response) (map[string]any, error) {
			return map[string]any{"consentReceiptID": r.ID}, nil
		},
	}
	for _, change := range changes {
		change(&h.desk.frozen, &deps)
	}
	f, err := forms.New(deps)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := f.Documents(h.desk.frozen)
	if err != nil {
		t.Fatal(err)
	}
	h.desk.frozen.Documents = map[string]string{}
	for _, d := range docs {
		h.desk.frozen.Documents[d.Name] = d.SHA256
		h.desk.documents[d.SHA256] = d
	}
	h.desk.people = map[campaign.LinkID]*campaign.FormView{
		h.id: {Invitation: 1, Contact: 1, Campaign: 1, Language: "fr", Email: "jeanne@example.net", Frozen: &h.desk.frozen, Open: true},
	}
	h.deps = deps
	h.restart()
	return h
}

// restart lets a new process serve the pages, which remembers nothing.
func (h *house) restart() {
	h.t.Helper()
	f, err := forms.New(h.deps)
	if err != nil {
		h.t.Fatal(err)
	}
	h.srv, err = web.New(web.Deps{Log: h.deps.Log, Catalogue: h.deps.Catalogue, BaseURL: h.deps.BaseURL, Kept: f.Asset})
	if err != nil {
		h.t.Fatal(err)
	}
	f.Register(h.srv.Echo)
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

// wait lets time pass for the pages.
func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}

func (h *house) view() *campaign.FormView { return h.desk.people[h.id] }

// path is the address of a page of the person.
func (h *house) path(p link.Purpose) string {
	prefix := map[link.Purpose]string{link.Form: "/c/", link.OneClick: "/u/", link.Preferences: "/p/", link.Receipt: "/r/"}[p]
	var expires time.Time
	if p == link.Form {
		expires = time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	}
	return prefix + h.links.Mint(p, h.id, expires)
}

// do sends one request; header is name, value, name, value …
func (h *house) do(method, target, body string, header ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "choice.lumen.example"
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.srv.Echo.ServeHTTP(w, r)
	return w
}

func (h *house) get(target string) *httptest.ResponseRecorder {
	return h.do(http.MethodGet, target, "")
}

// nonce opens a page, lets three seconds pass and gives the nonce of its first form.
func (h *house) nonce(target string) string {
	h.t.Helper()
	n := h.fresh(target)
	h.wait(3 * time.Second)
	return n
}

func (h *house) fresh(target string) string {
	h.t.Helper()
	w := h.get(target)
	if w.Code != http.StatusOK {
		h.t.Fatalf("GET: %d", w.Code)
	}
	inputs := find(parse(h.t, w), "input", "name", "form")
	if len(inputs) == 0 {
		h.t.Fatal("the page has no form")
	}
	return attr(inputs[len(inputs)-1], "value")
}

// post sends a form.
func (h *house) post(target string, fields url.Values, header ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.do(http.MethodPost, target, fields.Encode(), header...)
}

// fields makes form fields of name, value, name, value …
func fields(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func with(v url.Values, pairs ...string) url.Values {
	c := maps.Clone(v)
	for i := 0; i+1 < len(pairs); i += 2 {
		c[pairs[i]] = []string{pairs[i+1]}
	}
	return c
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
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func sum(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }
