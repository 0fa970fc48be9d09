package dashboard_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/account"
)

// sent sends the one form to an action as a page holds it, hidden fields and all.
func (b *browser) sent(w *httptest.ResponseRecorder, action string, change map[string][]string) *httptest.ResponseRecorder {
	b.h.t.Helper()
	page := parse(b.h.t, w)
	if len(find(page, "form", "action", action)) != 1 {
		b.h.t.Fatalf("%d: no form to %s:\n%s", w.Code, action, text(page))
	}
	return b.send(action, fields(page, action, change))
}

func TestWhatWasTypedOutlivesTheLogin(t *testing.T) {
	t.Parallel()
	const action = spring + "draft/edit"
	typed := map[string][]string{"body_fr": {"Une ligne\r\n<b>\"et\"</b> l'autre"}, "channels": {"email", "sms"}}
	credentials := func(name, password string) map[string][]string {
		return map[string][]string{"name": {name}, "password": {password}}
	}
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	page := parse(t, b.get(action))
	h.pass(account.Idle)

	asked := b.send(action, fields(page, action, typed))
	if asked.Code != http.StatusUnauthorized || h.desk.did() != "" {
		t.Fatalf("%d, did %s", asked.Code, h.desk.did())
	}
	if strings.Contains(asked.Body.String(), b.token) {
		t.Error("the proof of the earlier login goes through the new one")
	}
	again := b.sent(asked, "/admin/login", credentials("marketer", "wrong wrong wrong"))
	if again.Code != http.StatusUnauthorized {
		t.Fatalf("a wrong password: %d", again.Code)
	}
	in := b.sent(again, "/admin/login", credentials("marketer", good))
	if in.Code != http.StatusOK || h.desk.did() != "" {
		t.Fatalf("%d; before the person sends it: %s", in.Code, h.desk.did())
	}
	saved := b.sent(in, action, nil)
	if saved.Header().Get("Location") != action+"?done=campaign_saved" {
		t.Fatalf("%d to %q", saved.Code, saved.Header().Get("Location"))
	}
	f := h.desk.campaigns[0].File
	if f.Message["fr"].Body != "Une ligne\n<b>\"et\"</b> l'autre" || !slices.Equal(f.Channels, []string{"email", "sms"}) {
		t.Errorf("stored was %+v", f)
	}

	// Whoever may not edit goes on without it.
	if w := b.sent(asked, "/admin/login", credentials("viewer", good)); w.Code != http.StatusSeeOther {
		t.Errorf("a viewer: %d", w.Code)
	}
}

func TestAFormOfAnotherLoginIsShownAgain(t *testing.T) {
	t.Parallel()
	const action = spring + "draft/text"
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	typed := fields(parse(t, b.get(action)), action, nil)
	b.login("marketer", good) // in another tab
	w := b.send(action, typed)
	if w.Code != http.StatusForbidden || h.desk.did() != "" {
		t.Fatalf("%d, did %s", w.Code, h.desk.did())
	}
	if saved := b.sent(w, action, nil); saved.Code != http.StatusSeeOther || !strings.Contains(h.desk.did(), "create spring-draft") {
		t.Errorf("%d, did %s", saved.Code, h.desk.did())
	}
}

func TestALoginCarriesFormsOfOursAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	for _, then := range []string{"", "/users", "/account/password", "//evil.example", "https://evil.example/campaigns", "/campaigns/x/../edit", "javascript:alert(1)"} {
		b := h.browser()
		if w := b.post("/admin/login", "name", "administrator", "password", good, "then", then, "kept.name", "zoe"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/admin" {
			t.Errorf("%q: %d to %q", then, w.Code, w.Header().Get("Location"))
		}
	}
	stranger := h.browser()
	stranger.header["Sec-Fetch-Site"] = "cross-site"
	if w := stranger.post(spring+"draft/edit", "body_fr", "planted"); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "planted") {
		t.Errorf("from another site: %d", w.Code)
	}
}

