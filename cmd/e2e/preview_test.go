package e2e

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// TestThePreviewIsSeenAsOthersSeeIt chooses the phone, the dark theme and the text part while a campaign is written: message and
// form follow without a request, and what was chosen stays when the preview is drawn anew.
func TestThePreviewIsSeenAsOthersSeeIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, smtptest.Script(nil))
	h.run("organisation", "apply", h.file("organisation.toml", h.run("organisation", "new")))
	h.run("campaign", "create", h.file("all.toml", h.run("campaign", "new", "all", "--language", "de,fr")))
	h.serve()
	v := h.enter(t, administrator)
	v.shows(sight{path: "/admin/campaigns/all/edit"})
	const (
		dark = `[...document.querySelectorAll("iframe")].filter(f => f.contentDocument).map(f => f.contentWindow.matchMedia("(prefers-color-scheme: dark)").matches).join()`
		wide = `document.querySelector(".part-html iframe").getBoundingClientRect().width`
		text = `[...document.querySelectorAll(".part-text pre")].filter(p => p.getBoundingClientRect().height > 0).length`
	)
	was := ask[string](v, dark)
	v.do("choose", chromedp.Evaluate[chromedp.Void](`for (const id of ["look-theme-dark", "look-screen-phone"]) document.getElementById(id).click()`))
	if is := ask[string](v, dark); is == was || is == "" {
		t.Errorf("dark: %s, before: %s", is, was)
	}
	if w := ask[float64](v, wide); w > 362 {
		t.Errorf("a phone is %v wide", w)
	}
	if name := os.Getenv("REOPTIN_LOOK"); name != "" {
		res, err := chromedp.Run(v.ctx, chromedp.FullScreenshot(60))
		if err = errors.Join(err, os.WriteFile(name, res, 0o600)); err != nil {
			t.Error(err)
		}
	}
	v.rewrites(`[name="subject_de"]`, "Maison Exemple: Ihre Wahl zu E-Mails")
	v.until(`document.querySelectorAll("#preview iframe").length == 4`)
	if ask[float64](v, wide) > 362 || ask[int](v, text) != 0 {
		t.Error("drawn anew, the preview forgot what was chosen")
	}
	v.do("choose", chromedp.Evaluate[chromedp.Void](`document.getElementById("look-part-text").click()`))
	if n := ask[int](v, text); n != 2 {
		t.Errorf("%d texts are shown", n)
	}
}

// TestThePreviewOfLettersIsTheLetter looks at the check of a campaign that asks by letter only: the browser shows the PDF in
// its frame under the policy of the page and of the frame, with the form beside it and nothing of a message.
func TestThePreviewOfLettersIsTheLetter(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	h := newHouse(t, smtptest.Script(nil))
	h.run("organisation", "apply", h.file("organisation.toml", h.run("organisation", "new")))
	h.run("campaign", "create", h.file("post.toml", strings.Replace(h.run("campaign", "new", "post", "--language", "de,fr"), `routes = ["email"]`, `routes = ["letter"]`, 1)))
	h.serve()
	v := h.enter(t, administrator)
	// A frame that a policy keeps from showing its PDF holds the document of an error in its place, which is not of this house.
	const shown = `[...document.querySelectorAll("iframe.letter")].map(f => f.contentDocument?.contentType).join()`
	for _, path := range []string{"/admin/campaigns/post/check", "/admin/campaigns/post/edit"} {
		for _, width := range []int64{1280, 390} {
			v.look(width, "light")
			v.shows(sight{path: path})
			if is := ask[string](v, shown); is != "application/pdf,application/pdf" {
				t.Errorf("%s, %d pixels: the letters are %s", path, width, is)
			}
			if n := ask[int](v, `document.querySelectorAll("iframe:not(.letter)").length`); n != 2 {
				t.Errorf("%s, %d pixels: %d frames beside the letters", path, width, n)
			}
			wrong := v.violations(checker)
			if wide := ask[string](v, overflow); wide != "" {
				wrong = append(wrong, "is wider than its window: "+wide)
			}
			for _, w := range append(wrong, v.unexpected(sight{path: path})...) {
				t.Errorf("%s, %d pixels: %s", path, width, w)
			}
		}
	}
}
