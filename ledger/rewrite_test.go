package ledger

import (
	"bytes"
	"encoding/json"
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

func TestCanonicalDepth(t *testing.T) {
	t.Parallel()
	for _, deep := range []int{maxDepth - 1, maxDepth, maxDepth + 1, maxDepth + 2} {
		text := json.RawMessage(strings.Repeat("[", deep) + strings.Repeat("]", deep))
		_, wrong := canonicalJSON(text)
		if _, err := Canonical(text); (err == nil) != (wrong == nil) {
			t.Errorf("depth %d: quick %v, slow %v", deep, err, wrong)
		}
	}
}
