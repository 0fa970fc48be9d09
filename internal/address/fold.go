package address

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Strict is the normal form of the mailbox (key K1): the local part in NFC and simple case folding,
// the domain as it is. Folding is simple, not full: ß is not ss and the dotless ı is not i, because
// those are mailboxes of different people.
func (m Mailbox) Strict() string {
	if m.local == "" {
		return ""
	}
	return m.strictLocal() + "@" + m.domain
}

func (m Mailbox) strictLocal() string {
	if ascii(m.local) {
		return strings.ToLower(m.local)
	}
	return norm.NFC.String(strings.Map(foldRune, norm.NFC.String(m.local)))
}

// foldRune gives one member of the set of runes that differ by case only.
func foldRune(r rune) rune {
	low, alone := r, true
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		low, alone = min(low, o), false
	}
	if alone {
		return r // İ has a lower case, i, but is no case of it
	}
	return unicode.ToLower(low)
}

// Folded is the mailbox a message is delivered to, as far as public rules of providers say (key K2):
// tags and ignored dots go, alias domains become one, compatibility forms and full case folding are
// applied. It errs towards taking two for one: a stranger merged is only not asked.
func (m Mailbox) Folded() string {
	if m.local == "" {
		return ""
	}
	local, domain := m.strictLocal(), m.domain
	if !ascii(local) {
		local = norm.NFC.String(cases.Fold().String(norm.NFKC.String(local)))
	}
	if user, host, ok := subdomainUser(domain); ok {
		return user + "@" + host
	}
	domain = aliasOf(domain)
	local = cutTag(local, '+')
	if dashTagged(domain) {
		local = cutTag(local, '-')
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// cutTag removes the tag behind sep, unless nothing would be left.
func cutTag(local string, sep byte) string {
	if i := strings.IndexByte(local, sep); i > 0 {
		return local[:i]
	}
	return local
}

func aliasOf(domain string) string {
	if to, ok := aliases[domain]; ok {
		return to
	}
	if strings.HasPrefix(domain, "yandex.") {
		return "yandex.ru"
	}
	return domain
}

func dashTagged(domain string) bool {
	return strings.HasPrefix(domain, "yahoo.") || domain == "ymail.com" || domain == "rocketmail.com"
}

// subdomainUser reads the form anything@user.fastmail.com.
func subdomainUser(domain string) (user, host string, ok bool) {
	user, host, _ = strings.Cut(domain, ".")
	return user, host, user != "" && slices.Contains(subdomainHosts, host)
}

// Domains are the texts under which a list names everybody at the mailbox's domain, or hashes them: the Austrian one does so with
// the @ before it, or without.
func (m Mailbox) Domains() []string {
	out := []string{"@" + m.domain, m.domain}
	if strings.Contains(m.domain, "xn--") {
		if letters, err := registration.ToUnicode(m.domain); err == nil {
			out = append(out, "@"+letters, letters)
		}
	}
	return out
}

// Spellings are the lower-case texts under which other programs know the mailbox, and hash it: as it is
// written to, with its domain in letters, and as the mailbox that it reaches. The first is Strict.
func (m Mailbox) Spellings() []string {
	if m.local == "" {
		return nil
	}
	strict, folded := m.Strict(), m.Folded()
	out := []string{strict}
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	add(strings.ToLower(m.String()))
	if strings.Contains(m.domain, "xn--") {
		if letters, err := registration.ToUnicode(m.domain); err == nil {
			add(m.strictLocal() + "@" + letters)
			add(strings.ToLower(m.local) + "@" + letters)
		}
	}
	add(folded)
	return out
}
