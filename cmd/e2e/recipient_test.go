package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// tongues are the languages in which people are asked, with a purpose in each.
var tongues = []struct{ code, title, description string }{
	{"fr", "Notre lettre d'information", "Recevoir nos informations commerciales sur nos produits."},
	{"en", "Our newsletter", "Receive our marketing messages about our products."},
	{"de", "Unser Rundbrief", "Unsere Werbung zu unseren Produkten erhalten."},
	{"es", "Nuestro boletín", "Recibir nuestros mensajes comerciales sobre nuestros productos."},
	{"it", "La nostra lettera", "Ricevere i nostri messaggi commerciali sui nostri prodotti."},
	{"nl", "Onze nieuwsbrief", "Onze commerciële berichten over onze producten ontvangen."},
	{"pt", "A nossa carta", "Receber as nossas mensagens comerciais sobre os nossos produtos."},
}

// everything says to look at the pages in every language, on every screen and in both themes; otherwise it is one
// language, of the longest words, and each screen in one theme.
func everything() bool { return os.Getenv("REOPTIN_TONGUES") == "all" }

func sampled() (codes []string) {
	for _, l := range tongues {
		if everything() || l.code == "de" {
			codes = append(codes, l.code)
		}
	}
	return codes
}

// asking is a house that asks in seven languages for one purpose by two channels, with the links of people who
// have not answered yet.
type asking struct {
	*house
	forms []string
	next  int
}

var purposeWords = regexp.MustCompile(`(?m)^(title|description)\.\w+ = .*\n`)

func ask7(t testing.TB) *asking {
	t.Helper()
	a := &asking{house: newHouse(t, nil)}
	text := purposeWords.ReplaceAllString(today(t, "organisation.toml"), "")
	var words strings.Builder
	for _, l := range tongues {
		fmt.Fprintf(&words, "title.%s = %q\ndescription.%s = %q\n", l.code, l.title, l.code, l.description)
	}
	text = strings.Replace(text, "retention = \"36mo\"\n", "retention = \"36mo\"\n"+words.String(), 1)
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 160, 48))); err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, "[organisation]\n", fmt.Sprintf("[organisation]\naccent = \"#7a1f5c\"\nlogo = %q\n", filepath.Base(a.file("logo.png", logo.String()))), 1)
	a.run("organisation", "apply", a.file("organisation.toml", text))
	a.run("contacts", "import", a.file("base-lumen.csv", today(t, "base-lumen.csv")))
	a.run("contacts", "audit")
	campaign := regexp.MustCompile(`active_within = "\w+"`).ReplaceAllString(a.run("campaign", "new", "spring"), `active_within = "3mo"`)
	a.run("campaign", "create", a.file("spring.toml", strings.Replace(campaign, `channels = ["email"]`, `channels = ["email", "sms"]`, 1)))
	a.run("campaign", "approve", "spring")
	a.serve()
	a.run("campaign", "start", "spring", "--wait")
	for _, l := range a.letters() {
		a.forms = append(a.forms, l.form)
	}
	if len(a.forms) < 10 {
		t.Fatalf("only %d people were asked", len(a.forms))
	}
	return a
}

// fresh is the form of somebody who has not answered yet.
func (a *asking) fresh() string {
	a.next++
	return a.forms[a.next-1]
}

// measured are the boxes that yes and no take on the page, and how they look.
const measured = `JSON.stringify([...document.querySelectorAll("form.choice .acts .act")].map(e => {
	const r = e.getBoundingClientRect(), s = getComputedStyle(e)
	return {width: r.width, height: r.height, bottom: r.bottom + scrollY, look: [s.color, s.backgroundColor, s.borderColor, s.borderWidth, s.fontSize, s.fontWeight, s.fontFamily].join(" ")}
}))`

type button struct {
	Width, Height, Bottom float64
	Look                  string
}

