package check

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// spfRecord is a record taken apart, RFC 7208 section 4.6.
type spfRecord struct {
	terms    []spfTerm
	redirect string
}

// spfTerm is one mechanism.
type spfTerm struct {
	text         string // as published
	qualifier    byte
	name         string
	spec         string // the domain it names; "" is that of the record
	bits4, bits6 int
	prefix       netip.Prefix // of ip4 and ip6
}

var (
	spfModifier  = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9._-]*)=(.*)$`)
	spfMechanism = regexp.MustCompile(`^([-+?~]?)([A-Za-z][A-Za-z0-9._-]*)([:/].*)?$`)
	spfBits      = regexp.MustCompile(`^(.*?)(?:/(\d{1,2}))?(?://(\d{1,3}))?$`)
)

// parseSPF reads a whole record before anything in it counts: one mistake makes all of it unusable.
func parseSPF(text string) (r spfRecord, err error) {
	exp := false
	for _, word := range strings.Fields(text)[1:] {
		m := spfModifier.FindStringSubmatch(word)
		if m == nil {
			t, err := parseTerm(word)
			if err != nil {
				return r, err
			}
			r.terms = append(r.terms, t)
			continue
		}
		switch strings.ToLower(m[1]) {
		case "redirect":
			if r.redirect != "" || m[2] == "" {
				return r, fmt.Errorf("redirect is empty or stands there twice")
			}
			r.redirect = m[2]
		case "exp":
			if exp || m[2] == "" {
				return r, fmt.Errorf("exp is empty or stands there twice")
			}
			exp = true
		}
		if err := goodMacros(m[2]); err != nil {
			return r, fmt.Errorf("%s: %w", word, err)
		}
	}
	return r, nil
}

func parseTerm(word string) (t spfTerm, err error) {
	m := spfMechanism.FindStringSubmatch(word)
	if m == nil {
		return t, fmt.Errorf("%q is no term", word)
	}
	t = spfTerm{text: word, qualifier: '+', name: strings.ToLower(m[2]), bits4: 32, bits6: 128}
	if m[1] != "" {
		t.qualifier = m[1][0]
	}
	wrong := fmt.Errorf("%q cannot be read", word)
	argument, has := strings.CutPrefix(m[3], ":")
	switch t.name {
	case "all":
		if m[3] != "" {
			return t, wrong
		}
		return t, nil
	case "ip4", "ip6":
		return t, t.network(argument, wrong)
	case "include", "exists":
		if t.spec = argument; argument == "" || strings.Contains(argument, "/") && !strings.Contains(argument, "%{") {
			return t, wrong
		}
	case "a", "mx":
		if !t.cut(argument) || has && t.spec == "" {
			return t, wrong
		}
	case "ptr":
		if t.spec = argument; has && argument == "" || strings.HasPrefix(m[3], "/") {
			return t, wrong
		}
	default:
		return t, fmt.Errorf("%q is no mechanism", word)
	}
	if err := goodMacros(t.spec); err != nil {
		return t, fmt.Errorf("%s: %w", word, err)
	}
	return t, nil
}

// cut takes the lengths of the networks from the end of a and mx.
func (t *spfTerm) cut(argument string) bool {
	m := spfBits.FindStringSubmatch(argument)
	t.spec = m[1]
	for i, at := range []*int{&t.bits4, &t.bits6} {
		if text := m[i+2]; text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n > *at || len(text) > 1 && text[0] == '0' {
				return false
			}
			*at = n
		}
	}
	return !strings.Contains(t.spec, "/") || strings.Contains(t.spec, "%{")
}

func (t *spfTerm) network(argument string, wrong error) error {
	p, err := netip.ParsePrefix(argument)
	if err != nil {
		a, err := netip.ParseAddr(argument)
		if err != nil {
			return wrong
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4() != (t.name == "ip4") || p.Addr().Zone() != "" {
		return wrong
	}
	t.prefix = p
	return nil
}
