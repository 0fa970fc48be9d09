package dashboard

import (
	"errors"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/web"
)

// Policy is the content security policy of the dashboard: scripts, styles and frames of our own, as
// files; nothing inline, nothing from elsewhere.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// kept is where a request keeps its visit.
const kept = "dashboard.visit"

// around prepares whatever comes to the dashboard's part of the house, so that a page that is not there
// is shown in its frame too.
func (d *Dashboard) around(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if p := c.Request().URL.Path; p != web.AdminPath && !strings.HasPrefix(p, web.AdminPath+"/") {
			return next(c)
		}
		c.Response().Header().Set("Content-Security-Policy", Policy)
		allowKeys(c.Response().Header())
		v := d.visit(c)
		c.Set(kept, v)
		web.DrawErrors(c, v.drawFailure)
		if err := v.recognise(); err != nil {
			return err
		}
		return next(c)
	}
}

// visit reads what the browser says of itself.
func (d *Dashboard) visit(c echo.Context) *visit {
	v := &visit{Context: c, d: d}
	v.path = d.own(strings.TrimPrefix(c.Request().URL.Path, web.AdminPath))
	v.P = d.catalogue.House().For(v.kept(cookieLanguage), c.Request().Header.Get("Accept-Language"))
	v.theme = "auto"
	if t := v.kept(cookieTheme); t == "light" || t == "dark" {
		v.theme = t
	}
	return v
}

// recognise finds who is there. A session that is over is like none.
func (v *visit) recognise() error {
	secret, ok := account.ParseSecret(v.kept(cookieSession))
	if !ok {
		return nil
	}
	v.secret = secret
	s, a, err := v.d.roster.Session(v.ctx(), secret, !v.refreshing())
	if fault.Is(err, fault.Unauthenticated) {
		return nil
	}
	v.account, v.session = a, s
	return err
}

// serve does what comes before every handler.
func (d *Dashboard) serve(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, ok := c.Get(kept).(*visit)
		if !ok {
			return fault.New(fault.Internal, "dashboard.visit", "a route is not behind the dashboard's own middleware").At("dashboard.serve")
		}
		if r.method == post {
			if err := d.origin.Check(c.Request()); err != nil {
				return fault.New(fault.Denied, "board.refused.foreign", "the form was sent from another site").At("dashboard.serve").Because(err)
			}
		}
		switch {
		case r.right == account.Anyone:
		case !v.in():
			return v.ask(r)
		case !v.may(r.right):
			return fault.New(fault.Denied, "board.refused.right", "your role does not allow this").At("dashboard.serve")
		case r.method == post && !v.secret.Fits(v.token(r)):
			return v.stale(r)
		case r.binds() && !v.session.Fresh(d.clock()):
			return v.proveFirst(r)
		}
		if lacks, err := v.lacksFactor(r); err != nil || lacks {
			return errors.Join(err, v.done("/account", "factor_needed"))
		}
		return r.handle(v)
	}
}
