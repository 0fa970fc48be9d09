package mailer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/templates/mail"
)

// layout is one language of a campaign while its documents are drawn.
type layout struct {
	language string
	words    mail.Words
	file     campaign.File
	org      campaign.Organisation
	known    map[string]string // the organisation's placeholders
}

// Languages are those that messages can be written in.
func Languages() []string { return mail.Languages() }

// documentName is under which a part is kept: message.fr.html, message.fr.txt.
func documentName(language, kind string) string { return "message." + language + "." + kind }

// Documents draws the message in every language of a campaign as it is kept: the layout and the
// author's words, placeholders of the person in place, nothing personal. The same campaign gives the
// same bytes. Errors are fault.Invalid and name the text: a language that the layout does not speak, an
// unknown placeholder, Markdown that a message may not hold.
func (c *Composer) Documents(f campaign.Frozen) ([]campaign.Document, error) {
	var docs []campaign.Document
	for _, language := range f.File.Languages {
		pair, err := c.documents(f, language)
		if err != nil {
			return nil, err
		}
		docs = append(docs, pair...)
	}
	return docs, nil
}

func (c *Composer) documents(f campaign.Frozen, language string) ([]campaign.Document, error) {
	l, err := newLayout(f, language)
	if err != nil {
		return nil, err
	}
	letter, err := l.letter()
	if err != nil {
		return nil, err
	}
	page, err := mail.HTML(letter)
	if err != nil {
		return nil, fault.Wrap("mailer.Documents", err)
	}
	return []campaign.Document{
		document(documentName(language, "html"), language, "text/html; charset=utf-8", page),
		document(documentName(language, "txt"), language, "text/plain; charset=utf-8", []byte(mail.Text(letter))),
	}, nil
}

func document(name, language, media string, content []byte) campaign.Document {
	sum := sha256.Sum256(content)
	return campaign.Document{SHA256: hex.EncodeToString(sum[:]), Name: name, Language: language, Media: media, Content: content}
}

func newLayout(f campaign.Frozen, language string) (*layout, error) {
	words, ok := mail.Speak(language)
	if !ok {
		return nil, fault.New(fault.Invalid, "mailer.language", "no message layout for language {language}; there is one for {known}",
			"language", language, "known", strings.Join(mail.Languages(), ", ")).At("mailer.Documents")
	}
	l := &layout{language: language, words: words, file: f.File, org: f.Organisation}
	if err := l.inert(); err != nil {
		return nil, err
	}
	var titles []string
	for _, key := range f.File.Purposes {
		p, ok := f.Organisation.Purpose(key)
		if !ok {
			return nil, foreign("purposes", "{key} is no purpose of the organisation", "key", key)
		}
		titles = append(titles, campaign.Text(p.Title, language))
	}
	name := clean(f.Organisation.Name, maxValue)
	l.known = map[string]string{"organisation": name, "brands": clean(cmp.Or(strings.Join(f.Organisation.Brands, ", "), name), maxValue), "deadline": l.deadline(),
		"purposes": strings.Join(titles, ", "), "retention": l.retention()}
	return l, nil
}

// inert refuses braces in the organisation's own texts: they would be taken for placeholders of the
// person when a message is filled.
func (l *layout) inert() error {
	o := l.org
	texts := []string{strings.Join(o.Brands, " "), o.Name, o.LegalName, o.LegalForm, o.Registration, o.Address, o.Email, o.Phone, o.PrivacyURL, o.DPO, o.Authority, strings.Join(o.Recipients, " ")}
	for _, key := range l.file.Purposes {
		p, _ := o.Purpose(key)
		texts = append(texts, campaign.Text(p.Title, l.language), campaign.Text(p.Description, l.language), p.Retention)
	}
	for _, s := range texts {
		if braces(s) {
			return foreign("organisation", "{text} holds double braces, which are kept for placeholders", "text", s)
		}
	}
	return nil
}

func (l *layout) deadline() string {
	if l.file.Schedule.Deadline.IsZero() {
		return ""
	}
	return l.words.Date(l.file.Schedule.Deadline.Time())
}

