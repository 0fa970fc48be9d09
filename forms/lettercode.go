package forms

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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
	return f.codePage(c, http.StatusOK, consent.Code{})
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
		return f.codePage(c, http.StatusUnprocessableEntity, consent.Code{Typed: typed, Notice: "notice.code_typo"})
	}
	if f.guesses.wait(caller(c), f.clock()) > 0 {
		return f.codeLater(c, typed)
	}
	id, err := f.desk.OpenCode(c.Request().Context(), campaign.CodeDigest(code.Digest()))
	switch {
	case fault.Is(err, fault.NotFound):
		if f.guesses.allow(caller(c), f.clock()) != nil {
			return f.codeLater(c, typed)
		}
		return f.codePage(c, http.StatusNotFound, consent.Code{Typed: typed, Notice: "notice.code"})
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

// codeLater says when a code may be tried again, and that a no needs none.
func (f *Forms) codeLater(c echo.Context, typed string) error {
	wait := f.guesses.wait(caller(c), f.clock())
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return f.codePage(c, http.StatusTooManyRequests, consent.Code{Typed: typed, Wait: max(1, int(math.Ceil(wait.Minutes())))})
}

// codePage draws the page for codes; what a page holds beyond why it is shown again is filled in.
func (f *Forms) codePage(c echo.Context, status int, page consent.Code) error {
	o, err := f.desk.Organisation(c.Request().Context())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fault.Wrap("forms.codePage", err)
	}
	p := f.spoken(c)
	codes := f.catalogue.Languages()
	slices.Sort(codes)
	page.P, page.Tongues, page.Name = p, f.tongues(codes, p.Language()), o.Name
	page.Contact = strings.Join(slices.DeleteFunc([]string{o.LegalName, o.Address, o.Email}, func(s string) bool { return s == "" }), ", ")
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
