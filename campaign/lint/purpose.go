package lint

import (
	"fmt"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// purposeRules ask what the data will be used for (GDPR art. 4(11), 6(1)(a), recital 43).
func purposeRules() []rule {
	return []rule{
		{about("PURP-001", Error, "message, form", "a sentence that says marketing in plain words", "GDPR art. 4(11), 6(1)(a)"), checkMarketing},
		{about("PURP-002", Error, "form", "one box for several purposes or channels", "GDPR recital 43"), checkOneEach},
		{about("PURP-003", Error, "message, form", "unnamed partners or third parties", "GDPR art. 4(11), 13(1)(e); CJEU C-317/25"), checkPartners},
		{about("PURP-004", Warning, "message, form", "a vague purpose", "EDPB Guidelines 05/2020, par. 55-61"), checkVague},
		{about("PURP-005", Error, "message, form", "message and form ask exactly the questions of the campaign", "GDPR art. 7(1)"), checkQuestions},
		{about("PURP-006", Warning, "form", "kind or number of the messages to expect", "GDPR art. 12(1)"), checkKind},
	}
}

func checkMarketing(in *inspection, tell say) {
	for _, v := range in.views {
		present := in.speaks(v.language, "marketing")
		v.need(tell, present, "does not say in plain words that this is about marketing messages.")
		v.needForm(tell, present, "does not say in plain words that this is about marketing messages.")
	}
}

// fieldName is decision.{purpose}.{channel}.
var fieldName = expression.Of(`^decision\.([^.]+)\.([^.]+)$`)

// twoChannels is "by e-mail and by text message" in one label.
var twoChannels = expression.Of(`\b(e-?mails?|courriels?|sms|telephone|phone|telefon|courrier|post)( (and|or|et|ou|und|oder|y|o|e|en|of)|,|/| \+| &) ?(by |par |per |via |por |le |the )?(e-?mails?|courriels?|sms|texto|text message|telephone|phone|telefon|appel|courrier|post|mail)\b`)

func checkOneEach(in *inspection, tell say) {
	for _, v := range in.views {
		for _, c := range v.form.choices() {
			where := "form." + v.Language
			if strings.HasPrefix(c.name, "decision") && !fieldName.MatchString(c.name) {
				tell(Finding{Where: where, Text: c.name, Message: "A box does not stand for exactly one purpose and channel. Give each its own box."})
			}
			if found := twoChannels.FindString(normalise(c.label).text); found != "" {
				tell(Finding{Where: in.place(v, "form", found), Text: found, Message: "One box asks for several channels at once. Give each its own box."})
			}
		}
	}
}

func checkPartners(in *inspection, tell say) {
	in.sayForbidden(tell, "partner", "Partners are not named. Name each recipient, or drop the sentence.", func(p passage, s span) bool {
		after := strings.TrimLeft(p.text.text[s.end:], " ")
		if strings.HasPrefix(after, ":") || strings.HasPrefix(after, "(") {
			return false // a list of names follows
		}
		before := p.text.text[:s.start]
		if i := strings.LastIndexAny(before, ".!?;\n"); i >= 0 {
			before = before[i+1:]
		}
		// "We pass nothing on to third parties" names nobody because there is nobody.
		return !in.lists.match(p.view.language, "negator", before) && !in.lists.match(p.view.language, "denial", before)
	})
}

func checkVague(in *inspection, tell say) {
	in.sayForbidden(tell, "vague-purpose", "This purpose says nothing. Say which messages, about what, over which channel.", nil)
}

func checkQuestions(in *inspection, tell say) {
	for _, v := range in.views {
		asked := map[string]bool{}
		for _, q := range in.Questions {
			name := fmt.Sprintf("decision.%s.%s", q.Purpose, q.Channel)
			asked[name] = true
			title := q.Title[v.Language]
			if title == "" {
				title = q.Title[v.language]
			}
			if title == "" {
				tell(Finding{Where: "purpose." + q.Purpose + ".title." + v.Language, Message: "The purpose " + q.Purpose + " has no title in this language."})
				continue
			}
			channel := "channel-" + q.Channel
			both := func(n normal) bool { return holds(title)(n) && in.speaks(v.language, channel)(n) }
			missing := fmt.Sprintf("does not ask for %q by %s.", title, q.Channel)
			v.need(tell, both, missing)
			v.needForm(tell, both, missing)
			checkField(v, name, tell)
		}
		for _, c := range v.form.choices() {
			if strings.HasPrefix(c.name, "decision.") && fieldName.MatchString(c.name) && !asked[c.name] {
				tell(Finding{Where: "form." + v.Language, Text: c.name, Message: "The form asks for something that the campaign does not ask for."})
			}
		}
	}
}

// checkField wants exactly one check box of the name with the value yes.
func checkField(v *view, name string, tell say) {
	count := 0
	for _, c := range v.form.choices() {
		if c.name == name && c.kind == "checkbox" && c.value == "yes" {
			count++
		}
	}
	if count != 1 {
		tell(Finding{Where: "form." + v.Language, Text: name, Message: "The form must have exactly one check box for this question, with the value yes."})
	}
}

func checkKind(in *inspection, tell say) {
	for _, v := range in.views {
		for _, q := range in.Questions {
			text := normalise(q.Title[v.Language] + "\n" + q.Description[v.Language])
			if strings.TrimSpace(text.text) != "" && !in.speaks(v.language, "kind")(text) {
				tell(Finding{Where: "purpose." + q.Purpose + ".description." + v.Language, Text: q.Description[v.Language],
					Message: "The purpose says neither what kind of messages nor how many to expect. Say both in a few words."})
			}
		}
	}
}
