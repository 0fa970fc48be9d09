package config

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// A configuration is refused with a fault of one line that names the file, or it dumps to a text that
// says the same again and holds no password.
func FuzzConfig(f *testing.F) {
	for _, s := range []string{"", Starter(), "[smtp]\nurl = \"smtp://me:geheim@mail.example:587\"\n", "[smtp]\nurl = \"smtp://me:ge%zzheim@mail.example\"\n", "trusted_proxies = [\"10.0.0.0/8\", \"x\"]",
		"[bounces]\nwebhooks = { a = \"b\" }", "smtp.url = 1", "[smtp]\n[smtp]", "a.b.c = {}", "\"smtp\".\"url\" = \"x\"", "[sending]\nretry_after = \"1ns\"", "listen = \"\\u0000\"", "[[smtp]]\nurl = \"\"",
		"database = \"postgres://u:p@h/d?x=y\"", "smtp = 3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Default()
		c.origin = map[string]string{}
		if err := c.applyFile("reoptin.toml", text); err != nil {
			if fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(err.Error(), "reoptin.toml, line ") || fault.HintOf(err) == "" {
				t.Fatalf("%v (%s)", err, fault.HintOf(err))
			}
			return
		}
		_ = c.Check()
		first := bareDump(t, c)
		again := Default()
		again.origin = map[string]string{}
		if err := again.applyFile("reoptin.toml", first); err != nil {
			t.Fatalf("%v:\n%s", err, first)
		}
		if second := bareDump(t, again); second != first {
			t.Fatalf("%s\nthen\n%s", first, second)
		}
		if p := c.SMTP.Password; len(p) > 8 && strings.Contains(first, p) && !strings.Contains(bareDump(t, Default()), p) && strings.Count(text, p) == 1 {
			t.Fatalf("the password shows:\n%s", first)
		}
	})
}

// bareDump is the dump without where each setting came from.
func bareDump(t *testing.T, c Config) string {
	c.origin = map[string]string{}
	return dump(t, c)
}
