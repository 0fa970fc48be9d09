package lint

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/expression"
)

// darkPatternRules want yes and no to weigh the same (EDPB Guidelines 03/2022).
func darkPatternRules() []rule {
	return []rule{
		{about("DARK-001", Error, "message, form", "yes and no are of one kind and one look, as written and as drawn; no link shouts", "GDPR art. 7; EDPB Guidelines 03/2022"), both(checkEqualButtons, checkDrawnButtons)},
		{about("DARK-002", Error, "form", "the no stands beside the yes", "EDPB Guidelines 03/2022 (obstructing)"), checkSideBySide},
		{about("DARK-003", Error, "message, form", "guilt, shaming of a no", "EDPB Guidelines 03/2022 (stirring)"), checkShaming},
		{about("DARK-004", Error, "message, form", "urgency, scarcity, countdowns", "EDPB Guidelines 03/2022 (stirring)"), checkUrgency},
		{about("DARK-005", Error, "form", "buttons say what they do", "EDPB Guidelines 05/2020, par. 70; 03/2022 (left in the dark)"), checkButtonLabels},
		{about("DARK-006", Error, "form", "a no that must be confirmed", "EDPB Guidelines 03/2022 (obstructing)"), checkConfirmedNo},
		{about("DARK-007", Warning, "form", "over eight boxes, over two screens of text, a yes to all at once", "EDPB Guidelines 03/2022 (overloading)"), checkOverload},
		{about("DARK-008", Warning, "message, form", "what plays on feelings: loss, tears, a smile on the yes only, what moves", "EDPB Guidelines 03/2022 (stirring)"), checkFeelings},
		{about("DARK-009", Error, "message, form", "letters under 12 pixels, contrast under 4.5 to 1, in the light and in the dark", "WCAG 2.2: 1.4.3; GDPR art. 12(1)"), checkLegible},
		{about("DARK-010", Warning, "form", "the words of yes and no are about as long", "EDPB Guidelines 03/2022 (skipping)"), checkBalancedWords},
	}
}

// both is a rule of two parts.
func both(one, other func(*inspection, say)) func(*inspection, say) {
	return func(in *inspection, tell say) {
		one(in, tell)
		other(in, tell)
	}
}

// screens is how many words fill two screens of a phone.
const screens = 500

func checkOverload(in *inspection, tell say) {
	for _, v := range in.views {
		where := "form." + v.Language
		if n := len(v.form.choices()); n > 8 {
			tell(Finding{Where: where, Text: fmt.Sprintf("%d boxes", n), Message: "The form asks over eight things on one page. Ask fewer, or take purposes together that people see as one."})
		}
		if n := len(wordsOf(v.form.visible.text)); n > screens+60*len(in.Questions) {
			tell(Finding{Where: where, Text: fmt.Sprintf("%d words", n), Message: "The form fills over two screens. Leave details to the privacy notice."})
		}
		for _, c := range v.form.controls {
			if label := strings.TrimSpace(normalise(c.label).text); in.lists.match(v.language, "accept-all", label) {
				tell(Finding{Where: in.place(v, "form", c.label), Text: c.label, Message: "One control says yes to everything. Let people choose one by one."})
			}
		}
	}
}

// smile is a picture that looks at people.
var smile = expression.Of(`[\x{1F600}-\x{1F64F}\x{2764}\x{1F44D}\x{263A}]|[:;]-?[)(]`)

func checkFeelings(in *inspection, tell say) {
	in.sayForbidden(tell, "loss", "This plays on feelings. Say what people choose, and no more.", nil)
	for _, v := range in.views {
		if save, refuse, both := buttons(v.form); both && smile.MatchString(save.label) != smile.MatchString(refuse.label) {
			tell(Finding{Where: "form." + v.Language, Text: save.label + " / " + refuse.label, Message: "One of the two buttons smiles or weeps. Give neither a picture."})
		}
		for sheet, p := range map[string]*page{"message": v.message, "form": v.form} {
			for _, n := range p.elements {
				if moving(n) {
					tell(Finding{Where: sheet + "." + v.Language, Text: "<" + n.Data + ">", Message: "Something moves or sounds. Take it out."})
				}
			}
		}
	}
}

// buttons gives the two buttons of a form and whether both are there.
func buttons(p *page) (save, refuse control, both bool) {
	save, one := p.action("save")
	refuse, other := p.action("refuse-all")
	return save, refuse, one && other
}

// looks are the attributes that change how a button weighs.
var looks = [...]string{"class", "style", "disabled", "width", "height", "size", "hidden"}

