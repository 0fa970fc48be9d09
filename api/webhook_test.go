package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/mailer/bounce"
	"github.com/reoptin/reoptin/web"
)

const (
	host = "choice.example.org"
	to   = "jeanne.martin@place.example"
	mid  = "0123456789abcdef0123456789abcdef@shop.example"
)

var (
	today = time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	ref   = "b+" + strings.Repeat("a", 60)
	link  = campaign.LinkID{7}
)

// note is a desk that remembers what it was told.
type note struct {
	mu   sync.Mutex
	told []campaign.Notice
	fail func(n int) error // by how often it was told before
}

func (d *note) Note(_ context.Context, n campaign.Notice) (campaign.Noted, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, n)
	if d.fail != nil {
		if err := d.fail(len(d.told) - 1); err != nil {
			return campaign.Noted{}, err
		}
	}
	return campaign.Noted{Invitation: 1, Effect: campaign.EffectCounted}, nil
}

// spent is a memory of tokens.
type spent struct {
	known map[[32]byte][32]byte
	err   error
}

func (s *spent) Spend(_ context.Context, token, body [32]byte, _ time.Duration) (bool, error) {
	if _, known := s.known[token]; !known {
		s.known[token] = body
	}
	return s.known[token] == body, s.err
}

// door is webhooks behind a real server.
type door struct {
	desk   *note
	tokens *spent
	now    time.Time
	fetch  Fetch
	log    bytes.Buffer
	server *web.Server
}

// words are read once for all doors.
var words = sync.OnceValues(i18n.Shipped)

// newDoor opens all providers, or those with the secrets given.
func newDoor(t testing.TB, secrets map[string]string) *door {
	t.Helper()
	d := &door{desk: &note{}, tokens: &spent{known: map[[32]byte][32]byte{}}, now: today, fetch: lies}
	if secrets == nil {
		secrets = map[string]string{}
		for name, p := range posts {
			secrets[name] = p.secret
		}
	}
	catalogue, err := words()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if d.server, err = web.New(web.Deps{Log: log, Catalogue: catalogue, BaseURL: "https://" + host}); err != nil {
		t.Fatal(err)
	}
	w, err := NewWebhooks(WebhookDeps{Desk: d.desk, Tokens: d.tokens, Genuine: genuine, Secrets: secrets, Clock: func() time.Time { return d.now }, Log: log,
		Fetch: func(ctx context.Context, address string) ([]byte, error) { return d.fetch(ctx, address) }})
	if err != nil {
		t.Fatal(err)
	}
	w.Register(d.server.Echo)
	return d
}

// genuine knows one token.
func genuine(all []bounce.Signed) (campaign.LinkID, bool) {
	for _, s := range all {
		if string(s.Mark)+"+"+s.Token == ref {
			return link, true
		}
	}
	return campaign.LinkID{}, false
}

// post sends a request as it is, and gives the status.
func (d *door) post(provider string, header http.Header, body string) int {
	r := httptest.NewRequest(http.MethodPost, WebhookPath+provider, strings.NewReader(body))
	r.Host, r.Header = host, header
	w := httptest.NewRecorder()
	d.server.Echo.ServeHTTP(w, r)
	return w.Code
}

// sends has a provider report something, as it does, and expects a status.
func (d *door) sends(t testing.TB, provider, report string, status int) {
	t.Helper()
	header, body := posts[provider].send(t, filled(report), d.now)
	if got := d.post(provider, header, body); got != status {
		t.Errorf("%s: %d, want %d\n%s\n%s", provider, got, status, body, d.log.String())
	}
}

// filled puts the message of these tests into an example.
func filled(report string) string {
	return strings.NewReplacer("REF", ref, "MID", mid, "TO", to).Replace(report)
}

