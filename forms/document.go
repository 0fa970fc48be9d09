package forms

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/consent"
)

// The kept pages.
const (
	pageForm        = "form"
	pagePreferences = "preferences"
	pageUnsubscribe = "unsubscribe"
)

// documentName is the name under which a page is kept: form.fr.html.
func documentName(name, language string) string { return name + "." + language + ".html" }

// Documents draws every kept page of a campaign in all its languages, slots in place and nothing
// personal in it, and adds the style sheet. The same campaign gives the same bytes. It fails as
// fault.Invalid, naming the setting, when a language, purpose or placeholder is unknown.
func (s *Sheets) Documents(f campaign.Frozen) ([]campaign.Document, error) {
	if err := s.drawable(&f); err != nil {
		return nil, err
	}
	var docs []campaign.Document
	for _, language := range f.File.Languages {
		form, err := s.form(&f, language)
		if err != nil {
			return nil, err
		}
		drawn, err := drawAll(form)
		if err != nil {
			return nil, fault.Wrap("forms.Documents", err)
		}
		for _, name := range [...]string{pageForm, pagePreferences, pageUnsubscribe} {
			docs = append(docs, document(documentName(name, language), language, "text/html; charset=utf-8", marked(drawn[name])))
		}
	}
	return append(docs, looks(f.Organisation)...), nil
}

// drawAll draws the kept pages of one language.
func drawAll(form consent.Form) (map[string][]byte, error) {
	var errs [3]error
	drawn := map[string][]byte{}
	drawn[pageForm], errs[0] = consent.Draw(consent.FormPage(form))
	drawn[pagePreferences], errs[1] = consent.Draw(consent.PreferencesPage(consent.Preferences{Sheet: form.Sheet, Purposes: form.Purposes}))
	drawn[pageUnsubscribe], errs[2] = consent.Draw(consent.UnsubscribePage(consent.Unsubscribe{Sheet: form.Sheet}))
	return drawn, errors.Join(errs[:]...)
}

func document(name, language, media string, content []byte) campaign.Document {
	sum := sha256.Sum256(content)
	return campaign.Document{SHA256: hex.EncodeToString(sum[:]), Name: name, Language: language, Media: media, Content: content}
}

// drawable refuses what would break a page: no language or one that the fixed texts do not speak,
// and the two code points that stand around slots while drawing.
func (s *Sheets) drawable(f *campaign.Frozen) error {
	if len(f.File.Languages) == 0 || len(f.File.Questions()) == 0 {
		return fault.New(fault.Invalid, "forms.empty", "the campaign has no language, purpose or channel to ask about").At("forms.Documents").Hint("correct it in the campaign file, then reoptin campaign create FILE")
	}
	for _, language := range f.File.Languages {
		if !s.catalogue.Speaks(language) {
			return fault.New(fault.Invalid, "forms.language", "languages: {language} is not one of {known}",
				"language", language, "known", strings.Join(s.catalogue.Languages(), ", ")).At("forms.Documents").Hint("correct it in the campaign file, then reoptin campaign create FILE")
		}
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return fault.Wrap("forms.Documents", err)
	}
	if bytes.ContainsAny(raw, consent.SlotOpen+consent.SlotClose) {
		return fault.New(fault.Invalid, "forms.private_use", "a text holds the characters U+E000 or U+E001, which mean nothing to readers").At("forms.Documents").Hint("correct it in the campaign file, then reoptin campaign create FILE")
	}
	return nil
}

// marked makes every pair of braces that an author wrote inert, then writes the slots in braces.
func marked(drawn []byte) []byte {
	return []byte(strings.NewReplacer(
		"{{", "&#123;&#123;",
		"}}", "&#125;&#125;",
		consent.SlotOpen, "{{",
		consent.SlotClose, "}}",
	).Replace(string(drawn)))
}

// kept is a stored page taken apart at its slots.
type kept struct {
	sum   [sha256.Size]byte
	parts []string // one more than slots
	slots []consent.Slot
}

// take reads a stored page. It fails when the bytes are not those the hash promises: what is served
// must be what was approved.
func take(d campaign.Document) (*kept, error) {
	k := &kept{sum: sha256.Sum256(d.Content)}
	if hex.EncodeToString(k.sum[:]) != d.SHA256 {
		return nil, fault.New(fault.Internal, "forms.document", "the kept document {name} no longer matches its hash", "name", d.Name).At("forms.take").Hint("reoptin ledger verify")
	}
	rest := string(d.Content)
	for {
		before, after, found := strings.Cut(rest, "{{")
		name, tail, closed := strings.Cut(after, "}}")
		if !found || !closed {
			k.parts = append(k.parts, rest)
			return k, nil
		}
		k.parts, k.slots = append(k.parts, before), append(k.slots, consent.Slot(name))
		rest = tail
	}
}

// filling is what goes into the slots of one rendering.
type filling struct {
	text     map[consent.Slot]string // escaped when filled in
	fragment map[consent.Slot][]byte // drawn by our own templates
}

// fill writes the page. A slot without a filling stays empty.
func (k *kept) fill(f filling) []byte {
	var b bytes.Buffer
	for i, slot := range k.slots {
		b.WriteString(k.parts[i])
		b.WriteString(html.EscapeString(f.text[slot]))
		b.Write(f.fragment[slot])
	}
	b.WriteString(k.parts[len(k.parts)-1])
	return b.Bytes()
}

// shelfSize bounds how many pages are held in memory: far more than one installation has in use.
const shelfSize = 256

// shelf holds pages by hash. They never change, so there is nothing to invalidate.
type shelf struct {
	mu    sync.Mutex
	pages map[string]*kept
}

func (s *shelf) get(hash string) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages[hash]
}

func (s *shelf) put(hash string, k *kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pages == nil || len(s.pages) >= shelfSize {
		s.pages = map[string]*kept{}
	}
	s.pages[hash] = k
}

// page fetches the kept page of a campaign in a language.
func (f *Forms) page(ctx context.Context, z *campaign.Frozen, name, language string) (*kept, error) {
	hash := z.Documents[documentName(name, language)]
	if k := f.pages.get(hash); k != nil {
		return k, nil
	}
	d, err := f.desk.Document(ctx, hash)
	if err != nil {
		// Not the visitor's 404: the link is good, the page it promises is missing.
		return nil, fault.New(fault.Internal, "forms.document_missing", "the kept document {name} cannot be read",
			"name", documentName(name, language)).At("forms.page").Because(err)
	}
	k, err := take(d)
	if err != nil {
		return nil, err
	}
	f.pages.put(hash, k)
	return k, nil
}
