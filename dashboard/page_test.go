package dashboard_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/web"
)

// pages are all that can be looked at without a name in the path.
func (h *house) pages() (paths []string) {
	for _, r := range dashboard.Routes(h.board) {
		if r.Method == "GET" && !strings.Contains(r.Path, ":") {
			paths = append(paths, path(r))
		}
	}
	return append(paths, "/admin/nothing")
}

func TestHeadersOfEveryPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, b := range []*browser{h.browser(), h.as(account.Administrator)} {
		for _, p := range h.pages() {
			got := b.get(p).Header()
			for name, want := range map[string]string{
				"Content-Security-Policy": dashboard.Policy, "Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
				"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow, noarchive",
			} {
				if got.Get(name) != want {
					t.Errorf("%s: %s is %q", p, name, got.Get(name))
				}
			}
		}
	}
	for _, bad := range []string{"unsafe", "*", "http:", "https:", "data:"} {
		if strings.Contains(dashboard.Policy, bad) {
			t.Errorf("the policy allows %s", bad)
		}
	}
	// Pages of the people who are asked keep their own, stricter policy.
	if got := h.browser().get("/c/x").Header().Get("Content-Security-Policy"); got != web.Policy {
		t.Errorf("a public page has %q", got)
	}
}

// TestEveryPageIsWellMade holds what the policy, people with a keyboard and screen readers need.
func TestEveryPageIsWellMade(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t)
	h.fill("spring")
	h.asked("spring")
	for _, language := range []string{"en", "fr", "de", "es", "it", "nl", "pt"} {
		for name, b := range map[string]*browser{"nobody": h.browser(), "administrator": h.as(account.Administrator), "viewer": h.as(account.Viewer), "privacy officer": h.as(account.PrivacyOfficer)} {
			b.header["Accept-Language"] = language
			for _, p := range h.pages() {
				w := b.get(p)
				if w.Code == http.StatusSeeOther {
					continue
				}
				for _, fault := range flaws(parse(t, w), language) {
					t.Errorf("%s as %s in %s: %s", p, name, language, fault)
				}
			}
		}
	}
}

var localPath = regexp.MustCompile(`^(?:/admin|/static/|#main|\?)`)

func flaws(page *html.Node, language string) (found []string) {
	say := func(format string, words ...string) { found = append(found, format+" "+strings.Join(words, " ")) }
	ids := map[string]int{}
	for d := range page.Descendants() {
		for _, a := range d.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on"):
				say("inline", a.Key)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "hx-get") && !localPath.MatchString(a.Val):
				say("leads elsewhere:", a.Val)
			case a.Key == "id":
				ids[a.Val]++
			}
		}
		if d.Type == html.ElementNode && (d.Data == "style" || d.Data == "script" && d.FirstChild != nil) {
			say("inline", d.Data)
		}
		if d.Type == html.TextNode && regexp.MustCompile(`\bboard\.[a-z]|\{[a-z]+\}`).MatchString(d.Data) {
			say("a key or placeholder is shown:", d.Data)
		}
	}
	for id, n := range ids {
		if n > 1 {
			say("id twice:", id)
		}
	}
	for _, c := range []struct{ tag, name, value string }{{"h1", "", ""}, {"main", "id", "main"}, {"a", "href", "#main"}, {"html", "lang", language}} {
		if n := len(find(page, c.tag, c.name, c.value)); n != 1 {
			say("wants exactly one", c.tag, c.value)
		}
	}
	for _, form := range find(page, "form", "method", "post") {
		if a := attr(form, "action"); !strings.HasSuffix(a, "/login") && !strings.HasSuffix(a, "/look") && len(find(form, "input", "name", "form")) != 1 {
			say("a form without its token:", a)
		}
	}
	return append(found, unlabelled(page, ids)...)
}

// unseen reports whether an element is there for machines alone.
func unseen(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hidden" })
}

