package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
)

// frenchman is a browser that reads French, with somebody logged in.
type frenchman struct {
	h      *house
	cookie *http.Cookie
	list   []string // English sentences that none of the pages may show
	shown  int
}

func (f *frenchman) get(path string) { f.h.t.Helper(); f.send(http.MethodGet, path, nil) }

// wrong sends a form that cannot be taken, and demands that the page says so.
func (f *frenchman) wrong(path string, pairs ...string) {
	f.h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	if code := f.send(http.MethodPost, path, form); code < 400 || code >= 500 {
		f.h.t.Errorf("POST %s %v was answered by %d", path, pairs, code)
	}
}

func (f *frenchman) send(method, path string, form url.Values) int {
	f.h.t.Helper()
	if secret, ok := account.ParseSecret(f.cookie.Value); ok && form != nil {
		form.Set("form", secret.FormToken())
	}
	r := httptest.NewRequest(method, "/admin"+path, strings.NewReader(form.Encode()))
	r.Host = host
	r.Header.Set("Accept-Language", "fr")
	r.AddCookie(f.cookie)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	f.h.web.Echo.ServeHTTP(w, r)
	page, err := html.Parse(w.Body)
	f.h.must(err)
	f.read(method+" "+path, page)
	return w.Code
}

// read looks for English in what a page says itself: not in what people wrote, nor in another language's texts.
func (f *frenchman) read(name string, page *html.Node) {
	f.h.t.Helper()
	var said []string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			said = append(said, strings.Join(strings.Fields(n.Data), " "))
			return
		}
		for _, a := range n.Attr {
			if a.Key == "lang" && a.Val != "fr" {
				return
			}
			if slices.Contains([]string{"title", "placeholder", "aria-label", "alt"}, a.Key) {
				said = append(said, a.Val)
			}
		}
		if n.Type != html.ElementNode || !slices.Contains([]string{"textarea", "pre", "script", "style"}, n.Data) {
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
	}
	walk(page)
	if text := strings.Join(said, "\n"); strings.TrimSpace(text) != "" {
		f.shown++
		for _, english := range f.list {
			if strings.Contains(text, english) {
				f.h.t.Errorf("%s says in English: %s", name, english)
			}
		}
	}
}

var holes = regexp.MustCompile(`\{[a-z_]+\}`)

// english are the sentences of the English locale files, as far as they are the same each time, that the
// French ones say otherwise.
func english(t *testing.T) (out []string) {
	t.Helper()
	var french strings.Builder
	texts := func(language string, see func(string)) {
		files, err := filepath.Glob("../../internal/i18n/locale/*." + language + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			var tree map[string]any
			if _, err := toml.DecodeFile(file, &tree); err != nil {
				t.Fatal(err)
			}
			leaves(tree, see)
		}
	}
	texts("fr", func(s string) { french.WriteString(s + "\n") })
	texts("en", func(s string) {
		for _, part := range holes.Split(s, -1) {
			part = strings.TrimSpace(part)
			if strings.Count(part, " ") > 1 && len(part) > 14 && !strings.Contains(french.String(), part) {
				out = append(out, part)
			}
		}
	})
	return out
}

func leaves(tree map[string]any, see func(string)) {
	for _, node := range tree {
		switch node := node.(type) {
		case string:
			see(node)
		case map[string]any:
			leaves(node, see)
		}
	}
}

// TestAFrenchPageHasNoEnglishSentence walks through the dashboard of a whole installation in French, and
// provokes what can go wrong.
func TestAFrenchPageHasNoEnglishSentence(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	rows := map[string]map[string]string{
		"no":       {"optout": "yes", "optout_at": "2025-04-01"},
		"half":     {"optout": "yes", "optout_scope": "sms"},
		"spam":     {"complaint": "yes"},
		"dead":     {"deceased": "yes"},
		"undated":  {"collected_at": "", "last_inbound_at": "", "consent_at": ""},
		"ticked":   {"consent_method": "preticked_box"},
		"old":      {"collected_at": "2012-01-01", "last_inbound_at": "2012-02-01", "consent_at": "2012-01-01"},
		"bought":   {"list_origin": "purchased"},
		"unproven": {"consent_source": "", "bundled": "", "incentive": ""},
		"never":    {"consent_status": "", "consent_method": "", "consent_at": ""},
	}
	for name, more := range rows {
		h.importRows([]string{name + "@elsewhere.example"}, more)
	}
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.approve("autumn", nil)
	f := &frenchman{h: h, cookie: h.person("admin", account.Administrator), list: english(t)}
	if len(f.list) < 600 {
		t.Fatalf("only %d English sentences are known", len(f.list))
	}
	frenchPages(f)
	frenchFaults(f)
	f.cookie = h.person("officer", account.PrivacyOfficer)
	f.wrong("/organisation/policy", "text", "[organisation]\nname = \"Autre\"\n")
	f.get("/proof")
	f.send(http.MethodPost, "/proof/verify", url.Values{})
	frenchRights(f)
	if f.shown < 70 {
		t.Errorf("only %d pages were read", f.shown)
	}
}

