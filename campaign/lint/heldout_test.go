package lint

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// tally counts what the lint made of sentences that no pattern was fitted to: of bait what it blocked, of honest
// sentences what it refused, and what it lets pass only when the approver vouches for it in writing.
type tally struct{ bait, blocked, honest, refused, vouched int }

// judgeAll lints sentences as if an author had written each, one campaign a language. Blocked is what no campaign says
// without being mended or vouched for.
func judgeAll(vs []vector) (tally, []vector) {
	d := Draft{Languages: []string{vs[0].language}}
	for i, v := range vs {
		d.Authored = append(d.Authored, Authored{Where: fmt.Sprintf("message.%s.%d", v.language, i), Language: v.language, Text: v.text})
	}
	rules, errs := map[string][]string{}, map[string]bool{}
	for _, f := range Check(d) {
		if f.Severity == Error || f.Severity == Approval {
			rules[f.Where] = append(rules[f.Where], f.Rule)
			errs[f.Where] = errs[f.Where] || f.Severity == Error
		}
	}
	var t tally
	var wrong []vector
	for i, v := range vs {
		found, refused := rules[d.Authored[i].Where], errs[d.Authored[i].Where]
		switch v.expect {
		case "error":
			t.bait++
			if slices.ContainsFunc(found, func(rule string) bool { return strings.HasPrefix(rule, "FREE-") }) {
				t.blocked++
			} else {
				wrong = append(wrong, v)
			}
		case "clean":
			t.honest++
			t.refused += int(truth(refused))
			t.vouched += int(truth(len(found) > 0 && !refused))
			if len(found) > 0 {
				wrong = append(wrong, vector{v.language, fmt.Sprint(v.expect, " but ", found), v.text})
			}
		}
	}
	return t, wrong
}

func byLanguage(vs []vector) map[string][]vector {
	out := map[string][]vector{}
	for _, v := range vs {
		out[v.language] = append(out[v.language], v)
	}
	return out
}

// heldOut are the tables that nothing is fitted to, the ordinary and those made to be hard, with what must hold: percent
// of incentives blocked at least, of honest sentences refused at most, and refused or to be vouched for.
var heldOut = []struct {
	name                    string
	files                   []string
	blocked, refused, wrong int
}{
	{"ordinary", []string{"heldout.txt", "heldout_later.txt", "heldout_last.txt", "heldout_fresh.txt"}, 95, 2, 5},
	{"hard", []string{"heldout_kinds.txt", "heldout_wide.txt"}, 80, 5, 13},
}

// TestHeldOut measures recall and precision on sentences that were written apart from the patterns. It says how many
// were wrong, not which: whoever mends a pattern for one of them has spoiled the measure. docs/performance.md has what
// each table gave when it was first run.
func TestHeldOut(t *testing.T) {
	t.Parallel()
	for _, tables := range heldOut {
		var sum tally
		for _, file := range tables.files {
			var all tally
			by := byLanguage(vectors(t, file))
			for _, language := range tongues {
				c, _ := judgeAll(by[language])
				t.Log(c.line(language))
				all = all.plus(c)
			}
			t.Log(all.line(file))
			sum = sum.plus(all)
		}
		t.Log(sum.line(tables.name))
		if sum.blocked*100 < sum.bait*tables.blocked || sum.refused*100 > sum.honest*tables.refused || (sum.refused+sum.vouched)*100 > sum.honest*tables.wrong {
			t.Errorf("%s: want at least %d %% of incentives blocked, at most %d %% of honest sentences refused and %d %% refused or to be vouched for",
				tables.name, tables.blocked, tables.refused, tables.wrong)
		}
	}
}

func (c tally) plus(o tally) tally {
	return tally{c.bait + o.bait, c.blocked + o.blocked, c.honest + o.honest, c.refused + o.refused, c.vouched + o.vouched}
}

func (c tally) line(name string) string {
	of := func(n, all int) string {
		return fmt.Sprintf("%d of %d | %.1f %%", n, all, 100*float64(n)/float64(max(all, 1)))
	}
	wrong := c.refused + c.vouched
	return fmt.Sprintf("| %s | %s | %s | %d | %s |", name, of(c.blocked, c.bait), of(wrong, c.honest), c.refused, of(c.blocked, c.blocked+wrong))
}

// TestOwnSentences holds the sentences that patterns may be fitted to, and prints what is wrong.
func TestOwnSentences(t *testing.T) {
	t.Parallel()
	letters := byLanguage(vectors(t, "vector_letter.txt"))
	for _, language := range tongues {
		file := "vector_" + language + ".txt"
		if _, err := os.Stat("testdata/" + file); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		_, wrong := judgeAll(slices.Concat(vectors(t, file), letters[language]))
		for _, v := range wrong {
			t.Errorf("%s: %s: %q", v.language, v.expect, v.text)
		}
	}
}

// TestProposals holds that no rule objects to a wording that a finding proposes, in any language.
func TestProposals(t *testing.T) {
	t.Parallel()
	in := &inspection{Draft: Draft{Controller: Controller{Name: "Maison Lumen", Authority: "CNIL"}, Deadline: time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)}}
	by := map[string][]vector{}
	for key := range proposals() {
		language, rule, _ := strings.Cut(key, " ")
		words := in.wording(language, rule)
		if words == "" || strings.ContainsAny(words, "{}") {
			t.Errorf("%s: %q", key, words)
		}
		by[language] = append(by[language], vector{language, "clean", words})
	}
	for _, language := range tongues {
		if len(by[language]) != len(by["en"]) {
			t.Errorf("%s has %d wordings, en %d", language, len(by[language]), len(by["en"]))
		}
		_, wrong := judgeAll(by[language])
		for _, v := range wrong {
			t.Errorf("%s: %s: %q", v.language, v.expect, v.text)
		}
	}
}
