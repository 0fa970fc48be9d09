package intake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

func receiving(t *testing.T, d Desk, scheme string) (*Server, string) {
	t.Helper()
	in, keys := intakeOf(t, d)
	return receivingFor(t, in, scheme), "b+" + keys.Mint(link.Bounce, campaign.LinkID{5}, today) + "@bounce.shop.example"
}

func receivingFor(t *testing.T, in *Intake, scheme string) *Server {
	t.Helper()
	s, err := in.Receive(scheme+"127.0.0.1:0", "bounce.shop.example", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestReceiveOnlyWhatIsSigned: the envelope says whom a message came to and from whom, whatever its header claims.
func TestReceiveOnlyWhatIsSigned(t *testing.T) {
	t.Parallel()
	d := &note{}
	s, to := receiving(t, d, "smtp://")
	raw := []byte("Return-Path: <somebody@x.example>\r\nFrom: mailer-daemon@x.example\r\nTo: someone@shop.example\r\nSubject: failure notice\r\n\r\nwas rejected <a@x.example>: 550 5.1.1 user unknown\r\n")
	if err := smtp.SendMail(s.Addr().String(), nil, "", []string{to}, raw); err != nil {
		t.Fatal(err)
	}
	if len(d.told) != 1 || d.told[0].Link != (campaign.LinkID{5}) || !d.told[0].Genuine || d.told[0].Meaning != campaign.MeansHard {
		t.Errorf("%+v", d.told)
	}
	for _, other := range []string{"contact@bounce.shop.example", "b+" + strings.Repeat("a", 60) + "@bounce.shop.example", "b+x@bounce.shop.example"} {
		if err := smtp.SendMail(s.Addr().String(), nil, "", []string{other}, raw); err == nil || !strings.Contains(err.Error(), "5.1.1") {
			t.Errorf("%s: %v", other, err)
		}
	}
	if len(d.told) != 1 {
		t.Error("a stranger is told")
	}
}

// TestWhatIsNotKeptIsNotTaken: the sender keeps what could not be dealt with.
func TestWhatIsNotKeptIsNotTaken(t *testing.T) {
	t.Parallel()
	d := &note{err: errors.New("disk full")}
	s, to := receiving(t, d, "")
	raw := []byte("From: mailer-daemon@x.example\r\nSubject: failure notice\r\n\r\nwas rejected: 550 5.1.1 user unknown\r\n")
	if err := smtp.SendMail(s.Addr().String(), nil, "", []string{to}, raw); err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("%v", err)
	}
	if err := smtp.SendMail(s.Addr().String(), nil, "", []string{to}, raw); err != nil || len(d.told) != 2 {
		t.Errorf("%v, told %d times", err, len(d.told))
	}
}

// TestAPersonIsToldThatNobodyReadsIt: what a person writes to a return path was taken without a word, and nobody had it. What a
// server writes and cannot be understood is taken, since it has nobody to give it back to, and the log says so.
func TestAPersonIsToldThatNobodyReadsIt(t *testing.T) {
	t.Parallel()
	d := &note{}
	in, keys := intakeOf(t, d)
	var log strings.Builder
	s, err := in.Receive("127.0.0.1:0", "bounce.shop.example", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	to := "b+" + keys.Mint(link.Bounce, campaign.LinkID{5}, today) + "@bounce.shop.example"
	raw := "From: jeanne@place.example\r\nSubject: A question\r\n\r\nWhat do you hold about me?\r\n"
	if err := smtp.SendMail(s.Addr().String(), nil, "jeanne@place.example", []string{to}, []byte(raw)); err == nil || !strings.Contains(err.Error(), "5.7.1") {
		t.Errorf("%v", err)
	}
	if said := handOver(t, s, "smtp://", to, strings.Replace(raw, "jeanne@", "mailer-daemon@", 1)); !strings.HasPrefix(said, "550 5.7.1") {
		t.Errorf("%q", said)
	}
	if err := smtp.SendMail(s.Addr().String(), nil, "", []string{to}, []byte("From: mailer-daemon@place.example\r\nSubject: Notice\r\nAuto-Submitted: auto-replied\r\n\r\nSorry, no luck this time.\r\n")); err != nil {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if written := log.String(); len(d.told) != 0 || strings.Count(written, "level=WARN") != 3 || strings.Contains(written, "jeanne") {
		t.Errorf("told %+v, log %s", d.told, log.String())
	}
}

func TestReceiveByLMTP(t *testing.T) {
	t.Parallel()
	d := &note{}
	s, to := receiving(t, d, "lmtp://")
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for _, step := range []struct{ say, want string }{
		{"", "220 "}, {"LHLO x\r\n", "250 "}, {"MAIL FROM:<>\r\n", "250 "}, {"RCPT TO:<nobody@bounce.shop.example>\r\n", "550 "}, {"RCPT TO:<" + to + ">\r\n", "250 "}, {"DATA\r\n", "354 "},
		{"From: mailer-daemon@x.example\r\nSubject: failure notice\r\n\r\nwas rejected: 550 5.1.1 user unknown\r\n.\r\n", "250 "}, {"QUIT\r\n", "221 "},
	} {
		if _, err := io.WriteString(c, step.say); err != nil {
			t.Fatal(err)
		}
		for line := "-"; len(line) < 4 || line[3] == '-'; {
			if line, err = r.ReadString('\n'); err != nil {
				t.Fatalf("%q: %v", step.say, err)
			}
			if len(line) > 3 && line[3] != '-' && !strings.HasPrefix(line, step.want) {
				t.Fatalf("%q: %q", step.say, line)
			}
		}
	}
	if len(d.told) != 1 {
		t.Errorf("%+v", d.told)
	}
}

// TestTooManyConnections: whoever comes while all places are taken is turned away, and a place is free again when
// somebody leaves.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	s, _ := receiving(t, &note{}, "")
	greeted := func() (net.Conn, error) {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			return nil, err
		}
		_ = c.SetDeadline(time.Now().Add(30 * time.Second))
		_, err = bufio.NewReader(c).ReadString('\n')
		return c, err
	}
	var held []net.Conn
	for range maxConnections {
		c, err := greeted()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		held = append(held, c)
	}
	if c, err := greeted(); err == nil {
		t.Error("one too many is greeted")
	} else if c != nil {
		_ = c.Close()
	}
	fmt.Fprint(held[0], "QUIT\r\n")
	_, _ = io.ReadAll(held[0]) // until the server has hung up
	c, err := greeted()
	if err != nil {
		t.Errorf("no place is free again: %v", err)
	} else {
		_ = c.Close()
	}
}
