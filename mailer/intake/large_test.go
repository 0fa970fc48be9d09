package intake

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	mail "github.com/emersion/go-smtp"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// TestANoWithALargePictureIsTaken: whoever says no by mail has a picture below their name, or lines that never end. The
// sender was told for good that it is too much, and the no was lost.
func TestANoWithALargePictureIsTaken(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"smtp://", "lmtp://"} {
		d := &note{}
		in, keys := intakeOf(t, d)
		s := receivingFor(t, in, scheme)
		to := "u+" + keys.Mint(link.MailtoUnsubscribe, campaign.LinkID{5}, time.Time{}) + "@bounce.shop.example"
		for name, body := range map[string]string{
			"large": strings.Repeat(strings.Repeat("x", 70)+"\r\n", 3<<20/72),
			"long":  strings.Repeat("x", 100_000) + "\r\n",
		} {
			d.told = nil
			if said := handOver(t, s, scheme, to, "From: jeanne@place.example\r\nSubject: unsubscribe\r\n\r\n"+body); !strings.HasPrefix(said, "250 ") {
				t.Errorf("%s %s: %q", scheme, name, said)
			}
			if len(d.told) != 1 || d.told[0].Meaning != campaign.MeansOptOut || d.told[0].Link != (campaign.LinkID{5}) {
				t.Errorf("%s %s: %+v", scheme, name, d.told)
			}
		}
	}
}

// TestOnlyTheBeginningOfALargeMessageIsHeld bounds the memory of one message, whatever is sent.
func TestOnlyTheBeginningOfALargeMessageIsHeld(t *testing.T) {
	t.Parallel()
	held := 0
	s, err := ListenWith(Options{Address: "127.0.0.1:0", Cut: true}, func(e Envelope) error {
		held = len(e.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := smtp.SendMail(s.Addr().String(), nil, "b@x.example", []string{"a@x.example"}, []byte("Subject: a\r\n\r\n"+strings.Repeat("xxxxxxxxxx\r\n", 400_000))); err != nil || held != maxMessage {
		t.Errorf("%d octets held, %v", held, err)
	}
}

// TestASenderThatBreaksOffMayTryAgain: who stalls in the middle of a message is not told that it can never be taken.
func TestASenderThatBreaksOffMayTryAgain(t *testing.T) {
	t.Parallel()
	s := session{receive: func(Envelope) error { return nil }}
	err := s.Data(io.MultiReader(strings.NewReader("Subject: a\r\n"), stalled{}))
	if refused := (*mail.SMTPError)(nil); !errors.As(err, &refused) || !refused.Temporary() {
		t.Errorf("%v", err)
	}
}

type stalled struct{}

func (stalled) Read([]byte) (int, error) { return 0, &net.OpError{Op: "read", Err: io.ErrNoProgress} }

// handOver sends one message and gives the answer to its dot.
func handOver(t *testing.T, s *Server, scheme, to, raw string) string {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(c)
	answer := func() (line string) {
		for line = "-"; len(line) < 4 || line[3] == '-'; {
			if line, err = r.ReadString('\n'); err != nil {
				return err.Error()
			}
		}
		return line
	}
	answer()
	hello := "EHLO"
	if scheme == "lmtp://" {
		hello = "LHLO"
	}
	for _, say := range []string{hello + " x\r\n", "MAIL FROM:<jeanne@place.example>\r\n", "RCPT TO:<" + to + ">\r\n", "DATA\r\n"} {
		if _, err := io.WriteString(c, say); err != nil {
			t.Fatal(err)
		}
		if said := answer(); said[0] != '2' && said[0] != '3' {
			t.Fatalf("%q: %q", say, said)
		}
	}
	_, _ = io.WriteString(c, raw+".\r\n") // one that does not want it hangs up
	return answer()
}
