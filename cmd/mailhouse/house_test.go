package mailhouse

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// root is the folder of go.mod, seen from this package.
const root = "../.."

// workshop is where the program is built, once.
var workshop struct {
	dir     string
	program func() (string, error)
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "reoptin-mailhouse")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := os.Setenv("TZ", "UTC"); err != nil { // a Postfix's log names no zone, and an hour of autumn comes twice
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	workshop.dir, workshop.program = dir, sync.OnceValues(build)
	adopt()
	code := m.Run()
	reap()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// build builds the program as it ships.
func build() (string, error) {
	path := filepath.Join(workshop.dir, "reoptin")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "./cmd/reoptin")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// house is an installation with an approved campaign, spring.
type house struct {
	t       testing.TB
	program string
	dir     string
	env     []string
}

// newHouse makes an installation in a folder, with settings as environment variables.
func newHouse(t testing.TB, dir string, people int, settings ...string) *house {
	t.Helper()
	program, err := workshop.program()
	must(t, err)
	h := &house{t: t, program: program, dir: filepath.Join(dir, "shop")}
	listen := freePort(t)
	h.env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "REOPTIN_") }), "REOPTIN_LISTEN="+listen, "REOPTIN_BASE_URL=http://"+listen)
	h.env = append(h.env, settings...)
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	h.run("init", "--dir", h.dir)
	h.run("organisation", "apply", filepath.Join(root, "cmd/reoptin/testdata/lumen/organisation.toml"))
	h.run("contacts", "import", file("base.csv", base(people)))
	h.run("campaign", "create", file("spring.toml", h.run("campaign", "new", "spring")))
	h.run("campaign", "approve", "spring")
	return h
}

func person(n int) string { return fmt.Sprintf("person%d@place%d.example", n, n%7) }

// base is a base of people who may all be asked.
func base(n int) string {
	var b strings.Builder
	b.WriteString("external_id,email,first_name,country,language,relationship,market,list_origin,collected_at,last_inbound_at,consent_status,consent_at,consent_method,consent_source,purpose_at_collection,controller_at_collection,consent_channels,bundled,incentive\n")
	year, month := time.Now().AddDate(-1, 0, 0).Format(time.DateOnly), time.Now().AddDate(0, -1, 0).Format(time.DateOnly)
	for i := range n {
		fmt.Fprintf(&b, "K%d,%s,Camille,FR,fr,prospect,b2c,own,%s,%s,yes,%s,unticked_box,site,newsletter,Maison Lumen,email,no,no\n", i, person(i), year, month, year)
	}
	return b.String()
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
	return h.fed(nil, args...)
}

func (h *house) fed(in io.Reader, args ...string) string {
	h.t.Helper()
	cmd := h.command(args...)
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = in, &errs
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("reoptin %s: %v\n%s%s", strings.Join(args, " "), err, &errs, out)
	}
	return string(out)
}

// asked runs a command and reads its JSON.
func (h *house) asked(into any, in io.Reader, args ...string) {
	h.t.Helper()
	must(h.t, json.Unmarshal([]byte(h.fed(in, append([]string{"--json"}, args...)...)), into))
}

// serve lets the program serve until the test ends, which it must do in good order.
func (h *house) serve() {
	h.t.Helper()
	cmd := h.command("serve")
	said, err := cmd.StderrPipe()
	must(h.t, err)
	must(h.t, cmd.Start())
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
		if err := cmd.Wait(); err != nil || h.t.Failed() {
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

// status is what the program says of the campaign.
type status struct {
	Status      string         `json:"status"`
	Reason      string         `json:"reason"`
	Invitations map[string]int `json:"invitations"`
	Bounces     struct{ Hard, Soft int }
}

func (h *house) status() (s status) {
	h.t.Helper()
	h.asked(&s, nil, "campaign", "status", "spring")
	if s.Status != "running" {
		h.t.Fatalf("the campaign is %s: %s", s.Status, s.Reason)
	}
	return s
}

// unusable are the addresses that the program would not write to again.
func (h *house) unusable() (addresses []string) {
	h.t.Helper()
	var l struct{ Contacts []struct{ Email string } }
	h.asked(&l, nil, "contacts", "list", "--class", "unusable", "--limit", "10000")
	for _, c := range l.Contacts {
		addresses = append(addresses, c.Email)
	}
	slices.Sort(addresses)
	return addresses
}
