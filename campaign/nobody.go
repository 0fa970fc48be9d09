package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// saidReasons is how many reasons a sentence gives for there being nobody to ask.
const saidReasons = 3

// nobody says why a campaign has no one to ask, and the setting that would change it.
func nobody(c Campaign, f Funnel) error {
	text := "campaign {name} has nobody to ask among {n} contacts"
	if f.Imported == 1 {
		text = "campaign {name} has nobody to ask among {n} contact"
	}
	if len(f.Minus) > 0 {
		text += ": {reasons}"
	}
	return fault.New(fault.Invalid, "campaign.nobody", text, "name", c.Name, "n", f.Imported, "reasons", f.reasons()).Hint(f.Advice())
}

// reasons are the largest ones with how many they are.
func (f Funnel) reasons() string {
	var out []string
	rest := 0
	for n, s := range f.Minus {
		if n < saidReasons {
			out = append(out, fmt.Sprintf("%d × %s (%s)", s.Contacts, strings.TrimSuffix(s.Reason, "."), s.Code))
		} else {
			rest += s.Contacts
		}
	}
	if rest > 0 {
		out = append(out, fmt.Sprintf("%d for other reasons, which reoptin campaign audience %s shows", rest, f.Campaign))
	}
	return strings.Join(out, "; ")
}

// Advice is what would give a campaign somebody to ask.
func (f Funnel) Advice() string {
	if f.Imported == 0 {
		return "reoptin contacts import FILE"
	}
	if f.Unposted > 0 {
		return addLetter
	}
	for _, s := range f.Minus { // the largest reason that a person could do something about
		if way := s.remedy(); way != "" {
			return way
		}
	}
	if slices.ContainsFunc(f.Minus, func(s FunnelStep) bool { return s.Code == "T-00" }) {
		return "they were asked before, and nobody is asked twice: no setting changes that"
	}
	return "none of them may be asked: no setting changes that"
}

const addLetter = `they may be asked by letter: add "letter" to audience.routes in the campaign file; letters need no relay`

// Next is what to do about the people of a step.
func (s FunnelStep) Next() string {
	if s.Code == notAskedRoute {
		return cmp.Or(s.remedy(), nextStep("", s.Class, Route(s.word)))
	}
	return cmp.Or(s.remedy(), nextStep(s.Code, s.Class, RouteNone))
}

// remedy is what would let a campaign ask the people of a step: a setting, or facts that a base may lack and another
// system know; "" where nothing would.
func (s FunnelStep) remedy() string {
	switch s.Code {
	case noPolicy:
		return "no signed policy allows e-mail in these countries: [policy.country.XX] mode in the organisation file, then reoptin organisation apply FILE"
	case notAskedGroup:
		return fmt.Sprintf(`add "%s" to audience.ask in the campaign file`, s.word)
	case notAskedActive:
		return "audience.active_within in the campaign file is shorter than their silence"
	case notAskedRoute:
		switch Route(s.word) {
		case RouteLetter:
			return addLetter
		case RouteEmail:
			return `add "email" to audience.routes in the campaign file`
		}
		return ""
	}
	if reachable := strings.Fields("T-01 T-15 T-66"); s.Class == Unusable && slices.Contains(reachable, s.Code) {
		return "a postal address may let them be asked by letter: address_line1, postal_code and city of an import"
	}
	if fields := missedFields(s.Code, s.Class); fields != "" {
		return fmt.Sprintf("%s An import takes it as %s.", nextStep(s.Code, s.Class, RouteNone), fields)
	}
	return ""
}

// missedFields are those of an import that say what a row misses, where finding it may let its people be asked.
func missedFields(code string, class Class) string {
	switch {
	case code == "T-59":
		return "consent_status, consent_at, consent_source, consent_channels"
	case code == "T-57", code == "T-65":
		return "consent_at, consent_method, consent_text, consent_proof"
	case code == "T-23":
		return "collected_at, consent_at, last_inbound_at, last_purchase_at"
	case code == "T-20" && class == Doubtful:
		return "consent_at, optout_at"
	}
	return ""
}