func unlabelled(page *html.Node, ids map[string]int) (found []string) {
	for _, tag := range []string{"input", "select"} {
		for _, in := range find(page, tag, "", "") {
			if attr(in, "type") != "hidden" && !unseen(in) && len(find(page, "label", "for", attr(in, "id"))) != 1 {
				found = append(found, "no label for "+attr(in, "name"))
			}
			for _, id := range strings.Fields(attr(in, "aria-describedby")) {
				if ids[id] == 0 {
					found = append(found, "described by nothing: "+id)
				}
			}
		}
	}
	return found
}

// fill gives the desk something of everything under a name.
func (h *house) fill(name string) {
	h.fillBase(name)
	h.desk.base = campaign.Base{Contacts: 1000, Unaudited: 5, Classes: map[campaign.Class]int{campaign.OptedIn: 200, campaign.Doubtful: 600, campaign.OptedOut: 95, campaign.Unusable: 100}}
	for i, s := range []campaign.Status{campaign.Draft, campaign.Approved, campaign.Running, campaign.Paused, campaign.Closed} {
		n := name + "-" + string(s)
		h.desk.campaigns = append(h.desk.campaigns, campaign.Campaign{ID: campaign.CampaignID(i + 1), Name: n, Status: s})
		r := campaign.Report{Campaign: n, Status: s, ToAsk: 600, Invitations: map[campaign.State]int{campaign.Sent: 400, campaign.Uncertain: i}}
		r.Responses.People, r.Responses.Granted = 120, 80
		if s == campaign.Running {
			r.Waiting = "window"
		}
		h.desk.reports[n] = r
	}
}

func TestTheOverviewShowsWhatIsThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fill("spring")
	page := parse(t, h.as(account.Viewer).get("/admin"))
	words := text(page)
	for _, want := range []string{"1,000 contacts", "Opted in 200 20%", "Doubtful 600 60%", "Opted out 95 10%", "Unusable 100 10%", "5 more contacts were not audited yet",
		"spring-running Running Its sending window to open 400 of 600 120 80", "spring-draft Draft Approval – – –", "spring-approved Approved Somebody to start it",
		"“spring-draft” waits for approval", "“spring-approved” waits to be started", "“spring-paused” is paused", "2 messages of “spring-running” are uncertain"} {
		if !strings.Contains(words, want) {
			t.Errorf("the overview lacks %q:\n%s", want, words)
		}
	}
	if first := text(find(page, "ul", "class", "tasks")[0]); !strings.Contains(first[:60], "uncertain") {
		t.Errorf("what may have gone wrong is not first: %s", first)
	}
	var from, width []string
	for _, r := range find(page, "rect", "", "") {
		from, width = append(from, attr(r, "x")), append(width, attr(r, "width"))
	}
	if !slices.Equal(from, []string{"0.00%", "20.00%", "80.00%", "89.50%"}) || !slices.Equal(width, []string{"20.00%", "60.00%", "9.50%", "10.00%"}) {
		t.Errorf("the bar is drawn from %v, %v wide", from, width)
	}
}

func TestAnEmptyHouseSaysWhatToDo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.desk.organisation = campaign.Organisation{}
	for role, ways := range map[account.Role][]string{account.Viewer: {"/admin/organisation"}, account.Marketer: {"/admin/organisation", "/admin/base", "/admin/campaigns"}} {
		page := parse(t, h.as(role).get("/admin"))
		main := find(page, "main", "", "")[0]
		words := text(main)
		for _, want := range []string{"Say who asks", "An administrator does this", "There is no base yet", "There is no campaign yet"} {
			if !strings.Contains(words, want) {
				t.Errorf("%s: the page lacks %q", role, want)
			}
		}
		if strings.Contains(words, "reoptin ") {
			t.Errorf("%s is sent to a command line: %s", role, words)
		}
		for _, way := range ways {
			if len(find(main, "a", "href", way)) != 1 {
				t.Errorf("%s: no way leads to %s", role, way)
			}
		}
	}
	h.desk.organisation = campaign.Organisation{Name: "Maison"}
	h.desk.base = campaign.Base{Contacts: 7, Unaudited: 7}
	page := parse(t, h.as(account.Marketer).get("/admin"))
	if words := text(page); !strings.Contains(words, "7 contacts wait for an audit") || !strings.Contains(words, "not audited") || len(find(page, "rect", "", "")) > 0 {
		t.Errorf("nothing says that the base is to be audited: %s", words)
	}
}