// TestReports: what each provider reports of a message of ours, and what the desk is told.
func TestReports(t *testing.T) {
	t.Parallel()
	for name, p := range posts {
		for what, c := range p.reports {
			d := newDoor(t, nil)
			d.sends(t, name, c.report, http.StatusOK)
			if c.meaning == "" {
				if len(d.desk.told) != 0 {
					t.Errorf("%s, %s: %+v", name, what, d.desk.told)
				}
				continue
			}
			if len(d.desk.told) != 1 {
				t.Errorf("%s, %s: told %d times\n%s", name, what, len(d.desk.told), d.log.String())
				continue
			}
			n := d.desk.told[0]
			if n.Meaning != c.meaning || n.Link != link || n.MessageID != "" || n.Address != to || n.Reporter != name || !n.Genuine || len(n.Mark) != 64 || n.Status != c.status || n.Class != c.class {
				t.Errorf("%s, %s: %+v", name, what, n)
			}
			quiet(t, d, name)
		}
	}
}

// quiet: nothing of a person, of a message or of a secret is in the log.
func quiet(t *testing.T, d *door, provider string) {
	t.Helper()
	log := d.log.String()
	for _, word := range []string{to, "jeanne", ref, mid, posts[provider].secret} {
		if strings.Contains(log, word) {
			t.Errorf("%s: the log holds %q:\n%s", provider, word, log)
		}
	}
}

// TestMessageID: without a reference a message is found by its id, if the id is one of ours and what is
// reported counts.
func TestMessageID(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	hard := posts["sendgrid"].reports["hard"].report
	for id, want := range map[string]string{"<" + mid + ">": mid, mid: mid, "<14c5d75ce93.dfd.64b469@elsewhere.example>": "", "": "", mid + ">, <" + mid: ""} {
		d.desk.told = nil
		report := strings.NewReplacer("REF", "b+"+strings.Repeat("z", 60), "<MID>", id).Replace(hard)
		d.sends(t, "sendgrid", report, http.StatusOK)
		switch {
		case want == "" && len(d.desk.told) != 0, want != "" && (len(d.desk.told) != 1 || d.desk.told[0].MessageID != want || d.desk.told[0].Link != campaign.LinkID{}):
			t.Errorf("%q: %+v", id, d.desk.told)
		}
	}
	d.desk.told = nil
	d.sends(t, "sendgrid", strings.Replace(posts["sendgrid"].reports["delivered"].report, "REF", "", 1), http.StatusOK)
	if len(d.desk.told) != 0 {
		t.Errorf("each delivery is looked for by its message id: %+v", d.desk.told)
	}
	named := "r." + strings.Repeat("a2", 13) + "@shop.example" // which costs no walk
	for _, kind := range []string{"delivered", "hard"} {
		d.desk.told = nil
		d.sends(t, "sendgrid", strings.NewReplacer("REF", "", "<MID>", "<"+named+">", "MID", named).Replace(posts["sendgrid"].reports[kind].report), http.StatusOK)
		if len(d.desk.told) != 1 || d.desk.told[0].MessageID != named {
			t.Errorf("%s: %+v", kind, d.desk.told)
		}
	}
}

// TestAReportOfOthersSaysNothing: the provider is who it says, and the message is none of ours.
func TestAReportOfOthersSaysNothing(t *testing.T) {
	t.Parallel()
	for name, p := range posts {
		d := newDoor(t, nil)
		report := strings.NewReplacer("REF", "u+"+strings.Repeat("b", 60), "MID", "20261102.1@newsletter.example").Replace(p.reports["hard"].report)
		d.sends(t, name, report, http.StatusOK)
		if len(d.desk.told) != 0 {
			t.Errorf("%s: %+v", name, d.desk.told)
		}
	}
}

// TestForged: a report under another key, changed on its way, or with no proof at all is not read.
func TestForged(t *testing.T) {
	t.Parallel()
	for name, p := range posts {
		report := filled(p.reports["hard"].report)
		d := newDoor(t, nil)
		for what, f := range p.forge(t, report, today) {
			if got := d.post(name, f.header, f.body); got != http.StatusUnauthorized && got != http.StatusBadRequest {
				t.Errorf("%s, %s: %d", name, what, got)
			}
		}
		for _, header := range []http.Header{{"Content-Type": {"application/json"}}, {"Content-Type": {"application/json"}, "Authorization": {"Basic Og=="}}, {"Content-Type": {"application/json"}, "Authorization": {"Bearer "}}} {
			if got := d.post(name, header, report); got != http.StatusUnauthorized && got != http.StatusBadRequest {
				t.Errorf("%s, without a proof: %d", name, got)
			}
		}
		if len(d.desk.told) != 0 {
			t.Errorf("%s: %+v", name, d.desk.told)
		}
		quiet(t, d, name)
	}
}

