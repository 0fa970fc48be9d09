package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// launchRules judge what the house knows of a stored campaign; of a mere file they say nothing.
func launchRules() []rule {
	return []rule{
		{about("CAMP-001", Error, "settings", "a named approver of exactly this content", "GDPR art. 5(2)"), checkApproved},
		{about("CAMP-002", Error, "audience", "people who may not be asked: an error; about people who came or left since the approval, a warning", "directive 2002/58/EC art. 13; GDPR art. 6, 21(3)"), checkMailable},
		{about("CAMP-003", Error, "audience", "people who were asked before: an error; of a running campaign, a warning", "GDPR art. 5(1)(a), 21(3)"), checkAskedBefore},
		{about("CAMP-010", Warning, "audience", "an audience of nobody, or people left out for want of a letter", "GDPR art. 5(1)(a), fairness"), checkSomebody},
		{about("CAMP-004", Error, "audience", "lists of people who must not be written to that are over a day old", "GDPR art. 21(3); directive 2000/31/EC art. 7(2)"), checkStaleLists},
		{about("EVID-001", Error, "settings", "every text that people are shown is kept before the first is sent", "GDPR art. 7(1); EDPB Guidelines 05/2020, par. 108"), checkKept},
		{about("SND-002", Warning, "settings", "a new sender with over 1,000 people a day and no warm-up", "deliverability"), checkRamp},
	}
}

// launched judges what the house knows, if it knows anything.
func (in *inspection) launched(judge func(Launch)) {
	if in.Launch != nil {
		judge(*in.Launch)
	}
}

// people is a number of them.
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func checkApproved(in *inspection, tell say) {
	in.launched(func(l Launch) {
		switch {
		case l.ApprovedHash == "": // a draft: the start asks for the approval
		case strings.TrimSpace(l.ApprovedBy) == "":
			tell(Finding{Where: "approval", Message: "The approval names nobody. Have a named person approve."})
		case l.ApprovedHash != l.ContentHash:
			tell(Finding{Where: "approval", Message: "What was approved is not what stands now. Have it approved again."})
		}
	})
}

func checkMailable(in *inspection, tell say) {
	in.launched(func(l Launch) {
		if l.Unmailable > 0 && l.Begun {
			tell(Finding{Severity: Warning, Where: "audience", Text: people(l.Unmailable), Message: "People who are planned may no longer be asked. Each is left out when their turn comes; there is nothing to do."})
		} else if l.Unmailable > 0 {
			tell(Finding{Where: "audience", Text: people(l.Unmailable), Message: "The audience holds people who may not be asked by e-mail: they said no, or nothing shows that they ever said yes. Leave them out."})
		}
		if l.Joined > 0 {
			// The approval is of the rule by which people are chosen, so that it still holds.
			tell(Finding{Severity: Warning, Where: "audience", Text: people(l.Joined), Message: "People came into the audience after the approval. Have it approved again if they were not expected."})
		}
	})
}

func checkAskedBefore(in *inspection, tell say) {
	in.launched(func(l Launch) {
		if l.AskedBefore > 0 && l.Begun {
			tell(Finding{Severity: Warning, Where: "audience", Text: people(l.AskedBefore), Message: "People who are planned were asked by another campaign meanwhile. Each is left out when their turn comes: nobody is asked twice."})
		} else if l.AskedBefore > 0 {
			tell(Finding{Where: "audience", Text: people(l.AskedBefore), Message: "The audience holds people who were asked before. Nobody is asked twice."})
		}
	})
}

func checkSomebody(in *inspection, tell say) {
	in.launched(func(l Launch) {
		if !l.Counted || l.Begun {
			return
		}
		if l.ToAsk == 0 {
			tell(Finding{Where: "audience", Message: "The campaign asks nobody. reoptin campaign audience says why, reason by reason."})
		}
		if l.Unposted > 0 {
			f := Finding{Where: "audience.routes", Text: people(l.Unposted), Message: "People who may be asked by letter only are left out, since routes has no letter. Add it to ask them too; letters need no relay."}
			if l.ToAsk > 0 {
				f.Severity = Info
			}
			tell(f)
		}
	})
}

// many says whether some of those to ask are enough to speak of: one in twenty.
func (l Launch) many(n int) bool { return n > 0 && n*20 >= l.ToAsk }

// checkTheirHolidays looks at the calendars of those who are asked, where the organisation's own has no holiday.
func checkTheirHolidays(in *inspection, tell say) {
	in.launched(func(l Launch) {
		if in.Deadline.IsZero() || weekend(in.Deadline) || Holiday(in.Controller.Country, in.Deadline) {
			return
		}
		var where []string
		for _, country := range mostFirst(l.Countries) {
			if n := l.Countries[country]; l.many(n) && Holiday(country, in.Deadline) {
				where = append(where, fmt.Sprintf("%s %d", country, n))
			}
		}
		if len(where) > 0 {
			tell(Finding{Severity: Warning, Where: "schedule.deadline", Text: in.Deadline.Format(time.DateOnly) + ": " + strings.Join(where, ", "),
				Message: "The last day to answer is a public holiday where many of those asked live. Choose a day that is a working day for them too."})
		}
	})
}

// checkTheirTongues wants the languages of those who are asked. It only warns: nobody could be left out by their
// language, so that an error would keep everybody else from being asked.
func checkTheirTongues(in *inspection, tell say) {
	in.launched(func(l Launch) {
		for _, tongue := range mostFirst(l.Tongues) {
			n := l.Tongues[tongue]
			if !l.many(n) || slices.ContainsFunc(in.Languages, func(own string) bool { return primary(own) == tongue }) {
				continue
			}
			f := Finding{Severity: Warning, Where: "languages", Text: fmt.Sprintf("%s: %d %%", tongue, n*100/l.ToAsk),
				Message: "Many of those asked have a language that the campaign does not speak; they would be asked in its first. Write message and form in it too."}
			if !slices.Contains(tongues[:], tongue) {
				f.Severity, f.Message = Info, "Many of those asked have a language that there are no forms in; they would be asked in the campaign's first."
			}
			tell(f)
		}
	})
}

// mostFirst are the names that count most people first.
func mostFirst(by map[string]int) []string {
	return slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(by[b]-by[a], strings.Compare(a, b)) })
}

func checkStaleLists(in *inspection, tell say) {
	in.launched(func(l Launch) {
		for _, name := range l.Stale {
			tell(Finding{Where: "suppression", Text: name, Message: "The newest version of this list is over a day old. Import today's before anything is sent."})
		}
	})
}

func checkKept(in *inspection, tell say) {
	in.launched(func(l Launch) {
		for _, name := range l.Lost {
			tell(Finding{Where: "approval", Text: name, Message: "This text is not kept, so what people were shown could not be proven. Approve again."})
		}
	})
}

func checkRamp(in *inspection, tell say) {
	in.launched(func(l Launch) {
		if l.Fresh && min(l.People, in.Rate) > 1000 {
			tell(Finding{Where: "schedule.rate", Text: fmt.Sprintf("%d a day", min(l.People, in.Rate)), Message: "The sender is new and would write to over 1,000 people a day, which providers take for spam. Set a warm-up or a slower rate."})
		}
	})
}
