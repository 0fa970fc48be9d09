package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestTheReportOfAnAudit opens the report that an audit writes, of a whole base, of nobody, of one person and of people who all said
// no, in three languages: it is accessible and whole HTML, fits a phone and a sheet of paper, and asks the network for nothing.
func TestTheReportOfAnAudit(t *testing.T) {
	t.Parallel()
	checker, nu, dir := axe(t), newNu(t), t.TempDir()
	site := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(site.Close)
	h := newHouse(t, nil)
	h.run("organisation", "apply", h.file("organisation.toml", h.run("organisation", "new")))
	v := h.visitor(t)
	v.where = site.URL
	for n, base := range []struct{ name, text string }{
		{"nobody", ""},
		{"one", "email,consent,consent_at,consent_source,country\nann@place.example,yes,2025-11-04,form,FR\n"},
		{"all-out", "email,optout\nann@place.example,yes\nbob@place.example,yes\ncy@place.example,yes\n"},
		{"lumen", today(t, "base-lumen.csv")},
	} {
		if n > 1 {
			h.run("contacts", "undo", strconv.Itoa(n-1), "--yes")
		}
		if base.text != "" {
			h.run("contacts", "import", h.file("base.csv", base.text))
		}
		languages := []string{"en", "de", "fr"}
		if !everything() { // make test-extended looks at each base in each
			languages = languages[n%len(languages) : n%len(languages)+1]
		}
		for _, language := range languages {
			file := base.name + "." + language + ".html"
			h.run("contacts", "audit", "--html", filepath.Join(dir, file), "--language", language)
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			nu.keep(file, string(text))
			v.open("/" + file)
			v.sound(file, checker)
			v.prints(file)
			if noise := v.quiet(); len(noise) > 0 {
				t.Errorf("%s: %s", file, strings.Join(noise, "\n"))
			}
		}
	}
	nu.check(4)
}

// prints lays a page out for paper, and expects that nothing is wider than it.
func (v *tab) prints(name string) {
	v.t.Helper()
	medium := func(name string) {
		v.do("choose the medium", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name})
			return err
		}))
	}
	v.look(680, "light") // what a sheet of A4 leaves between its margins
	medium("print")
	defer medium("")
	if wide := ask[string](v, overflow); wide != "" {
		v.t.Errorf("%s, on paper, is wider than its sheet: %s", name, wide)
	}
}