// TestOldReports: a signature has its time, which is never one to come.
func TestOldReports(t *testing.T) {
	t.Parallel()
	for name, past := range map[string]time.Duration{"sendgrid": sendGridPast, "mailgun": mailgunPast, "ses": sesPast, "scaleway": scalewayPast} {
		for _, c := range []struct {
			off    time.Duration
			status int
		}{{-past, http.StatusOK}, {-past - time.Second, http.StatusUnauthorized}, {ahead, http.StatusOK}, {ahead + time.Second, http.StatusUnauthorized}} {
			d := newDoor(t, nil)
			header, body := posts[name].send(t, filled(posts[name].reports["hard"].report), today.Add(c.off))
			if got := d.post(name, header, body); got != c.status || (len(d.desk.told) == 1) != (got == http.StatusOK) {
				t.Errorf("%s, %v: %d, told %d times", name, c.off, got, len(d.desk.told))
			}
		}
	}
}

// TestReplay: the same report once more is told under the same mark, by which the desk knows it; another one
// has another.
func TestReplay(t *testing.T) {
	t.Parallel()
	for name, p := range posts {
		d := newDoor(t, nil)
		header, body := p.send(t, filled(p.reports["hard"].report), today)
		for range 2 {
			if got := d.post(name, header, body); got != http.StatusOK {
				t.Errorf("%s: %d", name, got)
			}
		}
		d.sends(t, name, p.reports["complaint"].report, http.StatusOK)
		if name == "scaleway" { // it reports no complaints as such
			continue
		}
		if told := d.desk.told; len(told) != 3 || told[0].Mark != told[1].Mark || told[1].Mark == told[2].Mark {
			t.Errorf("%s: %+v", name, told)
		}
	}
}

