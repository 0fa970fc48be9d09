package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

var (
	demoNonce   = regexp.MustCompile(`name="form" value="([^"]+)"`)
	demoMessage = regexp.MustCompile(`href="(/inbox/\d+)"`)
	demoForm    = regexp.MustCompile(`http://[^"]+/c/[a-z2-7]+`)
)

// visitor is a person at the demonstration, with a browser that keeps cookies.
type visitor struct {
	t      *testing.T
	base   string
	client http.Client
}

func newVisitor(t *testing.T, base string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return visitor{t, base, http.Client{Jar: jar}}
}

func (v visitor) get(path string) string {
	v.t.Helper()
	res, err := v.client.Get(v.base + path)
	return v.read(res, err)
}

func (v visitor) post(path string, form url.Values) string {
	v.t.Helper()
	res, err := v.client.PostForm(v.base+path, form)
	return v.read(res, err)
}

func (v visitor) read(res *http.Response, err error) string {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %s %v\n%s", res.Request.URL, res.Status, err, body)
	}
	return string(body)
}

func (v visitor) find(re *regexp.Regexp, in string) string {
	v.t.Helper()
	m := re.FindStringSubmatch(in)
	if m == nil {
		v.t.Fatalf("no %s in:\n%s", re, in)
	}
	return m[len(m)-1]
}

