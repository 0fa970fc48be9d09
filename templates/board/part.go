package board

import (
	"strconv"
	"strings"
)

// Badge is a word with a colour that repeats what the word says.
type Badge struct {
	Kind string // good, wait, bad, off or empty: the colour
	Text string
}

// Segment is one part of a whole, as a labelled number and as a piece of a bar.
type Segment struct {
	Label string
	N     string // as people write it
	Note  string // its share in words
	Kind  string // the colour: as for Badge, or mild
	Count int
	Href  string // what it is made of; empty: no page
	ID    string // of the link, where it keeps the focus when the figures are drawn anew

	from, width string // in percent of the bar
}

// local is what stands before the host of an address; all of what is none.
func local(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return address[:i]
	}
	return address
}

// Split lays the segments side by side.
func Split(ss []Segment, total int) []Segment {
	percent := func(n int) string {
		return strconv.FormatFloat(100*float64(n)/float64(max(total, 1)), 'f', 2, 64) + "%"
	}
	before := 0
	for i := range ss {
		ss[i].from, ss[i].width = percent(before), percent(ss[i].Count)
		before += ss[i].Count
	}
	return ss
}

// Share is the part of a whole in percent, rounded, and never 0 or 100 unless it is.
func Share(n, of int) int {
	if of <= 0 || n <= 0 {
		return 0
	}
	if n >= of {
		return 100
	}
	return min(max((200*n+of)/(2*of), 1), 99)
}

// Empty says that there is nothing yet, and what would change that.
type Empty struct {
	Title string
	Text  string
	Link  *Link
}

// Field is one field of a form.
type Field struct {
	Name         string
	ID           string // empty: the name, which then stands once on its page
	Label        string
	Kind         string // text, password; empty is text
	Value        string // never set for a password
	Hint         string
	Error        string // what is wrong with it, if it is
	Autocomplete string
	Options      []Option // not empty: a list to choose from
	Required     bool
	Focus        bool // where the person begins
}

func (f Field) kind() string {
	if f.Kind == "" {
		return "text"
	}
	return f.Kind
}

// described names the parts that explain a field.
func (f Field) described() string {
	switch {
	case f.Error != "" && f.Hint != "":
		return f.id() + "-error " + f.id() + "-hint"
	case f.Error != "":
		return f.id() + "-error"
	case f.Hint != "":
		return f.id() + "-hint"
	}
	return ""
}

func (f Field) id() string {
	if f.ID == "" {
		return f.Name
	}
	return f.ID
}

// Pages leads through a long list. An empty link is not shown.
type Pages struct{ Newer, Older Link }

// Pair is a term and what it is.
type Pair struct {
	Term string
	Text string
}

func pressed(b bool) string { return strconv.FormatBool(b) }
