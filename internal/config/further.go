package config

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/reoptin/reoptin/internal/schedule"
)

// mostFurther is how many relays there may be beside the first.
const mostFurther = 2

// Further is a relay that is used when those before it cannot be.
type Further struct {
	SMTP
	Warmup string // "": as sending.warmup
	DKIM   DKIM   // all three or none; none: as dkim.*
}

// section is the table of the n-th further relay, from 0.
func (Config) section(n int) string { return fmt.Sprintf("smtp%d", n+2) }

func furtherSettings() (rows []setting) {
	for n := range mostFurther {
		at := func(key string, place func(*Further) any, keep secrecy, example, means string) {
			rows = append(rows, setting{Config{}.section(n) + "." + key, func(c *Config) any { return place(&c.Further[n]) }, keep, example, means})
		}
		at("url", func(f *Further) any { return &f.URL }, inURL, fmt.Sprintf(`"smtp://user@mail%d.example.com:587"`, n+2), "a further relay, used while those before it cannot be; written like smtp.url")
		at("password", func(f *Further) any { return &f.Password }, wholly, `"…"`, "password of its user; better in REOPTIN_SMTP"+fmt.Sprint(n+2)+"_PASSWORD_FILE")
		at("connections", func(f *Further) any { return &f.Connections }, public, "", "connections kept open to it")
		at("envelope_domain", func(f *Further) any { return &f.EnvelopeDomain }, public, fmt.Sprintf(`"bounce%d.example.com"`, n+2), "domain of the return path of what leaves by it; without it smtp.envelope_domain")
		at("outgoing", func(f *Further) any { return &f.Outgoing }, public, fmt.Sprintf(`["192.0.2.%d"]`, n+26), "addresses from which its messages leave, where they are not its own")
		at("warmup", func(f *Further) any { return &f.Warmup }, public, `"on"`, "its warm-up; without it sending.warmup")
		at("dkim_domain", func(f *Further) any { return &f.DKIM.Domain }, public, `"example.com"`, "sign what leaves by it otherwise than dkim.* says: all three of dkim_* or none")
		at("dkim_selector", func(f *Further) any { return &f.DKIM.Selector }, public, fmt.Sprintf(`"reoptin%d"`, n+2), "name of that key in the DNS")
		at("dkim_key", func(f *Further) any { return &f.DKIM.Key }, pathlike, fmt.Sprintf(`"keys/dkim%d.pem"`, n+2), "file of that private key")
	}
	return rows
}

// Way is one relay with all that hangs on it.
type Way struct {
	Section string // where it is set: smtp, smtp2, smtp3
	SMTP    SMTP
	Warmup  string
	DKIM    DKIM
}

// Ways are the relays that are set, the preferred one first. What a further one leaves open is as for the first.
func (c Config) Ways() []Way {
	if c.SMTP.URL == "" {
		return nil
	}
	ways := []Way{{"smtp", c.SMTP, c.Sending.Warmup, c.DKIM}}
	for n, f := range c.Further {
		if f.URL == "" {
			continue
		}
		w := Way{c.section(n), f.SMTP, f.Warmup, f.DKIM}
		if w.SMTP.EnvelopeDomain == "" {
			w.SMTP.EnvelopeDomain = c.SMTP.EnvelopeDomain
		}
		if w.Warmup == "" {
			w.Warmup = c.Sending.Warmup
		}
		if w.DKIM == (DKIM{}) {
			w.DKIM = c.DKIM
		}
		ways = append(ways, w)
	}
	return ways
}

// MostConnections is how many connections the relay with most has.
func (c Config) MostConnections() int {
	most := c.SMTP.Connections
	for _, w := range c.Ways() {
		most = max(most, w.SMTP.Connections)
	}
	return most
}

func (c Config) checkFurther(p *problems) {
	taken := map[string]string{}
	if r, err := c.SMTP.Relay(); err == nil {
		taken[r.Address()] = "smtp.url"
	}
	for n, f := range c.Further {
		section := c.section(n)
		url := section + ".url"
		p.relay(section, f.SMTP)
		p.outgoing(section, f.Outgoing)
		if f.URL != "" && c.SMTP.URL == "" {
			p.add(url, "set smtp.url first", "there is a further relay, and no first one")
		}
		if r, err := f.Relay(); err == nil {
			if other := taken[r.Address()]; other != "" {
				p.add(url, "name another host or port, or leave it out", "it is the relay of %s", other)
			}
			taken[r.Address()] = url
		}
		if f.Warmup != "" {
			_, err := schedule.ParseSteps(f.Warmup)
			p.fault(section+".warmup", err)
		}
		p.signs(section+".dkim_", f.DKIM)
	}
}

// longestReturn is the longest domain of a return path: what stands before it, and the whole is 254 octets at most.
const longestReturn = 191

// relay checks what every relay has.
func (p *problems) relay(section string, s SMTP) {
	if s.URL != "" {
		if _, err := s.Relay(); err != nil {
			p.add(section+".url", "write smtp://user@mail.example.com:587, smtps://user@mail.example.com:465 or smtp+insecure://127.0.0.1:25, and the password in "+section+".password", "%v", err)
		}
	} else if s.Password != "" {
		p.add(section+".password", "set "+section+".url", "there is a password but no relay")
	}
	p.within(section+".connections", s.Connections, 1, 64)
	p.hostName(section+".envelope_domain", s.EnvelopeDomain)
	if len(s.EnvelopeDomain) > longestReturn {
		p.add(section+".envelope_domain", "write a shorter one, like bounce.example.com", "a return path at a domain of %d letters is longer than an address may be", len(s.EnvelopeDomain))
	}
}

// outgoing checks the addresses from which a relay's messages leave.
func (p *problems) outgoing(section string, addresses []string) {
	for _, address := range addresses {
		if a, err := netip.ParseAddr(address); err != nil || a.Zone() != "" {
			p.add(section+".outgoing", "write addresses like 192.0.2.25 or 2001:db8::25", "%q is no address", address)
		}
	}
}

// signs checks that a signature is set wholly or not at all.
func (p *problems) signs(prefix string, d DKIM) {
	p.hostName(prefix+"domain", d.Domain)
	given := []string{d.Domain, d.Selector, d.Key}
	for i, key := range []string{"domain", "selector", "key"} {
		if given[i] == "" && strings.Join(given, "") != "" {
			p.add(prefix+key, "set all three of "+prefix+"domain, "+prefix+"selector and "+prefix+"key, or none", "it is missing")
		}
	}
}
