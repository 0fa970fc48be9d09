package tabular

import "strings"

// ParseBool reads yes and no in French and English, without case or spaces around: oui/non, yes/no,
// true/false, vrai/faux, 1/0, and x for yes. known is false for any other text, and for an empty
// cell, which in a column of x means no and elsewhere means that nobody said: the caller decides.
func ParseBool(cell string) (value, known bool) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "oui", "yes", "true", "vrai", "1", "x", "o", "y":
		return true, true
	case "non", "no", "false", "faux", "0", "n":
		return false, true
	}
	return false, false
}
