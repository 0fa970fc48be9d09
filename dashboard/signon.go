package dashboard

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/reoptin/reoptin/dashboard/signon"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// SignOn is an identity provider that people log in with.
type SignOn interface {
	Name() string
	Begin(ctx context.Context, to string, anew bool) (address string, t signon.Ticket, err error)
	Finish(ctx context.Context, t signon.Ticket, said url.Values) (signon.Identity, error)
}

// cookieSignOn holds a login on its way. The way back comes from another site, so that a browser sends it only when
// it is lax; who is logged in it tells nobody.
const cookieSignOn = "reoptin-signon"

func (v *visit) keepTicket(value string, age int) {
	c := cookie(cookieSignOn, value, age, v.d.https)
	c.SameSite = http.SameSiteLaxMode
	v.SetCookie(c)
}

// signOn sends somebody to the provider. It is asked for by a form, so that no link from elsewhere begins a login.
func (d *Dashboard) signOn(v *visit) error {
	if d.provider == nil {
		return fault.New(fault.NotFound, "signon.none", "no identity provider is set").At("dashboard.signOn")
	}
	address, t, err := d.provider.Begin(v.ctx(), d.own(v.FormValue("to")), v.in())
	if err != nil {
		return err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return fault.Wrap("dashboard.signOn", err)
	}
	v.keepTicket(base64.RawURLEncoding.EncodeToString(b), int(signon.Longest.Seconds()))
	// A page, and no redirection: the policy of our pages lets forms lead to our pages alone.
	return v.onTo(v.P.T("board.signon.leave", "name", d.provider.Name()), address)
}

// ticket reads the login on its way, which ends here whatever comes of it.
func (v *visit) ticket() (t signon.Ticket) {
	b, err := base64.RawURLEncoding.DecodeString(v.kept(cookieSignOn))
	if err == nil && json.Unmarshal(b, &t) != nil {
		t = signon.Ticket{}
	}
	return t
}

// signedOn takes whom the provider sends back. The page goes on by itself: a browser gives the cookie of the session
// to no page that another site led to.
func (d *Dashboard) signedOn(v *visit) error {
	if d.provider == nil {
		return v.done("/", "") // or to the login, whoever is not in
	}
	t := v.ticket()
	if t.State == "" {
		return v.loginPage(http.StatusUnauthorized, loginForm{to: "/", problem: v.P.T("board.done.login_over")})
	}
	v.keepTicket("", -1)
	who, err := d.provider.Finish(v.ctx(), t, v.QueryParams())
	if err == nil {
		var secret account.Secret
		if secret, err = d.roster.SignOn(v.ctx(), account.Identity(who), v.secret); err == nil {
			v.begin(secret)
		}
	}
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.Unavailable):
		return v.loginPage(web.Status(err), loginForm{to: d.own(t.To), problem: v.sentence(err)})
	case err != nil:
		return err
	}
	return v.onTo(v.P.T("board.signon.welcome"), d.href(d.own(t.To)))
}

// onTo shows a page that goes on by itself.
func (v *visit) onTo(title, address string) error {
	f := v.frame(title)
	f.Bare, f.Refresh = true, address
	body, err := board.SignedOnHTML(board.SignedOn{Frame: f, On: board.Link{Label: v.P.T("board.signon.on"), Href: address}})
	return v.show(http.StatusOK, body, err)
}

// signOnButton is the form that leads to the provider, where there is one.
func (v *visit) signOnButton(f loginForm) *board.SignOn {
	if v.d.provider == nil {
		return nil
	}
	s := &board.SignOn{Action: v.d.href("/login/signon"), To: f.to, Label: v.P.T("board.signon.button", "name", v.d.provider.Name())}
	if f.kept != nil { // it cannot go through the provider
		s.Apart = v.P.T("board.signon.apart")
	}
	return s
}
