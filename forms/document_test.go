package forms_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/static"
)

func TestTheReceiptAsAFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if w := h.get(h.path(link.Receipt)); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Aucun choix enregistré") {
		t.Errorf("before an answer: %d", w.Code)
	}
	h.post(h.path(link.Form), saved(h.nonce(h.path(link.Form))))
	w := h.get(h.path(link.Receipt) + "?format=json")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["consentReceiptID"] != h.view().Last.ID {
		t.Errorf("got %v", got)
	}
	own := got["x_reoptin"].(map[string]any)
	if len(own["decisions"].([]any)) != 4 || strings.Contains(w.Body.String(), "jeanne") {
		t.Errorf("got %s", w.Body)
	}
	if !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment;") {
		t.Error("it is not offered as a file")
	}
}

func TestAnOlderStyleSheetIsStillServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old := []byte("body { margin: 1px }")
	h.desk.documents[sum(old)] = campaign.Document{SHA256: sum(old), Name: "consent.css", Content: old}
	if w := h.get("/static/consent." + sum(old) + ".css"); w.Code != http.StatusOK || w.Body.String() != string(old) {
		t.Errorf("%d", w.Code)
	}
	current := h.get(static.Path("consent.css"))
	if current.Code != http.StatusOK || !strings.Contains(current.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d", current.Code)
	}
	page := h.desk.frozen.Documents["form.fr.html"]
	for _, hash := range []string{page, strings.Repeat("0", 64)} {
		if w := h.get("/static/consent." + hash + ".css"); w.Code != http.StatusNotFound {
			t.Errorf("%s is served as a style sheet: %d", hash, w.Code)
		}
	}
}

func TestPreviewIsWhatIsServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, err := i18n.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	s := forms.NewSheets(c, "https://choice.lumen.example")
	form, thanks, header, err := s.Preview(sample(), campaign.Sample{Language: "fr", Email: "jeanne@example.net"})
	if err != nil {
		t.Fatal(err)
	}
	served := h.get(h.path(link.Form))
	blank := regexp.MustCompile(`(action|value)="[^"]*"`)
	if d := cmp.Diff(blank.ReplaceAllString(served.Body.String(), ""), blank.ReplaceAllString(form, "")); d != "" {
		t.Error(d)
	}
	got := served.Header()
	for name := range maps.Keys(header) {
		if d := cmp.Diff([]string(got[name]), header[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if !strings.Contains(thanks, "Votre choix est enregistré") || strings.Contains(thanks, "jeanne") {
		t.Error("the page after an answer is not there, or shows the address")
	}
}

func TestDocumentsRefuseWhatCannotBeDrawn(t *testing.T) {
	t.Parallel()
	c, err := i18n.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	s := forms.NewSheets(c, "")
	for name, change := range map[string]func(*campaign.Frozen){
		"no language":      func(z *campaign.Frozen) { z.File.Languages = nil },
		"unknown language": func(z *campaign.Frozen) { z.File.Languages = []string{"tlh"} },
		"unknown purpose":  func(z *campaign.Frozen) { z.File.Purposes = []string{"lottery"} },
		"placeholder":      func(z *campaign.Frozen) { z.File.Form["fr"] = campaign.FormText{Intro: "Bonjour {{first_name}}"} },
		"private use":      func(z *campaign.Frozen) { z.Organisation.Name = "\uE000nonce\uE001" },
	} {
		z := sample()
		change(&z)
		if _, err := s.Documents(z); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	once, err := s.Documents(sample())
	if err != nil {
		t.Fatal(err)
	}
	twice, _ := s.Documents(sample())
	var names []string
	for i, d := range once {
		names = append(names, d.Name)
		if d.SHA256 != sum(d.Content) || d.SHA256 != twice[i].SHA256 {
			t.Errorf("%s does not match its hash, or differs from draw to draw", d.Name)
		}
	}
	want := "[form.fr.html preferences.fr.html unsubscribe.fr.html form.en.html preferences.en.html unsubscribe.en.html consent.css]"
	if fmt.Sprint(names) != want {
		t.Errorf("documents are %v", names)
	}
}

func TestNewRefusesAnUnknownConfirm(t *testing.T) {
	t.Parallel()
	if _, err := forms.New(forms.Deps{Confirm: "never"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}
