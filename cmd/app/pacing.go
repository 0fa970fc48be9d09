package app

import (
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/schedule"
)

// stopRules are those that are not off. What cannot be read was refused by the check of the configuration.
func stopRules(s config.Sending) (rules []campaign.StopRule) {
	for _, r := range []struct{ setting, what, text string }{
		{"sending.stop_bounces", campaign.StopBounces, s.StopBounces}, {"sending.stop_complaints", campaign.StopComplaints, s.StopComplaints},
		{"sending.stop_refusals", campaign.StopRefusals, s.StopRefusals}, {"sending.stop_uncertain", campaign.StopUncertain, s.StopUncertain},
	} {
		if t, err := schedule.ParseThreshold(r.text); err == nil && t.Least > 0 {
			rules = append(rules, campaign.StopRule{Setting: r.setting, What: r.what, Threshold: t})
		}
	}
	return rules
}

// A wave that is given as a share has at least and at most so many people (COMPLIANCE E.4).
const (
	canaryLeast = 50
	canaryMost  = 500
)

// canary is the first wave of large campaigns.
func canary(s config.Sending) campaign.Canary {
	part, err := schedule.ParsePart(s.Canary)
	if err != nil || part == (schedule.Part{}) {
		return campaign.Canary{}
	}
	return campaign.Canary{Of: func(all int) int { return part.Of(all, canaryLeast, canaryMost) }, Wait: s.CanaryWait}
}

// apart is the time between two messages to one mailbox provider.
func apart(s config.Sending) time.Duration {
	rate, err := schedule.ParseRate(s.DomainRate)
	if err != nil {
		return 0
	}
	return rate.Interval()
}
