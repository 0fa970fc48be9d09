package app

import (
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
