package check

import "strings"

// tags are the name=value pairs of a DKIM or DMARC record, RFC 6376 section 3.2.
type tags struct {
	order  []string
	values map[string]string
	twice  string // a name that stands there more than once
	broken string // a part that is no pair
}

func readTags(record string) tags {
	t := tags{values: map[string]string{}}
	for part := range strings.SplitSeq(record, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if name = strings.ToLower(strings.TrimSpace(name)); !ok || name == "" {
			t.broken = part
			continue
		}
		if _, known := t.values[name]; known {
			t.twice = name
			continue
		}
		t.order = append(t.order, name)
		t.values[name] = strings.TrimSpace(value)
	}
	return t
}

// version reports whether a record begins with v= and this version.
func (t tags) version(v string) bool {
	return len(t.order) > 0 && t.order[0] == "v" && t.values["v"] == v
}

func (t tags) has(name string) bool { _, ok := t.values[name]; return ok }

// list is a value of several, separated by colons.
func (t tags) list(name string) (out []string) {
	for item := range strings.SplitSeq(t.values[name], ":") {
		if item = strings.ToLower(strings.TrimSpace(item)); item != "" {
			out = append(out, item)
		}
	}
	return out
}