// frenchPages opens every page there is something on.
func frenchPages(f *frenchman) {
	f.h.t.Helper()
	for _, path := range []string{"/", "/account", "/users", "/base", "/base/contacts", "/organisation", "/suppressions", "/campaigns", "/responses", "/relays",
		"/base/contacts/9999", "/campaigns/nowhere", "/responses/none", "/nowhere", "/base/import/none", "/campaigns/autumn/events/x"} {
		f.get(path)
	}
	for id := range 14 {
		f.get("/base/contacts/" + string(rune('0'+id%10)))
		f.get("/base/contacts/1" + string(rune('0'+id%10)))
	}
	for _, name := range []string{spring, "autumn"} {
		for _, page := range []string{"", "/edit", "/text", "/audience", "/check", "/approve", "/start", "/results"} {
			f.get("/campaigns/" + name + page)
		}
	}
	b, err := f.h.app.Desk.Base(f.h.t.Context())
	f.h.must(err)
	if len(b.Reasons) < 8 {
		f.h.t.Errorf("the base has only %d reasons", len(b.Reasons))
	}
}

// frenchRights looks at what people ask for by right, and does it wrongly.
func frenchRights(f *frenchman) {
	f.h.t.Helper()
	for _, kind := range campaign.CaseKinds() {
		_, err := f.h.app.Desk.Request(f.h.t.Context(), f.h.invitation(person(0)).Link, kind)
		f.h.must(err)
	}
	for _, path := range []string{"/rights", "/rights/1", "/rights/2", "/rights/3", "/rights/9", "/rights/people/1", "/rights/people/1/rectify", "/rights/people/1/erase", "/rights/people/99"} {
		f.get(path)
	}
	f.wrong("/rights/find", "who", "nobody@nowhere.example")
	f.wrong("/rights/1/close", "note", "")
	f.wrong("/rights/people/1/access", "format", "doc")
	f.wrong("/rights/people/1/rectify", "email", "no mailbox")
	f.wrong("/rights/people/1/rectify", "email", person(1))
	f.wrong("/rights/people/1/rectify", "country", "France")
	f.wrong("/rights/people/1/rectify", "city", strings.Repeat("x", 600))
	f.wrong("/rights/people/1/erase", "name", "another")
	f.send(http.MethodPost, "/rights/people/1/rectify", url.Values{"city": {"Lyon"}})
	f.send(http.MethodPost, "/rights/3/close", url.Values{"note": {"fait"}})
	f.send(http.MethodPost, "/rights/people/1/erase", url.Values{"name": {person(0)}})
	f.get("/rights?done=erased")
}

