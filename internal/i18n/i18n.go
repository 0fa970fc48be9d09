// Package i18n holds every sentence the house says to people, in every language it speaks.
//
// Sentences live in locale/NAME.LANGUAGE.toml, one file per door and language, under dotted keys.
// Placeholders are written {name} and filled here, in one pass, so that a value can never act as a
// placeholder and no translator can reach a template language. Plural forms follow CLDR.
//
// The people who are asked are spoken to in seven languages; those who work with the house in two of
// them, English and French. Only these two have every file.
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/go-playground/locales"
	"github.com/go-playground/locales/de"
	"github.com/go-playground/locales/en_GB"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/fr"
	"github.com/go-playground/locales/it"
	"github.com/go-playground/locales/nl"
	"github.com/go-playground/locales/pt_PT"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locale/*.toml
var files embed.FS

// Catalogue is all sentences in all languages. It is immutable and safe for concurrent use.
type Catalogue struct {
	tags     []language.Tag // the first is the fallback
	printers map[string]Printer
	matcher  language.Matcher
	house    *Catalogue // the languages of those who work with the house; nil: it is that
}

// New loads the embedded locale files. An error means that a file is broken, which the tests of
// this package exclude for a release.
func New() (*Catalogue, error) { return load(files) }

func load(fsys fs.FS) (*Catalogue, error) {
	bundle := goi18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(fsys, "locale/*.toml")
	if err != nil {
		return nil, err
	}
	english := map[string]string{}
	for _, name := range names {
		file, err := bundle.LoadMessageFileFS(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("locale file %s: %w", path.Base(name), err)
		}
		for _, m := range file.Messages {
			if file.Tag == language.English && strings.HasPrefix(m.ID, saidPrefix) {
				english[m.ID] = m.Other
			}
		}
	}
	phrases := newPhrases(english)
	c := &Catalogue{printers: map[string]Printer{}}
	formats := map[string]locales.Translator{"en": en_GB.New(), "fr": fr.New(), "de": de.New(), "es": es.New(), "it": it.New(), "nl": nl.New(), "pt": pt_PT.New()}
	for _, code := range [...]string{"en", "fr", "de", "es", "it", "nl", "pt"} {
		c.tags = append(c.tags, language.Make(code))
		c.printers[code] = Printer{code: code, format: formats[code], localizer: goi18n.NewLocalizer(bundle, code), phrases: phrases}
	}
	c.matcher = language.NewMatcher(c.tags)
	few := c.tags[:houseLanguages]
	c.house = &Catalogue{tags: few, printers: c.printers, matcher: language.NewMatcher(few)}
	return c, nil
}

// houseLanguages is how many of the languages, from the first, have the files of the dashboard.
const houseLanguages = 2

// House is the catalogue for those who work with the house: it chooses only among the languages that have
// every sentence.
func (c *Catalogue) House() *Catalogue {
	if c.house == nil {
		return c
	}
	return c.house
}

// Languages lists the shipped languages as BCP 47 codes, the fallback first.
func (c *Catalogue) Languages() []string {
	codes := make([]string, len(c.tags))
	for i, tag := range c.tags {
		codes[i] = tag.String()
	}
	return codes
}

// Speaks reports whether a language, or the language it is a variant of, is shipped.
func (c *Catalogue) Speaks(code string) bool {
	base, _, _ := strings.Cut(code, "-")
	return slices.Contains(c.Languages(), strings.ToLower(base))
}

// For is the printer of the best shipped language for a list of wishes, most wanted first. A wish
// is a BCP 47 code or the value of an Accept-Language header; what cannot be read is passed over.
func (c *Catalogue) For(wishes ...string) Printer {
	var tags []language.Tag
	for _, wish := range wishes {
		parsed, _, err := language.ParseAcceptLanguage(wish)
		if err == nil {
			tags = append(tags, parsed...)
		}
	}
	_, i, confidence := c.matcher.Match(tags...)
	if confidence == language.No {
		i = 0
	}
	return c.printers[c.tags[i].String()]
}

// Direction is the writing direction of a language: "rtl" or "ltr".
func Direction(code string) string {
	base, _, _ := strings.Cut(strings.ToLower(code), "-")
	if slices.Contains([]string{"ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"}, base) {
		return "rtl"
	}
	return "ltr"
}
