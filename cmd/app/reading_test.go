package app

import (
	"math"
	"regexp"
	"strings"
	"unicode"
)

// How easily texts are read is measured by a published formula for each language, all on the scale of Flesch (100 is
// easiest) but Gulpease, which has its own from 0 to 100, and by Björnsson's LIX for all, where less is easier.

// formula is one of them: what it is called and who published it, the least that we allow, and how it counts.
type formula struct {
	name  string
	least float64
	of    func(c counts) float64
}

// counts are what the formulas rest on.
type counts struct{ sentences, words, syllables, letters, long float64 }

func formulas() map[string]formula {
	flesch := func(base, sentence, word float64) func(counts) float64 {
		return func(c counts) float64 { return base - sentence*c.words/c.sentences - word*c.syllables/c.words }
	}
	return map[string]formula{
		"en": {"Flesch Reading Ease (1948)", 60, flesch(206.835, 1.015, 84.6)},
		"fr": {"Kandel and Moles (1958)", 60, flesch(207, 1.015, 73.6)},
		"de": {"Amstad (1978)", 60, flesch(180, 1, 58.5)},
		"es": {"Szigriszt-Pazos (1993)", 60, flesch(206.835, 1, 62.3)},
		"it": {"Gulpease (1988)", 60, func(c counts) float64 { return 89 + (300*c.sentences-10*c.letters)/c.words }},
		"nl": {"Douma (1960)", 60, flesch(206.84, 0.93, 77)},
		"pt": {"Martins and others (1996)", 60, flesch(248.835, 1.015, 84.6)},
	}
}

const (
	mostLIX     = 45.0
	mostLIXName = "LIX (Björnsson 1968)"
)

func (c counts) lix() float64 { return c.words/c.sentences + 100*c.long/c.words }

var (
	ends      = regexp.MustCompile(`[.!?:]+(\s|$)`)
	anyWord   = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}'’-]*`)
	silentEnd = map[string]*regexp.Regexp{"fr": regexp.MustCompile(`(e|es|ent)$`), "en": regexp.MustCompile(`(e|ed|es)$`)}
)

// count counts a text. A syllable is a run of vowels; of French and English words the ending that is not spoken
// is none, unless it is the only one.
func count(language, text string) (c counts) {
	for _, sentence := range ends.Split(text, -1) {
		words := anyWord.FindAllString(sentence, -1)
		if len(words) == 0 {
			continue
		}
		c.sentences++
		for _, w := range words {
			c.words++
			n := 0
			for _, r := range w {
				if unicode.IsLetter(r) || unicode.IsNumber(r) {
					n++
				}
			}
			c.letters += float64(n)
			if n > 6 {
				c.long++
			}
			c.syllables += syllables(language, strings.ToLower(w))
		}
	}
	return c
}

func syllables(language, w string) float64 {
	n, before := 0, false
	for _, r := range w {
		vowel := strings.ContainsRune("aeiouyàâäáãåèéêëìíîïòóôöõùúûüýÿœæ", r)
		if vowel && !before {
			n++
		}
		before = vowel
	}
	if silent := silentEnd[language]; silent != nil && n > 1 && silent.MatchString(w) {
		n--
	}
	return math.Max(1, float64(n))
}
