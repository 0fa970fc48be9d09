package config

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func dump(t testing.TB, c Config) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Dump(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDumpShowsNoSecret(t *testing.T) {
	t.Parallel()
	c := load(t, Options{Dir: t.TempDir(), Env: []string{
		"REOPTIN_SMTP_URL=smtp://me:hush@mail.example:587",
		"REOPTIN_SMTP_PASSWORD=hush",
		"REOPTIN_BOUNCES_IMAP=imaps://me:hush@mail.example",
		"REOPTIN_BOUNCES_WEBHOOKS=one=hush,two=hush",
	}, Flags: map[string]string{"database": "postgres://me:hush@db.example/reoptin?password=hush"}})
	text := dump(t, c)
	if strings.Contains(text, "hush") {
		t.Errorf("a secret shows:\n%s", text)
	}
	for _, want := range []string{
		`url = "smtp://me:REDACTED@mail.example:587" # REOPTIN_SMTP_URL`,
		`webhooks = { "one" = "REDACTED", "two" = "REDACTED" }`,
		`level = "info" # default`,
		`# command line`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the dump lacks %s:\n%s", want, text)
		}
	}
	c.SMTP.URL = "smtp://me:hush%zz@mail.example"
	if text := dump(t, c); strings.Contains(text, "hush") {
		t.Errorf("a secret shows in a URL that cannot be read:\n%s", text)
	}
}

// What programs read of the settings hides what the text hides, and lacks none.
func TestValuesAreThoseOfTheDump(t *testing.T) {
	t.Parallel()
	c := load(t, Options{Dir: t.TempDir(), Env: []string{
		"REOPTIN_SMTP_URL=smtp://me:hush@mail.example:587", "REOPTIN_SMTP2_PASSWORD=hush", "REOPTIN_BOUNCES_WEBHOOKS=one=hush,two=hush",
		"REOPTIN_SENDING_RETRY_AFTER=1h", "REOPTIN_TRUSTED_PROXIES=10.0.0.0/8", "REOPTIN_BASE_URL=https://élan.example/",
	}})
	values, from := c.Values()
	var text strings.Builder
	if err := toml.NewEncoder(&text).Encode(values); err != nil || strings.Contains(text.String(), "hush") {
		t.Errorf("%v, a secret shows: %s", err, text.String())
	}
	again := load(t, Options{Dir: write(t, map[string]string{"reoptin.toml": text.String()})})
	read := load(t, Options{Dir: write(t, map[string]string{"reoptin.toml": dump(t, c)})})
	if d := cmp.Diff(read, again, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-text +values:\n%s", d)
	}
	if again.BaseURL != "https://xn--lan-9la.example" || from["smtp2.password"] != "REOPTIN_SMTP2_PASSWORD" || from["listen"] != "" {
		t.Errorf("%s, %v", again.BaseURL, from)
	}
}

func TestDumpReadsBack(t *testing.T) {
	t.Parallel()
	c := load(t, Options{Dir: write(t, map[string]string{"reoptin.toml": `
trusted_proxies = ["10.0.0.0/8"]
[sending]
retry_after = "1h"
`})})
	again := load(t, Options{Dir: write(t, map[string]string{"reoptin.toml": dump(t, c)})})
	if d := cmp.Diff(c, again, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestStarterIsTheDefault reads the starter as it is, and again with every example taken up.
func TestStarterIsTheDefault(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"reoptin.toml": Starter()})
	want := load(t, Options{Dir: dir})
	want.File = "reoptin.toml"
	plain := Default()
	plain.resolve(dir)
	plain.File = want.File
	if d := cmp.Diff(plain, want, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Errorf("-default +starter:\n%s", d)
	}
	taken := regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(Starter(), "$1")
	c := load(t, Options{Dir: write(t, map[string]string{"reoptin.toml": taken})})
	if ps := c.Check(); len(ps) != 0 {
		t.Errorf("the examples of the starter have problems: %v", ps)
	}
}

// TestEverySettingIsDocumented keeps the manual and the table of settings together.
func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys() {
		if !strings.Contains(string(manual), "| `"+key+"` |") {
			t.Errorf("docs/configuration.md has no row for %s", key)
		}
	}
}
