package campaign

import (
	"errors"
	"time"
)

// Campaigns that run at the same time have their turns one after the other. In its turn a campaign waits for its
// rate, and all others wait with it: at ten messages a minute one second of sending would be a minute of waiting. So only the
// fastest of those that can send waits within its turn, and that is short. The others never wait: they
// send what their rate has let become due meanwhile, and have no turn before there is something.

// share is what a campaign may do in its turn.
type share struct {
	turn  time.Duration // how long it lasts at most
	aside bool          // another one is faster: what is due is sent, and nothing waited for
	due   int           // ... which is so many
	house Limits        // of all campaigns together
}

// sharedTurn is how long a turn is while others wait for theirs.
const sharedTurn = 5 * time.Second

// EveryCampaign stands for all campaigns, which share the rate of the configuration.
const EveryCampaign CampaignID = 0

// share says of each campaign that runs what it may do now.
func (d *Desk) share(cs []Campaign) (map[CampaignID]share, error) {
	limits := map[CampaignID]Limits{}
	shares := map[CampaignID]share{}
	var fastest CampaignID
	var errs []error
	for _, c := range cs {
		if c.Status != Running {
			continue
		}
		l, err := d.bounds(c.File, c.Frozen.Organisation)
		house, bad := d.bounds(File{}, c.Frozen.Organisation)
		if errs = append(errs, err, bad); err != nil || bad != nil {
			continue
		}
		shares[c.ID] = share{turn: turnTime, house: house}
		if w := d.waits(c, l).For; w == "" || w == "rate" {
			if limits[c.ID] = l; fastest == 0 || l.faster(limits[fastest]) {
				fastest = c.ID
			}
		}
	}
	if len(limits) > 1 {
		for id := range limits {
			s := shares[id]
			s.turn, s.aside = sharedTurn, id != fastest
			shares[id] = s
		}
	}
	return shares, errors.Join(errs...)
}

// faster reports whether a rate lets more messages leave than another.
func (l Limits) faster(than Limits) bool {
	return float64(l.N)*float64(max(than.Per, 1)) > float64(than.N)*float64(max(l.Per, 1))
}

// every is how far apart messages of a campaign leave.
func (l Limits) every() time.Duration { return max(l.Per/time.Duration(max(l.N, 1)), 1) }

// limit sets the rate of a turn: that of all together, and of who waits for it the campaign's own.
func (s share) limit(d *Desk, c Campaign, l Limits) {
	d.pace.Limit(EveryCampaign, s.house.N, s.house.Per)
	if !s.aside {
		d.pace.Limit(c.ID, l.N, l.Per)
	}
	d.meter.Limited(float64(l.N) / l.Per.Seconds())
}

// claims is how many people are claimed in a turn at most.
func (s share) claims(l Limits, senders int) int {
	if s.aside {
		return min(s.due, turnClaims*senders)
	}
	return l.turn(senders, s.turn)
}
