package campaign

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestPinnedOf: what docs/ledger.md says of link_sha256 and keys_sha256, whatever the order of the keys.
func TestPinnedOf(t *testing.T) {
	t.Parallel()
	a, b, c := PersonKey{KeyMailbox, [32]byte{9}}, PersonKey{KeyStrict, [32]byte{1}}, PersonKey{KeyStrict, [32]byte{2, 255}}
	lines := []string{fmt.Sprintf("mailbox:%x\n", a.Digest), fmt.Sprintf("strict:%x\n", b.Digest), fmt.Sprintf("strict:%x\n", c.Digest)}
	slices.Sort(lines)
	link := LinkID{1, 2, 3}
	want := Pinned{Link: fmt.Sprintf("%x", sha256.Sum256(link[:])), Keys: fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(lines, "")))), Route: RouteLetter}
	for _, keys := range [][]PersonKey{{a, b, c}, {c, b, a}, {b, a, c, b}} {
		given := slices.Clone(keys)
		if got := PinnedOf(Invitation{Link: link, Keys: keys, Route: RouteLetter}); got != want {
			t.Errorf("%v: %+v, want %+v", keys, got, want)
		}
		if !slices.Equal(keys, given) {
			t.Errorf("the keys were moved")
		}
	}
}
