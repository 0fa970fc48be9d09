package campaign

import (
	"fmt"
	"time"
)

// The product's own constants (COMPLIANCE A.13), where the organisation states nothing else.
const (
	defaultRetention  = 36 // months after the last act of a person, or the end of a relationship
	defaultRefresh    = 36 // months after which a proven consent is worth refreshing
	defaultGrace      = 90 // days after the retention in which the one end-of-retention contact may be made
	silenceMonths     = 24 // months without a message after which a consent counts as silent
	pureSilenceMonths = 24 // months without a message after which a never active mailbox looks like a trap
	majority          = 18 // years
)

// gdprDay is the day from which the GDPR applies.
var gdprDay = NewDate(2018, time.May, 25)

// charityDay is the day from which British charities may collect for their soft opt-in.
var charityDay = NewDate(2026, time.February, 5)

// TimeLimit is a day on which a verdict turns: the last day on one side, the first on the other.
type TimeLimit struct {
	Name   string `json:"name"`
	Means  string `json:"means"`
	Value  string `json:"value"`
	Rows   string `json:"rows"`
	Source string `json:"source"`
}

// TimeLimits are the clocks of the decision table as they run for an organisation.
func TimeLimits(o Organisation) []TimeLimit {
	months := func(n int) string { return fmt.Sprintf("%d months", n) }
	kept := fmt.Sprintf("%d months and %d days", o.retention(), o.grace())
	out := []TimeLimit{
		{"deadline", "last day to answer a campaign; silence is a no from the next day on", "set by the campaign", "T-00", "GDPR rec. 32"},
		{"late_yes", "a fully proven yes of a later day than the no is looked at by a person; of the same day it is nothing", "1 day", "T-03, T-21", "GDPR art. 7(1), 21(3)"},
		{"majority", "age from which a person may be asked, on the day of the import", fmt.Sprintf("%d years", majority), "T-09", "GDPR art. 8, rec. 38; product"},
		{"trap", "a mailbox that nothing ever came from counts as a possible trap when no message went to it for longer", months(pureSilenceMonths), "T-18", "product"},
		{"retention", "the person's data may be here: since the last act, the collection or, of a customer, the end of the relationship", kept, "T-22", "CNIL référentiel gestion commerciale; GDPR art. 5(1)(e)"},
		{"letter", "a letter may be sent: since the same day", months(o.retention()), "T-42, T-51, T-53 and all that lead to a letter", "CNIL référentiel gestion commerciale; product"},
		{"lapse", "in Germany and Austria a consent that nobody used for longer is not relied on", months(silenceMonths), "T-31b", "AG München 161 C 12736/22"},
		{"refresh", "a proven consent that is older is refreshed", months(o.refresh()), "T-31", "EDPB 05/2020 § 111; product"},
		{"silence", "a proven consent without a message for longer is refreshed", months(silenceMonths), "T-31", "EDPB 05/2020 § 111; product"},
		{"gdpr", "a consent of an earlier day needs a record that names the purpose", gdprDay.String(), "T-57", "GDPR art. 99; EDPB 05/2020 § 165-169"},
		{"last_contact", "a doubtful person may be asked: since the last act that came from them", kept, "T-50, T-51", "CNIL référentiel gestion commerciale; the days are a choice of the product"},
		{"purchase", "a customer without proof of the offer may be asked by e-mail in mode P1: since the last purchase", months(o.retention()), "T-41", "CNIL référentiel gestion commerciale; product"},
		{"charity", "British charities may count details that were collected from this day on", charityDay.String(), "T-43", "DUAA 2025 s. 114"},
	}
	for _, l := range laws {
		country := l.countries[0]
		if l.softMonths > 0 {
			since := "the end of the relationship"
			if l.softSent {
				since = "the last message"
			}
			out = append(out, TimeLimit{"soft_" + country, "an existing customer may be written to: since the sale or " + since, months(l.softMonths), "T-40", l.source})
		}
		if l.purchase > 0 {
			out = append(out, TimeLimit{"purchase_" + country, "implied consent: since the purchase", months(l.purchase), "T-64", l.source},
				TimeLimit{"inquiry_" + country, "implied consent: since the inquiry", months(l.inquiry), "T-64", l.source})
		}
	}
	return out
}

func (o *Organisation) retention() int { return stated(o.RetentionMonths, defaultRetention) }
func (o *Organisation) refresh() int   { return stated(o.RefreshAfterMonths, defaultRefresh) }

// grace may be stated to be none.
func (o *Organisation) grace() int {
	if o.FrenchGraceDays != nil {
		return *o.FrenchGraceDays
	}
	return defaultGrace
}

func stated(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
