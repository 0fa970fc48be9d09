package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Preset says how the export of another program is to be read: which of its columns are which fields,
// and what its values mean here. A value that it does not list never helps: it reads as unknown, in a
// column of noes as a no.
type Preset struct {
	Name     string            // by which it is asked for
	Title    string            // as it is shown
	Source   string            // where the program's makers say what the columns are
	Requires []string          // headings that the file must have
	File     string            // what the name of the file must hold, whatever signs stand in it; "" anything
	Only     bool              // what it does not list is no field, whatever it is called, but for a no
	Fixed    map[string]string // field → what every row says
	Columns  []PresetColumn
	Rest     PresetColumn // what every column means that is none of Columns, such as one for each list; without a field nothing
}

// PresetColumn is one column of a preset. A heading may be several with | between them, any of which
// will do, and one that ends with * stands for all that begin so. The same heading may stand in several
// columns, that of a date first: its cells then fill several fields.
type PresetColumn struct {
	Heading   string
	Field     string            // "" for an attribute
	Values    map[string]string // value in the file → value of the field
	Otherwise string            // value of the field for any other value in the file
	List      bool              // the cell holds several values
	Blank     []string          // what is written for nothing
	Trim      string            // characters around the value that are not part of it
	Scope     string            // of an optout: the channel that it is about, "" all
	With      []string          // headings: without something in all of these columns the cell says nothing
	Unlike    string            // heading: a cell that is the same as that column's says nothing
}

// FindPreset gives the preset that knows a file by its header: of several the one that asks for most.
func FindPreset(all []Preset, header []string, file string) *Preset {
	var best *Preset
	most := 0
	for i := range all {
		if n := all[i].knows(header, file); n > most {
			best, most = &all[i], n
		}
	}
	return best
}

// knows counts how much of what the preset asks for a file has; 0 unless it has all.
func (p *Preset) knows(header []string, file string) int {
	n := len(p.Requires)
	if p.File != "" {
		if n++; !strings.Contains(plain(file), plain(p.File)) {
			return 0
		}
	}
	for _, want := range p.Requires {
		if !slices.ContainsFunc(header, func(h string) bool { return isHeading(want, h) }) {
			return 0
		}
	}
	return n
}

// isHeading compares a heading of a preset with one of a file.
func isHeading(want, have string) bool {
	const own = "$" // marks names that are a program's own: $consent is not any column called consent
	marked, have := strings.HasPrefix(strings.TrimSpace(have), own), plain(have)
	for w := range strings.SplitSeq(want, "|") {
		begin, open := strings.CutSuffix(w, "*")
		if p := plain(begin); p != "" && marked == strings.HasPrefix(w, own) && (p == have || open && strings.HasPrefix(have, p)) {
			return true
		}
	}
	return false
}

// Settles reports whether the file as a whole says what consent there is: who unsubscribed, was cleaned, has not confirmed.
// No column of it can say that they agreed.
func (p *Preset) Settles() bool {
	return p != nil && (p.Fixed["optout"] != "" || p.Fixed["bounce"] != "" || p.Fixed["complaint"] != "" || p.Fixed["consent_status"] != "")
}

// TellsConsent reports whether the preset knows who agreed of a file with that header: from a column, or from the file as a whole.
func (p *Preset) TellsConsent(header []string) bool {
	return p.Settles() || p != nil && slices.ContainsFunc(header, func(h string) bool {
		return slices.ContainsFunc(p.columns(h), func(c PresetColumn) bool { return c.Field == "consent_status" })
	})
}

// columns are the preset's columns for a heading of a file, in order.
func (p *Preset) columns(heading string) (cs []PresetColumn) {
	if p == nil {
		return nil
	}
	for _, c := range p.Columns {
		if isHeading(c.Heading, heading) {
			cs = append(cs, c)
		}
	}
	if len(cs) == 0 && p.Rest.Field != "" && plain(heading) != "" {
		cs = append(cs, p.Rest)
	}
	return cs
}

