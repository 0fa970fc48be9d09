package lint

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The same sentence is judged alike in every language: what stops a campaign in one is no accident of its list.
func TestLanguagesAreEven(t *testing.T) {
	t.Parallel()
	l := patterns()
	var spoken []string
	for _, v := range vectors(t, "even.txt") {
		spoken = append(spoken, v.language)
		text := normalise(v.text)
		got := judge(l, v)
		topic, deceptive := l.match(v.language, "topic", text.text), l.match(v.language, "deceptive", text.text)
		switch v.expect {
		case "topic", "offtopic", "deceptive":
			if topic != (v.expect == "topic") {
				t.Errorf("%s: %q: topic is %v", v.language, v.text, topic)
			}
			if deceptive != (v.expect == "deceptive") {
				t.Errorf("%s: %q: deceptive is %v", v.language, v.text, deceptive)
			}
		case "clean", "calm":
			if len(got) > 0 {
				t.Errorf("%s: %q: got %v", v.language, v.text, got)
			}
		default:
			if !got[v.expect] {
				t.Errorf("%s: %q: got %v, want %s", v.language, v.text, got, v.expect)
			}
		}
	}
	for group := range slices.Chunk(spoken, len(tongues)) {
		slices.Sort(group)
		if want := slices.Sorted(slices.Values(tongues[:])); !slices.Equal(group, want) {
			t.Fatalf("a group speaks %v", group)
		}
	}
	raw, err := os.ReadFile("testdata/even.txt")
	if err != nil {
		t.Fatal(err)
	}
	for group := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n\n") {
		expected := map[string]bool{}
		for line := range strings.Lines(group) {
			if cells := strings.SplitN(line, "\t", 3); len(cells) == 3 {
				expected[cells[1]] = true
			}
		}
		if len(expected) != 1 {
			t.Errorf("a group expects %v", expected)
		}
	}
}
