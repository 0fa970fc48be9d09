package mailer

import (
	"mime"
	netmail "net/mail"
	"strings"
	"testing"
)

// A field whose first word did not fit beside its name began with an empty line.
func TestNoFieldBeginsWithAnEmptyLine(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	content := contentOf(t, c, frozen())
	long := "Aurélie, étés à l’œuvre : " + strings.Repeat("déjà ", 30)
	for n := 1; n <= len(long); n++ {
		text := strings.TrimSpace(strings.ToValidUTF8(long[:n], ""))
		for _, text := range []string{text, strings.Repeat("x", n), "日本" + strings.Repeat("語", n/3)} {
			f := frozen()
			f.File.Sender.Name = text
			content.Frozen = &f
			m, err := c.envelop(invitation("fr", nil), content, Parts{Subject: text, Text: "t", HTML: "h"}, now)
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(string(m.Bytes), "\r\n\r\n")
			for line := range strings.SplitSeq(head, "\r\n") {
				encoded := strings.Contains(line, "=?")
				if strings.HasSuffix(line, ":") || encoded && len(line) > 76 {
					t.Errorf("%q: %q", text, line)
				}
				for word := range strings.FieldsSeq(line) {
					if part, ok := strings.CutPrefix(word, "=?utf-8?q?"); ok && len(word) > longestWord {
						t.Errorf("%q: a word of %d octets: %s", text, len(word), part)
					}
				}
			}
			read, err := netmail.ReadMessage(strings.NewReader(string(m.Bytes)))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
			from, bad := netmail.ParseAddress(read.Header.Get("From"))
			if err != nil || bad != nil || subject != text || from.Name != clean(text, maxValue) || from.Address != f.File.Sender.Address {
				t.Fatalf("%q is read as %q and %+v: %v %v", text, subject, from, err, bad)
			}
		}
	}
}

// No character is parted between two words: each can be read for itself (RFC 2047 section 5).
func TestEachEncodedWordIsWhole(t *testing.T) {
	t.Parallel()
	for field := range strings.SplitSeq("From Subject X-Auto-Response-Suppress", " ") {
		for n := range 60 {
			words := encodedWords(strings.Repeat("a", n)+strings.Repeat("é🎈?_= ", 20), besides(field), inText)
			if len(field)+len(": ")+len(words[0]) > 76 {
				t.Errorf("%s: the first word has %d octets", field, len(words[0]))
			}
			for _, w := range words {
				if text, err := new(mime.WordDecoder).Decode(w); err != nil || strings.ContainsRune(text, '\uFFFD') || len(w) > longestWord {
					t.Fatalf("%s: %q %v", w, text, err)
				}
			}
		}
	}
}
