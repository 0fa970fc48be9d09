package check

import (
	"context"
	"net/netip"
	"slices"
)

// Mail says whether a domain takes mail, as far as the DNS tells (RFC 5321, 5.1).
type Mail string

// What becomes of mail to a domain. Whatever is not certain is MailTaken.
const (
	MailTaken       Mail = ""
	MailRefused     Mail = "null_mx"     // the domain says itself that it takes none (RFC 7505)
	MailNowhere     Mail = "absent"      // it does not exist, or names no server and has no address
	MailUnreachable Mail = "unreachable" // no server that it names has a public address
)

// LookMail asks who takes the mail for a domain: the servers that it names, else its own address. That one may lead into a
// network: the names there are often answered otherwise inside than outside, and it is a relay that delivers, not this machine.
func LookMail(ctx context.Context, r Resolver, domain string) (Mail, error) {
	hosts, err := r.MX(ctx, domain)
	if err != nil {
		return MailTaken, err
	}
	named := slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return h == "." || h == "" })
	switch {
	case len(hosts) > 0 && len(named) == 0:
		return MailRefused, nil
	case len(named) > 0:
		return reached(ctx, r, named)
	}
	own, err := r.Addresses(ctx, domain)
	if err == nil && len(own) == 0 {
		return MailNowhere, nil
	}
	return MailTaken, err
}

// reached looks for a server with a public address. One that could not be asked about may have one.
func reached(ctx context.Context, r Resolver, hosts []string) (Mail, error) {
	var unasked error
	for _, h := range hosts[:min(len(hosts), mostHosts)] {
		addrs, err := r.Addresses(ctx, h)
		if slices.ContainsFunc(addrs, public) {
			return MailTaken, nil
		}
		if err != nil {
			unasked = err
		}
	}
	if unasked != nil || len(hosts) > mostHosts {
		return MailTaken, unasked
	}
	return MailUnreachable, nil
}

// public reports whether an address leads to another machine than one of this network.
func public(a netip.Addr) bool {
	a = a.Unmap()
	return !a.IsLoopback() && !a.IsPrivate() && !a.IsUnspecified() && !a.IsLinkLocalUnicast()
}
