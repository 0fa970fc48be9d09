package e2e

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// furnished is a house in which every page has something to show: a base, campaigns in every state, answers,
// messages of unknown outcome, a file that waits to be taken over.
type furnished struct {
	*house
	admin                        *tab
	upload                       string // the file that waits, as its page is called
	response, contact            string
	form, page, unsubscribe      string // addresses of somebody who has not answered
	answered, receipt, trialForm string
	closed                       string // the form of a campaign that is over
}

// unclear is a mail server's script: it loses the connection after two messages, so that nobody knows what
// became of them.
func unclear() smtptest.Script {
	var lost atomic.Int32
	return func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && strings.HasPrefix(e.To, "camille") && lost.Add(1) <= 2 {
			return smtptest.Step{Drop: true}
		}
		return smtptest.Step{}
	}
}

func furnish(t testing.TB) *furnished {
	t.Helper()
	f := &furnished{house: newHouse(t, unclear())}
	f.run("organisation", "apply", f.file("organisation.toml", today(t, "organisation.toml")))
	f.run("contacts", "import", f.file("base-lumen.csv", today(t, "base-lumen.csv")))
	f.run("contacts", "audit")
	f.run("suppress", "add", "someone@boite.example", "--because", "asked by telephone")
	f.write("summer", "")
	f.write("pilot", `active_within = "3mo"`)
	f.write("spring", `active_within = "9mo"`)
	f.write("autumn", "")
	for _, name := range []string{"pilot", "spring", "autumn"} {
		f.run("campaign", "approve", name)
	}
	f.run("campaign", "test", "spring", "--to", "colleague@lumen.example")
	f.trialForm = f.letters()[0].form
	f.serve()
	f.run("campaign", "start", "pilot", "--wait")
	f.admin = f.enter(t, administrator)
	f.answers(f.letters()[1:])
	f.closed = f.form
	f.run("campaign", "close", "pilot", "--yes")
	f.run("campaign", "start", "spring", "--wait")
	f.answers(f.letters()[len(f.letters())-20:])
	f.prints()
	f.brings()
	f.finds()
	f.asks("erase", "access")
	return f
}

// asks lets the person of the preferences page ask for something by right.
func (f *furnished) asks(kinds ...string) {
	f.t.Helper()
	found := nonce.FindSubmatch(f.fetch(f.url + f.page))
	if found == nil {
		f.t.Fatal("the preferences page has no form")
	}
	reader := f.visitor(f.t)
	reader.open(f.page)
	reader.until(readIt)
	for _, kind := range kinds {
		res, err := http.PostForm(f.url+f.page, url.Values{"form": {string(found[1])}, "request": {kind}})
		if err != nil {
			f.t.Fatal(err)
		}
		_ = res.Body.Close()
		if !strings.Contains(res.Request.URL.String(), "asked="+kind) {
			f.t.Fatalf("%s was asked for, and answered by %s of %s", kind, res.Status, res.Request.URL)
		}
	}
}

// prints lets a campaign ask some people by letter.
func (f *furnished) prints() {
	f.t.Helper()
	text := strings.Replace(f.run("campaign", "new", "post"), `routes = ["email"]`, `routes = ["letter"]`, 1)
	f.run("campaign", "create", f.file("post.toml", text))
	f.run("campaign", "approve", "post")
	f.run("campaign", "start", "post", "--yes")
	f.run("campaign", "letters", "post", "--most", "5", "--skip", "--out", filepath.Join(f.t.TempDir(), "letters.pdf"))
}

// write makes a campaign of the starter's texts.
func (f *furnished) write(name, within string) {
	f.t.Helper()
	text := f.run("campaign", "new", name)
	if within != "" {
		text = regexp.MustCompile(`active_within = "\w+"`).ReplaceAllString(text, within)
	}
	f.run("campaign", "create", f.file(name+".toml", text))
}

var nonce = regexp.MustCompile(`name="form" value="([^"]+)"`)

// answers lets some people say yes, some no, and some nothing. The last page is opened in a browser, which
// tells when all have been read long enough.
func (f *furnished) answers(ls []letter) {
	f.t.Helper()
	ls = ls[:min(len(ls), 14)]
	nonces := make([]string, len(ls))
	for i, l := range ls {
		body := f.fetch(l.form)
		found := nonce.FindSubmatch(body)
		if found == nil {
			f.t.Fatalf("no form:\n%s", body)
		}
		nonces[i] = string(found[1])
	}
	reader := f.visitor(f.t)
	reader.open(ls[0].form)
	reader.until(readIt)
	for i, l := range ls {
		said := url.Values{"form": {nonces[i]}, "action": {"save"}, "decision.newsletter.email": {"yes"}}
		switch {
		case i%7 == 6:
			f.form = l.form
			continue
		case i%3 == 1:
			said = url.Values{"form": {nonces[i]}, "action": {"refuse-all"}}
		}
		res, err := http.PostForm(l.form, said)
		if err != nil {
			f.t.Fatal(err)
		}
		_ = res.Body.Close()
		f.answered = l.form
		if f.receipt = res.Request.URL.String(); !strings.Contains(f.receipt, "/r/") {
			f.t.Fatalf("no receipt after %v, but %s of %s", said, res.Status, f.receipt)
		}
	}
}

func (f *furnished) fetch(address string) []byte {
	f.t.Helper()
	res, err := http.Get(address)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		f.t.Fatal(err)
	}
	return b.Bytes()
}

// brings uploads a file with good rows and rows that are refused.
func (f *furnished) brings() {
	f.t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"external_id", "email", "first_name", "last_name", "collected_at", "consent_status", "Shop"})
	for i := range 30 {
		consent := "yes"
		if i%10 == 9 {
			consent = "perhaps"
		}
		_ = w.Write([]string{fmt.Sprint("N", i), fmt.Sprintf("new%d@boite.example", i), "Zoé", "Østberg", "2026-01-31", consent, "Lyon Part-Dieu"})
	}
	w.Flush()
	file := filepath.Join(f.t.TempDir(), "autumn-fair.csv")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		f.t.Fatal(err)
	}
	v := f.admin
	v.open("/admin/base")
	v.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	v.press("section[aria-labelledby=bring] button")
	v.until(`document.querySelector("#first")`)
	f.upload = ask[string](v, `location.pathname.split("/").at(-1)`)
}

// finds reads off the pages what the addresses of others need.
func (f *furnished) finds() {
	f.t.Helper()
	v := f.admin
	v.open("/admin/responses")
	f.response = ask[string](v, `document.querySelector("table.stacks tbody th a").pathname.split("/").at(-1)`)
	v.open("/admin/responses/" + f.response)
	var shown struct{ ID int64 }
	f.asked(&shown, "contacts", "show", ask[string](v, `document.querySelector("section[aria-labelledby=decisions] p").innerText.split(" ")[0]`))
	f.contact = fmt.Sprint(shown.ID)
	f.page = string(regexp.MustCompile(`/p/[\w.~-]+`).Find(f.fetch(f.receipt)))
	last := f.relay.Messages()
	f.unsubscribe = string(regexp.MustCompile(`http://[^\s/]+/u/[\w.~-]+`).Find(last[len(last)-1].Data))
}