// Check finds what is wrong with a preset itself.
func (p *Preset) Check() error {
	for f := range p.Fixed {
		if _, known := headings[f]; !known {
			return fmt.Errorf("preset %s: fixed %s", p.Name, f)
		}
	}
	if f := p.Rest.Field; f != "" && !slices.Contains(anyOf, f) {
		return fmt.Errorf("preset %s: all other columns for %q", p.Name, f)
	}
	for _, c := range p.Columns {
		_, known := headings[c.Field]
		begin, _, _ := strings.Cut(strings.Trim(c.Heading, "*"), "|")
		same := p.columns(begin)
		switch {
		case plain(begin) == "" || c.Field != "" && !known || c.Scope != "" && (c.Field != "optout" || scopes[plain(c.Scope)] != c.Scope):
			return fmt.Errorf("preset %s: %q for %q", p.Name, c.Heading, c.Field)
		case slices.Contains(dateFields, c.Field) && !slices.Contains(dateFields, same[0].Field):
			return fmt.Errorf("preset %s: of %q the date must come first", p.Name, c.Heading)
		}
	}
	return nil
}

// derived is a value that a row has beside its cells: what a cell means, or what the file says of every
// row.
type derived struct {
	from   int // column, -1 for none
	says   string
	column PresetColumn
	values map[string]string // by plain text
	with   []int             // columns that must be filled, -1 for one that is not there
	unlike int               // column that must differ, -1 for none

	word func(text string) string // what a status or an age means; nil of a preset
}

// scoped is the field of an optout that is about one channel.
func scoped(scope string) string { return "optout." + scope }

// apply lays the preset over columns that were taken as fields: the columns that are taken as the
// preset takes them mean what it says.
func (p *Preset) apply(c *columns, fields []string) {
	own, said := p.own(c.header, fields)
	slices.SortStableFunc(own, func(a, b int) int { return p.rank(c.header[a]) - p.rank(c.header[b]) })
	for _, i := range own {
		p.replace(c, i, said)
	}
	for _, f := range slices.Sorted(maps.Keys(p.Fixed)) {
		if !said[f] || slices.Contains(anyOf, f) {
			c.of[f] = append(c.of[f], c.derive(derived{from: -1, says: p.Fixed[f]}))
		}
	}
}

// own are the columns that mean what the preset says, and the fields for which somebody named another column.
func (p *Preset) own(header, fields []string) (own []int, said map[string]bool) {
	said = map[string]bool{}
	for i, h := range header {
		cs := p.columns(h)
		switch {
		case len(cs) > 0 && cs[0].Field == fields[i]:
			own = append(own, i)
		case fields[i] != "":
			said[fields[i]] = true
		}
	}
	leading := len(own)
	for i, h := range header { // further columns for a field of which the preset has the first
		if cs := p.columns(h); len(cs) > 0 && fields[i] == "" && cs[0].Field != "" && !said[cs[0].Field] &&
			slices.ContainsFunc(own[:leading], func(o int) bool { return fields[o] == cs[0].Field }) {
			own = append(own, i)
		}
	}
	return own, said
}

// Reads gives for each column the field that it is read for, where fields are those that it was taken for: a preset may read
// several for one.
func (p *Preset) Reads(header, fields []string) []string {
	read := slices.Clone(fields)
	if p == nil {
		return read
	}
	own, _ := p.own(header, fields)
	for _, i := range own {
		read[i] = p.columns(header[i])[0].Field
	}
	return read
}

// rank is the place of a heading in the preset: of several columns for a field the first that is filled
// counts.
func (p *Preset) rank(heading string) int {
	return slices.IndexFunc(p.Columns, func(c PresetColumn) bool { return isHeading(c.Heading, heading) })
}

// replace puts what the preset makes of a column in its place.
func (p *Preset) replace(c *columns, i int, said map[string]bool) {
	for n, pc := range p.columns(c.header[i]) {
		field := pc.Field
		if n == 0 && field != "" {
			c.of[field] = slices.DeleteFunc(c.of[field], func(at int) bool { return at == i })
		}
		if field == "" || said[field] && !slices.Contains(anyOf, field) {
			continue
		}
		if pc.Scope != "" {
			if field = scoped(pc.Scope); !slices.Contains(c.scopes, pc.Scope) {
				c.scopes = append(c.scopes, pc.Scope)
			}
		}
		at := i
		if !pc.plain() {
			at = c.derive(c.derived(i, pc))
		}
		c.of[field] = append(c.of[field], at)
	}
}

