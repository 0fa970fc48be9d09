package forms

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/templates/consent"
	"github.com/reoptin/reoptin/web"
)

// visit is one request whose link is good.
type visit struct {
	id       campaign.LinkID
	path     string // of this page with its token: /c/…
	view     campaign.FormView
	open     bool   // a yes can still be given
	language string // of the page
	asked    []campaign.Case
	now      time.Time // with asked
	token    campaign.TokenUsed
}

// tokenUsed is what the evidence says of a token.
func tokenUsed(p link.Purpose, t link.Token) campaign.TokenUsed {
	return campaign.TokenUsed{Purpose: p.String(), Key: int(t.Key)}
}

// action is where the page's own forms post to. It carries the language, so that a page shown again
// is in the language it was answered in.
func (v *visit) action() string { return v.path + "?lang=" + url.QueryEscape(v.language) }

// over is the key of why a yes can no longer be given.
func (v *visit) over() string {
	switch {
	case v.view.Barred:
		return "notice.barred"
	case v.view.Ended:
		return "notice.ended"
	}
	return "notice.closed"
}

// look wraps a page that is only looked at.
func (f *Forms) look(p link.Purpose, show func(echo.Context, *visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if web.IsPrefetch(c) {
			return c.NoContent(http.StatusNoContent)
		}
		return f.enter(c, p, func(c echo.Context, v *visit) error {
			f.watch(c, v)
			return show(c, v)
		})
	}
}

// act wraps an answer to the form.
func (f *Forms) act(post func(echo.Context, *visit) error) echo.HandlerFunc {
	long := f.ours(link.Form, post)
	return func(c echo.Context) error {
		if foreign(c.Request()) {
			return long(c)
		}
		if done, err := f.plain(c); done {
			return err
		}
		return long(c)
	}
}

// ours wraps what must come from one of our own pages.
func (f *Forms) ours(p link.Purpose, post func(echo.Context, *visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if foreign(c.Request()) {
			return fault.New(fault.Denied, "forms.foreign", "the answer was posted by another site").At("forms.act")
		}
		return f.enter(c, p, post)
	}
}

// foreign reports whether a browser says that another site made it post. No header at all is an old
// browser, and Origin: null one that hides where it comes from; both are let through, since the
// signed link and the nonce are the authority here and there is no cookie to abuse.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		origin := r.Header.Get("Origin")
		if origin == "" || origin == "null" {
			return false
		}
		u, err := url.Parse(origin)
		return err != nil || !strings.EqualFold(u.Host, r.Host)
	}
	return true
}

// enter reads the link and the record behind it. A link that is forged costs the same look-up as
// one that is unknown, and both end on the same page.
func (f *Forms) enter(c echo.Context, p link.Purpose, next func(echo.Context, *visit) error) error {
	token, err := f.links.Parse(p, c.Param("token"), f.clock())
	forged := err != nil
	view, err := f.desk.Show(c.Request().Context(), campaign.LinkID(token.ID))
	switch {
	case forged, fault.Is(err, fault.NotFound), err == nil && view.Frozen == nil:
		return f.unknown(c)
	case err != nil:
		return fault.Wrap("forms.enter", err)
	}
	return next(c, &visit{
		id:       campaign.LinkID(token.ID),
		path:     c.Request().URL.Path,
		view:     view,
		open:     view.Open && !token.Expired,
		language: tongue(view.Frozen, c.QueryParam("lang"), view.Language),
		token:    tokenUsed(p, token),
	})
}

// unknown is the one page for every link that opens nothing. It depends on nothing but the
// languages that the browser asks for.
func (f *Forms) unknown(c echo.Context) error {
	if err := f.attempts.allow(caller(c), f.clock()); err != nil {
		return err
	}
	p := f.catalogue.For(c.Request().Header.Get("Accept-Language"))
	body, err := consent.Draw(consent.NotFoundPage(consent.Notice{P: p, Key: "failure.link"}))
	if err != nil {
		return fault.Wrap("forms.unknown", err)
	}
	return web.HTML(c, http.StatusNotFound, body)
}

// unsaved says that nothing was stored. It never thanks.
func (f *Forms) unsaved(c echo.Context, v *visit, cause error) error {
	f.log.Error("answer not saved", "request_id", web.RequestID(c), "cause", cause)
	body, err := consent.Draw(consent.UnsavedPage(consent.Unsaved{P: f.catalogue.For(v.language), RequestID: web.RequestID(c)}))
	if err != nil {
		return fault.Wrap("forms.unsaved", err)
	}
	c.Response().Header().Set(echo.HeaderRetryAfter, "30")
	return web.HTML(c, http.StatusServiceUnavailable, body)
}

// show serves a kept page with this visit's values in its slots. The key of a notice says why the
// page is shown again; empty: no notice.
func (f *Forms) show(c echo.Context, v *visit, status int, name, notice string) error {
	k, err := f.page(c.Request().Context(), v.view.Frozen, name, v.language)
	if err != nil {
		return err
	}
	nonce, err := f.nonce(v, k.sum)
	if err != nil {
		return err
	}
	if name == pagePreferences {
		v.now = f.clock()
		if v.asked, err = f.desk.Requests(c.Request().Context(), v.id); err != nil {
			return fault.Wrap("forms.show", err)
		}
		if notice == "notice.erasing" && !(v.view.Suppressed && v.waits(campaign.CaseErase)) {
			notice = "notice.asked"
		}
		if notice == "notice.asked" && !v.waits(campaign.CaseKinds()...) {
			notice = "" // only the address says so
		}
	}
	if name == pageForm {
		f.served.put(k.sum, v.view.Frozen)
	}
	body, err := f.fill(k, v, name, notice, nonce, "/p/"+f.links.Mint(link.Preferences, v.id, v.never()))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Language", v.language)
	return web.HTML(c, status, body)
}

// waits reports whether the person has something open of some kinds that they asked for.
func (v *visit) waits(kinds ...campaign.CaseKind) bool {
	return slices.ContainsFunc(v.asked, func(a campaign.Case) bool { return a.State == campaign.CaseOpen && slices.Contains(kinds, a.Kind) })
}

func (f *Forms) nonce(v *visit, sum [32]byte) (string, error) {
	nonce, err := f.links.Nonce(v.id, sum, v.view.Word(), v.language, f.clock(), f.rand)
	if err != nil {
		return "", fault.Wrap("forms.nonce", err)
	}
	return nonce, nil
}

func (f *Forms) showForm(c echo.Context, v *visit) error {
	name, notice := pageForm, ""
	if !v.open {
		name, notice = pagePreferences, v.over()
	}
	if err := f.show(c, v, http.StatusOK, name, notice); err != nil {
		return err
	}
	if c.Request().Method == http.MethodGet {
		f.desk.CountView(v.view.Campaign)
	}
	return nil
}

func (f *Forms) showPreferences(c echo.Context, v *visit) error {
	notice := ""
	switch {
	case c.QueryParam("asked") == string(campaign.CaseErase):
		notice = "notice.erasing"
	case c.QueryParam("asked") != "":
		notice = "notice.asked"
	case c.QueryParam("used") != "":
		notice = "notice.used"
	case !v.open:
		notice = v.over()
	}
	return f.show(c, v, http.StatusOK, pagePreferences, notice)
}

func (f *Forms) showUnsubscribe(c echo.Context, v *visit) error {
	notice := ""
	switch {
	case v.view.Dead:
		notice = "notice.dead"
	case v.view.Suppressed:
		notice = "notice.suppressed"
	}
	return f.show(c, v, http.StatusOK, pageUnsubscribe, notice)
}
