package lint

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// What no pattern names is weighed: the cues of a sentence (cue.go) and which of its words no honest request uses
// (familiar.txt). Each of these facts has a weight (weight.txt), fitted to the sentences in testdata; the sum of the
// weights of what is true of a sentence says whether it gives something for the yes, and a finding shows the words
// that told. Each word has a weight of its own besides, by its stem, and so have two kinds of cue that follow each other
// (vocabulary.txt). There is nothing else in it, so that whoever wonders about a finding can add it up by hand.

// stakes are the kinds of cue that say that somebody gains or loses.
var stakes = []string{"free", "money", "give", "thing", "chance", "ahead", "cause", "more", "lose", "thank"}

// honest are the kinds of cue that stand in honest sentences.
var honest = []string{"topic", "mail", "form", "right", "either", "apart", "past", "others"}

// Where the sum of a sentence decides.
const (
	tooLittle  = -1.5 // below, what the lists found in a sentence that says why it is honest is no more than a warning
	tooMuch    = 0.5  // from here on it is taken for a bargain; below, what the lists found in a sentence that does not ask is to be vouched for
	farTooMuch = 2.0  // from here on even where softer bait has been found
)

// fact is something that may be true of a sentence, from 0 for no to 1 for wholly.
type fact struct{ name, means string }

// facts are in the order of weight.txt.
var facts = sync.OnceValue(func() []fact {
	out := []fact{{"always", "before anything is known"}, {"yes", "it speaks of saying yes"}, {"when", "a word of condition"},
		{"asked", "the yes is its condition, its order or its subject"}, {"front", "it begins with the yes"}, {"joined", "the yes is in the short sentence beside it"}}
	for _, k := range stakes {
		out = append(out, fact{k, "a cue of this kind"})
	}
	return append(out,
		fact{"two", "two kinds of gain"}, fact{"three", "three kinds of gain"}, fact{"many", "how many cues of gain, of six"},
		fact{"bargain", "asked, and a gain"}, fact{"ahead-asked", "asked, and ahead of others"}, fact{"give-asked", "asked, and giving"},
		fact{"bare", "asked, and no cue of an honest sentence"}, fact{"bare-stake", "bare, and a gain"}, fact{"bare-unknown", "bare, by how many words are unknown"},
		fact{"unknown", "how many words no honest request uses, of five"}, fact{"unknown-asked", "asked, by how many are unknown"}, fact{"unknown-stake", "a gain, by how many are unknown"},
		fact{"unknown-2", "asked, two words unknown or more"}, fact{"unknown-3", "asked, three words unknown or more"},
		fact{"listed", "the lists find an incentive"}, fact{"listed-asked", "asked, and listed"}, fact{"listed-bare", "bare, and listed"}, fact{"listed-past", "listed, in what is past"}, fact{"listed-apart", "listed, whatever the answer"},
		fact{"leave", "it speaks of leaving or of no yes"}, fact{"leave-stake", "leaving, and a gain or a loss"}, fact{"leave-unknown", "leaving, by how many words are unknown"}, fact{"leave-bare", "leaving, and no cue of an honest sentence"},
		fact{"no", "a word of denial"}, fact{"denied", "how many of its gains are denied"},
		fact{"either", "it speaks of a no"}, fact{"apart", "it says that nothing hangs on the answer"}, fact{"apart-stake", "and names a gain"}, fact{"past", "it tells of what is past"},
		fact{"others", "what the house gives to anybody"}, fact{"listed-others", "listed, for anybody, and nothing is asked"}, fact{"topic", "what the messages are about"}, fact{"topic-asked", "asked, and what the messages are about"}, fact{"mail", "the messages"},
		fact{"right", "what the law gives"}, fact{"right-two", "twice"}, fact{"form", "what the form does"},
		fact{"you", "it speaks to the reader"}, fact{"we", "it speaks of the house"}, fact{"stake-you", "a gain, and the reader"}, fact{"stake-we", "a gain, and the house"})
})

