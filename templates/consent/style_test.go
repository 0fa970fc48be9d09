package consent

import (
	"regexp"
	"strings"
	"testing"
)

// Whatever the organisation's colour is, what is written in it and on it can be read in both themes.
func TestEveryAccentCanBeRead(t *testing.T) {
	t.Parallel()
	plain, _ := Sheetfile("")
	if other, _ := Sheetfile("red"); other.SHA256 != plain.SHA256 {
		t.Error("what is no colour changes the style sheet")
	}
	values := regexp.MustCompile(`--accent(?:-deep|-wash)?: (#[0-9a-f]{6})`)
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				accent := colour{float64(r) / 255, float64(g) / 255, float64(b) / 255}.String()
				f, _ := Sheetfile(accent)
				if f.SHA256 == plain.SHA256 || !strings.HasPrefix(string(f.Content), string(plain.Content)) {
					t.Fatalf("%s: no style sheet of its own", accent)
				}
				var c []colour
				for _, m := range values.FindAllStringSubmatch(string(f.Content[len(plain.Content):]), -1) {
					one, _ := parseColour(m[1])
					c = append(c, one)
				}
				for n, ground := range map[string][]colour{"light": {lightPaper, lightSheet, c[2], lightLabel}, "dark": {darkPaper, darkSheet, c[5], darkLabel}} {
					at := map[string]int{"light": 0, "dark": 3}[n]
					for _, g := range ground {
						if got := contrast(c[at], g); got < leastContrast {
							t.Errorf("%s, %s: %s on %s has a contrast of %.2f", accent, n, c[at], g, got)
						}
					}
				}
			}
		}
	}
	if ink, _ := parseColour("#0d5a63"); ink.String() != "#0d5a63" {
		t.Error("a colour is not itself")
	}
	if f, _ := Sheetfile("#1f5a8c"); !strings.Contains(string(f.Content), "--accent: #1f5a8c;") {
		t.Error("a colour that can be read as it is was changed")
	}
}
