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
	secret, who, half, err := d.roster.Login(v.ctx(), account.Login{Name: name, Password: v.FormValue("password"), Network: web.Network(v), Before: v.secret})
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.TooMany):
		return v.loginPage(web.Status(err), loginForm{name: name, to: to, problem: v.sentence(err), kept: kept})
	case err != nil:
		return err
	}
	v.begin(secret)
	if half {
		v.secret = secret
		return v.codePage(http.StatusOK, loginForm{to: to, kept: kept})
	}
	return v.comeIn(secret, who, to, kept, right)
}

// comeIn shows who has just logged in what they came for, or the form that waited for them.
func (v *visit) comeIn(secret account.Secret, who account.Account, to string, kept *keptForm, right account.Right) error {
	if kept != nil && who.Role.May(right) {
		v.secret, v.account = secret, who
		return v.sendOn(http.StatusOK, kept)
	}
	return v.done(to, "")
}

// showCode asks for the code that a login waits for, when its page is read anew.
func (d *Dashboard) showCode(v *visit) error {
	if v.in() {
		return v.done("/", "")
	}
	if _, err := d.roster.Halfway(v.ctx(), v.secret); err != nil {
		return v.again(err)
	}
	return v.codePage(http.StatusOK, loginForm{to: "/"})
}

// again begins a login anew when the half of it that is there is over.
func (v *visit) again(err error) error {
	if !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	return v.done("/login", "login_over")
}

// second takes the code that a login waits for.
func (d *Dashboard) second(v *visit) error {
	to := d.own(v.FormValue("to"))
	kept, right := v.carried()
	if v.in() {
		return v.done("/", "")
	}
	if _, err := d.roster.Halfway(v.ctx(), v.secret); err != nil {
		return v.again(err)
	}
	secret, who, err := d.roster.Second(v.ctx(), v.secret, v.word("code"), web.Network(v))
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.TooMany), fault.Is(err, fault.Unavailable):
		return v.codePage(web.Status(err), loginForm{to: to, problem: v.sentence(err), kept: kept})
	case err != nil:
		return err
	}
	v.begin(secret)
	return v.comeIn(secret, who, to, kept, right)
}

// codeField is where the code of an app goes, or one of those for when it is lost.
func (v *visit) codeField(focus bool) board.Field {
	return board.Field{Name: "code", Label: v.P.T("board.code.code"), Hint: v.P.T("board.code.hint"), Autocomplete: "one-time-code", Required: true, Focus: focus}
}

func (v *visit) codePage(status int, f loginForm) error {
	if status == http.StatusTooManyRequests {
		v.Response().Header().Set("Retry-After", "60")
	}
	p := board.Prove{Frame: v.frame(v.P.T("board.code.title")), Text: v.P.T("board.code.text"), Action: v.d.href("/login/code"), To: f.to, Problem: f.problem,
		Kept: f.kept.hidden(), Fields: []board.Field{v.codeField(true)}, Button: v.P.T("board.login.button")}
	p.Bare = true
	a, err := v.d.roster.Halfway(v.ctx(), v.secret)
	if err != nil {
		return v.again(err)
	}
	has, err := v.d.roster.Present(v.ctx(), a.ID)
	if err != nil {
		return err
	}
	if len(has.Passkeys) > 0 {
		p.Key = v.keyForm("/login/passkey/ask", "/login/passkey", f)
	}
	if !has.App {
		p.Text = v.P.T("board.passkey.text")
		p.Fields[0].Hint, p.Fields[0].Label, p.Fields[0].Focus = "", v.P.T("board.passkey.recovery"), false
	}
	body, err := board.ProveHTML(p)
	return v.show(status, body, err)
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
	l.Bare, l.SignOn = true, v.signOnButton(f)
	body, err := board.LoginHTML(l)
	return v.show(status, body, err)
}
