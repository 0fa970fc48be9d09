package config

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const redacted = "REDACTED"

// Dump writes the settings in force as TOML, each with where it came from. Secrets are redacted, the
// password inside a URL too.
func (c Config) Dump(w io.Writer) error {
	var b bytes.Buffer
	table := ""
	for _, s := range settings() {
		name := enter(&b, &table, s.key)
		from := c.origin[s.key]
		if from == "" {
			from = "default"
		}
		fmt.Fprintf(&b, "%s = %s # %s\n", name, render(s.place(&c), s.keep), from)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Values are the settings in force as Dump writes them, nested as in the file, and by its full name where each one
// comes from that is not at its default.
func (c Config) Values() (values map[string]any, from map[string]string) {
	values, from = map[string]any{}, map[string]string{}
	for _, s := range settings() {
		table, name, nested := strings.Cut(s.key, ".")
		in := values
		if !nested {
			name = s.key
		} else if sub, ok := values[table].(map[string]any); ok {
			in = sub
		} else {
			in = map[string]any{}
			values[table] = in
		}
		in[name] = value(s.place(&c), s.keep)
		if origin := c.origin[s.key]; origin != "" {
			from[s.key] = origin
		}
	}
	return values, from
}

// Starter is a reoptin.toml with every setting at its default and commented out, in words for its
// reader.
func Starter() string {
	var b bytes.Buffer
	b.WriteString("# Settings of reoptin. A line that begins with # shows a default or an example: take the # away to\n" +
		"# change it. Every setting can also be given as an environment variable: smtp.url is REOPTIN_SMTP_URL.\n" +
		"# Relative paths start at the folder of this file.\n\n")
	c, table := Default(), ""
	for _, s := range settings() {
		name := enter(&b, &table, s.key)
		value := s.example
		if value == "" {
			value = render(s.place(&c), public)
		}
		fmt.Fprintf(&b, "# %s\n#%s = %s\n", s.means, name, value)
	}
	return b.String()
}

// enter writes the header of a table when a key is the first in it, and gives the key's last part.
func enter(b *bytes.Buffer, table *string, key string) string {
	head, name, ok := strings.Cut(key, ".")
	if !ok {
		return key
	}
	if *table != head {
		*table = head
		fmt.Fprintf(b, "\n[%s]\n", head)
	}
	return name
}

// render writes a value as TOML, without what must stay secret.
func render(p any, keep secrecy) string {
	switch v := value(p, keep).(type) {
	case string:
		return strconv.Quote(v)
	case int:
		return strconv.Itoa(v)
	case []string:
		items := make([]string, len(v))
		for i, s := range v {
			items[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]string:
		var items []string
		for _, name := range sortedKeys(v) {
			items = append(items, strconv.Quote(name)+" = "+strconv.Quote(v[name]))
		}
		return "{ " + strings.Join(items, ", ") + " }"
	}
	return `""`
}

// value is what stands at a place, without what must stay secret: a text, a number, a list or a table of texts.
func value(p any, keep secrecy) any {
	switch v := p.(type) {
	case *string:
		return hide(*v, keep)
	case *int:
		return *v
	case *time.Duration:
		return shortDuration(*v)
	case *[]string:
		return append([]string{}, *v...)
	case *map[string]string:
		table := map[string]string{}
		for name := range *v {
			table[name] = redacted
		}
		return table
	}
	return ""
}

// hide redacts a whole secret, or the password in a URL. A URL that cannot be read is a secret
// wholly, because nobody can say where its password stands.
func hide(text string, keep secrecy) string {
	switch {
	case text == "" || keep == public || keep == pathlike:
		return text
	case keep == wholly:
		return redacted
	case keep == database && !strings.Contains(text, "://"):
		return text
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" {
		return redacted
	}
	if _, ok := u.User.Password(); ok {
		u.User = url.UserPassword(u.User.Username(), redacted)
	}
	if u.RawQuery != "" {
		u.RawQuery = redacted
	}
	return u.String()
}

// shortDuration is 5m rather than 5m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
