package address

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// lookup maps a typed domain to A-labels (UTS 46, non-transitional); registration then holds the
// result against IDNA2008, which knows no emoji and no A-label that another spelling would not give.
var (
	lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
		idna.BidiRule(), idna.CheckHyphens(true), idna.CheckJoiners(true), idna.VerifyDNSLength(true))
	registration = idna.New(idna.ValidateForRegistration(), idna.Transitional(false))
)

// parseDomain gives lower-case A-labels. It asks for a dot and for a last label that is not a
// number: IP addresses, bracketed or bare, and single-label names are nobody's mailbox.
func parseDomain(s string) (string, error) {
	if plainDomain(s) {
		return s, nil
	}
	return parseAnyDomain(s)
}

// plainDomain knows the names that need no more than a look, which most are: labels of small letters,
// digits and single hyphens, the last one beginning with a letter. They come out as they went in.
func plainDomain(s string) bool {
	const longest, longestLabel = 253, 63
	if len(s) > longest {
		return false
	}
	from := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '-':
			if i == from || i+1 == len(s) || s[i+1] == '.' || s[i+1] == '-' {
				return false
			}
		case c == '.':
			if i == from || i-from > longestLabel {
				return false
			}
			from = i + 1
		default:
			return false
		}
	}
	return from > 0 && from < len(s) && len(s)-from <= longestLabel && 'a' <= s[from]
}

func parseAnyDomain(s string) (string, error) {
	for _, r := range s {
		if r >= 0x80 && !visible(r) {
			return "", bad("character", "a character behind the @ is not allowed in a domain ({code})", "code", code(r))
		}
	}
	ascii, err := lookup.ToASCII(trimDot(s))
	if err != nil || !reversible(ascii) {
		return "", bad("domain", "what stands behind the @ is not a domain name")
	}
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	if last == ascii || strings.Trim(last, "0123456789") == "" {
		return "", bad("domain", "what stands behind the @ is not a domain name")
	}
	return ascii, nil
}

// trimDot removes one root dot: "x.de." is the same name as "x.de", and an opt-out must not miss it.
func trimDot(s string) string {
	for _, dot := range []string{".", "\u3002", "\uff0e", "\uff61"} {
		if t, ok := strings.CutSuffix(s, dot); ok {
			return t
		}
	}
	return s
}

// reversible reports whether each A-label decodes to an IDNA2008 label that encodes to it again.
// That refuses punycode of plain ASCII, which would give one name two spellings.
func reversible(ascii string) bool {
	if !strings.Contains(ascii, "xn--") {
		return true
	}
	u, err := registration.ToUnicode(ascii)
	if err != nil || u == ascii {
		return false
	}
	if strings.Contains(u, "xn--") || strings.ContainsFunc(u, func(r rune) bool { return !domainRune(r) }) {
		return false
	}
	again, err := registration.ToASCII(u)
	return err == nil && again == ascii
}

// domainRune allows the letters, digits and marks of RFC 5892 section 2.1 and its exceptions, without
// the two invisible joiners: UTS 46 alone would let emoji through.
func domainRune(r rune) bool {
	return r == '.' || r == '-' || unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.M, unicode.Nd) ||
		strings.ContainsRune("·͵׳״་〇・۽۾", r)
}

func code(r rune) string { return fmt.Sprintf("U+%04X", r) }

// HostName is a host name as browsers ask for it: lower-case A-labels, or an IP address in its one spelling. Single
// labels and addresses are host names, though nobody's mailbox is there; ok is false for what is neither.
func HostName(s string) (name string, ok bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), a.Zone() == ""
	}
	name = strings.ToLower(s)
	if !ascii(s) {
		var err error
		if name, err = lookup.ToASCII(trimDot(s)); err != nil || !reversible(name) {
			return "", false
		}
	}
	return name, name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}
