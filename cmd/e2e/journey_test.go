package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// TestJourney goes the whole way in the browser, from a base file nobody knows the worth of to an answer that an
// auditor verifies: every person does their part on their own screen, the recipients included.
func TestJourney(t *testing.T) {
	t.Parallel()
	gate := newGate(100)
	h := newHouse(t, gate.step)
	h.serve()
	t.Cleanup(gate.lift) // before the server ends, which waits for its mail server
	j := &journey{t: t, house: h, mila: h.enter(t, marketer), axel: h.enter(t, approver)}
	j.saysWhoAsks()
	j.bringsTheBase()
	j.looksAtVerdicts()
	j.writes()
	j.returns()
	j.tries()
	j.approvesAndStarts()
	j.follows(gate)
	yes, no := j.answers()
	j.proves(yes, no)
	for who, v := range map[string]*tab{marketer: j.mila, approver: j.axel} {
		if noise := v.quiet(); len(noise) > 0 {
			t.Errorf("noise before %s:\n%s", who, strings.Join(noise, "\n"))
		}
	}
}

type journey struct {
	t          *testing.T
	house      *house
	mila, axel *tab
	asked      int // people to ask, as the dashboard says before the start
}

// enter logs somebody in by the form.
func (h *house) enter(t testing.TB, name string) *tab {
	t.Helper()
	v := h.visitor(t)
	v.open("/admin")
	v.until(focused)
	v.fill("#name", name)
	v.fill("#password", password)
	v.press(".narrow button")
	return v
}

// focused holds once the browser has put the focus where the login wants it, which is a moment after the page
// is there.
const focused = `document.activeElement.id == "name"`

// gate is a mail server's script: it lets some messages through and keeps the others waiting until it is
// lifted, so that somebody can look at a campaign on its way.
type gate struct {
	most   int64
	taken  atomic.Int64
	lifted chan struct{}
}

func newGate(most int64) *gate { return &gate{most: most, lifted: make(chan struct{})} }

func (g *gate) step(e smtptest.Event) smtptest.Step {
	if e.Stage == smtptest.Dot && g.taken.Add(1) > g.most {
		return smtptest.Step{Wait: g.lifted}
	}
	return smtptest.Step{}
}

func (g *gate) lift() {
	select {
	case <-g.lifted:
	default:
		close(g.lifted)
	}
}

// saysWhoAsks: the administrator writes the organisation, the privacy officer signs the policy.
func (j *journey) saysWhoAsks() {
	all := today(j.t, "organisation.toml")
	rest, _, _ := strings.Cut(all, "[policy.")
	admin, paula := j.house.enter(j.t, administrator), j.house.enter(j.t, officer)
	admin.open("/admin/organisation")
	admin.fill("#text", rest)
	admin.press("section[aria-labelledby=apply] button")
	admin.until(`document.querySelector(".flash[role=status]")`)
	paula.open("/admin/organisation")
	paula.fill("#text", all)
	paula.press("section[aria-labelledby=apply] button")
	paula.until(`document.querySelector("section[aria-labelledby=policies] table")`)
	for _, v := range []*tab{admin, paula} {
		if noise := v.quiet(); len(noise) > 0 {
			j.t.Errorf("noise:\n%s", strings.Join(noise, "\n"))
		}
	}
}

// bringsTheBase: the marketer uploads the file, looks at how it is understood, and has it taken over.
func (j *journey) bringsTheBase() {
	v := j.mila
	base := filepath.Join(j.t.TempDir(), "base-lumen.csv")
	if err := os.WriteFile(base, []byte(today(j.t, "base-lumen.csv")), 0o600); err != nil {
		j.t.Fatal(err)
	}
	v.open("/admin/base")
	v.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{base}))
	v.press("section[aria-labelledby=bring] button")
	v.until(`document.querySelector("#first")`)
	for column, field := range map[string]string{"Courriel": "email", "Prénom": "first_name", "N° client": "external_id", "Magasin d'inscription": ""} {
		row := `[...document.querySelectorAll("table.columns tbody tr")].find(r => r.cells[0].innerText == ` + quoted(column) + `)`
		if got := ask[string](v, row+`.querySelector("select").value`); got != field {
			j.t.Errorf("%s is taken as %q", column, got)
		}
	}
	if first := v.text("details.first[open]"); !strings.Contains(first, "Søren") && !strings.Contains(first, "soren.dangelo1@boite.example") {
		j.t.Errorf("the first row is not shown:\n%s", first)
	}
	j.figure(v, "rows", "2,000")
	v.press(`form[action$="/run"] button`)
	v.until(`document.querySelector(".flash[role=status]") && !document.querySelector("[aria-labelledby=busy]")`)
	j.figure(v, "new", "1,987")
	j.figure(v, "rejected", "0")
}

// figure expects a figure of the import.
func (j *journey) figure(v *tab, label, want string) {
	j.t.Helper()
	figures := v.text("section[aria-labelledby=figures] .numbers")
	if !regexp.MustCompile(`(?mi)` + label + `[^\n]*\n+` + want + `$`).MatchString(figures) {
		j.t.Errorf("%s is not %s in\n%s", label, want, figures)
	}
}

