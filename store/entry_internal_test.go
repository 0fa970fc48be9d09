package store

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/ledger"
)

// TestMergeIsCanonical: what is put together from text is what would have been written at once.
func TestMergeIsCanonical(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a", "at ", "kinds", "row", `"`, `\`, `{"`, "a,b", "]}", "é", "\u2028"}))
	value := rapid.Custom(func(t *rapid.T) any {
		return rapid.SampledFrom([]any{nil, true, 7, text.Draw(t, "text"), []any{text.Draw(t, "item"), []int{}}, map[string]any{text.Draw(t, "name"): "x"}}).Draw(t, "value")
	})
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(text, value).Draw(t, "object")
		for _, taken := range []string{"at", "kind", "rows"} {
			delete(object, taken)
		}
		own, err := ledger.Canonical(object)
		if err != nil {
			t.Fatal(err)
		}
		got, err := merge(own, []field{{"at", []byte(`"now"`)}, {"kind", []byte(`"asked"`)}, {"rows", nil}})
		if err != nil {
			t.Fatal(err)
		}
		var whole map[string]any
		dec := json.NewDecoder(bytes.NewReader(own))
		dec.UseNumber()
		if err := dec.Decode(&whole); err != nil {
			t.Fatal(err)
		}
		whole["at"], whole["kind"] = "now", "asked"
		want, err := ledger.Canonical(whole)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: got %s, want %s", err, got, want)
		}
	})
}
