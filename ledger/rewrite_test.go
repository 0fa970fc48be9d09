package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anything draws a value of any shape that encoding/json can write.
func anything(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", `"`, `\`, "\u2028<&>", "a\x00b\x1f\x7f", "\xff\xfe", "{,}", "[]:,", "é\n\t"}))
	plain := rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
		rapid.Map(rapid.SampledFrom([]string{`{"b":1,"a":2,"b":3}`, `-0`, `1e3`, `[ 1 , {"a" : "\u0061"} ]`}), func(s string) any { return json.RawMessage(s) }),
	)
	if depth == 0 {
		return plain
	}
	return rapid.OneOf(plain,
		rapid.Map(rapid.SliceOfN(anything(depth-1), 0, 4), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(text, anything(depth-1), 0, 4), func(m map[string]any) any { return m }))
}

// The quick way writes what the slow way does, and refuses what it refuses.
func TestCanonicalQuickAndSlow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anything(3).Draw(t, "value")
		var raw bytes.Buffer
		enc := json.NewEncoder(&raw)
		enc.SetEscapeHTML(false)
		if enc.Encode(v) != nil {
			return
		}
		slow, wrong := canonicalJSON(raw.Bytes())
		quick, err := Canonical(v)
		if (err == nil) != (wrong == nil) || !bytes.Equal(quick, slow) {
			t.Fatalf("%s\nquick %s, %v\nslow  %s, %v", raw.Bytes(), quick, err, slow, wrong)
		}
	})
}

// TestCanonicalDepth: nothing is written that is nested deeper than a verifier reads, by a plan or not.
func TestCanonicalDepth(t *testing.T) {
	t.Parallel()
	for deep := maxDepth - 4; deep <= maxDepth+2; deep++ {
		text := json.RawMessage(strings.Repeat("[", deep) + strings.Repeat("]", deep))
		var lists, tables, things any = []any{}, map[string]int{}, struct{}{}
		for range deep {
			lists, tables, things = []any{lists}, map[string]any{"a": tables}, struct{ A any }{things}
		}
		for _, v := range []any{
			text, []json.RawMessage{text}, map[string]json.RawMessage{"a": text}, struct{ A json.RawMessage }{text}, &struct{ A *[]json.RawMessage }{&[]json.RawMessage{text}},
			lists, tables, things, [][]any{{lists}}, map[string]map[string]any{"a": {"a": things}}, struct{ A struct{ B []any } }{struct{ B []any }{[]any{tables}}}, []any{1, lists}, []*any{&lists},
		} {
			want, wrong := viaJSON(v)
			got, err := Canonical(v)
			if fmt.Sprint(err) != fmt.Sprint(wrong) || !bytes.Equal(got, want) {
				t.Errorf("%T, depth %d: by plan %v, by encoding/json %v", v, deep, err, wrong)
			}
			if _, unread := parseCanonical(got); err == nil && unread != nil {
				t.Errorf("%T, depth %d: written, and not read: %v", v, deep, unread)
			}
		}
	}
	if _, err := Payload(struct{ A json.RawMessage }{json.RawMessage(strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1))}, nil); err == nil {
		t.Error("a payload that no verifier reads was written")
	}
}
