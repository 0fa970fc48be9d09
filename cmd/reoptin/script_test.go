package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// day is the Monday on which every script takes place, so that verdicts do not depend on when the
// tests run. The clock of each process goes on from there.
var day = time.Date(2026, time.November, 2, 10, 0, 0, 0, time.UTC)

// workshop is the folder of what this test process builds; it is removed at the end.
func workshop() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("reoptin-workshop-%d", os.Getpid()))
}

// tidy leaves nothing behind.
type tidy struct{ *testing.M }

func (t tidy) Run() int {
	defer os.RemoveAll(workshop())
	return t.M.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"reoptin": func() { os.Exit(scripted()) }})
}

// scripted is the program with the script's clock.
func scripted() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	clock := time.Now
	if began, err := strconv.ParseInt(os.Getenv("SCRIPT_BEGAN"), 10, 64); err == nil {
		clock = func() time.Time { return day.Add(time.Since(time.UnixMilli(began))) }
	}
	c := &cli{env: os.Environ(), in: os.Stdin, out: os.Stdout, errs: os.Stderr, clock: clock, looks: looks()}
	return c.run(ctx, os.Args[1:])
}

// atOnce are the scripts in which a server, a sender and people act at the same time.
var atOnce = []string{"lumen", "sender", "waiting", "later", "refused-policy", "uncertain"}

func TestScripts(t *testing.T) {
	dir, files := "testdata/script", []string(nil)
	if raced {
		for _, name := range atOnce {
			files = append(files, filepath.Join(dir, name+".txtar"))
		}
		dir = ""
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Files:               files,
		RequireExplicitExec: true,
		Setup:               setUp,
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("no condition is called %q", name)
			}
			return os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"listening": listening,
			"mails":     mails,
			"nomail":    nomail,
			"answer":    answer,
			"oneclick":  oneclick,
			"rehearse":  rehearse,
			"verdicts":  verdicts,
			"json":      jsonIs,
			"flip":      flip,
			"relay":     relay,
			"shop":      shop,
			"ends":      ends,
			"until":     awaits,
			"sql":       sqlRun,
			"onedoc":    onedoc,
			"recode":    recode,
			"fails":     fails,
			"snapshot":  snapshot,
			"unchanged": unchanged,
			"people":    peopleFile,
			"hold":      hold,
			"secure":    secure,
			"refusal":   refusal,
			"wake":      wake,
			"bad":       bad,
			"back":      back,
			"arrive":    arrive,
			"free":      free,
			"hook":      hook,
			"ask":       ask,
			"diagnosed": diagnosed,
		},
	})
}

type serverKey struct{}

// fakeRelay is a script's mail server; what it does is changed by the relay command.
type fakeRelay struct {
	*smtptest.Server
	script chan smtptest.Script
	seen   string // what snapshot saw
}

// setUp gives each script a mail server of its own and settings that let it send at once.
func setUp(e *testscript.Env) error {
	r := &fakeRelay{script: make(chan smtptest.Script, 1)}
	r.script <- nil
	s, err := smtptest.Start(smtptest.Options{Pipelining: true, Script: r.step})
	if err != nil {
		return err
	}
	r.Server = s
	e.Defer(func() { _ = s.Close() })
	e.Values[serverKey{}] = r
	address, err := freeAddress()
	if err != nil {
		return err
	}
	lumen, err := filepath.Abs("testdata/lumen")
	if err != nil {
		return err
	}
	e.Vars = append(e.Vars,
		"SCRIPT_BEGAN="+strconv.FormatInt(time.Now().UnixMilli(), 10),
		"LUMEN="+lumen,
		"REOPTIN_SMTP_URL=smtp+insecure://"+s.Addr(),
		"REOPTIN_LISTEN="+address,
		"REOPTIN_BASE_URL=http://"+address,
		"REOPTIN_SENDING_WINDOW=Mon-Sun 00:00-24:00",
		"REOPTIN_SENDING_RATE=1000/s",
		"REOPTIN_SENDING_RETRY_AFTER=1s",
	)
	return nil
}

func (r *fakeRelay) step(e smtptest.Event) smtptest.Step {
	s := <-r.script
	r.script <- s
	if s == nil {
		return smtptest.Step{}
	}
	return s(e)
}

