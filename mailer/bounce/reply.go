package bounce

import (
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// auto recognises what no person wrote: out of office, challenges, lists (RFC 3834 section 2; COMPLIANCE E.1).
func auto(m *message, r *Report) bool {
	h := m.head
	submitted, _, _ := strings.Cut(strings.ToLower(h.get("auto-submitted")), ";")
	submitted = strings.TrimSpace(submitted)
	subject := fold(h.decoded("subject"))
	switch {
	case submitted != "" && submitted != "no":
	case absence.MatchString(subject), challenge.MatchString(subject) && !answers.MatchString(subject): // what is answered may be a subject of ours
	case precedence.MatchString(h.get("precedence")):
	case h.has("x-autoreply"), h.has("x-autorespond"), h.has("x-autoresponder"), h.has("x-autoresponse"), h.has("x-auto-reply-from"), h.has("x-mail-autoreply"):
	case h.has("x-auto-response-suppress"), h.has("list-id"), h.has("list-unsubscribe"), h.has("list-post"):
	case r.Sender != nil && *r.Sender == "":
	case soundsAutomatic(m):
	default:
		return false
	}
	if ofServer(r.From) && !absence.MatchString(subject) && !soundsAutomatic(m) {
		r.Kind = KindOther // a bounce that is not understood: no person's program writes from there
		return true
	}
	r.Kind = KindAuto
	r.Recipients = []Recipient{{Address: r.From, Meaning: MeansAuto, Text: short(h.decoded("subject"))}}
	if words := saysLeft(m); words != "" {
		r.Recipients[0].Meaning, r.Recipients[0].Text = MeansLeft, short(words)
	}
	m.remember(r)
	return true
}

var precedence = expression.Of(`(?i)^\s*(bulk|junk|list|auto[_-]?reply)`)

// soundsAutomatic judges by the words alone. Who says stop in the first line is no machine.
func soundsAutomatic(m *message) bool {
	lines := ownLines(m.written())
	if len(lines) == 0 || saysStop(lines[0]) {
		return false
	}
	return away.MatchString(lines[0]) || challenge.MatchString(start(strings.Join(lines, " "), mostAnswer)) || toReturnPath(m) && saysLeft(m) != ""
}

// stop reads what a person writes back: an objection when the first line of their own says so (GDPR
// art. 21; COMPLIANCE C.6). Everything else is for people to read, also what a machine might have written.
func stop(m *message, r *Report) bool {
	m.remember(r)
	line, subject := "", fold(m.head.decoded("subject"))
	if lines := ownLines(m.written()); len(lines) > 0 {
		line = lines[0]
	} else if line = subject; answers.MatchString(line) { // only a subject, as a mail program sends it for an unsubscribe address
		return false
	}
	if !saysStop(line) || away.MatchString(line) || challenge.MatchString(line) {
		return false
	}
	r.Kind = KindStop
	r.Recipients = []Recipient{{Address: r.From, Meaning: MeansOptOut, Text: short(line)}}
	return true
}

// The bounds of what is read of an answer.
const (
	mostRead = 400
	mostOwn  = 40
)

// ownLines are the lines that the writer wrote, folded: no quotation, no salutation. Some write below what they quote: only
// where each line of it has its mark is it known where it ends.
func ownLines(text string) (own []string) {
	lines := strings.SplitN(text, "\n", mostRead+1)
	lines = lines[:min(len(lines), mostRead)]
	quotes := false // what follows is quoted, if no marks say otherwise
	for n, line := range lines {
		folded := start(fold(start(line, 4000)), 500)
		switch {
		case folded == "":
		case folded[0] == '>' || folded[0] == '|':
			quotes = false
		case quotes || separator.MatchString(folded) || len(own) == mostOwn:
			return own
		case attribution.MatchString(folded):
			quotes = true
		case attributes.MatchString(folded) && !stopWords.MatchString(folded) && n+1 < len(lines) && attribution.MatchString(folded+" "+fold(start(lines[n+1], 500))):
		case salutation.MatchString(folded) && !stopWords.MatchString(folded):
		default:
			own = append(own, folded)
		}
	}
	return own
}

// start is the first octets of a text.
func start(text string, n int) string {
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "")
	}
	return text
}

// A stop needs nobody, but what stands beside it may: a question, a wish to see or erase what is held, a threat. Of the line that
// says stop so many words are taken for the stop itself, and of what follows so many for a name.
const (
	wordsOfStop = 14
	wordsOfName = 4
)

// saysMore reports whether a person's own lines hold more than a stop, thanks and a name. In doubt they do.
func saysMore(own []string) bool {
	for n, line := range own {
		words := len(strings.Fields(line))
		switch {
		case strings.ContainsAny(line, "?¿"), n == 0 && words > wordsOfStop:
			return true
		case n == 0 || words <= wordsOfName || closing.MatchString(line) || saysStop(line) && words <= wordsOfStop:
		default:
			return true
		}
	}
	return false
}
