package e2e

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A sight is one page to look at: the route it belongs to, where it is, and what it is called in pictures.
type sight struct {
	name   string
	route  string // as the table of routes writes it
	path   string
	status int64 // 0: 200
	sealed bool  // no script runs in it, not even one that checks it
	as     *tab  // whoever looks; nil: a recipient, or nobody
}

// sights are all pages of the house, with something to see on each.
func (f *furnished) sights(t testing.TB) []sight {
	paula, mila := f.enter(t, officer), f.enter(t, marketer)
	ours := func(name, route string, fill ...string) sight {
		path := strings.NewReplacer(append(fill, ":campaign", "spring", ":response", f.response, ":contact", f.contact, ":upload", f.upload, ":case", "1")...).Replace(route)
		sealed := strings.HasPrefix(name, "frame-") || name == "answered-page"
		return sight{name: name, route: route, path: strings.TrimSuffix("/admin"+path, "/"), sealed: sealed, as: f.admin}
	}
	as := func(who *tab, status int64, s sight) sight {
		s.as, s.status = who, status
		return s
	}
	theirs := func(name, route, address string) sight {
		return sight{name: name, route: route, path: strings.TrimPrefix(address, f.url)}
	}
	axel := f.enter(t, approver)
	axel.setsUp(func(string) {})
	return []sight{
		as(nil, 0, ours("login", "/login")),
		as(f.enter(t, approver), 0, ours("login-code", "/login/code")),
		ours("prove", "/prove"),
		as(axel, 0, ours("account-factor", "/account")),
		ours("overview", "/"),
		ours("base", "/base"),
		ours("contacts", "/base/contacts"),
		ours("contact", "/base/contacts/:contact"),
		ours("import", "/base/import/:upload"),
		ours("import-undo", "/base/imports/:import", ":import", "1"),
		ours("campaigns", "/campaigns"),
		ours("edit", "/campaigns/:campaign/edit", ":campaign", "summer"),
		ours("edit-as-file", "/campaigns/:campaign/text", ":campaign", "summer"),
		ours("audience", "/campaigns/:campaign/audience", ":campaign", "autumn"),
		ours("check", "/campaigns/:campaign/check", ":campaign", "summer"),
		ours("frame-message", "/campaigns/:campaign/frame/:sheet", ":sheet", "message.fr"),
		ours("frame-form", "/campaigns/:campaign/frame/:sheet", ":sheet", "form.en"),
		ours("frame-thanks", "/campaigns/:campaign/frame/:sheet", ":sheet", "thanks.en"),
		ours("approve", "/campaigns/:campaign/approve", ":campaign", "summer"),
		ours("start", "/campaigns/:campaign/start", ":campaign", "autumn"),
		ours("draft", "/campaigns/:campaign", ":campaign", "summer"),
		ours("running", "/campaigns/:campaign"),
		ours("closed", "/campaigns/:campaign", ":campaign", "pilot"),
		ours("letters", "/campaigns/:campaign/letters", ":campaign", "post"),
		ours("results", "/campaigns/:campaign/results", ":campaign", "pilot"),
		ours("responses", "/responses"),
		ours("response", "/responses/:response"),
		ours("answered-page", "/responses/:response/page"),
		ours("proof", "/proof"),
		as(paula, 0, ours("rights", "/rights")),
		as(paula, 0, ours("case", "/rights/:case")),
		as(paula, 0, ours("person", "/rights/people/:contact")),
		as(paula, 0, ours("rectify", "/rights/people/:contact/rectify")),
		as(paula, 0, ours("erase", "/rights/people/:contact/erase")),
		ours("relays", "/relays"),
		ours("suppressions", "/suppressions"),
		ours("organisation", "/organisation"),
		as(paula, 0, ours("policy", "/organisation")),
		ours("users", "/users"),
		ours("account", "/account"),
		as(mila, 0, ours("overview-marketer", "/")),
		as(mila, 403, ours("denied", "/users")),
		as(mila, 404, ours("nothing", "/campaigns/:campaign", ":campaign", "winter")),
		theirs("form", "/c/:token", f.form),
		theirs("form-answered", "/c/:token", f.answered),
		theirs("preferences", "/p/:token", f.page),
		theirs("unsubscribe", "/u/:token", f.unsubscribe),
		theirs("receipt", "/r/:token", f.receipt),
		theirs("test-form", "/t/:token", f.trialForm),
		theirs("closed-form", "/c/:token", f.closed),
		{name: "letter-code", route: "/l", path: "/l"},
		{name: "unknown-link", route: "/c/:token", path: "/c/nobody", status: 404},
		{name: "not-found", path: "/nothing", status: 404},
	}
}

// files are routes that answer with something that is no page.
var files = []string{"/login/back", "/base/import/:upload/rejects", "/campaigns/:campaign/events", "/campaigns/:campaign/consents"}

