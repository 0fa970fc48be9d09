package forms

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/templates/consent"
	"github.com/reoptin/reoptin/web"
)

// deed is the desk's act behind a POST.
type deed func(context.Context, campaign.LinkID, campaign.Answer) (campaign.Receipt, error)

// postForm takes the answer of the form, and of the page that stands in its place once it is closed.
func (f *Forms) postForm(c echo.Context, v *visit) error {
	again := pageForm
	if !v.open {
		again = pagePreferences
	}
	return f.post(c, v, again, false)
}

// postPreferences takes a change of one line, or a no to everything.
func (f *Forms) postPreferences(c echo.Context, v *visit) error {
	return f.post(c, v, pagePreferences, true)
}

// post judges an answer and records it. again is the page shown when nothing may be recorded;
// objects says that the button for no to everything is an objection and not an answer to the form.
func (f *Forms) post(c echo.Context, v *visit, again string, objects bool) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	if body.Has("request") {
		return f.request(c, v, body, again)
	}
	a, notice := f.understand(v, body, pageForm, pagePreferences)
	switch {
	case notice != "" && !a.hasty:
		return f.show(c, v, http.StatusUnprocessableEntity, again, notice)
	case a.yes() && !v.open:
		return f.show(c, v, http.StatusGone, pagePreferences, v.over())
	case f.asksOnce(c, v, a) && a.yes() && v.view.Misses(a.proof.Word):
		return f.toCurrent(c, v) // the confirming page would hide an answer that this one did not show
	case f.asksOnce(c, v, a):
		return f.confirm(c, v, a, body)
	case a.all && objects:
		return f.record(c, v, a.objection(c), f.desk.Object)
	}
	answer := a.answer(c, campaign.ByForm)
	answer.Request.Suspect = f.suspicious(c, v)
	return f.record(c, v, answer, f.desk.Respond)
}

// asksOnce reports whether an answer is asked for once more before it is recorded: always where the house is set
// so, on suspicion, and a yes by a button alone. A yes takes a tick: whoever presses everything has ticked nothing.
// Asked for too soon to have been read, it is asked for again.
func (f *Forms) asksOnce(c echo.Context, v *visit, a act) bool {
	return a.hasty || !a.confirmed && (f.always || a.turns && a.yes() || f.suspicious(c, v))
}

// objection is a no to everything by a button of a page, as the desk takes it.
func (a act) objection(c echo.Context) campaign.Answer {
	answer := a.answer(c, campaign.ByPage)
	answer.Lines = nil
	return answer
}

// record does the deed and sends the browser to the receipt, which reads what was stored.
func (f *Forms) record(c echo.Context, v *visit, answer campaign.Answer, do deed) error {
	answer.Token = v.token
	_, err := do(c.Request().Context(), v.id, answer)
	switch {
	case err == nil:
		return f.toReceipt(c, v, answer.Language)
	case fault.Is(err, fault.NotFound):
		return f.unknown(c)
	case fault.Is(err, fault.Gone):
		if v.view, err = f.desk.Show(c.Request().Context(), v.id); err != nil {
			return fault.Wrap("forms.record", err)
		}
		v.open = false
		return f.show(c, v, http.StatusGone, pagePreferences, v.over())
	case fault.Is(err, fault.Conflict):
		return f.toCurrent(c, v)
	case fault.Is(err, fault.Unavailable):
		return f.unsaved(c, v, err)
	}
	return fault.Wrap("forms.record", err)
}

func (f *Forms) toReceipt(c echo.Context, v *visit, language string) error {
	to := "/r/" + f.links.Mint(link.Receipt, v.id, v.never()) + "?lang=" + url.QueryEscape(language)
	return c.Redirect(http.StatusSeeOther, to)
}

// toCurrent answers a page that another choice was made after, on it or elsewhere: nothing changed, and what stands is shown there.
func (f *Forms) toCurrent(c echo.Context, v *visit) error {
	return f.toPreferences(c, v, "used=1")
}

// toPreferences leads to the preferences page, whose query says what it is to say above.
func (f *Forms) toPreferences(c echo.Context, v *visit, query string) error {
	to := "/p/" + f.links.Mint(link.Preferences, v.id, v.never()) + "?" + query + "&lang=" + url.QueryEscape(v.language)
	return c.Redirect(http.StatusSeeOther, to)
}

// repeated are the fields that the confirming step posts once more.
func repeated(body url.Values) []consent.Field {
	var fields []consent.Field
	for name, values := range body {
		if name == "action" || name == "change" || name == "to" || strings.HasPrefix(name, "decision.") {
			fields = append(fields, consent.Field{Name: name, Value: values[0]})
		}
	}
	slices.SortFunc(fields, func(a, b consent.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// confirm shows what would be recorded and asks once more, with a fresh nonce for the same page.
func (f *Forms) confirm(c echo.Context, v *visit, a act, body url.Values) error {
	v.language = a.proof.Language
	nonce, err := f.nonce(v, a.proof.Document)
	if err != nil {
		return err
	}
	sheet := f.sheet(v.view.Frozen, v.language)
	step := consent.Confirm{Sheet: sheet, Action: v.action(), Nonce: nonce, Fields: repeated(body), Back: v.action()}
	step.Tongues = nil // it is the answer to a button: a link to it in another language would lead elsewhere
	status := http.StatusOK
	if a.hasty {
		status, step.Notice = http.StatusUnprocessableEntity, "notice.hasty"
	}
	for _, l := range a.lines {
		line := wording(v.view.Frozen, sheet.P, v.language, l.Question)
		line.State = sheet.P.T("state.refused")
		if l.Yes {
			line.State = sheet.P.T("state.granted")
		}
		step.Lines = append(step.Lines, line)
		if a.turns && l.Yes {
			step.Tick = sheet.P.T("pair", "name", line.Purpose, "value", sheet.P.T("form.box", "channel", line.Channel))
		}
	}
	drawn, err := consent.Draw(consent.ConfirmPage(step))
	if err != nil {
		return fault.Wrap("forms.confirm", err)
	}
	return web.HTML(c, status, drawn)
}