func checkEqualButtons(in *inspection, tell say) {
	for _, v := range in.views {
		where := "form." + v.Language
		save, refuse, both := buttons(v.form)
		if !both {
			tell(Finding{Where: where, Message: "The form lacks one of its two buttons, to save the choice and to refuse everything. Show both."})
			continue
		}
		same := save.at.Data == refuse.at.Data
		for _, name := range looks {
			a, hasA := attributeIs(save.at, name)
			b, hasB := attributeIs(refuse.at, name)
			same = same && hasA == hasB && strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
		}
		same = same && inner(save.at) == inner(refuse.at)
		if !same {
			tell(Finding{Where: where, Text: save.label + " / " + refuse.label, Message: "The two buttons differ in element, class or style. Make them alike, so that neither pulls."})
		}
	}
}

// inner gives the elements inside a button: bold or large letters in one only make it weigh more.
func inner(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			b.WriteString(d.Data + "." + attribute(d, "class") + "." + style(d) + " ")
		}
	}
	return b.String()
}

func checkSideBySide(in *inspection, tell say) {
	for _, v := range in.views {
		save, refuse, both := buttons(v.form)
		if !both {
			continue // DARK-001 reports it
		}
		tabs := attribute(save.at, "tabindex") != attribute(refuse.at, "tabindex")
		if save.at.Parent != refuse.at.Parent || between(v.form, save.at, refuse.at) || tucked(refuse.at) || tucked(save.at) || tabs {
			tell(Finding{Where: "form." + v.Language, Text: refuse.label, Message: "The button to refuse is not right beside the other. Put both in one place, with nothing between."})
		}
	}
}

// between says whether another field or link stands between two elements.
func between(p *page, a, b *html.Node) bool {
	inside := false
	for _, n := range p.elements {
		if n == a || n == b {
			if inside {
				return false
			}
			inside = true
			continue
		}
		if inside && (n.Data == "a" || n.Data == "input" || n.Data == "button" || n.Data == "select" || n.Data == "textarea") {
			return true
		}
	}
	return false
}

// tucked says whether an element is hidden or folded away.
func tucked(n *html.Node) bool {
	for up := n; up != nil; up = up.Parent {
		if up.Type == html.ElementNode && (up.Data == "details" || isHidden(up)) {
			return true
		}
	}
	return false
}

func checkShaming(in *inspection, tell say) {
	in.sayHits(tell, "This makes a no feel bad. Offer it in neutral words.", "shaming")
}

// clock is an element that counts down.
var clock = expression.Of(`(?i)count-?down|compte-?a-?rebours|\btimer\b|flip-?clock`)

func checkUrgency(in *inspection, tell say) {
	in.sayHits(tell, "This hurries people. Say the last day to answer as a plain date.", "urgency")
	for _, v := range in.views {
		for sheet, p := range map[string]*page{"message": v.message, "form": v.form} {
			for _, n := range p.elements {
				mark := attribute(n, "class") + " " + attribute(n, "id") + " " + attribute(n, "src") + " " + attribute(n, "role")
				if found := clock.FindString(mark); found != "" {
					tell(Finding{Where: sheet + "." + v.Language, Text: found, Message: "A countdown hurries people. Say the last day to answer as a plain date."})
				}
			}
		}
	}
}

func checkButtonLabels(in *inspection, tell say) {
	for _, v := range in.views {
		for _, value := range []string{"save", "refuse-all"} {
			c, ok := v.form.action(value)
			if !ok {
				continue
			}
			label := strings.Trim(normalise(c.label).text, " .!→>»\n")
			if label == "" || in.lists.match(v.language, "vague-button", label) {
				tell(Finding{Where: in.place(v, "form", c.label), Text: c.label, Message: "The button does not say what it does. Let it name the act, such as “Save my choices” or “Refuse everything”."})
			}
		}
	}
}

func checkConfirmedNo(in *inspection, tell say) {
	in.sayForbidden(tell, "sure", "A no is doubted where a yes is not. Take it at once.", func(p passage, _ span) bool { return p.sheet == "form" })
	for _, v := range in.views {
		if refuse, ok := v.form.action("refuse-all"); ok {
			for _, name := range []string{"onclick", "formaction", "formmethod", "data-confirm"} {
				if value := attribute(refuse.at, name); value != "" {
					tell(Finding{Where: "form." + v.Language, Text: name, Message: "The button to refuse goes another way than the one to save. Let both do the same."})
				}
			}
		}
	}
}

func checkBalancedWords(in *inspection, tell say) {
	for _, v := range in.views {
		save, refuse, both := buttons(v.form)
		if !both {
			continue
		}
		a, b := len([]rune(save.label)), len([]rune(refuse.label))
		if 2*max(a, b) > 3*min(a, b) {
			tell(Finding{Where: "form." + v.Language, Text: save.label + " / " + refuse.label, Message: "One button says half as much again as the other. Use about as many words for both."})
		}
	}
}
