package app

import (
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/schedule"
	"github.com/reoptin/reoptin/mailer"
)

// relays are those that are configured, as the desk knows them. What cannot be read was refused by the check of
// the configuration.
func relays(c config.Config) (rs []campaign.Relay) {
	for _, w := range c.Ways() {
		relay, err := w.SMTP.Relay()
		steps, bad := schedule.ParseSteps(w.Warmup)
		if err == nil && bad == nil {
			rs = append(rs, campaign.Relay{Name: relay.Address(), Host: relay.Host, Steps: steps})
		}
	}
	return rs
}

// carriers makes a mailer for each relay that is configured. The composer of the first draws documents too.
func (a *App) carriers(first *mailer.Composer, s Surroundings) (*mailer.Relays, error) {
	var all []*mailer.Mailer
	for n, w := range a.config.Ways() {
		composer, err := first, error(nil)
		if n > 0 {
			if composer, err = a.composer(w); err != nil {
				return nil, err
			}
		}
		relay, err := mailer.ParseRelay(w.SMTP.URL, w.SMTP.Password)
		if err != nil {
			return nil, err
		}
		relay.Setting = w.Section
		m, err := mailer.New(mailer.Deps{Composer: composer, Relay: relay, Connections: w.SMTP.Connections, Clock: a.clock, Log: a.log, Points: s.Points})
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return mailer.NewRelays(all[0], all[1:]...)
}

// composer composes what leaves by a relay.
func (a *App) composer(w config.Way) (*mailer.Composer, error) {
	signer, err := signer(w.DKIM)
	if err != nil {
		return nil, err
	}
	return mailer.NewComposer(mailer.Composition{BaseURL: a.baseURL(), Links: a.links, Clock: a.clock, Signer: signer,
		Returns: a.config.Returns(), Reports: a.config.Bounces.Providers(), Domain: w.SMTP.EnvelopeDomain})
}
