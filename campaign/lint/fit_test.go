package lint

import (
	"cmp"
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
	"vector_letter.txt", "honest.txt", "kinds.txt", "even.txt", "wide.txt"}

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

// example is a sentence as weights see it: what is true of it by the places of facts, its stems by those that follow.
type example struct {
	places []int
	values []float64
	bait   float64
}

// likely chooses the sentence of a text that is most of a bargain while there are no weights.
func likely(w weighing) float64 {
	return 2*w.of["bargain"] + 2*w.of["listed"] + w.of["two"] + w.of["three"] + w.of["unknown"] + w.of["asked"] + w.of["yes"] + w.of["leave"]
}

// examples looks at every sentence as if it were not itself among the honest ones, whose words it would else all know.
// It gives also the entries of vocabulary.txt, whose weights stand behind those of the facts.
func examples(vs []vector) (out []example, entries []entry) {
	known, l := honestStems(vs), patterns()
	l.words, l.seen = map[string][]cue{}, map[string]*lineSeen{}
	weighings, often := make([]weighing, len(vs)), map[entry]int{}
	for n, v := range vs {
		own := stemsOf(v.text)
		familiar := func(s string) bool {
			return known[v.language][s] > int(truth(v.expect == "clean" && own[s]))
		}
		weighings[n] = l.weightiest(v.language, normalise(v.text).text, familiar)
		for _, e := range weighings[n].entries {
			often[e]++
		}
	}
	at := map[entry]int{}
	for _, e := range slices.SortedFunc(maps.Keys(often), entry.compare) {
		if often[e] >= leastOften {
			at[e] = len(facts()) + len(entries)
			entries = append(entries, e)
		}
	}
	for n, v := range vs {
		e := example{bait: truth(v.expect == "error")}
		for i, f := range facts() {
			if x := weighings[n].of[f.name]; x != 0 {
				e.places, e.values = append(e.places, i), append(e.values, x)
			}
		}
		for _, entry := range weighings[n].entries {
			if i, is := at[entry]; is {
				e.places, e.values = append(e.places, i), append(e.values, 1)
			}
		}
		out = append(out, e)
	}
	return out, entries
}

// weightiest weighs the sentence of a text that is most of a bargain while there are no weights.
func (l lists) weightiest(language, text string, familiar func(string) bool) (best weighing) {
	before := ""
	for _, s := range sentences(text) {
		w := l.weigh(language, before, text[s.start:s.end], l.listed(language, text[s.start:s.end]), familiar)
		if best.of == nil || likely(w) > likely(best) {
			best = w
		}
		before = text[s.start:s.end]
	}
	return best
}

func (e entry) compare(o entry) int {
	return cmp.Or(cmp.Compare(e.language, o.language), cmp.Compare(e.first, o.first), cmp.Compare(e.then, o.then))
}

// leastOften is in how many sentences an entry stands that has a weight.
const leastOften = 3

// fit finds weights by descent along the slope of the logistic loss, with a little pull to nought, each weight with a pace
// of its own (AdaGrad): the same sentences give the same weights. Entries are thousands and move at half the pace.
func fit(es []example, weights int) []float64 {
	const rounds, pace, pull = 30, 0.15, 0.0005
	w, moved := make([]float64, weights), make([]float64, weights)
	for range rounds {
		for n := range es {
			e := &es[n*stride%len(es)] // far apart, so that no language or kind comes all at once
			sum := 0.0
			for k, i := range e.places {
				sum += w[i] * e.values[k]
			}
			off := 1/(1+math.Exp(-sum)) - e.bait
			for k, i := range e.places {
				slope, mine := off*e.values[k]+pull*w[i], pace
				if i >= len(facts()) {
					mine /= 2
				}
				if moved[i] += slope * slope; slope != 0 {
					w[i] -= mine * slope / math.Sqrt(moved[i])
				}
			}
		}
	}
	return w
}

// stride is a prime that no number of sentences is a multiple of.
const stride = 7919

// TestWeights holds that weight.txt and familiar.txt are what the sentences give; with -update it writes them.
func TestWeights(t *testing.T) {
	t.Parallel()
	vs := corpus(t)
	stems := honestStems(vs)
	es, entries := examples(vs)
	w := fit(es, len(facts())+len(entries))
	if *update {
		writeWeights(t, w, stems, entries)
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
	for n, e := range entries {
		if want, got := w[len(facts())+n], vocabulary()[e]; math.Abs(got-want) > 0.02 && math.Abs(want) > leastWeight+0.01 {
			t.Errorf("%s: %s weighs %.2f in vocabulary.txt and %.2f by the sentences", e.language, e, got, want)
		}
	}
	for language, want := range stems {
		if got := familiar()[language]; len(got) != len(want) {
			t.Errorf("%s: familiar.txt has %d stems, the honest sentences have %d", language, len(got), len(want))
		}
	}
}

// leastWeight is what an entry weighs at least that vocabulary.txt has.
const leastWeight = 0.1

func writeWeights(t *testing.T, w []float64, stems map[string]map[string]int, entries []entry) {
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
	b.Reset()
	b.WriteString("# What each word adds to what speaks for a bargain, by its stem, and below * each two kinds of cue of which one comes before the\n# other. By the same command; those that add next to nothing are left out.\n")
	for _, language := range append([]string{every}, tongues[:]...) {
		fmt.Fprintf(&b, "@ %s\n", language)
		var pairs []string
		for n, e := range entries {
			if e.language == language && math.Abs(w[len(facts())+n]) >= leastWeight {
				pairs = append(pairs, e.String()+" "+strconv.FormatFloat(w[len(facts())+n], 'f', 2, 64))
			}
		}
		for line := range slices.Chunk(pairs, 12) {
			b.WriteString(strings.Join(line, "  ") + "\n")
		}
	}
	put(t, "vocabulary.txt", b.String())
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
