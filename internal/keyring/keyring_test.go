package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/reoptin/reoptin/internal/fault"
)

func newRing(t *testing.T) (string, *Ring) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := Create(dir, rand.Reader); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, r
}

func TestCreateAndOpen(t *testing.T) {
	t.Parallel()
	dir, r := newRing(t)
	masters, current := r.LinkMasters()
	if current != 1 || len(masters) != 1 || len(masters[1]) != keySize || len(r.Suppression()) != keySize {
		t.Fatalf("%d keys, current %d", len(masters), current)
	}
	if bytes.Equal(masters[1], r.Suppression()) {
		t.Error("two keys are the same")
	}
	clear(masters[1])
	again, _ := r.LinkMasters()
	if bytes.Equal(masters[1], again[1]) {
		t.Error("a caller can change the ring")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v %v", entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s %v %v", e.Name(), info.Mode(), err)
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || !strings.HasPrefix(string(text), "# reoptin ") {
			t.Errorf("%s does not say what it is: %v", e.Name(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder %v %v", info.Mode(), err)
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	t.Parallel()
	for _, gone := range []string{"", Master, Suppression} {
		dir, _ := newRing(t)
		if gone != "" {
			if err := os.Remove(filepath.Join(dir, gone)); err != nil {
				t.Fatal(err)
			}
		}
		before := snapshot(t, dir)
		if err := Create(dir, rand.Reader); !fault.Is(err, fault.Conflict) {
			t.Errorf("without %q: %v", gone, err)
		}
		if snapshot(t, dir) != before {
			t.Errorf("without %q: the folder changed", gone)
		}
	}
}

func TestCreateWithoutRandomness(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := Create(dir, iotest.ErrReader(errors.New("dry"))); err == nil {
		t.Fatal("made keys from nothing")
	}
	if s := snapshot(t, dir); s != "" {
		t.Errorf("left %q", s)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string) error
		kind  fault.Kind
		text  string
		hint  string
	}{
		"no folder": {func(_ *testing.T, dir string) error { return os.RemoveAll(dir) }, fault.Unavailable, "no key folder", "key backup"},
		"no suppression": {func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, Suppression)) },
			fault.Unavailable, "forget every opt-out", "restore"},
		"no master": {func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, Master)) },
			fault.Unavailable, "no link already sent", "restore"},
		"open folder": {func(_ *testing.T, dir string) error { return os.Chmod(dir, 0o750) }, fault.Denied, "read by others", "chmod 700 "},
		"open file": {func(_ *testing.T, dir string) error { return os.Chmod(filepath.Join(dir, Master), 0o640) },
			fault.Denied, "read by others", "chmod 600 "},
		"empty":       {edit(Master, func(string) string { return "" }), fault.Invalid, "empty", "restore"},
		"cut":         {edit(Master, func(s string) string { return s[:len(s)-3] }), fault.Invalid, "cut off", "restore"},
		"changed key": {edit(Suppression, swapLetter), fault.Invalid, "suppression", "restore"},
		"only note":   {edit(Master, func(s string) string { return s[:strings.IndexByte(s, '\n')+1] }), fault.Invalid, "no key in it", "restore"},
		"binary":      {edit(Master, func(string) string { return "\x00\xff\n" }), fault.Invalid, "line 1", "restore"},
		"test id":     {edit(Master, func(s string) string { return strings.Replace(s, "\n1 ", "\n0 ", 1) }), fault.Invalid, "1 to 255", "restore"},
		"other id":    {edit(Master, func(s string) string { return strings.Replace(s, "\n1 ", "\n2 ", 1) }), fault.Invalid, "check", "restore"},
		"twice": {edit(Suppression, func(s string) string { return s + s[strings.IndexByte(s, '\n')+1:] }),
			fault.Invalid, "twice", "restore"},
		"huge": {edit(Master, func(string) string { return strings.Repeat("#", maxFile) + "\n" }), fault.Invalid, "too large", "restore"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, r := newRing(t)
			secret := string(formatKeys("", map[byte][]byte{1: r.Suppression()}))[2:20]
			if err := c.spoil(t, dir); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir)
			if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) || !strings.Contains(fault.HintOf(err), c.hint) {
				t.Errorf("kind %v, hint %q: %v", fault.KindOf(err), fault.HintOf(err), err)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Error("the error shows a key")
			}
		})
	}
}

func TestReadOnlyFilesOpen(t *testing.T) {
	t.Parallel()
	dir, _ := newRing(t)
	for _, name := range []string{Master, Suppression} {
		if err := os.Chmod(filepath.Join(dir, name), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir); err != nil {
		t.Error(err)
	}
}

func TestNewestMasterSigns(t *testing.T) {
	t.Parallel()
	dir, r := newRing(t)
	masters, _ := r.LinkMasters()
	masters[7] = bytes.Repeat([]byte{7}, keySize)
	if err := os.WriteFile(filepath.Join(dir, Master), formatKeys(masterNote, masters), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, current := r.LinkMasters(); current != 7 || len(got) != 2 {
		t.Errorf("%d keys, current %d", len(got), current)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	dir, r := newRing(t)
	if _, err := r.Secret("ledger"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), filepath.Join(dir, "ledger")) {
		t.Errorf("missing: %v", err)
	}
	if err := r.WriteSecret("ledger", []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteSecret("ledger", []byte("second")); !fault.Is(err, fault.Conflict) {
		t.Errorf("overwrote: %v", err)
	}
	if got, err := r.Secret("ledger"); err != nil || string(got) != "first" {
		t.Errorf("%q %v", got, err)
	}
	for _, name := range []string{"", "..", "../x", "a/b", Master, Suppression, ".hidden", "Ledger", "a\x00"} {
		if err := r.WriteSecret(name, []byte("x")); !fault.Is(err, fault.Invalid) {
			t.Errorf("name %q: %v", name, err)
		}
		if _, err := r.Secret(name); !fault.Is(err, fault.Invalid) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if err := r.WriteSecret("nothing", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("empty secret: %v", err)
	}
	if err := os.Chmod(filepath.Join(dir, "ledger"), 0o604); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Secret("ledger"); !fault.Is(err, fault.Denied) {
		t.Errorf("open permissions: %v", err)
	}
}

func TestOneOfManyWritersWins(t *testing.T) {
	t.Parallel()
	dir, r := newRing(t)
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if err := r.WriteSecret("dkim", bytes.Repeat([]byte{byte('a' + i)}, 1000)); err == nil {
				won.Add(1)
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := r.Secret("dkim")
	if won.Load() != 1 || err != nil || len(got) != 1000 || strings.Trim(string(got), string(got[:1])) != "" {
		t.Errorf("%d writers won, %d octets, %v", won.Load(), len(got), err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 3 {
		t.Errorf("left behind: %v", entries)
	}
}

func edit(name string, change func(string) string) func(*testing.T, string) error {
	return func(t *testing.T, dir string) error {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return os.WriteFile(path, []byte(change(string(b))), 0o600)
	}
}

// swapLetter changes one letter inside the key.
func swapLetter(s string) string {
	i := strings.Index(s, "\n1 ") + 10
	letter := byte('A')
	if s[i] == letter {
		letter = 'B'
	}
	return s[:i] + string(letter) + s[i+1:]
}

func snapshot(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(e.Name() + ":" + string(text))
	}
	return b.String()
}
