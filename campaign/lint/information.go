package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// informationRules ask for what a person must be told (GDPR art. 7(3), 12 to 14, 21(4)).
func informationRules() []rule {
	return []rule{
		{about("ORIG-001", Error, "message", "why this person gets the message", "GDPR art. 14(2)(f)"), checkOrigin},
		{about("INFO-001", Error, "message, form", "link to the privacy notice", "GDPR art. 13, 7(1)"), checkNotice},
		{about("INFO-002", Error, "message, form", "right to withdraw at any time, before the buttons", "GDPR art. 7(3)"), checkWithdrawal},
		{about("INFO-003", Error, "message, form", "withdrawal that needs a login, a reason or a fee", "GDPR art. 7(3)"), checkEasyWithdrawal},
		{about("INFO-004", Error, "message, form", "how long data are kept after a yes and after a no", "GDPR art. 13(2)(a)"), checkRetention},
		{about("INFO-005", Error, "message, form", "the six rights", "GDPR art. 13(2)(b)"), checkRights},
		{about("INFO-006", Error, "message, form", "supervisory authority", "GDPR art. 13(2)(d)"), checkAuthority},
		{about("INFO-007", Error, "message", "objection in a block of its own", "GDPR art. 21(4)"), checkObjection},
		{about("INFO-008", Error, "message", "what happens without an answer, and the date", "GDPR recital 32"), checkNoAnswer},
		{about("INFO-009", Error, "message, form", "every recipient and transfer that is configured is named", "GDPR art. 13(1)(e), (f)"), checkRecipients},
		{about("INFO-010", Warning, "message, form", "statement on profiling and tracking", "GDPR art. 13(2)(f)"), checkProfiling},
		{about("INFO-011", Error, "message, form", "each language of the campaign, in that language: an error; and the languages of many who are asked: a warning", "GDPR art. 12(1)"), checkLanguage},
		{about("INFO-012", Warning, "message", "legal basis", "GDPR art. 13(1)(c)"), checkLegalBasis},
		{about("INFO-013", Error, "message", "the answer is free and changes nothing else", "GDPR recital 42, art. 13(2)(e)"), checkFreeAnswer},
		{about("INFO-014", Error, "form", "which data are used", "GDPR art. 14(1)(d)"), checkDataUsed},
		{about("INFO-015", Error, "message", "link to the form", "GDPR art. 7(2)"), checkChooseLink},
	}
}

func checkOrigin(in *inspection, tell say) {
	for _, v := range in.views {
		v.need(tell, in.speaks(v.language, "origin"), "does not say why this person gets it. Say where the address comes from, and since when.")
		for _, text := range []normal{v.message.visible, v.text} {
			for _, s := range sentences(text.text) {
				sentence := text.text[s.start:s.end]
				if in.lists.match(v.language, "origin", sentence) && in.lists.match(v.language, "empty-source", sentence) {
					words := text.words(s.start, s.end)
					tell(Finding{Where: in.place(v, "message", words), Text: words,
						Message: "The sentence that says where the address comes from has a gap for somebody whose source is unknown. Write it so that it holds without."})
				}
			}
		}
	}
}

func checkNotice(in *inspection, tell say) {
	wanted := in.Controller.PrivacyURL
	if wanted == "" {
		tell(Finding{Where: "organisation.privacy_url", Message: "The organisation has no privacy notice. Set privacy_url in the organisation file."})
		return
	}
	if address(wanted).Scheme != "https" && !loopback(wanted) {
		tell(Finding{Where: "organisation.privacy_url", Text: wanted, Message: "The privacy notice is not served by https."})
	}
	linked := func(p *page) bool {
		for _, l := range p.links {
			if sameURL(l.href, wanted) {
				return true
			}
		}
		return false
	}
	for _, v := range in.views {
		if !linked(v.message) || !strings.Contains(v.Message.Text, strings.TrimSuffix(wanted, "/")) {
			tell(Finding{Where: "message." + v.Language, Message: "The message does not link to the privacy notice in both its parts."})
		}
		if !linked(v.form) {
			tell(Finding{Where: "form." + v.Language, Message: "The form does not link to the privacy notice."})
		}
	}
}

