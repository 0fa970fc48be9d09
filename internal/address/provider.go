package address

import "strings"

// Provider is who runs the mailboxes of a domain: the name of a known mailbox provider, under which several
// domains count as one, or else the domain itself in lower case. Where messages are counted or slowed down
// for one recipient domain, this is what is meant: a provider judges a sender over all its domains.
func Provider(domain string) string {
	domain = strings.ToLower(domain)
	if p, ok := providers[domain]; ok {
		return p
	}
	name, rest, _ := strings.Cut(domain, ".")
	if p, ok := providersEverywhere[name]; ok && countrySuffix(rest) && !typo[domain] {
		return p
	}
	return domain
}
