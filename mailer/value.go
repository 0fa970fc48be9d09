package mailer

import (
	"strings"
	"unicode"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/templates/mail"
)

const (
	maxValue   = 200 // runes of a personal value
	maxSubject = 250 // runes
)

// clean makes a value one harmless line: no control, line-break, format or private-use characters,
// single spaces, at most n runes.
func clean(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200c' || r == '\u200d': // joiners are part of the spelling in some scripts
			return r
		case unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp, unicode.Zs):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > n {
		runes = runes[:n]
	}
	return strings.TrimSpace(string(runes))
}

var (
	schemeSign = expression.Of(`:(//+)`)
	domainDot  = expression.Of(`([\p{L}\p{N}])\.([\p{L}\p{N}-]{2,})`)
	atSign     = expression.Of(`(\S)@(\S)`)
)

// unlinked breaks what mail programs would turn into a link: a person's data may never set one.
func unlinked(s string) string {
	if !strings.ContainsAny(s, ":@.") {
		return s
	}
	s = schemeSign.ReplaceAllString(s, ": $1")
	s = atSign.ReplaceAllString(s, "$1 @ $2")
	for {
		next := domainDot.ReplaceAllString(s, "$1. $2")
		if next == s {
			return s
		}
		s = next
	}
}

// fillings are the texts for the placeholders of one person, not yet escaped.
func fillings(w mail.Words, v campaign.Values) map[string]string {
	out := map[string]string{}
	for name, value := range v {
		if personal(name) {
			out[name] = unlinked(clean(value, maxValue))
		}
	}
	out["greeting"] = greeting(w, out)
	out["source"] = source(w, out["source"], v["source_date"])
	out[slotRelationship] = w.Relationships[v["relationship"]]
	return out
}

// greeting uses the first name, else title and last name, else none.
func greeting(w mail.Words, v map[string]string) string {
	switch {
	case v["first_name"] != "":
		return mail.Fill(w.GreetingNamed, "name", v["first_name"])
	case v["title"] != "" && v["last_name"] != "":
		return mail.Fill(w.GreetingTitled, "title", v["title"], "name", v["last_name"])
	}
	return w.Greeting
}

// source says where the address comes from, and honestly so when nobody knows.
func source(w mail.Words, from, on string) string {
	if from == "" {
		from = w.SourceUnknown
	}
	day, err := campaign.ParseDate(on)
	if err != nil || day.IsZero() {
		return from
	}
	return mail.Fill(w.SourceDated, "source", from, "date", w.Date(day.Time()))
}
