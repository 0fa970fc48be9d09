package smtptest

import (
	"net/smtp"
	"testing"
)

// The oracle remembers what it took, whatever it said.
func TestMemory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step    Step
		believe bool // what a sender is told
		taken   int
	}{
		"usual":                 {Step{}, true, 1},
		"refused":               {Step{Reply: "550 5.7.1 no"}, false, 0},
		"stored, then dropped":  {Step{Drop: true, Store: true}, false, 1},
		"dropped":               {Step{Drop: true}, false, 0},
		"reset after storing":   {Step{Abort: true, Store: true}, false, 1},
		"split":                 {Step{Reply: "250 ok", Split: true}, true, 1},
		"refused, yet it keeps": {Step{Reply: "451 4.3.0 no", Store: true}, false, 1},
	} {
		s, err := Start(Options{Pipelining: true, EightBit: true, UTF8: true, Script: At(Dot, 1, c.step)})
		if err != nil {
			t.Fatal(err)
		}
		err = smtp.SendMail(s.Addr(), nil, "a@example.org", []string{"b@example.net"}, []byte("Subject: x\r\n\r\n.dot\r\n"))
		if (err == nil) != c.believe || s.Accepted()["b@example.net"] != c.taken {
			t.Errorf("%s: %v, taken %v", name, err, s.Accepted())
		}
		if c.taken == 1 && string(s.Messages()[0].Data) != "Subject: x\r\n\r\n.dot\r\n" {
			t.Errorf("%s: %q", name, s.Messages()[0].Data)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
