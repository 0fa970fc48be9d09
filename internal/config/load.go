package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
)

const (
	prefix      = "REOPTIN_"
	fileEnv     = prefix + "CONFIG"
	defaultFile = "reoptin.toml"
	fromSecrets = "_FILE"
)

// Options are where settings come from.
type Options struct {
	File  string            // as given by --config; "" takes REOPTIN_CONFIG, else reoptin.toml where it exists
	Dir   string            // working directory; "" is the process's own
	Env   []string          // NAME=value as from os.Environ; names without the prefix REOPTIN_ are passed over
	Flags map[string]string // by setting, e.g. "database"
}

// Load reads the settings: flag before environment before file before default. Relative paths start
// at the folder of the file, those given by flag at the working directory. A file that was asked for
// and is missing is fault.NotFound; everything that cannot be understood is fault.Invalid and names
// the setting and where it stands.
func Load(o Options) (Config, error) {
	c := Default()
	c.origin = map[string]string{}
	env, err := readEnv(o.Env)
	if err != nil {
		return Config{}, err
	}
	asked := o.File
	if asked == "" {
		asked = env[fileEnv]
	}
	delete(env, fileEnv)
	if err := c.readFile(o.Dir, asked); err != nil {
		return Config{}, err
	}
	if err := c.applyEnv(env, o.Dir); err != nil {
		return Config{}, err
	}
	if err := c.applyFlags(o.Flags); err != nil {
		return Config{}, err
	}
	c.resolve(o.Dir)
	c.spell()
	return c, nil
}

// readEnv keeps the variables that are ours, and refuses those that only look like ours.
func readEnv(environ []string) (map[string]string, error) {
	names := []string{fileEnv}
	for _, s := range settings() {
		names = append(names, s.env())
		if s.secret() {
			names = append(names, s.env()+fromSecrets)
		}
	}
	env := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || name == failpoint.Variable { // orders to a build that is tested
			continue
		}
		if !slices.Contains(names, name) {
			return nil, unknown("the environment variable {name} is no setting", name, names)
		}
		env[name] = value
	}
	return env, nil
}

func unknown(text, name string, candidates []string, args ...any) error {
	f := fault.New(fault.Invalid, "config.unknown", text, append([]any{"name", name}, args...)...).At("config.Load")
	if near := Nearest(name, candidates); near != "" {
		return f.Hint("did you mean " + near + "?")
	}
	return f.Hint("reoptin config dump lists every setting")
}

// readFile applies the file that was asked for, or the default one where it exists.
func (c *Config) readFile(dir, asked string) error {
	path := asked
	if path == "" {
		path = defaultFile
	}
	data, err := readSmall(under(dir, path))
	switch {
	case errors.Is(err, fs.ErrNotExist) && asked == "":
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "config.no_file", "there is no configuration file {file}", "file", path).
			Hint("reoptin init writes one").At("config.Load")
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Denied, "config.denied", "the configuration file {file} may not be read by this user", "file", path).
			Hint("let the user who runs reoptin read it, with chown or chmod").At("config.Load")
	case err != nil:
		return fault.New(fault.Invalid, "config.unreadable", "the configuration file {file} cannot be read", "file", path).
			Hint("name a file such as reoptin.toml with --config").At("config.Load").Because(err)
	}
	c.File = path
	return c.applyFile(path, string(data))
}

// maxFile bounds a file of settings or of one secret, in octets.
const maxFile = 1 << 20

// readSmall reads a file that a person wrote, and gives up on one that cannot be it.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is larger than %d octets", maxFile)
	}
	return data, err
}

