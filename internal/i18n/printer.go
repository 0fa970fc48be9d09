package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-playground/locales"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"

	"github.com/reoptin/reoptin/internal/expression"
)

// Printer speaks one language. The zero Printer speaks none; get one from Catalogue.For.
type Printer struct {
	code    string
	format  locales.Translator
	own     []*goi18n.Localizer // of its language: what those who are asked read, then what the house reads
	english *goi18n.Localizer   // of the house, for what its language lacks; nil: none
	phrases []phrase            // what is said in English, the closest fit first
}

// Language is the BCP 47 code of the language spoken.
func (p Printer) Language() string { return p.code }

// Dir is the writing direction, for the dir attribute: "ltr" or "rtl".
func (p Printer) Dir() string { return Direction(p.code) }

// T is the sentence of a key with its {name} placeholders filled; args are name-value pairs. An
// unknown key comes back as itself, which the tests of this package exclude for keys in the code.
func (p Printer) T(key string, args ...any) string { return p.Or(key, key, args...) }

// Within is a label as it stands within a sentence: nouns begin with a capital everywhere in German alone.
func (p Printer) Within(label string) string {
	if p.code == "de" {
		return label
	}
	return strings.ToLower(label)
}

// Or is the sentence of a key, or the given wording where the catalogue has none: for faults, whose
// English wording stands in the code.
func (p Printer) Or(key, wording string, args ...any) string {
	text, err := p.find(key, nil)
	if err != nil {
		text = wording
	}
	return fill(text, args)
}

// N is the plural form of a key for n, with {n} and the given placeholders filled.
func (p Printer) N(key string, n int, args ...any) string {
	text, err := p.find(key, n)
	if err != nil {
		return key
	}
	return fill(text, append([]any{"n", p.Number(n)}, args...))
}

// find looks in the language spoken, then in English.
func (p Printer) find(key string, count any) (string, error) {
	text, err := p.ownWords(key, count)
	if err != nil && p.english != nil {
		return localize(p.english, key, count)
	}
	return text, err
}

// ownWords looks in the language spoken only.
func (p Printer) ownWords(key string, count any) (text string, err error) {
	for _, words := range p.own {
		if text, err = localize(words, key, count); err == nil {
			break
		}
	}
	return text, err
}

func localize(words *goi18n.Localizer, key string, count any) (string, error) {
	return words.Localize(&goi18n.LocalizeConfig{MessageID: key, PluralCount: count, TemplateParser: template.IdentityParser{}})
}

// Date is a day in its long form: "2 April 2026", "2 avril 2026", "1er avril 2026". The day is read in t's
// location.
func (p Printer) Date(t time.Time) string {
	day := p.format.FmtDateLong(t)
	if p.code == "fr" && t.Day() == 1 { // the library's French has no ordinal
		day = strings.Replace(day, "1", "1er", 1)
	}
	return day
}

// DateTime is an instant in UTC, to the second: "2 April 2026, 14:03:05 UTC".
func (p Printer) DateTime(t time.Time) string {
	t = t.UTC()
	return p.T("date_time", "date", p.Date(t), "time", t.Format("15:04:05"))
}

var periodShape = expression.Of(`^(\d+)\s*(d|mo|m|y)$`)

// Period says "36mo" in words; what is no period stays as its author wrote it.
func (p Printer) Period(text string) string {
	m := periodShape.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return text
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return text
	}
	switch m[2] {
	case "d":
		return p.N("unit.day", n)
	case "y":
		return p.N("unit.year", n)
	}
	return p.N("unit.month", n)
}

// Number groups digits as the language does.
func (p Printer) Number(n int) string { return p.format.FmtNumber(float64(n), 0) }

// fill replaces {name} in one pass: what a value contains is never looked at again.
func fill(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
