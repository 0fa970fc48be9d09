package i18n_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/reoptin/reoptin/internal/i18n"
)

func catalogue(t *testing.T) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// messages gives all keys of one language with their placeholders, sorted; a plural counts as one
// key with the placeholders of all its forms.
func messages(t *testing.T, language string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("locale/*." + language + ".toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no locale files for %s: %v", language, err)
	}
	all := map[string]string{}
	for _, file := range files {
		var tree map[string]any
		if _, err := toml.DecodeFile(file, &tree); err != nil {
			t.Fatal(err)
		}
		flatten(t, all, "", tree)
	}
	return all
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func flatten(t *testing.T, all map[string]string, prefix string, tree map[string]any) {
	t.Helper()
	if _, plural := tree["other"]; plural {
		var texts string
		for _, form := range tree {
			texts += form.(string)
		}
		all[prefix] = placeholders(texts)
		return
	}
	for name, node := range tree {
		key := strings.TrimPrefix(prefix+"."+name, ".")
		switch node := node.(type) {
		case string:
			if _, twice := all[key]; twice {
				t.Errorf("%s is there twice", key)
			}
			if strings.TrimSpace(node) == "" {
				t.Errorf("%s is empty", key)
			}
			all[key] = placeholders(node)
		case map[string]any:
			flatten(t, all, key, node)
		}
	}
}

func placeholders(text string) string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

func TestEveryLanguageHasEveryKeyWithTheSamePlaceholders(t *testing.T) {
	t.Parallel()
	reference := messages(t, "en")
	for _, language := range catalogue(t).Languages()[1:] {
		other := messages(t, language)
		var missing []string
		for key, want := range reference {
			if got, ok := other[key]; !ok {
				missing = append(missing, key)
			} else if got != want && !(strings.HasPrefix(key, "said.") && without(got, want)) {
				t.Errorf("%s: %s has placeholders %q, not %q", language, key, got, want)
			}
		}
		if slices.Sort(missing); len(missing) > 0 {
			t.Errorf("%s lacks %d keys: %s", language, len(missing), strings.Join(missing[:min(len(missing), 20)], ", "))
		}
		for key := range other {
			if _, ok := reference[key]; !ok {
				t.Errorf("%s has %s, which it should not", language, key)
			}
		}
	}
}

// TestTheHouseSpeaksEveryLanguage: whoever works with the house reads all that those read who are asked, and the
// sentences of the house.
func TestTheHouseSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	all, keys := catalogue(t), messages(t, "en")
	house := all.House()
	if !slices.Equal(house.Languages(), all.Languages()) || len(all.Languages()) != 7 || house.House() != house {
		t.Errorf("the house speaks %v", house.Languages())
	}
	for _, language := range house.Languages() {
		p := house.For(language)
		if p.Language() != language {
			t.Errorf("the house speaks %s for %s", p.Language(), language)
		}
		for key := range keys {
			if text := p.T(key); text == key || text == "" {
				t.Errorf("%s: %s is shown as %q", language, key, text)
			}
		}
	}
}

// without reports whether some placeholders are all among others: what the code says in English another
// language may say with less.
func without(some, others string) bool {
	for one := range strings.FieldsSeq(some) {
		if !slices.Contains(strings.Fields(others), one) {
			return false
		}
	}
	return true
}

// A key is used when it stands in the code as a string, or when it begins or ends with one that is
// joined with something at run time: "channel." + key, f.Key + ".title".
var (
	called = regexp.MustCompile(`\.[TN]\("([a-z_.]+)"[,)]`)
	quoted = regexp.MustCompile(`"([a-z_]+(?:\.[a-z_]+)*)"`)
	begins = regexp.MustCompile(`"([a-z_.]+\.)"\s*\+`)
	ends   = regexp.MustCompile(`\+\s*"(\.[a-z_.]+)"`)
)

func TestEveryKeyIsDefinedAndUsed(t *testing.T) {
	t.Parallel()
	defined := messages(t, "en")
	unused := maps.Clone(defined)
	var prefixes, suffixes, words []string
	for path, source := range sources(t) {
		for _, m := range called.FindAllStringSubmatch(source, -1) {
			if _, ok := defined[m[1]]; !ok {
				t.Errorf("%s uses %s, which no locale file defines", path, m[1])
			}
		}
		for _, m := range begins.FindAllStringSubmatch(source, -1) {
			prefixes = append(prefixes, m[1])
		}
		for _, m := range ends.FindAllStringSubmatch(source, -1) {
			suffixes = append(suffixes, m[1])
		}
		for _, m := range quoted.FindAllStringSubmatch(source, -1) {
			words = append(words, m[1])
		}
	}
	for _, word := range words {
		delete(unused, word)
		for _, suffix := range suffixes {
			delete(unused, word+suffix)
		}
	}
	for key := range unused {
		if strings.HasPrefix(key, "said.") { // found by its words
			continue
		}
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("no code uses %s", key)
		}
	}
}

