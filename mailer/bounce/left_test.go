package bounce

import (
	"strings"
	"testing"
)

// returned is an automatic answer as machines send it to a return path.
func returned(subject, text string) []byte {
	return []byte("Return-Path: <>\nFrom: Jeanne <jeanne@place.example>\nTo: b+" + strings.Repeat("a", 60) + "@bounce.shop.example\nSubject: " + subject +
		"\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n")
}

// TestWhoHasLeft reads testdata/left.txt: who has left is told from who is away.
func TestWhoHasLeft(t *testing.T) {
	t.Parallel()
	seen := written(t, "left.txt", func(is, language, subject, text string) {
		r := Read(returned(subject, text))
		if r.Kind != KindAuto || len(r.Recipients) != 1 || string(r.Recipients[0].Meaning) != is {
			t.Errorf("%s, %q is %s %+v, want %s", language, text, r.Kind, r.Recipients, is)
		}
	})
	for _, language := range []string{"fr", "en", "de", "es", "it", "nl", "pt"} {
		if seen[language+" left"] < 8 || seen[language+" auto"] < 4 {
			t.Errorf("%s: %d left, %d away", language, seen[language+" left"], seen[language+" auto"])
		}
	}
}

// What is kept of such an answer names nobody: neither who has left nor who comes after them.
func TestWhatIsKeptOfALeaverNamesNobody(t *testing.T) {
	t.Parallel()
	r := Read(returned("Automatic reply: Peter Dunn has left", "Peter Dunn no longer works for the company. Please contact Ruth Ames, ruth.ames@place.example."))
	if got := r.Recipients[0].Text; got != "no longer works for" {
		t.Errorf("kept %q", got)
	}
}

// A person who writes that they have left is read by people; at a return path nobody but machines answers, with or without a header that says so.
func TestALeaverWithoutAHeader(t *testing.T) {
	t.Parallel()
	text := "I no longer work for the company. Please ask Ruth Ames."
	if got := Read(answer("Re: x", text)).Kind; got != KindOther {
		t.Errorf("written by hand it is %s", got)
	}
	bare := strings.ReplaceAll(strings.ReplaceAll(string(returned("Re: x", text)), "Auto-Submitted: auto-replied\n", ""), "Return-Path: <>\n", "")
	if r := Read([]byte(bare)); r.Kind != KindAuto || r.Recipients[0].Meaning != MeansLeft {
		t.Errorf("at the return path it is %s, %+v", r.Kind, r.Recipients)
	}
	if got := Read([]byte(strings.Replace(bare, text, "Stop. "+text, 1))).Kind; got != KindStop {
		t.Errorf("with a stop before it is %s", got)
	}
}
