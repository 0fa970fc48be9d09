// Package i18n holds every sentence the house says to people, in every language it speaks.
//
// Sentences live in locale/NAME.LANGUAGE.toml, one file per door and language, under dotted keys.
// Placeholders are written {name} and filled here, in one pass, so that a value can never act as a
// placeholder and no translator can reach a template language. Plural forms follow CLDR.
//
// There are two shelves of files. What the people read who are asked (asked) is loaded at once, in every
// language. What those read who work with the house is ten times as much: it is loaded for one language
// when somebody first wants it, so that nobody waits for, or holds in memory, what nobody reads.
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

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
	tags    []language.Tag // the first is the fallback
	matcher language.Matcher
	printer map[string]func() Printer
	house   *Catalogue // for those who work with the house; nil: it is that
}

// codes are the languages, the fallback first.
var codes = [...]string{"en", "fr", "de", "es", "it", "nl", "pt"}

// asked are the doors, as the files name them, of which every language is loaded at once.
var asked = []string{"form", "page"}

// Shipped gives the embedded locale files, read when it is first called: most commands speak English only. An
// error means that a file is broken, which the tests of this package exclude for a release.
var Shipped = sync.OnceValues(func() (*Catalogue, error) { return load(files) })

func load(fsys fs.FS) (*Catalogue, error) {
	c := &Catalogue{printer: map[string]func() Printer{}}
	formats := map[string]locales.Translator{"en": en_GB.New(), "fr": fr.New(), "de": de.New(), "es": es.New(), "it": it.New(), "nl": nl.New(), "pt": pt_PT.New()}
	first := map[string]Printer{}
	for _, code := range codes {
		own, _, err := read(fsys, code, func(door string) bool { return slices.Contains(asked, door) })
		if err != nil {
			return nil, err
		}
		p := Printer{code: code, format: formats[code], own: []*goi18n.Localizer{own}}
		c.tags, first[code] = append(c.tags, language.Make(code)), p
		c.printer[code] = func() Printer { return p }
	}
	c.matcher = language.NewMatcher(c.tags)
	c.house = &Catalogue{tags: c.tags, matcher: c.matcher, printer: housePrinters(fsys, first)}
	return c, nil
}

// housePrinters know the files of the house too, each from when it is first wanted on. What a language does
// not have is said in English, and so is all of a language of which a file is broken, which tests exclude.
func housePrinters(fsys fs.FS, first map[string]Printer) map[string]func() Printer {
	house := func(door string) bool { return !slices.Contains(asked, door) }
	type tongue struct {
		words   *goi18n.Localizer
		phrases []phrase
	}
	english := sync.OnceValue(func() tongue {
		words, messages, _ := read(fsys, codes[0], house)
		return tongue{words, newPhrases(messages)}
	})
	printers := map[string]func() Printer{}
	for code, p := range first {
		printers[code] = sync.OnceValue(func() Printer {
			p, e := p, english()
			words := e.words
			if code != codes[0] {
				words, _, _ = read(fsys, code, house)
			}
			p.phrases, p.english = e.phrases, e.words
			if words != nil {
				p.own = append(slices.Clone(p.own), words)
			}
			return p
		})
	}
	return printers
}

// read loads the files of one language that are of some doors.
func read(fsys fs.FS, code string, of func(door string) bool) (*goi18n.Localizer, []*goi18n.Message, error) {
	names, err := fs.Glob(fsys, "locale/*."+code+".toml")
	if err != nil {
		return nil, nil, err
	}
	bundle := goi18n.NewBundle(language.Make(code))
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	var messages []*goi18n.Message
	for _, name := range names {
		door, _, _ := strings.Cut(path.Base(name), ".")
		if !of(door) {
			continue
		}
		file, err := bundle.LoadMessageFileFS(fsys, name)
		if err != nil {
			return nil, nil, fmt.Errorf("locale file %s: %w", path.Base(name), err)
		}
		messages = append(messages, file.Messages...)
	}
	return goi18n.NewLocalizer(bundle, code), messages, nil
}

// House is the catalogue for those who work with the house: its printers know the files that those who are
// asked never see.
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
	return c.printer[c.tags[i].String()]()
}

// Direction is the writing direction of a language: "rtl" or "ltr".
func Direction(code string) string {
	base, _, _ := strings.Cut(strings.ToLower(code), "-")
	if slices.Contains([]string{"ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"}, base) {
		return "rtl"
	}
	return "ltr"
}
