package dashboard

import (
	"net/http"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// showLogin asks for name and password. Whoever is logged in goes on at once.
func (d *Dashboard) showLogin(v *visit) error {
	if v.in() {
		return v.done("/", "")
	}
	return v.loginPage(http.StatusOK, loginForm{to: d.own(v.QueryParam("to"))})
}

// login begins a session.
func (d *Dashboard) login(v *visit) error {
	name, to := v.word("name"), d.own(v.FormValue("to"))
	kept, right := v.carried()
	secret, who, err := d.roster.Login(v.ctx(), account.Login{Name: name, Password: v.FormValue("password"), Network: v.network(), Before: v.secret})
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.TooMany):
		return v.loginPage(web.Status(err), loginForm{name: name, to: to, problem: v.sentence(err), kept: kept})
	case err != nil:
		return err
	}
	v.begin(secret)
	if kept != nil && who.Role.May(right) {
		v.secret, v.account = secret, who
		return v.sendOn(http.StatusOK, kept)
	}
	return v.done(to, "")
}

// logout ends the session.
func (d *Dashboard) logout(v *visit) error {
	if err := d.roster.Logout(v.ctx(), v.account, v.secret); err != nil {
		return err
	}
	v.keep(cookieSession, "", -1)
	return v.done("/login", "logged_out")
}

// loginForm is what a login page says beside its two fields.
type loginForm struct {
	name, to, problem string
	kept              *keptForm // goes through the login; nil: none
}

func (v *visit) loginPage(status int, f loginForm) error {
	if status == http.StatusTooManyRequests {
		v.Response().Header().Set("Retry-After", "60")
	}
	l := board.Login{Frame: v.frame(v.P.T("board.login.title")), Action: v.d.href("/login"), To: f.to, Problem: f.problem, Kept: f.kept.hidden(),
		Name:     board.Field{Name: "name", Label: v.P.T("board.login.name"), Value: f.name, Autocomplete: "username", Required: true, Focus: f.name == ""},
		Password: board.Field{Name: "password", Label: v.P.T("board.login.password"), Kind: "password", Autocomplete: "current-password", Required: true, Focus: f.name != ""}}
	l.Bare = true
	body, err := board.LoginHTML(l)
	return v.show(status, body, err)
}
