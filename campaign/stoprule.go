package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Figures count how deliveries ended, of a campaign as a whole or to one mailbox provider, since the
// campaign was started or a person last resumed it.
type Figures struct {
	Ended      int `json:"ended"` // with an answer that speaks of the message; a "try again later" is none
	Hard       int `json:"hard"`
	Complaints int `json:"complaints"`
	Refused    int `json:"refused"` // for reasons of ours: policy, content, reputation
	Uncertain  int `json:"uncertain"`
}

// ProviderFigures are the figures of one mailbox provider.
type ProviderFigures struct {
	Provider string `json:"provider"`
	Figures
}

// Everyone stands for all mailbox providers where figures are told apart by provider.
const Everyone = ""

// Plus adds figures.
func (f Figures) Plus(g Figures) Figures {
	return Figures{f.Ended + g.Ended, f.Hard + g.Hard, f.Complaints + g.Complaints, f.Refused + g.Refused, f.Uncertain + g.Uncertain}
}

// figures are what the end of one delivery counts as.
func (o Outcome) figures() Figures {
	switch {
	case o.Hard:
		return Figures{Ended: 1, Hard: 1}
	case o.Kind == OutcomeUncertain:
		return Figures{Ended: 1, Uncertain: 1}
	case o.Relay || o.Kind == OutcomeRefused:
		return Figures{Ended: 1, Refused: 1}
	case o.Kind == OutcomeSent:
		return Figures{Ended: 1}
	}
	return Figures{}
}

// Threshold says how many are too many: Reached is asked for n of all.
type Threshold interface {
	Reached(n, all int) bool
	fmt.Stringer
}

// StopRule pauses a campaign when one sort of bad end reaches its threshold, over all messages or over
// those to one mailbox provider.
type StopRule struct {
	Setting   string // where its threshold is set
	What      string // what it counts, for people; see the constants
	Threshold Threshold
}

// What stop rules count.
const (
	StopBounces    = "hard bounces"
	StopComplaints = "complaints"
	StopRefusals   = "refusals for a reason of ours"
	StopUncertain  = "messages of unknown outcome"
)

// counted is the figure that a rule looks at.
func (r StopRule) counted(f Figures) int {
	switch r.What {
	case StopBounces:
		return f.Hard
	case StopComplaints:
		return f.Complaints
	case StopRefusals:
		return f.Refused
	}
	return f.Uncertain
}

// tripped is the reason to pause that some figures give, or "". Where one mailbox provider alone is enough of
// a reason it is named, of several the one with most messages; else all messages are looked at.
func tripped(rules []StopRule, by map[string]Figures) string {
	providers := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		if (a == Everyone) != (b == Everyone) {
			return cmp.Compare(b, a)
		}
		return cmp.Or(cmp.Compare(by[b].Ended, by[a].Ended), cmp.Compare(a, b))
	})
	for _, p := range providers {
		for _, r := range rules {
			n := r.counted(by[p])
			if all := max(n, by[p].Ended); r.Threshold.Reached(n, all) { // an end that a crash took is in no figure
				return r.reason(p, n, all)
			}
		}
	}
	return ""
}

// earlierly is a reason that messages from before the last resume give.
func earlierly(reason string) string {
	if rest, is := strings.CutPrefix(reason, "stop rule: "); is {
		return "stop rule on messages from before the last resume: " + rest
	}
	return reason
}

// toldIn reports whether a reason is one that the rule gives.
func (r StopRule) toldIn(reason string) bool {
	return strings.HasPrefix(reason, "stop rule") && strings.Contains(reason, ": "+r.What+" are ")
}

func (r StopRule) reason(provider string, n, all int) string {
	if provider == Everyone {
		return fmt.Sprintf("stop rule: %s are %d of %d messages; %s is %s; look into it, then resume", r.What, n, all, r.Setting, r.Threshold)
	}
	return fmt.Sprintf("stop rule: %s are %d of %d messages to %s; %s is %s; look into it, then resume", r.What, n, all, provider, r.Setting, r.Threshold)
}
