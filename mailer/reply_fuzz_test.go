package mailer

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// A reply is complete or it is an error. What is kept of it is short, printable, and leaves what follows
// unread.
func FuzzReply(f *testing.F) {
	for _, s := range []string{"250 ok\r\n", "250-a\r\n250 b\r\n", "250-a\r\n550 b\r\n", "250\r\n", "354 go\n", "99 x\r\n", "600 x\r\n", "550 5.1.1 <a@b.example>: no\r\n250 next\r\n",
		"550-5.7.1 a\r\n550 5.7.1 b\r\n", "250 \xff\x00\x1b[31m\r\n", "25", "250_x\r\n", strings.Repeat("250-x\r\n", 200), "421 4.3.2 " + strings.Repeat("ü", 400) + "\r\n", "250\r250 x\r\n", "535 5.7.8\u202e no\r\n"} {
		f.Add([]byte(s), "a@b.example")
	}
	f.Fuzz(func(t *testing.T, raw []byte, to string) {
		c := &conn{r: bufio.NewReader(bytes.NewReader(raw))}
		r, err := c.read()
		if err != nil {
			if r != (reply{}) {
				t.Fatalf("an error and yet %v", r)
			}
			return
		}
		if r.code < 200 || r.code > 599 || len(r.text) > maxReply || !utf8.ValidString(r.text) || strings.ContainsFunc(r.text, unicode.IsControl) {
			t.Fatalf("%q", r)
		}
		if r.status != "" && int(r.status[0]-'0') != r.code/100 {
			t.Fatalf("%q of %d", r.status, r.code)
		}
		rest := raw[len(raw)-c.r.Buffered():]
		taken := raw[:len(raw)-len(rest)]
		if !bytes.HasSuffix(taken, []byte("\n")) || bytes.Count(taken, []byte("\n")) > maxReplyLines {
			t.Fatalf("%q was taken of %q", taken, raw)
		}
		if len(to) >= 3 && ascii(to) && ascii(r.text) {
			shown := hide(r.text, to)
			if mailbox(to) && strings.Contains(strings.ToLower(shown), strings.ToLower(to)) {
				t.Fatalf("%q shows %q", shown, to)
			}
		}
	})
}