// TestTheFocusOutlivesTheFigures: htmx gives the focus back to what has the same id, when it draws anew.
func TestTheFocusOutlivesTheFigures(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	figures := find(parse(t, h.as(account.Marketer).get("/admin")), "div", "id", "figures")[0]
	seen := map[string]bool{}
	for _, a := range find(figures, "a", "", "") {
		if id := attr(a, "id"); id == "" || seen[id] {
			t.Errorf("a link to %s has the id %q", attr(a, "href"), id)
		} else {
			seen[id] = true
		}
	}
	if len(seen) < 4 {
		t.Errorf("only %d links", len(seen))
	}
}

// attacks are texts that would act, were they not shown as what they are.
var attacks = []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'"><svg onload=alert(1)>`, `</title><script>x</script>`, `javascript:alert(1)`,
	`{{constructor.constructor('x')()}}`, `<!--`, `&lt;b&gt;`, `</textarea><b>`, "\u202Eevil", `" hx-get="/admin/logout" hx-trigger="load`, `" autofocus onfocus="x`, `<a href=//evil.example>x</a>`}

// shape is a page without its texts and values: tags and the names of their attributes.
func shape(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			b.WriteString(d.Data + "(")
			for _, a := range d.Attr {
				b.WriteString(a.Key + " ")
			}
			b.WriteString(")")
		}
		if d.Type == html.CommentNode {
			b.WriteString("!")
		}
	}
	return b.String()
}

// TestWhatPeopleTypedIsOnlyText puts attacks where names are shown; the page keeps its shape.
func TestWhatPeopleTypedIsOnlyText(t *testing.T) {
	t.Parallel()
	unwatched(t)
	shapes := func(attack string) map[string]string {
		h := newHouse(t)
		h.fill(attack)
		h.desk.organisation.Name = attack
		b := h.as(account.Administrator)
		out := map[string]string{}
		for name, w := range map[string]*httptest.ResponseRecorder{
			"home":  b.get("/admin"),
			"users": b.post("/admin/users", "name", attack, "role", attack, "password", attack+" and more"),
			"login": h.browser().post("/admin/login", "name", attack, "password", "x", "to", attack),
			"path":  b.post("/admin/users/nobody/disable", "name", attack),
			"query": b.get("/admin/users?done=" + strings.Repeat("x", 3) + "&to=%22%3E%3Cscript%3E"),
			"theme": func() *httptest.ResponseRecorder {
				b.cookies["__Host-reoptin-theme"] = "x"
				return b.get("/admin/account")
			}(),
		} {
			page := parse(t, w)
			out[name] = shape(page)
			for _, f := range flaws(page, "en") {
				t.Errorf("%s with %q: %s", name, attack, f)
			}
		}
		return out
	}
	plain := shapes("Plain Name")
	for _, attack := range attacks {
		for name, got := range shapes(attack) {
			if got != plain[name] {
				t.Errorf("%s changes its shape with %q", name, attack)
			}
		}
	}
}

func TestUsersPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Administrator)
	for wrong, want := range map[string][]string{
		"given twice":            {"name", "viewer", "role", "viewer", "password", good},
		"fewer than 12":          {"name", "zoe", "role", "viewer", "password", "short"},
		"no role of that name":   {"name", "zoe", "role", "root", "password", good},
		"lower-case letters":     {"name", "Zoé", "role", "viewer", "password", good},
		"first that a guesser":   {"name", "zoe", "role", "viewer", "password", "password1234"},
		"a character that no ke": {"name", "zoe", "role", "viewer", "password", good + "\x01"},
	} {
		w := b.post("/admin/users", want...)
		page := parse(t, w)
		if alert := find(page, "div", "role", "alert"); w.Code != http.StatusUnprocessableEntity || len(alert) != 1 || !strings.Contains(text(alert[0]), wrong) {
			t.Errorf("%s: %d", wrong, w.Code)
		}
		if kept := find(page, "input", "id", "name"); attr(kept[0], "value") != want[1] {
			t.Errorf("%s: the name is forgotten", wrong)
		}
	}
	if w := b.post("/admin/users", "name", "zoe", "role", "approver", "password", good); w.Header().Get("Location") != "/admin/users?done=user_added" {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	page := parse(t, b.get("/admin/users?done=user_added"))
	if words := text(page); !strings.Contains(words, "The account was added") || !strings.Contains(words, "zoe Approver Active 10 March 2026 Never") {
		t.Errorf("the page says %s", words)
	}
	if w := b.post("/admin/users/administrator/disable"); w.Code != http.StatusConflict || !strings.Contains(text(parse(t, w)), "last administrator") {
		t.Errorf("the last administrator: %d", w.Code)
	}
	if w := b.post("/admin/users/nobody/disable"); w.Code != http.StatusNotFound {
		t.Errorf("nobody: %d", w.Code)
	}
	if w := b.post("/admin/users/zoe/disable"); w.Code != http.StatusSeeOther {
		t.Errorf("zoe: %d", w.Code)
	}
	page = parse(t, b.get("/admin/users"))
	if len(find(page, "form", "action", "/admin/users/zoe/disable")) != 0 || len(find(page, "form", "action", "/admin/users/viewer/disable")) != 1 {
		t.Error("who is disabled can be disabled again, or who is not cannot")
	}
}

func TestTheBarShowsWhatAPersonMayOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, r := range account.Roles() {
		page := parse(t, h.as(r).get("/admin/account"))
		if shown := len(find(page, "a", "href", "/admin/users")) > 0; shown != r.May(account.Users) {
			t.Errorf("%s is shown the users: %v", r, shown)
		}
	}
	page := parse(t, h.as(account.Administrator).get("/admin/users"))
	for _, n := range find(page, "a", "aria-current", "page") {
		if attr(n, "href") != "/admin/users" {
			t.Errorf("%s is marked as the current page", attr(n, "href"))
		}
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Administrator)
	theme := func() string { return attr(find(parse(t, b.get("/admin/users")), "html", "", "")[0], "data-theme") }
	if theme() != "" {
		t.Error("the system's wish is overruled from the start")
	}
	if w := b.post("/admin/look", "theme", "dark", "to", "/users"); w.Header().Get("Location") != "/admin/users" || theme() != "dark" {
		t.Errorf("dark: %q, %q", w.Header().Get("Location"), theme())
	}
	b.post("/admin/look", "theme", "red")
	if theme() != "dark" {
		t.Error("a theme that there is not was kept")
	}
	b.post("/admin/look", "theme", "auto")
	if theme() != "" {
		t.Error("the way back to the system's wish is lost")
	}
	b.post("/admin/look", "language", "fr")
	if words := text(parse(t, b.get("/admin/users"))); !strings.Contains(words, "Utilisateurs") {
		t.Error("French was not kept")
	}
	b.post("/admin/look", "language", "xx")
	if words := text(parse(t, b.get("/admin/users"))); !strings.Contains(words, "Utilisateurs") {
		t.Error("a language that there is not was kept")
	}
	s := h.browser()
	if w := s.post("/admin/look", "language", "fr", "to", "/users"); w.Header().Get("Location") != "/admin/login" || !strings.Contains(text(parse(t, s.get("/admin/login"))), "Mot de passe") {
		t.Errorf("before the login: %q", w.Header().Get("Location"))
	}
}

