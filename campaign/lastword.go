package campaign

import (
	"fmt"
	"hash/fnv"
)

// Word numbers what a page shows of the person's last word: the latest answer, and another no that came later. It is
// 0 before there is any. Times would not do: a page that is made while an answer is being stored does not show it.
func (v FormView) Word() uint32 {
	last := ""
	switch {
	case v.Last != nil:
		last = v.Last.ID
	case v.Stopped.IsZero():
		return 0
	}
	h := fnv.New32a()
	h.Write(fmt.Append(nil, last, " ", v.Stopped.UnixMilli()))
	return max(1, h.Sum32())
}

// Misses reports whether the person's last word is missing on a page that showed another one.
func (v FormView) Misses(shown uint32) bool {
	word := v.Word()
	return word != 0 && word != shown
}

// stale reports a yes from a page that did not show the person's last word: it may not take back a no that
// nobody saw there. What counts is what the page showed, not how old it was when it came back: an answer may
// wait for its turn behind others. A stale no is welcome.
func stale(v FormView, a Answer) bool {
	return anyYes(a.Lines) && a.Nonce != "" && v.Misses(a.Word)
}
