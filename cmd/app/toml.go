package app

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// organisationFile is the layout of organisation.toml.
type organisationFile struct {
	Organisation campaign.Organisation `toml:"organisation"`
	Purpose      []campaign.Purpose    `toml:"purpose"`
	Policy       struct {
		Country map[string]campaign.Policy `toml:"country"`
	} `toml:"policy"`
}

// ReadOrganisation reads an organisation file. An unknown key is an error, so that a misspelt
// policy is not silently ignored.
func ReadOrganisation(path string) (campaign.Organisation, error) {
	o, _, err := readOrganisation(path)
	return o, err
}

func readOrganisation(path string) (campaign.Organisation, source, error) {
	src, err := readSource(path, "organisation file")
	if err != nil {
		return campaign.Organisation{}, src, err
	}
	o, err := src.organisation()
	if err == nil {
		o.Logo, err = src.logo(o.Logo)
	}
	return o, src, err
}

// logo reads the picture that a file names; its path starts at the file's folder.
func (s source) logo(name string) (string, error) {
	if name == "" || strings.HasPrefix(name, "data:") {
		return name, nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(s.path), name)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fault.New(fault.Invalid, "file.logo", "organisation.logo: {path} cannot be read", "where", "organisation.logo", "path", name).Because(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, campaign.MostLogo+1))
	if err != nil {
		return "", fault.New(fault.Invalid, "file.logo", "organisation.logo: {path} cannot be read", "where", "organisation.logo", "path", name).Because(err)
	}
	return campaign.LogoData(content)
}

// parseOrganisation reads the text of an organisation file; faults call it by its name.
func parseOrganisation(name, text string) (campaign.Organisation, error) {
	return source{name, "organisation file", text}.organisation()
}

func (s source) organisation() (campaign.Organisation, error) {
	var f organisationFile
	if err := s.decode(&f); err != nil {
		return campaign.Organisation{}, err
	}
	o := f.Organisation
	o.Purposes, o.Policies = f.Purpose, f.Policy.Country
	return o, nil
}

// ReadCampaign reads a campaign file.
func ReadCampaign(path string) (campaign.File, error) {
	f, _, err := readCampaign(path)
	return f, err
}

func readCampaign(path string) (f campaign.File, src source, err error) {
	if src, err = readSource(path, "campaign file"); err != nil {
		return f, src, err
	}
	f, err = src.campaign()
	return f, src, err
}

// source is the text of a file that a person wrote, so that a fault can name file and line.
type source struct {
	path, kind, text string
}

func readSource(path, kind string) (source, error) {
	text, err := readFile(path)
	return source{path, kind, text}, err
}

// line begins a message about a line; 0 is a place that is not known.
func (s source) line(n int) string {
	if n == 0 {
		return s.path
	}
	return s.path + ", line " + strconv.Itoa(n)
}

// fault says in which file and line the values stand that the desk found fault with. What is not about
// the file's content passes.
func (s source) fault(err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		return err
	}
	at := s.line(0)
	if where, _ := f.Arg("where").(string); where != "" {
		at = s.line(config.LineOf(s.text, where))
	}
	hint := fault.HintOf(err)
	if near := nearWord(f); hint == "" && near != "" {
		hint = "did you mean " + near + "?"
	}
	if hint == "" {
		hint = "correct it; " + s.starter() + " prints a file as it should be"
	}
	return fault.New(fault.Invalid, f.Key, "{at}: {what}", "at", at, "what", f.Error()).Hint(hint)
}

// nearWord is the word that a mistyped one is nearest to, of those that may stand there.
func nearWord(f *fault.Fault) string {
	value, _ := f.Arg("value").(string)
	allowed, _ := f.Arg("allowed").(string)
	return config.Nearest(strings.Trim(value, `"`), strings.Split(allowed, ", "))
}

// starter is the command that prints such a file.
func (s source) starter() string { return "reoptin " + strings.Fields(s.kind)[0] + " new" }

