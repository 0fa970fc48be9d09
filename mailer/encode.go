package mailer

import (
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// The library folds between words, and before the first one when it does not fit beside the name of its field: the field
// then begins with an empty line. That is allowed, and yet some readers show a blank for it and some filters hold it against
// a message. So a text that needs encoding is cut to words of which the first fits, and no character is parted (RFC 2047).

// longestWord is how long an encoded word may be (RFC 2047 section 2).
const longestWord = 75

// besides is how long the first word of a field may be for the library to leave it on the first line.
func besides(field string) int { return gomail.MaxHeaderLength - len(field) - 6 }

// Characters that stand for themselves in an encoded word: in a text all but those that mean something there, in a name
// those that mean nothing anywhere (RFC 2047 section 5).
func inText(c byte) bool { return c > ' ' && c <= '~' && c != '=' && c != '?' && c != '_' }

func inName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!*+-/", c) >= 0
}

// encoded is a text as the value of a field, in encoded words where it needs them.
func encoded(field, text string) string {
	if stands(text, besides(field)) {
		return text
	}
	return strings.Join(encodedWords(text, besides(field), inText), " ")
}

// named is a mailbox with a display name, as the value of a field.
func named(field, name, address string) string {
	switch name = clean(name, maxValue); {
	case name == "":
		return "<" + address + ">"
	case stands(name, besides(field)-len(`""`)):
		return (&netmail.Address{Name: name, Address: address}).String()
	}
	return strings.Join(encodedWords(name, besides(field), inName), " ") + " <" + address + ">"
}

// stands reports whether a text may stand as it is: printable, and its first word no longer than first.
func stands(s string, first int) bool {
	word, _, _ := strings.Cut(s, " ")
	return len(word) <= first && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// encodedWords writes a text in words of which the first is no longer than first.
func encodedWords(text string, first int, plain func(byte) bool) (words []string) {
	const open, end, hex = "=?utf-8?q?", "?=", "0123456789ABCDEF"
	word, limit := open, first
	for _, r := range text {
		var b strings.Builder
		for _, c := range []byte(string(r)) {
			switch {
			case c == ' ':
				b.WriteByte('_')
			case plain(c):
				b.WriteByte(c)
			default:
				b.Write([]byte{'=', hex[c>>4], hex[c&15]})
			}
		}
		if len(word)+b.Len()+len(end) > limit {
			words = append(words, word+end)
			word, limit = open, longestWord
		}
		word += b.String()
	}
	return append(words, word+end)
}
