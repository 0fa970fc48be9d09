package lint

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// edit is one draft of testdata/draft: a rule, whether it must object, and what is changed of the good draft.
type edit struct {
	file, rule, name string
	fails            bool
	lines            []string
	also             []string
}

// edits reads every draft there is.
func edits(t *testing.T) (out []edit) {
	t.Helper()
	files, err := filepath.Glob("testdata/draft/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no drafts: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(raw).Files {
			head := strings.SplitN(f.Name, " ", 3)
			e := edit{file: filepath.Base(file), rule: head[0], name: f.Name, fails: head[1] == "fail"}
			for line := range strings.Lines(string(f.Data)) {
				line = strings.TrimSuffix(line, "\n")
				if rule, ok := strings.CutPrefix(line, "also "); ok {
					e.also = append(e.also, rule)
				} else if line != "" {
					e.lines = append(e.lines, line)
				}
			}
			out = append(out, e)
		}
	}
	return out
}

// draft is the good draft with the changes of an edit.
func (e edit) draft(t *testing.T) Draft {
	t.Helper()
	d := good(t)
	languages := []string{"fr"}
	for _, line := range e.lines {
		if rest, ok := strings.CutPrefix(line, "languages "); ok {
			languages = strings.Fields(rest)
		}
	}
	d.Languages = languages
	d.Sheets = slices.DeleteFunc(d.Sheets, func(s Sheets) bool { return !slices.Contains(languages, s.Language) })
	d.Authored = slices.DeleteFunc(d.Authored, func(a Authored) bool { return !slices.Contains(languages, a.Language) })
	for _, line := range e.lines {
		verb, rest, _ := strings.Cut(line, " ")
		e.apply(t, &d, verb, rest)
	}
	return d
}

func (e edit) apply(t *testing.T, d *Draft, verb, rest string) {
	t.Helper()
	old, new, _ := strings.Cut(rest, " => ")
	swap := func(s *string, wanted bool) {
		if wanted && !strings.Contains(*s, old) {
			t.Fatalf("%s: the good draft has no %q", e.name, old)
		}
		*s = strings.ReplaceAll(*s, old, new)
	}
	first := &d.Sheets[0]
	switch verb {
	case "languages":
	case "say":
		for i := range d.Sheets {
			m := &d.Sheets[i].Message
			m.HTML = strings.Replace(m.HTML, "</h1>", "</h1><p>"+rest+"</p>", 1)
			m.Text = rest + "\n\n" + m.Text
		}
	case "mail", "text", "both":
		for i := range d.Sheets {
			m := &d.Sheets[i].Message
			if verb != "text" {
				swap(&m.HTML, verb == "mail")
				if strings.Contains(old, "'") {
					m.HTML = strings.ReplaceAll(m.HTML, strings.ReplaceAll(old, "'", "&#39;"), strings.ReplaceAll(new, "'", "&#39;"))
				}
			}
			if verb != "mail" {
				swap(&m.Text, true)
			}
		}
	case "first":
		swap(&first.Message.HTML, true)
	case "form", "thanks", "style":
		for i := range d.Sheets {
			f := &d.Sheets[i].Form
			switch verb {
			case "form":
				swap(&f.HTML, true)
			case "thanks":
				swap(&f.Thanks, true)
			case "style":
				f.Style = rest
			}
		}
	case "header", "formheader":
		header := first.Message.Header
		if verb == "formheader" {
			header = first.Form.Header
		}
		name, value, ok := strings.Cut(rest, ": ")
		if delete(header, name); ok {
			header[name] = []string{value}
		}
	case "subject":
		for i := range d.Sheets {
			d.Sheets[i].Message.Subject = rest
		}
		d.Authored[0].Text = rest
	case "author":
		where, text, _ := strings.Cut(rest, " ")
		d.Authored = append(d.Authored, Authored{where, d.Languages[0], text})
	case "network":
		cells := strings.SplitN(rest, " ", 4)
		d.Network = append(d.Network, Observation{cells[0], Severity(cells[1]), cells[2], cells[3]})
	case "set":
		name, value, _ := strings.Cut(rest, " ")
		e.set(t, d, name, value)
	default:
		t.Fatalf("%s: what is %q?", e.name, verb)
	}
}

