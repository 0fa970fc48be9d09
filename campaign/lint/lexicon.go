package lint

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/internal/expression"
)

//go:embed lexicon.txt required.txt forbidden.txt tongue.txt person.txt reward.txt catalogue.txt proposal.txt cue.txt familiar.txt weight.txt vocabulary.txt
var listFiles embed.FS

// listNames are the list files, in the order in which they are read.
func listNames() []string {
	return []string{"lexicon.txt", "required.txt", "forbidden.txt", "tongue.txt", "person.txt", "reward.txt"}
}

// weighedNames are the list files of what is weighed (bargain.go).
func weighedNames() []string {
	return []string{"cue.txt", "familiar.txt", "weight.txt", "vocabulary.txt"}
}

// lists holds the compiled patterns by language and class.
type lists struct {
	patterns map[string]map[string][]pattern
	words    map[string][]cue     // the cues that a word may begin, by language and word; nil to ask afresh
	seen     map[string]*lineSeen // the lines that one check has seen, as most sheets share most; nil to ask afresh
}

// lineSeen is what is known of one line.
type lineSeen struct {
	grams *grams
	found map[[2]string][]span // by language and class, where something may be
}

// patterns compiles the embedded lists once, at the first check.
var patterns = sync.OnceValue(func() lists {
	out := lists{patterns: map[string]map[string][]pattern{}}
	for _, file := range listNames() {
		out.read(string(listText(file)))
	}
	return out
})

// listText is the source of one list file; a missing file cannot be built.
func listText(file string) []byte {
	text, err := listFiles.ReadFile(file)
	if err != nil {
		panic("lint: embedded list " + file + " is missing")
	}
	return text
}

// read adds the patterns of one file: "@ language class" opens a list.
func (l lists) read(text string) {
	var language, class string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || strings.HasPrefix(line, "# ") || line == "#":
		case strings.HasPrefix(line, "@ "):
			head := strings.Fields(line)
			language, class = head[1], head[2]
			if l.patterns[language] == nil {
				l.patterns[language] = map[string][]pattern{}
			}
		default:
			l.patterns[language][class] = append(l.patterns[language][class], newPattern(line))
		}
	}
}

// knows says whether a language has lists at all.
func (l lists) knows(language string) bool { return len(l.patterns[language]["marketing"]) > 0 }

// has says whether a language has patterns of a class.
func (l lists) has(language, class string) bool {
	return len(l.patterns["*"][class])+len(l.patterns[language][class]) > 0
}

// find gives every place of a class in folded text, those of "*" included, in order. No place goes over the end of a
// line, which is the end of a block. The caller may change the slice.
func (l lists) find(language, class, text string) []span {
	var out []span
	lines(text, func(start int, line string) {
		for _, s := range l.inLine(language, class, line) {
			out = append(out, span{s.start + start, s.end + start})
		}
	})
	return out
}

// inLine is find for one line.
func (l lists) inLine(language, class, line string) []span {
	if line == "" {
		return nil
	}
	of := l.line(line)
	may := func(p pattern) bool { return p.mayMatch(of.grams) }
	if !slices.ContainsFunc(l.patterns["*"][class], may) && !slices.ContainsFunc(l.patterns[language][class], may) {
		return nil
	}
	key := [2]string{language, class}
	out, known := of.found[key]
	if !known {
		out = l.search(language, class, line, of.grams)
		of.found[key] = out
	}
	return out
}

// line is what is known of a line, from now on at the least its grams.
func (l lists) line(line string) *lineSeen {
	of := l.seen[line]
	if of == nil {
		of = &lineSeen{gramsOf(line), map[[2]string][]span{}}
		if l.seen != nil {
			l.seen[line] = of
		}
	}
	return of
}

// gramsOf gives the grams of a line.
func (l lists) gramsOf(line string) *grams { return l.line(line).grams }

