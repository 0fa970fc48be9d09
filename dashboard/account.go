package dashboard

import (
	"net/http"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// showAccount shows the person's own account.
func (d *Dashboard) showAccount(v *visit) error { return v.accountPage(http.StatusOK, nil, "") }

// changePassword takes the present password and another one, twice. All sessions of the person end but
// the one that begins here.
func (d *Dashboard) changePassword(v *visit) error {
	present, next := v.FormValue("present"), v.FormValue("next")
	if next != v.FormValue("again") {
		return v.accountPage(http.StatusUnprocessableEntity, map[string]string{"again": v.P.T("board.account.differ")}, "")
	}
	secret, err := d.roster.ChangePassword(v.ctx(), account.Login{Name: v.account.Name, Password: present, Network: web.Network(v), Before: v.secret}, next)
	switch {
	case fault.Is(err, fault.Invalid):
		return v.accountPage(http.StatusUnprocessableEntity, map[string]string{"next": v.sentence(err)}, "")
	case fault.Is(err, fault.Unauthenticated):
		return v.accountPage(http.StatusUnprocessableEntity, map[string]string{"present": v.P.T("board.account.wrong")}, "")
	case fault.Is(err, fault.TooMany):
		return v.accountPage(web.Status(err), nil, v.sentence(err))
	case err != nil:
		return err
	}
	v.begin(secret)
	return v.done("/account", "password")
}

func (v *visit) accountPage(status int, wrong map[string]string, problem string) error {
	a := board.Account{Frame: v.frame(v.P.T("board.account.title")), Action: v.d.href("/account/password"), Username: v.account.Name, Problem: problem,
		Facts: []board.Pair{
			{Term: v.P.T("board.users.name"), Text: v.account.Name},
			{Term: v.P.T("board.users.role"), Text: v.P.T("board.role." + string(v.account.Role))},
			{Term: v.P.T("board.account.may"), Text: v.P.T("board.may." + string(v.account.Role))},
		},
		Fields: []board.Field{
			v.secretField("present", v.P.T("board.account.present"), "current-password"),
			v.secretField("next", v.P.T("board.account.next"), "new-password"),
			v.secretField("again", v.P.T("board.account.again"), "new-password"),
		}}
	a.Fields[1].Hint = v.P.T("board.password.hint", "n", account.ShortestPassword)
	for i := range a.Fields {
		a.Fields[i].Error = wrong[a.Fields[i].Name]
	}
	if err := v.presence(&a); err != nil {
		return err
	}
	body, err := board.AccountHTML(a)
	return v.show(status, body, err)
}

// secretField is a field for a password, which is never shown again.
func (v *visit) secretField(name, label, autocomplete string) board.Field {
	return board.Field{Name: name, Label: label, Kind: "password", Autocomplete: autocomplete, Required: true}
}
