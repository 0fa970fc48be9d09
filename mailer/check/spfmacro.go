package check

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// spfMacro is %{…}, or one of %%, %_ and %-, RFC 7208 section 7.
var spfMacro = regexp.MustCompile(`%(?:\{([A-Za-z])(\d*)([rR]?)([-.+,/_=]*)\}|([%_-]))`)

// macroLetters are those that a domain may hold; c, r and t are for explanations alone.
const macroLetters = "slodiphv"

func goodMacros(spec string) error {
	rest := spfMacro.ReplaceAllStringFunc(spec, func(m string) string {
		parts := spfMacro.FindStringSubmatch(m)
		if parts[1] != "" && !strings.Contains(macroLetters+"crt", strings.ToLower(parts[1])) || parts[2] == "0" {
			return "%"
		}
		return ""
	})
	if strings.Contains(rest, "%") {
		return fmt.Errorf("a macro in it cannot be read")
	}
	return nil
}

// target is the domain that a term names, the record's own when it names none.
func (e *evaluation) target(spec, domain string) (string, error) {
	if spec == "" {
		return domain, nil
	}
	name := spfMacro.ReplaceAllStringFunc(spec, func(m string) string { return e.expand(spfMacro.FindStringSubmatch(m), domain) })
	name = bare(name)
	for len(name) > 253 { // from the left, label by label
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = rest
	}
	if name == "" || strings.Contains(name, "..") || strings.HasPrefix(name, ".") || len(name) > 253 ||
		slices.ContainsFunc(strings.Split(name, "."), func(label string) bool { return len(label) > 63 }) {
		return "", broken("%q is no name", spec)
	}
	return name, nil
}

func (e *evaluation) expand(m []string, domain string) string {
	switch m[5] {
	case "%":
		return "%"
	case "_":
		return " "
	case "-":
		return "%20"
	}
	value := e.value(strings.ToLower(m[1]), domain)
	cut := m[4]
	if cut == "" {
		cut = "."
	}
	parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(cut, r) })
	if m[3] != "" {
		slices.Reverse(parts)
	}
	if n, err := strconv.Atoi(m[2]); err == nil && n < len(parts) {
		parts = parts[len(parts)-n:]
	}
	value = strings.Join(parts, ".")
	if letter := m[1][0]; 'A' <= letter && letter <= 'Z' {
		value = url.QueryEscape(value)
	}
	return value
}

func (e *evaluation) value(letter, domain string) string {
	local, of, _ := strings.Cut(e.sender, "@")
	switch letter {
	case "s":
		return e.sender
	case "l":
		return local
	case "o":
		return of
	case "d":
		return domain
	case "h":
		return e.helo
	case "p":
		return "unknown" // its use is discouraged, and it may always be this
	case "v":
		if e.addr.Is6() {
			return "ip6"
		}
		return "in-addr"
	}
	if !e.addr.Is6() {
		return e.addr.String()
	}
	var nibbles []string
	for _, b := range e.addr.As16() {
		nibbles = append(nibbles, fmt.Sprintf("%x", b>>4), fmt.Sprintf("%x", b&15))
	}
	return strings.Join(nibbles, ".")
}
