package dashboard

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// keptForm is a form whose login was over when it came: what somebody typed before lunch is not lost after
// it. It goes through the login inside the page, so that the server holds nothing of people who are not
// logged in, and it is sent on by the person's own hand.
type keptForm struct {
	path   string // of the act
	fields []board.Pair
}

// The fields of the login page that hold such a form.
const (
	keptPath   = "then"
	keptPrefix = "kept."
)

// keptBytes is the most of a form that goes through the login: behind it there is room for the fields of the login itself.
const keptBytes = textBytes - 8<<10

// keeps reports whether what was typed for a route is worth keeping: a no above all, to stop, the content of a campaign and of the
// organisation, how a file is read, how somebody knows what became of a message or of letters, and what was done for a person. No password
// goes this way, and what starts a campaign or erases somebody is typed anew.
func (r route) keeps() bool {
	if r.method != post {
		return false
	}
	switch r.path {
	case "/campaigns/:campaign/pause", "/campaigns/:campaign/letters/mark", "/organisation", "/organisation/policy", "/base/import/:upload/read",
		"/rights/:case/close", "/rights/:case/extend", "/rights/people/:contact/case", "/rights/people/:contact/rectify":
		return true
	}
	return slices.Contains([]account.Right{account.Edit, account.Approve, account.Settle, account.Suppress}, r.right)
}

// keepForm reads the form of this request; nil: there is nothing in it, or more than goes through a login.
func (v *visit) keepForm(r route) *keptForm {
	if !r.keeps() {
		return nil
	}
	if err := v.Request().ParseMultipartForm(fileBytes); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	form := v.Request().PostForm
	if v.Request().MultipartForm != nil { // a file that was chosen counts, and not the text beside it
		text, err := v.textOrFile("text", "file")
		if err != nil {
			return nil
		}
		form.Set("text", text)
	}
	k := keptFrom(strings.TrimPrefix(v.Request().URL.Path, web.AdminPath), form, "")
	if k != nil && k.bytes() > keptBytes {
		return nil
	}
	return k
}

// bytes is how long the form is on its way.
func (k *keptForm) bytes() int {
	form := url.Values{}
	for _, f := range k.hidden() {
		form.Add(f.Term, f.Text)
	}
	return len(form.Encode())
}

// carried reads the form that a login page holds, if it is one for an act of ours.
func (v *visit) carried() (*keptForm, account.Right) {
	path := v.FormValue(keptPath)
	for _, r := range v.d.table {
		if r.keeps() && fits(r.path, path) {
			return keptFrom(path, v.Request().PostForm, keptPrefix), r.right
		}
	}
	return nil, 0
}

// keptFrom takes the fields whose names begin with a prefix. The proof of the earlier login is left out.
func keptFrom(path string, form map[string][]string, prefix string) *keptForm {
	k := &keptForm{path: path}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		field, ok := strings.CutPrefix(name, prefix)
		if !ok || field == "form" {
			continue
		}
		for _, value := range form[name] {
			k.fields = append(k.fields, board.Pair{Term: field, Text: value})
		}
	}
	if len(k.fields) == 0 {
		return nil
	}
	return k
}

// hidden are the fields of a login page that carry the form.
func (k *keptForm) hidden() []board.Pair {
	if k == nil {
		return nil
	}
	out := []board.Pair{{Term: keptPath, Text: k.path}}
	for _, f := range k.fields {
		out = append(out, board.Pair{Term: keptPrefix + f.Term, Text: f.Text})
	}
	return out
}

// ask sends whoever is not logged in to the login, and afterwards back to the page they wanted or acted on; of an act they are told that
// it was not done. A page that refreshes itself is told to go there as a whole, unless somebody is typing in it.
func (v *visit) ask(r route) error {
	typing := v.keepForm(r)
	switch {
	case typing != nil && v.byScript():
		return fault.New(fault.Unauthenticated, "board.refused.over", "the login is over").At("dashboard.ask")
	case typing != nil:
		return v.loginPage(http.StatusUnauthorized, loginForm{to: v.path, problem: v.P.T("board.login.over"), kept: typing})
	}
	q, back := url.Values{}, v.path
	if v.Request().Method == post && r.path != "/logout" {
		q.Set("done", "login_undone")
		back = v.back(r)
	}
	if back != "/" {
		q.Set("to", back)
	}
	to := v.d.href("/login")
	if len(q) > 0 {
		to += "?" + strings.ReplaceAll(q.Encode(), "%2F", "/")
	}
	if v.byScript() {
		v.Response().Header().Set("HX-Redirect", to)
		return v.NoContent(http.StatusUnauthorized)
	}
	return v.Redirect(http.StatusSeeOther, to)
}

// stale refuses a form of another login. What was typed is shown as a form of this one, for the person to
// send: their browser sent it from a page of ours, but not with this login.
func (v *visit) stale(r route) error {
	if k := v.keepForm(r); k != nil && !v.byScript() {
		return v.sendOn(http.StatusForbidden, k)
	}
	return fault.New(fault.Denied, "board.refused.stale", "the form is from another login").At("dashboard.serve")
}

// sendOn asks the person to send a kept form.
func (v *visit) sendOn(status int, k *keptForm) error {
	s := board.SendOn{Frame: v.frame(v.P.T("board.kept.title")), Action: v.d.href(k.path), Fields: k.fields}
	body, err := board.SendOnHTML(s)
	return v.show(status, body, err)
}

// byScript reports whether a page on the screen asks, and not a person who goes from page to page.
func (v *visit) byScript() bool { return v.Request().Header.Get("HX-Request") != "" }
