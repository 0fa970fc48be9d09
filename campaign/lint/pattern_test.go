package lint

import (
	"regexp/syntax"
	"slices"
	"testing"
)

// What is left out before an expression is run changes no answer: with nothing left out, every line of every table
// finds the same.
func TestPiecesChangeNothing(t *testing.T) {
	t.Parallel()
	l := patterns()
	var all []vector
	for _, file := range []string{"vector.txt", "vector_fr.txt", "vector_en.txt", "vector_de.txt", "vector_es.txt", "vector_it.txt", "vector_nl.txt", "vector_pt.txt", "vector_letter.txt"} {
		all = append(all, vectors(t, file)...)
	}
	left, run := 0, 0
	for i, v := range all {
		text := normalise(v.text).text
		g := gramsOf(text)
		for _, language := range []string{"*", v.language, tongues[i%len(tongues)]} {
			for class, set := range l.patterns[language] {
				for _, p := range set {
					run++
					if !p.mayMatch(g) {
						left++
						if p.expression.MatchString(text) {
							t.Errorf("%s %s: %q is left out of %q", language, class, p.expression.Regexp(), text)
						}
					}
				}
			}
		}
	}
	if left*10 < run*7 {
		t.Errorf("only %d of %d were left out: this saves nothing", left, run)
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`\b(gift|free (tea|beer))s?\b`: {"gift", "gifts", "free tea", "free teas", "free beer", "free beers"},
		`\w*rabatt\w*`:                 {"rabatt"},
		`[-–]\s?\d{1,2}\s?%`:           {"%"},
		`(a|b)*`:                       nil,
		`x?`:                           nil,
		`(?i)abc`:                      nil,
		`\bkein\w* (\w+ )?nicht\b`:     {"nicht", "kein"},
	} {
		p := newPattern(text)
		if want == nil && len(p.need) > 0 {
			t.Errorf("%s: %d pieces are known, none should", text, len(p.need))
		}
		for _, piece := range want {
			if !p.mayMatch(gramsOf("vor " + piece + " kein nicht %")) {
				t.Errorf("%s: %q is left out", text, piece)
			}
		}
		if want != nil && p.mayMatch(gramsOf("zzzz qqqq")) {
			t.Errorf("%s is run for nothing", text)
		}
	}
	if !slices.Equal(required(mustParse(`\b(ab|cd)x`)), []string{"abx", "cdx"}) {
		t.Errorf("got %q", required(mustParse(`\b(ab|cd)x`)))
	}
}

func mustParse(text string) *syntax.Regexp {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		panic(err)
	}
	return tree
}

// What is compiled when it is first needed must not be found to be wrong then.
func TestEveryPatternCompiles(t *testing.T) {
	t.Parallel()
	n := 0
	for _, classes := range patterns().patterns {
		for _, list := range classes {
			for _, p := range list {
				p.expression.Regexp()
				n++
			}
		}
	}
	if gaps().expression.Regexp() == nil || emptyGreeting().expression.Regexp() == nil || n < 500 {
		t.Errorf("only %d patterns", n)
	}
}
