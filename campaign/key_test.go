package campaign

import (
	"reflect"
	"slices"
	"testing"
)

// A list of keys reads as it was written, the strictest first, whatever order they were given in.
func TestKeyLists(t *testing.T) {
	t.Parallel()
	var keys []PersonKey
	for n := range 6 {
		keys = append(keys, testKeys.Key(keyKinds[n%3], string(rune('a'+n))))
	}
	list := AppendKeys([]byte("x"), keys)
	slices.Reverse(keys)
	again := AppendKeys([]byte("x"), keys)
	got, err := KeysIn(list[1:])
	if err != nil || string(list) != string(again) || len(got) != len(keys) || got[0].Kind != KeyStrict || got[5].Kind != KeyPerson {
		t.Errorf("%v %v", got, err)
	}
	slices.SortFunc(got, compareKeys)
	slices.SortFunc(keys, compareKeys)
	if !reflect.DeepEqual(got, keys) {
		t.Errorf("got %v, want %v", got, keys)
	}
	for _, bad := range [][]byte{list, append([]byte("x"), list[2:]...)} {
		if _, err := KeysIn(bad); err == nil {
			t.Errorf("%q is read as keys", bad)
		}
	}
}
