package address

import "strings"

// Role reports whether a local part names a function rather than a person (COMPLIANCE D.4, RFC 2142), and whether that
// belongs to the running of mail (rule T-18): abuse, postmaster and the like, no-reply senders, and list managers
// (anything-request). Case and a +tag are ignored.
func Role(local string) (role, ofMail bool) {
	name := roleName(local)
	if len(name) <= longestFunction { // many names of people are longer, and an audit asks of each
		ofMail, role = functions[name]
	}
	ofMail = ofMail || len(name) > len("-request") && strings.HasSuffix(name, "-request")
	return ofMail || role, ofMail
}

// IsFreemail reports whether a domain gives mailboxes to the public: its name says nothing of a company.
func IsFreemail(domain string) bool {
	domain = strings.ToLower(domain)
	if freemail[domain] {
		return true
	}
	name, rest, _ := strings.Cut(domain, ".")
	return freemailEverywhere[name] && countrySuffix(rest) && !typo[domain]
}

// IsDisposable reports whether a domain, or one it lies under, gives throw-away mailboxes (rule T-16).
func IsDisposable(domain string) bool {
	for d := strings.ToLower(domain); strings.Contains(d, "."); _, d, _ = strings.Cut(d, ".") {
		if disposable[d] {
			return true
		}
	}
	return false
}

// IsTypoDomain reports whether a domain is a well-known misspelling of a large provider: such names
// are bought by trap operators (COMPLIANCE D.4).
func IsTypoDomain(domain string) bool { return typo[strings.ToLower(domain)] }

func roleName(local string) string { return cutTag(strings.ToLower(local), '+') }

// countrySuffix allows com, fr, co.uk, com.br and the like.
func countrySuffix(s string) bool {
	second, top, two := strings.Cut(s, ".")
	if !two {
		return s == "com" || s == "net" || CountryOfDomain(s) != ""
	}
	return CountryOfDomain(top) != "" && (second == "co" || second == "com")
}
