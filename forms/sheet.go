package forms

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/static"
	"github.com/reoptin/reoptin/templates/consent"
)

// Sheets draws what people will see of a campaign, for approval, lint and preview as well as for
// serving. It needs no database.
type Sheets struct {
	catalogue *i18n.Catalogue
	https     bool
}

// NewSheets draws with a catalogue; base_url says whether pages are served by https.
func NewSheets(c *i18n.Catalogue, baseURL string) *Sheets {
	return &Sheets{catalogue: c, https: strings.HasPrefix(baseURL, "https://")}
}

// field names one question in a form: newsletter.email.
func field(q campaign.Question) string { return q.Purpose + "." + q.Channel }

// sheet is what the pages of one campaign in one language share.
func (s *Sheets) sheet(f *campaign.Frozen, language string) consent.Sheet {
	o := f.Organisation
	legal := o.LegalName
	if legal == "" {
		legal = o.Name
	}
	if o.LegalForm != "" && !strings.Contains(legal, o.LegalForm) {
		legal += " " + o.LegalForm
	}
	style, logo := look(o)
	return consent.Sheet{
		P:        s.catalogue.For(language),
		Language: language,
		Tongues:  s.tongues(f.File.Languages, language),
		Style:    style, Logo: logo,
		Controller: consent.Controller{
			Name: o.Name, LegalName: legal, Registration: o.Registration, Address: o.Address,
			Email: o.Email, Phone: o.Phone, PrivacyURL: o.PrivacyURL, PrivacyVersion: o.PrivacyVersion, DPO: o.DPO, Authority: o.Authority,
			Recipients: strings.TrimRight(strings.Join(o.Recipients, "; "), ". "),
		},
	}
}

// logoTall is how high a logo is shown at most, in pixels.
const logoTall = 40

// look is what pages have of an organisation's own look: where its style sheet and its logo are.
func look(o campaign.Organisation) (style string, logo consent.Logo) {
	if css, ok := consent.Sheetfile(o.Accent); ok {
		style = css.Path()
	}
	picture, err := o.Picture()
	if err != nil || picture == nil { // it was refused when the organisation was applied
		return style, consent.Logo{}
	}
	d := document(picture.Name, "", picture.Media, picture.Content)
	tall := min(logoTall, picture.Height)
	return style, consent.Logo{Path: static.File{Name: d.Name, SHA256: d.SHA256}.Path(), Width: max(1, picture.Width*tall/picture.Height), Height: tall}
}

// looks are the files that pages of an organisation are shown with.
func looks(o campaign.Organisation) (docs []campaign.Document) {
	if css, ok := consent.Sheetfile(o.Accent); ok {
		docs = append(docs, document(css.Name, "", css.Media, css.Content))
	}
	if picture, err := o.Picture(); err == nil && picture != nil {
		docs = append(docs, document(picture.Name, "", picture.Media, picture.Content))
	}
	return docs
}

func (s *Sheets) tongues(codes []string, current string) []consent.Tongue {
	var tongues []consent.Tongue
	for _, code := range codes {
		tongues = append(tongues, consent.Tongue{Code: code, Name: s.catalogue.For(code).T("language.self"), Current: code == current})
	}
	return tongues
}

// purposes lists what a campaign asks, in one language.
func purposes(f *campaign.Frozen, p i18n.Printer, language string) ([]consent.Purpose, error) {
	var list []consent.Purpose
	for _, q := range f.File.Questions() {
		if len(list) == 0 || list[len(list)-1].Key != q.Purpose {
			purpose, ok := f.Organisation.Purpose(q.Purpose)
			if !ok {
				return nil, fault.New(fault.Invalid, "forms.purpose", "the campaign asks for {purpose}, which the organisation does not have",
					"purpose", q.Purpose).At("forms.Documents").Hint("reoptin organisation show")
			}
			list = append(list, consent.Purpose{
				Key:         purpose.Key,
				Title:       campaign.Text(purpose.Title, language),
				Description: campaign.Text(purpose.Description, language),
				Retention:   p.Period(purpose.Retention),
			})
		}
		last := &list[len(list)-1]
		last.Boxes = append(last.Boxes, consent.Box{Name: "decision." + field(q), Channel: channel(p, q.Channel)})
	}
	return list, nil
}

// channel is how the company would write, in words.
func channel(p i18n.Printer, key string) string { return p.Or("channel."+key, key) }

// form draws the author's part of the form and the questions.
func (s *Sheets) form(f *campaign.Frozen, language string) (consent.Form, error) {
	sheet := s.sheet(f, language)
	asked, err := purposes(f, sheet.P, language)
	if err != nil {
		return consent.Form{}, err
	}
	form := consent.Form{Sheet: sheet, Purposes: asked}
	if d := f.File.Schedule.Deadline; !d.IsZero() {
		form.Deadline = sheet.P.Date(d.Time())
	}
	known := map[string]string{"organisation": sheet.Controller.Name, "deadline": form.Deadline}
	text := f.File.Form[language]
	if form.Title, err = author(text.Title, "form."+language+".title", known); err != nil {
		return consent.Form{}, err
	}
	intro, err := author(text.Intro, "form."+language+".intro", known)
	if err != nil {
		return consent.Form{}, err
	}
	form.Intro = paragraphs(intro)
	if form.Title == "" {
		form.Title = sheet.P.T("form.title")
	}
	return form, nil
}

var placeholder = expression.Of(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// author fills the few placeholders that a form may have: none is personal, since a form shows
// nothing of the person but a masked address.
func author(text, where string, known map[string]string) (string, error) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if _, ok := known[m[1]]; !ok {
			return "", fault.New(fault.Invalid, "forms.placeholder", "{where}: a form has no placeholder {name}; it can use organisation and deadline",
				"where", where, "name", m[1]).At("forms.Documents").Hint("correct it in the campaign file, then reoptin campaign create FILE")
		}
	}
	return placeholder.ReplaceAllStringFunc(text, func(m string) string {
		return known[placeholder.FindStringSubmatch(m)[1]]
	}), nil
}

// paragraphs splits a plain text at its blank lines.
func paragraphs(text string) []string {
	var list []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.Join(strings.Fields(part), " "); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// tongue is the language a page is shown in: the one asked for when the campaign has it, else that
// of the message, else the campaign's first.
func tongue(f *campaign.Frozen, wishes ...string) string {
	for _, wish := range wishes {
		if slices.Contains(f.File.Languages, wish) {
			return wish
		}
	}
	return f.File.Languages[0]
}
