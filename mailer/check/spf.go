package check

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Result is what a receiver concludes from SPF, RFC 7208 section 2.6.
type Result string

// The results.
const (
	None      Result = "none"      // no record
	Neutral   Result = "neutral"   // the domain does not say
	Pass      Result = "pass"      // the address may send for the domain
	Fail      Result = "fail"      // it may not
	SoftFail  Result = "softfail"  // probably not
	TempError Result = "temperror" // the DNS did not answer
	PermError Result = "permerror" // the record cannot be used
)

// What one evaluation may cost, RFC 7208 section 4.6.4.
const (
	MostLookups = 10
	MostVoids   = 2
	mostHosts   = 10 // of one mx or ptr
)

// SPF is what the record of a domain says.
type SPF struct {
	Domain  string
	Record  string // the first, as published; empty: none
	Many    int
	Result  Result
	Why     string // the term that decided, or what is wrong
	Lookups int
	Voids   int
	Ptr     bool   // it uses ptr, which receivers may pass over
	End     string // what it says of all others: -all, ~all, ?all, +all, redirect=…; empty: nothing
	Behind  bool   // terms stand behind all, and are never looked at
}

// errSPF ends an evaluation with a result.
type errSPF struct {
	result Result
	why    string
}

func (e *errSPF) Error() string { return string(e.result) + ": " + e.why }

func broken(format string, args ...any) error {
	return &errSPF{PermError, fmt.Sprintf(format, args...)}
}

func unanswered(name string, err error) error {
	return &errSPF{TempError, fmt.Sprintf("%s cannot be looked up: %v", name, err)}
}

// CheckSPF concludes what a receiver would of a message from sender that comes from an address. The zero
// address is nobody's: no term matches it, so that every limit is tried to the end of the record.
func CheckSPF(ctx context.Context, r Resolver, addr netip.Addr, sender, helo string) SPF {
	domain := sender[strings.LastIndexByte(sender, '@')+1:]
	e := &evaluation{resolver: r, addr: addr.Unmap(), sender: sender, helo: helo, out: SPF{Domain: bare(domain)}}
	result, why, err := e.check(ctx, e.out.Domain, true)
	var ended *errSPF
	if errors.As(err, &ended) {
		result, why = ended.result, ended.why
	}
	e.out.Result, e.out.Why = result, why
	return e.out
}

type evaluation struct {
	resolver     Resolver
	addr         netip.Addr
	sender, helo string
	out          SPF
}

// fetch gives the one record of a domain; "" is none.
func (e *evaluation) fetch(ctx context.Context, domain string, first bool) (string, error) {
	texts, err := e.resolver.TXT(ctx, domain)
	if err != nil {
		return "", unanswered(domain, err)
	}
	var records []string
	for _, text := range texts {
		if version, _, _ := strings.Cut(text, " "); strings.EqualFold(version, "v=spf1") {
			records = append(records, text)
		}
	}
	if first && len(records) > 0 {
		e.out.Record, e.out.Many = records[0], len(records)
	}
	switch len(records) {
	case 0:
		return "", nil
	case 1:
		return records[0], nil
	}
	return "", broken("%s has %d SPF records", domain, len(records))
}

// check is check_host() of RFC 7208 section 4.
func (e *evaluation) check(ctx context.Context, domain string, first bool) (Result, string, error) {
	text, err := e.fetch(ctx, domain, first)
	if err != nil || text == "" {
		return None, domain + " has no SPF record", err
	}
	rec, err := parseSPF(text)
	if err != nil {
		return "", "", broken("%s: %v", domain, err)
	}
	if first {
		e.describe(rec)
	}
	for _, t := range rec.terms {
		hit, err := e.matches(ctx, t, domain)
		if err != nil {
			return "", "", err
		}
		if hit {
			return results[t.qualifier], t.text + " in the record of " + domain, nil
		}
	}
	if rec.redirect == "" {
		return Neutral, "nothing in the record of " + domain + " matches", nil
	}
	return e.follow(ctx, rec.redirect, domain)
}

var results = map[byte]Result{'+': Pass, '-': Fail, '~': SoftFail, '?': Neutral}

func (e *evaluation) describe(rec spfRecord) {
	for i, t := range rec.terms {
		e.out.Ptr = e.out.Ptr || t.name == "ptr"
		if t.name == "all" && e.out.End == "" {
			e.out.End, e.out.Behind = string(t.qualifier)+"all", i+1 < len(rec.terms)
		}
	}
	if e.out.End == "" && rec.redirect != "" {
		e.out.End = "redirect=" + rec.redirect
	}
}

