package config

import (
	"slices"
	"strings"
)

// LineOf finds the line, from 1, on which a dotted key or a part of its table stands in a TOML text,
// and 0 when it is written in a way this simple reader does not see. The decoder keeps no positions,
// and a message that names the line saves its reader a search.
func LineOf(text, key string) int {
	table, fallback := "", 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		full := ""
		switch {
		case strings.HasPrefix(line, "["):
			name, _, _ := strings.Cut(strings.Trim(line, "["), "]")
			table = bare(name)
			full = table
		default:
			name, _, ok := strings.Cut(line, "=")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			full = bare(name)
			if table != "" {
				full = table + "." + full
			}
		}
		if full == key {
			return i + 1
		}
		if strings.HasPrefix(key, full+".") {
			fallback = i + 1
		}
	}
	return fallback
}

// bare takes spaces and quotes off the parts of a dotted key.
func bare(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(p), `"'`)
	}
	return strings.Join(parts, ".")
}

// byLine sorts keys as they stand in the text, so that the first mistake is named first.
func byLine(keys []string, text string) []string {
	slices.SortStableFunc(keys, func(a, b string) int { return LineOf(text, a) - LineOf(text, b) })
	return keys
}