// TestUnread: what is no JSON, compressed or too large is refused before anything is looked at.
func TestUnread(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, 64<<20); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, p := range posts {
		d := newDoor(t, nil)
		header, body := p.send(t, filled(p.reports["hard"].report), today)
		with := func(name, value string) http.Header {
			h := header.Clone()
			h.Set(name, value)
			return h
		}
		for what, c := range map[string]struct {
			header http.Header
			body   string
			status int
		}{
			"a form":      {with("Content-Type", "application/x-www-form-urlencoded"), body, http.StatusUnsupportedMediaType},
			"no type":     {with("Content-Type", ""), body, http.StatusUnsupportedMediaType},
			"a page":      {with("Content-Type", "text/html"), body, http.StatusUnsupportedMediaType},
			"compressed":  {with("Content-Encoding", "gzip"), bomb.String(), http.StatusUnsupportedMediaType},
			"a bomb":      {header, bomb.String(), 0},
			"two codings": {with("Content-Encoding", "gzip, gzip"), body, http.StatusUnsupportedMediaType},
			"too large":   {header, body + strings.Repeat(" ", mostBody), http.StatusRequestEntityTooLarge},
			"empty":       {header, "", 0},
			"cut":         {header, body[:len(body)/2], 0},
			"null":        {header, "null", 0},
			"deep":        {header, strings.Repeat("[", 100_000), 0},
		} {
			if got := d.post(name, c.header, c.body); c.status != 0 && got != c.status || got/100 != 4 && what != "null" {
				t.Errorf("%s, %s: %d", name, what, got)
			}
		}
		if len(d.desk.told) != 0 {
			t.Errorf("%s: %+v", name, d.desk.told)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestOnlyWhatIsSetIsMounted: no other provider, no other method.
func TestOnlyWhatIsSetIsMounted(t *testing.T) {
	t.Parallel()
	d := newDoor(t, map[string]string{"postmark": posts["postmark"].secret})
	d.sends(t, "postmark", posts["postmark"].reports["hard"].report, http.StatusOK)
	d.sends(t, "brevo", posts["brevo"].reports["hard"].report, http.StatusNotFound)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodHead} {
		r := httptest.NewRequest(method, WebhookPath+"postmark", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if d.server.Echo.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// TestNewWebhooksRefusesSecretsThatCannotBe: and shows none.
func TestNewWebhooksRefusesSecretsThatCannotBe(t *testing.T) {
	t.Parallel()
	for provider, secret := range map[string]string{"sparkpost": "hush", "postmark": "hush", "sendgrid": "hush", "ses": "", "scaleway": "", "brevo": ""} {
		_, err := NewWebhooks(WebhookDeps{Secrets: map[string]string{provider: secret}, Clock: time.Now})
		if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", provider, err)
		}
	}
}

// TestStoredOrSentAgain: 200 is said when all was stored; one that could not be keeps none of the others away.
func TestStoredOrSentAgain(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.desk.fail = func(n int) error {
		if n == 0 {
			return fault.New(fault.NotFound, "x", "y") // of any kind: the provider must send it again
		}
		return nil
	}
	var all []string
	for n := range 50 {
		all = append(all, strings.Replace(posts["sendgrid"].reports["hard"].report, "sg-1", fmt.Sprint("sg-", n), 1))
	}
	report := "[" + strings.Join(all, ",") + "]"
	d.sends(t, "sendgrid", report, http.StatusServiceUnavailable)
	if len(d.desk.told) != 50 {
		t.Errorf("told %d times", len(d.desk.told))
	}
	marks := map[string]bool{}
	for _, n := range d.desk.told {
		marks[n.Mark] = true
	}
	if len(marks) != 50 {
		t.Errorf("%d marks", len(marks))
	}
	d.sends(t, "sendgrid", report, http.StatusOK)
	if len(d.desk.told) != 100 {
		t.Errorf("told %d times", len(d.desk.told))
	}
	d.desk.told, d.desk.fail = nil, func(n int) error {
		if n == 0 {
			return fault.New(fault.Conflict, "x", "y") // another request stored it in the same moment
		}
		return nil
	}
	d.sends(t, "postmark", posts["postmark"].reports["hard"].report, http.StatusOK)
	if len(d.desk.told) != 2 {
		t.Errorf("told %d times", len(d.desk.told))
	}
	d.tokens.err = errors.New("disk")
	d.sends(t, "mailgun", posts["mailgun"].reports["hard"].report, http.StatusServiceUnavailable)
}

// TestHalfBroken: what can be read of a batch counts, and the rest is not asked for again.
func TestHalfBroken(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sendgrid", "brevo", "postmark"} {
		d := newDoor(t, nil)
		good := posts[name].reports["hard"].report
		long := strings.ReplaceAll(good, "TO", strings.Repeat("x", 300)+"@place.example")
		d.sends(t, name, `[null, 7, "x", [], {"event": 7, "RecordType": []}, `+good+`, `+long+`, `+strings.ReplaceAll(good, "TO", "")+`, {}, {"event": "of the future", "RecordType": "Future"}]`, http.StatusOK)
		if len(d.desk.told) != 1 || d.desk.told[0].Meaning != campaign.MeansHard || !strings.Contains(d.log.String(), "broken=6") || !strings.Contains(d.log.String(), "ignored=3") {
			t.Errorf("%s: %+v\n%s", name, d.desk.told, d.log.String())
		}
	}
}

// TestAnOddFieldTakesNoNoWithIt: a provider writes one field of an event in another form than it says, and a complaint was
// answered with 200 and thrown away.
func TestAnOddFieldTakesNoNoWithIt(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]string{
		"mailgun":  `"delivery-status": [], "severity": 1, "reason": {}, `,
		"sendgrid": `"reason": {"text": "x"}, "type": 7, `,
		"postmark": `"Details": {"text": "x"}, "Origin": 1, `,
		"brevo":    `"reason": ["x"], `,
		"ses":      `"bounce": [], "delivery": "x", `,
	} {
		d := newDoor(t, nil)
		report := posts[name].reports["complaint"].report
		d.sends(t, name, "{"+odd+report[1:], http.StatusOK)
		if len(d.desk.told) != 1 || d.desk.told[0].Meaning != campaign.MeansComplaint || d.desk.told[0].Link == (campaign.LinkID{}) {
			t.Errorf("%s: %+v\n%s", name, d.desk.told, d.log.String())
		}
	}
}
