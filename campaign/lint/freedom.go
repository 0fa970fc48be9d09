package lint

import (
	"fmt"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// freedomRules guard the free answer: nothing is given for a yes, nothing taken for a no.
func freedomRules() []rule {
	return []rule{
		{about("FREE-001", Error, "message, form", "an incentive, by its words or as a gain tied to the yes", "GDPR art. 4(11), 7(4); EDPB Guidelines 05/2020, par. 48"), checkIncentive},
		{about("FREE-002", Warning, "message, form", "softer bait, or an incentive denied weakly", "GDPR art. 4(11), 7(4); EDPB Guidelines 05/2020, par. 48"), checkInducement},
		{about("FREE-003", Error, "message, form", "a disadvantage for a no", "GDPR recital 42; EDPB Guidelines 05/2020, par. 46-47"), checkDetriment},
		{about("FREE-004", Error, "message, form", "a yes that is part of another act: an order, a login, a download", "GDPR art. 7(4)"), checkTied},
		{about("FREE-005", Warning, "message, settings", "people who may not dare to refuse: employees, patients, pupils", "GDPR recital 43"), checkDependent},
		{about("FREE-006", Error, "message", "prices, and links to buy", "Code des postes et des communications électroniques art. L34-5; directive 2002/58/EC art. 13"), checkSelling},
	}
}

func checkIncentive(in *inspection, tell say) {
	in.sayHits(tell, "Something is offered for the yes, so the yes is not free. Take it out; the only thing to get may be the messages themselves.", "incentive")
	for _, b := range in.baits {
		if !weighed(b.hit) {
			continue
		}
		f := in.spot(b.in, b.span)
		f.Severity = Approval
		f.Message = fmt.Sprintf("This reads as something that depends on the yes, by these words: %s. Say it neutrally, or have the approver write down why the yes is free all the same.", strings.Join(b.quotes(), ", "))
		tell(f)
	}
}

// mostTold is how many of the words that told a finding shows.
const mostTold = 8

// quotes gives what told of a bargain, as its author wrote it.
func (b baited) quotes() []string {
	var out []string
	for _, s := range b.told[:min(len(b.told), mostTold)] {
		out = append(out, "“"+b.in.text.words(s.start, s.end)+"”")
	}
	return out
}

func checkInducement(in *inspection, tell say) {
	in.sayHits(tell, "This may read as bait. Say neutrally what the messages are about; do not even mention what is not given.", "inducement", "weak")
}

func checkDetriment(in *inspection, tell say) {
	in.sayForbidden(tell, "detriment", "A no must cost nothing. Take the threat out.", func(p passage, s span) bool {
		_, weak := in.lists.negated(p.view.language, p.text.text, s.start)
		return !weak
	})
}

// capital stands before an amount that is no price: that of a company in its legal line.
var capital = expression.Of(`\b(capital|kapital|capitale)\b[^.;\n]{0,25}$`)

func checkSelling(in *inspection, tell say) {
	const message = "A question about consent sells nothing. Take out prices, products and links to buy."
	for _, p := range in.read {
		if p.sheet != "message" {
			continue
		}
		for _, s := range in.lists.find(p.view.language, "price", p.text.text) {
			if capital.MatchString(p.text.text[max(0, s.start-40):s.start]) {
				continue
			}
			f := in.spot(p, s)
			f.Message = message
			tell(f)
		}
	}
	for _, v := range in.views {
		for _, l := range v.message.links {
			label := normalise(l.text + " " + imageText(l))
			if in.lists.match(v.language, "buy", label.text) {
				tell(Finding{Where: in.place(v, "message", l.text), Text: strings.TrimSpace(l.text), Message: message})
			}
		}
	}
}

// imageText gives the alternative texts inside a link.
func imageText(l link) string {
	var out []string
	for n := range l.at.Descendants() {
		if alt := attribute(n, "alt"); alt != "" {
			out = append(out, alt)
		}
	}
	return strings.Join(out, " ")
}
