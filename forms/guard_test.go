package forms_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/web"
)

var allPages = []link.Purpose{link.Form, link.OneClick, link.Preferences, link.Receipt}

func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	queries := []string{"", "?choice=yes", "?action=save&decision.newsletter.email=yes", "?List-Unsubscribe=One-Click", "?_method=POST"}
	for i := range 500 {
		for _, p := range allPages {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
				h.do(method, h.path(p)+queries[i%len(queries)], "", "X-HTTP-Method-Override", "POST")
			}
		}
	}
	if h.desk.acts() != 0 || h.desk.views != 500 {
		t.Errorf("%d recorded, %d views for 500 looks at the form", h.desk.acts(), h.desk.views)
	}
}

func TestPrefetchIsNotAView(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, header := range [][2]string{{"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}, {"X-Moz", "prefetch"}} {
		for _, p := range allPages {
			if w := h.do(http.MethodGet, h.path(p), "", header[0], header[1]); w.Code != http.StatusNoContent || w.Body.Len() != 0 {
				t.Errorf("%s: %d", header[0], w.Code)
			}
		}
	}
	if h.desk.views != 0 {
		t.Errorf("%d views", h.desk.views)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, p := range allPages {
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", "BREW"} {
			w := h.do(method, h.path(p), "List-Unsubscribe=One-Click")
			if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Header().Get("Allow"), "GET") {
				t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, "PROPFIND"} {
		if w := h.do(method, "/l", "code=1"); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s of the page for codes: %d", method, w.Code)
		}
	}
	if h.desk.acts() != 0 {
		t.Error("something was recorded")
	}
}

func TestLinksThatOpenNothingAreOnePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.path(link.Form)
	erased := "/c/" + h.links.Mint(link.Form, campaign.LinkID{8}, time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC))
	swap := map[byte]byte{'a': 'b'}
	changed := []byte(form)
	last := changed[len(changed)-10]
	changed[len(changed)-10] = 'a'
	if last == 'a' {
		changed[len(changed)-10] = swap['a']
	}
	want := h.get(erased)
	if want.Code != http.StatusNotFound {
		t.Fatalf("erased: %d", want.Code)
	}
	plain := func(h http.Header) http.Header { c := h.Clone(); c.Del("X-Request-Id"); return c }
	targets := []string{
		string(changed), "/c/x", form + "x", strings.ToUpper(form[3:]), "/c/" + h.path(link.OneClick)[3:], "/u/" + form[3:], "/p/" + form[3:], "/r/" + form[3:], "/p/x", "/u/x", "/r/x",
		"/c/" + strings.Repeat("a", 60), "/c/%00", "/c/" + strings.Repeat("z", 4000),
	}
	for _, target := range targets {
		if !strings.HasPrefix(target, "/") {
			target = "/c/" + target
		}
		w := h.get(target)
		if w.Code != want.Code || !bytes.Equal(w.Body.Bytes(), want.Body.Bytes()) {
			t.Errorf("%.20s: %d differs", target, w.Code)
		}
		if d := cmp.Diff(plain(want.Header()), plain(w.Header())); d != "" {
			t.Errorf("%.20s: headers differ: %s", target, d)
		}
	}
	nonce := h.nonce(form)
	for _, target := range []string{erased, "/c/x", "/p/x"} {
		if w := h.post(target, saved(nonce)); w.Code != http.StatusNotFound || !bytes.Equal(w.Body.Bytes(), want.Body.Bytes()) {
			t.Errorf("POST %.20s: %d", target, w.Code)
		}
	}
	if h.desk.acts() != 0 || h.desk.views != 1 {
		t.Errorf("%d recorded, %d views", h.desk.acts(), h.desk.views)
	}
}

func multipartOf(t *testing.T, pairs ...string) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), m.FormDataContentType()
}

