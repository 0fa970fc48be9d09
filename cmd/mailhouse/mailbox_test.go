package mailhouse

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// returns is a folder of the mailbox that bounces are put into by hand.
type returns struct {
	t       *testing.T
	dovecot *dovecot
	n       int
}

// doveadm does something to the mailbox, as another client would.
func (r *returns) doveadm(args ...string) {
	r.t.Helper()
	out, err := exec.Command("doveadm", append([]string{"-c", filepath.Join(r.dovecot.dir, "dovecot.conf")}, args...)...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("doveadm %q: %v: %s", args, err, out)
	}
}

// made makes the folder.
func (r *returns) made() {
	r.t.Helper()
	r.doveadm("mailbox", "create", "-u", mailbox, "Returns")
}

func (r *returns) dir() string { return filepath.Join(r.dovecot.dir, "mail", mailbox, ".Returns") }

// put delivers a message.
func (r *returns) put(raw string) {
	r.t.Helper()
	r.n++
	name := fmt.Sprintf("%d.M%dP1.test", time.Now().Unix(), r.n)
	tmp := filepath.Join(r.dir(), "tmp", name)
	must(r.t, os.WriteFile(tmp, []byte(raw), 0o644))
	if out, err := exec.Command("chown", "mail:mail", tmp).CombinedOutput(); err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	must(r.t, os.Rename(tmp, filepath.Join(r.dir(), "new", name)))
}

// left counts what is in the folder.
func (r *returns) left() (n int) {
	for _, part := range []string{"cur", "new"} {
		entries, _ := os.ReadDir(filepath.Join(r.dir(), part))
		n += len(entries)
	}
	return n
}

// dead is a notification that somebody does not exist, with something below it.
func dead(m smtptest.Message, below string) string {
	return "Return-Path: <>\r\nFrom: MAILER-DAEMON@place.example\r\nTo: <" + m.From + ">\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nNo luck.\r\n" +
		"--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; place.example\r\n\r\nFinal-Recipient: rfc822; " + m.To + "\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\n" + below + "\r\n--b1--\r\n"
}

// metric is the value of a line of /metrics.
func (h *house) metric(name string) float64 {
	h.t.Helper()
	var listen string
	for _, s := range h.env {
		if at, ok := strings.CutPrefix(s, "REOPTIN_LISTEN="); ok {
			listen = at
		}
	}
	answer, err := http.Get("http://" + listen + "/metrics")
	must(h.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(h.t, err)
	line := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(name) + " (.*)$").FindSubmatch(text)
	if line == nil {
		h.t.Fatalf("there is no %s", name)
	}
	value, err := strconv.ParseFloat(string(line[1]), 64)
	must(h.t, err)
	return value
}

// TestTheMailboxUnderItsReader: the Dovecot is restarted while it is read and while it idles, another client deletes messages; one has 60 MB. Each notification counts, once; nothing is deleted but these; and the metrics say
// that it could not be read for a while.
func TestTheMailboxUnderItsReader(t *testing.T) {
	t.Parallel()
	needs(t, "dovecot")
	dir, n := folder(t), people(t)
	sink, err := smtptest.Start(smtptest.Options{Pipelining: true, EightBit: true})
	must(t, err)
	t.Cleanup(func() { _ = sink.Close() })
	r := &returns{t: t, dovecot: newDovecot(t, dir)}
	r.made()
	h := newHouse(t, dir, n, "REOPTIN_SMTP_URL=smtp+insecure://"+sink.Addr(), "REOPTIN_SMTP_ENVELOPE_DOMAIN="+returnDomain,
		"REOPTIN_BOUNCES_IMAP=imaps://"+mailbox+":secret@"+r.dovecot.imap+"/Returns", "SSL_CERT_FILE="+r.dovecot.authority,
		"REOPTIN_SENDING_WINDOW=Mon-Sun 00:00-24:00", "REOPTIN_SENDING_RATE=1000/s", "REOPTIN_SENDING_PER_DOMAIN=8", "REOPTIN_SENDING_STOP_BOUNCES=off")
	h.serve()
	h.run("campaign", "start", "spring", "--yes")
	within(t, "everybody is asked", func() bool { return len(sink.Messages()) == n })
	sent := sink.Messages()
	const failures, read = `reoptin_mailbox_failures_total{folder="Returns"}`, `reoptin_mailbox_last_success_timestamp_seconds{folder="Returns"}`
	counted := func(want int) {
		t.Helper()
		within(t, fmt.Sprintf("%d have counted", want), func() bool { return h.status().Bounces.Hard >= want })
	}
	stranger := func(who string) string { return "From: " + who + "\r\nSubject: Hello\r\n\r\nWhen do you open?\r\n" }
	third := n / 3
	began := time.Now()
	for i, m := range sent[:third] {
		r.put(dead(m, "."))
		if i%10 == 0 {
			r.put(stranger("goes@place.example"))
		}
		if i == third/2 {
			r.dovecot.stop()
			r.dovecot.start(t)
		}
	}
	counted(third)
	r.doveadm("expunge", "-u", mailbox, "mailbox", "Returns", "from", "goes@place.example")
	within(t, "the folder is empty", func() bool { return r.left() == 0 })
	t.Logf("%d notifications after %s", third, time.Since(began).Round(time.Millisecond))

	r.dovecot.stop() // in IDLE
	within(t, "the metrics say so", func() bool { return h.metric(failures) >= 2 })
	r.put(dead(sent[third], strings.Repeat(strings.Repeat("x", 76)+"\r\n", 60<<20/78)))
	r.put(dead(sent[0], "read again"))
	r.dovecot.start(t)
	counted(third + 1)
	within(t, "the folder is empty", func() bool { return r.left() == 0 })

	for _, m := range sent[third+1:] {
		r.put(dead(m, "."))
	}
	r.put(stranger("stays@place.example"))
	counted(n)
	within(t, "the stranger's alone is left", func() bool { return r.left() == 1 })
	if s := h.status(); s.Bounces.Hard != n || s.Bounces.Soft != 0 || len(h.unusable()) != n {
		t.Errorf("%+v, and %d unusable", s, len(h.unusable()))
	}
	within(t, "the metrics say that it is read", func() bool { return time.Since(time.UnixMilli(int64(h.metric(read)*1000))) < time.Minute })
	if got := h.metric(`reoptin_returns_total{effect="suppressed"}`); got != float64(n) {
		t.Errorf("%v suppressed, want %d", got, n)
	}
	if accepted := sink.Accepted(); len(accepted) != n {
		t.Errorf("%d were written to", len(accepted))
	}
	t.Logf("all after %s", time.Since(began).Round(time.Millisecond))
}
