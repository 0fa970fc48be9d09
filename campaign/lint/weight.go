package lint

import (
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

// familiar reads familiar.txt once: the stems of honest requests by language.
var familiar = sync.OnceValue(func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	language := ""
	for line := range strings.Lines(string(listText("familiar.txt"))) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "@":
			language = words[1]
			out[language] = map[string]bool{}
		default:
			for _, w := range words {
				out[language][w] = true
			}
		}
	}
	return out
})

// A stem is the beginning of a word: endings differ, beginnings tell. Shorter words are those of grammar.
const (
	leastStem = 4
	mostStem  = 6
)

func stem(word string) string { return word[:min(len(word), mostStem)] }

// judged weighs a sentence with what is kept; a language without cues is not weighed.
func (l lists) judged(language, before, sentence string, listed bool) (weighing, bool) {
	stems := familiar()[language]
	if allCues()[language] == nil || stems == nil {
		return weighing{}, false
	}
	return l.weigh(language, before, sentence, listed, func(s string) bool { return stems[s] }), true
}
