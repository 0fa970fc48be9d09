package mailer

import (
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/mail"
)

// LetterSheet gives what a letter of a campaign says in a language: the same words as the message, but for its links.
func (c *Composer) LetterSheet(f campaign.Frozen, language string) (campaign.LetterSheet, error) {
	l, err := newLayout(f, language)
	if err != nil {
		return campaign.LetterSheet{}, err
	}
	letter, err := l.letter()
	if err != nil {
		return campaign.LetterSheet{}, err
	}
	o := f.Organisation
	s := campaign.LetterSheet{Language: language, Sender: l.known["organisation"], Return: oneLine(o.LegalName, o.Address), Subject: letter.Title,
		Ask: letter.Ask.Lead, Answer: letter.Answer, Object: letter.Object.Text, Privacy: o.PrivacyURL, Home: o.Country}
	for _, b := range letter.Body {
		if b.Kind == mail.Prose {
			s.Body = append(s.Body, b.Text)
		}
	}
	for n, q := range f.File.Questions() {
		p, _ := o.Purpose(q.Purpose)
		s.Items = append(s.Items, campaign.LetterItem{Purpose: q.Purpose, Channel: q.Channel, Text: letter.Ask.Items[n],
			Brief: campaign.Text(p.Title, language) + " – " + l.words.Channels[q.Channel]})
	}
	for _, part := range letter.Legal {
		s.Legal = append(s.Legal, campaign.LetterSection(part))
	}
	s.Legal = append(s.Legal, campaign.LetterSection{Title: letter.Notice.Label, Text: letter.Notice.Href})
	return s, nil
}

// oneLine is a name with an address that may have several lines.
func oneLine(name, address string) string {
	lines := strings.FieldsFunc(address, func(r rune) bool { return r == '\n' || r == '\r' })
	for n := range lines {
		lines[n] = strings.Trim(lines[n], " ,.")
	}
	return join(", ", append([]string{name}, lines...)...)
}

// LetterValues are the texts for the placeholders of one person's letter, and the day on which it is dated as "today".
func (c *Composer) LetterValues(i campaign.Invitation, dated time.Time) (map[string]string, error) {
	words, ok := mail.Speak(i.Language)
	if !ok {
		return nil, fault.New(fault.Internal, "mailer.language", "no message layout for language {language}; there is one for {known}",
			"language", i.Language, "known", strings.Join(mail.Languages(), ", ")).At("mailer.LetterValues")
	}
	out := fillings(words, i.Values)
	out["today"] = words.Date(dated)
	return out, nil
}

// FormLink is the link that the code of a letter opens: the one that a message would have.
func (c *Composer) FormLink(i campaign.Invitation, deadline campaign.Date) string {
	return c.form(i.Link, deadline)
}
