package lint

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The catalogue is whole: every rule is described, and its source is one that people can look up.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		seen[r.ID] = true
		if r.Looks == "" || r.Source == "" || r.Target == "" || r.Mend == "" || r.Kept == "" || gravity(r.Severity) < 0 {
			t.Errorf("%s is not described", r.ID)
		}
		if strings.Contains(r.Source, "COMPLIANCE") || regexp.MustCompile(`\bV-[A-Z]`).MatchString(r.Source) {
			t.Errorf("%s names no source that people can look up: %s", r.ID, r.Source)
		}
	}
	if len(seen) != 113 {
		t.Errorf("there are %d rules, not 113", len(seen))
	}
	for id := range mending() {
		if !seen[id] {
			t.Errorf("catalogue.txt speaks of %s, which is no rule", id)
		}
	}
}

func TestPoorParts(t *testing.T) {
	t.Parallel()
	d := good(t)
	d.Sheets[0].Message.Text = ""
	if !slices.Contains(rulesOf(Check(d)), "MIME-001") {
		t.Error("an empty text part passes")
	}
	d = good(t)
	d.Sheets[0].Message.HTML = `<html lang="fr"><body><img src="cid:all" alt="Tout"></body></html>`
	if !slices.Contains(rulesOf(Check(d)), "MIME-002") {
		t.Error("a message of one image passes")
	}
}

// On a developer's machine links are http; that must not stop anybody.
func TestLoopback(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"} {
		d := good(t)
		d.BaseURL = base
		for i := range d.Sheets {
			m := &d.Sheets[i].Message
			for _, s := range []*string{&m.HTML, &m.Text, &m.Header["List-Unsubscribe"][0]} {
				*s = strings.ReplaceAll(*s, "https://choix.lumen.example", base)
			}
		}
		found := Check(d)
		if got := rulesOf(found); !slices.Equal(got, []string{"HDR-001", "LINK-003"}) {
			t.Errorf("%s: got %v", base, found)
		}
		if f := found[len(found)-1]; len(found) != 2 || f.Where != "base_url" || len(f.Places) < 1 {
			t.Errorf("%s: %+v is no finding of the setting with its places", base, found)
		}
		for _, f := range found {
			if f.Severity != Warning {
				t.Errorf("%s: %s is %s", base, f.Rule, f.Severity)
			}
		}
	}
}

// One cause is one finding of a rule, whatever number of headers and links it shows in; and it stops a launch to the world.
func TestPlainBaseIsOneFinding(t *testing.T) {
	t.Parallel()
	d := good(t)
	const base = "http://choix.lumen.example"
	d.BaseURL = base
	for i := range d.Sheets {
		m := &d.Sheets[i].Message
		for _, s := range []*string{&m.HTML, &m.Text, &m.Header["List-Unsubscribe"][0]} {
			*s = strings.ReplaceAll(*s, "https://choix.lumen.example", base)
		}
	}
	found := Check(d)
	if len(found) != 2 || found[0].Rule != "HDR-001" || found[1].Rule != "LINK-003" || found[1].Severity != Error || found[1].Where != "base_url" {
		t.Errorf("%+v", found)
	}
}

// What the house sets wrong in the header of every language has one cause, and a letter has no header.
func TestHeaderFindingsAreGathered(t *testing.T) {
	t.Parallel()
	d := good(t)
	d.Languages = append(d.Languages, "en")
	for _, s := range d.Sheets[:len(d.Sheets):len(d.Sheets)] {
		s.Language = "en"
		d.Sheets = append(d.Sheets, s)
	}
	for i := range d.Sheets {
		d.Sheets[i].Message.Header = maps.Clone(d.Sheets[i].Message.Header)
		delete(d.Sheets[i].Message.Header, "List-Unsubscribe-Post")
	}
	of := func(d Draft) (out []Finding) {
		for _, f := range Check(d) {
			if f.Rule == "HDR-001" {
				out = append(out, f)
			}
		}
		return out
	}
	if found := of(d); len(found) != 1 || !slices.Equal(found[0].Places, []string{"message.en", "message.fr"}) {
		t.Errorf("%+v", found)
	}
	d.ByPost = true
	if found := of(d); len(found) != 0 {
		t.Errorf("of a letter: %+v", found)
	}
}

