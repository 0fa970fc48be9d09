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

// alignment is what speaks for the sender of a message as configured.
func alignment(c config.Config) campaign.Alignment {
	return campaign.Alignment{Signer: c.DKIM.Domain, Relay: c.DKIM.RelayDomain(), Returns: c.SMTP.EnvelopeDomain}
}

// DNSRecord is a TXT record to publish.
type DNSRecord struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// DKIMRecord is the record by which others check the signatures that are made here.
func DKIMRecord(c config.Config) (r DNSRecord, err error) {
	s, err := signer(c.DKIM)
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
