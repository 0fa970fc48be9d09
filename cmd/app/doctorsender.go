package app

import (
	"context"
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

// returns are the domains that messages return to: what SPF is asked about.
func (d *doctor) returns() []string {
	if own := d.config.SMTP.EnvelopeDomain; own != "" {
		return []string{strings.ToLower(own)}
	}
	return d.froms()
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

// spfOf is what receivers conclude of messages that return to a domain.
func (d *doctor) spfOf(ctx context.Context, domain string) *DoctorLine {
	l := line("spf", domain)
	l.Rule = "DNS-001"
	addrs, sure, err := d.outgoing(ctx)
	record := check.CheckSPF(ctx, d.resolver, netip.Addr{}, sampleSender+domain, d.helo())
	switch {
	case record.Result == check.TempError:
		l.say(StatusUnknown, "check the name servers of this machine, then run reoptin doctor again", "%s", record.Why)
	case record.Many > 1:
		l.bad("keep one of them that says all", "it has %d SPF records, and receivers take none", record.Many)
	case record.Result == check.None:
		l.bad("publish the record; where others send for the domain too, add them", "it has no SPF record")
		l.publish(domain, "TXT", d.permitting("", addrs))
	case record.Result == check.PermError:
		l.bad("correct the record: "+record.Record, "receivers cannot use its record: %s", record.Why)
	default:
		d.describe(l, record)
	}
	if record.Result == check.None || record.Result == check.PermError || record.Result == check.TempError {
		return l
	}
	if err != nil {
		l.unanswered(err)
		return l
	}
	d.permitted(ctx, l, record, addrs, sure)
	return l
}

// sampleSender begins a return path; what stands before the @ matters to hardly any record.
const sampleSender = "b@"

func (d *doctor) helo() string {
	if d.relay == nil {
		return ""
	}
	return d.relay.Host
}

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

// permitted says whether the addresses that messages come from may send.
func (d *doctor) permitted(ctx context.Context, l *DoctorLine, r check.SPF, addrs []netip.Addr, sure bool) {
	if len(addrs) == 0 {
		l.say(StatusUnknown, "set smtp.outgoing to the addresses from which the relay's messages leave", "from which address messages reach other servers is not known")
		return
	}
	var missing []netip.Addr
	for _, a := range addrs {
		got := check.CheckSPF(ctx, d.resolver, a, sampleSender+l.About, d.helo())
		switch {
		case got.Result == check.Pass:
			l.ok("%s passes by %s", a, got.Why)
		case got.Result == check.TempError:
			l.say(StatusUnknown, "", "%s", got.Why)
		case sure:
			missing = append(missing, a)
			l.bad("permit the address", "%s gets %s by %s", a, got.Result, got.Why)
		default:
			missing = append(missing, a)
			l.warn("permit the address; where messages leave from others, set smtp.outgoing", "%s, the relay's own address, gets %s by %s", a, got.Result, got.Why)
		}
	}
	if len(missing) > 0 {
		l.publish(l.About, "TXT", d.permitting(r.Record, missing))
	}
}

// permitting is a record with the addresses in it; none known: the relay by its name.
func (d *doctor) permitting(record string, addrs []netip.Addr) string {
	var terms []string
	for _, a := range addrs {
		terms = append(terms, term(a))
	}
	if len(terms) == 0 && d.relay != nil && !d.relay.Near() {
		terms = append(terms, "a:"+d.relay.Host)
	}
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

func (d *doctor) signatures() (out []signature) {
	if r, err := DKIMRecord(d.config, ""); err == nil {
		out = append(out, signature{r.Name, strings.ToLower(d.config.DKIM.Domain), r.Text})
	}
	if relay := d.config.DKIM.Relay; relay != "" {
		out = append(out, signature{relay, strings.ToLower(d.config.DKIM.RelayDomain()), ""})
	}
	return out
}

func (d *doctor) dkim(ctx context.Context) []DoctorLine {
	all := d.signatures()
	if len(all) == 0 {
		l := line("dkim", "")
		l.Rule = "DNS-002"
		l.warn("set dkim.domain, dkim.selector and dkim.key to sign here; where the relay signs, name its record in dkim.relay", "nobody is known to sign; large mailbox providers refuse what is not signed")
		return []DoctorLine{*l}
	}
	return each(ctx, all, d.dkimOf)
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
