//go:build failpoint

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// An import, a list, an audit and taking an import back are there wholly or not at all after a kill at any commit of
// theirs, and the ledger says the same; what was not done can be done again.
func TestImportsAreWholeAfterAKill(t *testing.T) {
	t.Parallel()
	unwatched(t)
	program, err := markedProgram()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		before [][]string // what goes before it
		act    []string
		not    string // the state before it
		done   string // and after it
	}{
		"import": {nil, []string{"contacts", "import", "base.csv"}, "0 contacts, 0 judged, 0 imports, 0 noes", "30 contacts, 0 judged, 1 imports, 2 noes"},
		"list":   {[][]string{{"contacts", "import", "base.csv"}}, []string{"suppress", "import", "list.txt"}, "30 contacts, 0 judged, 1 imports, 2 noes", "30 contacts, 0 judged, 1 imports, 6 noes"},
		"undo":   {[][]string{{"contacts", "import", "base.csv"}}, []string{"contacts", "undo", "1", "--yes"}, "30 contacts, 0 judged, 1 imports, 2 noes", "0 contacts, 0 judged, 1 imports, 2 noes"},
		"undo of a change": {[][]string{{"contacts", "import", "base.csv"}, {"contacts", "import", "more.csv"}}, []string{"contacts", "undo", "2", "--yes"},
			"31 contacts, 0 judged, 2 imports, 4 noes", "30 contacts, 0 judged, 2 imports, 4 noes"},
		"audit": {[][]string{{"organisation", "apply", "organisation.toml"}, {"contacts", "import", "base.csv"}}, []string{"contacts", "audit"},
			"30 contacts, 0 judged, 1 imports, 2 noes", "30 contacts, 30 judged, 1 imports, 2 noes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for _, point := range []string{"store.before-commit=1", "store.before-commit=2", "store.after-commit=1", "store.after-commit=2", "journal.after-write=1"} {
				f := &front{t: t, dir: t.TempDir()}
				f.run("init", "--dir", f.dir)
				f.must(os.WriteFile(f.at("base.csv"), []byte(strings.Replace(people(30), "yes,2025-11-02", "no,2025-11-02", 1)), 0o600))
				f.must(os.WriteFile(f.at("list.txt"), []byte("p2@place.example\n"+"d5a5e2b8ef1d8e2ae5a8df1e7d4d8a57\nstranger@place.example\n"), 0o600))
				f.must(os.WriteFile(f.at("more.csv"), []byte("email,optout\np2@place.example,yes\nnew@place.example,\n"), 0o600))
				f.must(os.WriteFile(f.at("organisation.toml"), []byte(f.run("organisation", "new")), 0o600))
				for _, args := range tt.before {
					f.run(f.named(args)...)
				}
				act := exec.Command(program, append([]string{"--config", f.at("reoptin.toml")}, f.named(tt.act)...)...)
				act.Dir = f.dir
				act.Env = []string{"PATH=" + os.Getenv("PATH"), "REOPTIN_FAILPOINT=" + point + ":kill"}
				_ = act.Run() // where nothing is marked so late it ends by itself
				got := f.counts()
				if seen[got] = true; got != tt.not && got != tt.done {
					t.Errorf("killed at %s: %s", point, got)
				}
				f.run("ledger", "verify")
				if got == tt.not {
					f.run(f.named(tt.act)...)
				}
				if again := f.counts(); again != tt.done {
					t.Errorf("killed at %s, in the end: %s", point, again)
				}
			}
			if !seen[tt.not] || !seen[tt.done] {
				t.Errorf("the kills left nothing else than %v", seen)
			}
		})
	}
}

// named puts the installation's folder before the files of a command.
func (f *front) named(args []string) []string {
	out := append([]string{}, args...)
	for n, a := range out {
		if strings.Contains(a, ".") {
			out[n] = f.at(a)
		}
	}
	return out
}

// counts are what an import can change.
func (f *front) counts() string {
	f.t.Helper()
	var contacts struct{ Contacts []struct{ Class string } }
	var imports struct{ Imports []any }
	var noes struct{ Suppressions []any }
	for args, into := range map[string]any{"contacts list": &contacts, "contacts imports": &imports, "suppress list": &noes} {
		f.must(json.Unmarshal([]byte(f.run(append([]string{"--json"}, strings.Fields(args)...)...)), into))
	}
	judged := 0
	for _, c := range contacts.Contacts {
		if c.Class != "" {
			judged++
		}
	}
	return fmt.Sprintf("%d contacts, %d judged, %d imports, %d noes", len(contacts.Contacts), judged, len(imports.Imports), len(noes.Suppressions))
}
