//go:build failpoint

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// markedProgram builds the real program, as released but with its marks, once for all tests.
var markedProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workshop(), "reoptin")
	build := exec.Command("go", "build", "-tags", "failpoint", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, os.Chmod(workshop(), 0o755) // a server without rights must reach it
})

// unwatched leaves a test to the run without the race detector: the server that it drives is built without.
func unwatched(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("the race detector does not see the program that this test drives: it runs without it")
	}
}

// front is an installation whose people were asked, and the real program that waits for their answers.
type front struct {
	t     *testing.T
	dir   string
	env   []string
	relay *smtptest.Server
	base  string
}

// newFront makes an installation and asks n people.
func newFront(t *testing.T, n int) *front {
	t.Helper()
	unwatched(t)
	f := &front{t: t, dir: t.TempDir()}
	var err error
	f.relay, err = smtptest.Start(smtptest.Options{Pipelining: true})
	f.must(err)
	t.Cleanup(func() { _ = f.relay.Close() })
	address, err := freeAddress()
	f.must(err)
	f.base = "http://" + address
	f.env = []string{"REOPTIN_SMTP_URL=smtp+insecure://" + f.relay.Addr(), "REOPTIN_LISTEN=" + address, "REOPTIN_BASE_URL=" + f.base,
		"REOPTIN_SENDING_WINDOW=Mon-Sun 00:00-24:00", "REOPTIN_SENDING_RATE=1000/s"}
	f.run("init", "--dir", f.dir)
	f.run("organisation", "apply", filepath.Join("testdata", "lumen", "organisation.toml"))
	f.must(os.WriteFile(f.at("base.csv"), []byte(recent(people(n))), 0o600))
	f.run("contacts", "import", f.at("base.csv"))
	f.must(os.WriteFile(f.at("spring.toml"), []byte(f.run("campaign", "new", "spring")), 0o600))
	f.run("campaign", "create", f.at("spring.toml"))
	f.run("campaign", "approve", "spring")
	f.run("campaign", "start", "spring", "--wait")
	if got := len(f.relay.Messages()); got != n {
		t.Fatalf("%d people were asked, want %d", got, n)
	}
	return f
}

// recent is a base of people as if the scripts took place today.
func recent(base string) string {
	year := time.Now().AddDate(-1, 0, 0).Format(time.DateOnly)
	return strings.NewReplacer("2025-11-02", year, "2026-10-02", time.Now().AddDate(0, -2, 0).Format(time.DateOnly)).Replace(base)
}

func (f *front) at(name string) string { return filepath.Join(f.dir, name) }

