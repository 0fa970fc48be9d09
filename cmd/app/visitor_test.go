package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/link"
)

// form, page and unsubscribe are the addresses of a person's pages.
func (h *house) form(email string) string        { return h.link("/c/", link.Form, email) }
func (h *house) page(email string) string        { return h.link("/p/", link.Preferences, email) }
func (h *house) unsubscribe(email string) string { return h.link("/u/", link.OneClick, email) }

func (h *house) link(prefix string, p link.Purpose, email string) string {
	h.t.Helper()
	i := h.invitation(email)
	return prefix + h.app.links.Mint(p, i.Link, time.Time{})
}

func (h *house) do(method, target string, body url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body.Encode()))
	r.Host = host
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	h.web.Echo.ServeHTTP(w, r)
	return w
}

var nonceField = regexp.MustCompile(`name="form" value="([^"]+)"`)

// opened opens a page, lets a person read it for a while, and gives its nonce.
func (h *house) opened(target string) string {
	h.t.Helper()
	w := h.do(http.MethodGet, target, nil)
	found := nonceField.FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || found == nil {
		h.t.Fatalf("GET %.3s…: %d without a form\n%s", target, w.Code, w.Body)
	}
	h.wait(3 * time.Second)
	return found[1]
}

// fields makes form fields of name, value, name, value …
func fields(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// post sends a form and expects a status.
func (h *house) post(target string, status int, pairs ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	w := h.do(http.MethodPost, target, fields(pairs...))
	if w.Code != status {
		h.t.Errorf("POST %.3s… %v: %d, want %d", target, pairs, w.Code, status)
	}
	return w
}

// outdated sends a form that changes nothing, and expects to be led to what stands.
func (h *house) outdated(target string, pairs ...string) {
	h.t.Helper()
	if to := h.post(target, http.StatusSeeOther, pairs...).Header().Get("Location"); !strings.HasPrefix(to, "/p/") || !strings.Contains(to, "used=1") {
		h.t.Errorf("POST %.3s… %v leads to %.3s…", target, pairs, to)
	}
}

// says answers the form: the boxes that are ticked, or none for a no to everything.
func (h *house) says(email string, ticked ...string) {
	h.t.Helper()
	target := h.form(email)
	pairs := []string{"form", h.opened(target), "action", "save"}
	if len(ticked) == 0 {
		pairs[3] = "refuse-all"
	}
	for _, q := range ticked {
		pairs = append(pairs, "decision."+q, "yes")
	}
	h.post(target, http.StatusSeeOther, pairs...)
}

// oneClick is what a mail program sends when its user unsubscribes.
func (h *house) oneClick(email string) {
	h.t.Helper()
	h.post(h.unsubscribe(email), http.StatusOK, "List-Unsubscribe", "One-Click")
}
