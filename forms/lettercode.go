package forms

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/templates/consent"
	"github.com/reoptin/reoptin/web"
)

// showCode is where people type the code of their letter.
func (f *Forms) showCode(c echo.Context) error {
	if web.IsPrefetch(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return f.codePage(c, http.StatusOK, "", "")
}

// postCode sends whoever typed a code to their form. A code with a typing error is told apart from one that opens
// nothing, by its own check sign and without looking it up. Whatever else is wrong has one answer, after the same
// work; five in an hour from one network and it waits. Typing a code decides nothing.
func (f *Forms) postCode(c echo.Context) error {
	if foreign(c.Request()) {
		return fault.New(fault.Denied, "forms.foreign", "the answer was posted by another site").At("forms.postCode")
	}
	body, err := read(c)
	if err != nil {
		return err
	}
	typed := body.Get("code")
	code, err := link.ReadCode(typed)
	if err != nil || len(body["code"]) != 1 {
		return f.codePage(c, http.StatusUnprocessableEntity, typed, "notice.code_typo")
	}
	if err := f.guesses.spent(c.RealIP(), f.clock()); err != nil {
		return err
	}
	id, err := f.desk.OpenCode(c.Request().Context(), campaign.CodeDigest(code.Digest()))
	switch {
	case fault.Is(err, fault.NotFound):
		if err := f.guesses.allow(c.RealIP(), f.clock()); err != nil {
			return err
		}
		return f.codePage(c, http.StatusNotFound, typed, "notice.code")
	case err != nil:
		return fault.Wrap("forms.postCode", err)
	}
	v := visit{}
	return c.Redirect(http.StatusSeeOther, "/c/"+f.links.Mint(link.Form, id, v.never())+"?lang="+url.QueryEscape(f.spoken(c).Language()))
}

// spoken is the language of a page that belongs to nobody yet: the one asked for, else what the browser asks for.
func (f *Forms) spoken(c echo.Context) i18n.Printer {
	return f.catalogue.For(c.QueryParam("lang"), c.Request().Header.Get("Accept-Language"))
}

func (f *Forms) codePage(c echo.Context, status int, typed, notice string) error {
	o, err := f.desk.Organisation(c.Request().Context())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fault.Wrap("forms.codePage", err)
	}
	p := f.spoken(c)
	codes := f.catalogue.Languages()
	slices.Sort(codes)
	page := consent.Code{P: p, Tongues: f.tongues(codes, p.Language()), Name: o.Name, Notice: notice, Typed: typed}
	if len(page.Typed) > 40 {
		page.Typed = ""
	}
	page.Style, page.Logo = look(o)
	drawn, err := consent.Draw(consent.CodePage(page))
	if err != nil {
		return fault.Wrap("forms.codePage", err)
	}
	c.Response().Header().Set("Content-Language", p.Language())
	return web.HTML(c, status, drawn)
}