// TestOneScreen: on a phone of 320 by 640 pixels the form for one purpose and two channels, down to its buttons, is one
// screen in every language; yes and no are equal in size, weight and colour in both themes; and at twice the
// size of letters nothing sticks out.
func TestOneScreen(t *testing.T) {
	t.Parallel()
	a := ask7(t)
	v := a.visitor(t)
	form := a.fresh()
	for _, l := range tongues {
		for _, theme := range []string{"light", "dark"} {
			v.look(320, theme)
			v.open(form + "?lang=" + l.code)
			var buttons []button
			if err := json.Unmarshal([]byte(ask[string](v, measured)), &buttons); err != nil {
				t.Fatal(err)
			}
			if len(buttons) != 2 || buttons[0].Width != buttons[1].Width || buttons[0].Height != buttons[1].Height || buttons[0].Look != buttons[1].Look {
				t.Errorf("%s, %s: yes and no differ: %+v", l.code, theme, buttons)
			}
			if len(buttons) == 2 && (max(buttons[0].Bottom, buttons[1].Bottom) > 640 || buttons[0].Height < 44) {
				t.Errorf("%s: the buttons end at %.0f pixels, %.0f high", l.code, buttons[0].Bottom, buttons[0].Height)
			}
			if !ask[bool](v, `(i => i.complete && i.naturalWidth == 160 && i.height <= 40)(document.querySelector("img.logo"))`) {
				t.Errorf("%s: the logo is not shown", l.code)
			}
			if small := ask[float64](v, `Math.min(...[...document.querySelectorAll("label.box")].map(e => e.getBoundingClientRect().height))`); small < 44 {
				t.Errorf("%s: a box of %.0f pixels is hard to hit", l.code, small)
			}
		}
		v.look(640, "light") // what 1280 pixels are at 200 %
		v.enlarged("100%", l.code)
		v.look(1280, "light")
		v.enlarged("200%", l.code)
		v.look(320, "light")
		v.enlarged("100%", l.code)
	}
}

// enlarged expects that nothing sticks out or is cut off when letters are that large.
func (v *tab) enlarged(size, language string) {
	v.t.Helper()
	v.do("enlarge", chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = `+quoted(size)))
	if wide := ask[string](v, overflow); wide != "" {
		v.t.Errorf("%s at %s is wider than its window: %s", language, size, wide)
	}
	if cut := ask[int](v, `[...document.querySelectorAll("main *")].filter(e => !e.closest(".aside") && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX != "visible").length`); cut > 0 {
		v.t.Errorf("%s at %s: %d texts are cut off", language, size, cut)
	}
}

// sound holds the page that is shown against the checker of accessibility in both themes, on a phone and a desktop.
func (v *tab) sound(name, checker string) {
	v.t.Helper()
	type look struct {
		width int64
		theme string
	}
	looks := []look{{320, "light"}, {1280, "dark"}}
	if everything() {
		looks = append(looks, look{320, "dark"}, look{1280, "light"})
	}
	for _, look := range looks {
		v.look(look.width, look.theme)
		v.do("unfold", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`for (const d of document.querySelectorAll("details")) d.open = %v`, look.theme == "dark")))
		wrong := v.violations(checker)
		if wide := ask[string](v, overflow); wide != "" {
			wrong = append(wrong, "is wider than its window: "+wide)
		}
		wrong = append(wrong, v.spaced()...)
		for _, w := range wrong {
			v.t.Errorf("%s, %d pixels, %s: %s", name, look.width, look.theme, w)
		}
	}
	v.do("fold", chromedp.Evaluate[chromedp.Void](`for (const d of document.querySelectorAll("details")) d.open = false`))
}

// spaced says what goes wrong when a reader widens lines, paragraphs, letters and words (WCAG 1.4.12, RGAA 10.12).
func (v *tab) spaced() (wrong []string) {
	v.t.Helper()
	space := func(line, paragraph, letter, word string) {
		v.do("space", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`for (const e of document.querySelectorAll("body, body *")) {
			e.style.lineHeight = %q; e.style.letterSpacing = %q; e.style.wordSpacing = %q;
			if (e.tagName == "P") e.style.marginBottom = %q;
		}`, line, letter, word, paragraph)))
	}
	space("1.5", "2em", "0.12em", "0.16em")
	if wide := ask[string](v, overflow); wide != "" {
		wrong = append(wrong, "is wider than its window when it is spaced: "+wide)
	}
	const cut = `[...document.querySelectorAll("main *:not(input)")].filter(e => getComputedStyle(e).overflow != "visible" && e.clientWidth > 2 && !e.closest(".aside") && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)).map(e => e.tagName + "." + e.className).join(", ")`
	if lost := ask[string](v, cut); lost != "" {
		wrong = append(wrong, "cuts off when it is spaced: "+lost)
	}
	space("", "", "", "")
	return wrong
}

// TestEveryState goes through every state of the recipient's pages, in the sampled languages: each is accessible and
// valid HTML, in its language, and loads nothing from elsewhere.
func TestEveryState(t *testing.T) {
	t.Parallel()
	checker, nu := axe(t), newNu(t)
	a := ask7(t)
	for _, language := range sampled() {
		v := a.visitor(t)
		see := func(name string) {
			t.Helper()
			v.seals(true)
			if got := ask[string](v, `document.documentElement.lang + " " + document.documentElement.dir`); got != language+" ltr" {
				t.Errorf("%s: the page says that it is in %s", name, got)
			}
			nu.keep(name+"."+language, ask[string](v, `"<!DOCTYPE html>" + document.documentElement.outerHTML`))
			v.sound(name+" in "+language, checker)
		}
		in := "?lang=" + language
		form := a.fresh()
		v.open(form + in)
		see("form")
		v.until(readIt)
		v.leads("save nothing", 422, clicking("button[value=save]"))
		see("form, nothing ticked")
		v.until(readIt)
		v.click("input[type=checkbox]")
		v.press("button[value=save]")
		see("receipt of a yes")
		v.until(readIt)
		v.press("button[value=verify]")
		see("check of a receipt")
		v.press("a.act")
		v.until(readIt)
		v.press("button[value=mail]")
		see("receipt that was asked for by mail")
		v.press("a.act")
		see("preferences")
		v.until(readIt)
		v.press("button[value=erase]")
		see("preferences with a request")
		v.until(readIt)
		v.open(ask[string](v, "location.href")) // a yes counts from a page that was made a second after the request, which is an objection
		v.until(readIt)
		v.press(`button[name=to][value=yes]`)
		see("the box before a later yes")
		v.open(form + in)
		see("form that was answered")
		v.open(strings.Replace(a.stop(form), a.url, "", 1) + in)
		see("unsubscribe")
		v.until(readIt)
		v.press("button[value=unsubscribe]")
		see("receipt of a no")
		v.open("/l" + in)
		see("code of a letter")
		for typed, status := range map[string]int64{"00000-00000-0001": 422, "00000-00000-0000": 404} {
			v.open("/l" + in)
			v.fill("#code", typed)
			v.leads("send a code", status, clicking("button.act"))
			see(fmt.Sprint("code of a letter, ", status))
		}
		v.quiet()
	}
	nu.check(12)
	a.closes(t, checker)
}

// closes ends the campaign and looks at what is left of the form then: no, and withdrawal.
func (a *asking) closes(t *testing.T, checker string) {
	t.Helper()
	a.run("campaign", "close", "spring", "--yes")
	v := a.visitor(t)
	v.open(a.fresh() + "?lang=de")
	if ask[int](v, `document.querySelectorAll("input[type=checkbox], button[value=yes], button[value=save]").length`) != 0 {
		t.Error("a closed form can say yes")
	}
	v.seals(true)
	v.sound("closed form", checker)
	v.until(readIt)
	v.press("button[value=refuse-all]")
	if !ask[bool](v, `location.pathname.startsWith("/r/")`) {
		t.Error("a closed form cannot say no")
	}
}

// stop is the unsubscribe address of the message with a form.
func (a *asking) stop(form string) string {
	for n, l := range a.letters() {
		if l.form == form {
			return string(regexp.MustCompile(`http://[^\s/]+/u/[\w.~-]+`).Find(a.relay.Messages()[n].Data))
		}
	}
	a.t.Fatal("no such message")
	return ""
}

