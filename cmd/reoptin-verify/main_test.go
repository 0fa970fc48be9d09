package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	good = "../../ledger/testdata/proof.json"
	key  = "consent.lumen.example/ledger+779d73d3+AS2t66Y8jqA6iglM+/cf9SK9to/kWF5ZOKQuzBizIkt0"
)

func TestReportsAndExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	bad := write("bad.json", strings.Replace(string(text), "granted", "refused", 1))
	pub := write("key.pub", key+"\n")
	consistency := "../../ledger/testdata/consistency.json"
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--key", key, good}, exitOK, "newsletter by email: yes"},
		{[]string{"--key", key, good}, exitOK, "3 of 12 entries"},
		{[]string{"--key", pub, good}, exitOK, "Everything verifies"},
		{[]string{good}, exitOK, "No key was given"},
		{[]string{"--key", key, consistency}, exitOK, "Everything verifies"},
		{[]string{"--key", key, "--json", good}, exitOK, `"ok": true`},
		{[]string{"--key", key, good, bad}, exitUnverified, "payload does not match its commitment"},
		{[]string{bad}, exitUnverified, "nothing in it is to be relied on"},
		{[]string{pub}, exitUnverified, "not a dossier"},
		{[]string{filepath.Join(dir, "nothing")}, exitUnreadable, "no such file"},
		{[]string{dir}, exitUnreadable, "reoptin-verify:"},
		{[]string{"--key", "x", good}, exitUsage, "neither a public key"},
		{[]string{"--key", bad, good}, exitUsage, "not the public key"},
		{nil, exitUsage, "usage:"},
		{[]string{"--what"}, exitUsage, "usage:"},
	} {
		var out bytes.Buffer
		if code := run(tt.args, &out, &out); code != tt.code || !strings.Contains(out.String(), tt.says) {
			t.Errorf("%v ends with %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.says, &out)
		}
	}
}
