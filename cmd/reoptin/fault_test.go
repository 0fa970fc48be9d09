package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// Commands of the scripts about what goes wrong.

// fails CODE COMMAND … runs a program that must end with this code and say why in exactly one line that
// begins with its name and says what helps. With --json standard output is one document or empty.
func fails(ts *testscript.TestScript, neg bool, args []string) {
	ends(ts, neg, args)
	said := ts.ReadFile("stderr")
	if !strings.HasPrefix(said, "reoptin: ") || strings.Count(said, "\n") != 1 || !strings.HasSuffix(said, "\n") {
		ts.Fatalf("not one line of reoptin: %q", said)
	}
	if !strings.Contains(said, "; try: ") && !strings.HasSuffix(said, "?\n") {
		ts.Fatalf("no word of what helps: %q", said)
	}
	for _, soup := range []string{"goroutine", "%!", "<nil>", "dial tcp", "SQLITE", ": open ", "incompatible types", "x509", ": :"} {
		if strings.Contains(said, soup) {
			ts.Fatalf("%q is no word for people: %s", soup, said)
		}
	}
	if slices.Contains(args, "--json") && ts.ReadFile("stdout") != "" {
		onedoc(ts, false, []string{"stdout"})
	}
}

// state is all that the script's folder holds: the rows of the database, and every other file by name
// and hash.
func state(ts *testscript.TestScript) string {
	var b strings.Builder
	root := ts.MkAbs(".")
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, root)
		if err != nil || d.IsDir() || strings.Contains(name, "reoptin.db") || strings.HasSuffix(name, ".lock") {
			return err
		}
		content, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", name, sha256.Sum256(content))
		return err
	}))
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs("reoptin.db")+"?mode=ro")
	ts.Check(err)
	defer db.Close()
	for _, table := range column(ts, db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
		for _, row := range column(ts, db, "SELECT json_array("+strings.Join(column(ts, db, "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('"+table+"')"), ", ")+") FROM \""+table+"\" ORDER BY 1") {
			fmt.Fprintf(&b, "%s %s\n", table, row)
		}
	}
	return b.String()
}

func column(ts *testscript.TestScript, db *sql.DB, query string) (out []string) {
	rows, err := db.Query(query)
	ts.Check(err)
	defer rows.Close()
	for rows.Next() {
		var s string
		ts.Check(rows.Scan(&s))
		out = append(out, s)
	}
	ts.Check(rows.Err())
	return out
}

// snapshot remembers the state of the installation in which the script stands.
func snapshot(ts *testscript.TestScript, _ bool, _ []string) { server(ts).seen = state(ts) }

// unchanged says that nothing was left half done since the snapshot.
func unchanged(ts *testscript.TestScript, _ bool, _ []string) {
	known := map[string]bool{}
	was, is := strings.Split(server(ts).seen, "\n"), strings.Split(state(ts), "\n")
	for _, line := range was {
		known[line] = true
	}
	for _, line := range is {
		if !known[line] {
			ts.Fatalf("this is new: %s", line)
		}
	}
	if len(is) != len(was) {
		ts.Fatalf("there were %d lines of state, now there are %d", len(was), len(is))
	}
}

// people N FILE writes a base of N people who may all be asked.
func peopleFile(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(people(n)), 0o600))
}

// hold locks the database against writing until the script ends.
func hold(ts *testscript.TestScript, _ bool, _ []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs("reoptin.db"))
	ts.Check(err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("BEGIN IMMEDIATE")
	ts.Check(err)
	ts.Defer(func() { _ = db.Close() })
}

// secure WHAT [USER PASSWORD] replaces the script's mail server by one with starttls, tls or plain, and
// with a login where one is given. Its address is then RELAY, its port PORT, its certificate relay.pem
// in the working folder.
func secure(ts *testscript.TestScript, _ bool, args []string) {
	r := server(ts)
	o := smtptest.Options{Pipelining: true, StartTLS: args[0] == "starttls", TLS: args[0] == "tls", Script: r.step}
	if len(args) > 2 {
		o.User, o.Password = args[1], args[2]
	}
	s, err := smtptest.Start(o)
	ts.Check(err)
	ts.Defer(func() { _ = s.Close() })
	r.Server = s
	ts.Setenv("RELAY", s.Addr())
	ts.Setenv("PORT", s.Addr()[strings.LastIndex(s.Addr(), ":")+1:])
	ts.Check(os.WriteFile(ts.MkAbs("relay.pem"), s.Certificate(), 0o600))
}

// refusal URL PATTERN starts the campaign spring in the foreground over a relay that cannot be used, until
// it waits for the relay, and looks for the words in which it says so.
func refusal(ts *testscript.TestScript, _ bool, args []string) {
	wake(ts, false, nil)
	ts.Setenv("REOPTIN_SMTP_URL", args[0])
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var said lines
	cmd := exec.CommandContext(ctx, "reoptin", "campaign", "start", "spring", "--wait")
	cmd.Dir, cmd.Env, cmd.Stderr = ts.MkAbs("."), environ(ts), &said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	said.enough, said.cancel = "waiting for the relay", cancel
	err := cmd.Run()
	if err == nil || cmd.ProcessState.ExitCode() != exitUnavailable {
		ts.Fatalf("ended with %v\n%s", err, said.b.String())
	}
	if ok, err := regexp.MatchString(args[1], said.b.String()); err != nil || !ok {
		ts.Fatalf("%q is not in (%v)\n%s", args[1], err, said.b.String())
	}
	for line := range strings.Lines(said.b.String()) {
		if !strings.HasPrefix(line, "reoptin: ") {
			ts.Fatalf("not said by reoptin: %s", line)
		}
	}
}

// lines gathers what a program says, and ends it once it has said enough.
type lines struct {
	b      bytes.Buffer
	enough string
	cancel func()
}

func (l *lines) Write(p []byte) (int, error) {
	n, err := l.b.Write(p)
	if strings.Contains(l.b.String(), l.enough) {
		l.cancel()
	}
	return n, err
}

// environ is the environment of a script's programs.
func environ(ts *testscript.TestScript) (env []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SCRIPT_BEGAN", "SSL_CERT_FILE", "REOPTIN_SMTP_URL", "REOPTIN_LISTEN", "REOPTIN_BASE_URL",
		"REOPTIN_SENDING_WINDOW", "REOPTIN_SENDING_RATE", "REOPTIN_SENDING_RETRY_AFTER"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// wake ends the campaigns' wait for the relay, as time would.
func wake(ts *testscript.TestScript, _ bool, _ []string) {
	sqlRun(ts, false, []string{"UPDATE campaign SET wait_for = '', wait_until = 0, wait_reason = ''", "UPDATE invitation SET not_before = 0 WHERE state = 'planned'"})
}

// bad OLD NEW PATTERN makes a mistake in the good campaign file, as bad.toml, and looks for the words in
// which reoptin refuses it.
func bad(ts *testscript.TestScript, _ bool, args []string) {
	good, err := os.ReadFile(filepath.Join(ts.Getenv("WORK"), "good.toml"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("bad.toml"), good, 0o600))
	flip(ts, false, []string{"bad.toml", args[0], args[1]})
	fails(ts, false, []string{"3", "reoptin", "campaign", "create", "bad.toml"})
	if ok, err := regexp.MatchString(args[2], ts.ReadFile("stderr")); err != nil || !ok {
		ts.Fatalf("%q is not in (%v) %s", args[2], err, ts.ReadFile("stderr"))
	}
}