// looksAtVerdicts: the base is audited, and one person's verdict is opened.
func (j *journey) looksAtVerdicts() {
	v := j.mila
	v.open("/admin/base")
	v.press(`form[action$="/base/audit"] button`)
	v.until(`document.querySelector(".segments dd .figure")`)
	v.press("table.stacks tbody th.reason a")
	v.press("table.stacks tbody th a")
	for _, id := range []string{"verdict", "who", "asked", "claims"} {
		if v.text("section[aria-labelledby="+id+"]") == "" {
			j.t.Errorf("the contact's page says nothing under %s", id)
		}
	}
}

const ourSubject = "Un mot de la Maison Lumen : souhaitez-vous toujours nos nouvelles ?"

// writes: the campaign begins with the starter's texts; message and form are changed with their preview
// beside them.
func (j *journey) writes() {
	v := j.mila
	v.open("/admin/campaigns")
	v.fill("#name", "printemps")
	v.press(`form[action$="/campaigns"] button`)
	v.open("/admin/campaigns/printemps/edit")
	v.fill("#subject_fr", ourSubject)
	v.until(`[...document.querySelectorAll("#preview dd")].some(d => d.innerText == ` + quoted(ourSubject) + `)`)
	v.fill("#title_fr", "Souhaitez-vous nos nouvelles ?")
	v.until(`[...document.querySelectorAll("#preview iframe")].some(f => f.contentDocument?.querySelector("h1")?.innerText == "Souhaitez-vous nos nouvelles ?")`)
	v.press(".sticky button:not(.second)")
	if v.text("#findings + p") == "" || ask[string](v, `document.querySelector("#subject_fr").value`) != ourSubject {
		j.t.Error("the text was not stored")
	}
	v.open("/admin/campaigns/printemps/audience")
	j.asked = ask[int](v, `Number([...document.querySelectorAll("tr.strong td.number")].at(-1).innerText.replaceAll(",", ""))`)
	if j.asked < 300 {
		j.t.Fatalf("%d people to ask", j.asked)
	}
}

// returns: the login ends while mila types. The preview says so in place of leaving the page, and what she
// typed goes through the next login.
func (j *journey) returns() {
	v := j.mila
	const typed = "Dites-le en un clic : oui ou non."
	v.open("/admin/campaigns/printemps/edit")
	if status := ask[int](v, `fetch("/admin/logout", {method: "POST", redirect: "manual", body: new URLSearchParams({form: document.querySelector("[name=form]").value})}).then(r => r.status)`); status != 0 { // a redirection, which scripts may not see
		j.t.Fatalf("the logout: %d", status)
	}
	v.fill("#intro_fr", typed)
	v.until(`document.querySelector("#preview").innerText.includes("no longer logged in")`)
	v.leads("save without a login", 401, clicking(".sticky button:not(.second)"))
	for _, noise := range v.quiet() {
		if !strings.Contains(noise, "401") { // Chromium notes on the console that both were refused
			j.t.Error(noise)
		}
	}
	v.until(focused)
	v.fill("#name", marketer)
	v.fill("#password", password)
	v.press(".narrow button")
	v.press(".narrow button")
	if kept := ask[string](v, `document.querySelector("#intro_fr").value`); kept != typed {
		j.t.Errorf("what was typed came back as %q", kept)
	}
}

// tries: a colleague gets one marked message, whose form records nothing.
func (j *journey) tries() {
	v := j.mila
	v.open("/admin/campaigns/printemps/check")
	v.fill("#to", "colleague@lumen.example")
	v.press(`form[action$="/test"] button`)
	j.house.relay.Wait(func() bool { return len(j.house.relay.Messages()) == 1 })
	l := j.house.letters()[0]
	if l.to != "colleague@lumen.example" || !strings.HasPrefix(l.subject, "[TEST] ") {
		j.t.Errorf("the test message: %+v", l)
	}
	colleague := j.house.visitor(j.t)
	colleague.open(l.form)
	colleague.press("button[value=refuse-all]")
	if noise := colleague.quiet(); len(noise) > 0 {
		j.t.Errorf("noise before the colleague:\n%s", strings.Join(noise, "\n"))
	}
}

// approvesAndStarts: the approver freezes what was written and starts it by typing its name.
func (j *journey) approvesAndStarts() {
	v := j.axel
	v.open("/admin/campaigns/printemps/approve")
	v.press(`form[action$="/approve"] button`)
	v.open("/admin/campaigns/printemps/start")
	v.fill("main form input:not([type=hidden])", "printemps")
	v.press(`form[action$="/start"] button`)
}

// sent reads how many messages the page says are out.
const sent = `Number(([...document.querySelectorAll(".progress .segments > div")].find(d => d.innerText.startsWith("Asked"))?.querySelector(".figure").innerText ?? "0").replaceAll(",", ""))`

