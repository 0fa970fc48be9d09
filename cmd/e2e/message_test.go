package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// sevenLanguages are those that a campaign is shipped in.
var sevenLanguages = []string{"fr", "en", "de", "es", "it", "nl", "pt"}

// pale names text that is hard to read on its ground: below 4.5 to 1.
const pale = `(() => {
	const part = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
	const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b) };
	const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c } return "rgb(255, 255, 255)" };
	const bad = [];
	for (const e of document.querySelectorAll("h1, p, li, a, strong")) {
		if (!e.innerText.trim()) continue;
		const a = light(getComputedStyle(e).color), b = light(ground(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) bad.push(e.tagName + " " + ratio.toFixed(1) + " " + e.innerText.slice(0, 30));
	}
	return bad.join("; ");
})()`

// TestMessagesOnEveryScreen shows the starter message of every language as a phone, a small phone and a desktop do, in light and in
// dark, and as a program that drops style sheets: nothing sticks out at the side, everything can be read, the link to the
// form can be hit with a thumb.
func TestMessagesOnEveryScreen(t *testing.T) {
	t.Parallel()
	if chromium() == "" {
		lacking(t, "Chromium is missing (on Debian: apt-get install chromium)")
	}
	dir := messages(t)
	mail := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(mail.Close)
	chrome, err := workshop.chrome()
	if err != nil {
		t.Fatal(err)
	}
	v := openTab(t, mail.URL, chrome, chromedp.WithNewBrowserContext())
	for n, l := range sevenLanguages {
		for _, page := range []string{"message." + l + ".html", "bare." + l + ".html"} {
			for _, theme := range []string{"light", "dark"} {
				for _, width := range []int64{320, 390, 1280} {
					if n > 0 && (width != 320 || theme == "dark" && page[0] == 'b') && os.Getenv("REOPTIN_EVERY_SCREEN") == "" {
						continue // make test-extended looks at all of them
					}
					v.look(width, theme)
					v.open("/" + page)
					v.readable(page, theme, width)
				}
			}
		}
	}
}

// readable is what must hold of a message however it is shown.
func (v *tab) readable(page, theme string, width int64) {
	v.t.Helper()
	if out := ask[string](v, overflow); out != "" {
		v.t.Errorf("%s, %s, %d wide: %s sticks out", page, theme, width, out)
	}
	if bad := ask[string](v, pale); bad != "" {
		v.t.Errorf("%s, %s, %d wide: hard to read: %s", page, theme, width, bad)
	}
	if high := ask[float64](v, `document.querySelector(".key").getBoundingClientRect().height`); high < 44 {
		v.t.Errorf("%s, %d wide: the link to the form is %v high", page, width, high)
	}
	if small := ask[float64](v, `Math.min(...[...document.querySelectorAll("p, li")].map(e => parseFloat(getComputedStyle(e).fontSize)))`); small < 14 {
		v.t.Errorf("%s: text of %v px", page, small)
	}
}

// messages draws the starter message in every language, for an organisation with long names, and once more without its
// style sheet, as some programs show it.
func messages(t *testing.T) string {
	t.Helper()
	h := newHouse(t, smtptest.Script(nil))
	organisation := strings.NewReplacer(`email = "contact@exemple.example"`, `email = "service.des.droits.et.donnees@etablissements-exemple.example"`,
		`legal_name = "Maison Exemple SAS"`, `legal_name = "Établissements Exemple et Compagnie de l'Atlantique SAS"`).Replace(h.run("organisation", "new"))
	h.run("organisation", "apply", h.file("organisation.toml", organisation))
	h.run("campaign", "create", h.file("all.toml", h.run("campaign", "new", "all")))
	dir := t.TempDir()
	h.run("campaign", "preview", "all", "--out", dir)
	sheet := regexp.MustCompile(`(?s)<style>.*?</style>`)
	for _, l := range sevenLanguages {
		text, err := os.ReadFile(filepath.Join(dir, "message."+l+".html"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "bare."+l+".html"), sheet.ReplaceAll(text, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
