package app

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/mailer"
	"github.com/reoptin/reoptin/mailer/letter"
)

// sheets joins what the mailer and the forms render, for lint, preview and approval.
type sheets struct {
	mail    *mailer.Composer
	letters *letter.Composer
	forms   func() (*forms.Sheets, error)
}

// Documents are the kept versions of message and form, in every language.
func (s sheets) Documents(f campaign.Frozen) ([]campaign.Document, error) {
	mail, err := s.mail.Documents(f)
	if err != nil {
		return nil, err
	}
	form, err := s.forms()
	if err != nil {
		return nil, err
	}
	pages, err := form.Documents(f)
	if err != nil {
		return nil, err
	}
	post, err := s.letters.Documents(f)
	return slices.Concat(mail, pages, post), err
}

// Letter is the letter that one sample contact would get.
func (s sheets) Letter(ctx context.Context, w io.Writer, f campaign.Frozen, sample campaign.Sample, at time.Time) error {
	return s.letters.Preview(ctx, w, f, sample, at)
}

// Render is what one sample contact would see.
func (s sheets) Render(f campaign.Frozen, sample campaign.Sample) (lint.Sheets, error) {
	m, parts, err := s.mail.Preview(f, sample)
	if err != nil {
		return lint.Sheets{}, err
	}
	form, err := s.forms()
	if err != nil {
		return lint.Sheets{}, err
	}
	html, thanks, header, err := form.Preview(f, sample)
	if err != nil {
		return lint.Sheets{}, err
	}
	return lint.Sheets{Language: sample.Language,
		Message: lint.Message{Subject: parts.Subject, Text: parts.Text, HTML: parts.HTML, Header: parts.Header, Raw: m.Bytes},
		Form:    lint.Form{HTML: html, Style: forms.Style(f.Organisation), Header: header, Thanks: thanks, AcceptsEmpty: !forms.RefusesEmpty(f.File)}}, nil
}