func (c *Config) applyFile(path, text string) error {
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		line, why := 0, err.Error()
		if p := (toml.ParseError{}); errors.As(err, &p) {
			line, why = p.Position.Line, p.Message
		}
		return fault.New(fault.Invalid, "config.syntax", "{file}, line {line}: {why}", "file", path, "line", line, "why", strings.TrimSuffix(why, ".")).
			Hint("correct that line; reoptin config dump shows how settings are written").At("config.Load")
	}
	values := map[string]any{}
	flatten(values, "", tree)
	for _, key := range byLine(sortedKeys(values), text) {
		line := LineOf(text, key)
		s, ok := known(key)
		if !ok {
			return unknown("{file}, line {line}: there is no setting {name}", key, keys(), "file", path, "line", line)
		}
		if err := s.setValue(c, values[key]); err != nil {
			return fault.New(fault.Invalid, "config.value", "{file}, line {line}: {name} cannot be used: {why}",
				"file", path, "line", line, "name", key, "why", err).At("config.Load").Hint("correct that line; docs/configuration.md lists every setting")
		}
		c.origin[key] = path
	}
	return nil
}

// flatten turns tables into dotted keys. A table that is itself a value (webhooks) stays whole, and
// an empty table counts as a key unless a setting can stand in it.
func flatten(out map[string]any, at string, tree map[string]any) {
	for name, v := range tree {
		key := name
		if at != "" {
			key = at + "." + name
		}
		sub, table := v.(map[string]any)
		_, whole := known(key)
		switch {
		case !table || whole:
			out[key] = v
		case len(sub) == 0 && !section(key):
			out[key] = v
		default:
			flatten(out, key, sub)
		}
	}
}

func section(key string) bool {
	for _, k := range keys() {
		if strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

// applyEnv sets what the environment says, secrets also from the files it names; those start at the
// working directory.
func (c *Config) applyEnv(env map[string]string, dir string) error {
	for _, s := range settings() {
		name := s.env()
		value, given := env[name]
		if file, ok := env[name+fromSecrets]; ok && s.secret() {
			if given {
				return fault.New(fault.Invalid, "config.twice", "both {name} and {name}_FILE are set", "name", name).
					Hint("keep one of them").At("config.Load")
			}
			name += fromSecrets
			data, err := readSmall(under(dir, file))
			if err != nil {
				return fault.New(fault.Invalid, "config.secret", "the file {file} that {name} names cannot be read", "name", name, "file", file).
					At("config.Load").Because(err).Hint("correct the path in " + name + ", or let the user who runs reoptin read the file")
			}
			value, given = strings.TrimRight(string(data), "\r\n"), true
		}
		if !given {
			continue
		}
		if err := s.setText(c, value); err != nil {
			return fault.New(fault.Invalid, "config.value", "the environment variable {name} cannot be used: {why}",
				"name", name, "why", err).At("config.Load").Hint("correct it, or unset " + name)
		}
		c.origin[s.key] = name
	}
	return nil
}

const flagOrigin = "command line"

func (c *Config) applyFlags(flags map[string]string) error {
	for _, key := range sortedKeys(flags) {
		s, ok := known(key)
		if !ok {
			return unknown("there is no setting {name}", key, keys())
		}
		if err := s.setText(c, flags[key]); err != nil {
			return fault.New(fault.Invalid, "config.value", "{name} on the command line cannot be used: {why}",
				"name", key, "why", err).At("config.Load")
		}
		c.origin[key] = flagOrigin
	}
	return nil
}

// resolve makes relative paths start where they should.
func (c *Config) resolve(dir string) {
	home := under(dir, filepath.Dir(c.File))
	for _, s := range settings() {
		if s.keep != pathlike && s.keep != database {
			continue
		}
		from := home
		if c.origin[s.key] == flagOrigin {
			from = dir
		}
		p := s.place(c).(*string)
		if s.keep == database {
			*p = resolveDatabase(from, *p)
		} else {
			*p = under(from, *p)
		}
	}
}

// DatabaseFile is the path of the database, however it is written.
func (c Config) DatabaseFile() string { return strings.TrimPrefix(c.Database, "sqlite:") }

// resolveDatabase leaves addresses of servers alone.
func resolveDatabase(from, url string) string {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return "sqlite:" + under(from, path)
	}
	if strings.Contains(url, "://") {
		return url
	}
	return under(from, url)
}

func under(dir, path string) string {
	if dir == "" || path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