// weighing is what is known of one sentence.
type weighing struct {
	of      map[string]float64
	entries []entry // of vocabulary.txt
	sum     float64
	told    []span // the words of the yes and of the gain, in order
}

// weigh looks at one folded sentence and the one before it, of which it takes what a short one leaves to its neighbour.
// listed says whether the lists find an incentive in it alone, familiar whether honest requests use a stem. The places of
// told are in the sentence itself.
func (l lists) weigh(language, before, sentence string, listed bool, familiar func(stem string) bool) weighing {
	whole, joined := neighbours(before, sentence)
	words := tokens(whole)
	signs := l.signs(language, words)
	if asks := count(signs, "yes")+count(signs, "leave") > 0; joined && !asks {
		return l.weigh(language, "", sentence, listed, familiar) // neither asks, so neither says the half of it
	} else if !listed && len(signs) == 0 {
		return weighing{} // nothing to weigh
	}
	except := l.find(language, "except", whole)
	signs = taken(whole, slices.DeleteFunc(signs, func(s sign) bool { return s.overlapsAny(except) }))
	has, gains := map[string]bool{}, []sign{}
	for _, s := range signs {
		if has[s.kind] = true; slices.Contains(stakes, s.kind) {
			gains = append(gains, s)
		}
	}
	strange := strangers(words, signs, except, familiar)
	front := slices.ContainsFunc(signs, func(s sign) bool { return s.kind == "yes" && s.at <= 1 })
	w := weighing{of: map[string]float64{}, entries: entriesOf(language, words, signs)}
	of := w.of
	for _, k := range slices.Concat([]string{"yes", "when", "leave", "no", "you", "we"}, stakes, honest) {
		of[k] = truth(has[k])
	}
	of["always"] = 1
	of["front"], of["joined"] = truth(front), truth(joined && has["yes"])
	of["asked"] = truth(len(l.conditions(language, whole)) > 0 || has["yes"] && (has["when"] || joined || front))
	of["listed"] = truth(listed || joined && l.listed(language, whole))
	of["many"], of["denied"] = math.Min(float64(len(gains)), 6)/6, denied(signs, gains)
	of["right-two"] = truth(count(signs, "right") >= 2)
	of["unknown"] = math.Min(float64(len(strange)), 5) / 5
	w.combine(len(strange))
	for _, f := range facts() {
		w.sum += weights()[f.name] * of[f.name]
	}
	for _, e := range w.entries {
		w.sum += vocabulary()[e]
	}
	if strange = slices.Concat(strange, tellingWords(language, words)); len(gains)+len(strange) > 0 {
		w.told = telling(signs, strange, len(whole)-len(sentence))
	}
	return w
}

// listed says whether the lists find an incentive in a sentence, by its words or its shape.
func (l lists) listed(language, sentence string) bool {
	found, dropped := l.bait(language, sentence)
	if slices.ContainsFunc(found, sure) {
		return true
	}
	reward, ok := l.reward(language, sentence, dropped)
	return ok && sure(reward)
}

// excused says whether a sentence tells of what is past, of what does not hang on the answer or of what the law gives, and
// of nothing to come.
func (w weighing) excused() bool {
	return w.of["past"]+w.of["apart"]+w.of["either"]+w.of["right"] > 0 && w.of["give"]+w.of["ahead"] == 0
}