func TestErrorsAreShownInTheFrameWithoutTheirCause(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"internal":                       {errors.New("secret table"), 500, "Something went wrong here"},
		"internal 2":                     {fault.New(fault.Internal, "x", "secret sentence"), 500, "quote"},
		"unavailable":                    {fault.New(fault.Unavailable, "x", "secret sentence").Because(errors.New("secret cause")), 503, "Not available"},
		"conflict":                       {fault.New(fault.Conflict, "x", "campaign spring is a draft").Because(errors.New("secret cause")).Hint("reoptin campaign show spring"), 409, "campaign spring is a draft reoptin campaign show spring"},
		"translated":                     {fault.New(fault.NotFound, "account.not_found", "secret wording"), 404, "There is no account of that name."},
		"not a list of the command line": {fault.New(fault.NotFound, "contact.not_found", "there is no such contact").Hint("reoptin secret list"), 404, "There is no such contact."},
	} {
		h := newHouse(t)
		b := h.as(account.Viewer)
		h.desk.fail = c.err
		w := b.get("/admin")
		words := text(parse(t, w))
		if w.Code != c.status || !strings.Contains(words, c.says) || strings.Contains(words, "secret") || !strings.Contains(words, "Overview") {
			t.Errorf("%s: %d %s", name, w.Code, words)
		}
		if quoted := strings.Contains(words, w.Header().Get("X-Request-Id")); quoted != (c.status >= 500) {
			t.Errorf("%s: the request id is shown: %v", name, quoted)
		}
		if c.err != nil && strings.Contains(c.err.Error(), "secret") && !strings.Contains(h.log.String(), "secret") {
			t.Errorf("%s: the log lacks the cause", name)
		}
	}
}

func TestEveryActIsToldInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Viewer)
	said := map[string]bool{}
	for _, word := range dashboard.Told() {
		status := find(parse(t, b.get("/admin/account?done="+word)), "div", "role", "status")
		if len(status) != 1 || strings.Contains(text(status[0]), "board.done") {
			t.Fatalf("%s is not told", word)
		}
		said[text(status[0])] = true
	}
	if len(said) != len(dashboard.Told()) {
		t.Errorf("two acts are told alike: %v", slices.Collect(maps.Keys(said)))
	}
	if status := find(parse(t, b.get("/admin/account?done=everything")), "div", "role", "status"); len(status) != 0 {
		t.Error("a word from outside is told")
	}
}

func TestAHostOfItsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(w *web.Deps, d *dashboard.Deps) { w.AdminHost, d.Own = "desk.lumen.example", true })
	b := h.browser()
	if w := b.get("/admin/login"); w.Code != http.StatusNotFound {
		t.Errorf("under the public name: %d", w.Code)
	}
	h.host = "desk.lumen.example"
	if w := b.get("/"); w.Header().Get("Location") != "/login" {
		t.Errorf("to log in at %q", w.Header().Get("Location"))
	}
	if w := b.post("/login", "name", "administrator", "password", good, "to", "/users"); w.Header().Get("Location") != "/users" {
		t.Errorf("after the login to %q", w.Header().Get("Location"))
	}
	page := parse(t, b.get("/users"))
	for d := range page.Descendants() {
		for _, a := range d.Attr {
			if a.Val == web.AdminPath || strings.HasPrefix(a.Val, web.AdminPath+"/") {
				t.Errorf("a link leads to %s", a.Val)
			}
		}
	}
	if len(find(page, "a", "href", "/users")) == 0 || b.get("/").Code != http.StatusOK || b.get("/admin").Code != http.StatusNotFound {
		t.Error("the pages are not at the root")
	}
}

func TestAHugeFormIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if w := h.as(account.Viewer).post("/admin/account/password", "present", strings.Repeat("x", web.FormBytes)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", w.Code)
	}
}