// routes reads the paths of the tables of routes out of their sources: the tables are nobody else's to see.
func routes(t testing.TB) (paths []string) {
	t.Helper()
	for file, line := range map[string]string{
		"dashboard/routes.go": `\{get, "([^"]+)", account\.`,
		"forms/forms.go":      `web\.Look\(e, "([^"]+)"`,
	} {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(line).FindAllStringSubmatch(string(b), -1)
		if len(found) < 5 {
			t.Fatalf("the table in %s is written in another way", file)
		}
		for _, one := range found {
			paths = append(paths, one[1])
		}
	}
	return paths
}

// TestPages looks at every page there is, on a desktop and on a phone, light and dark: it is accessible, it
// fits, and it makes no noise. A route that nobody looks at fails the test. Each page is looked at in two ways,
// its neighbour in the other two; REOPTIN_EVERY_SCREEN looks at each in all four.
func TestPages(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	f := furnish(t)
	all := f.sights(t)
	for _, r := range routes(t) {
		if !slices.Contains(files, r) && !slices.ContainsFunc(all, func(s sight) bool { return s.route == r }) {
			t.Errorf("nobody looks at %s: give it a line in sights", r)
		}
	}
	pictured(t, all)
	type turn struct {
		sight
		ways []way
	}
	var turns []turn
	for n, s := range all {
		ways := pairs[n%2]
		if os.Getenv("REOPTIN_EVERY_SCREEN") != "" {
			ways = slices.Concat(pairs[:]...)
		}
		turns = append(turns, turn{s, ways})
	}
	work := make(chan turn)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			seats := map[*tab]*tab{}
			for s := range work {
				if seats[s.as] == nil {
					seats[s.as] = f.seat(t, s.as)
				}
				seats[s.as].examines(s.sight, checker, s.ways)
			}
		})
	}
	give(work, turns, &workers)
}

// way is how somebody has a page before them. What unfolds is folded, or all of it unfolded.
type way struct {
	width int64
	theme string
	open  bool
}

// Either pair has both widths, both themes, and the page folded and unfolded.
var pairs = [2][]way{
	{{1280, "light", false}, {390, "light", true}},
	{{390, "dark", false}, {1280, "dark", true}},
}

// seat is a further tab of somebody's browser; nobody's is a browser of its own.
func (f *furnished) seat(t testing.TB, who *tab) *tab {
	if who == nil {
		return f.visitor(t)
	}
	return who.another(t)
}

// examines looks at a page in each of some ways.
func (v *tab) examines(s sight, checker string, ways []way) {
	for _, look := range ways {
		v.look(look.width, look.theme)
		v.shows(s)
		noise := v.unexpected(s)
		if s.sealed { // once as it is, then opened
			v.seals(false)
			v.shows(s)
		}
		v.do("unfold", chromedp.Evaluate[chromedp.Void](`for (const d of document.querySelectorAll("main details")) d.open = `+map[bool]string{true: "true", false: "d.open"}[look.open]))
		wrong := v.violations(checker)
		if wide := ask[string](v, overflow); wide != "" {
			wrong = append(wrong, "is wider than its window: "+wide)
		}
		for _, w := range append(append(wrong, noise...), v.unexpected(s)...) {
			v.t.Errorf("%s (%s), %d pixels, %s: %s", s.name, s.route, look.width, look.theme, w)
		}
		v.seals(true)
	}
}

// unexpected is the noise of a page but for one line, which a browser writes by itself of every page that is
// answered with a refusal.
func (v *tab) unexpected(s sight) []string {
	return slices.DeleteFunc(v.quiet(), func(n string) bool {
		return s.status >= 400 && strings.HasPrefix(n, "log error: Failed to load resource: ") && strings.HasSuffix(n, "("+v.where+s.path+")")
	})
}

// seals says whether pages are under their content security policy.
func (v *tab) seals(on bool) {
	v.t.Helper()
	v.do("seal", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: !on})
		return err
	}))
}

// shows opens a page and waits until its frames are there, and what a script puts in order.
func (v *tab) shows(s sight) {
	v.t.Helper()
	v.leads("open "+s.path, or(s.status, 200), v.going(s.path))
	v.do("bring the frames", chromedp.Evaluate[chromedp.Void](`for (const f of document.querySelectorAll("iframe")) f.loading = "eager"`))
	v.until(`[...document.querySelectorAll("iframe")].every(f => !f.contentDocument || f.contentDocument.URL != "about:blank" && f.contentDocument.readyState == "complete")`)
}

func or(n, otherwise int64) int64 {
	if n == 0 {
		return otherwise
	}
	return n
}

// overflow names what sticks out of the window at its side, unless it scrolls by itself.
const overflow = `document.documentElement.scrollWidth <= innerWidth ? "" :
	[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.tagName + "." + e.className).join(", ") || "something"`

// another opens a further tab of the same person's browser.
func (v *tab) another(t testing.TB) *tab {
	t.Helper()
	return openTab(t, v.where, v.ctx)
}