func TestOneClick(t *testing.T) {
	t.Parallel()
	multi, boundary := multipartOf(t, "List-Unsubscribe", "One-Click")
	extra, extraBoundary := multipartOf(t, "a", "b", "List-Unsubscribe", "One-Click")
	const urlencoded = "application/x-www-form-urlencoded"
	for name, test := range map[string]struct {
		body, media string
		acts        int
	}{
		"urlencoded":       {"List-Unsubscribe=One-Click", urlencoded, 1},
		"with charset":     {"List-Unsubscribe=One-Click", urlencoded + "; charset=utf-8", 1},
		"multipart":        {multi, boundary, 1},
		"extra fields":     {"a=b&List-Unsubscribe=One-Click&decision.newsletter.email=yes&action=save", urlencoded, 1},
		"multipart extra":  {extra, extraBoundary, 1},
		"no type":          {"List-Unsubscribe=One-Click", "", 1},
		"text":             {"List-Unsubscribe=One-Click", "text/plain", 1},
		"JSON by its type": {"List-Unsubscribe=One-Click", "application/json", 1},
		"no boundary":      {"List-Unsubscribe=One-Click", "multipart/form-data", 1},
		"broken type":      {"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded; =", 1},
		"text, and more":   {"List-Unsubscribe=One-Click&a=b", "text/plain", 1},
		"other value":      {"List-Unsubscribe=one-click", urlencoded, 0},
		"other name":       {"list-unsubscribe=One-Click", urlencoded, 0},
		"empty":            {"", "", 0},
		"JSON":             {`{"List-Unsubscribe":"One-Click"}`, "application/json", 0},
		"a form's answer":  {"action=save&decision.newsletter.email=yes", urlencoded, 0},
		"broken multipart": {"--x", "multipart/mixed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			for range 2 { // a repeated click is no error
				w := h.do(http.MethodPost, h.path(link.OneClick), test.body, "Content-Type", test.media, "Sec-Fetch-Site", "cross-site", "Origin", "https://mail.example")
				if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Location") != "" {
					t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
				}
			}
			if len(h.desk.objected) != 2*test.acts || len(h.desk.answers) != 0 {
				t.Errorf("%d objections, %d answers", len(h.desk.objected), len(h.desk.answers))
			}
			if test.acts > 0 && (h.desk.objected[0].Kind != campaign.ByOneClick || h.desk.objected[0].Lines != nil) {
				t.Errorf("recorded %+v", h.desk.objected[0])
			}
			for _, unknown := range []string{"/u/x", "/u/" + h.path(link.Form)[3:], "/u/" + h.links.Mint(link.OneClick, campaign.LinkID{5}, time.Time{})} {
				if w := h.do(http.MethodPost, unknown, test.body, "Content-Type", test.media); w.Code != http.StatusOK || w.Body.Len() != 0 {
					t.Errorf("unknown: %d", w.Code)
				}
			}
		})
	}
	h := newHouse(t)
	h.desk.fail = fault.New(fault.Unavailable, "test.full", "disk full")
	if w := h.do(http.MethodPost, h.path(link.OneClick), "List-Unsubscribe=One-Click"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("an objection that was not saved is answered with %d", w.Code)
	}
}