// decode reads the text into a struct. A key that the struct does not have is an error.
func (s source) decode(into any) error {
	meta, err := toml.Decode(s.text, into)
	if err != nil {
		line, what := inWords(err)
		f := fault.New(fault.Invalid, "file.syntax", "{at}: {what}", "at", s.line(line), "line", line, "what", what)
		if line == 0 {
			f.Key = "file.value" // whose wording names no line
		}
		return f.Hint("correct it; " + s.starter() + " prints a file as it should be")
	}
	unknown := meta.Undecoded()
	if len(unknown) == 0 {
		return nil
	}
	first := slices.MinFunc(unknown, func(a, b toml.Key) int {
		return config.LineOf(s.text, a.String()) - config.LineOf(s.text, b.String())
	})
	line := config.LineOf(s.text, first.String())
	f := fault.New(fault.Invalid, "file.unknown", "{at}: there is no key {name} in an {kind}", "at", s.line(line), "line", line, "name", first.String(), "kind", s.kind).
		Hint(s.starter() + " prints a file with every key")
	if line == 0 {
		f.Key = "file.unplaced"
	}
	if s.kind == "campaign file" {
		f.Text = strings.Replace(f.Text, "an {kind}", "a {kind}", 1)
	}
	if near := config.Nearest(first[len(first)-1], siblings(reflect.TypeOf(into), first)); near != "" {
		f.Hint("did you mean " + near + "?")
	}
	return f
}

// campaign reads the text as a campaign file. A start that names no zone is refused: it would be taken for one by the clock
// of the machine, which is not the author's, and an hour without a day for one long ago.
func (s source) campaign() (f campaign.File, err error) {
	if err := s.decode(&f); err != nil {
		return f, err
	}
	var as struct {
		Schedule struct{ Start any } // as it is written: a time.Time forgets whether a zone was
	}
	if _, err := toml.Decode(s.text, &as); err != nil {
		return f, err
	}
	at, ok := as.Schedule.Start.(time.Time)
	if layout := zoneless[at.Location().String()]; ok && layout != "" {
		return f, s.fault(fault.New(fault.Invalid, "file.invalid", "{where}: {what}", "where", "schedule.start",
			"what", strconv.Quote(at.Format(layout))+" is no date and time like 2026-03-02T09:00:00+01:00"))
	}
	return f, nil
}

// zoneless is how times without a zone are written, by the place that the TOML library gives them.
var zoneless = map[string]string{"datetime-local": "2006-01-02T15:04:05", "date-local": time.DateOnly, "time-local": time.TimeOnly}

// siblings are the names that may stand where a key stands.
func siblings(t reflect.Type, key toml.Key) (names []string) {
	for _, part := range key[:len(key)-1] {
		if t = element(t); t.Kind() == reflect.Map {
			t = t.Elem()
			continue
		}
		field, ok := named(t, part)
		if !ok {
			return nil
		}
		t = field.Type
	}
	if t = element(t); t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		if tag := f.Tag.Get("toml"); tag != "" && tag != "-" {
			names = append(names, tag)
		}
	}
	return names
}

// element is the type behind pointers and lists.
func element(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

func named(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if f.Tag.Get("toml") == name {
				return f, true
			}
		}
	}
	return reflect.StructField{}, false
}

var (
	atLine    = expression.Of(`^toml: line (\d+)(?: \(last key "([^"]*)"\))?: (.*)$`)
	wrongType = expression.Of(`^incompatible types: .* destination has type (\S+)$`)
	noTime    = expression.Of(`^parsing time ("[^"]*")`)
)

// wanted are the types of values as a file's author writes them.
var wanted = map[string]string{"slice": "a list in brackets", "string": "a text in quotes", "map": "a table", "struct": "a table", "bool": "true or false", "int": "a whole number", "integer": "a whole number"}

// inWords are line and words of what the TOML library found, without the library's own terms.
func inWords(err error) (line int, what string) {
	what = err.Error()
	key := ""
	var p toml.ParseError
	if errors.As(err, &p) {
		line, key, what = p.Position.Line, p.LastKey, p.Message
	} else if m := atLine.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		key, what = m[2], m[3]
	}
	if m := wrongType.FindStringSubmatch(what); m != nil {
		if want := wanted[m[1]]; want != "" {
			return line, key + " must be " + want
		}
		return line, key + " is a value of the wrong sort"
	}
	if m := noTime.FindStringSubmatch(what); m != nil {
		return line, m[1] + " is no date and time like 2026-03-02T09:00:00+01:00"
	}
	return line, strings.TrimSuffix(what, ".")
}