// nu is the Nu HTML checker, as npm installed it; nil where it or Java is missing at home.
type nu struct {
	t   *testing.T
	jar string
	dir string
}

func newNu(t *testing.T) *nu {
	t.Helper()
	jar, err := filepath.Abs("node_modules/vnu-jar/build/dist/vnu.jar")
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(jar)
	if _, err := exec.LookPath("java"); err != nil || missing != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the Nu HTML checker needs java and npm ci --ignore-scripts in cmd/e2e")
		}
		t.Log("pages are not held against the Nu HTML checker: java or the checker is missing")
		return nil
	}
	return &nu{t, jar, t.TempDir()}
}

// keep lays a page aside to be checked with all others: the checker takes longer to start than to check.
func (n *nu) keep(name, page string) {
	if n == nil {
		return
	}
	if err := os.WriteFile(filepath.Join(n.dir, regexp.MustCompile(`\W+`).ReplaceAllString(name, "-")+".html"), []byte(page), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// check checks what was laid aside, of which there are so many pages at least.
func (n *nu) check(least int) {
	if n == nil {
		return
	}
	pages, err := filepath.Glob(filepath.Join(n.dir, "*.html"))
	if err != nil || len(pages) < least {
		n.t.Errorf("only %d pages to check: %v", len(pages), err)
	}
	out, err := exec.Command("java", append([]string{"-Xss2m", "-jar", n.jar, "--format", "gnu", "--also-check-css"}, pages...)...).CombinedOutput()
	if said := strings.TrimSpace(string(out)); err != nil || said != "" {
		n.t.Errorf("%v\n%s", err, strings.ReplaceAll(said, n.dir, ""))
	}
}

// TestWithoutScripts answers in a browser that runs no script and shows no picture: the switch of languages unfolds, the
// answer is recorded in the language that was chosen, and no page leaves a cookie or anything else behind.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	a := ask7(t)
	v := a.visitor(t)
	v.do("switch scripts and pictures off", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/*.png", Block: true}}})
		return err
	}))
	v.look(320, "light")
	v.open(a.fresh())
	v.click(".tongues summary")
	v.press(`.tongues a[hreflang="nl"]`)
	if got := v.text("h1"); got != "Uw keuze" {
		t.Errorf("the other language says %q", got)
	}
	v.reads()
	v.click("input[type=checkbox]")
	v.press("button[value=save]")
	if got := v.text("h1"); got != "Uw keuze is vastgelegd" {
		t.Errorf("after the answer: %q", got)
	}
	for _, page := range []string{"a.act", `button[name=to][value=no]`} {
		v.reads()
		v.press(page)
	}
	if got := v.text("h1"); got != "Uw keuze is vastgelegd" {
		t.Errorf("after the withdrawal: %q", got)
	}
	v.quiet() // the picture that was held back
	if left := ask[string](v, `document.cookie + localStorage.length + sessionStorage.length`); left != "00" {
		t.Errorf("left behind: %s", left)
	}
}

// reads lets time pass on a page on which nothing can run that would tell of it.
func (v *tab) reads() {
	v.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !ask[bool](v, readIt) {
		<-again.C
	}
}

// TestRobots lets two browsers loose on the links of messages, as scanners of mail are: one follows every link, ticks
// nothing and presses everything, slowly; one ticks everything and saves within a second. Neither leaves a yes.
func TestRobots(t *testing.T) {
	t.Parallel()
	a := ask7(t)
	presser, ticker := a.fresh(), a.fresh()
	most := 10
	if everything() {
		most = 40
	}
	a.pressesAll(a.visitor(t), presser, most)
	v := a.visitor(t)
	a.ticksAtOnce(v, ticker)
	text := a.run("consents", "export", "--format", "csv")
	if strings.Contains(text, "granted") {
		t.Errorf("a robot left a yes:\n%s", text)
	}
	// A person after them is heard.
	v.open(ticker)
	v.until(readIt)
	v.click("input[type=checkbox]")
	v.press("button[value=save]")
	if !ask[bool](v, `location.pathname.startsWith("/r/")`) {
		t.Error("a robot used up the link of a person")
	}
	if text := a.run("consents", "export", "--format", "csv"); !strings.Contains(text, "granted") {
		t.Errorf("the person's yes is not there:\n%s", text)
	}
}

// ticksAtOnce ticks everything and saves within a second of the page's beginning. On a busy machine that takes a few
// pages.
func (a *asking) ticksAtOnce(v *tab, form string) {
	a.t.Helper()
	for range 20 {
		v.goes(v.going(form))
		v.goes(chromedp.Evaluate[chromedp.Void](`if (performance.now() < 1000) {
			for (const b of document.querySelectorAll("input[type=checkbox]")) b.click();
			document.querySelector("button[value=save]").click();
		} else location.reload()`))
		if ask[bool](v, `performance.getEntriesByType("navigation")[0].type == "reload"`) {
			continue // it was too late
		}
		if ask[bool](v, `location.pathname.startsWith("/r/")`) {
			a.t.Error("what was ticked and saved at once was recorded")
		}
		return
	}
	a.t.Log("this machine is too busy for a fast robot")
}

// goes does something that leads to another page, whatever its status.
func (v *tab) goes(step chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, end := context.WithTimeout(v.ctx, longest)
	defer end()
	_, err := chromedp.RunResponse(ctx, step)
	v.must(err, "go on")
}

// pressesAll follows links and presses buttons on every page that it comes to, each on the page opened anew.
func (a *asking) pressesAll(v *tab, start string, most int) {
	todo, seen, pressed := []string{strings.TrimPrefix(start, a.url)}, map[string]bool{}, 0
	token := regexp.MustCompile(`[a-z2-7]{60}|\?.*`)
	press := func(n int) {
		v.until(readIt)
		v.goes(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelectorAll("main button")[%d].click()`, n)))
	}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		v.goes(v.going(path))
		links := ask[[]string](v, `[...document.querySelectorAll("a[href]:not([download])")].filter(l => l.origin == location.origin).map(l => l.pathname + l.search)`)
		for n := range ask[int](v, `document.querySelectorAll("main button").length`) {
			v.goes(v.going(path))
			if pressed++; pressed > most || ask[int](v, `document.querySelectorAll("main button").length`) <= n {
				break
			}
			press(n)
			links = append(links, strings.TrimPrefix(ask[string](v, `location.href`), a.url))
			if ask[bool](v, `!!document.querySelector("input[name=confirmed]")`) { // what asks once more
				press(0)
			}
		}
		for _, l := range links {
			if key := token.ReplaceAllString(l, ""); !seen[key] {
				seen[key] = true
				todo = append(todo, l)
			}
		}
	}
	if pressed < 8 {
		a.t.Errorf("the robot pressed only %d buttons", pressed)
	}
	a.t.Logf("the robot came to %d kinds of page and pressed %d buttons", len(seen), pressed)
}
