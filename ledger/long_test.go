//go:build !race

package ledger

import (
	"strings"
	"testing"
)

// The race detector takes a minute for a value of this length, and there is nothing for it to see.

// TestAValueMayBeAsLongAsTheFormatSays, whatever follows it, and no longer: what is read ahead is not of it.
func TestAValueMayBeAsLongAsTheFormatSays(t *testing.T) {
	t.Parallel()
	const before, after = `{"sha256":"","name":"","language":"","media":"","content":"`, `"}`
	longest := strings.Repeat("x", int(maxValue)-len("["+before+after))
	in := newBounded(strings.NewReader("["+before+longest+after+","+before+after+","+before+longest+"x"+after+"]"), MaxBundle)
	r, n := &bundleReader{in: in, text: stream{in: in}}, 0
	err := eachOf(r, "documents", "document", (*BundleDocument).readPlain, func(BundleDocument) error { n++; return nil })
	if want := "a value in it is longer than 67108864 bytes"; err == nil || err.Error() != want || n != 2 {
		t.Errorf("%d of 2 documents, %v", n, err)
	}
}
