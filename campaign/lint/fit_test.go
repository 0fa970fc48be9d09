package lint

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// corpusFiles are what weights are fitted to. No table of heldout*.txt is among them.
var corpusFiles = []string{"vector.txt", "vector_fr.txt", "vector_en.txt", "vector_de.txt", "vector_es.txt", "vector_it.txt", "vector_nl.txt", "vector_pt.txt",
	"vector_letter.txt", "honest.txt", "kinds.txt"}

// corpus is sentences that offer something for the yes, and honest ones.
func corpus(t *testing.T) []vector {
	t.Helper()
	var out []vector
	for _, file := range corpusFiles {
		for _, v := range vectors(t, file) {
			if v.expect == "error" || v.expect == "clean" {
				out = append(out, v)
			}
		}
	}
	return out
}

// stemsOf gives the stems of a text.
func stemsOf(text string) map[string]bool {
	out := map[string]bool{}
	for _, t := range tokens(normalise(text).text) {
		if len(t.word) >= leastStem && !number(t.word) {
			out[stem(t.word)] = true
		}
	}
	return out
}

// honestStems counts in how many honest sentences of a language each stem stands.
func honestStems(vs []vector) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, v := range vs {
		if v.expect == "clean" {
			if out[v.language] == nil {
				out[v.language] = map[string]int{}
			}
			for s := range stemsOf(v.text) {
				out[v.language][s]++
			}
		}
	}
	return out
}

// example is a sentence as weights see it.
type example struct {
	at   []float64
	bait float64
}

// likely chooses the sentence of a text that is most of a bargain while there are no weights.
func likely(w weighing) float64 {
	return 2*w.of["bargain"] + 2*w.of["listed"] + w.of["two"] + w.of["three"] + w.of["unknown"] + w.of["asked"] + w.of["yes"] + w.of["leave"]
}

// examples looks at every sentence as if it were not itself among the honest ones, whose words it would else all know.
func examples(vs []vector) []example {
	stems, l := honestStems(vs), patterns()
	l.words, l.seen = map[string][]cue{}, map[string]*lineSeen{}
	var out []example
	for _, v := range vs {
		own := stemsOf(v.text)
		known := func(s string) bool {
			return stems[v.language][s] > int(truth(v.expect == "clean" && own[s]))
		}
		text, before, best := normalise(v.text).text, "", weighing{}
		for _, s := range sentences(text) {
			w := l.weigh(v.language, before, text[s.start:s.end], l.listed(v.language, text[s.start:s.end]), known)
			if best.of == nil || likely(w) > likely(best) {
				best = w
			}
			before = text[s.start:s.end]
		}
		e := example{bait: truth(v.expect == "error")}
		for _, f := range facts() {
			e.at = append(e.at, best.of[f.name])
		}
		out = append(out, e)
	}
	return out
}

// fit finds weights by descent along the slope of the logistic loss, with a little pull to nought: the same sentences
// give the same weights.
func fit(es []example) []float64 {
	const rounds, step, pull = 1500, 2, 0.002
	w := make([]float64, len(facts()))
	for range rounds {
		slope := make([]float64, len(w))
		for _, e := range es {
			sum := 0.0
			for i, x := range e.at {
				sum += w[i] * x
			}
			off := 1/(1+math.Exp(-sum)) - e.bait
			for i, x := range e.at {
				slope[i] += off * x
			}
		}
		for i := range w {
			w[i] -= step * (slope[i]/float64(len(es)) + pull*w[i]*truth(i > 0))
		}
	}
	return w
}

// TestWeights holds that weight.txt and familiar.txt are what the sentences give; with -update it writes them.
func TestWeights(t *testing.T) {
	t.Parallel()
	vs := corpus(t)
	stems := honestStems(vs)
	w := fit(examples(vs))
	if *update {
		writeWeights(t, w, stems)
		return
	}
	for i, f := range facts() {
		if got, known := weights()[f.name]; !known || math.Abs(got-w[i]) > 0.02 {
			t.Errorf("%s weighs %.2f in weight.txt and %.2f by the sentences; write it anew with go test -run TestWeights ./campaign/lint -update", f.name, got, w[i])
		}
	}
	if len(weights()) != len(facts()) {
		t.Errorf("weight.txt has %d weights for %d facts", len(weights()), len(facts()))
	}
	for language, want := range stems {
		if got := familiar()[language]; len(got) != len(want) {
			t.Errorf("%s: familiar.txt has %d stems, the honest sentences have %d", language, len(got), len(want))
		}
	}
}

func writeWeights(t *testing.T, w []float64, stems map[string]map[string]int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What each fact about a sentence adds to what speaks for a bargain, fitted to the sentences in testdata by\n# go test -run TestWeights ./campaign/lint -update. Above nought it is taken for one (bargain.go).\n")
	for i, f := range facts() {
		fmt.Fprintf(&b, "%-14s %s  %s\n", f.name, strconv.FormatFloat(w[i], 'f', 2, 64), f.means)
	}
	put(t, "weight.txt", b.String())
	b.Reset()
	b.WriteString("# The stems of the words of honest requests, from the sentences in testdata, by the same command.\n")
	for _, language := range tongues {
		fmt.Fprintf(&b, "@ %s\n", language)
		for line := range slices.Chunk(slices.Sorted(maps.Keys(stems[language])), 18) {
			b.WriteString(strings.Join(line, " ") + "\n")
		}
	}
	put(t, "familiar.txt", b.String())
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
