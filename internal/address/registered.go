package address

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// OrganisationDomain is the domain that an organisation registered: news.shop.example.co.uk is of example.co.uk. It
// is "" for what nobody registers, such as co.uk (by the Public Suffix List).
func OrganisationDomain(domain string) string {
	d, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(domain))
	if err != nil {
		return ""
	}
	return d
}
