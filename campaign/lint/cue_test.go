package lint

import (
	"slices"
	"strings"
	"testing"
)

func TestCuesAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ language, text, kind string }{
		{"en", "The first 500 readers", "chance"},                      // "#" is a number
		{"en", "You came in May 2017", "past"},                         // "####" a year
		{"en", "It will knock a full tenner off your basket", "free"},  // ".." up to three words
		{"de", "Mit Treuerabatt", "free"},                              // inside a compound
		{"fr", "Votre abonné préféré", "yes"},                          // accents do not matter
		{"fr", "Quelle que soit votre réponse", "apart"},               // a phrase
		{"nl", "U krijgt een welkomstcadeau", "give"},                  // "*" on both sides
		{"it", "Costa 10 €", "money"}, {"pt", "Vale de 10 €", "money"}, // a sign of money is a word
	} {
		found := patterns().signs(c.language, tokens(normalise(c.text).text))
		if !slices.ContainsFunc(found, func(s sign) bool { return s.kind == c.kind }) {
			t.Errorf("%s: %q has no cue of %s", c.language, c.text, c.kind)
		}
	}
	for _, c := range []struct{ language, text, kind string }{
		{"en", "It will knock a full and very round tenner off", "free"}, // four words in between
		{"en", "Answer by {{free}}", "free"},                             // another word stands there when it is sent
		{"en", "A 100-year-old shop", "past"},
	} {
		found := patterns().signs(c.language, tokens(normalise(c.text).text))
		if slices.ContainsFunc(found, func(s sign) bool { return s.kind == c.kind }) {
			t.Errorf("%s: %q has a cue of %s", c.language, c.text, c.kind)
		}
	}
}

// Every language has cues of every kind, so that none is weighed by other facts than the rest.
func TestCuesOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, language := range tongues {
		kinds := map[string]bool{}
		of := allCues()[language]
		for _, filed := range []map[string][]cue{of.whole, of.begins, of.inside} {
			for _, cues := range filed {
				for _, c := range cues {
					kinds[c.kind] = true
				}
			}
		}
		for _, k := range slices.Concat([]string{"yes", "when", "leave", "no", "you", "we"}, stakes, honest) {
			if !kinds[k] {
				t.Errorf("%s has no cue of %s", language, k)
			}
			delete(kinds, k)
		}
		if len(kinds) > 0 {
			t.Errorf("%s has cues of kinds that nothing weighs: %v", language, kinds)
		}
	}
}

// What is only weighed stops nobody who writes down why, and says by which words it was found.
func TestBargainsSayTheirWords(t *testing.T) {
	t.Parallel()
	d := Draft{Languages: []string{"en"}, Authored: []Authored{{Where: "message.en.body", Language: "en",
		Text: "Hello.\n\nConfirm, and no hedge in your garden goes uncut. The letters are monthly.\n\nConfirm?\n\nNo hedge goes uncut."}}}
	var got []Finding
	for _, f := range Check(d) {
		if f.Rule == "FREE-001" {
			got = append(got, f)
		}
	}
	if len(got) != 1 || got[0].Severity != Approval || got[0].Text != "Confirm, and no hedge in your garden goes uncut." || got[0].Line != 3 ||
		!strings.Contains(got[0].Message, "“Confirm”") || !strings.Contains(got[0].Message, "“hedge”") {
		t.Errorf("got %+v", got)
	}
}

// A sentence that asks and gives is refused, whatever honest words stand beside it; one that gives without asking is
// left to an approver at the most.
func TestABribeIsNotSoftened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ language, text, class string }{
		{"en", "If you agree, you receive a voucher; your rights of access, erasure and to object stay as they are.", "incentive"},
		{"en", "If you tick yes, you get a 10 € voucher, whatever you bought before.", "incentive"},
		{"en", "You bought from us in 2019 and gave us your address: confirm, and we send you a gift.", "incentive"},
		{"en", "Whoever says yes gets 20% off, whether or not you bought anything before.", "incentive"},
		{"fr", "Quelle que soit la date de votre dernier achat, cochez la case et recevez 10 % de remise.", "incentive"},
		{"de", "Sie haben 2019 bei uns gekauft: Stimmen Sie zu und Sie erhalten einen Gutschein über 10 €.", "incentive"},
		{"en", "We will also send you a 10 € voucher, whatever you bought in our shop before.", "bargain"},
		{"en", "On your last order in 2019 you used a voucher.", "weak"},
	} {
		text := normalise(c.text).text
		heard := patterns().scan(c.language, nil, "", text)
		if !slices.ContainsFunc(heard, func(h hit) bool { return h.class == c.class || c.class == "bargain" && sure(h) }) {
			t.Errorf("%q: %+v, not %s", c.text, heard, c.class)
		}
	}
}
