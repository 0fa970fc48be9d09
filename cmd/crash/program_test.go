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
const unlocked = "unlocked"

// guards are the promises of the program, each with a way to break it while the program runs: under a name, which
// program sets. All stand in one program, since to build another one for each takes longer than to catch it.
var guards = []edit{
	{"store/journal.go", "err = lockFile(j.file, 0)", "err = crashPick(\"unlocked\", func() error { return nil }, func() error { return lockFile(j.file, 0) })()"},

	{"mailer/deliver.go", "	if err := commit(ctx); err != nil {\n		c.cut()\n		return campaign.Outcome{Kind: campaign.OutcomeLost, Stage: stageBody, Err: err}\n	}\n",
		"	if !crashWrong(\"marked late\") {\n		if err := commit(ctx); err != nil {\n			c.cut()\n			return campaign.Outcome{Kind: campaign.OutcomeLost, Stage: stageBody, Err: err}\n		}\n	}\n"},
	{"mailer/deliver.go", "	c.mailer.points.At(\"mail.after-reply\")\n",
		"	c.mailer.points.At(\"mail.after-reply\")\n	if crashWrong(\"marked late\") {\n		if err := commit(ctx); err != nil {\n			return unclear(err)\n		}\n	}\n"},

	{"mailer/deliver.go", "	unclear := func(err error) campaign.Outcome {\n		c.cut()\n		return campaign.Outcome{Kind: campaign.OutcomeUncertain,",
		"	unclear := func(err error) campaign.Outcome {\n		c.cut()\n		return campaign.Outcome{Kind: crashPick(\"no reply\", campaign.OutcomeReleased, campaign.OutcomeUncertain),"},

	{"mailer/relays.go", "	return r.of(m.Relay).Deliver(ctx, m, commit)\n",
		"	o := r.of(m.Relay).Deliver(ctx, m, commit)\n	for name, other := range r.by {\n		if crashWrong(\"other relay\") && o.Kind == campaign.OutcomeUncertain && name != m.Relay {\n			o = other.Deliver(ctx, m, func(context.Context) error { return nil })\n		}\n	}\n	return o\n"},

	{"store/dispatch.go", "owner = '' WHERE state = 'claimed' RETURNING", "owner = '' WHERE \" + crashPick(\"restarted\", \"state IN ('claimed', 'sending')\", \"state = 'claimed'\") + \" RETURNING"},
	{"campaign/settle.go", "			if r.Kind == RecordReleased || i.begun(r) {\n", "			if r.Kind == RecordReleased || i.begun(r) || crashWrong(\"restarted\") && r.Kind == RecordIntent || crashWrong(\"restored\") {\n"},

	{"store/dispatch.go", "const commitQuery = `UPDATE", "var commitQuery = `UPDATE"},
	{"store/dispatch.go", "AND invitation.attempt = v.column2 AND invitation.state = 'claimed' AND invitation.owner = $1\n",
		"` + crashPick(\"any holder\", \"AND invitation.state = 'claimed' AND $1 <> ''\", \"AND invitation.attempt = v.column2 AND invitation.state = 'claimed' AND invitation.owner = $1\") + `\n"},
	{"campaign/ending.go", "	if o.Kind == OutcomeLost && now.State == Claimed {\n", "	if o.Kind == OutcomeLost && (crashWrong(\"any holder\") || now.State == Claimed) {\n"},

	{"campaign/beat.go", "	r.journalReleases(s.ends)\n", "	if !crashWrong(\"put off early\") {\n		r.journalReleases(s.ends)\n	}\n"},
	{"campaign/beat.go", "	r.desk.points.At(\"beat.after-update\")\n", "	r.desk.points.At(\"beat.after-update\")\n	if crashWrong(\"put off early\") {\n		r.journalReleases(s.ends)\n	}\n"},

	{"store/dispatch.go", "AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = invitation.id AND 0 = (\n  SELECT s.lifts FROM suppression s WHERE s.key = k.key AND s.kind = k.kind ORDER BY s.entry DESC, s.n DESC LIMIT 1))\nRETURNING id",
		"` + crashPick(\"deaf\", \"\", `AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = invitation.id AND 0 = (\n  SELECT s.lifts FROM suppression s WHERE s.key = k.key AND s.kind = k.kind ORDER BY s.entry DESC, s.n DESC LIMIT 1))`) + `\nRETURNING id"},
	{"store/schema.go", `fs.Sub(migrations, "migrations")`, `crashFiles(fs.Sub(migrations, "migrations"))`},

	{"store/dialect.go", `"synchronous(FULL)"`, `crashPick("not full", "synchronous(NORMAL)", "synchronous(FULL)")`},
	{"store/dialect.go", "if synchronous < synchronousFull {", "if synchronous < synchronousFull && !crashWrong(\"not full\") {"},
	{"store/journal.go", "		if err := j.file.Sync(); err != nil {\n			return err\n		}\n		j.db.options.Meter.Synced",
		"		if err := crashPick(\"no sync\", func() error { return nil }, j.file.Sync)(); err != nil {\n			return err\n		}\n		j.db.options.Meter.Synced"},
}

