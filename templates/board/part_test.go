package board_test

import (
	"testing"

	"github.com/reoptin/reoptin/templates/board"
)

// TestShare: what is there is never shown as nothing, and what is missing never as all.
func TestShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, of, want int }{
		{0, 0, 0}, {0, 10, 0}, {5, 0, 0}, {10, 10, 100}, {12, 10, 100}, {1, 3, 33}, {2, 3, 67}, {1, 2, 50}, {1, 100_000, 1}, {99_999, 100_000, 99}, {1, 8, 13},
	} {
		if got := board.Share(c.n, c.of); got != c.want {
			t.Errorf("%d of %d: %d, not %d", c.n, c.of, got, c.want)
		}
	}
}
