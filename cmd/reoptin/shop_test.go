package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // a script lays hand on the database behind the program's back
)

// More commands of the scripts: they prepare, watch and tamper. What they prepare is done within the
// test's own process, so that a script spends its time on what it is about.

// within runs the program in this process, with the settings and the clock of the script.
func within(ts *testscript.TestScript, args ...string) (stdout, stderr string, code int) {
	var env []string
	for _, name := range []string{"SMTP_URL", "LISTEN", "BASE_URL", "SENDING_WINDOW", "SENDING_RATE", "SENDING_RETRY_AFTER"} {
		if v := ts.Getenv("REOPTIN_" + name); v != "" {
			env = append(env, "REOPTIN_"+name+"="+v)
		}
	}
	began, err := strconv.ParseInt(ts.Getenv("SCRIPT_BEGAN"), 10, 64)
	ts.Check(err)
	var out, errs bytes.Buffer
	c := &cli{env: env, in: strings.NewReader(""), out: &out, errs: &errs, clock: func() time.Time { return day.Add(time.Since(time.UnixMilli(began))) }}
	code = c.run(context.Background(), args)
	return out.String(), errs.String(), code
}

func must(ts *testscript.TestScript, args ...string) string {
	stdout, stderr, code := within(ts, args...)
	if code != 0 {
		ts.Fatalf("reoptin %s: %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// shop N [NAME] makes an installation in the folder shop with N people who may all be asked,
// p1@place.example and so on, and an approved campaign of that name; the script goes on in the folder,
// where the campaign's file is NAME.toml.
func shop(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs("shop")
	must(ts, "init", "--dir", dir)
	config := filepath.Join(dir, "reoptin.toml")
	must(ts, "--config", config, "organisation", "apply", filepath.Join(ts.Getenv("LUMEN"), "organisation.toml"))
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	if n > 0 {
		base := filepath.Join(dir, "base.csv")
		ts.Check(os.WriteFile(base, []byte(people(n)), 0o600))
		must(ts, "--config", config, "contacts", "import", base)
	}
	if len(args) > 1 {
		file := filepath.Join(dir, args[1]+".toml")
		ts.Check(os.WriteFile(file, []byte(must(ts, "--config", config, "campaign", "new", args[1])), 0o600))
		must(ts, "--config", config, "campaign", "create", file)
		must(ts, "--config", config, "campaign", "approve", args[1])
	}
	ts.Check(ts.Chdir(dir))
}

func people(n int) string {
	var b strings.Builder
	b.WriteString("external_id,email,first_name,country,language,relationship,market,list_origin,collected_at,last_inbound_at,consent_status,consent_at,consent_method,consent_source,purpose_at_collection,controller_at_collection,consent_channels,bundled,incentive\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "K%d,p%d@place.example,Camille,FR,fr,prospect,b2c,own,2025-11-02,2026-10-02,yes,2025-11-02,unticked_box,site,newsletter,Maison Lumen,email,no,no\n", i, i)
	}
	return b.String()
}

// ends CODE COMMAND … runs a program that must end with exactly this code.
func ends(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// until NAME PATH VALUE waits until a campaign's status says so: until spring invitations.sent 3. What else it
// said in that moment is in status.json: in the next it may say something else.
func awaits(ts *testscript.TestScript, _ bool, args []string) {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	var last string
	for range 1200 {
		last = must(ts, "--config", ts.MkAbs("reoptin.toml"), "--json", "campaign", "status", args[0])
		var v any
		ts.Check(json.Unmarshal([]byte(last), &v))
		for key := range strings.SplitSeq(args[1], ".") {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		if fmt.Sprint(v) == args[2] {
			ts.Check(os.WriteFile(ts.MkAbs("status.json"), []byte(last), 0o600))
			return
		}
		<-again.C
	}
	ts.Fatalf("%s never was %s:\n%s", args[1], args[2], last)
}

// sqlRun STATEMENT … changes the database as a forger with a database tool would.
func sqlRun(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs("reoptin.db"))
	ts.Check(err)
	defer db.Close()
	for _, statement := range args {
		if _, err := db.Exec(statement); err != nil {
			ts.Fatalf("%s: %v", statement, err)
		}
	}
}

// onedoc FILE says that a file is exactly one JSON document.
func onedoc(ts *testscript.TestScript, _ bool, args []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var v any
	if err := d.Decode(&v); err != nil {
		ts.Fatalf("this is no JSON document: %v", err)
	}
	if err := d.Decode(&v); !errors.Is(err, io.EOF) {
		ts.Fatalf("something stands behind the JSON document (%v)", err)
	}
}

// recode ENCODING FILE writes a UTF-8 file anew: bom puts a byte order mark before it, latin writes
// each letter as one octet.
func recode(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[1])
	var out []byte
	switch args[0] {
	case "bom":
		out = append([]byte("\xef\xbb\xbf"), text...)
	case "latin":
		for _, r := range text {
			if r > 0xff {
				ts.Fatalf("%q is no letter of ISO 8859-1", r)
			}
			out = append(out, byte(r))
		}
	default:
		ts.Fatalf("recode cannot do %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out, 0o600))
}
