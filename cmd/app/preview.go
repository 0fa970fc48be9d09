package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/consent"
)

// Preview writes message and form of a campaign as a person would see them, in one language or in
// all, and gives the files' names. With the address of a contact their values fill the message.
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
	if contact != "" {
		if sample, err = a.sampleOf(ctx, contact); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	var files []string
	for _, l := range languages {
		sample.Language = l
		wrote, err := a.previewIn(campaign.Frozen{File: c.File, Organisation: o}, sample, dir)
		if err != nil {
			return files, err
		}
		files = append(files, wrote...)
	}
	return files, nil
}

func (a *App) sampleOf(ctx context.Context, who string) (s campaign.Sample, err error) {
	err = a.store.View(ctx, func(r campaign.Reader) error {
		c, err := a.find(r, who)
		s = campaign.Sample{Email: c.Email, Values: campaign.ValuesOf(c)}
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

func (a *App) previewIn(f campaign.Frozen, s campaign.Sample, dir string) ([]string, error) {
	m, parts, err := a.sheets.mail.Preview(f, s)
	if err != nil {
		return nil, err
	}
	pages, err := a.sheets.forms()
	if err != nil {
		return nil, err
	}
	form, thanks, _, err := pages.Preview(f, s)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, file := range []struct{ name, content string }{
		{"message." + s.Language + ".eml", string(m.Bytes)}, {"message." + s.Language + ".html", parts.HTML}, {"message." + s.Language + ".txt", parts.Text},
		{"form." + s.Language + ".html", dressed(form, f.Organisation.Accent)}, {"thanks." + s.Language + ".html", dressed(thanks, f.Organisation.Accent)},
	} {
		path := filepath.Join(dir, file.name)
		if err := os.WriteFile(path, []byte(file.content), 0o600); err != nil {
			return files, unwritable(path, err)
		}
		files = append(files, path)
	}
	return files, nil
}