// letter lays the message out: the author's words, the questions, the links and the legal block.
func (l *layout) letter() (mail.Letter, error) {
	subject, err := l.subject()
	if err != nil {
		return mail.Letter{}, err
	}
	body, err := l.prose()
	if err != nil {
		return mail.Letter{}, err
	}
	w := l.words
	answer := []string{w.Free}
	if d := l.deadline(); d != "" {
		answer = append(answer, mail.Fill(w.Silence, "deadline", d))
	}
	return mail.Letter{
		Language: l.language, Direction: i18n.Direction(l.language), Title: subject, Sender: l.known["organisation"], Body: body,
		Ask:    mail.Ask{Lead: mail.Fill(w.AskLead, "organisation", l.known["organisation"]), Items: l.asks()},
		Choose: mail.Link{Label: w.Choose, Href: "{{" + slotChoose + "}}"},
		Answer: append(answer, mail.Fill(w.Withdraw, "email", l.org.Email)),
		Object: mail.Objection{Text: w.Object, Link: mail.Link{Label: w.ObjectLink, Href: "{{" + slotUnsubscribe + "}}"}},
		Legal:  l.legal(), Notice: mail.Link{Label: w.Notice, Href: l.org.PrivacyURL},
	}, nil
}

// asks is one line for each purpose and channel; the purpose is described once.
func (l *layout) asks() []string {
	var items []string
	last := ""
	for _, q := range l.file.Questions() {
		p, _ := l.org.Purpose(q.Purpose)
		description := ""
		if q.Purpose != last {
			description = sentence(campaign.Text(p.Description, l.language))
		}
		last = q.Purpose
		channel := l.words.Channels[q.Channel]
		if channel == "" {
			channel = q.Channel
		}
		items = append(items, strings.TrimSpace(mail.Fill(l.words.AskItem, "purpose", campaign.Text(p.Title, l.language), "channel", channel, "description", description)))
	}
	return items
}

// legal is the block of COMPLIANCE A.9, in the order in which people ask.
func (l *layout) legal() []mail.Section {
	w, o := l.words, l.org
	who := mail.Fill(w.Who, "identity", l.identity(), "address", strings.TrimRight(o.Address, ". "), "contact", join(", ", o.Email, o.Phone))
	if o.DPO != "" {
		who += " " + mail.Fill(w.DPO, "dpo", o.DPO)
	}
	use := w.Use
	if len(o.Recipients) > 0 {
		use = mail.Fill(w.UseShared, "recipients", strings.TrimRight(strings.Join(o.Recipients, "; "), ". "))
	}
	return []mail.Section{
		{Title: w.WhoTitle, Text: who},
		{Title: w.WhyTitle, Text: w.Why},
		{Title: w.BasisTitle, Text: w.Basis},
		{Title: w.KeepTitle, Text: mail.Fill(w.KeepYes, "retention", l.retention()) + " " + w.KeepNo},
		{Title: w.UseTitle, Text: use},
		{Title: w.RightsTitle, Text: mail.Fill(w.Rights, "email", o.Email) + " " + mail.Fill(w.Complain, "authority", o.Authority)},
	}
}

// identity is the legal name with form and registration.
func (l *layout) identity() string {
	name := l.org.LegalName
	if name == "" {
		name = l.org.Name
	}
	form := l.org.LegalForm
	if strings.Contains(" "+name+" ", " "+form+" ") {
		form = ""
	}
	return join(", ", name, form, l.org.Registration)
}

// retention says the longest time once, or each purpose's own.
func (l *layout) retention() string {
	var each []string
	same := true
	first := ""
	for _, key := range l.file.Purposes {
		p, _ := l.org.Purpose(key)
		period := l.words.Period(p.Retention)
		if first == "" {
			first = period
		}
		same = same && period == first
		each = append(each, mail.Fill(l.words.KeepFor, "purpose", campaign.Text(p.Title, l.language), "retention", period))
	}
	if same {
		return first
	}
	return "(" + strings.Join(each, ", ") + ")"
}

// sentence ends with a full stop.
func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// join joins what is not empty.
func join(by string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, by)
}
