package paper

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// covered are the letters that the font has, from and to; a test holds them against the font itself.
var covered = &unicode.RangeTable{R16: []unicode.Range16{
	{0x20, 0x7e, 1}, {0xa0, 0xac, 1}, {0xae, 0x24f, 1}, {0x259, 0x259, 1}, {0x2bb, 0x2bc, 1}, {0x2c6, 0x2dd, 1},
	{0x370, 0x377, 1}, {0x37a, 0x37f, 1}, {0x384, 0x38a, 1}, {0x38c, 0x38c, 1}, {0x38e, 0x3a1, 1}, {0x3a3, 0x3e1, 1},
	{0x3f0, 0x52f, 1}, {0x1e00, 0x1eff, 1}, {0x2000, 0x200a, 1}, {0x2010, 0x2027, 1}, {0x202f, 0x203e, 1},
	{0x2044, 0x2044, 1}, {0x20a0, 0x20bf, 1}, {0x2116, 0x2116, 1}, {0x2122, 0x2122, 1}, {0xfffd, 0xfffd, 1},
}, LatinOffset: 3}

// clean is a text that can be drawn: line breaks stay, other signs that steer something are left out, and letters
// that the font lacks become the sign for an unknown letter. Signs that only guide the breaking of lines, or the
// look of an emoji, are dropped.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || unicode.Is(covered, r):
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return unicode.ReplacementChar
	}, norm.NFC.String(text))
}

// tag is a language tag without anything that could not stand in one.
func tag(language string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, language)
}

func number(n int) string { return strconv.Itoa(n) }
