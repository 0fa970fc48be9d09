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

// greeted is a connection from an address of this machine, and the first word of the server.
func greeted(t *testing.T, s *Server, from string) (net.Conn, string) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(t.Context(), "tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	said, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return c, said[:4]
}

// TestOneClientDoesNotHoldEveryConnection: one that opened them all and said nothing kept away what came back from everybody else. Whoever
// is turned away is told to come again, and a place is free again when somebody leaves.
func TestOneClientDoesNotHoldEveryConnection(t *testing.T) {
	t.Parallel()
	s, _ := receiving(t, &note{}, "")
	var first net.Conn
	for n := range maxPerClient {
		c, said := greeted(t, s, "127.0.0.1")
		if said != "220 " {
			t.Fatalf("the %dth: %s", n, said)
		}
		first = c
	}
	if _, said := greeted(t, s, "127.0.0.1"); said != "421 " {
		t.Errorf("one too many: %s", said)
	}
	if _, said := greeted(t, s, "127.0.0.2"); said != "220 " {
		t.Errorf("somebody else: %s", said)
	}
	fmt.Fprint(first, "QUIT\r\n")
	_, _ = io.ReadAll(first) // until the server has hung up
	if _, said := greeted(t, s, "127.0.0.1"); said != "220 " {
		t.Errorf("no place is free again: %s", said)
	}
}

// TestTooManyConnections: whoever comes while all places are taken is turned away.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	s, _ := receiving(t, &note{}, "")
	from := func(n int) string { return fmt.Sprintf("127.0.1.%d", n/maxPerClient+1) }
	for n := range maxConnections {
		if _, said := greeted(t, s, from(n)); said != "220 " {
			t.Fatalf("the %dth: %s", n, said)
		}
	}
	if _, said := greeted(t, s, from(10*maxPerClient)); said != "421 " {
		t.Errorf("one too many: %s", said)
	}
}

// TestWhoAClientIs: a house with IPv6 is one, however many addresses it has.
func TestWhoAClientIs(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7:25": "192.0.2.7/32", "[::ffff:192.0.2.7]:25": "192.0.2.7/32", "[2001:db8:1:2:3:4:5:6]:25": "2001:db8:1:2::/64", "[fe80::1%lo]:25": "fe80::/64",
	} {
		if got := client(at(address)).String(); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

type at string

func (at) Network() string  { return "tcp" }
func (a at) String() string { return string(a) }
