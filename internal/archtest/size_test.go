package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxFunction = 80
	maxFile     = 500
)

func TestCodeKeepsTheHouseSizes(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		documented := len(p.GoFiles) == 0
		for _, name := range p.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Errorf("%s/%s: %v", p.name(), name, err)
				continue
			}
			documented = documented || file.Doc.Text() != ""
			if !ast.IsGenerated(file) {
				for _, fault := range oversize(set, file) {
					t.Errorf("%s/%s %s", p.name(), name, fault)
				}
			}
		}
		if !documented {
			t.Errorf("%s has no package comment", p.name())
		}
	}
}

// oversize lists what is too long in a file, and every init.
func oversize(set *token.FileSet, file *ast.File) (faults []string) {
	if n := set.Position(file.FileEnd).Line - 1; n > maxFile {
		faults = append(faults, "is longer than the 500 lines that a file may have")
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if lines := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; lines > maxFunction {
			faults = append(faults, "has a function longer than 80 lines: "+f.Name.Name)
		}
		if f.Recv == nil && f.Name.Name == "init" {
			faults = append(faults, "has an init function: wiring is explicit")
		}
	}
	return faults
}

func TestOversizeSees(t *testing.T) {
	t.Parallel()
	source := "package p\nfunc init() {}\nfunc long() {\n" + strings.Repeat("\n", maxFunction) + "}\n" + strings.Repeat("\n", maxFile)
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if got := oversize(set, file); len(got) != 3 {
		t.Errorf("found %q, want a long file, a long function and an init", got)
	}
}

// homePath matches an absolute path of somebody's machine.
var homePath = regexp.MustCompile(`(?m)(?:^|[^\w./~-])/(?:work|home|root|Users)/[\w.]`)

// skipped folders hold nothing that is ours to keep clean.
var skipped = []string{".git", "bin", "dist", "node_modules"}

func TestNoTextNamesADevelopmentMachine(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && slices.Contains(skipped, d.Name()):
			return filepath.SkipDir
		case !d.Type().IsRegular() || d.Name() == ".git": // a work tree of git has a file of that name
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		if found := homePath.Find(text); found != nil {
			t.Errorf("%s names a path of a development machine: %q", path, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHomePathSees(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"see " + "/" + "work/main/x": true, "\"/" + "home/me\"": true, "/" + "root/x": true,
		"https://shop.example/work/main": false, "./work/x": false, "homework/home/x": false,
	} {
		if got := homePath.MatchString(text); got != want {
			t.Errorf("%q matches: %v, want %v", text, got, want)
		}
	}
}
