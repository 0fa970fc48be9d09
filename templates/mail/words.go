package mail

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Words are the layout's sentences in one language. {name} is filled by Fill.
type Words struct {
	Greeting, GreetingNamed string // {name}
	GreetingTitled          string // {title} {name}

	SourceDated   string // {source} {date}
	SourceUnknown string // stands where a source would stand
	Relationships map[string]string

	AskLead  string            // {organisation}
	AskItem  string            // {purpose} {channel} {description}
	Channels map[string]string // how a message would come: "by e-mail"
	Choose   string
	Free     string
	Silence  string // {deadline}
	Withdraw string // {email}

	Object     string
	ObjectLink string

	WhoTitle, Who                 string // {identity} {address} {contact}
	DPO                           string // {dpo}
	WhyTitle, Why                 string // {{relationship}} {{source}}
	BasisTitle, Basis             string
	KeepTitle, KeepYes, KeepNo    string // {retention}
	KeepFor                       string // {purpose} {retention}, where purposes differ
	UseTitle, Use                 string
	UseShared                     string // {recipients}, where there are any
	RightsTitle, Rights, Complain string // {email} {authority}
	Notice                        string

	Months [12]string
	First  string // the first day of a month, "" like the others
	Day    string // {day} {month} {year}; "" in this order with nothing between them
	Units  map[string][2]string
}

// Speak gives the words of a language, or of the language it is a variant of.
func Speak(language string) (Words, bool) {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch base {
	case "fr":
		return french(), true
	case "en":
		return english(), true
	case "de":
		return german(), true
	case "es":
		return spanish(), true
	case "it":
		return italian(), true
	case "nl":
		return dutch(), true
	case "pt":
		return portuguese(), true
	}
	return Words{}, false
}

// Languages are those that the layout speaks.
func Languages() []string { return []string{"en", "fr", "de", "es", "it", "nl", "pt"} }

// Fill puts name-value pairs into {name} placeholders in one pass. Personal placeholders in double
// braces stay.
func Fill(text string, pairs ...string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(text, '{')
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:at])
		shown, rest := opened(text[at:], pairs)
		b.WriteString(shown)
		text = rest
	}
}

// opened is what stands for the beginning of a text that begins with a brace, and what follows it.
func opened(text string, pairs []string) (shown, rest string) {
	if strings.HasPrefix(text, "{{") {
		return "{{", text[2:]
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if rest, ok := strings.CutPrefix(text[1:], pairs[i]); ok && strings.HasPrefix(rest, "}") {
			return pairs[i+1], rest[1:]
		}
	}
	return "{", text[1:]
}

// Date is a day in words: "2 April 2026".
func (w Words) Date(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 && w.First != "" {
		day = w.First
	}
	form := w.Day
	if form == "" {
		form = "{day} {month} {year}"
	}
	return Fill(form, "day", day, "month", w.Months[t.Month()-1], "year", strconv.Itoa(t.Year()))
}

// Period says "36mo" in words; what is no period stays as it is.
func (w Words) Period(text string) string {
	text = strings.TrimSpace(text)
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz ")
	n, err := strconv.Atoi(digits)
	unit, ok := w.Units[strings.TrimSpace(text[len(digits):])]
	if err != nil || !ok {
		return text
	}
	if n == 1 {
		return fmt.Sprintf("%d %s", n, unit[0])
	}
	return fmt.Sprintf("%d %s", n, unit[1])
}
