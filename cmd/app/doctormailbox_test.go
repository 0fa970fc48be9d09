package app

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// certified is a server's side of TLS, and the side of somebody who trusts it.
func certified(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
}

// mailServer answers every connection by IMAP over TLS, with what answer says to a command; TAG stands for its tag.
func mailServer(t *testing.T, c *tls.Config, answer func(command string) string) (address string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { speak(conn, answer) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	return l.Addr().String()
}

func speak(conn net.Conn, answer func(string) string) {
	defer conn.Close()
	if _, err := fmt.Fprint(conn, "* OK ready\r\n"); err != nil {
		return
	}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		tag, command, _ := strings.Cut(lines.Text(), " ")
		if _, err := fmt.Fprint(conn, strings.ReplaceAll(answer(command), "TAG", tag)); err != nil {
			return
		}
	}
}

// TestDoctorOnTheMailbox: whether what comes back can be read was seen in one line of the log of a server alone, and a wrong password
// meant that no written no was heard.
func TestDoctorOnTheMailbox(t *testing.T) {
	t.Parallel()
	known, trusting := certified(t)
	const selected = "* 3 EXISTS\r\n* OK [PERMANENTFLAGS (\\Deleted \\*)] limited\r\n* OK [UIDVALIDITY 1] valid\r\nTAG OK selected\r\n"
	const all = "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS IDLE] in\r\n"
	for name, c := range map[string]struct {
		login, open string
		status      string
		words       []string
	}{
		"in order":       {all, selected, StatusOK, []string{"it can be read; messages: 3"}},
		"bare":           {"TAG OK [CAPABILITY IMAP4rev1] in\r\n", selected, StatusOK, []string{"no UIDPLUS", "no IDLE"}},
		"read only":      {all, strings.Replace(selected, "\\Deleted \\*", "", 1), StatusWarning, []string{"does not let anything be deleted", "right to delete"}},
		"wrong password": {"TAG NO [AUTHENTICATIONFAILED] no\r\n", "", StatusError, []string{"does not take user and password", "no written no is heard", "correct user and password in bounces.imap"}},
		"no folder":      {all, "TAG NO [NONEXISTENT] none\r\n", StatusError, []string{"the folder Returns cannot be opened", "correct the folder"}},
		"hangs up":       {"* BYE\r\n", "", StatusError, []string{"does not take user"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := mailServer(t, known, func(command string) string {
				switch {
				case strings.HasPrefix(command, "LOGIN"):
					return c.login
				case strings.HasPrefix(command, "SELECT"):
					return c.open
				}
				return "TAG OK done\r\n"
			})
			d := patientOf(t, "", "")
			d.deps.TLS = trusting
			d.config.Bounces.IMAP = "imaps://bounce:secret@" + address + "/Returns"
			l := lineOf(t, d.mailbox(t.Context()), "mailbox")
			l.is(t, c.status, c.words...)
			if all := l.Text + l.Mend; strings.Contains(all, "secret") {
				t.Errorf("it shows the password: %s", all)
			}
		})
	}
}

// TestDoctorOnAMailboxThatIsNotReached: the wait has an end, and whom nobody trusts is named.
func TestDoctorOnAMailboxThatIsNotReached(t *testing.T) {
	t.Parallel()
	known, trusting := certified(t)
	d := patientOf(t, "", "")
	d.config.Bounces.IMAP = "imaps://bounce:secret@" + mailServer(t, known, func(string) string { return "" })
	lineOf(t, d.mailbox(t.Context()), "mailbox").is(t, StatusError, "cannot be reached", "certificate")
	d.deps.TLS = trusting
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	lineOf(t, d.mailbox(ctx), "mailbox").is(t, StatusError, "deadline exceeded")
	d.config.Bounces.IMAP = ""
	if lines := d.mailbox(t.Context()); lines != nil {
		t.Errorf("%+v", lines)
	}
}
