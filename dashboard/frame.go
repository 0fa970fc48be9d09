package dashboard

import (
	"net/http"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/templates/board"
)

// told are the words that a page may say after an act, each with its sentence under board.done.
var told = []string{"password", "user_added", "user_disabled", "logged_out", "login_over", "login_undone", "factor_needed", "factor_removed", "sessions_ended", "passkey_added", "passkey_removed",
	"audited", "import_forgotten", "import_undone", "suppressed", "suppressed_before", "organisation",
	"campaign_created", "campaign_saved", "campaign_voided", "campaign_deleted", "campaign_tested", "campaign_approved", "campaign_started",
	"campaign_paused", "campaign_resumed", "campaign_closed", "campaign_settled", "letters_marked", "case_opened", "case_closed", "case_extended", "rectified", "erased", "diagnosed", "retained"}

// frame surrounds a page.
func (v *visit) frame(title string) board.Frame {
	f := board.Frame{P: v.P, Title: title, Home: v.d.href("/"), Look: v.look()}
	if v.in() {
		f.Token = v.secret.FormToken()
		f.User = &board.User{Name: v.account.Name, Role: v.P.T("board.role." + string(v.account.Role)), Logout: v.d.href("/logout"),
			Account: board.Link{Label: v.P.T("board.account.title"), Href: v.d.href("/account"), Current: v.path == "/account"}}
		for _, s := range sections() {
			if v.may(v.d.right(s.path)) {
				links := &f.Nav
				if s.setup {
					links = &f.Setup
				}
				*links = append(*links, board.Link{Label: v.P.T(s.key), Href: v.d.href(s.path), Current: v.path == s.path || s.path != "/" && strings.HasPrefix(v.path, s.path+"/")})
			}
		}
	}
	if demo := v.d.demo; demo != nil {
		f.Demo = &board.Demonstration{Text: v.P.T("board.demo.text"), Inbox: board.Link{Label: v.P.T("board.demo.inbox"), Href: demo.Inbox}}
	}
	if word := v.QueryParam("done"); v.Request().Method != post && slices.Contains(told, word) {
		f.Flash = &board.Flash{Text: v.P.T("board.done." + word)}
	}
	return f
}

// look is how pages look now, and the choices there are.
func (v *visit) look() board.Look {
	l := board.Look{Action: v.d.href("/look"), To: v.path, Theme: v.theme}
	for _, t := range []string{"auto", "light", "dark"} {
		l.Themes = append(l.Themes, board.Option{Value: t, Label: v.P.T("board.theme." + t), Current: t == v.theme})
	}
	for _, code := range v.d.catalogue.House().Languages() {
		l.Languages = append(l.Languages, board.Option{Value: code, Lang: code, Label: v.d.catalogue.For(code).T("language.self"), Current: code == v.P.Language()})
	}
	return l
}

// year is how long a browser remembers how pages should look, in seconds.
const year = 365 * 24 * 60 * 60

// setLook remembers a theme or a language in the browser.
func (d *Dashboard) setLook(v *visit) error {
	if t := v.FormValue("theme"); slices.Contains([]string{"auto", "light", "dark"}, t) {
		v.keep(cookieTheme, t, year)
	}
	if l := v.FormValue("language"); slices.Contains(d.catalogue.House().Languages(), l) {
		v.keep(cookieLanguage, l, year)
	}
	to := d.own(v.FormValue("to"))
	if !v.in() {
		to = "/login"
	}
	return v.Redirect(http.StatusSeeOther, d.href(to))
}
