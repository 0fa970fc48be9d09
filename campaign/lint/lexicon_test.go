package lint

import (
	"os"
	"strings"
	"testing"
)

// vector is one line of a table of example sentences.
type vector struct{ language, expect, text string }

// vectors reads a table: language, expectation and text between tabs.
func vectors(t *testing.T, file string) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var out []vector
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.SplitN(line, "\t", 3)
		if len(cells) != 3 {
			t.Fatalf("%s: bad line %q", file, line)
		}
		out = append(out, vector{cells[0], cells[1], cells[2]})
	}
	return out
}

// judge gives what the lists say of one text, by name.
func judge(l lists, v vector) map[string]bool {
	word := map[string]string{"weak": "weak", "inducement": "warning", "incentive": "error", "bargain": "error", "urgency": "urgency", "shaming": "shaming"}
	text, out := normalise(v.text).text, map[string]bool{}
	before := ""
	for _, s := range sentences(text) {
		if _, ok := l.across(v.language, before, text[s.start:s.end]); ok {
			out["error"] = true
		}
		for _, h := range l.scan(v.language, nil, before, text[s.start:s.end]) {
			out[word[h.class]] = true
		}
		before = text[s.start:s.end]
		for _, class := range []string{"silence", "detriment"} {
			if len(l.forbidden(v.language, class, text[s.start:s.end])) > 0 {
				out[class] = true
			}
		}
	}
	return out
}

func TestVectors(t *testing.T) {
	t.Parallel()
	l := patterns()
	for _, file := range []string{"vector.txt", "vector_fr.txt", "vector_en.txt", "vector_de.txt", "vector_es.txt", "vector_it.txt", "vector_nl.txt", "vector_pt.txt"} {
		for _, v := range vectors(t, file) {
			got := judge(l, v)
			if v.expect == "deceptive" {
				if !l.match(v.language, "deceptive", normalise(v.text).text) {
					t.Errorf("%s: %q is a deceptive subject and was not seen", v.language, v.text)
				}
				continue
			}
			softer := (v.expect == "weak" || v.expect == "warning") && got["error"]
			if (v.expect == "clean" && len(got) > 0) || (v.expect != "clean" && !got[v.expect]) || softer {
				t.Errorf("%s: %q: got %v, want %s", v.language, v.text, got, v.expect)
			}
		}
	}
}