func TestAPreviewSaysWhyItCannotBeDrawn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	const edit, preview = spring + "draft/edit", spring + "draft/preview"
	page := parse(t, b.get(edit))
	typed := fields(page, edit, nil)
	for name, want := range map[string]struct {
		before func()
		target string
		status int
		says   string
	}{
		"logged out": {func() { h.pass(account.Idle) }, "preview", http.StatusUnauthorized, "What you typed is still in the form"},
		"elsewhere":  {func() { h.pass(account.Idle) }, "figures", http.StatusUnauthorized, ""},
	} {
		want.before()
		b.header = map[string]string{"HX-Request": "true", "HX-Target": want.target}
		w := b.send(preview, typed)
		if w.Code != want.status || w.Header().Get("HX-Redirect") != "" {
			t.Errorf("%s: %d to %q", name, w.Code, w.Header().Get("HX-Redirect"))
		}
		if want.says == "" {
			if w.Body.Len() > 0 || w.Header().Get("HX-Reswap") != "none" {
				t.Errorf("%s: %s", name, w.Body)
			}
			continue
		}
		if p := find(parse(t, w), "div", "id", "preview"); len(p) != 1 || !strings.Contains(text(p[0]), want.says) {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
}

// TestWhatWasSaidOfPeopleOutlivesTheLogin tries a no and whatever else was typed with care: it waits behind the login, and is done once it is sent on.
func TestWhatWasSaidOfPeopleOutlivesTheLogin(t *testing.T) {
	t.Parallel()
	for path, c := range map[string]struct {
		role  account.Role
		typed []string
		did   string
		fresh time.Duration
	}{
		"/suppressions":                   {account.Marketer, []string{"address", "jo@a.example", "why", "said so at the counter"}, "said so at the counter", account.Idle},
		"/campaigns/running/pause":        {account.Approver, []string{"reason", "a wrong link"}, "pause spring-running by approver: a wrong link", account.Idle},
		"/rights/people/1/rectify":        {account.PrivacyOfficer, []string{"last_name", "Dupond"}, "Dupond", account.Idle},
		"/campaigns/running/letters/mark": {account.Approver, []string{"batch", "2", "as", "lost", "because", "torn"}, "torn", account.Fresh},
	} {
		path = strings.Replace(path, "/campaigns/", "/campaigns/spring-", 1)
		h := newHouse(t)
		h.furnish("word")
		b := h.as(c.role)
		h.pass(c.fresh)
		asked := b.post("/admin"+path, c.typed...)
		if asked.Code != http.StatusUnauthorized || h.desk.did() != "" {
			t.Errorf("%s: %d, did %s", path, asked.Code, h.desk.did())
			continue
		}
		at := "/admin/login"
		if c.fresh < account.Idle {
			at = "/admin/prove"
		}
		in := b.sent(asked, at, map[string][]string{"name": {string(c.role)}, "password": {good}})
		again := b.sent(in, "/admin"+path, nil)
		if again.Code >= http.StatusBadRequest {
			t.Errorf("%s: sent on: %d", path, again.Code)
		}
		if did := strings.Join([]string{h.desk.did(), h.desk.why, h.desk.post.marked.Because, again.Body.String()}, " "); !strings.Contains(did, c.did) {
			t.Errorf("%s: did %s", path, did)
		}
	}
}

// TestTheFileThatWasChosenOutlivesTheLogin and is not taken for the text that stood beside it.
func TestTheFileThatWasChosenOutlivesTheLogin(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Administrator)
	h.pass(account.Idle)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	h.must(form.WriteField("form", b.token))
	h.must(form.WriteField("text", "the old text"))
	file, err := form.CreateFormFile("file", "organisation.toml")
	h.must(err)
	_, err = file.Write([]byte("the new file"))
	h.must(errors.Join(err, form.Close()))
	b.header["Content-Type"] = form.FormDataContentType()
	asked := b.do("POST", "/admin/organisation", body.String())
	delete(b.header, "Content-Type")
	if words := asked.Body.String(); asked.Code != http.StatusUnauthorized || !strings.Contains(words, "the new file") || strings.Contains(words, "the old text") {
		t.Errorf("%d: %s", asked.Code, words)
	}
}

func TestWhoeverActsTooLateIsToldThatNothingWasDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Administrator)
	h.pass(account.Idle)
	for path, to := range map[string]string{spring + "approved/start": "/campaigns/spring-approved/start", spring + "running/resume": "/campaigns/spring-running", "/admin/users": "/users"} {
		w := b.post(path, "name", "spring-approved")
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "/admin/login?done=login_undone&to="+to {
			t.Errorf("%s: %d to %q", path, w.Code, got)
			continue
		}
		if words := text(parse(t, b.get(w.Header().Get("Location")))); !strings.Contains(words, "nothing was done") {
			t.Errorf("%s: the login says %s", path, words)
		}
	}
	if w := b.post("/admin/logout"); w.Header().Get("Location") != "/admin/login" {
		t.Errorf("a logout that comes too late goes to %q", w.Header().Get("Location"))
	}
	long := b.post("/admin/organisation", "text", strings.Repeat("é", 100<<10))
	if got := long.Header().Get("Location"); long.Code != http.StatusSeeOther || !strings.Contains(got, "login_undone") {
		t.Errorf("more than goes through a login: %d to %q", long.Code, got)
	}
}