// A newcomer's two minutes: press the button, open a message, choose, see the figures change; then
// Ctrl-C leaves nothing behind.
func TestDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, ended := make(chan DemoReady, 1), make(chan error, 1)
	go func() {
		ended <- Demo(ctx, DemoOptions{Listen: "127.0.0.1:0", Contacts: 60, Log: slog.New(slog.DiscardHandler), Clock: clock}, func(d DemoReady) { ready <- d })
	}()
	var d DemoReady
	select {
	case d = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	base, path, _ := strings.Cut(strings.TrimPrefix(d.Start, "http://"), "/")
	v := newVisitor(t, "http://"+base)
	door := v.get("/" + path)
	if strings.Contains(door, "<script") || !strings.Contains(door, "made-up sign-off") {
		t.Error("the door has a script or no banner")
	}
	// The door leads to the one button, with nothing left to type; the inbox is one link away.
	button := v.get(v.find(regexp.MustCompile(`class="button" href="([^"]+)"`), door))
	if !strings.Contains(button, `name="name" type="text" value="hello-again"`) || !strings.Contains(button, `href="/inbox"`) || !strings.Contains(button, "made-up people") {
		t.Errorf("the button is not ready, or the inbox not at hand:\n%s", button)
	}
	if home := v.get("/admin"); !strings.Contains(home, "hello-again") || !strings.Contains(home, "60 contacts") {
		t.Errorf("the dashboard is not open:\n%s", home)
	}
	running := v.post("/admin/campaigns/hello-again/start", url.Values{"form": {v.find(demoNonce, button)}, "name": {"hello-again"}})
	if !strings.Contains(running, "sse-connect") {
		t.Errorf("the page does not follow the campaign:\n%s", running)
	}

	message := ""
	for message == "" { // the inbox is looked at until a message is there; the test's own deadline bounds it
		if m := demoMessage.FindStringSubmatch(v.get("/inbox")); m != nil {
			message = m[1]
		}
	}
	if page := v.get(message); !strings.Contains(page, "sandbox=") || !strings.Contains(page, "List-Unsubscribe-Post: List-Unsubscribe=One-Click") {
		t.Error("the message is shown without its sandbox or its headers")
	}
	form := v.find(demoForm, v.get(message+"/html"))
	nonce := v.find(demoNonce, v.read(http.Get(form)))
	later.Add(int64(3 * time.Second)) // a person reads
	v.read(http.PostForm(form, url.Values{"form": {nonce}, "action": {"save"}, "decision.newsletter.email": {"yes"}}))
	if after := v.get("/admin/campaigns/hello-again/results"); !regexp.MustCompile(`Our newsletter</th>\s*<td[^>]*>by e-mail</td>\s*<td[^>]*>1</td>`).MatchString(after) {
		t.Errorf("the answer does not show:\n%s", after)
	}
	v.proves()
	v.rehearses(message)

	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

var (
	demoAnswer = regexp.MustCompile(`href="(/admin/responses/[0-9a-f-]{36})"`)
	demoFrame  = regexp.MustCompile(`<iframe class="tall" src="([^"]+)"`)
)

// proves opens the answer, has its proof and the whole ledger recomputed, and downloads the dossier.
func (v visitor) proves() {
	v.t.Helper()
	at := v.find(demoAnswer, v.get("/admin/responses"))
	page := v.get(at)
	form := url.Values{"form": {v.find(demoNonce, page)}}
	if shown := v.get(v.find(demoFrame, page)); !strings.Contains(shown, "decision.newsletter.email") || strings.Contains(shown, "{{") {
		v.t.Errorf("the page as shown is:\n%s", shown)
	}
	if steps := v.post(at+"/verify", form); strings.Count(steps, "Holds") != 6 || !strings.Contains(steps, "The proof of this answer holds") {
		v.t.Errorf("the proof of the answer:\n%s", steps)
	}
	if dossier := v.post(at+"/proof", form); !strings.Contains(dossier, "reoptin-proof/1") {
		v.t.Errorf("the dossier is:\n%.300s", dossier)
	}
	if whole := v.post("/admin/proof/verify", form); !strings.Contains(whole, "The ledger holds") {
		v.t.Errorf("the ledger:\n%s", whole)
	}
	who := v.find(regexp.MustCompile(`<p>([^ <]+@[^ <]+) decided:`), page)
	of := func(address string) string {
		return v.post("/admin/responses/find", url.Values{"form": form["form"], "address": {address}, "campaign": {"hello-again"}})
	}
	if mine := of(strings.ToUpper(who)); !strings.Contains(mine, at) {
		v.t.Errorf("the answers of %s:\n%s", who, mine)
	}
	if none := of("nobody@example.net"); strings.Contains(none, at) {
		v.t.Error("the answers of somebody else show this one")
	}
	for _, other := range []string{"before=1", "campaign=nothing"} {
		if none := v.get("/admin/responses?" + other); strings.Contains(none, at) {
			v.t.Errorf("%s does not narrow the list", other)
		}
	}
	if csv := v.get("/admin/campaigns/hello-again/consents"); !strings.HasPrefix(csv, "contact,email,purpose") || strings.Count(csv, "granted") != 1 {
		v.t.Errorf("the consents:\n%s", csv)
	}
}

// rehearses sends a test message from the page of the check and opens its link; nobody who was asked gets
// one.
func (v visitor) rehearses(asked string) {
	v.t.Helper()
	at := "/admin/campaigns/hello-again/check"
	form := url.Values{"form": {v.find(demoNonce, v.get(at))}, "language": {"en"}, "to": {"colleague@office.example"}}
	if said := v.post("/admin/campaigns/hello-again/test", form); !strings.Contains(said, "The relay took the test message") {
		v.t.Fatalf("the page says\n%s", said)
	}
	newest := v.get(v.find(regexp.MustCompile(`href="(/inbox/\d+)">\s*<span class="to">colleague@office`), v.get("/inbox")))
	link := v.find(regexp.MustCompile(`http://[^"]+/t/[a-z2-7]+`), v.get(v.find(regexp.MustCompile(`<iframe src="([^"]+)"`), newest)))
	if !strings.Contains(newest, "[TEST]") || !strings.Contains(v.read(v.client.Get(link)), "This is a test") {
		v.t.Errorf("the test message is\n%s", newest)
	}
	form.Set("to", v.find(regexp.MustCompile(`<dt>To</dt><dd>([^<]+)</dd>`), v.get(asked)))
	res, err := v.client.PostForm(v.base+"/admin/campaigns/hello-again/test", form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnprocessableEntity {
		v.t.Errorf("a test message to a person who was asked: %s", res.Status)
	}
}

// A folder with a real installation once lost its settings to a demo.
func TestDemoLeavesARealInstallationAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shop")
	if _, err := Init(t.Context(), Founding{Dir: dir, Admin: "admin", Clock: time.Now}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "reoptin.toml"))
	if err != nil {
		t.Fatal(err)
	}
	err = Demo(t.Context(), DemoOptions{Listen: "127.0.0.1:0", Dir: dir, Contacts: 10, Log: slog.New(slog.DiscardHandler), Clock: time.Now}, func(DemoReady) { t.Error("it started") })
	after, _ := os.ReadFile(filepath.Join(dir, "reoptin.toml"))
	if !fault.Is(err, fault.Conflict) || string(before) != string(after) {
		t.Errorf("the demo in a real installation: %v", err)
	}
}

// TestDemoNamesItsCommandForAnyFolder: another terminal seldom stands where this one does.
func TestDemoNamesItsCommandForAnyFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var said string
	err := Demo(ctx, DemoOptions{Listen: "127.0.0.1:0", Dir: "my demo", Contacts: 1, Log: slog.New(slog.DiscardHandler), Clock: time.Now}, func(d DemoReady) {
		said = d.Command
		stop()
	})
	here, _ := os.Getwd()
	if want := " --config '" + filepath.Join(here, "my demo", "reoptin.toml") + "' campaign start hello-again --wait"; err != nil || !strings.HasSuffix(said, want) {
		t.Errorf("the command is %s, not …%s: %v", said, want, err)
	}
}

func TestDemoIsForThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", "192.0.2.1:80", ":8080", "example.com:80", "nonsense"} {
		if l, err := listenLoopback(address); err == nil {
			_ = l.Close()
			t.Errorf("the demo would listen on %s", address)
		}
	}
}