// Of the two errors the no that was lost is the worse one: nobody tells the person, and a mail program is answered 200.
func TestAOneClickNoThatIsNearlyRightIsHeard(t *testing.T) {
	t.Parallel()
	const urlencoded = "application/x-www-form-urlencoded"
	const part = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"%s\r\n\r\nOne-Click%s\r\n--b--\r\n"
	for name, test := range map[string]struct {
		body, media string
		acts        int
	}{
		"an empty line behind it":             {"List-Unsubscribe=One-Click\r\n", urlencoded, 1},
		"an empty line behind it, as text":    {"List-Unsubscribe=One-Click\r\n", "text/plain", 1},
		"spaces around it":                    {" List-Unsubscribe = One-Click ", urlencoded, 1},
		"a plus behind it":                    {"List-Unsubscribe=One-Click+", urlencoded, 1},
		"twice":                               {"List-Unsubscribe=One-Click&List-Unsubscribe=One-Click", urlencoded, 1},
		"twice, once otherwise":               {"List-Unsubscribe=x&List-Unsubscribe=One-Click", urlencoded, 1},
		"encoded":                             {"List%2DUnsubscribe=One%2DClick", urlencoded, 1},
		"encoded, as text":                    {"List%2DUnsubscribe=One%2DClick", "text/plain", 1},
		"beside what cannot be read":          {"List-Unsubscribe=One-Click&x=%zz", urlencoded, 1},
		"behind what cannot be read":          {"x=%zz&List-Unsubscribe=One-Click", urlencoded, 1},
		"between semicolons":                  {"a=b;List-Unsubscribe=One-Click;c=d", urlencoded, 1},
		"on lines of its own":                 {"a=b\nList-Unsubscribe=One-Click\nc=d", "text/plain", 1},
		"a part with a file's name":           {fmt.Sprintf(part, "; filename=\"x.txt\"\r\nContent-Type: text/plain", ""), "multipart/form-data; boundary=b", 1},
		"a part with an empty line behind it": {fmt.Sprintf(part, "", "\r\n"), "multipart/form-data; boundary=b", 1},
		"a part with another boundary":        {fmt.Sprintf(part, "", ""), "multipart/form-data; boundary=c", 1},
		"a part without a type":               {fmt.Sprintf(part, "", ""), "", 1},
		"a part that is cut off":              {"--b\nContent-Disposition: form-data; name=List-Unsubscribe\n\nOne-Click", "multipart/form-data; boundary=b", 1},
		"a part of another value":             {fmt.Sprintf(part, "", "s"), "multipart/form-data; boundary=b", 0},
		"a part of another name":              {strings.Replace(fmt.Sprintf(part, "", ""), "List-U", "X-List-U", 1), "multipart/form-data; boundary=b", 0},
		"a part of the name, another's value": {"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"y\"\r\n\r\nOne-Click\r\n--b--\r\n", "multipart/form-data; boundary=b", 0},
		"a longer value":                      {"List-Unsubscribe=One-Clicks", urlencoded, 0},
		"a longer name":                       {"X-List-Unsubscribe=One-Click", urlencoded, 0},
		"the value alone":                     {"One-Click", "text/plain", 0},
		"the name alone":                      {"List-Unsubscribe=", urlencoded, 0},
		"the pair as the value of another":    {"a=List-Unsubscribe=One-Click", urlencoded, 0},
		"the pair, encoded as one value":      {"a=List-Unsubscribe%3DOne-Click", urlencoded, 0},
		"rubbish of a scanner":                {"test=<script>&id=1' or '1'='1", urlencoded, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			w := h.do(http.MethodPost, h.path(link.OneClick), test.body, "Content-Type", test.media)
			if len(h.desk.objected) != test.acts || len(h.desk.answers) != 0 {
				t.Errorf("%d objections, %d answers", len(h.desk.objected), len(h.desk.answers))
			}
			if w.Code != http.StatusOK || w.Body.Len() != 0 {
				t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
			}
		})
	}
}

func TestTheUnsubscribePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.OneClick)
	page := parse(t, h.get(target))
	if len(find(page, "button", "", "")) != 1 || len(find(page, "a", "href", h.path(link.Preferences))) != 1 {
		t.Error("the page has not one button and the way to the preferences")
	}
	for name, bad := range map[string]url.Values{
		"no nonce": fields("action", "unsubscribe", "remark", ""), "empty nonce": fields("action", "unsubscribe", "form", ""), "twice": {"action": {"unsubscribe", "unsubscribe"}},
		"honeypot":          fields("action", "unsubscribe", "remark", "x", "form", h.nonce(target)),
		"nonce of the form": fields("action", "unsubscribe", "form", h.nonce(h.path(link.Form))),
	} {
		if w := h.post(target, bad); w.Code != http.StatusUnprocessableEntity || h.desk.acts() != 0 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := h.post(target, fields("action", "unsubscribe", "remark", "", "form", h.fresh(target))); w.Code != http.StatusUnprocessableEntity || h.desk.acts() != 0 {
		t.Errorf("too soon: %d", w.Code)
	}
	w := h.post(target, fields("action", "unsubscribe", "form", h.nonce(target)))
	if w.Code != http.StatusSeeOther || len(h.desk.objected) != 1 || h.desk.objected[0].Kind != campaign.ByPage {
		t.Fatalf("%d, %+v", w.Code, h.desk.objected)
	}
	if a := h.desk.objected[0]; a.Document != h.desk.frozen.Documents["unsubscribe.fr.html"] {
		t.Errorf("evidence %+v", a)
	}
	if !strings.Contains(text(parse(t, h.get(w.Header().Get("Location")))), "C’est non à tout") || !strings.Contains(h.get(target).Body.String(), "Vous ne recevez plus de messages") {
		t.Error("the pages do not say so")
	}
	if w := h.post("/u/x", fields("action", "unsubscribe", "form", h.nonce(target))); w.Code != http.StatusNotFound {
		t.Errorf("unknown: %d", w.Code)
	}
}

