package campaign

import "slices"

// The statuses of a claim.
const (
	statusYes     = "yes"
	statusPending = "pending"
	statusUnknown = "unknown"
)

// proven reports full proof of a free act: a yes with date, source and wording or double opt-in log,
// given by an act, not bundled and not rewarded. What is not known proves nothing (T-30), and neither does what
// somebody states: the file must hold all of it.
func (c *Claim) proven() bool {
	if !c.complete() || len(c.Stated) == 0 {
		return c.complete()
	}
	w := c.written()
	return w.complete()
}

func anyProven(claims []Claim) bool {
	return slices.ContainsFunc(claims, func(c Claim) bool { return c.proven() })
}

func (c *Claim) complete() bool {
	return c.Status == statusYes && !c.At.IsZero() && c.Source != "" && c.evidenced() && c.act() && c.Bundled == "no" && c.Incentive == "no"
}

// evidenced reports whether the wording is kept, or the log of a double opt-in: its click and where
// it is found.
func (c *Claim) evidenced() bool { return c.Text != "" || !c.DoubleAt.IsZero() && c.Proof != "" }

// act reports whether the yes was an act of the person that can be shown. What was said over the
// telephone is weak proof (T-60) and a pre-ticked box is none.
func (c *Claim) act() bool {
	switch c.Method {
	case "unticked_box", "double_opt_in", "paper":
		return true
	case "unknown", "":
		return !c.DoubleAt.IsZero()
	}
	return false
}

// lack is what is missing for full proof: a bit for each of lackWords.
type lack uint16

// lackWords are in the words of the reason of T-50.
var lackWords = [...]string{"date", "source", "wording", "how it was given", "whether bundled", "whether rewarded", "purpose", "to whom", "channel"}

func lackOf(c *Claim, s scope) (l lack) {
	for n, missing := range [len(lackWords)]bool{c.At.IsZero(), c.Source == "", !c.evidenced(), !c.act(),
		c.Bundled == "", c.Incentive == "", s.purpose == unknown, s.controller == unknown, s.channel == unknown} {
		if missing {
			l |= 1 << n
		}
	}
	return l
}

func (l lack) words() (missing []string) {
	for n, word := range lackWords {
		if l&(1<<n) != 0 {
			missing = append(missing, word)
		}
	}
	return missing
}

// indicium is the first positive sign of consent that the facts hold, I1 to I6 of COMPLIANCE A.5, or
// "". A claim about another purpose, controller or channel is a sign of nothing here, and what somebody states is no sign.
func (v *view) indicium(bought bool) string {
	c, s := v.claim, v.scope
	if len(c.Stated) > 0 {
		w := c.written()
		c = &w
	}
	if c.Status != statusYes && c.Status != statusUnknown && c.Status != "" || s.purpose == other || s.controller == other || s.channel == other {
		return ""
	}
	switch {
	case !c.At.IsZero() && c.Source != "":
		return "I1"
	case !c.DoubleAt.IsZero():
		return "I2"
	case c.Method == "paper" && (c.Proof != "" || c.Source != ""), v.oral:
		return "I3"
	case c.Text != "" && (!c.At.IsZero() || !v.f.Collected.IsZero()):
		return "I4"
	case bought && v.f.OppositionOffered && !v.f.LastPurchase.IsZero():
		return "I5"
	case v.named2018():
		return "I6"
	}
	return ""
}

// named2018 is I6: an opt-in from before the GDPR that names the purpose.
func (v *view) named2018() bool {
	return !v.claim.At.IsZero() && v.claim.At.Before(gdprDay) && v.scope.purpose == same
}

// inScope reports that purpose, controller and channel are stated and ours.
func (v *view) inScope() bool { return v.scope.purpose == same && v.ourMarketing() }

// ourMarketing reports that the claim is stated to speak of marketing by e-mail by this controller or
// one it succeeded, be it in words that name marketing as a whole.
func (v *view) ourMarketing() bool {
	s := v.scope
	return (s.purpose == same || s.purpose == related) && s.channel == same && (s.controller == same || s.controller == related)
}

// worthRefreshing reports a proven consent that has aged (T-31).
func (v *view) worthRefreshing() bool {
	return v.older(v.claim.At, v.o.refresh()) || v.silent() || v.scope.controller == related
}

// silent reports two years without a message since the consent was given.
func (v *view) silent() bool {
	return v.older(later(v.claim.At, v.f.LastMarketing), silenceMonths)
}
