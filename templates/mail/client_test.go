package mail

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// support is what a message may be made of: "element table" with the share of programs that know it, -1 where
// that is not tracked, and whether the message depends on it.
type support struct {
	share int
	must  bool
}

func clients(t *testing.T) map[string]support {
	t.Helper()
	text, err := os.ReadFile("testdata/clients.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]support{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		share, err := strconv.Atoi(f[2])
		if f[2] == "-" {
			share, err = -1, nil
		}
		if err != nil || len(f) != 4 {
			t.Fatalf("%q: %v", line, err)
		}
		out[f[0]+" "+f[1]] = support{share, f[3] == "must"}
	}
	return out
}

// full is a letter with everything that an author may write.
func full() Letter {
	return Letter{Language: "en", Direction: "ltr", Title: "Maison Lumen: your choice", Sender: "Maison Lumen",
		Body: []Block{{HTML: "<h1>a</h1><h2>b</h2><h3>c</h3><p>d <strong>e</strong> <em>f</em><br></p><ul><li>g</li></ul><ol start=\"2\"><li>h</li></ol><blockquote><p>i</p></blockquote><hr>"},
			{Kind: Choice}, {Kind: Object}},
		Ask: Ask{"May we?", []string{"One"}}, Choose: Link{"Choose", "https://x.example/c/1"}, Answer: []string{"Free"},
		Object: Objection{"You can object", Link{"No more", "https://x.example/u/1"}}, Legal: []Section{{"Who", "We"}}, Notice: Link{"Notice", "https://x.example/n"}}
}

var (
	declaration = regexp.MustCompile(`([a-z-]+)\s*:\s*([^;{}]+)`)
	comment     = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// TestOnlyWhatMailProgramsKnow holds every element, attribute, property and rule of the layout against the list; what is
// inline must work nearly everywhere, and what only some know stands in the style sheet, or is merely an ornament.
func TestOnlyWhatMailProgramsKnow(t *testing.T) {
	t.Parallel()
	known := clients(t)
	for what, s := range known {
		if s.must && s.share >= 0 && s.share < 90 {
			t.Errorf("the message depends on %s, which %d %% of mail programs know", what, s.share)
		}
	}
	page, err := HTML(full())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	use := func(kind, name string) {
		used[kind+" "+name] = true
		if _, ok := known[kind+" "+name]; !ok {
			t.Errorf("%s %s is not on the list of what mail programs know", kind, name)
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		use("element", n.Data)
		for _, a := range n.Attr {
			use("attribute", a.Key)
			if a.Key == "style" {
				inline(t, use, a.Val)
			}
		}
		if n.Data == "style" {
			sheetOf(use, n.FirstChild.Data)
		}
	}
	if !used["rule prefers-color-scheme"] || !used["property border-radius"] {
		t.Error("the style sheet was not read")
	}
}

func inline(t *testing.T, use func(kind, name string), style string) {
	t.Helper()
	for _, d := range declaration.FindAllStringSubmatch(style, -1) {
		use("property", d[1])
		if strings.ContainsAny(d[2], "()") {
			t.Errorf("%s: %s computes or loads", d[1], d[2])
		}
	}
}

// sheetOf reads the style sheet: selectors are elements, classes and what is within them.
func sheetOf(use func(kind, name string), sheet string) {
	sheet = comment.ReplaceAllString(sheet, "")
	for _, m := range regexp.MustCompile(`@media \(([a-z-]+):[^)]*\)`).FindAllStringSubmatch(sheet, -1) {
		use("rule", "@media")
		use("rule", m[1])
	}
	for _, at := range regexp.MustCompile(`@[a-z-]+`).FindAllString(sheet, -1) {
		use("rule", at)
	}
	if strings.Contains(sheet, "!important") {
		use("rule", "!important")
	}
	for _, block := range regexp.MustCompile(`\{([^{}]*)\}`).FindAllStringSubmatch(sheet, -1) {
		for _, d := range declaration.FindAllStringSubmatch(block[1], -1) {
			use("property", d[1])
		}
	}
}

// TestNothingIsLoaded: no image, no address but the three links, no script.
func TestNothingIsLoaded(t *testing.T) {
	t.Parallel()
	page, err := HTML(full())
	if err != nil {
		t.Fatal(err)
	}
	low := strings.ToLower(string(page))
	for _, bad := range []string{"<img", "src=", "url(", "@import", "<script", "<link", "background=", "<svg", "display:none", "font-size:0", "opacity"} {
		if strings.Contains(low, bad) {
			t.Errorf("%s stands in the layout", bad)
		}
	}
	addresses := regexp.MustCompile(`https?://[^"<]*`).FindAllString(low, -1)
	if slices.Sort(addresses); !slices.Equal(addresses, []string{"https://x.example/c/1", "https://x.example/n", "https://x.example/u/1"}) {
		t.Errorf("%v", addresses)
	}
}
