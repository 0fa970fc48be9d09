package dashboard

import (
	"net/http"
	"strings"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// proveFirst asks somebody who is logged in to prove once more who they are, before an act that binds. What they
// typed for it goes through the page, as it goes through a login.
func (v *visit) proveFirst(r route) error {
	if v.byScript() {
		v.Response().Header().Set("HX-Redirect", v.d.href("/prove")+"?to="+v.path)
		return v.NoContent(http.StatusUnauthorized)
	}
	if r.method == get {
		return v.Redirect(http.StatusSeeOther, v.d.href("/prove")+"?to="+v.path)
	}
	return v.provePage(http.StatusUnauthorized, loginForm{to: v.back(r), kept: v.keepForm(r)})
}

// back is the page from which an act was done, as far as its path tells.
func (v *visit) back(r route) string {
	path := strings.TrimPrefix(v.Request().URL.Path, web.AdminPath)
	for path != "" {
		if to := v.d.own(path); to != "/" {
			return to
		}
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
	}
	return "/"
}

func (d *Dashboard) showProve(v *visit) error {
	return v.provePage(http.StatusOK, loginForm{to: d.own(v.QueryParam("to"))})
}

// prove takes password and code.
func (d *Dashboard) prove(v *visit) error {
	to := d.own(v.FormValue("to"))
	kept, right := v.carried()
	err := d.roster.Prove(v.ctx(), account.Login{Name: v.account.Name, Password: v.FormValue("password"), Network: web.Network(v), Before: v.secret}, v.word("code"))
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.TooMany), fault.Is(err, fault.Unavailable):
		return v.provePage(web.Status(err), loginForm{to: to, problem: v.sentence(err), kept: kept})
	case err != nil:
		return err
	}
	return v.comeIn(v.secret, v.account, to, kept, right)
}

func (v *visit) provePage(status int, f loginForm) error {
	has, err := v.d.roster.Present(v.ctx(), v.account.ID)
	if err != nil {
		return err
	}
	p := board.Prove{Frame: v.frame(v.P.T("board.prove.title")), Text: v.P.T("board.prove.text", "n", int(account.Fresh.Minutes())), Action: v.d.href("/prove"), To: f.to,
		Problem: f.problem, Kept: f.kept.hidden(), Username: v.account.Name, Button: v.P.T("board.prove.button")}
	password := v.secretField("password", v.P.T("board.login.password"), "current-password")
	password.Focus = true
	p.Fields = append(p.Fields, password)
	if has.Factor {
		p.Fields = append(p.Fields, v.codeField(false))
	}
	if len(has.Passkeys) > 0 {
		p.Key = v.keyForm("/prove/passkey/ask", "/prove/passkey", f)
	}
	p.SignOn = v.signOnButton(f)
	body, err := board.ProveHTML(p)
	return v.show(status, body, err)
}

// lacksFactor reports whether an account must have a second factor before it may go on to a page.
func (v *visit) lacksFactor(r route) (bool, error) {
	if !v.d.factors || !v.in() || v.session.SignedOn || v.account.Role == account.Viewer || r.right == account.Anyone || r.path == "/logout" || strings.HasPrefix(r.path, "/prove") || strings.HasPrefix(r.path, "/account") {
		return false, nil
	}
	has, err := v.d.roster.HasFactor(v.ctx(), v.account.ID)
	return !has, err
}
