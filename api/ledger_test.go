package api

import (
	"strings"
	"testing"
)

// The page carries its policy itself, too, so that it is under it when it is saved and opened as a file. Whoever
// changes its script or style puts the hashes that this test names into the page.
func TestVerifyPageIsUnderItsOwnPolicy(t *testing.T) {
	t.Parallel()
	page := string(verifyPage)
	inside, _ := strings.CutSuffix(VerifyPolicy(), "; frame-ancestors 'none'") // which only a server can say
	if !strings.Contains(page, `<meta http-equiv="Content-Security-Policy" content="`+inside+`">`) {
		t.Errorf("the page does not say: %s", inside)
	}
	for _, element := range []string{"script", "style"} {
		if strings.Count(page, "<"+element+">") != 1 || strings.Count(page, "</"+element+">") != 1 || strings.Count(page, "<"+element) != 1 {
			t.Errorf("the page has not one %s", element)
		}
	}
	for _, no := range []string{"://", "innerHTML", "fetch(", "XMLHttpRequest", " src=", " href=", "localStorage", "eval("} {
		if strings.Contains(page, no) {
			t.Errorf("the page has %s in it", no)
		}
	}
}
