package dashboard

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// question is what a page's script asks a browser for.
type question struct {
	Challenge string   `json:"challenge"`
	Keys      []string `json:"keys"` // of the account
	House     string   `json:"house"`
	Name      string   `json:"name,omitempty"`
	Handle    string   `json:"handle,omitempty"`
}

// askKey answers the script of a page that wants a passkey, for a session that is whole or half.
func (d *Dashboard) askKey(v *visit) error {
	challenge, a, keys, err := d.roster.Challenge(v.ctx(), v.secret)
	if err != nil {
		return err
	}
	text := base64.RawURLEncoding.EncodeToString
	q := question{Challenge: text(challenge), House: v.house(), Keys: []string{}}
	for _, k := range keys {
		q.Keys = append(q.Keys, text(k.ID))
	}
	if v.in() {
		q.Name, q.Handle = a.Name, text(binary.BigEndian.AppendUint64(nil, uint64(a.ID)))
	}
	return v.JSON(http.StatusOK, q)
}

// house is what the organisation is called, or the program.
func (v *visit) house() string {
	if o, err := v.d.desk.Organisation(v.ctx()); err == nil && o.Name != "" {
		return o.Name
	}
	return "reoptin"
}

// site is the address of this page as a browser knows it. The host is one of ours: another is answered before.
func (v *visit) site() string {
	if v.d.https {
		return "https://" + v.Request().Host
	}
	return "http://" + v.Request().Host
}

// addKey gives the person's account a passkey.
func (d *Dashboard) addKey(v *visit) error {
	p, err := account.ParseProof(v.FormValue("proof"))
	if err != nil {
		return v.accountPage(web.Status(err), nil, v.sentence(err))
	}
	name := []rune(v.word("name"))
	if len(name) == 0 {
		name = []rune(v.P.T("board.passkey.unnamed"))
	}
	secret, codes, err := d.roster.AddPasskey(v.ctx(), v.account, v.secret, v.site(), string(name[:min(len(name), 40)]), p)
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.Conflict):
		return v.accountPage(web.Status(err), nil, v.sentence(err))
	case err != nil:
		return err
	}
	v.begin(secret)
	if len(codes) == 0 {
		return v.done("/account", "passkey_added")
	}
	v.secret = secret
	body, err := board.RecoveryHTML(board.Recovery{Frame: v.frame(v.P.T("board.factor.recovery")), Codes: codes, On: v.d.href("/account")})
	return v.show(http.StatusOK, body, err)
}

// removeKey takes one of the person's passkeys away.
func (d *Dashboard) removeKey(v *visit) error {
	id, err := base64.RawURLEncoding.DecodeString(v.FormValue("key"))
	if err == nil {
		err = d.roster.RemovePasskey(v.ctx(), v.account, id)
	}
	if err != nil {
		return v.done("/account", "") // it is gone already
	}
	return v.done("/account", "passkey_removed")
}

// secondKey finishes a login with a passkey.
func (d *Dashboard) secondKey(v *visit) error {
	to := d.own(v.FormValue("to"))
	kept, right := v.carried()
	if v.in() {
		return v.done("/", "")
	}
	if _, err := d.roster.Halfway(v.ctx(), v.secret); err != nil {
		return v.again(err)
	}
	p, err := account.ParseProof(v.FormValue("proof"))
	var secret account.Secret
	var who account.Account
	if err == nil {
		secret, who, err = d.roster.SecondByKey(v.ctx(), v.secret, v.site(), p, web.Network(v))
	}
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.TooMany):
		return v.codePage(web.Status(err), loginForm{to: to, problem: v.sentence(err), kept: kept})
	case err != nil:
		return err
	}
	v.begin(secret)
	return v.comeIn(secret, who, to, kept, right)
}

// proveKey proves once more who somebody is, with a passkey.
func (d *Dashboard) proveKey(v *visit) error {
	to := d.own(v.FormValue("to"))
	kept, right := v.carried()
	p, err := account.ParseProof(v.FormValue("proof"))
	if err == nil {
		err = d.roster.ProveByKey(v.ctx(), v.account, v.secret, v.site(), p, web.Network(v))
	}
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.TooMany):
		return v.provePage(web.Status(err), loginForm{to: to, problem: v.sentence(err), kept: kept})
	case err != nil:
		return err
	}
	return v.comeIn(v.secret, v.account, to, kept, right)
}

// keyForm is the form of a page that asks for a passkey.
func (v *visit) keyForm(ask, action string, f loginForm) *board.KeyForm {
	return &board.KeyForm{Ask: v.d.href(ask), Action: v.d.href(action), To: f.to, Kept: f.kept.hidden(), Label: v.P.T("board.passkey.use")}
}

// allowKeys lets the pages of the dashboard ask a browser for passkeys, which no other page may.
func allowKeys(h http.Header) {
	h.Set("Permissions-Policy", strings.Replace(h.Get("Permissions-Policy"), "publickey-credentials-get=()", "publickey-credentials-get=(self), publickey-credentials-create=(self)", 1))
}