func (f *front) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// run runs a command in this process and gives what it prints.
func (f *front) run(args ...string) string {
	f.t.Helper()
	var out, errs bytes.Buffer
	c := &cli{env: f.env, in: strings.NewReader(""), out: &out, errs: &errs, clock: app.Now}
	if code := c.run(f.t.Context(), append([]string{"--config", f.at("reoptin.toml")}, args...)); code != 0 {
		f.t.Fatalf("reoptin %s: %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String()
}

// shopkeeper is a running server.
type shopkeeper struct {
	*exec.Cmd
	ended chan struct{}
	said  *bytes.Buffer // complete once it has ended
}

// serve starts the real program, and waits until it serves or has ended.
func (f *front) serve(change func(*exec.Cmd), env ...string) *shopkeeper {
	f.t.Helper()
	program, err := markedProgram()
	f.must(err)
	s := &shopkeeper{Cmd: exec.Command(program, "--config", f.at("reoptin.toml"), "serve"), ended: make(chan struct{}), said: &bytes.Buffer{}}
	s.Env = append(append([]string{"PATH=" + os.Getenv("PATH")}, f.env...), env...)
	if change != nil {
		change(s.Cmd)
	}
	says, err := s.StderrPipe()
	f.must(err)
	f.must(s.Start())
	serving := make(chan struct{})
	go func() {
		defer close(s.ended)
		lines := bufio.NewScanner(says)
		for lines.Scan() {
			fmt.Fprintln(s.said, lines.Text())
			if strings.Contains(lines.Text(), "serving on") {
				close(serving)
			}
		}
		_ = s.Wait()
	}()
	f.t.Cleanup(s.kill)
	select {
	case <-serving:
	case <-s.ended:
		select {
		case <-serving: // and was killed by what it did then
			return s
		default:
		}
		f.t.Fatalf("the server ended with %v:\n%s", s.ProcessState, s.said)
	case <-time.After(2 * time.Minute):
		f.t.Fatal("the server neither serves nor ends")
	}
	return s
}

func (s *shopkeeper) kill() {
	_ = s.Process.Kill()
	<-s.ended
}

// stop lets the server end in order.
func (f *front) stop(s *shopkeeper) {
	f.t.Helper()
	f.must(s.Process.Signal(syscall.SIGTERM))
	<-s.ended
	if code := s.ProcessState.ExitCode(); code != 0 {
		f.t.Fatalf("the server ended with %d:\n%s", code, s.said)
	}
}

// mailTo is the text of the message that a person got.
func (f *front) mailTo(who string) string {
	f.t.Helper()
	for _, m := range f.relay.Messages() {
		if m.To == who {
			return strings.ReplaceAll(string(m.Data), "=\r\n", "")
		}
	}
	f.t.Fatalf("%s got no message", who)
	return ""
}

// visit is one person's answer that waits to be sent.
type visit struct {
	who, target string
	post        url.Values
	no          bool
}

// visits opens the forms of people, every second of whom will say no, until they are old enough to be
// answered; every fourth person's mail program says it for them.
func (f *front) visits(n int) []visit {
	f.t.Helper()
	var out []visit
	for i := 1; i <= n; i++ {
		v := visit{who: fmt.Sprintf("p%d@place.example", i), no: i%2 == 0}
		mail := f.mailTo(v.who)
		if i%4 == 0 {
			v.target, v.post = stopLink.FindString(mail), url.Values{"List-Unsubscribe": {"One-Click"}}
			out = append(out, v)
			continue
		}
		v.target = formLink.FindString(mail)
		_, page, err := send(http.MethodGet, v.target, nil)
		f.must(err)
		found := nonce.FindStringSubmatch(page)
		if found == nil {
			f.t.Fatalf("the form of %s has no nonce:\n%s", v.who, page)
		}
		v.post = url.Values{"form": {found[1]}, "action": {"save"}, "decision.newsletter.email": {"yes"}}
		if v.no {
			v.post = url.Values{"form": {found[1]}, "action": {"refuse-all"}}
		}
		out = append(out, v)
	}
	<-time.After(2100 * time.Millisecond) // nothing answered sooner counts as a person's answer
	return out
}

// send does one request and follows nothing.
func send(method, target string, body url.Values) (*http.Response, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body.Encode()))
	if err != nil {
		return nil, "", err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

// thanked reports whether a server said that an answer is recorded.
func (v visit) thanked(res *http.Response) bool {
	if v.post.Get("form") == "" {
		return res.StatusCode == http.StatusOK // RFC 8058
	}
	return res.StatusCode == http.StatusSeeOther && strings.Contains(res.Header.Get("Location"), "/r/")
}

// answered counts the stored answers of each person.
func (f *front) answered() map[string]int {
	f.t.Helper()
	var contacts struct {
		Contacts []struct {
			ID    int64
			Email string
		}
	}
	f.must(json.Unmarshal([]byte(f.run("--json", "contacts", "list")), &contacts))
	names := map[int64]string{}
	for _, c := range contacts.Contacts {
		names[c.ID] = c.Email
	}
	var list struct{ Responses []struct{ Contact int64 } }
	f.must(json.Unmarshal([]byte(f.run("--json", "responses", "list")), &list))
	out := map[string]int{}
	for _, r := range list.Responses {
		out[names[r.Contact]]++
	}
	return out
}

// expectNo expects a person's no to stand wherever it is looked at.
func (f *front) expectNo(who string) {
	f.t.Helper()
	var c struct {
		Suppressed bool
		Class      string
	}
	f.must(json.Unmarshal([]byte(f.run("--json", "contacts", "show", who)), &c))
	if !c.Suppressed || c.Class != "opted_out" {
		f.t.Errorf("the no of %s is forgotten: %+v", who, c)
	}
}
