package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/expression"
)

// campaignRules judge the settings of the round itself.
func campaignRules() []rule {
	return []rule{
		{about("CAMP-006", Error, "settings, message", "more than one message to a person, or the announcement of another", "GDPR art. 5(1)(a), 21(3)"), checkOnce},
		{about("CAMP-005", Error, "settings", "a contact policy that is used without its justification", "GDPR art. 5(2); national law on electronic mail"), checkPolicies},
		{about("CAMP-007", Warning, "settings", "people asked although their consent is valid", "EDPB Guidelines 05/2020, par. 110-111"), checkAskedValid},
		{about("CAMP-008", Warning, "settings", "a last day to answer that is over: an error; time to answer under 14 or over 60 days, or ending on a weekend or a holiday in the country of the organisation or of many who are asked", "GDPR art. 5(1)(a), fairness"), checkAnswerTime},
		{about("CAMP-009", Warning, "settings", "sending before 08:00, after 20:00 or on a Sunday", "GDPR art. 5(1)(a), fairness"), checkQuietHours},
	}
}

func checkPolicies(in *inspection, tell say) {
	for _, country := range slices.Sorted(maps.Keys(in.Unpolicied)) {
		mend := " Set its mode to P2, or state justification, approved_by and approved_at."
		switch {
		case in.Closed[country] && in.Lower[country]:
			mend = " Set its mode to P1 or P2; P1 needs justification, approved_by and approved_at."
		case in.Closed[country]:
			mend = " Set its mode to P2."
		}
		tell(Finding{Where: "organisation.policy.country." + country, Text: country,
			Message: "The contact policy for " + country + " may not be used: " + in.Unpolicied[country] + "." + mend})
	}
}

func checkOnce(in *inspection, tell say) {
	if in.Messages > 1 {
		tell(Finding{Where: "schedule", Text: fmt.Sprintf("%d messages", in.Messages), Message: "People would get more than one message. One question is asked once; a reminder presses."})
	}
	in.sayForbidden(tell, "reminder", "This announces another message, or is one. One question is asked once; a reminder presses.", in.undenied)
}

func checkAskedValid(in *inspection, tell say) {
	if in.AskedValid {
		tell(Finding{Where: "audience.ask", Message: "The audience takes in people whose consent is valid. Asking again may only cost it: leave them out."})
	}
}

func checkAnswerTime(in *inspection, tell say) {
	if in.Deadline.IsZero() {
		return // INFO-008 reports a missing date
	}
	from := in.Start
	if from.IsZero() {
		from = in.Today
	}
	begun := in.Launch != nil && in.Launch.Begun // what is left is less by the day, and nothing can change it
	if !begun && !in.Today.IsZero() && dayOf(in.Deadline).Before(dayOf(in.Today)) {
		tell(Finding{Severity: Error, Where: "schedule.deadline", Text: in.Deadline.Format(time.DateOnly), Message: "The last day to answer is over: nobody could answer any more. Choose a later one."})
		return
	}
	if !begun && !from.IsZero() {
		// Calendar days, so that a change to summer time does not count as a day less.
		days := int(dayOf(in.Deadline).Sub(dayOf(from)).Hours() / 24)
		if days < 14 || days > 60 {
			tell(Finding{Where: "schedule.deadline", Text: fmt.Sprintf("%d days", days),
				Message: "People have fewer than 14 or more than 60 days to answer. About 30 days is fair."})
		}
	}
	if weekend(in.Deadline) {
		tell(Finding{Where: "schedule.deadline", Text: in.Deadline.Weekday().String(),
			Message: "The last day to answer is on a weekend. Choose a working day, when somebody can help."})
	} else if Holiday(in.Controller.Country, in.Deadline) {
		tell(Finding{Where: "schedule.deadline", Text: in.Deadline.Format(time.DateOnly),
			Message: "The last day to answer is a public holiday. Choose a working day, when somebody can help."})
	}
	checkTheirHolidays(in, tell)
}

func weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

// dayOf gives the calendar day of a time, as midnight UTC.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// windowForm is "Mon-Fri 09:00-19:00".
var windowForm = expression.Of(`^(?:([A-Za-z,\- ]+?)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$`)

func checkQuietHours(in *inspection, tell say) {
	if in.Window == "" {
		return
	}
	message := "Messages may leave before 08:00, after 20:00 or on a Sunday. Choose hours such as Mon-Fri 09:00-19:00."
	for _, window := range strings.FieldsFunc(in.Window, func(r rune) bool { return r == ';' }) {
		m := windowForm.FindStringSubmatch(strings.TrimSpace(window))
		if m == nil {
			continue
		}
		start, end := minutes(m[2], m[3]), minutes(m[4], m[5])
		if start < 8*60 || end > 20*60 || end <= start || onSunday(cmp.Or(m[1], "Mon-Sun")) {
			tell(Finding{Where: "schedule.window", Text: in.Window, Message: message})
		}
	}
}

// minutes reads hours and minutes that a pattern has found to be digits.
func minutes(hour, minute string) int {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	return h*60 + m
}

// onSunday says whether a list of days such as "Mon-Sat" or "Fri-Mon" holds Sunday.
func onSunday(days string) bool {
	week := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	index := func(name string) int {
		name = strings.ToLower(strings.TrimSpace(name))
		return slices.IndexFunc(week, func(day string) bool { return strings.HasPrefix(name, day) })
	}
	for part := range strings.SplitSeq(days, ",") {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		a, b := index(first), index(last)
		if b == 6 || a == 6 || (a >= 0 && b >= 0 && b < a) {
			return true
		}
	}
	return false
}
