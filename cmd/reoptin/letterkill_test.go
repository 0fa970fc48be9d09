//go:build failpoint

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A kill anywhere while letters are claimed and written leaves everybody either unclaimed, with no batch, or in one batch
// that is printed again under its number. Nobody is in two batches, and a file is there wholly or not at all.
func TestLettersAreClaimedOnceOverKills(t *testing.T) {
	t.Parallel()
	unwatched(t)
	program, err := markedProgram()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, point := range []string{"store.before-commit=1", "store.after-commit=1", "letters.after-claim=1", "journal.after-write=1", "letters.writing=1"} {
		f := &front{t: t, dir: t.TempDir(), env: []string{"REOPTIN_BASE_URL=https://choice.example"}}
		f.run("init", "--dir", f.dir)
		organisation, err := os.ReadFile("testdata/lumen/organisation.toml")
		f.must(err)
		f.must(os.WriteFile(f.at("organisation.toml"), organisation, 0o600))
		f.must(os.WriteFile(f.at("base.csv"), []byte(recent(neighbours(30))), 0o600))
		f.run("organisation", "apply", f.at("organisation.toml"))
		f.run("contacts", "import", f.at("base.csv"))
		file := strings.Replace(f.run("campaign", "new", "spring"), `routes = ["email"]`, `routes = ["letter"]`, 1)
		f.must(os.WriteFile(f.at("spring.toml"), []byte(file), 0o600))
		f.run("campaign", "create", f.at("spring.toml"))
		f.run("campaign", "approve", "spring", "--yes")
		f.run("campaign", "start", "spring", "--yes")

		act := exec.Command(program, "--config", f.at("reoptin.toml"), "campaign", "letters", "spring", "--out", f.at("letters.pdf"))
		act.Dir = f.dir
		act.Env = []string{"PATH=" + os.Getenv("PATH"), "REOPTIN_BASE_URL=https://choice.example", "REOPTIN_FAILPOINT=" + point + ":kill"}
		if err := act.Run(); err == nil {
			t.Fatalf("nothing was killed at %s", point)
		}
		if _, err := os.Stat(f.at("letters.pdf")); err == nil {
			t.Errorf("killed at %s: there is a file all the same", point)
		}
		var l struct {
			Left    int
			Batches []struct{ Batch, Letters int }
		}
		f.must(json.Unmarshal([]byte(f.run("--json", "campaign", "letters", "spring", "--list")), &l))
		switch {
		case l.Left == 30 && len(l.Batches) == 0:
			seen["unclaimed"] = true
			f.run("campaign", "letters", "spring", "--out", f.at("letters.pdf"))
		case l.Left == 0 && len(l.Batches) == 1 && l.Batches[0].Letters == 30:
			seen["claimed"] = true
			f.run("campaign", "letters", "spring", "--batch", "1", "--out", f.at("letters.pdf"))
		default:
			t.Errorf("killed at %s: %+v", point, l)
		}
		f.run("campaign", "letters", "mark", "1", "posted")
		f.must(json.Unmarshal([]byte(f.run("--json", "campaign", "letters", "spring", "--list")), &l))
		if l.Left != 0 || len(l.Batches) != 1 {
			t.Errorf("killed at %s, in the end: %+v", point, l)
		}
		f.run("ledger", "verify")
	}
	if !seen["unclaimed"] || !seen["claimed"] {
		t.Errorf("the kills left nothing else than %v", seen)
	}
}

// neighbours are people who may be asked by post alone.
func neighbours(n int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(people(n), "\n"), "\n")
	var b strings.Builder
	for i, line := range lines {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), ",")
		more := []string{"last_name", "address_line1", "postal_code", "city"}
		if i > 0 {
			more = []string{"Voisin " + cells[0], "7 rue du Port", "67000", "Strasbourg"}
			cells[1] = ""
		}
		b.WriteString(strings.Join(append(cells, more...), ",") + "\n")
	}
	return b.String()
}
