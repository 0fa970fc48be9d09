package lint

import (
	"fmt"
	"strings"
)

// launchRules judge what the house knows of a stored campaign; of a mere file they say nothing.
func launchRules() []rule {
	return []rule{
		{about("CAMP-001", Error, "settings", "a named approver of exactly this content", "GDPR art. 5(2)"), checkApproved},
		{about("CAMP-002", Error, "audience", "people who may not be asked, or an audience changed since the approval", "directive 2002/58/EC art. 13; GDPR art. 6, 21(3)"), checkMailable},
		{about("CAMP-003", Error, "audience", "people who were asked before", "GDPR art. 5(1)(a), 21(3)"), checkAskedBefore},
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
		if l.Unmailable > 0 {
			tell(Finding{Where: "audience", Text: fmt.Sprintf("%d people", l.Unmailable), Message: "The audience holds people who may not be asked by e-mail: they said no, or nothing shows that they ever said yes. Leave them out."})
		}
		if l.Changed {
			tell(Finding{Where: "audience", Message: "The audience is another than the one that was approved. Have it approved again."})
		}
	})
}

func checkAskedBefore(in *inspection, tell say) {
	in.launched(func(l Launch) {
		if l.AskedBefore > 0 {
			tell(Finding{Where: "audience", Text: fmt.Sprintf("%d people", l.AskedBefore), Message: "The audience holds people who were asked before. Nobody is asked twice."})
		}
	})
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
