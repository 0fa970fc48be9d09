package mailer

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// Placeholders that an author may use. Those of the organisation are filled when the documents are
// drawn; those of the person stay in them.
var (
	ofOrganisation = []string{"organisation", "brands", "deadline", "purposes", "retention"}
	ofPerson       = []string{"greeting", "first_name", "last_name", "title", "company", "source"}
)

const (
	slotChoose       = "choose"
	slotUnsubscribe  = "unsubscribe"
	slotRelationship = "relationship" // set by the layout only
	attributePrefix  = "attribute."
)

var placeholder = expression.Of(`\{\{([^{}]*)\}\}`)

// attributeName is the name of an imported column, as far as it can stand in a kept document.
var attributeName = expression.Of(`^attribute\.[^{}<>&"'\x00-\x1f\x{E000}-\x{F8FF}]{1,80}$`)

// ofBody are all names that the author of a message may use.
func ofBody() []string {
	return slices.Concat(ofPerson, ofOrganisation, []string{attributePrefix + "COLUMN", slotChoose, slotUnsubscribe})
}

func personal(name string) bool {
	return slices.Contains(ofPerson, name) || attributeName.MatchString(name)
}

// foreign is a fault for text that a message may not hold.
func foreign(where, what string, args ...any) error {
	return fault.New(fault.Invalid, "mailer.text", "{where}: "+what, append([]any{"where", where}, args...)...).
		At("mailer.Documents").Hint("correct it in the campaign file, then reoptin campaign create FILE")
}

// braces reports whether a text still holds a placeholder or a part of one.
func braces(s string) bool { return strings.Contains(s, "{{") || strings.Contains(s, "}}") }

// Subject is the subject of a campaign's messages in a language, as it is sent.
func Subject(f campaign.Frozen, language string) (string, error) {
	l, err := newLayout(f, language)
	if err != nil {
		return "", err
	}
	return l.subject()
}

// subject fills the subject, which may say nothing personal.
func (l *layout) subject() (string, error) {
	where := "message." + l.language + ".subject"
	unknown := unfilled(where, l.file.Message[l.language].Subject, ofOrganisation)
	out := placeholder.ReplaceAllStringFunc(l.file.Message[l.language].Subject, func(m string) string {
		name := strings.TrimSpace(placeholder.FindStringSubmatch(m)[1])
		value, ok := l.known[name]
		if !ok && unknown == nil {
			unknown = unknownPlaceholder(where, name, ofOrganisation)
		}
		return value
	})
	switch out = clean(out, maxSubject); {
	case unknown != nil:
		return "", unknown
	case braces(out):
		return "", foreign(where, "a placeholder is not closed")
	case out == "":
		return "", foreign(where, "the subject is empty")
	}
	return out, nil
}
