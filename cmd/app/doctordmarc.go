package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/reoptin/reoptin/mailer/check"
)

// How sure it is that a message is proven to be its sender's.
type sureness int

const (
	never sureness = iota
	perhaps
	surely
)

func (d *doctor) dmarc(ctx context.Context) []DoctorLine { return each(ctx, d.froms(), d.dmarcOf) }

// dmarcOf is what receivers do with messages from a domain, and whether ours pass.
func (d *doctor) dmarcOf(ctx context.Context, domain string) *DoctorLine {
	l := line("dmarc", domain)
	l.Rule = "DNS-003"
	p, err := check.LookDMARC(ctx, d.resolver, domain)
	if err != nil {
		l.unanswered(err)
		return l
	}
	for _, name := range p.Twice {
		l.bad("keep one of them", "%s has more than one record, and receivers take none", name)
	}
	of := registered(domain)
	start := fmt.Sprintf("v=DMARC1; p=none; rua=mailto:dmarc@%s", of)
	switch {
	case p.Found == "":
		l.bad("publish the record, read the reports, then ask for p=quarantine or p=reject", "no DMARC record applies to it; large mailbox providers refuse a sender without")
		l.publish("_dmarc."+of, "TXT", start)
		return l
	case p.Invalid != "":
		l.bad("correct the record: "+p.Record, "receivers ignore the record at %s: %s", p.Found, p.Invalid)
		return l
	}
	d.policy(l, p)
	d.passes(ctx, l, p)
	return l
}

func (d *doctor) policy(l *DoctorLine, p check.DMARC) {
	l.ok("%s asks for %s (%s=)", p.Found, p.Policy, p.By)
	if p.Test && p.Policy != "none" {
		l.ok("on trial it is %s (t=y)", p.Effective())
	}
	if p.Effective() == "none" {
		l.warn("once the reports show that your messages pass, ask for p=quarantine, then p=reject", "others may write in your name: nothing is asked for against it")
	}
	if p.Reports == "" {
		l.warn("add rua=mailto:… to the record", "nobody reads reports of who writes in your name")
	}
	if len(p.Past) > 0 {
		l.ok("%s no longer counts (RFC 9989)", listed(p.Past))
	}
}

// passes says by what a receiver would know our messages from the domain; of each relay, where they differ.
func (d *doctor) passes(ctx context.Context, l *DoctorLine, p check.DMARC) {
	ways := d.ways()
	proofs := make([]proof, len(ways))
	for n, w := range ways {
		proofs[n] = proof{d.spfSpeaks(ctx, p, w), d.dkimSpeaks(ctx, p, w)}
	}
	for n, w := range ways {
		switch {
		case n == 0 && len(slices.Compact(slices.Clone(proofs))) == 1:
			proofs[n].say(l, p, "")
			return
		default:
			proofs[n].say(l, p, "by "+w.name()+": ")
		}
	}
}

// proof is how sure it is that what leaves by a relay is proven.
type proof struct{ spf, dkim sureness }

func (f proof) say(l *DoctorLine, p check.DMARC, by string) {
	switch {
	case f.spf == surely && f.dkim == surely:
		l.ok("%smessages pass by DKIM and SPF", by)
	case f.dkim == surely:
		l.ok("%smessages pass by DKIM", by)
	case f.spf == surely:
		l.ok("%smessages pass by SPF alone, which is lost where they are forwarded", by)
	case f.spf == never && f.dkim == never:
		l.bad("mend the line of dkim or spf; the domain that signs, or that messages return to, must be of "+p.Organisation+strictly(p), "%sneither DKIM nor SPF proves messages from it", by)
	default:
		l.say(StatusUnknown, "", "%swhether messages from it pass is not known", by)
	}
}

func strictly(p check.DMARC) string {
	switch {
	case p.StrictDKIM && p.StrictSPF:
		return ", to the letter (adkim=s, aspf=s)"
	case p.StrictDKIM:
		return ", for signatures to the letter (adkim=s)"
	case p.StrictSPF:
		return ", for return paths to the letter (aspf=s)"
	}
	return ""
}

// aligned is whether a receiver takes another domain for that of From.
func (d *doctor) aligned(ctx context.Context, p check.DMARC, other string, strict bool) sureness {
	ok, err := check.Aligned(ctx, d.resolver, p.Domain, other, strict)
	switch {
	case err != nil:
		return perhaps
	case ok:
		return surely
	}
	return never
}

// spfSpeaks: every address that messages come from by a relay passes for an aligned return path.
func (d *doctor) spfSpeaks(ctx context.Context, p check.DMARC, w way) sureness {
	domain := w.returns(p.Domain)
	best := d.aligned(ctx, p, domain, p.StrictSPF)
	if best == never {
		return never
	}
	addrs, sure, err := d.outgoing(ctx, w)
	if err != nil || len(addrs) == 0 {
		return perhaps
	}
	for _, a := range addrs {
		switch r := check.CheckSPF(ctx, d.resolver, a, sampleSender+domain, w.helo()); {
		case r.Result == check.Pass:
		case r.Result == check.TempError || !sure && r.Result != check.None && r.Result != check.PermError:
			best = min(best, perhaps) // messages may come from elsewhere
		default:
			return never
		}
	}
	if !sure {
		best = min(best, perhaps)
	}
	return best
}

// dkimSpeaks: a signature of an aligned domain can be checked. Where nobody is known to sign, the relay may.
func (d *doctor) dkimSpeaks(ctx context.Context, p check.DMARC, w way) sureness {
	all := w.signs()
	if len(all) == 0 {
		return perhaps
	}
	best := never
	for _, s := range all {
		a := d.aligned(ctx, p, s.domain, p.StrictDKIM)
		if a == never {
			continue
		}
		k, err := check.LookDKIM(ctx, d.resolver, s.name)
		switch {
		case err != nil:
			a = perhaps
		case k.Record == "" || k.Many > 1 || k.Wrong != "" || k.Test || s.text != "" && !k.Holds(s.text):
			a = never
		}
		best = max(best, a)
	}
	return best
}
