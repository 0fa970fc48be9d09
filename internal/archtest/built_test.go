package archtest

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// What somebody built is tens of megabytes that every clone would carry from then on, and nobody can read what it does.
func TestNothingBuiltIsKept(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && slices.Contains(skipped, d.Name()):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		head := make([]byte, 8)
		n, err := io.ReadFull(f, head)
		if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
			return err
		}
		if built(head[:n]) && exec.Command("git", "-C", root, "check-ignore", "-q", "--", mustRel(t, path)).Run() != nil {
			t.Errorf("%s was built from what is here: remove it, or have .gitignore leave it out", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustRel(t *testing.T, path string) string {
	t.Helper()
	name, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// built reports whether a file that begins so is a program or a library, of Linux, macOS or Windows.
func built(head []byte) bool {
	return slices.ContainsFunc([]string{"\x7fELF", "\xcf\xfa\xed\xfe", "MZ\x90\x00", "!<arch>\n"}, func(magic string) bool {
		return bytes.HasPrefix(head, []byte(magic))
	})
}

func TestBuiltSees(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]bool{"\x7fELF\x02\x01\x01\x00": true, "!<arch>\n": true, "MZ\x90\x00\x03": true, "package ": false, "": false, "\x7f": false} {
		if got := built([]byte(head)); got != want {
			t.Errorf("%q is built: %v, want %v", head, got, want)
		}
	}
}
