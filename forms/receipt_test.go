package forms_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

func TestTheReceiptToPrint(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.post(h.path(link.Form), saved(h.nonce(h.path(link.Form))))
	w := h.get(h.path(link.Receipt) + "?format=pdf&lang=en")
	again := h.get(h.path(link.Receipt) + "?format=pdf&lang=en")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) || !bytes.Equal(w.Body.Bytes(), again.Body.Bytes()) {
		t.Errorf("%d %s", w.Code, w.Header())
	}
	if d := w.Header().Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || !strings.Contains(d, ".pdf") {
		t.Error(d)
	}
}

func TestTheReceiptByMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := h.path(link.Receipt)
	h.post(h.path(link.Form), saved(h.nonce(h.path(link.Form))))
	h.wait(5e9)
	for what, body := range map[string]url.Values{"no nonce": fields("action", "mail"), "a form's nonce": fields("action", "mail", "form", h.nonce(h.path(link.Preferences)))} {
		if w := h.post(page, body); w.Code != http.StatusUnprocessableEntity || len(h.desk.mailed) != 0 {
			t.Errorf("%s: %d, %d receipts", what, w.Code, len(h.desk.mailed))
		}
	}
	nonce := h.nonce(page + "?lang=en")
	for range 2 {
		if w := h.post(page+"?lang=en", fields("action", "mail", "form", nonce)); w.Code != http.StatusSeeOther || len(h.desk.mailed) != 1 {
			t.Fatalf("%d, %d receipts", w.Code, len(h.desk.mailed))
		}
	}
	said := text(parse(t, h.get(page+"?lang=en")))
	if !strings.Contains(said, "The receipt was asked for by e-mail on 10 March 2026") || strings.Contains(said, "Send me the receipt") {
		t.Error("the receipt does not say that it is on its way")
	}
	h.desk.fail = fault.New(fault.Unavailable, "test.full", "disk full")
	if w := h.post(page, fields("action", "mail", "form", nonce)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("what could not be saved: %d", w.Code)
	}
}

func TestTheReceiptIsChecked(t *testing.T) {
	t.Parallel()
	good := true
	h := newHouse(t, func(_ *campaign.Frozen, d *forms.Deps) {
		d.Verify = func(context.Context, string) ([]forms.Step, error) {
			return []forms.Step{{Name: "signature", OK: true}, {Name: "inclusion", OK: good}}, nil
		}
	})
	h.post(h.path(link.Form), saved(h.nonce(h.path(link.Form))))
	page := h.path(link.Receipt) + "?lang=en"
	for _, is := range []bool{true, false} {
		good = is
		said := text(parse(t, h.post(page, fields("action", "verify", "form", h.nonce(page)))))
		if strings.Contains(said, "The receipt holds") != is || strings.Contains(said, "could not be confirmed") == is || !strings.Contains(said, h.view().Last.ID) {
			t.Errorf("a proof that holds: %v, says %s", is, said)
		}
	}
	if len(h.desk.answers) != 1 {
		t.Error("a check recorded something")
	}
}

// The organisation's colour and logo are kept beside the pages, and served under their hash.
func TestTheOrganisationsLook(t *testing.T) {
	t.Parallel()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 240, 80))); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, func(z *campaign.Frozen, _ *forms.Deps) {
		z.Organisation.Accent = "#ffd400"
		z.Organisation.Logo = "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes())
	})
	for _, p := range []string{h.path(link.Form), h.path(link.Preferences), h.path(link.OneClick), h.path(link.Receipt), "/l"} {
		doc := parse(t, h.get(p))
		logo, css := find(doc, "img", "class", "logo"), find(doc, "link", "rel", "stylesheet")
		if len(logo) != 1 || attr(logo[0], "width") != "120" || attr(logo[0], "height") != "40" || len(css) != 1 {
			t.Fatalf("%.3s: %v %v", p, logo, css)
		}
		w := h.get(attr(logo[0], "src"))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" || !bytes.Equal(w.Body.Bytes(), picture.Bytes()) {
			t.Errorf("the logo: %d %s", w.Code, w.Header().Get("Content-Type"))
		}
		if w := h.get(attr(css[0], "href")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "The organisation's colour: #ffd400") {
			t.Errorf("the style sheet: %d", w.Code)
		}
	}
	h.desk.documents = map[string]campaign.Document{} // before anything is approved
	w := h.get("/l")
	if css := find(parse(t, w), "link", "rel", "stylesheet"); h.get(attr(css[0], "href")).Code != http.StatusOK {
		t.Error("a draft's style sheet is not served")
	}
}