// set sets a field by its name; of the lists of sheets and questions, the first.
func (e edit) set(t *testing.T, d *Draft, name, value string) {
	t.Helper()
	switch name {
	case "Unpolicied":
		country, why, _ := strings.Cut(value, " ")
		d.Unpolicied = map[string]string{country: why}
		return
	case "Launch.Countries", "Launch.Tongues":
		counted := map[string]int{}
		cells := strings.Fields(value)
		for i := 0; i+1 < len(cells); i += 2 {
			n, err := strconv.Atoi(cells[i+1])
			if err != nil {
				t.Fatal(err)
			}
			counted[cells[i]] = n
		}
		if name == "Launch.Countries" {
			d.Launch.Countries = counted
		} else {
			d.Launch.Tongues = counted
		}
		return
	case "Questions.Title":
		d.Questions[0].Title["fr"] = value
		return
	case "Questions.Description":
		d.Questions[0].Description["fr"] = value
		return
	case "Sheets.AcceptsEmpty":
		d.Sheets[0].Form.AcceptsEmpty = value == "true"
		return
	case "Sheets.Text":
		d.Sheets[0].Message.Text = value
		return
	case "Sheets.Raw":
		raw, err := strconv.Unquote(`"` + value + `"`)
		if err != nil {
			t.Fatal(err)
		}
		d.Sheets[0].Message.Raw = []byte(raw)
		return
	case "Languages":
		d.Languages = strings.Fields(value)
		return
	}
	if strings.HasPrefix(name, "Launch.") && d.Launch == nil {
		d.Launch = &Launch{}
	}
	field := reflect.ValueOf(d).Elem()
	for part := range strings.SplitSeq(name, ".") {
		if field = reflect.Indirect(field).FieldByName(part); !field.IsValid() {
			t.Fatalf("%s: there is no field %s", e.name, name)
		}
	}
	number, _ := strconv.Atoi(value)
	switch field.Interface().(type) {
	case string:
		field.SetString(value)
	case bool:
		field.SetBool(value == "true")
	case int:
		field.SetInt(int64(number))
	case []string:
		field.Set(reflect.ValueOf([]string{value}))
	case time.Time:
		day, _ := time.Parse(time.DateOnly, value)
		field.Set(reflect.ValueOf(day))
	default:
		t.Fatalf("%s: %s cannot be set", e.name, name)
	}
}

// TestDrafts: each rule objects to what it must object to, alone or with those named, and lets the rest pass.
func TestDrafts(t *testing.T) {
	t.Parallel()
	for _, e := range edits(t) {
		t.Run(e.file+"/"+e.name, func(t *testing.T) {
			t.Parallel()
			found := Check(e.draft(t))
			want := slices.Clone(e.also)
			if e.fails {
				want = append(want, e.rule)
			}
			slices.Sort(want)
			if got := rulesOf(found); !slices.Equal(got, slices.Compact(want)) {
				for _, f := range found {
					t.Logf("%s %s %s %q: %s", f.Severity, f.Rule, f.Where, f.Text, f.Message)
				}
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestEveryRuleHasDrafts: no rule is there in name only, and none objects to everything.
func TestEveryRuleHasDrafts(t *testing.T) {
	t.Parallel()
	fails, passes := map[string]bool{}, map[string]bool{}
	for _, e := range edits(t) {
		if e.fails {
			fails[e.rule] = true
		} else {
			passes[e.rule] = true
		}
	}
	for _, r := range Rules() {
		if !fails[r.ID] {
			t.Errorf("no draft makes %s speak", r.ID)
		}
		if !passes[r.ID] {
			t.Errorf("no draft passes %s", r.ID)
		}
	}
}