// frenchFaults does what the desk refuses.
func frenchFaults(f *frenchman) {
	f.h.t.Helper()
	h := f.h
	f.wrong("/account/password", "present", "false", "next", "a word that is long", "again", "a word that is long")
	f.wrong("/account/password", "present", "kestrel plum ivy", "next", "short", "again", "short")
	f.wrong("/users", "name", "Not A Name", "role", "viewer", "password", "kestrel plum ivy")
	f.wrong("/users", "name", "admin", "role", "viewer", "password", "kestrel plum ivy")
	f.wrong("/users", "name", "ben", "role", "king", "password", "kestrel plum ivy")
	f.wrong("/users/admin/disable")
	f.wrong("/users/nobody/disable")
	f.wrong("/base/audit", "as_of", "never")
	f.wrong("/base/contacts/find", "who", "nobody@nowhere.example")
	f.wrong("/suppressions", "address", "no mailbox", "why", "said so")
	f.wrong("/suppressions/check", "asked", "no mailbox")
	for _, text := range []string{"", "nonsense", "nmae = 1", "[organisation]\nname = 1", "[organisation]\nname = \"Iris\"\n", "[[purpose]]\nkey = \"A B\"\n"} {
		f.wrong("/organisation", "text", text)
	}
	f.wrong("/campaigns", "name", "A B")
	f.wrong("/campaigns", "name", spring)
	f.wrong("/campaigns/"+spring+"/edit", "window", "always")
	f.wrong("/campaigns/"+spring+"/close", "name", "another")
	f.wrong("/campaigns/"+spring+"/pause", "reason", "")
	f.wrong("/campaigns/" + spring + "/resume")
	f.wrong("/campaigns/"+spring+"/settle", "invitation", "1", "as", "sent", "because", "x")
	f.wrong("/campaigns/"+spring+"/start", "name", spring)
	f.wrong("/campaigns/"+spring+"/approve", "content_sha256", "x")
	f.wrong("/campaigns/autumn/delete", "name", "autumn")
	f.wrong("/campaigns/autumn/approve", "content_sha256", "x")
	f.wrong("/campaigns/autumn/start", "name", "another")
	f.wrong("/campaigns/autumn/test", "language", "en", "to", person(1))
	f.wrong("/campaigns/autumn/test", "language", "xx", "to", "colleague@elsewhere.example")
	c, err := h.app.Desk.Campaign(h.t.Context(), "autumn")
	h.must(err)
	whole := campaignText(c.File)
	for from, to := range map[string]string{`"newsletter"`: `"other"`, `["email"]`: `["fax"]`, "name = \"autumn\"": "name = \"x\"", "deadline = ": "deadlnie = ",
		"languages = [": "languages = [\"xx\", ", "[schedule]": "[schedule]\nstart = \"soon\"", "ask = [": "ask = [\"everybody\", "} {
		f.wrong("/campaigns/autumn/text", "text", strings.ReplaceAll(whole, from, to))
	}
	f.wrong("/campaigns/autumn/text", "text", strings.ReplaceAll(whole, "[sender]", "[sender]\nname = \"twice\""))
	f.badCampaigns(c.File)
	for _, text := range []string{"", "a,b\n1,2\n", "email\n", "email,collected_at\na@iris.example,hier\n", "email,email\na@b.example,c@d.example\n", "%PDF-1.4 x", "PK\x03\x04x",
		"email,optout,optout_at,country,birth_date\nx@iris.example,perhaps,2190-01-01,Ruritania,soon\ny@iris.example,yes,1890-01-01,FR,1990-01-01\n"} {
		if id, err := h.app.uploads.Bring(campaign.Actor{Kind: "operator", Name: "admin", Role: "administrator"}, "base.csv", strings.NewReader(text)); err == nil {
			h.ended(id)
			f.get("/base/import/" + id)
		}
	}
}

// badCampaigns shows what the check says of campaigns that are as bad as can be.
func (f *frenchman) badCampaigns(file campaign.File) {
	f.h.t.Helper()
	bad := file
	bad.Name = "worse"
	bad.Message, bad.Form = map[string]campaign.MessageText{}, map[string]campaign.FormText{}
	for _, l := range file.Languages {
		bad.Message[l] = campaign.MessageText{Subject: "RE: HURRY!!! LAST CHANCE, 50% OFF FOR YOU AND ONLY FOR YOU, TODAY AND NEVER AGAIN AFTER THIS", Body: "Say yes and get a free gift worth €10. If you do not answer, we take it as a yes.\n\nOur partners offer you discounts, prizes and much more."}
		bad.Form[l] = campaign.FormText{Title: "Do not miss out", Intro: "Only 3 days left. If you refuse, you lose your loyalty points."}
	}
	bad.Sender.Address, bad.Schedule.Window = "noreply@gmail.com", "Mon-Sun 06:00-23:00"
	bad.Schedule.Deadline = campaign.DateOf(f.h.clock()).AddDays(3)
	_, err := f.h.app.Desk.Create(f.h.t.Context(), Operator(), bad)
	f.h.must(err)
	f.get("/campaigns/worse/check")
	f.get("/campaigns/worse/approve")
}