// sources reads the module's code, without tests and generated files.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && len(name) > 2 && (name[0] == '.' || name == "testdata") {
			return filepath.SkipDir
		}
		code := strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") &&
			!strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go")
		if !code {
			return nil
		}
		b, err := os.ReadFile(path)
		found[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestForChoosesTheBestShippedLanguage(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	for _, test := range []struct {
		wishes []string
		want   string
	}{
		{nil, "en"},
		{[]string{""}, "en"},
		{[]string{"fr"}, "fr"},
		{[]string{"fr-CA"}, "fr"},
		{[]string{"de-AT,de;q=0.9,fr;q=0.5,en;q=0.3"}, "de"},
		{[]string{"pl-PL,pl;q=0.9,fr;q=0.5,en;q=0.3"}, "fr"},
		{[]string{"pt-BR"}, "pt"},
		{[]string{"en-US,en;q=0.9,fr;q=0.8"}, "en"},
		{[]string{"ja"}, "en"},
		{[]string{"not a language at all!", "fr"}, "fr"},
		{[]string{"*"}, "en"},
	} {
		if got := c.For(test.wishes...).Language(); got != test.want {
			t.Errorf("For(%q) speaks %s, not %s", test.wishes, got, test.want)
		}
	}
	if !c.Speaks("fr") || !c.Speaks("FR-be") || !c.Speaks("de-CH") || c.Speaks("pl") || c.Speaks("") {
		t.Error("Speaks is wrong about fr, FR-be, de-CH, pl or nothing")
	}
}

func TestDatesNumbersAndPlurals(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	at := time.Date(2026, 4, 2, 16, 3, 5, 0, time.FixedZone("", 2*3600))
	for _, test := range []struct{ language, date, instant, one, many string }{
		{"en", "2 April 2026", "2 April 2026, 14:03:05 UTC", "1 month", "1,200 months"},
		{"fr", "2 avril 2026", "2 avril 2026, 14:03:05 UTC", "1 mois", "1\u202f200 mois"},
		{"de", "2. April 2026", "2. April 2026, 14:03:05 UTC", "1 Monat", "1.200 Monate"},
		{"es", "2 de abril de 2026", "2 de abril de 2026, 14:03:05 UTC", "1 mes", "1.200 meses"},
		{"it", "2 aprile 2026", "2 aprile 2026, 14:03:05 UTC", "1 mese", "1.200 mesi"},
		{"nl", "2 april 2026", "2 april 2026, 14:03:05 UTC", "1 maand", "1.200 maanden"},
		{"pt", "2 de abril de 2026", "2 de abril de 2026, 14:03:05 UTC", "1 mês", "1\u00a0200 meses"},
	} {
		p := c.For(test.language)
		for got, want := range map[string]string{
			p.Date(at): test.date, p.DateTime(at): test.instant,
			p.N("unit.month", 1): test.one, p.N("unit.month", 1200): test.many,
		} {
			if got != want {
				t.Errorf("%s: %q, not %q", test.language, got, want)
			}
		}
	}
	for day, want := range map[int]string{1: "1er mai 2026", 2: "2 mai 2026", 11: "11 mai 2026", 21: "21 mai 2026"} {
		if got := c.For("fr").Date(time.Date(2026, 5, day, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got := c.For("fr").N("unit.year", 0); got != "0 an" {
		t.Errorf("zero is singular in French, but: %q", got)
	}
}

func TestAValueIsNeverAPlaceholder(t *testing.T) {
	t.Parallel()
	p := catalogue(t).For("en")
	got := p.Or("no.such.key", "{a} and {b}", "a", "{b}", "b", "<b>")
	if got != "{b} and <b>" {
		t.Errorf("got %q", got)
	}
	if got := p.T("no.such.key"); got != "no.such.key" {
		t.Errorf("an unknown key came back as %q", got)
	}
}

func TestDirection(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"fr": "ltr", "ar": "rtl", "he-IL": "rtl", "": "ltr"} {
		if got := i18n.Direction(language); got != want {
			t.Errorf("%q runs %s", language, got)
		}
	}
	if catalogue(t).For("fr").Dir() != "ltr" {
		t.Error("French does not run from the left")
	}
}

func TestALabelWithinASentence(t *testing.T) {
	t.Parallel()
	c := catalogue(t).House()
	for code, want := range map[string]string{"de": "Entwurf", "fr": "brouillon", "en": "draft"} {
		p := c.For(code)
		if got := p.Within(p.T("board.status.draft")); got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
}
