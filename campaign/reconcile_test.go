package campaign

import (
	"strings"
	"testing"
	"time"
)

func TestPropose(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		fate   LogFate
		silent string
		as     string
	}{
		{LogSent, "", AsSent}, {LogDeferred, "", AsSent}, {LogQueued, "", AsSent}, {LogBounced, "", AsSent}, {LogExpired, "", AsSent},
		{LogSent, "short", AsSent}, // what stands there stands there
		{LogRefused, "", AsNotSent}, {LogRefused, "short", AsNotSent},
		{LogDropped, "", ""}, {LogDeleted, "", ""},
		{LogAbsent, "", AsNotSent}, {LogAbsent, "short", ""}, {LogBegun, "", AsNotSent}, {LogBegun, "short", ""},
	} {
		p := LogTrace{Fate: c.fate, Queue: "4Aa111", At: at, Silent: c.silent}.Propose()
		if p.As != c.as || p.Why == "" || (p.Because == "") != (c.as == "") || strings.ContainsAny(p.Because, "'\"\\") {
			t.Errorf("%s, %q: %+v", c.fate, c.silent, p)
		}
		if unsure := strings.Contains(p.Why, "perhaps"); unsure != (c.as == AsNotSent && c.fate != LogRefused) {
			t.Errorf("%s: %s", c.fate, p.Why)
		}
	}
}