func (e *evaluation) follow(ctx context.Context, spec, domain string) (Result, string, error) {
	if err := e.count(); err != nil {
		return "", "", err
	}
	if e.open(spec) {
		return Neutral, "redirect=" + spec + " depends on who sends", nil
	}
	target, err := e.target(spec, domain)
	if err != nil {
		return "", "", err
	}
	result, why, err := e.check(ctx, target, false)
	if err == nil && result == None {
		err = broken("redirect=%s leads to no SPF record", target)
	}
	return result, why, err
}

// open is a name that depends on the address, asked about nobody's.
func (e *evaluation) open(spec string) bool {
	return !e.addr.IsValid() && strings.Contains(spec, "%")
}

// count is for a term that asks the DNS.
func (e *evaluation) count() error {
	if e.out.Lookups++; e.out.Lookups > MostLookups {
		return broken("it takes more than %d lookups", MostLookups)
	}
	return nil
}

// void is for a question without an answer.
func (e *evaluation) void(n int) error {
	if n > 0 {
		return nil
	}
	if e.out.Voids++; e.out.Voids > MostVoids {
		return broken("more than %d of its lookups find nothing", MostVoids)
	}
	return nil
}

func (e *evaluation) matches(ctx context.Context, t spfTerm, domain string) (bool, error) {
	switch t.name {
	case "all":
		return true, nil
	case "ip4", "ip6":
		return t.prefix.Contains(e.addr), nil
	}
	if err := e.count(); err != nil {
		return false, err
	}
	if e.open(t.spec) {
		return false, nil
	}
	target, err := e.target(t.spec, domain)
	if err != nil {
		return false, err
	}
	switch t.name {
	case "include":
		return e.include(ctx, target)
	case "a":
		return e.host(ctx, target, t, true)
	case "mx":
		return e.mx(ctx, target, t)
	case "ptr":
		return e.ptr(ctx, target)
	}
	addrs, err := e.resolver.Addresses(ctx, target)
	if err != nil {
		return false, unanswered(target, err)
	}
	v4 := 0 // exists asks for these alone
	for _, a := range addrs {
		if a.Is4() {
			v4++
		}
	}
	return v4 > 0 && e.addr.IsValid(), e.void(v4)
}

func (e *evaluation) include(ctx context.Context, target string) (bool, error) {
	result, _, err := e.check(ctx, target, false)
	if err == nil && result == None {
		err = broken("include:%s leads to no SPF record", target)
	}
	return result == Pass, err
}

// host compares the addresses of a name; counted: one without any is a void lookup.
func (e *evaluation) host(ctx context.Context, name string, t spfTerm, counted bool) (bool, error) {
	addrs, err := e.resolver.Addresses(ctx, name)
	if err != nil {
		return false, unanswered(name, err)
	}
	n := 0
	for _, a := range addrs {
		if e.addr.IsValid() && a.Is4() != e.addr.Is4() {
			continue
		}
		n++
		bits := t.bits6
		if a.Is4() {
			bits = t.bits4
		}
		if p, err := a.Prefix(bits); err == nil && p.Contains(e.addr) {
			return true, nil
		}
	}
	if !counted {
		return false, nil
	}
	return false, e.void(n)
}

func (e *evaluation) mx(ctx context.Context, target string, t spfTerm) (bool, error) {
	hosts, err := e.resolver.MX(ctx, target)
	if err != nil {
		return false, unanswered(target, err)
	}
	if len(hosts) > mostHosts {
		return false, broken("%s has more than %d MX hosts", target, mostHosts)
	}
	if err := e.void(len(hosts)); err != nil {
		return false, err
	}
	for _, h := range hosts {
		if hit, err := e.host(ctx, h, t, false); hit || err != nil {
			return hit, err
		}
	}
	return false, nil
}

// ptr matches a name of the address that leads back to it and lies under the target. What cannot be looked
// up does not match.
func (e *evaluation) ptr(ctx context.Context, target string) (bool, error) {
	if !e.addr.IsValid() {
		return false, nil
	}
	names, err := e.resolver.Names(ctx, e.addr)
	if err != nil {
		return false, nil
	}
	if err := e.void(len(names)); err != nil {
		return false, err
	}
	forward, _, err := Confirmed(ctx, e.resolver, e.addr)
	if err != nil {
		return false, nil
	}
	for _, name := range forward {
		if name == target || strings.HasSuffix(name, "."+target) {
			return true, nil
		}
	}
	return false, nil
}
