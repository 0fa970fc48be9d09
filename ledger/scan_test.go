package ledger

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzParseCanonical holds the strict reader against encoding/json: it accepts exactly what, read
// and written again, stays as it was.
func FuzzParseCanonical(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":[true,false,null,-5,"x\n\u001fé"]}`, `{}`, `[]`, `""`, `"\\\""`, `0`, `-0`, `-`, `01`, `1.0`, `1e3`, ` 1`, `1 `, `{"b":1,"a":1}`,
		`{"a":1,"a":1}`, `{"a":1,}`, `[1,]`, `[,]`, `{"a"}`, `{"":1,"\u0000":2}`, `"\u0041"`, `"\/"`, `"\u000a"`, `"`, `"\`, `"\"`, `tru`, `nul`, "\"\xff\"", "\"\x01\"",
		`"\ud800"`, "\"\u2028\"", `{"a":{"a":{"a":[[[]]]}}}`, ``, `{`, `{"a":`, `[1`, `truefalse`, `{"a":1}x`, `999999999999999999999999999`,
		`{"\n":1,"!":2}`, `{"\\":1,"b":2}`, `{"\"":1,"!":2}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseCanonical(text)
		tree, wrong := decodeJSON(text)
		var again []byte
		if wrong == nil {
			again, wrong = appendValue(nil, tree, 0)
		}
		canonical := wrong == nil && bytes.Equal(again, text)
		if canonical != (err == nil) {
			t.Fatalf("%q: %v, want canonical %v", text, err, canonical)
		}
		var seen int
		if passed := scan(string(text), func(s *scanner) error { return s.skip(0, place{}, func(string, place) { seen++ }) }); !errors.Is(passed, err) {
			t.Fatalf("%q: read %v, passed over %v", text, err, passed)
		}
		if canonical && seen != countStrings(tree) {
			t.Fatalf("%q: %d strings of %d were seen", text, seen, countStrings(tree))
		}
		if diff := cmp.Diff(tree, got); canonical && diff != "" {
			t.Fatal(diff)
		}
	})
}

// countStrings counts those that are values.
func countStrings(v any) (n int) {
	switch v := v.(type) {
	case string:
		return 1
	case []any:
		for _, item := range v {
			n += countStrings(item)
		}
	case map[string]any:
		for _, item := range v {
			n += countStrings(item)
		}
	}
	return n
}

// endless is a dossier that never ends.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestVerifyDoesNotReadForEver(t *testing.T) {
	t.Parallel()
	rep, err := verifyUpTo(1000, endless{}, "")
	if err != nil || rep.OK || !strings.Contains(rep.Faults[0].What, "longer than 1000 bytes") {
		t.Error(rep, err)
	}
}

func TestDocumentsOf(t *testing.T) {
	t.Parallel()
	a, b, c := strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)
	payload, err := Canonical(map[string]any{
		"document": b, "other": c, "rows": map[string]RowSum{"document": {N: 1, SHA256: c}},
		"deep": []any{map[string]any{"documents": map[string]any{"fr": []string{a, b, "no hash", strings.ToUpper(c)}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := DocumentsOf(payload)
	if diff := cmp.Diff([]string{a, b}, got); err != nil || diff != "" {
		t.Error(diff, err)
	}
	for _, bad := range []string{"", "[]", `{"rows":1}`, `{"rows":{"t":{"n":0,"sha256":"` + a + `"}}}`, `{"rows":{"t":{"n":1,"sha256":"x"}}}`} {
		if _, err := DocumentsOf([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
