package static_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/static"
)

func TestPathCarriesTheHashOfTheContent(t *testing.T) {
	t.Parallel()
	f, ok := static.Open("consent.css")
	if !ok {
		t.Fatal("consent.css is missing")
	}
	if f.Media != "text/css; charset=utf-8" {
		t.Errorf("media is %q", f.Media)
	}
	name, hash, ok := static.Split(strings.TrimPrefix(static.Path("consent.css"), static.Prefix))
	if !ok || name != f.Name || hash != f.SHA256 {
		t.Errorf("Split gave %q, %q, %v", name, hash, ok)
	}
	if static.Path("nothing.css") != static.Prefix {
		t.Error("a missing file has a path")
	}
}

func TestSplitRefusesWhatNoPathLooksLike(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("0a", 32)
	for _, served := range []string{"", "consent.css", "consent.abc.css", "." + hash + ".css", "consent." + hash[1:] + "z.css", hash} {
		if name, _, ok := static.Split(served); ok {
			t.Errorf("%q was read as %q", served, name)
		}
	}
}

// Pages may load nothing from elsewhere, and a style sheet can.
func TestStyleSheetsLoadNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"consent.css", "board.css", "demo.css"} {
		f, ok := static.Open(name)
		if !ok {
			t.Errorf("%s is missing", name)
		}
		if found := regexp.MustCompile(`(?i)url\(|@import|https?://|//[a-z]`).Find(f.Content); found != nil {
			t.Errorf("%s loads %s", name, found)
		}
		if bytes.Contains(f.Content, []byte("\r")) {
			t.Errorf("%s has CR line ends: its hash would depend on the checkout", name)
		}
	}
}

// TestScriptsAreAsPublished: they are files of others, taken over byte by byte. Another version gets its
// hash here, and its line in licence/README.
func TestScriptsAreAsPublished(t *testing.T) {
	t.Parallel()
	for name, hash := range map[string]string{
		"htmx.js":     "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
		"htmx-sse.js": "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
	} {
		if f, _ := static.Open(name); f.SHA256 != hash || f.Media != "text/javascript; charset=utf-8" {
			t.Errorf("%s is %s, %s", name, f.SHA256, f.Media)
		}
	}
}
