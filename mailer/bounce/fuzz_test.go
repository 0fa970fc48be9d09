package bounce

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/expression"
)

var statusCode = expression.Of(`^[245]\.\d{1,3}\.\d{1,3}$`)

// A mailbox is only given up on a final no, and letter case decides nothing.
func FuzzClassify(f *testing.F) {
	for _, s := range []string{"5.1.1 user unknown", "5.7.1 blocked, user unknown", "4.2.2 mailbox full", "no such user here", "5.1.1: x", "5.1.1", "5.999.999 x", "5.1.1111 x", "2.0.0 ok", "530 authentication required",
		"5.4.1 Recipient address rejected: Access denied", "user is unknown but our IP 1.2.3.4 is listed", ""} {
		f.Add(550, s)
		f.Add(450, s)
	}
	f.Fuzz(func(t *testing.T, code int, text string) {
		if code < 200 || code > 599 {
			return
		}
		status := Status(code, text)
		if status != "" && (!statusCode.MatchString(status) || int(status[0]-'0') != code/100 || !strings.HasPrefix(strings.TrimSpace(text), status)) {
			t.Fatalf("%q of %d %q", status, code, text)
		}
		class := Classify(code, status, text)
		if class.Gone() && code/100 != 5 {
			t.Fatalf("%d %q gives a mailbox up", code, text)
		}
		if class.Gone() && class.Ours() {
			t.Fatalf("%d %q is %s: the person's and ours", code, text, class)
		}
		if strings.EqualFold(strings.ToUpper(text), text) {
			if upper := Classify(code, status, strings.ToUpper(text)); upper != class {
				t.Fatalf("%q is %s, in capitals %s", text, class, upper)
			}
		}
	})
}

// Whatever comes in, reading ends, keeps its bounds, and gives a mailbox up only by a final answer.
func FuzzRead(f *testing.F) {
	for name := range samples {
		f.Add(sample(f, name))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := Read(raw)
		if r.Kind == KindOther && len(r.Recipients) > 0 || len(r.Recipients) > most || len(r.Signed) > most {
			t.Fatalf("%+v", r)
		}
		for _, p := range r.Recipients {
			if p.Meaning == "" || p.Meaning == MeansHard && !p.Class.Gone() || p.Meaning == MeansHard && p.Status != "" && p.Status[0] != '5' {
				t.Fatalf("%+v", p)
			}
		}
		for _, s := range r.Signed {
			if len(s.Token) != 60 || s.Token != strings.ToLower(s.Token) || s.Mark != 'b' && s.Mark != 'u' {
				t.Fatalf("%+v", s)
			}
		}
	})
}
