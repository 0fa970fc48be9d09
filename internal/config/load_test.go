package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/reoptin/reoptin/internal/fault"
)

// write puts files into a fresh working directory.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t testing.TB, o Options) Config {
	t.Helper()
	c, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultsWithoutAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := Default()
	want.Database, want.Keys, want.Journal = filepath.Join(dir, "reoptin.db"), filepath.Join(dir, "keys"), filepath.Join(dir, "send.journal")
	got := load(t, Options{Dir: dir})
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if ps := got.Check(); len(ps) != 0 {
		t.Errorf("the defaults have problems: %v", ps)
	}
}

func TestFlagBeforeEnvironmentBeforeFileBeforeDefault(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"reoptin.toml": `
listen = "127.0.0.1:1"
admin_host = "file.example"
base_url = "https://file.example"
[sending]
rate = "1/min"
retry_after = "1m"
`})
	c := load(t, Options{Dir: dir,
		Env:   []string{"PATH=/bin", "REOPTIN_LISTEN=127.0.0.1:2", "REOPTIN_ADMIN_HOST=env.example", "REOPTIN_SENDING_RETRY_AFTER=2m"},
		Flags: map[string]string{"listen": "127.0.0.1:3"},
	})
	got := []string{c.Listen, c.AdminHost, c.BaseURL, c.Sending.Rate, c.Sending.RetryAfter.String(), c.Log.Level}
	want := []string{"127.0.0.1:3", "env.example", "https://file.example", "1/min", "2m0s", "info"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestEverySettingCanBeGivenEveryWay feeds each row of the table through file, environment and flag.
func TestEverySettingCanBeGivenEveryWay(t *testing.T) {
	t.Parallel()
	for _, s := range settings() {
		t.Run(s.key, func(t *testing.T) {
			t.Parallel()
			var c Config
			inFile, inText, want := "", "", any(nil)
			switch p := s.place(&c).(type) {
			case *string:
				inFile, inText, want = `"/x"`, "/x", "/x"
			case *int:
				inFile, inText, want = "7", "7", 7
			case *time.Duration:
				inFile, inText, want = `"7m"`, "7m", 7*time.Minute
			case *[]string:
				inFile, inText, want = `["a", "b"]`, "a, b", []string{"a", "b"}
			case *map[string]string:
				inFile, inText, want = `{ a = "b" }`, "a=b", map[string]string{"a": "b"}
			default:
				t.Fatalf("a setting of type %T", p)
			}
			for name, o := range map[string]Options{
				"file": {Dir: write(t, map[string]string{"reoptin.toml": s.key + " = " + inFile})},
				"env":  {Dir: t.TempDir(), Env: []string{s.env() + "=" + inText}},
				"flag": {Dir: t.TempDir(), Flags: map[string]string{s.key: inText}},
			} {
				c := load(t, o)
				got := deref(s.place(&c))
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s: -want +got:\n%s", name, d)
				}
			}
		})
	}
}

func deref(p any) any {
	switch v := p.(type) {
	case *string:
		return *v
	case *int:
		return *v
	case *time.Duration:
		return *v
	case *[]string:
		return *v
	case *map[string]string:
		return *v
	}
	return nil
}

