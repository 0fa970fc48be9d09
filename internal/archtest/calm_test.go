package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// calm are the packages that the Makefile does not test under the race detector.
func calm(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^CALM\s*:=((?:.*\\\n)*.*)$`).FindSubmatch(b)
	if list == nil {
		t.Fatal("the Makefile no longer says which packages are calm")
	}
	return strings.Fields(strings.ReplaceAll(string(list[1]), "\\\n", " "))
}

// In a package that is not tested under the race detector nothing happens at the same time, but that its tests run
// beside each other: neither its code nor its tests start anything, wait for anything or guard anything.
func TestNothingHappensAtOnceInACalmPackage(t *testing.T) {
	t.Parallel()
	for _, name := range calm(t) {
		files, err := fs.Glob(os.DirFS(filepath.Join(root, name)), "*.go")
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no code is there: %v", name, err)
		}
		for _, file := range files {
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, filepath.Join(root, name, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range busy(parsed) {
				t.Errorf("%s/%s:%d: something may happen at the same time here: take %s out of CALM in the Makefile", name, file, set.Position(at).Line, name)
			}
		}
	}
}

// busy is where a file starts something beside or has to do with what runs beside. What is worked out once is
// neither.
func busy(file *ast.File) (at []token.Pos) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
			at = append(at, n.Pos())
		case *ast.SelectorExpr:
			p, ok := n.X.(*ast.Ident)
			if ok && (p.Name == "sync" || p.Name == "atomic" || p.Name == "errgroup") && !strings.HasPrefix(n.Sel.Name, "Once") {
				at = append(at, n.Pos())
			}
		}
		return true
	})
	return at
}

func TestBusySees(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]int{
		"var once = sync.OnceValue(read)\nfunc f() { n := 1; n = 2; shared := n; _ = shared }": 0,
		"func f() { go f() }":                      1,
		"func f(c chan int) { c <- 1; select {} }": 3,
		"var a sync.Mutex":                         1,
		"var n atomic.Int64":                       1,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := busy(file); len(got) != want {
			t.Errorf("%s: %d places, want %d", source, len(got), want)
		}
	}
}
