package address

import "strings"

// IsCountry knows the assigned ISO 3166-1 alpha-2 codes, and XK, by which everybody calls Kosovo.
func IsCountry(code string) bool { return countries[code] || code == "XK" }

// CountryOfDomain infers an ISO 3166-1 alpha-2 code from a country's top-level domain, or "". Codes
// sold to the whole world (.io, .co, .tv …) say nothing and give "".
func CountryOfDomain(domain string) string {
	top := strings.ToLower(domain[strings.LastIndexByte(domain, '.')+1:])
	if c, ok := topLevel[top]; ok {
		return c
	}
	if len(top) == 2 && countries[strings.ToUpper(top)] {
		return strings.ToUpper(top)
	}
	return ""
}

// CountryOfPhone infers an ISO 3166-1 alpha-2 code from a number in international form (+33…), or "".
// Spaces, dots, hyphens and brackets are passed over; 00 is read as +.
func CountryOfPhone(number string) string {
	digits, ok := international(number)
	if !ok {
		return ""
	}
	for n := min(len(digits), longestPrefix); n > 0; n-- {
		if c, ok := dialling[digits[:n]]; ok {
			return c
		}
	}
	return ""
}

var punctuation = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ".", "", "-", "", "/", "", "(0)", "", "(", "", ")", "")

// international gives the digits behind + or 00; a number of fewer than 7 or more than 15 is none.
func international(number string) (string, bool) {
	s := punctuation.Replace(number)
	digits, plus := strings.CutPrefix(s, "+")
	if !plus {
		if digits, plus = strings.CutPrefix(s, "00"); !plus {
			return "", false
		}
	}
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return digits, true
}
