package i18n

import (
	"slices"
	"strings"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

// Much of what the house says is written down in English before anybody reads it: reasons of verdicts and
// pauses stand in the database and in the ledger, findings and hints are the command line's too. Such a
// sentence is found again by its words. The English locale files hold it under "said." with {placeholders}
// for what differs from time to time; the other languages say the same under the same key.
//
// The name of a placeholder says what its value is: {day…} a date, {what…} another sentence of this sort or
// several between commas, {name…} and all others whatever it may be, which stays as it is.
const saidPrefix = "said."

// phrase is one English sentence taken apart.
type phrase struct {
	key   string
	texts []string // what stands around the placeholders; one more than there are names
	names []string
	fixed int // letters that are the same each time
}

func newPhrase(key, text string) phrase {
	p := phrase{key: key}
	for {
		before, rest, ok := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			p.texts = append(p.texts, text)
			break
		}
		p.texts, p.names, text = append(p.texts, before), append(p.names, name), after
	}
	for _, t := range p.texts {
		p.fixed += len(t)
	}
	return p
}

// match gives the values of a sentence that is this phrase, each of them at least one letter.
func (p phrase) match(text string) (values []string, ok bool) {
	rest, ok := strings.CutPrefix(text, p.texts[0])
	if !ok || len(p.names) == 0 {
		return nil, ok && rest == ""
	}
	last := len(p.names) - 1
	for _, t := range p.texts[1 : last+1] {
		if rest == "" {
			return nil, false
		}
		i := strings.Index(rest[1:], t)
		if i < 0 {
			return nil, false
		}
		values, rest = append(values, rest[:i+1]), rest[i+1+len(t):]
	}
	end, ok := strings.CutSuffix(rest, p.texts[last+1])
	return append(values, end), ok && end != ""
}

// newPhrases puts the closest fit first, so that "a is missing" is not taken for "{key} is missing".
func newPhrases(english []*goi18n.Message) []phrase {
	var ps []phrase
	for _, m := range english {
		if strings.HasPrefix(m.ID, saidPrefix) {
			ps = append(ps, newPhrase(m.ID, m.Other))
		}
	}
	slices.SortFunc(ps, func(a, b phrase) int {
		if a.fixed != b.fixed {
			return b.fixed - a.fixed
		}
		return strings.Compare(a.key, b.key)
	})
	return ps
}

// Said is an English sentence in the language spoken; known is false for one that no locale file has, or
// that holds a {what} that none has. What is not known stays English. In English it is what it was.
func (p Printer) Said(english string) (text string, known bool) {
	text = english
	for _, one := range p.phrases {
		values, ok := one.match(english)
		if !ok || !p.has(one.key) {
			continue
		}
		said, whole := p.say(one, values)
		if text == english || whole {
			text = said
		}
		if whole {
			known = true
			break
		}
	}
	if p.code == "en" {
		text = english
	}
	return text, known
}

// has reports whether the language spoken has a key of its own.
func (p Printer) has(key string) bool {
	_, err := p.ownWords(key, nil)
	return err == nil
}

// say is a phrase with its values, each told as its name says; whole is false when one of them is not known.
func (p Printer) say(one phrase, values []string) (text string, whole bool) {
	whole = true
	args := make([]any, 0, 2*len(values))
	for i, value := range values {
		told, ok := p.value(one.names[i], value)
		whole, args = whole && ok, append(args, one.names[i], told)
	}
	return p.T(one.key, args...), whole
}

// value is a value in the language spoken, after what its name says that it is.
func (p Printer) value(name, value string) (string, bool) {
	switch {
	case strings.HasPrefix(name, "day"):
		if at, err := time.Parse(time.DateOnly, value); err == nil {
			return p.Date(at), true
		}
	case strings.HasPrefix(name, "what"):
		if said, ok := p.Said(value); ok {
			return said, true
		}
		parts := strings.Split(value, ", ")
		all := len(parts) > 1
		for i, part := range parts {
			said, ok := p.Said(part)
			parts[i], all = said, all && ok
		}
		return strings.Join(parts, ", "), all
	}
	return value, true
}