var freeAddress = smtptest.Ports(26_000, 6_000)

func server(ts *testscript.TestScript) *fakeRelay { return ts.Value(serverKey{}).(*fakeRelay) }

// relay STAGE REPLY [TIMES] makes the mail server answer a stage so, for ever or so many times; relay
// good makes it well-behaved again.
func relay(ts *testscript.TestScript, _ bool, args []string) {
	r := server(ts)
	<-r.script
	if len(args) == 1 && args[0] == "good" {
		r.script <- nil
		return
	}
	stage, reply := smtptest.Stage(args[0]), args[1]
	left := int64(1 << 40)
	if len(args) > 2 {
		n, err := strconv.ParseInt(args[2], 10, 64)
		ts.Check(err)
		left = n
	}
	r.script <- func(e smtptest.Event) smtptest.Step {
		if e.Stage == stage && atomic.AddInt64(&left, -1) >= 0 {
			return smtptest.Step{Reply: reply}
		}
		return smtptest.Step{}
	}
}

// listening waits until the script's own server answers.
func listening(ts *testscript.TestScript, _ bool, _ []string) {
	target := ts.Getenv("REOPTIN_BASE_URL") + "/healthz"
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		res, err := http.Get(target)
		if err == nil {
			_ = res.Body.Close()
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("nothing listens at %s: %v", target, err)
		case <-again.C:
		}
	}
}

// mails N says that exactly N messages arrived, none twice at one address.
func mails(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := server(ts).Accepted()
	for to, n := range got {
		if n != 1 {
			ts.Fatalf("%s was written to %d times", to, n)
		}
	}
	if len(got) != want {
		ts.Fatalf("%d people were written to, want %d", len(got), want)
	}
}

// nomail FILE says that nobody in an export (column email) was written to.
func nomail(ts *testscript.TestScript, _ bool, args []string) {
	got := server(ts).Accepted()
	for _, row := range readCSV(ts, args[0]) {
		if e := row["email"]; e != "" && got[e] > 0 {
			ts.Fatalf("%s (%s) was written to", e, row["class"])
		}
	}
}

func readCSV(ts *testscript.TestScript, name string) []map[string]string {
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(name))).ReadAll()
	ts.Check(err)
	var out []map[string]string
	for _, cells := range rows[1:] {
		m := map[string]string{}
		for i, c := range cells {
			m[rows[0][i]] = c
		}
		out = append(out, m)
	}
	return out
}

// verdicts EXPECTED GOT compares class and route person by person.
func verdicts(ts *testscript.TestScript, _ bool, args []string) {
	got := map[string]string{}
	for _, row := range readCSV(ts, args[1]) {
		got[row["external_id"]] = row["class"] + " " + row["route"]
	}
	want := readCSV(ts, args[0])
	wrong := 0
	for _, row := range want {
		if w := row["class"] + " " + row["route"]; got[row["external_id"]] != w {
			wrong++
			ts.Logf("%s (%s): %q, want %q", row["external_id"], row["kind"], got[row["external_id"]], w)
		}
	}
	if wrong > 0 || len(got) != len(want) {
		ts.Fatalf("%d of %d verdicts are wrong; %d people are there", wrong, len(want), len(got))
	}
}

// jsonIs FILE PATH VALUE looks a value up in a JSON document: invitations.sent, 0.state, length.
func jsonIs(ts *testscript.TestScript, neg bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for _, key := range strings.Split(args[1], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			if key == "length" {
				v = float64(len(at))
				continue
			}
			n, err := strconv.Atoi(key)
			ts.Check(err)
			if n >= len(at) {
				ts.Fatalf("%s: there are %d", args[1], len(at))
			}
			v = at[n]
		}
	}
	if got := fmt.Sprint(v); (got == args[2]) == neg {
		ts.Fatalf("%s is %q, want %q", args[1], got, args[2])
	}
}

// flip FILE OLD NEW changes a text once.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.ReadFile(args[0])
	if !strings.Contains(s, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(s, args[1], args[2], 1)), 0o600))
}

