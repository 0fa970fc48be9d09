package campaign

import (
	"strings"
	"unicode"
)

// plain reduces a name or heading to what makes it the same for a reader: letters and digits, without
// case, accents, spaces and punctuation. Letters of other alphabets stay as they are.
func plain(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range strings.ToLower(s) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		case r > 0x7f && bare[r] != "":
			b.WriteString(bare[r])
		case r > 0x7f && (unicode.IsLetter(r) && r != 'º' && r != 'ª' || unicode.IsDigit(r)):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isPlain knows what is reduced already, which most words of a base are.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// bare gives the letters under the accents of the Latin script, lower case.
var bare = bareTable(map[string]string{
	"a": "àáâãäåāăą", "ae": "æ", "c": "çćĉċč", "d": "ďđð", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥħ", "i": "ìíîïĩīĭįı", "ij": "ĳ", "j": "ĵ",
	"k": "ķ", "l": "ĺļľŀł", "n": "ñńņňŉ", "o": "òóôõöøōŏő", "oe": "œ", "r": "ŕŗř", "s": "śŝşšș", "ss": "ß", "t": "ţťŧț", "th": "þ",
	"u": "ùúûüũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
})

func bareTable(letters map[string]string) map[rune]string {
	t := map[rune]string{}
	for to, from := range letters {
		for _, r := range from {
			t[r] = to
		}
	}
	return t
}
