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
		fate    LogFate
		silent  string
		missing string
		as      string
	}{
		{LogSent, "", "", AsSent}, {LogDeferred, "", "", AsSent}, {LogQueued, "", "", AsSent}, {LogBounced, "", "", AsSent}, {LogExpired, "", "", AsSent},
		{LogSent, "short", "anew", AsSent}, // what stands there stands there
		{LogRefused, "", "", AsNotSent}, {LogRefused, "short", "anew", AsNotSent},
		{LogDropped, "", "", ""}, {LogDeleted, "", "", ""},
		{LogAbsent, "", "", AsNotSent}, {LogAbsent, "short", "", ""}, {LogBegun, "", "", ""}, {LogBegun, "short", "", ""},
		{LogAbsent, "", "anew", ""}, {LogBegun, "", "anew", ""}, // it may have been queued and sent, and that not written down
		{LogCut, "", "", AsNotSent}, {LogCut, "", "anew", AsNotSent}, {LogCut, "short", "", ""},
	} {
		p := LogTrace{Fate: c.fate, Queue: "4Aa111", At: at, Silent: c.silent, Missing: c.missing}.Propose()
		if p.As != c.as || p.Why == "" || (p.Because == "") != (c.as == "") || strings.ContainsAny(p.Because, "'\"\\") {
			t.Errorf("%s, %q, %q: %+v", c.fate, c.silent, c.missing, p)
		}
		if unsure := strings.Contains(p.Why, "perhaps"); unsure != (c.as == AsNotSent && c.fate != LogRefused && c.fate != LogCut) {
			t.Errorf("%s: %s", c.fate, p.Why)
		}
	}
}
