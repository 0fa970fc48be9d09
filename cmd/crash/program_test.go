//go:build failpoint

package crash

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// root is the folder of go.mod, seen from this package.
const root = "../.."

// An edit replaces exact text of a source file, which must stand there exactly once.
type edit struct{ file, old, new string }

// impatient is what the program under test differs in from the product: how long it waits. A temporary
// refusal is forgotten after a millisecond, or after a tenth of a second, so that back-off costs no time,
// a form may be answered at once, and the reply to the dot is waited for ten seconds instead of twelve
// minutes, so that a late one can be played, and one that is only slow on a busy machine is not late.
var impatient = []edit{
	{"internal/config/config.go", "RetryAfter: 5 * time.Minute", "RetryAfter: time.Millisecond"},
	{"internal/config/config.go", "RetryMost = 4 * time.Hour", "RetryMost = 100 * time.Millisecond"},
	{"internal/config/check.go", "d < time.Second || d > RetryMost", "d < time.Millisecond || d > RetryMost"},
	{"forms/answer.go", "youngest = 2 * time.Second", "youngest = time.Duration(0)"},
	{"mailer/mailer.go", "or(t.Reply, 12*time.Minute)", fmt.Sprintf("or(t.Reply, %d)", replyWait)},
}

const replyWait = 10 * time.Second

// unlocked lets two processes send at the same time: the lock on the journal, which forbids it, is
// taken by nobody.
var unlocked = edit{"store/journal.go", "err = lockFile(j.file, 0)", "err = error(nil)"}

// workshop is where programs are built, once each. It is removed when the tests have ended.
var workshop struct {
	sync.Mutex
	dir   string
	built map[string]func() (string, error)
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "reoptin-crash")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	workshop.dir, workshop.built = dir, map[string]func() (string, error){}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// program is the path of the program, built with edits.
func program(t testing.TB, edits ...edit) string {
	t.Helper()
	path, err := built("-tags=failpoint", append(append([]edit(nil), impatient...), edits...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built builds the program once for each set of flags and edits.
func built(flag string, edits []edit) (string, error) {
	key := fmt.Sprint(flag, edits)
	workshop.Lock()
	one, known := workshop.built[key]
	if !known {
		dir := filepath.Join(workshop.dir, fmt.Sprint(len(workshop.built)))
		one = sync.OnceValues(func() (string, error) { return build(dir, flag, edits) })
		workshop.built[key] = one
	}
	workshop.Unlock()
	return one()
}

func build(dir, flag string, edits []edit) (string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	overlay, err := overlaid(dir, edits)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "reoptin")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-overlay", overlay, flag, "-o", path, "./cmd/reoptin")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build with %v: %w\n%s", edits, err, out)
	}
	return path, nil
}

// overlaid writes the edited files and the list of them that go build reads.
func overlaid(dir string, edits []edit) (string, error) {
	texts := map[string]string{}
	for _, e := range edits {
		text, known := texts[e.file]
		if !known {
			raw, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return "", err
			}
			text = string(raw)
		}
		if n := strings.Count(text, e.old); n != 1 {
			return "", fmt.Errorf("the variant no longer fits: this stands %d times in %s:\n%s", n, e.file, e.old)
		}
		texts[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	replace := map[string]string{}
	for file, text := range texts {
		from, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			return "", err
		}
		to := filepath.Join(dir, strings.ReplaceAll(file, "/", "+"))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[from] = to
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, list, 0o600)
}
