//go:build failpoint

package crash

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/failpoint"
)

// The marks of the program: those that a sender passes, where TestKills ends it, and those that an answer
// passes, where TestKilledWhileAnswering does, and a bounce, where TestKilledWhileNoting does.
var (
	sendingMarks = []string{
		"claim.before", "claim.after", "mail.before-dial", "mail.after-dial", "mail.after-mail", "mail.after-rcpt", "mail.after-data",
		"mail.mid-body", "mail.after-body", "beat.before-update", "beat.after-update", "beat.after-journal", "mail.after-commit", "mail.after-dot",
		"mail.after-reply", "journal.after-write", "store.before-commit", "store.after-commit",
	}
	answeringMarks = []string{"answer.after-update", "answer.after-journal"}
	notingMarks    = []string{"bounce.after-update"}
	askingMarks    = []string{"case.after-update"}                         // where TestAStoredRequestReachesTheJournalAtTheNextStart of cmd/app does
	erasingMarks   = []string{"erase.after-journal", "erase.after-update"} // where TestKilledWhileErasing ends it
	retainingMarks = []string{"retention.after-batch"}                     // where TestRetentionIsKilled of cmd/app does, which has a clock
	// where TestLettersAreClaimedOnceOverKills of cmd/reoptin does
	letterMarks = []string{"letters.after-claim", "letters.writing"}
)

var mark = regexp.MustCompile(`[pP]oints\.At\("([^"]+)"\)`)

// sources are the program's own files.
func sources(t testing.TB, do func(path string, text []byte)) {
	t.Helper()
	files(t, ".go", func(path string, text []byte) {
		if !strings.HasSuffix(path, "_test.go") {
			do(path, text)
		}
	})
}

// files are those of the module whose name ends so.
func files(t testing.TB, end string, do func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && strings.HasPrefix(e.Name(), ".") && path != root:
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(path, end):
			return nil
		}
		text, err := os.ReadFile(path)
		do(path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A mark that is new in the source has to be killed at too.
func TestEveryMarkIsKilledAt(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	calls := 0
	sources(t, func(path string, text []byte) {
		for _, m := range mark.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		if !strings.Contains(path, "failpoint") {
			calls += bytes.Count(text, []byte("oints.At("))
		}
	})
	known := slices.Concat(sendingMarks, answeringMarks, notingMarks, askingMarks, erasingMarks, retainingMarks, letterMarks)
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, slices.Sorted(slices.Values(known))) {
		t.Errorf("the marks of the source are\n%v,\nkilled is at\n%v", got, slices.Sorted(slices.Values(known)))
	}
	if calls < len(known) {
		t.Errorf("%d calls for %d marks", calls, len(known))
	}
}

// Each mark stands in the table of ways to fail.
func TestEveryMarkIsExplained(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile(filepath.Join(root, "docs/failure-points.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range slices.Concat(sendingMarks, answeringMarks, notingMarks, askingMarks, erasingMarks, retainingMarks, letterMarks) {
		if !bytes.Contains(table, []byte("`"+m+"`")) {
			t.Errorf("docs/failure-points.md says nothing of %s", m)
		}
	}
}

var testName = regexp.MustCompile("`(Test[A-Za-z]+)`")

// The tests that the table names are there.
func TestEveryTestOfTheTableIsThere(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile(filepath.Join(root, "docs/failure-points.md"))
	must(t, err)
	there := map[string]bool{}
	files(t, "_test.go", func(_ string, text []byte) {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
			there[string(m[1])] = true
		}
	})
	named := testName.FindAllSubmatch(table, -1)
	for _, m := range named {
		if !there[string(m[1])] {
			t.Errorf("docs/failure-points.md names %s, which is not there", m[1])
		}
	}
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
}

// The product holds no mark and obeys no order; the build with failpoints does both.
func TestProductHasNoMarks(t *testing.T) {
	t.Parallel()
	product, err := built("-tags=", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, marked := range map[string]bool{product: false, program(t): true} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range slices.Concat(sendingMarks, answeringMarks, notingMarks, askingMarks, erasingMarks, retainingMarks, []string{failpoint.Variable}) {
			if bytes.Contains(raw, []byte(m)) != marked {
				t.Errorf("%s contains %q: %v", path, m, !marked)
			}
		}
		l, err := begin(path, filepath.Join(t.TempDir(), "said"), nil, "claim.before=1:kill", "config", "check")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.wait(); err != nil {
			t.Fatal(err)
		}
		if refused := strings.Contains(l.said(), failpoint.Variable+" is no setting"); refused == marked {
			t.Errorf("%s says of an order: %s", path, l.said())
		}
	}
}
