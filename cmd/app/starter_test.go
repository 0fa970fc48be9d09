package app

import (
	command "flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

var update = command.Bool("update", false, "write the table of docs/writing.md anew")

// sevenTongues are the languages that starter texts are shipped in.
var sevenTongues = []string{"fr", "en", "de", "es", "it", "nl", "pt"}

// plainText is a starter text as somebody reads it, without what is filled in from elsewhere.
func plainText(t starterText) string {
	return regexp.MustCompile(`\{\{[a-z]+\}\}`).ReplaceAllStringFunc(t.Body+"\n"+t.Intro, func(m string) string {
		return map[string]string{"{{greeting}}": "", "{{deadline}}": "2 4 2027", "{{retention}}": "36", "{{organisation}}": "Lumen", "{{brands}}": "Lumen", "{{purposes}}": "Lumen"}[m]
	})
}

// TestStartersReadEasily measures every starter text by the formula of its language and by LIX, and holds the table
// of docs/writing.md to what was measured (make generate writes it).
func TestStartersReadEasily(t *testing.T) {
	var rows strings.Builder
	fmt.Fprintf(&rows, "| language | formula | least allowed | the hardest of five | %s, at most %.0f |\n|---|---|---:|---:|---:|\n", mostLIXName, mostLIX)
	for _, l := range sevenTongues {
		texts, err := starterTexts(l)
		if err != nil {
			t.Fatal(err)
		}
		f, worst, lix := formulas()[l], 1000.0, 0.0
		for _, s := range Situations() {
			c := count(l, plainText(texts[s.Name]))
			ease := f.of(c)
			if ease < f.least || c.lix() > mostLIX || c.words < 30 {
				t.Errorf("%s, %s: %s %.0f, LIX %.0f, %.0f words", l, s.Name, f.name, ease, c.lix(), c.words)
			}
			worst, lix = min(worst, ease), max(lix, c.lix())
		}
		fmt.Fprintf(&rows, "| %s | %s | %.0f | %.0f | %.0f |\n", l, f.name, f.least, worst, lix)
	}
	const path = "../../docs/writing.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(page), "<!-- reading -->\n")
	_, after, ok := strings.Cut(rest, "<!-- /reading -->")
	if !ok {
		t.Fatal("docs/writing.md has no place for the table")
	}
	want := before + "<!-- reading -->\n" + rows.String() + "<!-- /reading -->" + after
	if want == string(page) {
		return
	}
	if !*update {
		t.Fatalf("docs/writing.md is not what was measured; make generate writes:\n%s", rows.String())
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryStarterIsWhole: each language has all situations, with every text, and only words that are filled in.
func TestEveryStarterIsWhole(t *testing.T) {
	t.Parallel()
	for _, l := range sevenTongues {
		texts, err := starterTexts(l)
		if err != nil {
			t.Fatal(err)
		}
		if len(texts) != len(Situations()) {
			t.Errorf("%s: %d situations", l, len(texts))
		}
		for _, s := range Situations() {
			x := texts[s.Name]
			if x.Subject == "" || x.Body == "" || x.Title == "" || x.Intro == "" {
				t.Errorf("%s, %s: %+v", l, s.Name, x)
			}
			if !strings.HasPrefix(x.Subject, "{{organisation}}") || !strings.Contains(x.Body, "{{greeting}}") || !strings.Contains(x.Body, "{{deadline}}") {
				t.Errorf("%s, %s lacks organisation, greeting or deadline", l, s.Name)
			}
		}
	}
}

// TestStartersPassTheCheck lints a campaign for every situation in all languages: nothing is
// found, not even a warning, for any of the sample contacts.
func TestStartersPassTheCheck(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{})
	o := starterFor(t)
	today := campaign.DateOf(h.clock())
	for _, s := range Situations() {
		text, err := StarterCampaign(s.Name, o, today, StarterChoice{Situation: s.Name})
		h.must(err)
		f, err := desk{h.app.Desk, h.app}.ReadCampaign(text)
		h.must(err)
		if !slices.Equal(sorted(f.Languages), sorted(shipped())) {
			t.Errorf("%s speaks %v", s.Name, f.Languages)
		}
		found, err := h.app.Desk.LintFile(f, o)
		h.must(err)
		for _, one := range found {
			if strings.Contains(one.Message, "on this machine only") { // the test serves without TLS
				continue
			}
			t.Errorf("%s: %s %s at %s: %q: %s", s.Name, one.Severity, one.Rule, one.Where, one.Text, one.Message)
		}
	}
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func TestAStarterInChosenLanguages(t *testing.T) {
	t.Parallel()
	o, today := starterFor(t), campaign.NewDate(2026, 11, 2)
	text, err := StarterCampaign("spring", o, today, StarterChoice{Situation: "soft-opt-in", Languages: []string{"en", "FR", "en"}})
	if err != nil || !strings.Contains(text, "languages = [\"en\", \"fr\"]") || !strings.Contains(text, "ask = [\"soft_opt_in\"]") || strings.Contains(text, "[message.de]") {
		t.Errorf("%v\n%s", err, text)
	}
	for want, c := range map[string]StarterChoice{
		"no starter texts in xx": {Languages: []string{"xx"}},
		"there is no situation":  {Situation: "birthday"},
	} {
		if _, err := StarterCampaign("spring", o, today, c); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) || fault.HintOf(err) == "" {
			t.Errorf("%v, want %s", err, want)
		}
	}
	delete(o.Purposes[0].Title, "en")
	if _, err := StarterCampaign("spring", o, today, StarterChoice{Languages: []string{"en"}}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "have no title and description in en") {
		t.Errorf("%v", err)
	}
	o.Purposes[0].Title = map[string]string{"sv": "Brev"}
	if _, err := StarterCampaign("spring", o, today, StarterChoice{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an organisation that speaks none of ours: %v", err)
	}
}

// A preview that is opened as a file looks as people see it: with its style sheet, and nothing loaded from elsewhere.
func TestAPreviewIsDressed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{})
	dir := h.at("preview")
	files, err := h.app.Preview(t.Context(), spring, "fr", "", dir)
	h.must(err)
	if len(files) != 5 {
		t.Fatalf("%v", files)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		h.must(err)
		if strings.HasSuffix(f, ".html") && (!strings.Contains(string(text), "<style>") || strings.Contains(string(text), "<link rel=\"stylesheet\"")) {
			t.Errorf("%s stands there without its styles", f)
		}
	}
}

// A starter ends on a day on which the organisation's country works, so that the check has nothing to say of it.
func TestTheStarterEndsOnAWorkingDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, country, want string }{
		{"2026-07-14", "FR", "2026-07-15"}, {"2026-07-14", "DE", "2026-07-14"}, // a Tuesday
		{"2026-12-25", "DE", "2026-12-28"}, {"2026-04-03", "DE", "2026-04-07"}, {"2026-04-03", "FR", "2026-04-03"}, {"2026-04-04", "FR", "2026-04-07"},
	} {
		from, err := time.Parse(time.DateOnly, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := workday(campaign.DateOf(from), c.country).String(); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.from, c.country, got, c.want)
		}
	}
}
