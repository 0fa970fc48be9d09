package app

import (
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/keyring"
	"github.com/reoptin/reoptin/mailer"
)

// signer signs messages here, when that is configured; else it is nil.
func signer(c config.DKIM) (*mailer.Signer, error) {
	if c.Key == "" {
		return nil, nil
	}
	key, err := keyring.ReadFile(c.Key)
	if err != nil {
		return nil, err
	}
	return mailer.NewSigner(c.Domain, c.Selector, key)
}

// alignments are what speaks for the sender of a message as configured, by each relay that it may leave by.
func alignments(c config.Config) (all []campaign.Alignment) {
	for _, w := range c.Ways() {
		all = append(all, campaign.Alignment{Setting: w.Section, Signer: w.DKIM.Domain, Relay: w.DKIM.RelayDomain(), Returns: w.SMTP.EnvelopeDomain})
	}
	if len(all) == 0 { // before there is a relay
		all = append(all, campaign.Alignment{Setting: "smtp", Signer: c.DKIM.Domain, Relay: c.DKIM.RelayDomain(), Returns: c.SMTP.EnvelopeDomain})
	}
	return all
}

// DNSRecord is a TXT record to publish.
type DNSRecord struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// DKIMRecord is the record by which others check the signatures of what leaves by a relay: smtp, smtp2 or smtp3, ""
// being the first.
func DKIMRecord(c config.Config, relay string) (r DNSRecord, err error) {
	signs, err := signing(c, relay)
	if err != nil {
		return r, err
	}
	s, err := signer(signs)
	if err != nil {
		return r, err
	}
	if s == nil {
		return r, fault.New(fault.NotFound, "config.no_dkim", "no dkim.key is set: the relay signs, if anybody does").At("app.DKIMRecord").
			Hint("set dkim.domain, dkim.selector and dkim.key in reoptin.toml")
	}
	r.Name, r.Text, err = s.Record()
	return r, err
}

func signing(c config.Config, relay string) (config.DKIM, error) {
	if relay == "" {
		return c.DKIM, nil
	}
	for _, w := range c.Ways() {
		if w.Section == relay {
			return w.DKIM, nil
		}
	}
	return config.DKIM{}, fault.New(fault.NotFound, "config.no_relay", "{relay}.url is not set", "relay", relay).At("app.DKIMRecord").Hint("reoptin config dump")
}