// follows: the page of the campaign tells by itself how far it has come.
func (j *journey) follows(g *gate) {
	v := j.axel
	v.open("/admin/campaigns/printemps")
	v.do("mark the page", chromedp.Evaluate[chromedp.Void](`window.still = true`))
	all := strconv.Itoa(j.asked)
	v.until(sent + ` > 0 && ` + sent + ` < ` + all)
	g.lift()
	v.until(sent + ` == ` + all + ` && window.still`)
	for to, n := range j.house.relay.Accepted() {
		if n != 1 {
			j.t.Errorf("%s was written to %d times", to, n)
		}
	}
	if n := len(j.house.relay.Accepted()); n != j.asked+1 { // and the colleague
		j.t.Errorf("the dashboard says %d, the mail server %d", j.asked, n-1)
	}
}

// readIt lets a recipient read the form as long as a person does: what comes sooner is asked once more. The form is as old
// as its first octet at least.
const readIt = `performance.now() - performance.getEntriesByType("navigation")[0].responseStart > 2100`

// answers: two recipients open the links of their messages. One says yes, the other no.
func (j *journey) answers() (yes, no string) {
	letters := j.house.letters()[1:]
	for i, l := range letters[:2] {
		if l.subject != ourSubject && !strings.HasPrefix(l.subject, "[") && l.form == "" {
			j.t.Errorf("message %+v", l)
		}
		r := j.house.visitor(j.t)
		r.open(l.form)
		if n := ask[int](r, `document.querySelectorAll("input[type=checkbox]:checked").length`); n != 0 {
			j.t.Errorf("%d boxes are ticked beforehand", n)
		}
		r.until(readIt)
		if i == 0 {
			r.click("input[type=checkbox]")
			r.press("button[value=save]")
		} else {
			r.press("button[value=refuse-all]")
		}
		if !ask[bool](r, `location.pathname.startsWith("/r/")`) {
			j.t.Errorf("no receipt after the answer:\n%s", r.text("main"))
		}
		if noise := r.quiet(); len(noise) > 0 {
			j.t.Errorf("noise before a recipient:\n%s", strings.Join(noise, "\n"))
		}
	}
	return letters[0].to, letters[1].to
}

// proves: the answers are on the dashboard with the page as it was shown; one is verified there, its proof
// downloaded, and verified once more by the command that an auditor has.
func (j *journey) proves(yes, no string) {
	v := j.axel
	v.open("/admin/responses")
	list := v.text("table.stacks")
	if !strings.Contains(list, yes) || !strings.Contains(list, no) {
		j.t.Errorf("%s or %s is not in the list of answers:\n%s", yes, no, list)
	}
	v.press(`table.stacks tbody tr:last-child th a`)
	if said := v.text("main"); !strings.Contains(said, yes) {
		j.t.Errorf("the oldest answer is not that of %s:\n%s", yes, said)
	}
	v.do("scroll to the page as shown", chromedp.Evaluate[chromedp.Void](`document.querySelector("iframe").scrollIntoView()`))
	v.until(`document.querySelector("iframe").contentDocument?.querySelector("h1")`)
	v.press(`form[action$="/verify"] button`)
	v.until(`document.querySelector(".flash[role=status]") && document.querySelectorAll(".steps .badge.good").length > 2 && !document.querySelector(".steps .badge.bad")`)
	file := v.downloads(`form[action$="/proof"] button`)
	out, err := exec.Command(j.house.program, "proof", "verify", file, "--key", strings.TrimSpace(j.house.run("ledger", "key"))).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "verifies") {
		j.t.Errorf("the downloaded proof: %v\n%s", err, out)
	}
	proof, err := os.ReadFile(file)
	if err != nil {
		j.t.Fatal(err)
	}
	forged := filepath.Join(j.t.TempDir(), "forged.json")
	if err := os.WriteFile(forged, bytes.Replace(proof, []byte("granted"), []byte("refused"), 1), 0o600); err != nil {
		j.t.Fatal(err)
	}
	if err := exec.Command(j.house.program, "proof", "verify", forged).Run(); err == nil {
		j.t.Error("a forged proof verifies")
	}
}

// downloads clicks something and gives the file that the browser saved.
func (v *tab) downloads(selector string) string {
	v.t.Helper()
	dir := v.t.TempDir()
	ctx, end := context.WithTimeout(v.ctx, longest)
	defer end()
	events := true
	_, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName,
		BrowserContextID: chromedp.FromContext(v.ctx).BrowserContextID, DownloadPath: dir, EventsEnabled: &events})
	v.must(err, "expect a download")
	saved := make(chan string, 1)
	v.must(chromedp.ListenBrowser(ctx, func(ev any) {
		if e, ok := ev.(*browser.EventDownloadProgress); ok && e.State == browser.DownloadProgressStateCompleted {
			path := filepath.Join(dir, e.GUID)
			if _, err := os.Stat(path); err != nil {
				return // another test's: all share the browser
			}
			select {
			case saved <- path:
			default:
			}
		}
	}), "listen for a download")
	v.must(chromedp.Do(ctx, clicking(selector)), "click "+selector)
	select {
	case path := <-saved:
		return path
	case <-ctx.Done():
		v.must(ctx.Err(), "download")
	}
	return ""
}
