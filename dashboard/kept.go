package dashboard

import (
	"maps"
	"net/http"
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

// keeps reports whether what was typed for a route is worth keeping: the content of a campaign, how somebody knows
// what became of a message, and what was done for a person. No file and no password goes this way, and what starts a campaign is typed anew.
func (r route) keeps() bool {
	return r.method == post && (r.right == account.Edit || r.right == account.Settle || r.path == "/rights/:case/close")
}

// keepForm reads the form of this request; nil: there is nothing in it.
func (v *visit) keepForm(r route) *keptForm {
	if !r.keeps() || v.Request().ParseForm() != nil {
		return nil
	}
	return keptFrom(strings.TrimPrefix(v.Request().URL.Path, web.AdminPath), v.Request().PostForm, "")
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

// ask sends whoever is not logged in to the login, and afterwards back to the page they wanted. A page
// that refreshes itself is told to go there as a whole, unless somebody is typing in it.
func (v *visit) ask(r route) error {
	typing := v.keepForm(r)
	switch {
	case typing != nil && v.byScript():
		return fault.New(fault.Unauthenticated, "board.refused.over", "the login is over").At("dashboard.ask")
	case typing != nil:
		return v.loginPage(http.StatusUnauthorized, loginForm{to: v.path, problem: v.P.T("board.login.over"), kept: typing})
	}
	to := v.d.href("/login")
	if v.Request().Method != post && v.path != "/" {
		to += "?to=" + v.path
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