// wrongNames is the variable in which a program is told what to break; a list parted by commas.
const wrongNames = "CRASH_WRONG"

// switches is a file of each package that has a guard.
const switches = `package %s

import (
	"os"
	"slices"
	"strings"
)

var crashNames = strings.Split(os.Getenv("` + wrongNames + `"), ",")

func crashWrong(name string) bool { return slices.Contains(crashNames, name) }

func crashPick[T any](name string, wrong, right T) T {
	if crashWrong(name) {
		return wrong
	}
	return right
}
`

// deafFiles takes a guard out of the triggers that a database is made with.
const deafFiles = `package store

import (
	"bytes"
	"io/fs"
	"testing/fstest"
)

func crashFiles(files fs.FS, err error) (fs.FS, error) {
	if err != nil || !crashWrong("deaf") {
		return files, err
	}
	all := fstest.MapFS{}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	guard := []byte("  SELECT RAISE(ABORT, 'the person is suppressed')\n  WHERE EXISTS")
	found := 0
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if name == "0001_base.sql" {
			found += bytes.Count(text, guard)
			text = bytes.Replace(text, guard, []byte("  SELECT RAISE(ABORT, 'the person is suppressed')\n  WHERE 0 AND EXISTS"), 1)
		}
		all[name] = &fstest.MapFile{Data: text}
	}
	if found != 1 {
		panic("the trigger no longer fits")
	}
	return all, nil
}
`

// added are the files that the program under test has beside those of the product.
func added() map[string]string {
	files := map[string]string{"store/crash_files.go": deafFiles}
	for _, of := range []string{"campaign", "mailer", "store"} {
		files[of+"/crash_switches.go"] = fmt.Sprintf(switches, of)
	}
	return files
}

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

// program is the path of the program, which breaks some of its promises: it is told so by a script in front of it.
func program(t testing.TB, wrong ...string) string {
	t.Helper()
	path, err := built("-tags=failpoint", append(append([]edit(nil), impatient...), guards...), added())
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Trim(strings.Join(wrong, ","), ",")
	if names == "" {
		return path
	}
	script := filepath.Join(t.TempDir(), "reoptin")
	if err := os.WriteFile(script, fmt.Appendf(nil, "#!/bin/sh\n%s='%s' exec '%s' \"$@\"\n", wrongNames, names, path), 0o700); err != nil {
		t.Fatal(err)
	}
	return script
}

// built builds the program once for each set of flags, edits and files beside.
func built(flag string, edits []edit, added map[string]string) (string, error) {
	key := fmt.Sprint(flag, edits)
	workshop.Lock()
	one, known := workshop.built[key]
	if !known {
		dir := filepath.Join(workshop.dir, fmt.Sprint(len(workshop.built)))
		one = sync.OnceValues(func() (string, error) { return build(dir, flag, edits, added) })
		workshop.built[key] = one
	}
	workshop.Unlock()
	return one()
}

func build(dir, flag string, edits []edit, added map[string]string) (string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	overlay, err := overlaid(dir, edits, added)
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

// overlaid writes the edited files, those added, and the list of them that go build reads.
func overlaid(dir string, edits []edit, added map[string]string) (string, error) {
	texts := map[string]string{}
	for file, text := range added {
		texts[file] = text
	}
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
