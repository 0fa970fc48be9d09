package lint

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// proposals reads proposal.txt once: "fr INFO-002" → wording.
var proposals = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(string(listText("proposal.txt"))) {
		if cells := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 3); len(cells) == 3 && !strings.HasPrefix(line, "#") {
			out[cells[0]+" "+cells[1]] = cells[2]
		}
	}
	return out
})

// number adds the line of an author's text on which the words of a finding begin.
func (in *inspection) number(found []Finding) []Finding {
	for i, f := range found {
		for _, a := range in.authored {
			if a.Where == f.Where && f.Text != "" && found[i].Line == 0 {
				found[i].Line = lineOf(a.Text, f.Text)
			}
		}
	}
	return found
}

// lineOf finds words in a text that may break them over lines and mark some of them.
func lineOf(text, words string) int {
	var parts []string
	for part := range strings.FieldsSeq(normalise(words).text) {
		parts = append(parts, regexp.QuoteMeta(part))
	}
	if len(parts) == 0 || len(parts) > 60 {
		return 0
	}
	folded := normalise(text)
	at := regexp.MustCompile(strings.Join(parts, "[\\s*_`#>]+")).FindStringIndex(folded.text)
	if at == nil {
		return 0
	}
	return 1 + strings.Count(text[:folded.at[at[0]]], "\n")
}

// propose adds to findings the wording that would mend them, in the language of the text they are about.
func (in *inspection) propose(found []Finding) []Finding {
	for i, f := range found {
		for part := range strings.SplitSeq(f.Where, ".") {
			if words := in.wording(primary(part), f.Rule); words != "" {
				found[i].Proposed = words
			}
		}
	}
	return found
}

// wording is the proposal of a rule in a language, "" when there is none or a value of it is not known.
func (in *inspection) wording(language, rule string) string {
	text := proposals()[language+" "+rule]
	day := ""
	if !in.Deadline.IsZero() {
		day = written(language, in.Deadline)
	}
	for name, value := range map[string]string{"{brand}": in.Controller.Name, "{authority}": in.Controller.Authority, "{day}": day} {
		if strings.Contains(text, name) && strings.TrimSpace(value) == "" {
			return ""
		}
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

// months as people write them, January first.
var months = map[string]string{
	"fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	"en": "January February March April May June July August September October November December",
	"de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
	"es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
	"it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
	"nl": "januari februari maart april mei juni juli augustus september oktober november december",
	"pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}

// written is a day as a letter in a language has it.
func written(language string, day time.Time) string {
	y, m, d := day.Date()
	names := strings.Fields(months[language])
	if len(names) != 12 {
		return day.Format(time.DateOnly)
	}
	switch language {
	case "de":
		return fmt.Sprintf("%d. %s %d", d, names[m-1], y)
	case "es", "pt":
		return fmt.Sprintf("%d de %s de %d", d, names[m-1], y)
	}
	return fmt.Sprintf("%d %s %d", d, names[m-1], y)
}
