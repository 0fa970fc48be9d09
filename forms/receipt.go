package forms

import (
	"encoding/json"
	"net/http"
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
	if c.QueryParam("format") == "json" && v.view.Last != nil {
		return f.download(c, v)
	}
	preferences := "/p/" + f.links.Mint(link.Preferences, v.id, v.never()) + "?lang=" + v.language
	body, err := consent.Draw(consent.ReceiptPage(f.receipt(v, preferences)))
	if err != nil {
		return fault.Wrap("forms.showReceipt", err)
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
	r.Masked = v.view.Email.Redacted()
	r.Lead = lead(last, len(v.view.Frozen.File.Questions()))
	r.At, r.ID, r.Document = sheet.P.DateTime(last.At), last.ID, last.Document
	r.Proof = strconv.FormatInt(int64(last.Entry), 10)
	r.Download = v.path + "?format=json"
	for _, d := range last.Decisions {
		line := wording(v.view.Frozen, sheet.P, v.language, campaign.Question{Purpose: d.Purpose, Channel: d.Channel})
		line.State = sheet.P.T("state." + string(d.State))
		r.Lines = append(r.Lines, line)
	}
	return r
}

// lead is the key of the sentence that says what an answer means.
func lead(r *campaign.Response, questions int) string {
	granted := false
	for _, d := range r.Decisions {
		granted = granted || d.State == campaign.Granted
	}
	switch {
	case r.Kind != campaign.ByForm:
		return "receipt.objected"
	case len(r.Decisions) < questions:
		return "receipt.changed"
	case granted:
		return "receipt.yes"
	}
	return "receipt.no"
}

// kantara is a consent receipt with the keys of Kantara CR 1.1 as far as we have the facts, and what
// that standard has no word for under x_reoptin.
type kantara struct {
	Version          string           `json:"version"`
	Jurisdiction     string           `json:"jurisdiction"`
	ConsentTimestamp int64            `json:"consentTimestamp"` // seconds since 1970
	CollectionMethod string           `json:"collectionMethod"`
	ReceiptID        string           `json:"consentReceiptID"`
	Language         string           `json:"language"`
	PrincipalID      string           `json:"piiPrincipalId"`
	PolicyURL        string           `json:"policyUrl"`
	Controllers      []kantaraParty   `json:"piiControllers"`
	Services         []kantaraService `json:"services"` // what was agreed to; empty after a no
	Sensitive        bool             `json:"sensitive"`
	SpecialCategory  []string         `json:"spiCat"`
	Own              ownReceipt       `json:"x_reoptin"`
}

type kantaraParty struct {
	Name    string            `json:"piiController"`
	Contact string            `json:"contact"`
	Address map[string]string `json:"address"`
	Email   string            `json:"email"`
	Phone   string            `json:"phone,omitempty"`
}

type kantaraService struct {
	Service  string           `json:"service"`
	Purposes []kantaraPurpose `json:"purposes"`
}

type kantaraPurpose struct {
	Purpose     string   `json:"purpose"`
	Category    []string `json:"purposeCategory"`
	ConsentType string   `json:"consentType"`
	PIICategory []string `json:"piiCategory"`
	Primary     bool     `json:"primaryPurpose"`
	Termination string   `json:"termination"`
	ThirdParty  bool     `json:"thirdPartyDisclosure"`
}

// ownReceipt says what the file is, and every decision, the refusals too.
type ownReceipt struct {
	What      string              `json:"what"`
	At        string              `json:"event_time"` // RFC 3339, UTC
	Act       string              `json:"act"`        // form, one_click, page
	Address   string              `json:"address_masked"`
	Decisions []campaign.Decision `json:"decisions"`
	Document  string              `json:"document_sha256,omitempty"`
	Entry     campaign.EntryNo    `json:"ledger_entry"`
	Authority string              `json:"authority"`
}

// methods says how an answer was collected.
var methods = map[campaign.ResponseKind]string{
	campaign.ByForm:     "web form behind a signed link, unticked boxes and a button",
	campaign.ByPage:     "web page behind a signed link, a button that says no",
	campaign.ByOneClick: "one-click unsubscribe of the mail program (RFC 8058)",

	campaign.ByMail:      "e-mail: a reply to the message, its signed unsubscribe address, or an unsubscribe at the mail provider",
	campaign.ByComplaint: "complaint through the mailbox provider",
}

func (f *Forms) download(c echo.Context, v *visit) error {
	body, err := json.MarshalIndent(machine(v), "", "  ")
	if err != nil {
		return fault.Wrap("forms.download", err)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="receipt-`+v.view.Last.ID+`.json"`)
	return web.Blob(c, http.StatusOK, "application/json; charset=utf-8", append(body, '\n'))
}

// machine is the receipt for programs.
func machine(v *visit) kantara {
	o, last := v.view.Frozen.Organisation, v.view.Last
	contact := o.DPO
	if contact == "" {
		contact = o.Email
	}
	return kantara{
		Version: "KI-CR-v1.1.0", Jurisdiction: o.Country, ConsentTimestamp: last.At.Unix(),
		CollectionMethod: methods[last.Kind], ReceiptID: last.ID, Language: last.Language,
		PrincipalID: "contact-" + strconv.FormatInt(int64(v.view.Contact), 10), PolicyURL: o.PrivacyURL,
		Controllers: []kantaraParty{{
			Name: o.LegalName, Contact: contact, Email: o.Email, Phone: o.Phone,
			Address: map[string]string{"streetAddress": o.Address, "addressCountry": o.Country},
		}},
		Services: services(v), SpecialCategory: []string{},
		Own: ownReceipt{
			What:    "Receipt of an answer to a request for consent. It repeats the record; the record itself is proved by its ledger entry.",
			At:      last.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
			Act:     string(last.Kind),
			Address: v.view.Email.Redacted(), Decisions: last.Decisions, Document: last.Document,
			Entry: last.Entry, Authority: o.Authority,
		},
	}
}

// services lists what was agreed to, one entry per purpose.
func services(v *visit) []kantaraService {
	list := []kantaraService{}
	for _, d := range v.view.Last.Decisions {
		if d.State != campaign.Granted {
			continue
		}
		purpose, _ := v.view.Frozen.Organisation.Purpose(d.Purpose)
		if len(list) == 0 || list[len(list)-1].Service != d.Purpose {
			list = append(list, kantaraService{Service: d.Purpose})
		}
		termination := "withdrawal"
		if purpose.Retention != "" {
			termination += ", or " + purpose.Retention + " after the consent"
		}
		s := &list[len(list)-1]
		s.Purposes = append(s.Purposes, kantaraPurpose{
			Purpose:  campaign.Text(purpose.Title, v.view.Last.Language) + " (" + d.Channel + ")",
			Category: []string{"6 - Marketing"}, ConsentType: "EXPLICIT", PIICategory: []string{"2 - Contact"},
			Primary: true, Termination: termination,
		})
	}
	return list
}