// sameURL compares two links without a last slash.
func sameURL(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

// withdraws says whether one sentence tells of the withdrawal and that it is always open.
func (in *inspection) withdraws(language string) func(normal) bool {
	return func(n normal) bool {
		if !in.lists.has(language, "any-time") {
			return in.speaks(language, "withdraw")(n)
		}
		for _, s := range sentences(n.text) {
			sentence := n.text[s.start:s.end]
			if in.lists.match(language, "withdraw", sentence) && in.lists.match(language, "any-time", sentence) {
				return true
			}
		}
		return false
	}
}

func checkWithdrawal(in *inspection, tell say) {
	for _, v := range in.views {
		v.need(tell, in.withdraws(v.language), "does not say that a yes can be withdrawn at any time.")
		before := normalise(tidy(v.form.textBeforeButtons()))
		v.needForm(tell, func(normal) bool { return in.withdraws(v.language)(before) },
			"does not say, before its buttons, that a yes can be withdrawn at any time.")
	}
}

// textBeforeButtons gives the visible text up to the first submit button.
func (p *page) textBeforeButtons() string {
	buttons := p.submits()
	if len(buttons) == 0 {
		return p.visible.origin
	}
	var b strings.Builder
	for n := range p.root.Descendants() {
		if n == buttons[0].at {
			break
		}
		if n.Type == html.ElementNode && blocks.MatchString(n.Data) {
			b.WriteByte('\n')
		}
		if n.Type == html.TextNode && !concealedBy(n.Parent) {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

func checkEasyWithdrawal(in *inspection, tell say) {
	in.sayForbidden(tell, "login-to-withdraw", "Withdrawing is harder than agreeing. Ask for no login, reason, letter or fee.", nil)
	for _, v := range in.views {
		for _, c := range append(v.form.controls, v.thanks.controls...) {
			if c.kind == "password" {
				tell(Finding{Where: "form." + v.Language, Text: c.name, Message: "The form asks for a password. An answer, and taking it back, needs the link only."})
			}
		}
	}
}

// near says whether two classes stand within some characters of each other.
func (in *inspection) near(language, one, other string, distance int) func(normal) bool {
	return func(n normal) bool {
		if !in.lists.has(language, one) || !in.lists.has(language, other) {
			return true
		}
		others := in.lists.find(language, other, n.text)
		for _, s := range in.lists.find(language, one, n.text) {
			if (span{s.start - distance, s.end + distance}).overlapsAny(others) {
				return true
			}
		}
		return false
	}
}

func checkRetention(in *inspection, tell say) {
	for _, v := range in.views {
		yes := in.near(v.language, "keep", "duration", 100)
		no := func(n normal) bool {
			return in.near(v.language, "if-no", "erase", 100)(n) || in.near(v.language, "if-no", "keep", 60)(n)
		}
		v.need(tell, yes, "does not say how long data are kept after a yes.")
		v.need(tell, no, "does not say what is kept after a no.")
		v.needForm(tell, yes, "does not say how long data are kept after a yes.")
		v.needForm(tell, no, "does not say what is kept after a no.")
	}
}

// rights are the classes of the six rights with their names for people.
var rights = [6][2]string{{"right-access", "access"}, {"right-rectify", "rectification"}, {"right-erase", "erasure"},
	{"right-restrict", "restriction"}, {"right-portability", "portability"}, {"right-object", "objection"}}

// missingRights gives the rights that no stretch of 500 characters names together with most others.
func (in *inspection) missingRights(language string, n normal) []string {
	var places [len(rights)][]span
	best := []string{}
	for i, right := range rights {
		places[i] = in.lists.find(language, right[0], n.text)
		best = append(best, right[1])
	}
	for _, anchors := range places {
		for _, s := range anchors {
			around := span{s.start - 250, s.end + 250}
			var missing []string
			for i, right := range rights {
				if !around.overlapsAny(places[i]) {
					missing = append(missing, right[1])
				}
			}
			if len(missing) < len(best) {
				best = missing
			}
		}
	}
	return best
}

func checkRights(in *inspection, tell say) {
	for _, v := range in.views {
		if !in.lists.has(v.language, "right-access") {
			continue
		}
		for _, t := range []struct {
			sheet, name string
			text        normal
		}{{"message", "The HTML part of the message", v.message.visible}, {"message", "The text part of the message", v.text}, {"form", "The form", v.form.visible}} {
			if missing := in.missingRights(v.language, t.text); len(missing) > 0 {
				tell(Finding{Where: t.sheet + "." + v.Language, Message: fmt.Sprintf("%s does not name all rights in one place; missing: %s.", t.name, strings.Join(missing, ", "))})
			}
		}
	}
}

func checkAuthority(in *inspection, tell say) {
	if in.Controller.Authority == "" {
		tell(Finding{Where: "organisation.authority", Message: "No supervisory authority is set. Set authority in the organisation file."})
		return
	}
	for _, v := range in.views {
		v.need(tell, holds(in.Controller.Authority), "does not name the supervisory authority to complain to.")
		v.needForm(tell, holds(in.Controller.Authority), "does not name the supervisory authority to complain to.")
		// The Data (Use and Access) Act 2025 wants a complaint to the controller itself offered.
		if british(in.Controller.Country) {
			v.need(tell, in.speaks(v.language, "complain"), "does not say how to complain to the organisation itself.")
			v.needForm(tell, in.speaks(v.language, "complain"), "does not say how to complain to the organisation itself.")
		}
		for _, s := range []struct{ sheet, text string }{{"message", v.message.visible.text}, {"form", v.form.visible.text}} {
			in.foreignAuthority(v, s.sheet, s.text, tell)
		}
	}
}

// british says whether a country is the United Kingdom.
func british(country string) bool {
	return slices.Contains([]string{"GB", "UK"}, strings.ToUpper(country))
}

// authorities are the countries for which the authority of a class of names is the right one.
var authorities = map[string]string{"authority-fr": "FR", "authority-it": "IT", "authority-es": "ES", "authority-pt": "PT LU", "authority-nl": "NL", "authority-gb": "GB UK"}

// foreignAuthority reports an authority of another country than the controller's, unless it is the one that was set.
func (in *inspection) foreignAuthority(v *view, sheet, text string, tell say) {
	country := strings.ToUpper(in.Controller.Country)
	own := normalise(in.Controller.Authority).text
	for _, class := range slices.Sorted(maps.Keys(authorities)) {
		if country == "" || strings.Contains(authorities[class], country) || in.lists.match(v.language, class, own) {
			continue
		}
		for _, s := range in.lists.find(v.language, class, text) {
			found := text[s.start:s.end]
			tell(Finding{Where: in.place(v, sheet, found), Text: found, Message: "This is the supervisory authority of another country. Name the one that is set as authority."})
		}
	}
}

func checkNoAnswer(in *inspection, tell say) {
	if in.Deadline.IsZero() {
		tell(Finding{Where: "schedule.deadline", Message: "The campaign has no last day to answer. Set deadline."})
		return
	}
	for _, v := range in.views {
		v.need(tell, in.speaks(v.language, "no-answer"), "does not say what happens without an answer.")
		v.need(tell, func(n normal) bool {
			for _, form := range dateForms(v.language, in.Deadline) {
				// "12 avril" is not "2 avril".
				if i := strings.Index(n.text, form); i == 0 || i > 0 && (n.text[i-1] < '0' || n.text[i-1] > '9') {
					return true
				}
			}
			return false
		}, "does not show the last day to answer ("+in.Deadline.Format(time.DateOnly)+").")
	}
}

// dateForms gives the ways to write a day that people of a language read, folded.
func dateForms(language string, day time.Time) []string {
	y, m, d := day.Date()
	out := []string{day.Format(time.DateOnly)}
	if language != "en" {
		out = append(out, day.Format("02/01/2006"), day.Format("2/1/2006"), day.Format("02.01.2006"), day.Format("2.1.2006"))
	}
	names := strings.Fields(normalise(months[language]).text)
	if len(names) != 12 {
		return out
	}
	name := names[m-1]
	out = append(out, fmt.Sprintf("%d %s %d", d, name, y), fmt.Sprintf("%d. %s %d", d, name, y), fmt.Sprintf("%d de %s de %d", d, name, y),
		fmt.Sprintf("%s %d, %d", name, d, y), fmt.Sprintf("%02d %s %d", d, name, y))
	if d == 1 {
		out = append(out, fmt.Sprintf("1er %s %d", name, y))
	}
	return out
}

func checkRecipients(in *inspection, tell say) {
	for _, v := range in.views {
		for _, name := range in.Recipients {
			shown := holds(name)
			v.need(tell, shown, fmt.Sprintf("does not name a recipient of the data: %s.", name))
			v.needForm(tell, shown, fmt.Sprintf("does not name a recipient of the data: %s.", name))
		}
	}
}

func checkProfiling(in *inspection, tell say) {
	for _, v := range in.views {
		present := in.speaks(v.language, "no-tracking")
		v.need(tell, present, "does not say whether people are profiled or tracked.")
		v.needForm(tell, present, "does not say whether people are profiled or tracked.")
	}
}

func checkLegalBasis(in *inspection, tell say) {
	for _, v := range in.views {
		v.need(tell, in.speaks(v.language, "legal-basis"), "does not state its legal basis.")
	}
}

func checkFreeAnswer(in *inspection, tell say) {
	for _, v := range in.views {
		v.need(tell, in.speaks(v.language, "free-answer"), "does not say that the person is free to answer.")
		v.need(tell, in.speaks(v.language, "nothing-changes"), "does not say that the answer changes nothing else.")
	}
}

func checkDataUsed(in *inspection, tell say) {
	for _, v := range in.views {
		v.needForm(tell, in.speaks(v.language, "data-used"), "does not say which data are used.")
	}
}
