package intake

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// hangUp ends an answer with which the mail server ends the connection.
const hangUp = "\x00"

// scripted is the other end of a connection to a mail server that answers what answer says, "" being nothing at all. It says what it
// can do as it greets: the library otherwise asks in a goroutine that may wait for a lock while something else is under way, and as
// long as anything in a bubble does, no time passes there.
func scripted(t *testing.T, answer func(command string) string) Mailbox {
	t.Helper()
	dial := func(context.Context) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			if _, err := fmt.Fprint(there, "* OK [CAPABILITY IMAP4rev1] ready\r\n"); err != nil {
				return
			}
			for lines := bufio.NewScanner(there); lines.Scan(); {
				tag, command, named := strings.Cut(lines.Text(), " ")
				if !named {
					tag, command = "", tag
				}
				said, ends := strings.CutSuffix(answer(command), hangUp)
				if _, err := fmt.Fprint(there, strings.ReplaceAll(said, "TAG", tag)); err != nil || ends {
					return
				}
			}
		}()
		return here, nil
	}
	return Mailbox{Host: "mail.example:993", User: "bounce", Password: "secret", Folder: "INBOX", dial: dial}
}

// TestASilentMailServerIsLeft: a mail server that took the connection, and then said nothing more, was waited for for ever, and what
// came back was never read again.
func TestASilentMailServerIsLeft(t *testing.T) {
	t.Parallel()
	for _, silent := range []string{"LOGIN", "SELECT", "UID SEARCH", "IDLE", "DONE"} {
		t.Run(silent, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box := scripted(t, func(command string) string {
					switch {
					case strings.HasPrefix(command, silent):
						return ""
					case strings.HasPrefix(command, "LOGIN"):
						return "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS IDLE] logged in\r\n"
					case strings.HasPrefix(command, "SELECT"):
						return "* 0 EXISTS\r\n* OK [UIDVALIDITY 1]\r\nTAG OK [READ-WRITE] selected\r\n"
					case strings.HasPrefix(command, "UID SEARCH"):
						return "* SEARCH\r\nTAG OK searched\r\n"
					case command == "IDLE":
						return "+ idling\r\n"
					}
					return "TAG OK done\r\n"
				})
				in, _ := intakeOf(t, &note{})
				ended := make(chan error, 1)
				go func() { ended <- in.session(t.Context(), box, slog.New(slog.DiscardHandler)) }()
				if err := <-ended; err == nil {
					t.Error("no error")
				}
			})
		})
	}
}

// TestAServerThatHangsUpIsCalledAgain: one that was started anew while it idled was not missed for two minutes.
func TestAServerThatHangsUpIsCalledAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls, began := 0, time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		box := Mailbox{Host: "mail.example:993", User: "bounce", Password: "secret", Folder: "INBOX"}
		idling := func(command string) string {
			switch {
			case strings.HasPrefix(command, "LOGIN"):
				return "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS IDLE] logged in\r\n"
			case strings.HasPrefix(command, "SELECT"):
				return "* 0 EXISTS\r\n* OK [UIDVALIDITY 1]\r\nTAG OK [READ-WRITE] selected\r\n"
			case strings.HasPrefix(command, "UID SEARCH"):
				return "* SEARCH\r\nTAG OK searched\r\n"
			case command == "IDLE":
				return "+ idling\r\n* BYE shutting down\r\n" + hangUp
			}
			return "TAG OK done\r\n"
		}
		box.dial = func(ctx context.Context) (net.Conn, error) {
			if calls++; calls == 2 {
				cancel()
			}
			return scripted(t, idling).dial(ctx)
		}
		in, _ := intakeOf(t, &note{})
		in.Watch(ctx, box, slog.New(slog.DiscardHandler))
		if took := time.Since(began); calls != 2 || took > 2*firstPause {
			t.Errorf("%d calls, after %s", calls, took)
		}
	})
}

// said counts what a log says.
type said struct {
	slog.Handler
	times int
}

func (s *said) Enabled(context.Context, slog.Level) bool { return true }

func (s *said) Handle(context.Context, slog.Record) error {
	s.times++
	return nil
}

// TestAMailboxThatCannotBeReadIsSaidAgain: it was said once, in a log that turns over, and for as long as the password was wrong
// nobody heard a written no.
func TestAMailboxThatCannotBeReadIsSaidAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in, _ := intakeOf(t, &note{})
		in.clock = time.Now
		box := scripted(t, func(string) string { return "TAG NO [AUTHENTICATIONFAILED] no\r\n" })
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Hour+30*time.Minute)
		defer cancel()
		log := &said{}
		in.Watch(ctx, box, slog.New(log))
		if log.times != 6 {
			t.Errorf("said %d times in five hours and a half", log.times)
		}
	})
}