var (
	formLink = regexp.MustCompile(`https?://[^\s"<>]+/c/[a-z2-7]+`)
	stopLink = regexp.MustCompile(`https?://[^\s"<>]+/u/[a-z2-7]+`)
	nonce    = regexp.MustCompile(`name="form" value="([^"]+)"`)
)

// letter is the text of the message a person got, its soft line breaks joined.
func letter(ts *testscript.TestScript, to string) string {
	r := server(ts)
	var text string
	r.Wait(func() bool {
		for _, m := range r.Messages() {
			if m.To == to {
				text = strings.ReplaceAll(string(m.Data), "=\r\n", "")
				return true
			}
		}
		return false
	})
	return text
}

// answer ADDRESS CHOICE … opens each person's form, reads it for as long as a person would, and
// chooses: yes, no, or nothing.
func answer(ts *testscript.TestScript, _ bool, args []string) {
	type visit struct{ page, nonce, choice string }
	var visits []visit
	for i := 0; i+1 < len(args); i += 2 {
		page := formLink.FindString(letter(ts, args[i]))
		body := fetch(ts, page)
		m := nonce.FindStringSubmatch(body)
		if m == nil {
			ts.Fatalf("the form of %s has no nonce:\n%s", args[i], body)
		}
		visits = append(visits, visit{page, m[1], args[i+1]})
	}
	<-time.After(2100 * time.Millisecond) // nothing answered sooner counts as a person's answer
	for _, v := range visits {
		post := url.Values{"form": {v.nonce}, "action": {"save"}}
		switch v.choice {
		case "yes":
			post.Set("decision.newsletter.email", "yes")
		case "no":
			post.Set("action", "refuse-all")
		}
		res, err := http.PostForm(v.page, post)
		ts.Check(err)
		body, err := io.ReadAll(res.Body)
		ts.Check(err)
		ts.Check(res.Body.Close())
		reached := strings.Contains(res.Request.URL.Path, "/r/") && res.StatusCode == http.StatusOK
		if reached != (v.choice != "nothing") {
			ts.Fatalf("answering %s led to %s with %s:\n%s", v.choice, res.Request.URL.Path, res.Status, body)
		}
	}
}

func fetch(ts *testscript.TestScript, target string) string {
	res, err := http.Get(target)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("GET %s: %s", res.Request.URL.Path, res.Status)
	}
	return string(body)
}

var trialLink = regexp.MustCompile(`https?://[^\s"<>]+/t/[a-z2-7]+`)

// rehearse ADDRESS opens the link of a test message, answers, and presses its unsubscribe button; each time
// the page must say that it is a test. No other link may stand in the message.
func rehearse(ts *testscript.TestScript, _ bool, args []string) {
	text := letter(ts, args[0])
	if !strings.Contains(text, "Subject: [TEST]") || formLink.MatchString(text) || stopLink.MatchString(text) {
		ts.Fatalf("the message is not marked, or holds a link that records:\n%s", text)
	}
	page := trialLink.FindString(text)
	if body := fetch(ts, page); !strings.Contains(body, "Ceci est un essai") {
		ts.Fatalf("the page does not say that it is a test:\n%s", body)
	}
	for _, post := range []url.Values{{"form": {"test"}, "action": {"save"}, "decision.newsletter.email": {"yes"}}, {"form": {"test"}, "action": {"refuse-all"}}, {"List-Unsubscribe": {"One-Click"}}} {
		res, err := http.PostForm(page, post)
		ts.Check(err)
		body, err := io.ReadAll(res.Body)
		ts.Check(errors.Join(err, res.Body.Close()))
		if res.StatusCode != http.StatusOK || !strings.Contains(string(body), "rien n’a été enregistré") {
			ts.Fatalf("%v: %s\n%s", post, res.Status, body)
		}
	}
}

// oneclick ADDRESS does what a mail program does when its unsubscribe button is pressed.
func oneclick(ts *testscript.TestScript, _ bool, args []string) {
	for _, to := range args {
		target := stopLink.FindString(letter(ts, to))
		res, err := http.PostForm(target, url.Values{"List-Unsubscribe": {"One-Click"}})
		ts.Check(err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || res.Request.Method != http.MethodPost {
			ts.Fatalf("one-click: %s", res.Status)
		}
	}
}
