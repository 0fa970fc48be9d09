package i18n_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestWhatWasSaidInEnglishIsFoundByItsWords(t *testing.T) {
	t.Parallel()
	c := catalogue(t).House()
	for _, test := range []struct {
		english, french string
		known           bool
	}{
		{"Temporary address.", "Adresse temporaire.", true},
		{"Asked on 2026-04-02, may answer until 2026-05-01.", "Sollicitée le 2 avril 2026, peut répondre jusqu’au 1er mai 2026.", true},
		{"Asked, may answer until 2026-05-01.", "Sollicitée, peut répondre jusqu’au 1er mai 2026.", true},
		{"Asked on someday, may answer until 2026-05-01.", "Sollicitée le someday, peut répondre jusqu’au 1er mai 2026.", true},
		{"Objection limited to sms.", "Opposition limitée à un canal\u00a0: SMS.", true},
		{"Objection limited to fax.", "Opposition limitée à un canal\u00a0: fax.", false},
		{"Merged with Temporary address., {day}.", "Réunie avec Temporary address., {day}.", true},
		{"Consent probable, proof incomplete (date, to whom); one neutral request allowed after sign-off.",
			"Consentement probable, preuve incomplète (manque\u00a0: date, donné à qui)\u00a0; une seule demande neutre permise après signature.", true},
		{"Consent does not cover our purpose.", "Le consentement ne couvre pas notre finalité.", true},
		{"Consent does not cover news.", "Le consentement ne couvre pas la finalité news.", true},
		{"The form does not show the legal form.", "Le formulaire ne montre pas la forme juridique.", true},
		{"Merged with .", "Merged with .", false},
		{"Find the dated record behind the columns; until then the most protective one counts. An import takes it as consent_at, optout_at.",
			"Retrouver la pièce datée derrière les colonnes\u00a0; d’ici là, la plus protectrice compte. Un import le prend sous consent_at, optout_at.", true},
		{"audit.example knows another root for the first 5 entries: history was rewritten (heads that say so: 8)",
			"audit.example connaît une autre racine pour les 5 premières entrées\u00a0: l’histoire a été réécrite (têtes qui le disent\u00a0: 8)", true},
		{"what a person wrote", "what a person wrote", false},
		{"", "", false},
	} {
		if got, known := c.For("fr").Said(test.english); got != test.french || known != test.known {
			t.Errorf("%q is %q (%v), not %q", test.english, got, known, test.french)
		}
		if got, known := c.For("en").Said(test.english); got != test.english || known != test.known {
			t.Errorf("in English %q became %q (%v)", test.english, got, known)
		}
	}
}

// TestNothingIsSaidThatNoCodeSays: the English of a sentence that is found by its words stands in the code,
// at least the last three words of its longest part between two placeholders; the rest may be put together.
func TestNothingIsSaidThatNoCodeSays(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, source := range sources(t) {
		all.WriteString(strings.ReplaceAll(source, `\"`, `"`))
	}
	files, err := filepath.Glob("locale/*.en.toml")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		var tree map[string]any
		if _, err := toml.DecodeFile(file, &tree); err != nil {
			t.Fatal(err)
		}
		said, _ := tree["said"].(map[string]any)
		for group, phrases := range said {
			for key, text := range phrases.(map[string]any) {
				found++
				longest := ""
				for _, part := range placeholder.Split(text.(string), -1) {
					if len(part) > len(longest) {
						longest = part
					}
				}
				words := strings.Split(strings.Trim(longest, ` .:"(`), " ")
				if !strings.Contains(all.String(), strings.Join(words[max(len(words)-3, 0):], " ")) {
					t.Errorf("no code says %q of said.%s.%s", longest, group, key)
				}
			}
		}
	}
	if found < 300 {
		t.Errorf("only %d sentences were found", found)
	}
}

var loose = regexp.MustCompile(`(?m)^[\w."-]+ = ".*( [:;?!»%]|« )`)

// In French no line may break before a double sign or inside a quotation mark.
func TestFrenchSignsDoNotStandAlone(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("locale/*.fr.toml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range loose.FindAllString(string(b), -1) {
			t.Errorf("%s: a space that may break in %s", file, line)
		}
	}
}
