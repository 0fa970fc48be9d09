package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
)

// argument is a named value of a fault, of which other languages make their own sentence.
func argument(err error, name string) any {
	var f *fault.Fault
	for n := 0; errors.As(err, &f) && n+1 < len(f.Args); n += 2 {
		if f.Args[n] == name {
			return f.Args[n+1]
		}
	}
	return nil
}

// TestAFaultOfABroughtFileCanBeSaidInEveryLanguage: the command line names the file and the line in its
// English sentence; a page says the same from the parts, and shows the line.
func TestAFaultOfABroughtFileCanBeSaidInEveryLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	words, err := i18n.Shipped()
	h.must(err)
	fr := words.House().For("fr")
	said := func(err error) string {
		var f *fault.Fault
		if !errors.As(err, &f) {
			return ""
		}
		return fr.Or(f.Key, f.Text, f.Args...)
	}
	id := h.bring(anna, "who,mail\nA1,zoe@iris.example\n")
	h.must(h.app.uploads.Reread(anna, id, dashboard.Reading{Columns: []string{"email", "email"}}))
	h.ended(id)
	if err := h.brought(anna, id).Fault; !strings.Contains(said(err), "who") || !strings.HasPrefix(said(err), "Deux colonnes") {
		t.Errorf("%s: %v", said(err), err)
	}
	b := &baseFile{path: "base.csv"}
	twice := b.named(fault.New(fault.Invalid, "import.twice", "two columns are taken for {field}: {first} and {second}", "field", "email", "first", "who", "second", "mail"))
	if twice.Error() != "base.csv: two columns are taken for email: who and mail" || argument(twice, "second") != "mail" || fault.HintOf(twice) == "" {
		t.Errorf("%v, %s", twice, fault.HintOf(twice))
	}
	for text, want := range map[string]struct {
		line   int
		french string
	}{"[organisation]\nname = \"x\nlegal_name = \"y\"\n": {2, "À la ligne 2"}, "[organisation]\nname = 3\n": {2, "À la ligne 2"}, "[organisation]\nname = \"x\"\nbrnds = []\n": {3, "organisation.brnds n’existe pas"},
		"organisation = {name = \"x\", brnds = []}\n": {1, "À la ligne 1"}, "'organisation' = {}\n\"a.b\" = 1\n": {0, "n’existe pas"}} {
		_, err := texts{}.ReadOrganisation(text)
		if argument(err, "line") != want.line || !strings.Contains(said(err), want.french) || strings.ContainsAny(said(err), "{}") || !strings.HasPrefix(err.Error(), "organisation.toml") {
			t.Errorf("%q: %s, %v", text, said(err), err)
		}
	}
}

// TestABroughtFileWithTwoConsentsIsMendedOnItsPage: both columns are shown for the field, and taking one for something else will do.
func TestABroughtFileWithTwoConsentsIsMendedOnItsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	id := h.bring(anna, "email,consent_status,consentement\nzoe@iris.example,yes,no\n")
	h.ended(id)
	b := h.brought(anna, id)
	if len(b.Columns) != 3 || b.Columns[1].Field != "consent_status" || b.Columns[2].Field != "consent_status" || !strings.Contains(fault.HintOf(b.Fault), "--map") {
		t.Errorf("%+v %v", b.Columns, b.Fault)
	}
	h.must(h.app.uploads.Reread(anna, id, dashboard.Reading{Columns: []string{"email", "", "consent_status"}}))
	h.ended(id)
	if b := h.brought(anna, id); b.Fault != nil || b.Result.Created != 1 {
		t.Errorf("%+v %v", b.Result, b.Fault)
	}
}
