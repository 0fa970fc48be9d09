package intake

import (
	"bufio"
	"errors"
	"fmt"
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
// sender was told for good that it is too much, and the no was lost; of a line of more than 128 KiB, that it may try again, which it did
// for days and to no avail.
func TestANoWithALargePictureIsTaken(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"smtp://", "lmtp://"} {
		d := &note{}
		in, keys := intakeOf(t, d)
		s := receivingFor(t, in, scheme)
		to := "u+" + keys.Mint(link.MailtoUnsubscribe, campaign.LinkID{5}, time.Time{}) + "@bounce.shop.example"
		for name, body := range map[string]string{
			"large": strings.Repeat(strings.Repeat("x", 70)+"\r\n", 3<<20/72),
			"long":  strings.Repeat("x", 3<<20) + "\r\n",
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
	s := session{receive: func(Envelope) error { return nil }, line: &counted{}}
	err := s.Data(io.MultiReader(strings.NewReader("Subject: a\r\n"), stalled{}))
	if refused := (*mail.SMTPError)(nil); !errors.As(err, &refused) || !refused.Temporary() {
		t.Errorf("%v", err)
	}
}

// TestALongLineInPartsIsTaken: a mail server that hands over in parts (RFC 3030) does so with lines of any length, too.
func TestALongLineInPartsIsTaken(t *testing.T) {
	t.Parallel()
	d := &note{}
	in, keys := intakeOf(t, d)
	c := speak(t, receivingFor(t, in, "smtp://"))
	raw := "From: jeanne@place.example\r\nSubject: unsubscribe\r\n\r\n" + strings.Repeat("x", 1<<20)
	to := "u+" + keys.Mint(link.MailtoUnsubscribe, campaign.LinkID{5}, time.Time{}) + "@bounce.shop.example"
	c.say("220 ", "")
	c.say("250 ", "EHLO x\r\nMAIL FROM:<jeanne@place.example>\r\nRCPT TO:<"+to+">\r\n")
	c.say("250 ", "")
	c.say("250 ", "")
	c.say("250 ", fmt.Sprintf("BDAT %d\r\n%s", len(raw), raw))
	c.say("250 ", "BDAT 2 LAST\r\n\r\n")
	if len(d.told) != 1 || d.told[0].Meaning != campaign.MeansOptOut {
		t.Errorf("%+v", d.told)
	}
}

// TestACommandWithoutEndIsCutOff: what is no message is held whole, and so bounded, also between the parts of one and after one.
func TestACommandWithoutEndIsCutOff(t *testing.T) {
	t.Parallel()
	s, to := receiving(t, &note{}, "smtp://")
	begin := "MAIL FROM:<>\r\nRCPT TO:<" + to + ">\r\n"
	bounce := "From: mailer-daemon@x.example\r\nSubject: failure notice\r\n\r\nwas rejected: 550 5.1.1 user unknown\r\n"
	for name, before := range map[string][]string{
		"at once":       nil,
		"between parts": {begin, "", "BDAT 4\r\nX: y"},
		"after one":     {begin, "", "DATA\r\n", bounce + strings.Repeat("x", 2*maxCommand) + "\r\n.\r\n"},
	} {
		c := speak(t, s)
		c.say("220 ", "")
		c.say("250 ", "EHLO x\r\n")
		for _, said := range before {
			c.say("", said)
		}
		c.say("500 5.4.0", strings.Repeat("x", maxCommand+8<<10))
		if t.Failed() {
			t.Error(name)
		}
	}
}

type stalled struct{}

func (stalled) Read([]byte) (int, error) { return 0, &net.OpError{Op: "read", Err: io.ErrNoProgress} }

// speaker is a client of a server, by hand.
type speaker struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func speak(t *testing.T, s *Server) speaker {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return speaker{t: t, Conn: c, r: bufio.NewReader(c)}
}

// say sends something, and gives the last line of the answer, which begins with want.
func (c speaker) say(want, what string) (line string) {
	c.t.Helper()
	_, _ = io.WriteString(c, what) // one that does not want it hangs up
	var err error
	for line = "-"; err == nil && (len(line) < 4 || line[3] == '-'); {
		line, err = c.r.ReadString('\n')
	}
	if err != nil || !strings.HasPrefix(line, want) {
		c.t.Errorf("%.60q is answered %q, %v", what, line, err)
	}
	return line
}

// handOver sends one message and gives the answer to its dot.
func handOver(t *testing.T, s *Server, scheme, to, raw string) string {
	t.Helper()
	c := speak(t, s)
	defer c.Close()
	hello := "EHLO"
	if scheme == "lmtp://" {
		hello = "LHLO"
	}
	c.say("220 ", "")
	for _, said := range []string{hello + " x\r\n", "MAIL FROM:<jeanne@place.example>\r\n", "RCPT TO:<" + to + ">\r\n"} {
		c.say("250 ", said)
	}
	c.say("354 ", "DATA\r\n")
	return c.say("", raw+".\r\n")
}
