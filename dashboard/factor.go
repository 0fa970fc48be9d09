package dashboard

import (
	"encoding/base64"
	"net/http"

	"rsc.io/qr"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// setUpFactor shows a seed for an app. It is kept by nobody but the page until a code of it was seen.
func (d *Dashboard) setUpFactor(v *visit) error {
	seed, err := d.roster.NewFactor()
	if err != nil {
		return err
	}
	return v.factorPage(http.StatusOK, seed, "")
}

// addFactor takes the first code of the app, and tells the codes for when it is lost.
func (d *Dashboard) addFactor(v *visit) error {
	seed, ok := account.ParseSeed(v.FormValue("seed"))
	if !ok {
		return v.done("/account", "")
	}
	secret, codes, err := d.roster.AddFactor(v.ctx(), v.account, seed, v.word("code"))
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return v.factorPage(web.Status(err), seed, v.sentence(err))
	case err != nil:
		return err
	}
	v.begin(secret)
	v.secret = secret
	body, err := board.RecoveryHTML(board.Recovery{Frame: v.frame(v.P.T("board.factor.recovery")), Codes: codes, On: v.d.href("/account")})
	return v.show(http.StatusOK, body, err)
}

// removeFactor takes the second factor of one's own account away.
func (d *Dashboard) removeFactor(v *visit) error {
	if err := d.roster.RemoveFactor(v.ctx(), v.account.Actor(), v.account.Name); err != nil {
		return err
	}
	v.keep(cookieSession, "", -1)
	return v.done("/login", "factor_removed")
}

// endSessions ends the person's other sessions.
func (d *Dashboard) endSessions(v *visit) error {
	if err := d.roster.EndOthers(v.ctx(), v.account, v.secret); err != nil {
		return err
	}
	return v.done("/account", "sessions_ended")
}

func (v *visit) factorPage(status int, seed account.Seed, problem string) error {
	uri := seed.URI(v.house(), v.account.Name)
	code, err := qr.Encode(uri, qr.M)
	if err != nil {
		return fault.New(fault.Internal, "board.qr", "the QR code cannot be drawn").Because(err).At("dashboard.factorPage")
	}
	p := board.Factor{Frame: v.frame(v.P.T("board.factor.title")), Action: v.d.href("/account/factor/add"), Seed: seed.String(), Problem: problem,
		Code: v.codeField(true), QR: board.QR{Size: code.Size, Black: code.Black}}
	p.Code.Hint = v.P.T("board.factor.first")
	body, err := board.FactorHTML(p)
	return v.show(status, body, err)
}

// presence fills the part of the account's page that says how it is used.
func (v *visit) presence(a *board.Account) error {
	p, err := v.d.roster.Present(v.ctx(), v.account.ID)
	if err != nil {
		return err
	}
	a.HasFactor, a.Recovery = p.Factor, v.P.T("board.factor.left", "n", p.Recovery)
	a.SetUp, a.Remove, a.EndOthers = v.d.href("/account/factor"), v.d.href("/account/factor/remove"), v.d.href("/account/sessions")
	a.HasApp, a.AddKey, a.RemoveKey = p.App, v.keyForm("/account/passkey/ask", "/account/passkey", loginForm{}), v.d.href("/account/passkey/remove")
	a.AddKey.Label, a.AddKey.Make = v.P.T("board.passkey.add"), true
	for _, k := range p.Passkeys {
		l := board.KeyLine{Name: k.Name, Key: base64.RawURLEncoding.EncodeToString(k.ID), Added: v.P.Date(k.AddedAt), Used: v.P.T("board.users.never")}
		if !k.UsedAt.IsZero() {
			l.Used = v.P.Date(k.UsedAt)
		}
		a.Keys = append(a.Keys, l)
	}
	for _, s := range p.Sessions {
		a.Sessions = append(a.Sessions, board.SessionLine{Began: v.P.DateTime(s.CreatedAt), Seen: v.P.DateTime(s.SeenAt), Here: s.Key == v.secret.Key()})
	}
	return nil
}
