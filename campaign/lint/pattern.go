package lint

import (
	"regexp/syntax"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// Most patterns match nothing of most lines, and a regular expression takes long to find that out. So each pattern knows
// some pieces of text one of which every match must hold, taken from the expression itself, and each line knows which
// pieces of up to three bytes it holds. Only where one of them may be there is the expression run: the answer is the
// same, in a tenth of the time.

// pattern is one line of a list.
type pattern struct {
	expression *expression.Expression
	need       [][]uint16 // of each piece its grams; empty: nothing is known, always run
}

// newPattern reads a line of a list, which a test has seen to be right.
func newPattern(text string) pattern {
	p := pattern{expression: expression.Of(text)}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return p
	}
	for _, piece := range required(tree) {
		p.need = append(p.need, gramsIn(piece))
	}
	return p
}

// mayMatch says whether a text may hold a match, by its grams.
func (p pattern) mayMatch(g *grams) bool {
	if len(p.need) == 0 {
		return true
	}
	for _, piece := range p.need {
		all := true
		for _, h := range piece {
			if g[h>>6]&(1<<(h&63)) == 0 {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

// grams is the set of pieces of one to three bytes that a text holds, by a hash.
type grams [64]uint64

const gramBits = 12

func hash(a, b, c byte) uint16 {
	h := (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) * 2654435761
	return uint16(h >> (32 - gramBits))
}

func gramsOf(text string) *grams {
	g := &grams{}
	put := func(h uint16) { g[h>>6] |= 1 << (h & 63) }
	for i := range len(text) {
		put(hash(text[i], 0, 0))
		if i+1 < len(text) {
			put(hash(text[i], text[i+1], 0))
		}
		if i+2 < len(text) {
			put(hash(text[i], text[i+1], text[i+2]))
		}
	}
	return g
}

// gramsIn are the grams that a text must hold to hold a piece.
func gramsIn(piece string) (out []uint16) {
	switch len(piece) {
	case 1:
		return []uint16{hash(piece[0], 0, 0)}
	case 2:
		return []uint16{hash(piece[0], piece[1], 0)}
	}
	for i := 0; i+2 < len(piece); i++ {
		out = append(out, hash(piece[i], piece[i+1], piece[i+2]))
	}
	return out
}

// mostPieces bounds how many pieces are followed for one part of an expression.
const mostPieces = 300

// required gives pieces of text one of which every match holds; none when none is known.
func required(tree *syntax.Regexp) []string {
	exact, need := pieces(tree)
	return better(need, exact)
}

// better chooses the set that says more: the longer shortest piece, else fewer pieces.
func better(a, b []string) []string {
	la, lb := min(shortest(a), 4), min(shortest(b), 4)
	switch {
	case lb == 0:
		if la == 0 {
			return nil
		}
		return a
	case la == 0, lb > la, lb == la && len(b) < len(a):
		return b
	}
	return a
}

func shortest(set []string) int {
	if len(set) == 0 {
		return 0
	}
	n := len(set[0])
	for _, s := range set {
		n = min(n, len(s))
	}
	return n
}

// pieces gives all texts that an expression matches, nil when they are too many or not known, and a set one of which
// every match holds.
func pieces(re *syntax.Regexp) (exact, need []string) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil, nil
		}
		return []string{string(re.Rune)}, nil
	case syntax.OpCharClass:
		return classPieces(re), nil
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, nil
	case syntax.OpCapture:
		return pieces(re.Sub[0])
	case syntax.OpQuest:
		if exact, _ = pieces(re.Sub[0]); exact != nil {
			exact = append(append([]string{}, exact...), "")
		}
		return exact, nil
	case syntax.OpPlus:
		return nil, required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return nil, required(re.Sub[0])
		}
	case syntax.OpConcat:
		return concatPieces(re.Sub)
	case syntax.OpAlternate:
		return alternatePieces(re.Sub)
	}
	return nil, nil
}

func classPieces(re *syntax.Regexp) (out []string) {
	for i := 0; i+1 < len(re.Rune); i += 2 {
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if out = append(out, string(r)); len(out) > 12 {
				return nil
			}
		}
	}
	return out
}

func concatPieces(subs []*syntax.Regexp) (exact, need []string) {
	exact, whole := []string{""}, true
	for _, sub := range subs {
		e, n := pieces(sub)
		need = better(need, n)
		if e != nil && len(e)*len(exact) <= mostPieces {
			exact = cross(exact, e)
			continue
		}
		whole, need = false, better(need, exact)
		if exact = []string{""}; e != nil {
			exact = e
		}
	}
	if need = better(need, exact); whole {
		return exact, need
	}
	return nil, need
}

func cross(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

func alternatePieces(subs []*syntax.Regexp) (exact, need []string) {
	all, known := true, true
	for _, sub := range subs {
		e, n := pieces(sub)
		best := better(n, e)
		if e == nil || len(exact)+len(e) > mostPieces {
			all = false
		} else {
			exact = append(exact, e...)
		}
		known = known && best != nil && len(need)+len(best) <= 2*mostPieces
		need = append(need, best...)
	}
	if !known {
		need = nil
	}
	if !all {
		exact = nil
	}
	return exact, need
}

// lines calls see with each line of a text and where it starts; a line that is longer than a sentence may be comes in
// parts.
func lines(text string, see func(start int, line string)) {
	for start := 0; start <= len(text); {
		rest := text[start:]
		i := strings.IndexByte(rest, '\n')
		if i < 0 {
			i = len(rest)
		}
		if i > mostSentence {
			if space := strings.IndexByte(rest[mostSentence:i], ' '); space >= 0 {
				i = mostSentence + space
			}
		}
		see(start, rest[:i])
		start += i + 1
	}
}
