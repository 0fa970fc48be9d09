package forms

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/templates/consent"
	"github.com/reoptin/reoptin/web"
)

// showReceipt shows the latest answer as it stands in the record, or hands it out as a file.
func (f *Forms) showReceipt(c echo.Context, v *visit) error {
	if v.view.Last != nil {
		switch c.QueryParam("format") {
		case "json":
			return f.download(c, v)
		case "pdf":
			return f.print(c, v)
		}
	}
	return f.receiptPage(c, v, http.StatusOK, "")
}

// outdated is the key of the sentence that stands in the place of what an answer meant.
const outdated = "receipt.outdated"

// outdated reports whether the answer says something that stands no more.
func (v *visit) outdated() bool {
	return v.view.Last != nil && slices.ContainsFunc(v.view.Last.Decisions, func(d campaign.Decision) bool {
		return slices.ContainsFunc(v.view.Current, func(c campaign.CurrentChoice) bool {
			return c.Purpose == d.Purpose && c.Channel == d.Channel && (c.State == campaign.Granted) != (d.State == campaign.Granted)
		})
	})
}

// receiptPage draws the receipt with its buttons; a notice says why it is shown again.
func (f *Forms) receiptPage(c echo.Context, v *visit, status int, notice string) error {
	r := f.receipt(v, "/p/"+f.links.Mint(link.Preferences, v.id, v.never())+"?lang="+v.language)
	if r.Lead == outdated { // the notice says more
		r.Lead, notice = "", cmp.Or(notice, "notice.outdated")
	}
	if r.ID != "" {
		asked, err := f.desk.ReceiptAsked(c.Request().Context(), r.ID)
		if err != nil {
			return fault.Wrap("forms.receiptPage", err)
		}
		if !asked.IsZero() {
			r.Mailed = r.P.DateTime(asked)
		}
		if r.Nonce, err = f.nonce(v, [32]byte{}); err != nil {
			return err
		}
		r.Action, r.Notice, r.Checks, r.Mails = v.action(), notice, f.verify != nil, v.view.Email != ""
	}
	body, err := consent.Draw(consent.ReceiptPage(r))
	if err != nil {
		return fault.Wrap("forms.receiptPage", err)
	}
	c.Response().Header().Set("Content-Language", v.language)
	return web.HTML(c, status, body)
}

// postReceipt takes the buttons of the receipt: to check it, and to have it by mail.
func (f *Forms) postReceipt(c echo.Context, v *visit) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	_, notice := f.vouch(v, body, func(n link.Nonce) bool { return n.Document == [32]byte{} })
	act := body.Get("action")
	switch {
	case v.view.Last == nil:
		return f.receiptPage(c, v, http.StatusOK, "")
	case notice == "" && act == "verify" && f.verify != nil:
		return f.showCheck(c, v)
	case notice == "" && act == "mail" && v.view.Email != "":
		return f.mailReceipt(c, v)
	case notice == "":
		notice = "notice.unclear"
	}
	return f.receiptPage(c, v, http.StatusUnprocessableEntity, notice)
}

// mailReceipt keeps the person's wish; the message follows, to the address that was asked.
func (f *Forms) mailReceipt(c echo.Context, v *visit) error {
	err := f.desk.AskReceipt(c.Request().Context(), v.id)
	switch {
	case err == nil:
		return f.toReceipt(c, v, v.language)
	case fault.Is(err, fault.NotFound):
		return f.unknown(c)
	case fault.Is(err, fault.Unavailable):
		return f.unsaved(c, v, err)
	}
	return fault.Wrap("forms.mailReceipt", err)
}

// showCheck recomputes the proof of the latest answer.
func (f *Forms) showCheck(c echo.Context, v *visit) error {
	steps, err := f.verify(c.Request().Context(), v.view.Last.ID)
	if err != nil {
		return fault.Wrap("forms.showCheck", err)
	}
	page := consent.Verify{Sheet: f.sheet(v.view.Frozen, v.language), Holds: len(steps) > 0, ID: v.view.Last.ID,
		Proof: strconv.FormatInt(int64(v.view.Last.Entry), 10), Back: v.action()}
	page.Tongues = nil // it is the answer to a button: a link to it in another language would lead elsewhere
	for _, s := range steps {
		page.Steps = append(page.Steps, consent.Step{Name: s.Name, OK: s.OK})
		page.Holds = page.Holds && s.OK
	}
	body, err := consent.Draw(consent.VerifyPage(page))
	if err != nil {
		return fault.Wrap("forms.showCheck", err)
	}
	c.Response().Header().Set("Content-Language", v.language)
	return web.HTML(c, http.StatusOK, body)
}

