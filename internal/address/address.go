// Package address reads mailboxes strictly and says which spellings mean the same person.
//
// An imported cell is hostile until proven otherwise: a quoted local part, a comment or a line break
// can redirect a message past the suppression list. Parse therefore knows one shape only, a dot-atom
// before one @ and a host name behind it, and refuses the rest. It never uses net/mail.
//
// A mailbox has three texts: String is what is written to, Strict compares spellings of one mailbox,
// Folded compares mailboxes that reach one person. Equal Strict implies equal Folded.
package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/reoptin/reoptin/internal/fault"
)

// Octet limits of RFC 5321 section 4.5.3.1 and, for the whole, its erratum 1690.
const (
	maxLocal   = 64
	maxAddress = 254
	maxInput   = 1024 // before any other work, so that a huge cell costs nothing
)

// Mailbox is a usable address. The zero value is no mailbox; only Parse makes others.
type Mailbox struct {
	local  string // as given, without needless quotes
	domain string // lower-case A-labels, no trailing dot
}

// Parse reads one mailbox and nothing around it but spaces. Every failure is a fault of kind Invalid
// that does not repeat the text.
func Parse(text string) (Mailbox, error) {
	if m, ok := parsePlain(text); ok {
		return m, nil
	}
	return parseAny(text)
}

// parsePlain knows the mailboxes that need no more than a look, which most are.
func parsePlain(text string) (Mailbox, bool) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 || len(text) > maxAddress || !plainLocal(text[:at]) || !plainDomain(text[at+1:]) {
		return Mailbox{}, false
	}
	return Mailbox{text[:at], text[at+1:]}, true
}

// plainLocal allows letters, digits and the commonest signs; no dot at an end or beside another.
func plainLocal(s string) bool {
	if len(s) > maxLocal {
		return false
	}
	dot := true
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '+':
			dot = false
		case c == '.' && !dot:
			dot = true
		default:
			return false
		}
	}
	return !dot
}

func parseAny(text string) (Mailbox, error) {
	if len(text) > maxInput {
		return Mailbox{}, bad("long", "the address is longer than {limit} octets", "limit", maxAddress)
	}
	if !utf8.ValidString(text) {
		return Mailbox{}, bad("encoding", "the address is not valid UTF-8")
	}
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.Is(unicode.Zs, r) })
	if text == "" {
		return Mailbox{}, bad("empty", "the address is empty")
	}
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return Mailbox{}, bad("no_at", "the address has no @")
	}
	local, err := parseLocal(text[:at])
	if err != nil {
		return Mailbox{}, err
	}
	domain, err := parseDomain(text[at+1:])
	if err != nil {
		return Mailbox{}, err
	}
	if len(local)+len("@")+len(domain) > maxAddress {
		return Mailbox{}, bad("long", "the address is longer than {limit} octets", "limit", maxAddress)
	}
	return Mailbox{local, domain}, nil
}

// String is the mailbox as it is written to: the local part as given, the domain as A-labels.
func (m Mailbox) String() string {
	if m.local == "" {
		return ""
	}
	return m.local + "@" + m.domain
}

// Local is the local part as given.
func (m Mailbox) Local() string { return m.local }

// Domain is the domain as lower-case A-labels without a trailing dot.
func (m Mailbox) Domain() string { return m.domain }

// NeedsUTF8 reports whether the mailbox can only be written to over SMTPUTF8 (RFC 6531).
func (m Mailbox) NeedsUTF8() bool { return !ascii(m.local) }

func parseLocal(s string) (string, error) {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1] // "john" means john; whatever truly needs its quotes fails below
	}
	switch {
	case s == "":
		return "", bad("no_local", "nothing stands before the @")
	case len(s) > maxLocal:
		return "", bad("long_local", "more than {limit} octets stand before the @", "limit", maxLocal)
	case s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, ".."):
		return "", bad("dots", "a dot begins, ends or is doubled before the @")
	}
	for _, r := range s {
		if !localRune(r) {
			return "", bad("character", "a character before the @ is not allowed in a mailbox ({code})", "code", code(r))
		}
	}
	return s, nil
}

// localRune allows the atext of RFC 5322 and dots, less the two signs of old-time routing: % and !
// would let a relay send the message on to an address that no suppression was checked for.
func localRune(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	case r < utf8.RuneSelf:
		return strings.ContainsRune(".#$&'*+-/=?^_`{|}~", r)
	}
	return visible(r) && plainCompat(r)
}

// visible refuses what a person cannot see or could not tell from nothing: controls, format signs
// (zero-width, bidirectional, soft hyphen), spaces, unassigned and private code points.
func visible(r rune) bool {
	if r == utf8.RuneError || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r) {
		return false
	}
	return r != '\u17b4' && r != '\u17b5' && unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S)
}

// plainCompat refuses characters that compatibility mapping turns into a sign with a meaning in an
// address, such as the full-width @ or the one-dot leader.
func plainCompat(r rune) bool {
	return !strings.ContainsAny(norm.NFKC.String(string(r)), " @.<>()[]:;,\\\"%!")
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func bad(key, text string, args ...any) error {
	return fault.New(fault.Invalid, "address."+key, text, args...)
}
