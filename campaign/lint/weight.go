package lint

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// weights reads weight.txt once: name, weight and what it means.
var weights = sync.OnceValue(func() map[string]float64 {
	out := map[string]float64{}
	for line := range strings.Lines(string(listText("weight.txt"))) {
		if cells := strings.Fields(line); len(cells) > 1 && cells[0] != "#" {
			if w, err := strconv.ParseFloat(cells[1], 64); err == nil {
				out[cells[0]] = w
			}
		}
	}
	return out
})

// byTongue reads a list of what is weighed: the words of each line, below the language that they are of.
func byTongue(name string, each func(language string, words []string)) {
	language := ""
	for line := range strings.Lines(string(listText(name))) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "@":
			language = words[1]
		default:
			each(language, words)
		}
	}
}

// familiar reads familiar.txt once: the stems of honest requests by language.
var familiar = sync.OnceValue(func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	byTongue("familiar.txt", func(language string, words []string) {
		if out[language] == nil {
			out[language] = map[string]bool{}
		}
		for _, w := range words {
			out[language][w] = true
		}
	})
	return out
})

// A stem is the beginning of a word: endings differ, beginnings tell. Shorter words are those of grammar.
const (
	leastStem = 4
	mostStem  = 6
)

func stem(word string) string { return word[:min(len(word), mostStem)] }

// An entry of vocabulary.txt is a word of a language, by its stem, or two kinds of cue of which one comes before the other.
type entry struct{ language, first, then string }

// every is the language of kinds of cue, and figure the stem of any number.
const (
	every  = "*"
	figure = "0"
)

// String writes an entry as vocabulary.txt does, below its language.
func (e entry) String() string {
	if e.then == "" {
		return e.first
	}
	return e.first + ">" + e.then
}

// vocabulary reads vocabulary.txt once: what each entry weighs.
var vocabulary = sync.OnceValue(func() map[entry]float64 {
	out := map[entry]float64{}
	byTongue("vocabulary.txt", func(language string, words []string) {
		for i := 1; i < len(words); i += 2 {
			if w, err := strconv.ParseFloat(words[i], 64); err == nil {
				first, then, _ := strings.Cut(words[i-1], ">")
				out[entry{language, first, then}] = w
			}
		}
	})
	return out
})

// entry is that of a word.
func (t token) entry(language string) entry {
	if number(t.word) {
		return entry{language, figure, ""}
	}
	return entry{language, stem(t.word), ""}
}

// entriesOf gives what of a sentence vocabulary.txt may have, each once.
func entriesOf(language string, words []token, signs []sign) []entry {
	out := make([]entry, 0, 2*len(words))
	add := func(e entry) {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	for _, t := range words {
		add(t.entry(language))
	}
	for i, s := range signs {
		for _, before := range signs[:i] {
			add(entry{every, before.kind, s.kind})
		}
	}
	return out
}

// tells is what a word weighs at least that a finding quotes for that alone.
const tells = 0.4

// tellingWords are those that tell by themselves.
func tellingWords(language string, words []token) (out []span) {
	for _, t := range words {
		if vocabulary()[t.entry(language)] >= tells {
			out = append(out, t.span)
		}
	}
	return out
}

// judged weighs a sentence with what is kept; a language without cues is not weighed.
func (l lists) judged(language, before, sentence string, listed bool) (weighing, bool) {
	stems := familiar()[language]
	if allCues()[language] == nil || stems == nil {
		return weighing{}, false
	}
	return l.weigh(language, before, sentence, listed, func(s string) bool { return stems[s] }), true
}