// receipt is what the receipt page says of the latest answer.
func (s *Sheets) receipt(v *visit, preferences string) consent.Receipt {
	sheet := s.sheet(v.view.Frozen, v.language)
	r := consent.Receipt{Sheet: sheet, Preferences: preferences}
	last := v.view.Last
	if last == nil {
		return r
	}
	r.Masked = v.view.Masked()
	r.Lead = lead(v.view)
	if v.outdated() { // what it meant it means no more
		r.Lead = outdated
	}
	r.At, r.ID, r.Document = sheet.P.DateTime(last.At), last.ID, last.Document
	r.Proof = strconv.FormatInt(int64(last.Entry), 10)
	r.PDF, r.JSON = v.action()+"&format=pdf", v.action()+"&format=json"
	for _, d := range last.Decisions {
		line := wording(v.view.Frozen, sheet.P, v.language, campaign.Question{Purpose: d.Purpose, Channel: d.Channel})
		line.State = sheet.P.T("state." + string(d.State))
		r.Lines = append(r.Lines, line)
	}
	return r
}

// lead is the key of the sentence that says what an answer means. What was entered by hand means what was decided, as an
// answer on the form does; but a no to all that was asked is no objection there, and may leave a yes to something else. The
// other acts are a no to everything.
func lead(v campaign.FormView) string {
	r, questions := v.Last, v.Frozen.File.Questions()
	decided := func(q campaign.Question) bool {
		return slices.ContainsFunc(r.Decisions, func(d campaign.Decision) bool { return d.Purpose == q.Purpose && d.Channel == q.Channel })
	}
	switch {
	case r.Kind == campaign.ByOneClick, r.Kind == campaign.ByPage, r.Kind == campaign.ByMail, r.Kind == campaign.ByComplaint:
		return "receipt.objected"
	case slices.ContainsFunc(questions, func(q campaign.Question) bool { return !decided(q) }):
		return "receipt.changed"
	case slices.ContainsFunc(r.Decisions, func(d campaign.Decision) bool { return d.State == campaign.Granted }):
		return "receipt.yes"
	case !v.Suppressed && (r.Kind == campaign.ByPaper || r.Kind == campaign.ByVoice):
		return "receipt.changed"
	}
	return "receipt.no"
}

// ownReceipt says what the file is, and every decision, the refusals too: what the standard has no word for.
type ownReceipt struct {
	What      string              `json:"what"`
	At        string              `json:"event_time"` // RFC 3339, UTC
	Act       string              `json:"act"`        // form, one_click, page, paper, voice, mail, complaint
	Address   string              `json:"address_masked"`
	Decisions []campaign.Decision `json:"decisions"`
	Document  string              `json:"document_sha256,omitempty"`
	Entry     campaign.EntryNo    `json:"ledger_entry"`
	Authority string              `json:"authority"`
}

// download hands out the receipt for programs: the standard one, and under x_reoptin what is said beyond it.
func (f *Forms) download(c echo.Context, v *visit) error {
	receipt, err := f.consent(c.Request().Context(), *v.view.Last)
	if err != nil {
		return fault.Wrap("forms.download", err)
	}
	receipt["x_reoptin"] = own(v)
	body, err := json.MarshalIndent(receipt, "", "  ")
	if err != nil {
		return fault.Wrap("forms.download", err)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="receipt-`+v.view.Last.ID+`.json"`)
	return web.Blob(c, http.StatusOK, "application/json; charset=utf-8", append(body, '\n'))
}

func own(v *visit) ownReceipt {
	last := v.view.Last
	return ownReceipt{
		What:    "Receipt of an answer to a request for consent. It repeats the record; the record itself is proved by its ledger entry.",
		At:      last.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Act:     string(last.Kind),
		Address: v.view.Masked(), Decisions: last.Decisions, Document: last.Document,
		Entry: last.Entry, Authority: v.view.Frozen.Organisation.Authority,
	}
}
