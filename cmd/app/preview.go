package app

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/consent"
)

// Preview writes message, letter and form of a campaign as a person would see them, as far as it asks that way, in one
// language or in all, and gives the files' names. With the address of a contact their values fill the message.
func (a *App) Preview(ctx context.Context, name, language, contact, dir string) ([]string, error) {
	c, err := a.Desk.Campaign(ctx, name)
	if err != nil {
		return nil, err
	}
	o, err := a.Desk.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	languages := c.File.Languages
	if language != "" {
		if _, ok := c.File.Message[language]; !ok {
			return nil, fault.New(fault.Invalid, "preview.language", "the campaign does not speak {language}", "language", language).
				Hint("it speaks " + strings.Join(languages, ", "))
		}
		languages = []string{language}
	}
	sample := campaign.Sample{Email: "jeanne@example.net", Values: campaign.Values{"first_name": "Jeanne", "last_name": "Martin", "source": "website form", "source_date": "2025-03-14"}}
	maps.Copy(sample.Values, campaign.MadeUpPlace())
	if contact != "" {
		if sample, err = a.sampleOf(ctx, contact, o.Country); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	var files []string
	for _, l := range languages {
		sample.Language = l
		wrote, err := a.previewIn(ctx, campaign.Frozen{File: c.File, Organisation: o}, sample, dir)
		if err != nil {
			return files, err
		}
		files = append(files, wrote...)
	}
	return files, nil
}

func (a *App) sampleOf(ctx context.Context, who, home string) (s campaign.Sample, err error) {
	err = a.store.View(ctx, func(r campaign.Reader) error {
		c, err := a.find(r, who)
		s = campaign.Sample{Email: c.Email, Values: campaign.PostalValuesOf(c, home)}
		return err
	})
	return s, err
}

// dressed is a page with its style sheet inside, so that it looks as people see it when it is opened as a file.
func dressed(page, accent string) string {
	css, ok := consent.Sheetfile(accent)
	if !ok {
		return page
	}
	return strings.ReplaceAll(page, `<link rel="stylesheet" href="`+css.Path()+`">`, "<style>"+string(css.Content)+"</style>")
}

// previewed is one file of a preview.
type previewed struct{ name, content string }

func (a *App) previewIn(ctx context.Context, f campaign.Frozen, s campaign.Sample, dir string) (files []string, err error) {
	var all []previewed
	if f.File.Mails() {
		m, parts, err := a.sheets.mail.Preview(f, s)
		if err != nil {
			return nil, err
		}
		all = append(all, previewed{"message." + s.Language + ".eml", string(m.Bytes)}, previewed{"message." + s.Language + ".html", parts.HTML}, previewed{"message." + s.Language + ".txt", parts.Text})
	}
	if f.File.Posts(s) {
		var pdf bytes.Buffer
		if err := a.sheets.Letter(ctx, &pdf, f, s, a.clock()); err != nil {
			return nil, err
		}
		all = append(all, previewed{"letter." + s.Language + ".pdf", pdf.String()})
	}
	pages, err := a.sheets.forms()
	if err != nil {
		return nil, err
	}
	form, thanks, _, err := pages.Preview(f, s)
	if err != nil {
		return nil, err
	}
	all = append(all, previewed{"form." + s.Language + ".html", dressed(form, f.Organisation.Accent)}, previewed{"thanks." + s.Language + ".html", dressed(thanks, f.Organisation.Accent)})
	for _, file := range all {
		path := filepath.Join(dir, file.name)
		if err := os.WriteFile(path, []byte(file.content), 0o600); err != nil {
			return files, unwritable(path, err)
		}
		files = append(files, path)
	}
	return files, nil
}