// truth is a fact that is true or not.
func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// combine adds the facts that are two at once.
func (w weighing) combine(strange int) {
	of, kinds, bare := w.of, 0.0, 1.0
	for _, k := range stakes {
		kinds += of[k]
	}
	for _, k := range honest {
		bare *= 1 - of[k]
	}
	stake, asked := truth(kinds > 0), of["asked"]
	of["two"], of["three"] = truth(kinds > 1), truth(kinds > 2)
	of["bargain"], of["ahead-asked"], of["give-asked"] = asked*stake, asked*of["ahead"], asked*of["give"]
	of["bare"], of["bare-stake"], of["bare-unknown"] = bare*asked, bare*asked*stake, bare*asked*of["unknown"]
	of["unknown-asked"], of["unknown-stake"] = asked*of["unknown"], stake*of["unknown"]
	of["unknown-2"], of["unknown-3"] = asked*truth(strange > 1), asked*truth(strange > 2)
	of["listed-asked"], of["listed-bare"] = of["listed"]*asked, of["listed"]*of["bare"]
	of["listed-past"], of["listed-apart"] = of["listed"]*of["past"], of["listed"]*of["apart"]
	of["listed-others"] = of["listed"] * of["others"] * (1 - asked)
	of["leave-stake"], of["leave-unknown"], of["leave-bare"] = of["leave"]*stake, of["leave"]*of["unknown"], of["leave"]*bare
	of["apart-stake"], of["topic-asked"] = of["apart"]*stake, of["topic"]*asked
	of["stake-you"], of["stake-we"] = stake*of["you"], stake*of["we"]
}

// few is how many words a sentence has that leaves half of what it says to its neighbour: "You confirm?".
const few = 7

// neighbours joins a sentence with the one before where one of them is short.
func neighbours(before, sentence string) (whole string, joined bool) {
	if before == "" || (len(strings.Fields(before)) > few && len(strings.Fields(sentence)) > few) {
		return sentence, false
	}
	return before + " " + sentence, true
}

// taken leaves out what is part of the yes: the messages of "if you accept our messages" are not what they are about.
func taken(sentence string, signs []sign) []sign {
	var yes []sign
	for _, s := range signs {
		if s.kind == "yes" || s.kind == "leave" {
			yes = append(yes, s)
		}
	}
	part := func(s, y sign) bool {
		within := s.at < y.upto && y.at < s.upto && s.upto-s.at <= y.upto-y.at
		after := y.kind == "yes" && s.kind == "mail" && s.at >= y.upto && s.at <= y.upto+1
		return within || after && !strings.ContainsAny(sentence[y.end:s.start], ",;:.?!")
	}
	return slices.DeleteFunc(signs, func(s sign) bool {
		return slices.Contains([]string{"mail", "form", "right", "topic"}, s.kind) && slices.ContainsFunc(yes, func(y sign) bool { return part(s, y) })
	})
}

// strangers are the words that are neither cue of an honest sentence nor familiar.
func strangers(words []token, signs []sign, except []span, familiar func(string) bool) []span {
	covered := make([]bool, len(words))
	for _, s := range signs {
		for i := s.at; i < s.upto && !slices.Contains(stakes, s.kind); i++ {
			covered[i] = true
		}
	}
	var out []span
	for i, t := range words {
		if len(t.word) >= leastStem && !covered[i] && !number(t.word) && !familiar(stem(t.word)) && !t.overlapsAny(except) {
			out = append(out, t.span)
		}
	}
	return out
}

// denied says how many of the gains, of all, a word of denial stands right before; a loss is not denied.
func denied(signs, gains []sign) float64 {
	n := 0
	for _, g := range gains {
		if g.kind != "lose" && slices.ContainsFunc(signs, func(o sign) bool { return o.kind == "no" && o.upto <= g.at && o.upto >= g.at-2 }) {
			n++
		}
	}
	return float64(n) / float64(max(len(gains), 1))
}

// count says how many cues are of a kind.
func count(signs []sign, kind string) (n int) {
	for _, s := range signs {
		n += int(truth(s.kind == kind))
	}
	return n
}

// telling gives the words that speak for a bargain, in order and each once, of what stands behind an offset.
func telling(signs []sign, strange []span, offset int) []span {
	all := slices.Clone(strange)
	for _, s := range signs {
		if s.kind == "yes" || s.kind == "leave" || slices.Contains(stakes, s.kind) {
			all = append(all, s.span)
		}
	}
	slices.SortFunc(all, func(a, b span) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	var out []span
	for _, s := range all {
		if s.start -= offset; s.start >= 0 && (len(out) == 0 || s.start >= out[len(out)-1].end) {
			out = append(out, span{s.start, s.end - offset})
		}
	}
	return out
}