// plain holds for a column whose cells say what they say.
func (pc PresetColumn) plain() bool {
	return len(pc.Values) == 0 && pc.Otherwise == "" && pc.Trim == "" && len(pc.Blank)+len(pc.With) == 0 && pc.Unlike == ""
}

func (c *columns) derive(d derived) int {
	c.derivations = append(c.derivations, d)
	return len(c.header) + len(c.derivations) - 1
}

func (c *columns) derived(from int, pc PresetColumn) derived {
	d := derived{from: from, column: pc, values: make(map[string]string, len(pc.Values)), unlike: -1}
	for k, v := range pc.Values {
		d.values[plain(k)] = v
	}
	find := func(heading string) int {
		return slices.IndexFunc(c.header, func(h string) bool { return isHeading(heading, h) })
	}
	for _, h := range pc.With {
		d.with = append(d.with, find(h))
	}
	if pc.Unlike != "" {
		d.with, d.unlike = append(d.with, find(pc.Unlike)), find(pc.Unlike)
	}
	return d
}

// source is the column of the file that a value comes from.
func (c *columns) source(i int) int {
	if n := i - len(c.header); n >= 0 {
		return c.derivations[n].from
	}
	return i
}

// derivation reads a derived value of the row.
func (r *rowReader) derivation(d *derived) string {
	if d.from < 0 {
		return d.says
	}
	if d.word != nil {
		return d.word(r.at(d.from))
	}
	text := strings.Trim(r.at(d.from), d.column.Trim)
	for _, i := range d.with {
		if i < 0 || r.at(i) == "" {
			return ""
		}
	}
	if text == "" || slices.Contains(d.column.Blank, text) || d.unlike >= 0 && r.at(d.unlike) == text {
		return ""
	}
	return d.meaning(text)
}

// meaning translates a cell.
func (d *derived) meaning(text string) string {
	pc := &d.column
	if len(pc.Values) == 0 && pc.Otherwise == "" {
		return text
	}
	if v, ok := d.values[plainWord(text)]; ok && (!isNegative(text) || slices.Contains(anyOf, pc.Field)) {
		return v
	}
	if pc.List {
		return d.list(text)
	}
	return pc.unlisted(text)
}

// unlisted is what a value means that the preset does not know.
func (pc *PresetColumn) unlisted(text string) string {
	word := statuses[plainWord(text)] // of another language, or of another version of the program
	switch {
	case pc.Otherwise == "" && pc.Field == "optout" && word == "withdrawn":
		return "yes"
	case pc.Otherwise == "" && slices.Contains(anyOf, pc.Field):
		return text // whoever reads a no takes all that is no plain no for one
	case pc.Otherwise == statusUnknown && pc.Field == "consent_status" && (word == "no" || word == "withdrawn"):
		return word
	}
	return pc.Otherwise
}

// list translates a cell of several values: channels are gathered, of noes one is enough, also beside a yes, of anything
// else the first that is known counts.
func (d *derived) list(text string) string {
	var known, unknown []string
	for s := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(`,;[]"'`, r) }) {
		switch v, ok := d.values[plainWord(s)]; {
		case plain(s) == "":
		case !ok:
			unknown = append(unknown, strings.TrimSpace(s))
		case v != "":
			known = append(known, v)
		}
	}
	switch {
	case d.column.Field == "consent_channels":
		return strings.Join(known, ",")
	case slices.Contains(anyOf, d.column.Field):
		if len(unknown) > 0 {
			known = append(known, d.column.unlisted(unknown[0]))
		}
		if i := slices.IndexFunc(known, func(v string) bool { return !saysNo(v) }); i > 0 {
			return known[i]
		}
	case d.column.Field == "consent_status":
		for _, s := range unknown {
			known = append(known, d.column.unlisted(s))
		}
		if i := slices.IndexFunc(known, func(v string) bool { return v == "no" || v == "withdrawn" }); i > 0 {
			return known[i]
		}
	case len(known) == 0 && len(unknown) > 0:
		return d.column.Otherwise
	}
	if len(known) == 0 {
		return ""
	}
	return known[0]
}
