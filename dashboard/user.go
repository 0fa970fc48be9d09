package dashboard

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// showUsers lists the accounts.
func (d *Dashboard) showUsers(v *visit) error { return v.usersPage(http.StatusOK, newUser{}, nil) }

// newUser is what a person typed into the form, to be shown again.
type newUser struct{ name, role string }

// addUser makes an account with a first password that the administrator hands over.
func (d *Dashboard) addUser(v *visit) error {
	u := newUser{v.word("name"), v.FormValue("role")}
	err := d.roster.Add(v.ctx(), v.account.Actor(), u.name, account.Role(u.role), v.FormValue("password"))
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return v.usersPage(http.StatusUnprocessableEntity, u, err)
	}
	if err != nil {
		return err
	}
	return v.done("/users", "user_added")
}

// disableUser ends an account.
func (d *Dashboard) disableUser(v *visit) error {
	name, err := url.PathUnescape(v.Param("name"))
	if err != nil {
		return fault.New(fault.NotFound, "account.not_found", "there is no account of that name").At("dashboard.disableUser").Because(err)
	}
	if err := d.roster.Disable(v.ctx(), v.account.Actor(), name); err != nil {
		return err
	}
	return v.done("/users", "user_disabled")
}

func (v *visit) usersPage(status int, u newUser, wrong error) error {
	as, err := v.d.roster.List(v.ctx())
	if err != nil {
		return err
	}
	page := board.Users{Frame: v.frame(v.P.T("board.users.title")), Action: v.d.href("/users"), Problem: v.sentence(wrong), Fields: v.userFields(u)}
	for _, a := range as {
		page.Lines = append(page.Lines, v.userLine(a))
	}
	if page.Trail, err = v.trail(as); err != nil {
		return err
	}
	for _, r := range account.Roles() {
		page.Roles = append(page.Roles, board.Pair{Term: v.P.T("board.role." + string(r)), Text: v.P.T("board.may." + string(r))})
	}
	body, err := board.UsersHTML(page)
	return v.show(status, body, err)
}

// trailLines is how much of the audit trail the page shows; the rest is in the database.
const trailLines = 30

// trail is the newest end of the audit trail. A name that nobody has is not in it: it may be a password.
func (v *visit) trail(as []account.Account) (out []board.TrailLine, err error) {
	es, err := v.d.roster.Trail(v.ctx(), trailLines)
	if err != nil {
		return nil, err
	}
	names := map[account.ID]string{0: v.P.T("board.trail.nobody")}
	for _, a := range as {
		names[a.ID] = a.Name
	}
	for _, e := range es {
		l := board.TrailLine{At: v.P.DateTime(e.At), Who: names[e.Account], What: v.P.T("board.trail.kind." + strings.ReplaceAll(string(e.Kind), ".", "_")), Bad: e.Kind == account.LoginFailed}
		if e.By != "" && e.By != l.Who {
			l.What = v.P.T("board.trail.by", "what", l.What, "name", e.By)
		}
		out = append(out, l)
	}
	return out, nil
}

func (v *visit) userFields(u newUser) []board.Field {
	role := board.Field{Name: "role", Label: v.P.T("board.users.role"), Required: true}
	for _, r := range account.Roles() {
		role.Options = append(role.Options, board.Option{Value: string(r), Label: v.P.T("board.role." + string(r)), Current: u.role == string(r)})
	}
	password := v.secretField("password", v.P.T("board.users.password"), "new-password")
	password.Hint = v.P.T("board.password.hint", "n", account.ShortestPassword)
	return []board.Field{{Name: "name", Label: v.P.T("board.users.name"), Value: u.name, Hint: v.P.T("board.users.name_hint"), Autocomplete: "off", Required: true}, role, password}
}

func (v *visit) userLine(a account.Account) board.UserLine {
	l := board.UserLine{Name: a.Name, Role: v.P.T("board.role." + string(a.Role)), State: board.Badge{Kind: "good", Text: v.P.T("board.users.active")},
		Added: v.P.Date(a.CreatedAt), Seen: v.P.T("board.users.never"), Disable: v.d.href("/users/" + url.PathEscape(a.Name) + "/disable")}
	if !a.LastLogin.IsZero() {
		l.Seen = v.P.Date(a.LastLogin)
	}
	if a.Disabled() {
		l.State, l.Disable = board.Badge{Kind: "off", Text: v.P.T("board.users.disabled")}, ""
	}
	return l
}
