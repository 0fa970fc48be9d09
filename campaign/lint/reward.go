package lint

import (
	"slices"
	"strings"
)

// A reward is anything given for the yes, whatever it is called; no list of words is ever complete.
// So this looks at the shape of the sentence: a condition that is the yes ("if you confirm", "for
// each yes", "say yes and") beside a gain that is not the messages themselves.

// The lists have for each language: refusal, the mark of a condition that is no yes ("if you do not answer");
// both-ways, which follows a yes that is offered beside its no ("or no"); promise and chain, a verb of which nothing is
// known but that the house ("we will …") or the person ("say yes and …") does it; and duty, the verbs that an honest
// letter needs. A promise that is no duty is a gain: nobody can list all that can be given.

// nearby is how many words may stand between an order to say yes and the verb that goes on from it.
const nearby = 4

// reward finds the structure in one folded sentence; the hit spans condition and gain. What the word
// list saw and let pass (dropped) is no gain here either.
func (l lists) reward(language, sentence string, dropped []span) (hit, bool) {
	conditions := l.conditions(language, sentence)
	if len(conditions) == 0 {
		return hit{}, false
	}
	harmless := append(l.find(language, "message-gain", sentence), l.find(language, "except", sentence)...)
	harmless = append(harmless, dropped...)
	for _, class := range []string{"gain-noun", "gain"} {
		for _, g := range l.find(language, class, sentence) {
			if g.overlapsAny(harmless) {
				continue
			}
			// A verb inside the condition is part of it: "because you received".
			if class == "gain" && g.overlapsAny(conditions) {
				continue
			}
			strong, weak := l.negated(language, sentence, g.start)
			if strong {
				continue
			}
			kind := "incentive"
			if weak {
				kind = "weak"
			}
			return hit{span: span{min(g.start, conditions[0].start), max(clauseEnd(sentence, g.end), conditions[0].end)}, class: kind}, true
		}
	}
	if h, ok := l.doer(language, sentence, harmless); ok {
		return h, true
	}
	orders := l.find(language, "order-yes", sentence)
	for _, class := range []string{"promise", "chain"} {
		for _, g := range l.find(language, class, sentence) {
			after := slices.ContainsFunc(orders, func(o span) bool {
				return o.end <= g.start && len(strings.Fields(sentence[o.end:g.start])) <= nearby
			})
			if g.overlapsAny(harmless) || g.overlapsAny(conditions) || (class == "chain" && !after) || l.match(language, "duty", sentence[g.start:g.end]) {
				continue
			}
			if !l.denies(language, sentence, g) {
				return hit{span: span{min(g.start, conditions[0].start), max(clauseEnd(sentence, g.end), conditions[0].end)}, class: "incentive"}, true
			}
		}
	}
	return hit{}, false
}

// doer finds a yes that does something: "your consent opens our archive". What a yes does by itself, counting,
// lasting, allowing, is among the verbs of yes-duty.
func (l lists) doer(language, sentence string, harmless []span) (hit, bool) {
	for _, g := range l.find(language, "yes-does", sentence) {
		if l.match(language, "yes-duty", sentence[g.start:g.end]) || g.overlapsAny(harmless) {
			continue
		}
		if !l.denies(language, sentence, g) {
			return hit{span: span{g.start, clauseEnd(sentence, g.end)}, class: "incentive"}, true
		}
	}
	return hit{}, false
}

// denies says whether a clause denies what its verb says, before it or after: "your answer leads to no profile".
func (l lists) denies(language, sentence string, verb span) bool {
	strong, weak := l.negated(language, sentence, verb.end)
	clause := sentence[verb.start:clauseEnd(sentence, verb.end)]
	return strong || weak || l.match(language, "negator", clause) || l.match(language, "denial", clause)
}

// across finds a reward over two sentences, "You confirm? A coffee is waiting.": a short first one
// that is the yes, then a thing to get. The hit is a place in the second.
func (l lists) across(language, first, second string) (span, bool) {
	if len(strings.Fields(first)) > 6 || l.match(language, "refusal", first) {
		return span{}, false
	}
	asked := l.match(language, "condition", first) || l.match(language, "order-yes", first)
	if !asked || len(l.conditions(language, second)) > 0 {
		return span{}, false
	}
	harmless := append(l.find(language, "message-gain", second), l.find(language, "except", second)...)
	for _, g := range l.find(language, "gain-noun", second) {
		strong, weak := l.negated(language, second, g.start)
		if !strong && !weak && !g.overlapsAny(harmless) {
			return span{0, clauseEnd(second, g.end)}, true
		}
	}
	return span{}, false
}

// clauseEnd gives the end of the clause around a place, so that a finding shows what is given.
func clauseEnd(sentence string, at int) int {
	if i := strings.IndexAny(sentence[at:], ",;:.!?()—"); i >= 0 {
		return at + len(strings.TrimRight(sentence[at:at+i], " "))
	}
	return len(sentence)
}

// conditions gives the places that make the yes a condition.
func (l lists) conditions(language, sentence string) []span {
	out := l.find(language, "condition", sentence)
	for _, s := range l.find(language, "order-yes", sentence) {
		// An order alone is a question put badly; only what follows from it makes a bargain.
		if strings.TrimRight(sentence[s.end:], " .!?;\n") != "" {
			out = append(out, s)
		}
	}
	return slices.DeleteFunc(out, func(s span) bool {
		before := sentence[max(0, s.start-12):s.start]
		return l.match(language, "refusal", sentence[s.start:s.end]) || l.match(language, "both-ways", sentence[s.end:]) ||
			l.match(language, "refusal", lastWord(before))
	})
}

// lastWord gives the last word of a text.
func lastWord(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}