// search is inLine without memory.
func (l lists) search(language, class, line string, g *grams) []span {
	var out []span
	for _, set := range [][]pattern{l.patterns["*"][class], l.patterns[language][class]} {
		for _, p := range set {
			if !p.mayMatch(g) {
				continue
			}
			for _, m := range p.expression.FindAllStringIndex(line, -1) {
				if m[0] < m[1] {
					out = append(out, span{m[0], m[1]})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b span) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	return out
}

// match says whether a class occurs.
func (l lists) match(language, class, text string) bool {
	found := false
	lines(text, func(_ int, line string) { found = found || len(l.inLine(language, class, line)) > 0 })
	return found
}

// forbidden gives the places of a class that no "-except" of the same class overlaps.
func (l lists) forbidden(language, class, text string) []span {
	hits := l.find(language, class, text)
	if len(hits) == 0 {
		return nil
	}
	except := l.find(language, class+"-except", text)
	return slices.DeleteFunc(hits, func(s span) bool { return s.overlapsAny(except) })
}

// hit is one word or phrase of the lexicon in a sentence.
type hit struct {
	span
	class string // incentive, bargain (by its weights), inducement, weak (denied, but softly), urgency, shaming
	other bool   // found by the list of another language
	told  []span // of a bargain, the words that told
}

// soft words turn a negation round: "not only a discount", "do not miss your voucher".
var (
	onlyWord = expression.Of(`\b(only|just|seulement|uniquement|nur|bloss|lediglich|solo|solamente|unicamente|soltanto|alleen|slechts|apenas|somente|so|don't miss|do not miss|ne (manquez|ratez|loupez)|n'oubliez|don't forget|verpassen sie|no (te|se) pierdas?|non (perdere|perda)|mis|nao perca)\b`)
	listGlue = expression.Of(`^[\s,]*((and|or|nor|et|ou|ni|und|oder|noch|y|o|u|e|ne|en|of|nem|any|a|an|the|un|une|de|des|d'|du|la|le|les|ein|eine|einen|kein|keine|keinen|una|uno|uma|um|een|geen|bon|alcun|alcuno|nessun|nessuno|ningun|nenhum|sin|senza|sem|ohne|zonder)\b['\s,]*)*$`)
)

// scan finds what the lists hear in one folded sentence, settled by what it weighs after the one before it.
func (l lists) scan(language string, others []string, before, sentence string) []hit {
	return l.settle(language, before, sentence, l.hear(language, others, sentence))
}

// hear finds the incentives, inducements, urgency and shaming of one folded sentence, in its own
// language and, incentives only and as a review, in the other languages of the campaign.
func (l lists) hear(language string, others []string, sentence string) []hit {
	out, dropped := l.bait(language, sentence)
	if reward, ok := l.reward(language, sentence, dropped); ok && !slices.ContainsFunc(out, sure) {
		out = append(out, reward)
	}
	seen := append(spansOf(out), dropped...)
	for _, other := range others {
		// "Gift" is poison in German, a present in English.
		if other == language || (language == "de" && other == "en") {
			continue
		}
		foreign, _ := l.bait(other, sentence)
		if len(foreign) == 0 {
			continue
		}
		except := l.find(language, "except", sentence)
		for _, h := range foreign {
			strong, _ := l.negated(language, sentence, h.start)
			if strong || h.overlapsAny(seen) || h.overlapsAny(except) {
				continue
			}
			h.class, h.other = "weak", true
			out, seen = append(out, h), append(seen, h.span)
		}
	}
	for _, class := range []string{"urgency", "shaming"} {
		for _, s := range l.forbidden(language, class, sentence) {
			out = append(out, hit{span: s, class: class})
		}
	}
	return out
}

// settle holds what the lists found against what the sentence weighs: what they do not know may be a bargain, and a
// sentence that does not ask and weighs little may be vouched for by an approver; it is a warning only when it says itself
// why nothing hangs on the answer. Where a sentence asks, no weight takes anything away from what the lists found.
func (l lists) settle(language, before, sentence string, found []hit) []hit {
	listed := slices.ContainsFunc(found, sure)
	w, known := l.judged(language, before, sentence, listed)
	if !known {
		return found
	}
	softer := func(class string) bool {
		return slices.ContainsFunc(found, func(h hit) bool { return h.class == class && !h.other })
	}
	out := slices.Clone(found)
	switch {
	case listed && w.of["asked"] == 0 && w.sum < tooMuch:
		for i := range out {
			switch {
			case !sure(out[i]):
			case w.sum < tooLittle && w.excused():
				out[i].class = "weak"
			default:
				out[i].class, out[i].told = "bargain", []span{out[i].span}
			}
		}
	case listed, softer("weak"), w.of["denied"] == 1, len(w.told) == 0:
	case w.sum > tooMuch && !softer("inducement"), w.of["asked"] == 1 && w.sum > farTooMuch:
		out = append(out, hit{span: span{0, len(sentence)}, class: "bargain", told: w.told})
	}
	return out
}

// bait gives the incentives and inducements that nothing excepts or denies, and the places that
// were dropped.
func (l lists) bait(language, sentence string) (out []hit, dropped []span) {
	var found []hit
	var except []span
	for i, class := range []string{"incentive", "inducement"} {
		hits := l.find(language, class, sentence)
		if len(hits) > 0 && (i == 0 || except == nil) {
			except = l.find(language, "except", sentence)
		}
		for _, s := range hits {
			switch {
			case s.overlapsAny(spansOf(found)):
			case s.overlapsAny(except):
				dropped = append(dropped, s)
			default:
				found = append(found, hit{span: s, class: class})
			}
		}
	}
	slices.SortFunc(found, func(a, b hit) int { return a.start - b.start })
	lastDropped := -1
	for _, h := range found {
		strong, weak := l.negated(language, sentence, h.start)
		inList := lastDropped >= 0 && listGlue.MatchString(sentence[lastDropped:h.start])
		switch {
		case strong || inList:
			dropped, lastDropped = append(dropped, h.span), h.end
			continue
		case weak && h.class == "incentive":
			h.class = "weak"
		case weak:
			dropped = append(dropped, h.span)
			continue
		}
		out = append(out, h)
	}
	return out, dropped
}

// mostClause is how far back a negation is looked for, in bytes.
const mostClause = 400

// negated says whether the words left of a hit in its clause deny it: strongly ("without", "no")
// within three words, weakly ("not") anywhere.
func (l lists) negated(language, sentence string, at int) (strong, weak bool) {
	left := sentence[max(0, at-mostClause):at]
	if onlyWord.MatchString(left[max(0, len(left)-25):]) {
		return false, false
	}
	clause := left
	if i := strings.LastIndexAny(left, ",:()–—"); i >= 0 {
		clause = left[i+1:]
	}
	words := strings.Fields(clause)
	near := strings.Join(words[max(0, len(words)-3):], " ")
	return l.match(language, "negator", near), l.match(language, "denial", clause)
}

// sure says whether a hit alone is already an incentive.
func sure(h hit) bool { return h.class == "incentive" }

// weighed says whether a hit was found by its weights alone.
func weighed(h hit) bool { return h.class == "bargain" }

// spansOf gives the places of hits.
func spansOf(hits []hit) []span {
	out := make([]span, len(hits))
	for i, h := range hits {
		out[i] = h.span
	}
	return out
}
