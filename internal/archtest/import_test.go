package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// root is the folder of go.mod, seen from this package.
const root = "../.."

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Dir        string
	Standard   bool
	GoFiles    []string
	Imports    []string
}

// name is the path inside the module, "." for none.
func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func goTool(t testing.TB, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// list reads the packages of the module once.
var list = sync.OnceValue(func() []byte {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Standard,GoFiles,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return out
})

func packages(t testing.TB) []pkg {
	t.Helper()
	var ps []pkg
	d := json.NewDecoder(bytes.NewReader(list()))
	for {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	if len(ps) == 0 {
		t.Fatal("go list knows no package of this module")
	}
	return ps
}

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if _, known := allowed(p.name(), ""); !known {
			t.Errorf("%s is not in the import table: give it a row here and in docs/architecture.md", p.name())
			continue
		}
		for _, path := range p.Imports {
			checkImport(t, p.name(), path)
		}
	}
}

func checkImport(t *testing.T, from, path string) {
	target, ours := strings.CutPrefix(path, module+"/")
	first, _, _ := strings.Cut(path, "/")
	switch {
	case ours:
		if ok, _ := allowed(from, target); !ok {
			t.Errorf("%s may not import %s", from, target)
		}
	case !strings.Contains(first, "."): // standard library
		if isDesk(from) && slices.Contains(foreign, path) {
			t.Errorf("%s may not know %s", from, path)
		}
	default:
		row, found := home(path)
		if !found {
			t.Errorf("%s imports %s, which has no home in the table", from, path)
		} else if !listed(row, from) {
			t.Errorf("%s imports %s, which lives only in %s", from, path, row)
		}
	}
}

func TestNoTestCodeInTheProgram(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(filepath.Join(root, "cmd", "reoptin")); errors.Is(err, os.ErrNotExist) {
		t.Log("cmd/reoptin does not exist")
		return
	}
	for path := range strings.FieldsSeq(string(goTool(t, "list", "-e", "-deps", "./cmd/reoptin"))) {
		for _, never := range neverLinked {
			if path == never || never != "testing" && under(path, never) {
				t.Errorf("cmd/reoptin links %s", path)
			}
		}
	}
}

// TestLibcIsTheOneThatSQLiteWasTestedWith: the driver is generated C, and another version of its C
// library may lay out memory differently.
func TestLibcIsTheOneThatSQLiteWasTestedWith(t *testing.T) {
	t.Parallel()
	ours := strings.TrimSpace(string(goTool(t, "list", "-m", "-f", "{{.Version}}", "modernc.org/libc")))
	mod := strings.TrimSpace(string(goTool(t, "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")))
	text, err := os.ReadFile(mod)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^\s*(?:require )?modernc\.org/libc (\S+)`).FindSubmatch(text)
	if m == nil {
		t.Fatal("sqlite's go.mod names no modernc.org/libc")
	}
	if string(m[1]) != ours {
		t.Errorf("modernc.org/libc is %s, sqlite wants %s: go get modernc.org/libc@%s", ours, m[1], m[1])
	}
}

// TestTheTableItself proves that the checks can fail.
func TestTheTableItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to  string
		ok, known bool
	}{
		{"forms", "campaign", true, true},
		{"forms", "store", false, true},
		{"store", "mailer", false, true},
		{"campaign", "internal/config", false, true},
		{"internal/config", "internal/schedule", true, true},
		{"internal/schedule", "internal/config", false, true},
		{"internal/fault", "campaign", false, true},
		{"templates/consent", "templates/page", true, true},
		{"templates/page", "templates/consent", false, true},
		{"cmd/app", "store", true, true},
		{"cmd/app", "store/storetest", false, true},
		{"cmd/app", "cmd/reoptin", false, true},
		{"cmd/app/demo", "store", false, false},
		{"internal/util", "internal/fault", false, false},
	} {
		if ok, known := allowed(c.from, c.to); ok != c.ok || known != c.known {
			t.Errorf("allowed(%s, %s) = %v, %v, want %v, %v", c.from, c.to, ok, known, c.ok, c.known)
		}
	}
	if row, _ := home("golang.org/x/net/html/atom"); row != "campaign/lint" {
		t.Errorf("x/net/html/atom lives in %q", row)
	}
	if _, found := home("golang.org/x/nets"); found {
		t.Error("a foreign path found a home")
	}
}
