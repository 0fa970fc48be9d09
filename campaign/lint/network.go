package lint

// networkRules are judged by asking outside, in reoptin doctor and with campaign lint --network. What was
// found comes with the draft, so that this package asks nobody.
func networkRules() []rule {
	out := []rule{}
	for _, r := range []RuleInfo{
		about("LINK-006", Error, "network", "the web server that links lead to answers, and knows no dead link", "GDPR art. 7(3), 12(2)"),
		about("DNS-001", Error, "network", "the SPF record takes in every address that sends", "RFC 7208"),
		about("DNS-002", Error, "network", "the public key of the signature is there, and long enough", "RFC 6376; RFC 8301"),
		about("DNS-003", Error, "network", "a DMARC policy, and that messages pass it", "RFC 9989"),
		about("DNS-004", Error, "network", "the sending address has a name that leads back to it", "RFC 1912 sec. 2.1; RFC 5321 sec. 4.1.1.1"),
		about("DNS-005", Warning, "network", "MX, MTA-STS and TLS reports of the domains that people answer to", "RFC 8461; RFC 8460"),
		about("DNS-006", Warning, "network", "certificate and Strict-Transport-Security of the form's host", "GDPR art. 32; RFC 6797"),
		about("EVID-002", Error, "network", "the head of the ledger is kept elsewhere, from within a day", "GDPR art. 5(2), 7(1)"),
	} {
		out = append(out, rule{r, nil})
	}
	return out
}

// observed gives what asking outside found for one rule. On a loopback base_url nothing of it stops anybody:
// that is a developer's desk, and no message leaves it.
func (in *inspection) observed(rule string, tell say) {
	for _, o := range in.Network {
		if o.Rule != rule {
			continue
		}
		f := Finding{Severity: o.Severity, Where: "network", Text: o.About, Message: o.Message}
		if loopback(in.BaseURL) && gravity(f.Severity) < gravity(Warning) {
			f.Severity = Warning
		}
		tell(f)
	}
}
