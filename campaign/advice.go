package campaign

import (
	"slices"
	"strings"
)

// advice is what to do about the people whom some rows decided, where class and route are these; the zero
// ones stand for all.
type advice struct {
	codes string
	class Class
	route Route
	text  string
}

func step(codes string, class Class, route Route, text string) advice {
	return advice{codes, class, route, text}
}

// steps are read in their order; the first that fits counts.
func steps() []advice {
	return []advice{
		step("T-00", OptedIn, "", "Do not ask again: answer and proof are in the ledger."),
		step("T-00", OptedOut, "", "Never write to them about marketing again, and take the no over into the other systems."),
		step("T-00", Doubtful, "", "Wait for the deadline: no reminder may be sent."),
		step("T-00", Unusable, "", "Stop marketing to them, and erase what no other reason keeps."),
		step("", OptedOut, "", "Never write to them again, keep them on the never-write list, and take the no over into the other systems."),
		step("T-07", "", "", "Finish the request for erasure or restriction; nothing may be sent meanwhile."),
		step("T-08", "", "", "Delete the record, and tell customer service."),
		step("T-09", "", "", "Take minors out of the marketing base."),
		step("T-10", "", "", "Take internal addresses out of the marketing base."),
		step("T-12", "", "", "Nothing more may be asked; bring the records of the person together."),
		step("T-13", "", "", "Delete these addresses, and note who supplied them."),
		step("T-21", "", "", "Have a person hold the proof of the later yes against the earlier no."),
		step("T-20", "", "", "Find the dated record behind the columns; until then the most protective one counts."),
		step("T-68", "", "", "Let the data-protection officer decide whether a consent can be free here."),
		step("T-18", Doubtful, "", "Have a person look at them; do not try the mailbox by writing to it."),
		step("T-69", "", "", "Have a person look at them: no row of the table fits."),
		step("T-16 T-17 T-18", "", "", "Delete the address; a person's own mailbox may be asked for at the next contact."),
		step("T-01 T-15 T-66", Unusable, "", "Take the mailbox out of the base; another may be asked for at the next contact."),
		step("T-22", "", "", "Erase them, or archive what a law wants kept."),
		step("T-23", "", "", "Look for a date in the system that they came from; without one, delete them."),
		step("T-34", "", "", "Do not use the new address: a consent does not move with the person."),
		step("T-30", "", "", "Do not ask: keep the proof with the contact."),
		step("T-31 T-32", "", "", "They may be written to today; one message may refresh the consent."),
		step("T-40 T-43 T-44 T-46 T-64", "", "", "They may be written to today, with a way to object in each message; a campaign asks them only where it says so."),
		step("T-50", "", RouteEmail, "Look for the missing proof first: whoever has it need not be asked. Ask the others once by e-mail, after the sign-off."),
		step("", "", RouteEmail, "Ask once by e-mail, after the sign-off."),
		step("T-01 T-15 T-66", "", RouteLetter, "Ask once by letter: no mailbox of theirs can be used."),
		step("", "", RouteLetter, "Ask once by letter: an e-mail would itself need a consent."),
		step("", "", RouteOnsite, "Ask when they next come by themselves, in a shop or after a login."),
		step("T-58", "", "", "Let them subscribe anew by themselves; never repeat the confirmation message."),
		step("T-53 T-54 T-55", "", "", "Stop writing to them, delete them unless another basis holds, and mend the form that they came by."),
		step("T-59", "", "", "Stop marketing to them. Look in the system that they came from for a yes with its date, its source and its channel; without one, delete them."),
		step("T-57 T-65", "", "", "Stop marketing to them. Look for a proof in the system that they came from; without one, delete them."),
	}
}

// Next is what to do about the people of a reason.
func (r AuditReason) Next() string { return nextStep(r.Code, r.Class, r.Route) }

// nextStep is what to do about people with a verdict; "" for none.
func nextStep(code string, class Class, route Route) string {
	for _, s := range steps() {
		if (s.codes == "" || slices.Contains(strings.Fields(s.codes), code)) && (s.class == "" || s.class == class) && (s.route == "" || s.route == route) {
			return s.text
		}
	}
	return ""
}
