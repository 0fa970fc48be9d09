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

// Public pages may load nothing from elsewhere, and a style sheet can.
func TestStyleSheetsLoadNothing(t *testing.T) {
	t.Parallel()
	f, _ := static.Open("consent.css")
	if found := regexp.MustCompile(`(?i)url\(|@import|https?://|//[a-z]`).Find(f.Content); found != nil {
		t.Errorf("consent.css loads %s", found)
	}
	if bytes.Contains(f.Content, []byte("\r")) {
		t.Error("consent.css has CR line ends: its hash would depend on the checkout")
	}
}
