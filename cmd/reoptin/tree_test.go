package main

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// commands are all commands that a person can type, by their full name without the program's.
func commands(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	c := &cli{out: io.Discard, errs: io.Discard}
	found := map[string]*cobra.Command{}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.HasParent() {
			found[strings.TrimPrefix(cmd.CommandPath(), "reoptin ")] = cmd
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(c.root())
	return found
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	for name, cmd := range commands(t) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: Short is %q; it is to be one line without a full stop", name, cmd.Short)
		}
		if cmd.Example == "" {
			t.Errorf("%s has no example", name)
		}
		for line := range strings.SplitSeq(cmd.Example, "\n") {
			if !strings.HasPrefix(line, "  reoptin ") {
				t.Errorf("%s: the example %q is no command line", name, line)
			}
			if !understood(strings.Fields(line)[1:]) {
				t.Errorf("%s: the example %q names no command", name, line)
			}
		}
		if cmd.Args == nil {
			t.Errorf("%s takes any number of arguments", name)
		}
	}
}

// understood reports whether a command line names a command and only flags that it has.
func understood(words []string) bool {
	c := &cli{out: io.Discard, errs: io.Discard}
	root := c.root()
	cmd, _, err := root.Find(words)
	if err != nil || cmd == root {
		return false
	}
	for _, w := range words {
		if name, ok := strings.CutPrefix(w, "--"); ok && cmd.Flag(name) == nil {
			return false
		}
	}
	return true
}

func TestDestructiveCommandsAskAndCanBeTried(t *testing.T) {
	t.Parallel()
	all := commands(t)
	for _, name := range []string{"contacts undo", "campaign start", "campaign close", "campaign delete", "organisation apply", "restore", "key rotate", "ledger key rotate", "subject erase", "retention apply",
		"user disable", "user second-factor"} {
		for _, flag := range []string{"yes", "dry-run"} {
			if all[name] == nil || all[name].Flag(flag) == nil {
				t.Errorf("%s has no --%s", name, flag)
			}
		}
	}
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	for name, cmd := range commands(t) {
		if cmd.Name() != "list" && cmd.Name() != "uncertain" {
			continue
		}
		for _, flag := range []string{"limit", "cursor"} {
			if cmd.Flag(flag) == nil {
				t.Errorf("%s has no --%s", name, flag)
			}
		}
	}
}

// What a person is told stands on standard error, each line with the program's name.
func TestMessagesSayWhoSpeaks(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"nonsense"}, {"campaign"}, {"--config", "/nonexistent/reoptin.toml", "contacts", "list"}, {"help", "nonsense"}, {"proof", "verify", "/nonexistent"}} {
		var out, errs bytes.Buffer
		c := &cli{in: strings.NewReader(""), out: &out, errs: &errs}
		if code := c.run(t.Context(), args); code == exitDone {
			t.Errorf("%v ended well", args)
		}
		if out.Len() > 0 {
			t.Errorf("%v wrote to standard output: %s", args, out.String())
		}
		for line := range strings.Lines(errs.String()) {
			if !strings.HasPrefix(line, "reoptin: ") {
				t.Errorf("%v: %q", args, line)
			}
		}
	}
}

// flagName finds the flags at the beginnings of the lines of a usage text.
var flagName = regexp.MustCompile(`(?m)^ {6}--[a-z-]+`)

func TestTheManualNamesEveryCommand(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	all := commands(t)
	for name, cmd := range all {
		if cmd.HasSubCommands() {
			continue // its own commands stand there
		}
		if !strings.Contains(string(manual), "| `"+name) {
			t.Errorf("docs/cli.md has no line for %s", name)
		}
		for _, flag := range flagName.FindAllString(cmd.NonInheritedFlags().FlagUsages(), -1) {
			if flag = strings.TrimSpace(flag); flag != "--help" && !strings.Contains(string(manual), flag) {
				t.Errorf("docs/cli.md does not name %s of %s", flag, name)
			}
		}
	}
	for line := range strings.Lines(string(manual)) {
		if cells, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ := strings.Cut(cells, "`")
			words := strings.Fields(name)
			for len(words) > 0 && all[strings.Join(words, " ")] == nil {
				words = words[:len(words)-1]
			}
			if len(words) == 0 {
				t.Errorf("docs/cli.md has a line for %q, which is no command", name)
			}
		}
	}
}
