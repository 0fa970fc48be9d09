package forms

import (
	"net/url"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/consent"
	"github.com/reoptin/reoptin/web"
)

// Preview draws the form and the page after an answer as a sample person would see them, through
// the code that serves them, with the headers of the answer. Links in it lead nowhere. It fails as
// Documents does.
func (s *Sheets) Preview(z campaign.Frozen, sample campaign.Sample) (html, thanks string, header map[string][]string, err error) {
	docs, err := s.Documents(z)
	if err != nil {
		return "", "", nil, err
	}
	v := &visit{
		path:     "/c/preview",
		view:     campaign.FormView{Frozen: &z, Language: sample.Language, Email: sample.Email, Open: true},
		open:     true,
		language: tongue(&z, sample.Language),
	}
	for _, d := range docs {
		if d.Name != documentName(pageForm, v.language) {
			continue
		}
		k, err := take(d)
		if err != nil {
			return "", "", nil, err
		}
		body, err := s.fill(k, v, pageForm, "", "preview", "/p/preview")
		if err != nil {
			return "", "", nil, err
		}
		v.view.Last = sampleAnswer(&z, d)
		after, err := consent.Draw(consent.ReceiptPage(s.receipt(v, "/p/preview")))
		if err != nil {
			return "", "", nil, fault.Wrap("forms.Preview", err)
		}
		header = web.Headers(s.https)
		header["Content-Type"] = []string{d.Media}
		header["Content-Language"] = []string{v.language}
		return string(body), string(after), header, nil
	}
	return "", "", nil, fault.New(fault.Internal, "forms.preview", "the form was not drawn in {language}", "language", v.language).At("forms.Preview")
}

// Style is the style sheet of all pages of an organisation, in its colour.
func Style(o campaign.Organisation) string {
	f, _ := consent.Sheetfile(o.Accent)
	return string(f.Content)
}

// RefusesEmpty reports whether an answer to a campaign in which nothing was chosen is turned away.
func RefusesEmpty(f campaign.File) bool {
	return new(act).choose(f.Questions(), url.Values{"action": {"save"}}) != ""
}

// sampleAnswer is a yes to the first question and a no to the others, so that both can be seen.
func sampleAnswer(z *campaign.Frozen, shown campaign.Document) *campaign.Response {
	r := &campaign.Response{
		ID: "00000000-0000-4000-8000-000000000000", Kind: campaign.ByForm, Language: shown.Language,
		Document: shown.SHA256, At: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
	}
	for i, q := range z.File.Questions() {
		state := campaign.Declined
		if i == 0 {
			state = campaign.Granted
		}
		r.Decisions = append(r.Decisions, campaign.Decision{Purpose: q.Purpose, Channel: q.Channel, State: state})
	}
	return r
}
