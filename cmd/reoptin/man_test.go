package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryCommandHasAPage: with its flags, and its examples as they are.
func TestEveryCommandHasAPage(t *testing.T) {
	t.Parallel()
	for name, cmd := range commands(t) {
		page := manPage(cmd)
		for _, want := range []string{".SH NAME\nreoptin\\-" + roff(strings.ReplaceAll(name, " ", "-")) + " \\- ", ".SH SYNOPSIS\nreoptin ", ".SH EXIT STATUS\n", ".SH SEE ALSO\nreoptin"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of %s lacks %q", name, want)
			}
		}
		for line := range strings.SplitSeq(cmd.Example, "\n") {
			if !strings.Contains(page, "\n"+roff(strings.TrimSpace(line))+"\n") {
				t.Errorf("the page of %s lacks the example %q", name, line)
			}
		}
		for _, flag := range flagName.FindAllString(cmd.LocalFlags().FlagUsages(), -1) {
			if !strings.Contains(page, roff(strings.TrimSpace(flag))+`\fR`) {
				t.Errorf("the page of %s lacks %s", name, flag)
			}
		}
	}
}

// TestManTakesNothingForARequest: what begins with a dot or a quote, and every sign that stands for another, comes out as it is.
func TestManTakesNothingForARequest(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		".TH":        `\&.TH`,
		"'s":         `\&'s`,
		`a\b "c" -d`: `a\eb \(dqc\(dq \-d`,
		"it's … é":   `it\(aqs \&... \[u00E9]`,
		"~^`":        `\(ti\(ha\(ga`,
	} {
		if got := roff(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestPagesAreSetWithoutAWarning by groff, where there is one.
func TestPagesAreSetWithoutAWarning(t *testing.T) {
	t.Parallel()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("there is no groff")
	}
	dir := filepath.Join(t.TempDir(), "man1")
	var out strings.Builder
	c := &cli{in: strings.NewReader(""), out: &out, errs: &out}
	if code := c.run(t.Context(), []string{"man", "--out", dir}); code != exitDone {
		t.Fatalf("ended with %d: %s", code, out.String())
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 80 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	if info, err := os.Stat(pages[0]); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("others cannot read %s: %v", pages[0], err)
	}
	if said, err := exec.CommandContext(t.Context(), groff, append([]string{"-man", "-ww", "-Tascii", "-z"}, pages...)...).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("%v: %.1000s", err, said)
	}
}
