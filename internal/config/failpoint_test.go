package config

import (
	"testing"

	"github.com/reoptin/reoptin/internal/failpoint"
)

// A build that obeys its failpoints can be given orders; the product takes them for a mistyped setting.
func TestOrdersToFailpoints(t *testing.T) {
	t.Parallel()
	_, err := Load(Options{Env: []string{"REOPTIN_FAILPOINT=mail.after-dot=1:kill"}})
	if (err == nil) != failpoint.Enabled {
		t.Errorf("with failpoints %v: %v", failpoint.Enabled, err)
	}
}
