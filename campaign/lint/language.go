package lint

import (
	"slices"
	"strings"
)

// checkLanguage wants every language of the campaign shown, and what is shown to be in it.
func checkLanguage(in *inspection, tell say) {
	checkTheirTongues(in, tell)
	for _, language := range in.Languages {
		shown := slices.ContainsFunc(in.views, func(v *view) bool { return v.Language == language })
		if !shown {
			tell(Finding{Where: "message." + language, Message: "There is no message or form in this language. Write both, or take the language out of the campaign."})
		}
	}
	for _, v := range in.views {
		if !in.lists.knows(v.language) {
			tell(Finding{Severity: Warning, Where: "message." + v.Language, Message: "There are no word lists for this language, so most sentences were not judged. Let somebody who reads it check them."})
			continue
		}
		in.checkTongue(v, "message", v.message.visible, tell)
		in.checkTongue(v, "message", v.text, tell)
		in.checkTongue(v, "form", v.form.visible, tell)
		for sheet, p := range map[string]*page{"message": v.message, "form": v.form} {
			if p.language != "" && primary(p.language) != v.language {
				tell(Finding{Where: sheet + "." + v.Language, Text: p.language, Message: "The page says that it is in another language than it is."})
			}
		}
	}
}

// tongues are the languages with lists of common words.
var tongues = [...]string{"fr", "en", "de", "es", "it", "nl", "pt"}

// checkTongue compares how often the commonest words of each language occur.
func (in *inspection) checkTongue(v *view, sheet string, n normal, tell say) {
	own := len(in.lists.find(v.language, "common", n.text))
	if own*7 > strings.Count(n.text, " ") {
		return // plainly its own language
	}
	for _, other := range tongues {
		count := len(in.lists.find(other, "common", n.text))
		if other != v.language && count >= 8 && count > 2*own {
			tell(Finding{Where: sheet + "." + v.Language, Text: other,
				Message: "The text reads as another language (" + strings.ToUpper(other) + "). Translate it."})
		}
	}
}
