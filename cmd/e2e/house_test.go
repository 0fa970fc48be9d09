package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// root is the folder of go.mod, lumen that of the base file, seen from this package.
const (
	root  = "../.."
	lumen = "../reoptin/testdata/lumen"
)

// The people who work with the house, each with one role, and the password of them all.
const (
	marketer      = "mila"
	approver      = "axel"
	officer       = "paula"
	administrator = "admin"
	password      = "four quiet herons by the lake"
)

// build builds the program as it ships.
func build() (string, error) {
	path, err := filepath.Abs(filepath.Join(workshop.dir, "reoptin"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "./cmd/reoptin")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// house is an installation of its own with its mail server.
type house struct {
	t       testing.TB
	program string
	dir     string
	url     string
	relay   *smtptest.Server
	env     []string
}

// newHouse makes an installation with an account for each role. Nothing is in it and nothing runs yet.
func newHouse(t testing.TB, script smtptest.Script) *house {
	t.Helper()
	program, err := workshop.program()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, program: program, dir: t.TempDir()}
	if h.relay, err = smtptest.Start(smtptest.Options{Pipelining: true, EightBit: true, Script: script}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.relay.Close() })
	listen := h.freePort()
	h.url = "http://" + listen
	h.env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "REOPTIN_") }),
		"REOPTIN_LISTEN="+listen, "REOPTIN_BASE_URL="+h.url, "REOPTIN_SMTP_URL=smtp+insecure://"+h.relay.Addr(),
		"REOPTIN_SENDING_WINDOW=Mon-Sun 00:00-24:00", "REOPTIN_SENDING_RATE=1000/s", "REOPTIN_SENDING_PER_DOMAIN=8", "REOPTIN_SENDING_RETRY_AFTER=1s")
	secret := h.file("password", password+"\n")
	h.run("init", "--dir", h.dir, "--admin", administrator, "--password-file", secret)
	for name, role := range map[string]string{marketer: "marketer", approver: "approver", officer: "privacy-officer"} {
		h.run("user", "add", name, "--role", role, "--password-file", secret)
	}
	return h
}

var ports = smtptest.Ports(20_000, 5_000)

func (h *house) freePort() string {
	addr, err := ports()
	if err != nil {
		h.t.Fatal(err)
	}
	return addr
}

// file writes a file beside the installation and gives its path.
func (h *house) file(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, "..", filepath.Base(h.dir)+"-"+name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = os.Remove(path) })
	return path
}

func (h *house) command(args ...string) *exec.Cmd {
	if args[0] != "init" {
		args = append([]string{"--config", filepath.Join(h.dir, "reoptin.toml")}, args...)
	}
	cmd := exec.Command(h.program, args...)
	cmd.Env = h.env
	return cmd
}

// run runs a command to its good end and gives what it printed.
func (h *house) run(args ...string) string {
	h.t.Helper()
	cmd := h.command(args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("reoptin %s: %v\n%s%s", strings.Join(args, " "), err, &errs, out)
	}
	return string(out)
}

// asked runs a command and reads its JSON.
func (h *house) asked(into any, args ...string) {
	h.t.Helper()
	if err := json.Unmarshal([]byte(h.run(append([]string{"--json"}, args...)...)), into); err != nil {
		h.t.Fatal(err)
	}
}

// serve lets the program serve until the test ends, which it must do in good order.
func (h *house) serve() {
	h.t.Helper()
	cmd := h.command("serve")
	said, err := cmd.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	serving, done := make(chan struct{}), make(chan string, 1)
	go func() {
		var all strings.Builder
		for lines := bufio.NewScanner(said); lines.Scan(); {
			fmt.Fprintln(&all, lines.Text())
			if strings.Contains(lines.Text(), "serving on") {
				close(serving)
			}
		}
		done <- all.String()
	}()
	h.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		all := <-done
		if err := cmd.Wait(); err != nil {
			h.t.Errorf("the server ended with %v:\n%s", err, all)
		}
	})
	select {
	case <-serving:
	case all := <-done:
		done <- all
		h.t.Fatalf("the server does not serve:\n%s", all)
	case <-time.After(longest):
		h.t.Fatal("the server does not serve")
	}
}

// written are days in the made-up files, which were all written on one day.
var (
	written  = time.Date(2026, time.November, 2, 0, 0, 0, 0, time.UTC)
	frenchly = regexp.MustCompile(`\b\d\d/\d\d/\d{4}\b`)
	plainly  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)
)

// today reads one of the made-up files with all its days moved, as if it had been written today: the
// program under test has no clock but the machine's, and what a base may be used for changes with time.
func today(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(lumen, name))
	if err != nil {
		t.Fatal(err)
	}
	gone := time.Since(written).Truncate(24 * time.Hour)
	move := func(layout string) func([]byte) []byte {
		return func(day []byte) []byte {
			at, err := time.Parse(layout, string(day))
			if err != nil {
				return day
			}
			return []byte(at.Add(gone).Format(layout))
		}
	}
	b = frenchly.ReplaceAllFunc(b, move("02/01/2006"))
	return string(plainly.ReplaceAllFunc(b, move(time.DateOnly)))
}

// letter is a message as its recipient reads it: the text part, and the address of the form in it.
type letter struct{ to, subject, text, form string }

// letters are the messages that the mail server took.
func (h *house) letters() (ls []letter) {
	h.t.Helper()
	for _, m := range h.relay.Messages() {
		l, err := read(m)
		if err != nil {
			h.t.Fatal(err)
		}
		ls = append(ls, l)
	}
	return ls
}

var formLink = regexp.MustCompile(`http://[^\s/]+/[ct]/[\w.~-]+`)

func read(m smtptest.Message) (l letter, err error) {
	msg, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		return l, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		return l, err
	}
	_, media, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	p, err := multipart.NewReader(msg.Body, media["boundary"]).NextRawPart()
	if err != nil {
		return l, err
	}
	body := io.Reader(p)
	if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(p)
	}
	text, err := io.ReadAll(body)
	return letter{to: m.To, subject: subject, text: string(text), form: formLink.FindString(string(text))}, err
}

// quoted writes a text as JavaScript reads it.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
