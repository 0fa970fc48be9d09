package check

import (
	"context"
	"slices"
	"strings"
)

// DMARC is the policy that a receiver applies to messages from a domain, RFC 9989.
type DMARC struct {
	Domain       string // of From
	Organisation string // the domain whose names are one sender
	Found        string // name of the record that applies; empty: none does
	Record       string
	Twice        []string // names with more than one record, all of which are ignored
	Invalid      string   // why the record is ignored as a whole; empty: it is not
	Policy       string   // none, quarantine, reject: what p=, sp= or np= asks for
	By           string   // the tag that it comes from
	Test         bool     // t=y: one step milder than the policy
	StrictDKIM   bool     // adkim=s
	StrictSPF    bool     // aspf=s
	Reports      string   // rua=
	Past         []string // tags that no receiver heeds any more: pct, rf, ri
}

// Effective is what is asked for once t=y is heeded.
func (d DMARC) Effective() string {
	if milder, is := map[string]string{"reject": "quarantine", "quarantine": "none"}[d.Policy]; is && d.Test {
		return milder
	}
	return d.Policy
}

// dmarcRecord is one valid record and where it stands.
type dmarcRecord struct {
	domain, text string
	tags         tags
}

// A walk up the names takes at most eight questions: a name of eight labels or more goes on at its last seven.
const (
	longName = 8
	shortcut = 7
)

// walkNames are the names at which a walk asks.
func walkNames(domain string) []string {
	labels := strings.Split(bare(domain), ".")
	names := []string{strings.Join(labels, ".")}
	rest := labels[1:]
	if len(labels) >= longName {
		rest = labels[len(labels)-shortcut:]
	}
	for ; len(rest) > 0; rest = rest[1:] {
		names = append(names, strings.Join(rest, "."))
	}
	return names
}

// walk collects the records from a domain upwards. It ends at a record that says psd=y or psd=n.
func walk(ctx context.Context, r Resolver, domain string) (found []dmarcRecord, twice []string, err error) {
	for _, name := range walkNames(domain) {
		texts, err := r.TXT(ctx, "_dmarc."+name)
		if err != nil {
			return found, twice, err
		}
		var here []dmarcRecord
		for _, text := range texts {
			if t := readTags(text); t.version("DMARC1") {
				here = append(here, dmarcRecord{name, text, t})
			}
		}
		if len(here) > 1 {
			twice = append(twice, "_dmarc."+name)
		}
		if len(here) != 1 {
			continue
		}
		found = append(found, here[0])
		if psd := here[0].psd(); psd == "y" || psd == "n" {
			break
		}
	}
	return found, twice, nil
}

func (r dmarcRecord) psd() string { return strings.ToLower(r.tags.values["psd"]) }

// organisation chooses the organisational domain among the records of a walk, the longest name first.
func organisation(domain string, found []dmarcRecord) string {
	for _, f := range found {
		switch {
		case f.psd() == "n":
			return f.domain
		case f.psd() == "y" && f.domain != domain: // the name below the one that others register under
			labels := strings.Split(domain, ".")
			return strings.Join(labels[len(labels)-strings.Count(f.domain, ".")-2:], ".")
		}
	}
	if len(found) == 0 {
		return domain
	}
	return found[len(found)-1].domain
}

// Organisation is the organisational domain of a name.
func Organisation(ctx context.Context, r Resolver, domain string) (string, error) {
	found, _, err := walk(ctx, r, bare(domain))
	return organisation(bare(domain), found), err
}

// Aligned reports whether a receiver takes two domains for one sender: equal when it is strict, else of one
// organisation.
func Aligned(ctx context.Context, r Resolver, from, other string, strict bool) (bool, error) {
	if from, other = bare(from), bare(other); from == other || strict {
		return from == other, nil
	}
	a, err := Organisation(ctx, r, from)
	if err != nil {
		return false, err
	}
	b, err := Organisation(ctx, r, other)
	return a == b, err
}

// LookDMARC finds the policy for messages from a domain.
func LookDMARC(ctx context.Context, r Resolver, domain string) (DMARC, error) {
	d := DMARC{Domain: bare(domain)}
	found, twice, err := walk(ctx, r, d.Domain)
	if err != nil && (len(found) == 0 || found[0].domain != d.Domain) {
		return d, err // its own record would count whatever stands above
	}
	d.Organisation, d.Twice = organisation(d.Domain, found), twice
	if len(found) == 0 {
		return d, nil
	}
	return d, d.apply(ctx, r, applicable(d, found))
}

// applicable chooses the record that counts: the domain's own, that of its organisation, that of those whom it
// registered with.
func applicable(d DMARC, found []dmarcRecord) dmarcRecord {
	for _, domain := range []string{d.Domain, d.Organisation} {
		for _, f := range found {
			if f.domain == domain {
				return f
			}
		}
	}
	return found[len(found)-1]
}

var policies = []string{"none", "quarantine", "reject"}

func (d *DMARC) apply(ctx context.Context, r Resolver, f dmarcRecord) error {
	t := f.tags
	d.Found, d.Record, d.Reports = "_dmarc."+f.domain, f.text, t.values["rua"]
	is := func(tag, value string) bool { return strings.EqualFold(t.values[tag], value) }
	d.Test, d.StrictDKIM, d.StrictSPF = is("t", "y"), is("adkim", "s"), is("aspf", "s")
	for _, tag := range []string{"pct", "rf", "ri"} {
		if t.has(tag) {
			d.Past = append(d.Past, tag)
		}
	}
	for _, tag := range []string{"p", "sp", "np"} {
		if t.has(tag) && !slices.Contains(policies, strings.ToLower(t.values[tag])) {
			d.Policy, d.By = "none", "rua" // reports are all that such a record asks for
			if !strings.Contains(strings.ToLower(d.Reports), "mailto:") {
				d.Policy, d.By, d.Invalid = "", "", tag+"="+t.values[tag]+" is none of none, quarantine, reject"
			}
			return nil
		}
	}
	d.Policy, d.By = "none", "p"
	if t.has("p") {
		d.Policy = strings.ToLower(t.values["p"])
	}
	if f.domain == d.Domain {
		return nil
	}
	there, err := exists(ctx, r, d.Domain)
	if err != nil {
		return err
	}
	for _, tag := range []string{"np", "sp"} {
		if t.has(tag) && (tag == "sp" || !there) {
			d.Policy, d.By = strings.ToLower(t.values[tag]), tag
			break
		}
	}
	return nil
}

// exists reports whether a name has an address or takes mail, which is what makes it one for DMARC.
func exists(ctx context.Context, r Resolver, domain string) (bool, error) {
	addrs, err := r.Addresses(ctx, domain)
	if err != nil || len(addrs) > 0 {
		return true, err
	}
	hosts, err := r.MX(ctx, domain)
	return len(hosts) > 0, err
}
