package app

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/mailer/check"
)

// froms are the domains of From, each once.
func (d *doctor) froms() (out []string) {
	for _, s := range d.senders {
		out = append(out, s.domain)
	}
	return once(out)
}

// answered are the domains that people answer to, each once.
func (d *doctor) answered() []string {
	out := d.froms()
	for _, s := range d.senders {
		if s.reply != "" {
			out = append(out, s.reply)
		}
	}
	return once(out)
}

// once is all of some lists in order, each once.
func once(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// returns are the domains that messages return to, by any relay: what SPF is asked about.
func (d *doctor) returns() (out []string) {
	for _, w := range d.ways() {
		for _, from := range d.froms() {
			out = append(out, w.returns(from))
		}
		if w.SMTP.EnvelopeDomain != "" {
			out = append(out, w.returns(""))
		}
	}
	return once(out)
}

// returningTo are the relays of which some message returns to a domain.
func (d *doctor) returningTo(domain string) []way {
	froms := d.froms()
	return slices.DeleteFunc(d.ways(), func(w way) bool {
		return w.returns(domain) != domain || w.SMTP.EnvelopeDomain == "" && !slices.Contains(froms, domain)
	})
}

// mailHosts asks who takes the mail for the domains that people answer to and that messages return to.
func (d *doctor) mailHosts(ctx context.Context) []DoctorLine {
	return each(ctx, once(d.answered(), d.returns()), d.mailHost)
}

func (d *doctor) mailHost(ctx context.Context, domain string) *DoctorLine {
	l := line("mx", domain)
	l.Rule = "DNS-005"
	hosts, err := d.resolver.MX(ctx, domain)
	const mend = "publish an MX record that names the server which takes the mail of the domain"
	switch {
	case err != nil:
		l.unanswered(err)
		return l
	case len(hosts) == 0:
		l.bad(mend, "it has no MX record; receivers distrust a sender that takes no mail")
		return l
	case slices.Contains(hosts, "."):
		l.bad(mend, "its MX record says that it takes no mail (RFC 7505); receivers refuse such a sender")
		return l
	}
	for _, h := range hosts[:min(len(hosts), 5)] {
		switch addrs, err := d.resolver.Addresses(ctx, h); {
		case err != nil:
			l.unanswered(err)
		case len(addrs) == 0:
			l.warn("give the host an address, or take it out of the MX record", "its host %s has no address", h)
		}
	}
	l.ok("mail goes to %s", listed(hosts))
	return l
}

func (d *doctor) spf(ctx context.Context) []DoctorLine { return each(ctx, d.returns(), d.spfOf) }

// spfOf is what receivers conclude of messages that return to a domain, whatever relay they leave by.
func (d *doctor) spfOf(ctx context.Context, domain string) *DoctorLine {
	l := line("spf", domain)
	l.Rule = "DNS-001"
	ways := d.returningTo(domain)
	record := check.CheckSPF(ctx, d.resolver, netip.Addr{}, sampleSender+domain, ways[0].helo())
	switch {
	case record.Result == check.TempError:
		l.say(StatusUnknown, "check the name servers of this machine, then run reoptin doctor again", "%s", record.Why)
	case record.Many > 1:
		l.bad("keep one of them that says all", "it has %d SPF records, and receivers take none", record.Many)
	case record.Result == check.None:
		l.bad("publish the record; where others send for the domain too, add them", "it has no SPF record")
		l.publish(domain, "TXT", permitting("", d.terms(ctx, ways)))
	case record.Result == check.PermError:
		l.bad("correct the record: "+record.Record, "receivers cannot use its record: %s", record.Why)
	default:
		d.describe(l, record)
		d.permitted(ctx, l, record, ways)
	}
	return l
}

// sampleSender begins a return path; what stands before the @ matters to hardly any record.
const sampleSender = "b@"

// describe says of a usable record what it costs and how it ends.
func (d *doctor) describe(l *DoctorLine, r check.SPF) {
	l.ok("%d of %d lookups", r.Lookups, check.MostLookups)
	switch {
	case r.End == "+all":
		l.bad("end the record with ~all or -all", "it lets everybody send for the domain (+all)")
	case r.End == "?all":
		l.warn("end the record with ~all or -all", "it says nothing of other senders (?all)")
	case r.End == "":
		l.warn("end the record with ~all or -all", "it does not say what holds for other senders")
	default:
		l.ok("it ends with %s", r.End)
	}
	if r.Behind {
		l.warn("put all at the end of the record", "what stands behind all is never looked at")
	}
	if r.Ptr {
		l.warn("name addresses instead of ptr", "it uses ptr, which many receivers pass over")
	}
}

// permitted says whether the addresses that messages come from may send. What is right for several relays is said once.
func (d *doctor) permitted(ctx context.Context, l *DoctorLine, r check.SPF, ways []way) {
	var missing []string
	seen := map[netip.Addr]bool{}
	for _, w := range ways {
		addrs, sure, err := d.outgoing(ctx, w)
		switch {
		case err != nil:
			l.unanswered(err)
		case len(addrs) == 0:
			l.unknownOrigin(w)
		}
		for _, a := range addrs {
			if !seen[a] && !d.permits(ctx, l, w, a, sure) {
				missing = append(missing, term(a))
			}
			seen[a] = true
		}
	}
	if len(missing) > 0 {
		l.publish(l.About, "TXT", permitting(r.Record, missing))
	}
}

// permits says whether one address may send by a relay's word; what is not known is no missing permission.
func (d *doctor) permits(ctx context.Context, l *DoctorLine, w way, a netip.Addr, sure bool) bool {
	switch got := check.CheckSPF(ctx, d.resolver, a, sampleSender+l.About, w.helo()); {
	case got.Result == check.Pass:
		l.ok("%s passes by %s", a, got.Why)
	case got.Result == check.TempError:
		l.say(StatusUnknown, "", "%s", got.Why)
	case sure:
		l.bad("permit the address", "%s gets %s by %s", a, got.Result, got.Why)
		return false
	default:
		l.warn("permit the address; where messages leave from others, set "+w.setting("outgoing"), "%s, the relay's own address, gets %s by %s", a, got.Result, got.Why)
		return false
	}
	return true
}

// terms are what an SPF record has to name for some relays: their addresses, or where those are not known their names.
func (d *doctor) terms(ctx context.Context, ways []way) (terms []string) {
	for _, w := range ways {
		addrs, _, _ := d.outgoing(ctx, w) // none, as when the DNS does not answer
		for _, a := range addrs {
			terms = append(terms, term(a))
		}
		if len(addrs) == 0 && w.relay != nil && !w.relay.Near() {
			terms = append(terms, "a:"+w.relay.Host)
		}
	}
	return once(terms)
}

// permitting is a record with some terms added to it.
func permitting(record string, terms []string) string {
	words := strings.Fields(record)
	if len(words) == 0 {
		words = []string{"v=spf1", "~all"}
		if len(terms) == 0 {
			terms = []string{"mx"}
		}
	}
	return strings.Join(slices.Insert(words, 1, terms...), " ")
}

// signature is a key by which messages are signed.
type signature struct {
	name   string // SELECTOR._domainkey.DOMAIN
	domain string
	text   string // the record, of a key that is here; "": the relay has it
}

// signs are the keys by which messages are signed that leave by a relay.
func (w way) signs() (out []signature) {
	if s, err := signer(w.DKIM); err == nil && s != nil {
		if name, text, err := s.Record(); err == nil {
			out = append(out, signature{name, strings.ToLower(w.DKIM.Domain), text})
		}
	}
	if relay := w.DKIM.Relay; relay != "" {
		out = append(out, signature{relay, strings.ToLower(w.DKIM.RelayDomain()), ""})
	}
	return out
}

// dkim looks at the keys of all relays, each once, and says of each that nobody signs for it.
func (d *doctor) dkim(ctx context.Context) []DoctorLine {
	var all []signature
	var lines []DoctorLine
	for _, w := range d.ways() {
		signs := w.signs()
		for _, s := range signs {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
		if len(signs) == 0 {
			lines = append(lines, *d.unsigned(w))
		}
	}
	return append(each(ctx, all, d.dkimOf), lines...)
}

func (d *doctor) unsigned(w way) *DoctorLine {
	l := line("dkim", "")
	if len(d.ways()) > 1 {
		l.About = w.name()
	}
	l.Rule = "DNS-002"
	l.warn(fmt.Sprintf("set %s, %s and %s to sign here; where the relay signs, name its record in dkim.relay", w.dkim("domain"), w.dkim("selector"), w.dkim("key")), "nobody is known to sign; large mailbox providers refuse what is not signed")
	return l
}

// dkimOf compares the key in the DNS with the one that signs.
func (d *doctor) dkimOf(ctx context.Context, s signature) *DoctorLine {
	l := line("dkim", s.name)
	l.Rule = "DNS-002"
	k, err := check.LookDKIM(ctx, d.resolver, s.name)
	put, replace := "publish the record", "put this record in its place"
	if s.text == "" {
		put = "ask whoever runs the relay for its record, and publish it; or correct dkim.relay"
		replace = put
	}
	switch {
	case err != nil:
		l.unanswered(err)
		return l
	case k.Record == "":
		l.bad(put, "there is no record of the key")
	case k.Many > 1:
		l.bad("keep the one of the key that signs", "%d records stand under the name, and which counts is anybody's guess", k.Many)
	case k.Wrong != "":
		l.bad(replace, "receivers cannot use the record: %s", k.Wrong)
	case s.text != "" && !k.Holds(s.text):
		l.bad(replace, "the record holds another key than the one that signs here")
	default:
		l.ok("the record is there, and usable")
		if s.text != "" {
			l.ok("it is that of the key that signs here")
		}
	}
	if l.Status == StatusError && s.text != "" {
		l.publish(s.name, "TXT", s.text)
	}
	if k.Bits > 0 && k.Bits < check.GoodBits {
		l.warn("draw a key of 2048 bits under a new selector", "its RSA key has %d bits; 2048 are asked for", k.Bits)
	}
	if k.Test {
		l.bad("take y out of t= in the record", "it says that signatures are on trial (t=y), and receivers need not mind them")
	}
	return l
}

// reports asks whether the domains that people answer to have their mail delivered over secured connections.
func (d *doctor) reports(ctx context.Context) []DoctorLine {
	return each(ctx, d.answered(), d.reportsOf)
}

func (d *doctor) reportsOf(ctx context.Context, domain string) *DoctorLine {
	l := line("mta_sts", domain)
	l.Rule = "DNS-005"
	for _, r := range []struct{ name, version, lacks, text string }{
		{"_mta-sts." + domain, "v=STSv1", "answers to it need not come over secured connections (MTA-STS)", ""},
		{"_smtp._tls." + domain, "v=TLSRPTv1", "nobody hears when they cannot be secured (TLS-RPT)", "v=TLSRPTv1; rua=mailto:postmaster@" + domain},
	} {
		texts, err := d.resolver.TXT(ctx, r.name)
		switch {
		case err != nil:
			l.unanswered(err)
		case slices.ContainsFunc(texts, func(t string) bool { return strings.HasPrefix(t, r.version) }):
			l.ok("%s is there", r.name)
		case r.text == "":
			l.warn("serve a policy at https://mta-sts."+domain+"/.well-known/mta-sts.txt, and publish "+r.name+" (RFC 8461)", "%s", r.lacks)
		default:
			l.warn("publish the record", "%s", r.lacks)
			l.publish(r.name, "TXT", r.text)
		}
	}
	return l
}

// registered is the domain that an organisation registered, or the name itself.
func registered(domain string) string {
	if of := address.OrganisationDomain(domain); of != "" {
		return of
	}
	return domain
}