// Pressing sends what the page hides as well, so that the value of the button alone is nobody's press of everything.
func TestTheUnsubscribeButtonsValueAloneIsANo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.post(h.path(link.OneClick), fields("action", "unsubscribe"))
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/r/") || len(h.desk.objected) != 1 {
		t.Fatalf("%d, %+v", w.Code, h.desk.objected)
	}
	if a := h.desk.objected[0]; a.Kind != campaign.ByPage || a.Lines != nil || a.Document != "" || a.Nonce != "" {
		t.Errorf("recorded %+v", a)
	}
	for _, p := range []link.Purpose{link.Form, link.Preferences} {
		if w := h.post(h.path(p), fields("action", "unsubscribe")); w.Code != http.StatusUnprocessableEntity || h.desk.acts() != 1 {
			t.Errorf("%v: %d", p, w.Code)
		}
	}
	if w := h.post("/u/x", fields("action", "unsubscribe")); w.Code != http.StatusNotFound {
		t.Errorf("unknown: %d", w.Code)
	}
}

func TestPreferencesWithdrawAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Preferences)
	said := text(parse(t, h.get(target)))
	for _, words := range []string{"pas encore de réponse, donc non", "voir les données", "corriger ou effacer", "contact@lumen.example"} {
		if !strings.Contains(said, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	w := h.post(target, fields("form", h.nonce(target), "action", "refuse-all"))
	if w.Code != http.StatusSeeOther || len(h.desk.objected) != 1 || h.desk.objected[0].Kind != campaign.ByPage {
		t.Fatalf("%d, %+v", w.Code, h.desk.objected)
	}
}

func TestWhoMayPost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header []string
		ok     bool
	}{
		"no headers":         {nil, true},
		"same origin":        {[]string{"Sec-Fetch-Site", "same-origin", "Origin", "https://choice.lumen.example"}, true},
		"origin null":        {[]string{"Origin", "null"}, true},
		"old, own origin":    {[]string{"Origin", "https://choice.lumen.example"}, true},
		"cross-site":         {[]string{"Sec-Fetch-Site", "cross-site"}, false},
		"same site":          {[]string{"Sec-Fetch-Site", "same-site"}, false},
		"old, other origin":  {[]string{"Origin", "https://evil.example"}, false},
		"null of cross-site": {[]string{"Origin", "null", "Sec-Fetch-Site", "cross-site"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			for _, p := range []link.Purpose{link.Form, link.Preferences} {
				before := h.desk.acts()
				w := h.post(h.path(p), fields("form", h.nonce(h.path(p)), "action", "refuse-all"), test.header...)
				if recorded := h.desk.acts() > before; recorded != test.ok || (w.Code == http.StatusForbidden) == test.ok {
					t.Errorf("%d, recorded: %v", w.Code, recorded)
				}
			}
		})
	}
}

// TestAHostWithItsUsualPortIsOurs: a proxy may name it, and a browser never does.
func TestAHostWithItsUsualPortIsOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	nonce := h.nonce(target)
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(fields("form", nonce, "action", "refuse-all").Encode()))
	r.Host = "Choice.lumen.example:443"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://choice.lumen.example")
	w := httptest.NewRecorder()
	h.srv.Echo.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther || h.desk.acts() != 1 {
		t.Errorf("%d, %d recorded", w.Code, h.desk.acts())
	}
}

func TestOtherBodiesAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	nonce := h.nonce(target)
	multi, boundary := multipartOf(t, "form", nonce, "action", "save", "decision.newsletter.email", "yes")
	for name, test := range map[string]struct {
		body, media string
		status      int
	}{
		"multipart": {multi, boundary, http.StatusUnsupportedMediaType},
		"JSON":      {`{"action":"save"}`, "application/json", http.StatusUnsupportedMediaType},
		"none":      {"x", " ", http.StatusUnsupportedMediaType},
		"too large": {saved(nonce).Encode() + "&x=" + strings.Repeat("y", 1<<20), "application/x-www-form-urlencoded", http.StatusRequestEntityTooLarge},
		"broken":    {"form=%zz", "application/x-www-form-urlencoded", http.StatusBadRequest},
	} {
		if w := h.do(http.MethodPost, target, test.body, "Content-Type", test.media); w.Code != test.status || h.desk.acts() != 0 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := h.do(http.MethodPost, target+"?"+saved(nonce).Encode(), "x=y"); w.Code != http.StatusUnprocessableEntity || h.desk.acts() != 0 {
		t.Errorf("an answer in the address: %d", w.Code)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	seen := map[int]http.Header{}
	keep := func(code int, header http.Header) { seen[code] = header }
	get := h.get(target)
	keep(get.Code, get.Header())
	for _, w := range []struct{ method, target, body, media string }{
		{"GET", "/nothing", "", ""}, {"PUT", target, "", ""}, {"POST", target, "a=b", "application/x-www-form-urlencoded"},
		{"POST", target, strings.Repeat("a", 20000), "application/x-www-form-urlencoded"}, {"POST", target, "a", "text/plain"},
		{"POST", target, saved(h.nonce(target)).Encode(), "application/x-www-form-urlencoded"},
	} {
		r := h.do(w.method, w.target, w.body, "Content-Type", w.media)
		keep(r.Code, r.Header())
	}
	h.desk.fail = fault.New(fault.Internal, "test", "broken")
	r := h.post(target, saved(h.nonce(target)))
	keep(r.Code, r.Header())
	for _, code := range []int{200, 303, 404, 405, 413, 415, 422, 500} {
		header, ok := seen[code]
		if !ok {
			t.Errorf("no answer with %d", code)
			continue
		}
		for name, want := range web.Headers(true) {
			if d := cmp.Diff(want, header[name]); d != "" {
				t.Errorf("%d: %s: %s", code, name, d)
			}
		}
		if header.Get("Set-Cookie") != "" {
			t.Errorf("%d sets a cookie", code)
		}
	}
}

func TestNothingForeignAndNoElementOfAnAuthor(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{nonce}}{{action}}</title>`
	h := newHouse(t, func(z *campaign.Frozen, _ *forms.Deps) {
		z.Organisation.Name, z.Organisation.LegalName, z.Organisation.Address = evil, evil, evil
		z.Organisation.Authority, z.Organisation.DPO, z.Organisation.Email = evil, evil, evil
		z.Organisation.PrivacyURL = "javascript:alert(1)"
		for i := range z.Organisation.Purposes {
			z.Organisation.Purposes[i].Title = map[string]string{"fr": evil, "en": evil}
			z.Organisation.Purposes[i].Description = map[string]string{"fr": evil, "en": evil}
		}
		inert := strings.NewReplacer("{{nonce}}", "", "{{action}}", "").Replace(evil)
		z.File.Form["fr"] = campaign.FormText{Title: inert, Intro: inert}
	})
	h.view().Email = "<b>@<i>.net"
	target := h.path(link.Form)
	pages := []string{target, h.path(link.OneClick), h.path(link.Preferences)}
	posted := h.post(target, saved(h.nonce(target)))
	pages = append(pages, posted.Header().Get("Location"), target+"?lang=%22%3E%3Cscript%3E")
	for _, address := range pages {
		w := h.get(address)
		page := parse(t, w)
		unticked(t, page)
		for _, tag := range []string{"script", "img", "iframe", "object", "style", "b", "i"} {
			if len(find(page, tag, "", "")) != 0 {
				t.Errorf("%.4s has a <%s>", address, tag)
			}
		}
		for d := range page.Descendants() {
			for _, name := range []string{"src", "href", "action", "style"} {
				v := attr(d, name)
				ours := v == "" || strings.HasPrefix(v, "/") && !strings.HasPrefix(v, "//") || strings.HasPrefix(v, "?lang=") || v == "?seen=1" || strings.HasPrefix(v, "mailto:") || strings.HasPrefix(v, "about:invalid")
				if !ours || name == "style" && v != "" {
					t.Errorf("%.4s: <%s %s=%q>", address, d.Data, name, v)
				}
			}
		}
	}
	if doc := string(h.desk.documents[h.desk.frozen.Documents["form.fr.html"]].Content); strings.Count(doc, "{{nonce}}") != 1 {
		t.Error("an author's text became a slot")
	}
}

func TestYesAndNoWeighTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, language := range []string{"fr", "en"} {
		buttons := find(parse(t, h.get(h.path(link.Form)+"?lang="+language)), "button", "name", "action")
		if len(buttons) != 2 || attr(buttons[0], "class") != attr(buttons[1], "class") || attr(buttons[0], "type") != attr(buttons[1], "type") {
			t.Fatalf("%d buttons, or unlike", len(buttons))
		}
		yes, no := float64(len(text(buttons[0]))), float64(len(text(buttons[1])))
		if yes/no > 1.5 || no/yes > 1.5 {
			t.Errorf("%s: labels of %v and %v letters", language, yes, no)
		}
	}
}

func TestTheFormSaysWhatItMust(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.get(h.path(link.Form))
	said := text(parse(t, w))
	for _, words := range []string{
		"Maison Lumen", "Lumen SAS", "RCS Lyon", "12 rue des Tanneurs", "j•••@e•••.net", "La lettre d’information", "une fois par mois", "retirer votre accord à tout moment",
		"36 mois", "1 an", "Accès, rectification, effacement, limitation, portabilité et opposition", "dpo@lumen.example", "CNIL", "profilage", "cookies", "2 avril 2026", "Une case laissée vide est un non",
	} {
		if !strings.Contains(said, words) {
			t.Errorf("the form lacks %q", words)
		}
	}
	if strings.Index(said, "retirer votre accord") > strings.Index(said, "Enregistrer mon choix") {
		t.Error("withdrawal is explained after the buttons")
	}
	if strings.Contains(said, "jeanne") {
		t.Error("the form shows a clear address")
	}
	privacy := find(parse(t, w), "a", "href", "https://lumen.example/privacy")
	if len(privacy) != 1 || attr(privacy[0], "rel") != "noreferrer noopener" {
		t.Error("the privacy notice is not linked as it should be")
	} else if !strings.Contains(text(privacy[0].Parent), "(version 2026-03)") {
		t.Errorf("the privacy notice is linked without its version: %q", text(privacy[0].Parent))
	}
	if regexp.MustCompile(`[A-Za-z]*\b(tiers|partenaires)\b`).MatchString(said) {
		t.Error("the form speaks of others")
	}
}

func TestNoLogHoldsATokenOrAnAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, p := range allPages {
		h.get(h.path(p))
		h.get(h.path(p) + "/more")
		h.do("PUT", h.path(p), "")
		h.do("POST", h.path(p), "List-Unsubscribe=One-Click")
		h.do("BREW"+h.path(p)[3:20], h.path(p), "")
	}
	h.desk.fail = fault.New(fault.Unavailable, "test.full", "disk full")
	h.post(h.path(link.Form), saved(h.nonce(h.path(link.Form))))
	log := h.log.String()
	if !strings.Contains(log, "route=/c/:token") || !strings.Contains(log, "answer not saved") {
		t.Fatalf("the log says nothing: %s", log)
	}
	if m := regexp.MustCompile(`[a-z2-7]{20,}|jeanne|192\.0\.2`).FindString(log); m != "" {
		t.Errorf("the log holds %q", m)
	}
}
