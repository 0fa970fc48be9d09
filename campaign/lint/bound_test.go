package lint

import (
	"strings"
	"testing"
)

// A text without an end, as somebody might paste it, comes in parts, so that what is done for each word with all others
// of its sentence does not grow with the square of the text. Nothing of it is left out.
func TestLongTextsComeInParts(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("wenn sie ja sagen bekommen ", 4000)
	all := 0
	for _, s := range sentences(text) {
		if all += len(strings.Fields(text[s.start:s.end])); s.end-s.start > mostSentence+100 {
			t.Fatalf("a sentence of %d bytes", s.end-s.start)
		}
	}
	of := 0
	lines(text+"\n"+text, func(start int, line string) {
		if of += len(strings.Fields(line)); len(line) > mostSentence+100 {
			t.Fatalf("a line of %d bytes", len(line))
		}
		if start > 0 && start < len(text) && !strings.HasPrefix(text[start:], line) {
			t.Fatalf("a line is not where it is said to be")
		}
	})
	if want := len(strings.Fields(text)); all != want || of != 2*want {
		t.Errorf("%d words of sentences, %d of lines; want %d and %d", all, of, want, 2*want)
	}
}
