package lint

import (
	"fmt"
	"strings"
)

// personRules look at who is asked: children, people of whom a yes would tell something that is nobody's business.
func personRules() []rule {
	return []rule{
		{about("MIN-001", Error, "message, form", "words for children or schools", "GDPR art. 8, recital 38"), checkMinors},
		{about("SENS-001", Approval, "message, settings", "a brand or purpose that tells of health, belief, politics, a union or sexual life", "GDPR art. 9"), checkSensitive},
	}
}

func checkMinors(in *inspection, tell say) {
	in.sayForbidden(tell, "minor", "This speaks to children, or about them. A child's consent needs the parents; leave children out.", in.undenied)
}

// checkSensitive looks at names and purposes only: that a letter mentions a hospital tells nothing of its reader.
func checkSensitive(in *inspection, tell say) {
	judge := func(where, language, text string) {
		folded := normalise(text)
		for _, s := range in.lists.find(language, "sensitive", folded.text) {
			tell(Finding{Where: where, Text: folded.words(s.start, s.end),
				Message: "Who gets this message, or says yes to it, may tell something about health, belief, politics, a union or sexual life. Have the approver write down why it may be asked."})
		}
	}
	for _, language := range in.languages() {
		for _, name := range append(in.names(), in.Sender.Name) {
			judge("organisation.name", language, name)
		}
	}
	for _, q := range in.Questions {
		for part, words := range map[string]map[string]string{"title": q.Title, "description": q.Description} {
			for language, text := range words {
				judge("purpose."+q.Purpose+"."+part+"."+language, primary(language), text)
			}
		}
	}
}

// checkDependent asks for a second look where people may not dare to refuse.
func checkDependent(in *inspection, tell say) {
	if in.Controller.Public {
		tell(Finding{Where: "organisation.kind", Text: "public_authority", Message: "People may not dare to refuse a public authority. Have somebody independent judge whether they are free."})
	}
	in.sayForbidden(tell, "dependent", "These people may not dare to refuse. Have somebody independent judge whether they are free.", in.undenied)
}

// checkTied wants the question to stand alone.
func checkTied(in *inspection, tell say) {
	in.sayForbidden(tell, "tied", "The yes is tied to something else that people want to do. Ask for it alone.", in.undenied)
	for _, v := range in.views {
		for _, c := range v.form.controls {
			if c.kind == "hidden" && !harmlessField(c.name) {
				tell(Finding{Where: "form." + v.Language, Text: c.name, Message: "The form sends something besides the answer. Let it send the answer alone."})
			}
		}
	}
}

// harmlessField says whether a hidden field belongs to the form itself.
func harmlessField(name string) bool {
	return name == "form" || strings.HasPrefix(name, "lang") || strings.HasPrefix(name, "decision.") || name == "action"
}

// checkLegalese measures what the authors wrote: words of contracts, passives, negations of negations.
func checkLegalese(in *inspection, tell say) {
	for _, a := range in.authored {
		language := a.language
		if language == "" {
			continue
		}
		for class, message := range map[string]string{
			"legalese":  "This is the language of contracts. Say it as you would to a neighbour.",
			"double-no": "A negation of a negation has to be read twice. Say it without.",
		} {
			for _, s := range in.lists.find(language, class, a.folded.text) {
				tell(Finding{Where: a.Where, Text: a.folded.words(s.start, s.end), Message: message})
			}
		}
		count, passive := 0, 0
		for _, s := range sentences(a.folded.text) {
			count++
			if in.lists.match(language, "passive", a.folded.text[s.start:s.end]) {
				passive++
			}
		}
		if count >= 5 && passive*5 > count*2 {
			tell(Finding{Where: a.Where, Text: fmt.Sprintf("%d of %d sentences", passive, count), Message: "Most sentences do not say who acts. Write “we keep” rather than “is kept”."})
		}
	}
}
