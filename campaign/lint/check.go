package lint

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

// RuleInfo is one line of the catalogue of rules.
type RuleInfo struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"` // the usual one; a finding may be milder
	Target   string   `json:"target"`   // message, form, header, settings
	Looks    string   `json:"looks"`    // what it looks at
	Mend     string   `json:"mend"`     // what to do about a finding
	Kept     string   `json:"kept"`     // how it is kept: lint, start, claim or network (catalogue.txt)
	Source   string   `json:"source"`   // law, guideline or standard
}

// about is a line of the catalogue, with what catalogue.txt says of it.
func about(id string, s Severity, target, looks, source string) RuleInfo {
	of := mending()[id]
	return RuleInfo{ID: id, Severity: s, Target: target, Looks: looks, Mend: of.mend, Kept: of.kept, Source: source}
}

// mended is what catalogue.txt says of a rule.
type mended struct{ kept, mend string }

// mending reads catalogue.txt once.
var mending = sync.OnceValue(func() map[string]mended {
	out := map[string]mended{}
	for line := range strings.Lines(string(listText("catalogue.txt"))) {
		if cells := strings.Split(strings.TrimSpace(line), "\t"); len(cells) == 3 && !strings.HasPrefix(line, "#") {
			out[cells[0]] = mended{cells[1], cells[2]}
		}
	}
	return out
})

// rule is a line of the catalogue with the function that judges it.
type rule struct {
	RuleInfo
	check func(*inspection, say)
}

// say takes a finding; rule, severity and source are those of the rule where they are left empty.
type say func(Finding)

// table is every rule, in the order of the catalogue.
func table() []rule {
	all := slices.Concat(campaignRules(), identityRules(), subjectRules(), purposeRules(), informationRules(),
		freedomRules(), ambiguityRules(), darkPatternRules(), plainRules(), trackingRules(), linkRules(),
		mimeRules(), headerRules(), formRules(), personRules(), launchRules(), networkRules())
	first := map[string]int{}
	for i, r := range all {
		if _, known := first[family(r)]; !known {
			first[family(r)] = i
		}
	}
	slices.SortStableFunc(all, func(a, b rule) int {
		return cmp.Or(first[family(a)]-first[family(b)], strings.Compare(a.ID, b.ID))
	})
	return all
}

// family is what comes before the number of a rule.
func family(r rule) string {
	name, _, _ := strings.Cut(r.ID, "-")
	return name
}

// Rules is the catalogue of the rules that Check applies.
func Rules() []RuleInfo {
	var out []RuleInfo
	for _, r := range table() {
		out = append(out, r.RuleInfo)
	}
	return out
}

// RulesetVersion names the rules and word lists, so that evidence can say by which of them a campaign
// was judged; it changes whenever a rule or a list does.
func RulesetVersion() string {
	h := sha256.New()
	for _, r := range table() {
		h.Write([]byte(r.ID + "\x00" + string(r.Severity) + "\x00" + r.Looks + "\x00"))
	}
	for _, file := range slices.Concat(listNames(), weighedNames()) {
		h.Write(listText(file))
	}
	return "1+" + hex.EncodeToString(h.Sum(nil)[:6])
}

// Check reads a draft and gives what is wrong with it: errors first, then by rule and place, what
// several sample contacts share only once. No finding means that no rule objects.
func Check(d Draft) []Finding {
	in := inspect(d)
	var found []Finding
	for _, r := range table() {
		tell := func(f Finding) {
			f.Rule = r.ID
			f.Severity = cmp.Or(f.Severity, r.Severity)
			f.Source = cmp.Or(f.Source, r.Source)
			f.Text = excerpt(f.Text)
			found = append(found, f)
		}
		if r.check != nil && !(in.ByPost && family(r) == "HDR") {
			r.check(in, tell)
		}
		in.observed(r.ID, tell)
	}
	return in.propose(in.number(gather(merge(found))))
}

// CheckLaunch judges only what the house knows of a campaign, for its start: its texts were judged when it was
// approved. Of the draft it looks at the facts alone.
func CheckLaunch(d Draft) []Finding {
	in := &inspection{Draft: d}
	found := []Finding{}
	rules := launchRules()
	for _, r := range table() { // of these only the part about the people
		switch r.ID {
		case "CAMP-008":
			rules = append(rules, rule{r.RuleInfo, checkTheirHolidays})
		case "INFO-011":
			rules = append(rules, rule{r.RuleInfo, checkTheirTongues})
		}
	}
	for _, r := range rules {
		r.check(in, func(f Finding) {
			f.Rule, f.Severity, f.Source = r.ID, cmp.Or(f.Severity, r.Severity), cmp.Or(f.Source, r.Source)
			found = append(found, f)
		})
	}
	return merge(found)
}

// gravity orders severities, the gravest first.
func gravity(s Severity) int {
	return slices.Index([]Severity{Error, Approval, Warning, Info}, s)
}

// merge keeps one finding for each rule, place and words, the gravest, and sorts them.
func merge(found []Finding) []Finding {
	type key struct{ rule, where, text, message string }
	out := []Finding{}
	at := map[key]int{}
	for _, f := range found {
		k := key{f.Rule, f.Where, normalise(f.Text).text, f.Message}
		if f.Text != "" {
			k.message = ""
		}
		i, known := at[k]
		switch {
		case !known:
			at[k] = len(out)
			out = append(out, f)
		case gravity(f.Severity) < gravity(out[i].Severity):
			out[i] = f
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(gravity(a.Severity)-gravity(b.Severity), strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Where, b.Where), strings.Compare(a.Text, b.Text), strings.Compare(a.Message, b.Message))
	})
	return out
}

// gather makes one finding of what the house sets wrong in the header of every language: it has one cause.
func gather(found []Finding) []Finding {
	out := found[:0]
	for _, f := range found {
		i := slices.IndexFunc(out, func(g Finding) bool {
			return strings.HasPrefix(f.Rule, "HDR-") && g.Rule == f.Rule && g.Severity == f.Severity && g.Text == f.Text && g.Message == f.Message
		})
		if i < 0 {
			out = append(out, f)
			continue
		}
		if out[i].Places == nil {
			out[i].Places = []string{out[i].Where}
		}
		out[i].Places = append(out[i].Places, f.Where)
	}
	return out
}

// excerpt shortens the words found to a line.
func excerpt(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:157]) + "…"
	}
	return s
}
