package forms

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/templates/consent"
)

// request takes one of the buttons by which people ask to see, to have corrected or to have erased what is held
// about them. It opens a case for a person to deal with, and sends the browser to the page that says so.
func (f *Forms) request(c echo.Context, v *visit, body url.Values, again string) error {
	_, notice := f.vouch(v, body, func(n link.Nonce) bool { return shown(v.view.Frozen, n, []string{pagePreferences}) })
	kind := campaign.CaseKind(body.Get("request"))
	if notice == "" && (len(body["request"]) != 1 || body.Has("action") || body.Has("change") || !slices.Contains(campaign.CaseKinds(), kind)) {
		notice = "notice.unclear"
	}
	if notice != "" {
		return f.show(c, v, http.StatusUnprocessableEntity, again, notice)
	}
	_, err := f.desk.Request(c.Request().Context(), v.id, kind)
	switch {
	case err == nil:
		return f.toPreferences(c, v, "asked="+string(kind))
	case fault.Is(err, fault.NotFound):
		return f.unknown(c)
	case fault.Is(err, fault.Unavailable):
		return f.unsaved(c, v, err)
	}
	return fault.Wrap("forms.request", err)
}

// requests says in words what a person asked for, the latest first. One whose day is over is late.
func requests(cases []campaign.Case, now time.Time, p i18n.Printer) consent.Asked {
	out := consent.Asked{P: p}
	for _, one := range slices.Backward(cases) {
		r := consent.Request{What: p.T("request." + string(one.Kind)), Stands: p.T("request.open", "at", p.Date(one.OpenedAt), "due", p.Date(one.DueAt))}
		switch {
		case one.State == campaign.CaseDone:
			r.Stands = p.T("request.done", "at", p.Date(one.OpenedAt), "closed", p.Date(one.ClosedAt))
		case !now.Before(one.DueAt):
			r.Stands = p.T("request.late", "at", p.Date(one.OpenedAt), "due", p.Date(one.DueAt))
		}
		out.Requests = append(out.Requests, r)
	}
	return out
}
