package ledger_test

import (
	"testing"

	"github.com/reoptin/reoptin/ledger"
)

func TestTextOfFilesAsTheyAreKept(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"a+b\n": "a+b\n", "\xef\xbb\xbfa\r\n\r\nb\r\n": "a\n\nb\n", "\xff\xfea\x00\r\x00\n\x00": "a\n", "\xfe\xff\x00a\x00\n\x14 ": "a\n\u1420", "\xff\xfea": "",
		"\xff": "\xff", "": "", "\xff\xfe": "",
	} {
		if got := ledger.Text([]byte(file)); got != want {
			t.Errorf("%q is %q, not %q", file, got, want)
		}
	}
}