func TestMistakesNameTheSettingItsLineAndTheNearestOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		env        []string
		flags      map[string]string
		text, hint string
	}{
		{name: "mistyped key", file: "listen = \":1\"\n[sending]\n# a comment\nrat = \"1/s\"\n", text: "line 4: there is no setting sending.rat", hint: "sending.rate"},
		{name: "mistyped table", file: "\n[smpt]\nurl = \"\"\n", text: "line 3: there is no setting smpt.url", hint: "smtp.url"},
		{name: "empty unknown table", file: "[nonsense]\n", text: "line 1: there is no setting nonsense", hint: "config dump"},
		{name: "key without its table", file: "connections = 3\n", text: "line 1: there is no setting connections", hint: "smtp.connections"},
		{name: "dotted and quoted", file: "\"smtp\" . conections = 3\n", text: "line 1: there is no setting smtp.conections", hint: "smtp.connections"},
		{name: "inline table", file: "\nlog = { levle = \"info\" }\n", text: "line 2: there is no setting log.levle", hint: "log.level"},
		{name: "first mistake first", file: "zzz = 1\naaa = 2\n", text: "line 1: there is no setting zzz"},
		{name: "wrong type", file: "[smtp]\nconnections = \"4\"\n", text: "line 2: smtp.connections cannot be used: it must be a whole number"},
		{name: "table as text", file: "smtp = \"x\"\n", text: "there is no setting smtp"},
		{name: "text as table", file: "[listen]\nport = 1\n", text: "line 1: listen cannot be used: it must be a text in quotes"},
		{name: "list of numbers", file: "trusted_proxies = [1]\n", text: "it must be a list of texts"},
		{name: "duration", file: "[sending]\nretry_after = \"soon\"\n", text: "line 2: sending.retry_after cannot be used"},
		{name: "syntax", file: "listen = \"a\"\n[sending\n", text: "line 3: "},
		{name: "environment", env: []string{"REOPTIN_SMTP_ULR=x"}, text: "REOPTIN_SMTP_ULR is no setting", hint: "REOPTIN_SMTP_URL"},
		{name: "no file for what is no secret", env: []string{"REOPTIN_LISTEN_FILE=x"}, text: "REOPTIN_LISTEN_FILE is no setting"},
		{name: "environment value", env: []string{"REOPTIN_SMTP_CONNECTIONS=four"}, text: "REOPTIN_SMTP_CONNECTIONS cannot be used"},
		{name: "secret twice", env: []string{"REOPTIN_SMTP_PASSWORD=x", "REOPTIN_SMTP_PASSWORD_FILE=y"}, text: "both REOPTIN_SMTP_PASSWORD", hint: "keep one"},
		{name: "secret file missing", env: []string{"REOPTIN_SMTP_PASSWORD_FILE=nowhere"}, text: "REOPTIN_SMTP_PASSWORD_FILE names cannot be read"},
		{name: "flag", flags: map[string]string{"databse": "x"}, text: "no setting databse", hint: "database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Options{Dir: write(t, map[string]string{"reoptin.toml": c.file}), Env: c.env, Flags: c.flags})
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("Load: %v, want an invalid fault", err)
			}
			if !strings.Contains(err.Error(), c.text) || !strings.Contains(fault.HintOf(err), c.hint) {
				t.Errorf("error %q with hint %q lacks %q or %q", err, fault.HintOf(err), c.text, c.hint)
			}
		})
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"secret": "s3cret \n", "reoptin.toml": "smtp.password = \"from the file\""})
	c := load(t, Options{Dir: dir, Env: []string{"REOPTIN_SMTP_PASSWORD_FILE=secret"}})
	if c.SMTP.Password != "s3cret " {
		t.Errorf("password %q, want only the line end cut", c.SMTP.Password)
	}
}

func TestWhichFileIsRead(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"reoptin.toml": `listen = "h:1"`, "other/a.toml": `listen = "h:2"`, "other/b.toml": `listen = "h:3"`,
	})
	env := []string{"REOPTIN_CONFIG=other/a.toml"}
	for want, o := range map[string]Options{
		"h:1": {Dir: dir}, "h:2": {Dir: dir, Env: env}, "h:3": {Dir: dir, Env: env, File: "other/b.toml"},
	} {
		if got := load(t, o).Listen; got != want {
			t.Errorf("listen %s, want %s", got, want)
		}
	}
	if _, err := Load(Options{Dir: dir, File: "none.toml"}); !fault.Is(err, fault.NotFound) || fault.HintOf(err) == "" {
		t.Errorf("a missing file: %v, want not found with a hint", err)
	}
}

func TestRelativePathsStartAtTheFilesFolder(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"shop/reoptin.toml": "journal = \"/var/j\"\nkeys = \"../keys\"\n[dkim]\nkey = \"dkim.pem\"\n"})
	c := load(t, Options{Dir: dir, File: "shop/reoptin.toml"})
	got := []string{c.Database, c.Journal, c.Keys, c.DKIM.Key}
	want := []string{filepath.Join(dir, "shop/reoptin.db"), "/var/j", filepath.Join(dir, "keys"), filepath.Join(dir, "shop/dkim.pem")}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for given, want := range map[string]string{
		"x.db":               filepath.Join(dir, "x.db"),
		"sqlite:x.db":        "sqlite:" + filepath.Join(dir, "x.db"),
		"sqlite:/x.db":       "sqlite:/x.db",
		"postgres://h/reopt": "postgres://h/reopt",
	} {
		c := load(t, Options{Dir: dir, File: "shop/reoptin.toml", Flags: map[string]string{"database": given}})
		if c.Database != want {
			t.Errorf("--database %s gives %s, want %s", given, c.Database, want)
		}
	}
}

// A browser asks for A-labels, and for no slash: what is compared with its words is written as it writes.
func TestHostsAreWrittenAsBrowsersAskForThem(t *testing.T) {
	t.Parallel()
	for given, want := range map[string][2]string{
		"base_url = \"https://choix.élan.example\"\nadmin_host = \"Pilotage.élan.example\"\n": {"https://choix.xn--lan-9la.example", "pilotage.xn--lan-9la.example"},
		"base_url = \"HTTPS://Shop.example:8443/\"\n":                                         {"https://shop.example:8443", ""},
		"base_url = \"http://[0:0::1]:80\"\nadmin_host = \"desk\"\n":                          {"http://[::1]:80", "desk"},
		"base_url = \"https://shop.example/choice\"\nadmin_host = \"https://desk.example\"\n": {"https://shop.example/choice", "https://desk.example"}, // for the check
	} {
		c := load(t, Options{Dir: write(t, map[string]string{"reoptin.toml": given})})
		if got := [2]string{c.BaseURL, c.AdminHost}; got != want {
			t.Errorf("%s gives %q, want %q", given, got, want)
		}
	}
}
