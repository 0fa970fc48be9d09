package campaign

import (
	"crypto/hmac"
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A key is the HMAC of kind and normal form, however long key and text are.
func TestKeysAreHMACs(t *testing.T) {
	t.Parallel()
	for _, secret := range []int{0, 1, 32, 64, 65, 200} {
		for _, text := range []int{0, 1, 40, 180, 190, 200, 1000} {
			key, normal := []byte(strings.Repeat("k", secret)), strings.Repeat("x", text)
			h := hmac.New(sha256.New, key)
			h.Write([]byte("strict\x00" + normal))
			if got := NewKeyer(key).Key(KeyStrict, normal); got.Kind != KeyStrict || string(got.Digest[:]) != string(h.Sum(nil)) {
				t.Errorf("a text of %d under a key of %d octets: %v", text, secret, got)
			}
		}
	}
}

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