func TestFindingsAreSortedAndMerged(t *testing.T) {
	t.Parallel()
	d := good(t)
	d.Authored = append(d.Authored, Authored{Where: "message.fr.body", Language: "fr", Text: "Bonjour,\n\nConfirmez et recevez un **bon\nd'achat** ou nos offres exclusives."})
	for i := range 3 {
		m := &d.Sheets[i].Message
		replace(&m.HTML, "</h1>", "</h1><p>Confirmez et recevez un <b>bon\nd'achat</b> ou nos offres exclusives.</p>")
		m.Text = "Confirmez et recevez un bon d'achat ou nos offres exclusives.\n\n" + m.Text
	}
	found := Check(d)
	if len(found) != 2 {
		t.Fatalf("got %+v, want one finding for each hit", found)
	}
	first, second := found[0], found[1]
	if first.Rule != "FREE-001" || first.Severity != Error || first.Where != "message.fr.body" || first.Text != "bon d'achat" {
		t.Errorf("got %+v", first)
	}
	if second.Rule != "FREE-002" || second.Severity != Warning || second.Where != "message.fr.body" || second.Text != "offres exclusives" {
		t.Errorf("got %+v", second)
	}
	if again := Check(d); !reflect.DeepEqual(found, again) {
		t.Error("a second check says something else")
	}
}

// What stands in the words of a purpose is reported there, even where sheets show it too.
func TestPurposeWords(t *testing.T) {
	t.Parallel()
	d := good(t)
	d.Questions[0].Description["fr"] = "Nos produits, et un bon d'achat."
	for i := range 3 {
		m := &d.Sheets[i].Message
		replace(&m.HTML, "</h1>", "</h1><p>Nos produits, et un bon d'achat.</p>")
		m.Text = "Nos produits, et un bon d'achat.\n\n" + m.Text
	}
	found := Check(d)
	if len(found) != 1 || found[0].Where != "purpose.newsletter.description.fr" {
		t.Errorf("got %+v", found)
	}
}

// Words of another language of the campaign ask for a look; German "Gift" is poison.
func TestOtherLanguages(t *testing.T) {
	t.Parallel()
	l := patterns()
	hits := l.scan("fr", []string{"fr", "en"}, "", "voici un voucher pour le printemps")
	if len(hits) != 1 || hits[0].class != "weak" {
		t.Errorf("got %+v", hits)
	}
	if hits := l.scan("de", []string{"de", "en"}, "", "das gift im garten"); len(hits) != 0 {
		t.Errorf("got %+v", hits)
	}
}

// A finding says on which line of its author's text the words begin, however it is broken and marked.
func TestLines(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		text, words string
		line        int
	}{
		{"Bonjour,\n\nun bon d'achat", "bon d'achat", 3},
		{"Bonjour,\r\n\r\nÉté\r\nun **bon\r\nd'achat**", "bon d'achat", 4},
		{"Bonjour", "absent", 0},
		{"", "x", 0},
	} {
		if got := lineOf(one.text, one.words); got != one.line {
			t.Errorf("%q in %q: line %d, want %d", one.words, one.text, got, one.line)
		}
	}
}

func TestRulesetVersionIsStable(t *testing.T) {
	t.Parallel()
	if a, b := RulesetVersion(), RulesetVersion(); a != b || !regexp.MustCompile(`^\d+\+[0-9a-f]{12}$`).MatchString(a) {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestWordsFoundKeepTheirSpelling(t *testing.T) {
	t.Parallel()
	n := normalise("Un chèque‑cadeau de 10 % à l’Œuvre…")
	if n.text != "un cheque‐cadeau de 10 % a l'oeuvre..." {
		t.Errorf("got %q", n.text)
	}
	i := strings.Index(n.text, "cheque")
	if got := n.words(i, i+len("cheque")); got != "chèque" {
		t.Errorf("got %q", got)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("<p>Bonjour</p><form><input type=checkbox checked name=decision.a.b><button name=action value=save>x", "Re: x", "text\n\nhttps://a/u/x")
	f.Add("<table><a href='%zz'>\xff</a><style>@import url(//x", "{{", "Confirmez et recevez \x00")
	f.Add(strings.Repeat("<div>", 600), "‑", "\r\n\r\r\n")
	f.Fuzz(func(t *testing.T, markup, subject, text string) {
		d := good(t)
		d.Sheets = d.Sheets[:1]
		d.Sheets[0].Message = Message{Subject: subject, HTML: markup, Text: text, Raw: []byte(text), Header: map[string][]string{subject: {text}}}
		d.Sheets[0].Form = Form{HTML: markup, Thanks: text}
		d.Authored = []Authored{{Where: "message.fr.body", Language: "fr", Text: text}}
		for _, finding := range Check(d) {
			if finding.Rule == "" || finding.Where == "" || finding.Message == "" || finding.Source == "" {
				t.Errorf("half a finding: %+v", finding)
			}
		}
	})
}

// replace fails the test loudly when there is nothing to replace.
func replace(s *string, old, new string) {
	if !strings.Contains(*s, old) {
		panic("the good draft has no " + old)
	}
	*s = strings.Replace(*s, old, new, 1)
}
