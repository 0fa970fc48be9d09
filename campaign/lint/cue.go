package lint

import (
	"slices"
	"strings"
	"sync"
)

// A cue is a word or a phrase that says one thing about a sentence: that it speaks of the yes, of something given, of
// something lost. cue.txt lists them by language and kind, in words and not in patterns: "*" stands for the rest of a
// word, on either side, "#" for a number, ".." for up to three words in between. A kind proves nothing alone; bargain.go weighs what stands together.

// cue is one of them, cut into words.
type cue struct {
	kind  string
	words []string
}

// cues are those of one language by their first word: a whole word, the beginning of one, or what may stand inside.
type cues struct{ whole, begins, inside map[string][]cue }

// token is a word of a folded sentence, a number or a sign of money.
type token struct {
	span
	word string
}

// tokens cuts a folded sentence into words.
func tokens(text string) []token {
	var out []token
	start := -1
	put := func(end int) {
		// What stands in braces is no word: another stands there when the message is written.
		if start == 0 || start > 0 && text[start-1] != '{' {
			out = append(out, token{span{start, end}, text[start:end]})
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if start < 0 {
				start = i
			}
		case r == '%' || r == '€' || r == '£' || r == '$':
			put(i)
			out = append(out, token{span{i, i + len(string(r))}, string(r)})
		default:
			put(i)
		}
	}
	put(len(text))
	return out
}

// allCues reads cue.txt once.
var allCues = sync.OnceValue(func() map[string]*cues {
	out := map[string]*cues{}
	var of *cues
	kind := ""
	for line := range strings.Lines(string(listText("cue.txt"))) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "#" || strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "@ "):
			head := strings.Fields(line)
			if kind = head[2]; out[head[1]] == nil {
				out[head[1]] = &cues{map[string][]cue{}, map[string][]cue{}, map[string][]cue{}}
			}
			of = out[head[1]]
		default:
			for phrase := range strings.SplitSeq(line, ",") {
				of.add(kind, phrase)
			}
		}
	}
	return out
})

// add files a phrase under its first word.
func (c *cues) add(kind, phrase string) {
	words := strings.Fields(strings.ReplaceAll(normalise(phrase).text, "'", " "))
	if len(words) == 0 {
		return
	}
	first, filed := words[0], c.whole
	switch bare := strings.Trim(first, "*"); {
	case strings.HasPrefix(first, "*"):
		first, filed = bare, c.inside
	case strings.HasSuffix(first, "*"):
		first, filed = bare, c.begins
	}
	filed[first] = append(filed[first], cue{kind, words})
}

// starting gives the cues that may start with a word.
func (c *cues) starting(word string) []cue {
	out := slices.Clone(c.whole[word])
	if number(word) {
		out = slices.Concat(out, c.whole["#"], c.whole[year])
	}
	for n := 2; n <= len(word); n++ {
		out = append(out, c.begins[word[:n]]...)
	}
	for i := 0; len(c.inside) > 0 && i+3 <= len(word); i++ {
		for n := i + 3; n <= len(word); n++ {
			out = append(out, c.inside[word[i:n]]...)
		}
	}
	return out
}

// year stands for a number of four digits.
const year = "####"

// number says whether a word begins with a digit.
func number(word string) bool { return word[0] >= '0' && word[0] <= '9' }

// sign is a cue in a sentence, with how many words it takes.
type sign struct {
	span
	kind     string
	at, upto int
}

// signs gives the cues of a sentence in the order of its words.
func (l lists) signs(language string, words []token) []sign {
	of := allCues()[language]
	if of == nil {
		return nil
	}
	var out []sign
	for i, w := range words {
		key := language + " " + w.word
		starting, known := l.words[key]
		if !known {
			if starting = of.starting(w.word); l.words != nil {
				l.words[key] = starting
			}
		}
		for _, c := range starting {
			if n := matched(c.words, words[i:]); n > 0 {
				out = append(out, sign{span{w.start, words[i+n-1].end}, c.kind, i, i + n})
			}
		}
	}
	return out
}

// mostBetween is how many words ".." may stand for.
const mostBetween = 3

// matched says how many words a phrase takes, from the first on; 0 when it does not stand here.
func matched(phrase []string, words []token) int {
	at := 0
	for i, want := range phrase {
		if want != ".." {
			if at >= len(words) || !fits(want, words[at].word) {
				return 0
			}
			at++
			continue
		}
		for skip := 0; skip <= mostBetween && at+skip < len(words); skip++ {
			if n := matched(phrase[i+1:], words[at+skip:]); n > 0 {
				return at + skip + n
			}
		}
		return 0
	}
	return at
}

// fits says whether a word of a phrase stands for a word.
func fits(want, word string) bool {
	bare := strings.Trim(want, "*")
	switch before, after := strings.HasPrefix(want, "*"), strings.HasSuffix(want, "*"); {
	case want == "#":
		return number(word)
	case want == year:
		return len(word) == len(year) && number(word)
	case before && after:
		return strings.Contains(word, bare)
	case before:
		return strings.HasSuffix(word, bare)
	case after:
		return strings.HasPrefix(word, bare)
	}
	return want == word
}
