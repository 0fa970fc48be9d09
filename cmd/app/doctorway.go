package app

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer"
)

// way is a relay that messages leave by, with all that hangs on it. Each is looked at: the one that stands last is
// used when nobody has time to look.
type way struct {
	config.Way
	relay *mailer.Relay // nil: none that can be used
}

// ways are all relays that are set, the preferred one first; without one, what the settings say all the same.
func (d *doctor) ways() (out []way) {
	all := d.config.Ways()
	if len(all) == 0 {
		all = []config.Way{{Section: "smtp", SMTP: d.config.SMTP, DKIM: d.config.DKIM}}
	}
	for _, w := range all {
		one := way{Way: w}
		if relay, err := mailer.ParseRelay(w.SMTP.URL, w.SMTP.Password); err == nil {
			relay.Setting = w.Section
			one.relay = &relay
		}
		out = append(out, one)
	}
	return out
}

// usable are the relays that can be met.
func (d *doctor) usable() []way {
	return slices.DeleteFunc(d.ways(), func(w way) bool { return w.relay == nil })
}

// setting is the name of a setting of this relay.
func (w way) setting(key string) string { return w.Section + "." + key }

// dkim is the name of a setting of this relay's signature.
func (w way) dkim(key string) string {
	if w.Section == "smtp" {
		return "dkim." + key
	}
	return w.Section + ".dkim_" + key
}

// name is what tells this relay from the others.
func (w way) name() string {
	if w.relay == nil {
		return w.Section
	}
	return w.relay.Address()
}

func (w way) helo() string {
	if w.relay == nil {
		return ""
	}
	return w.relay.Host
}

// returns is the domain that messages from a domain return to by this relay: what SPF is asked about.
func (w way) returns(from string) string {
	if own := w.SMTP.EnvelopeDomain; own != "" {
		return strings.ToLower(own)
	}
	return from
}

// outgoing are the addresses from which messages reach other servers. sure: they are set; else they are the
// relay's own, which may be another one than it sends from. None: they are not known.
func (d *doctor) outgoing(ctx context.Context, w way) (addrs []netip.Addr, sure bool, err error) {
	for _, text := range w.SMTP.Outgoing {
		if a, err := netip.ParseAddr(text); err == nil {
			addrs = append(addrs, a.Unmap())
		}
	}
	if len(addrs) > 0 || w.relay == nil || w.relay.Near() {
		return addrs, len(addrs) > 0, nil
	}
	if a, err := netip.ParseAddr(w.relay.Host); err == nil {
		return []netip.Addr{a.Unmap()}, false, nil
	}
	found, err := d.resolver.Addresses(ctx, w.relay.Host)
	for _, a := range found {
		if !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			addrs = append(addrs, a)
		}
	}
	return addrs, false, err
}
