package lint

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/expression"
)

// A form or message is judged as it is drawn: which colours letters have on which ground, how large they are, and
// whether two buttons look alike. This reads as much of CSS as such pages use. A selector or value that it does not
// know counts for nothing: it never makes a finding of what it cannot tell.

// styling is what a page says of how it looks, in the light or in the dark.
type styling struct {
	byTag map[string][]cssRule // by tag, ".class", "#id" or "*" of the last part of the selector
	vars  map[string]string
	seen  map[*html.Node]map[string]string
}

// cssRule is one selector with what it sets.
type cssRule struct {
	parts  []compound // the last is the element itself
	child  []bool     // whether part i must be the parent of part i+1
	weight int
	order  int
	sets   [][2]string
}

// compound is one element of a selector: "button.act".
type compound struct {
	tag, id string
	classes []string
}

var (
	cssComment = expression.Of(`(?s)/\*.*?\*/`)
	cssPart    = expression.Of(`^([a-z][a-z0-9]*|\*)?((?:[.#][A-Za-z_][\w-]*)*)$`)
	cssName    = expression.Of(`[.#][\w-]+`)
	cssVar     = expression.Of(`var\(\s*(--[\w-]+)\s*(?:,\s*([^()]*))?\)`)
)

// style reads the style sheets of a page: those in it, after the one it loads.
func (p *page) styling(loaded string, dark bool) *styling {
	s := &styling{byTag: map[string][]cssRule{}, vars: map[string]string{}, seen: map[*html.Node]map[string]string{}}
	order := 0
	s.read(loaded, dark, &order)
	for _, n := range p.elements {
		if n.Data == "style" && n.FirstChild != nil {
			s.read(n.FirstChild.Data, dark, &order)
		}
	}
	return s
}

// read adds the rules of a style sheet. Of the conditions only light and dark are known; what else is asked of a
// window, such as its width, is passed over.
func (s *styling) read(text string, dark bool, order *int) {
	text = cssComment.ReplaceAllString(text, "")
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return
		}
		head, body, rest := strings.TrimSpace(text[:open]), "", ""
		body, rest = block(text[open+1:])
		text = rest
		switch {
		case strings.HasPrefix(head, "@media") && strings.Contains(head, "prefers-color-scheme: dark"):
			if dark {
				s.read(body, dark, order)
			}
		case strings.HasPrefix(head, "@"):
		default:
			if i := strings.LastIndexByte(head, ';'); i >= 0 { // an @import before it
				head = head[i+1:]
			}
			*order++
			s.add(head, declarations(body), *order)
		}
	}
}

// block gives what stands up to the brace that closes it, and the rest.
func block(text string) (inside, rest string) {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[:i], text[i+1:]
			}
		}
	}
	return text, ""
}

// declarations are what a rule or a style attribute sets, short forms written out as far as they matter here.
func declarations(body string) (out [][2]string) {
	for part := range strings.SplitSeq(body, ";") {
		name, value, ok := strings.Cut(part, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		switch {
		case !ok:
		case name == "background":
			for word := range strings.FieldsSeq(value) {
				if _, isColour := colourOf(word); isColour || strings.HasPrefix(word, "var(") || word == "transparent" || word == "none" {
					out = append(out, [2]string{"background-color", word})
				}
			}
		case name == "font":
			out = append(out, font(value)...)
		default:
			out = append(out, [2]string{name, value})
		}
	}
	return out
}

// font takes size and weight out of the short form.
func font(value string) (out [][2]string) {
	if value == "inherit" {
		return [][2]string{{"font-size", "inherit"}, {"font-weight", "inherit"}}
	}
	before, _, _ := strings.Cut(value, "/")
	for word := range strings.FieldsSeq(before) {
		switch {
		case len(word) == 3 && word[0] >= '1' && word[0] <= '9' && word[1:] == "00", word == "bold":
			out = append(out, [2]string{"font-weight", word})
		case strings.HasPrefix(word, "var("):
			out = append(out, [2]string{"font-size", word})
		default:
			if _, ok := pixels(word, 16); ok {
				out = append(out, [2]string{"font-size", word})
			}
		}
	}
	return out
}

// add keeps a rule under each of its selectors that is understood.
func (s *styling) add(head string, sets [][2]string, order int) {
	for selector := range strings.SplitSeq(head, ",") {
		selector = strings.TrimSpace(selector)
		if selector == ":root" || selector == "html" {
			for _, d := range sets {
				if strings.HasPrefix(d[0], "--") {
					s.vars[d[0]] = d[1]
				}
			}
		}
		r := cssRule{order: order, sets: sets}
		child := false
		for word := range strings.FieldsSeq(strings.ReplaceAll(selector, ">", " > ")) {
			if word == ">" {
				child = true
				continue
			}
			m := cssPart.FindStringSubmatch(word)
			if m == nil {
				r.parts = nil
				break // a state such as :hover, or what is not known
			}
			c := compound{tag: strings.Trim(m[1], "*")}
			for _, name := range cssName.FindAllString(m[2], -1) {
				if name[0] == '#' {
					c.id = name[1:]
					r.weight += 100
				} else {
					c.classes = append(c.classes, name[1:])
					r.weight += 10
				}
			}
			r.weight += min(len(c.tag), 1)
			r.parts, r.child, child = append(r.parts, c), append(r.child, child), false
		}
		if len(r.parts) > 0 {
			key := r.parts[len(r.parts)-1].key()
			s.byTag[key] = append(s.byTag[key], r)
		}
	}
}

func (c compound) key() string {
	switch {
	case c.id != "":
		return "#" + c.id
	case len(c.classes) > 0:
		return "." + c.classes[0]
	}
	return cmp.Or(c.tag, "*")
}

func (c compound) fits(n *html.Node) bool {
	if n.Type != html.ElementNode || (c.tag != "" && c.tag != n.Data) || (c.id != "" && c.id != attribute(n, "id")) {
		return false
	}
	if len(c.classes) == 0 {
		return true
	}
	own := strings.Fields(attribute(n, "class"))
	for _, class := range c.classes {
		if !slices.Contains(own, class) {
			return false
		}
	}
	return true
}

// fits says whether the parts of a rule up to i, which n is to be, are met.
func (r cssRule) fits(n *html.Node, i int) bool {
	if !r.parts[i].fits(n) {
		return false
	}
	if i == 0 {
		return true
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if r.fits(up, i-1) {
			return true
		}
		if r.child[i] {
			return false
		}
	}
	return false
}

// own is what is set for an element itself, by rules and by its attribute.
func (s *styling) own(n *html.Node) map[string]string {
	if known := s.seen[n]; known != nil {
		return known
	}
	var rules []cssRule
	keys := []string{n.Data, "*", "#" + attribute(n, "id")}
	for class := range strings.FieldsSeq(attribute(n, "class")) {
		keys = append(keys, "."+class)
	}
	for _, key := range keys {
		for _, r := range s.byTag[key] {
			if r.fits(n, len(r.parts)-1) {
				rules = append(rules, r)
			}
		}
	}
	slices.SortStableFunc(rules, func(a, b cssRule) int { return cmp.Or(a.weight-b.weight, a.order-b.order) })
	out := map[string]string{}
	for _, r := range rules {
		for _, d := range r.sets {
			out[d[0]] = s.resolve(d[1])
		}
	}
	for _, d := range declarations(attribute(n, "style")) {
		out[d[0]] = s.resolve(d[1])
	}
	s.seen[n] = out
	return out
}

// resolve puts the values of variables in their place.
func (s *styling) resolve(value string) string {
	for range 4 {
		if !strings.Contains(value, "var(") {
			break
		}
		value = cssVar.ReplaceAllStringFunc(value, func(v string) string {
			m := cssVar.FindStringSubmatch(v)
			return cmp.Or(s.vars[m[1]], m[2])
		})
	}
	return value
}

// inherited is the value of a property that children take over, "" when nobody sets it.
func (s *styling) inherited(n *html.Node, name string) string {
	for ; n != nil; n = n.Parent {
		if n.Type != html.ElementNode {
			continue
		}
		if value := s.own(n)[name]; value != "" && value != "inherit" {
			return value
		}
		if n.Data == "button" && s.own(n)[name] == "" {
			return "" // a button takes nothing over by itself
		}
	}
	return ""
}

// ink is the colour of an element's letters. ok is false when it cannot be told.
func (s *styling) ink(n *html.Node) (colour, bool) {
	value := s.inherited(n, "color")
	if value == "" {
		return colour{}, true // black
	}
	return colourOf(value)
}

// ground is the colour behind an element's letters.
func (s *styling) ground(n *html.Node) (colour, bool) {
	for ; n != nil; n = n.Parent {
		if n.Type != html.ElementNode {
			continue
		}
		own := s.own(n)
		value := own["background-color"]
		if own["background-image"] != "" || strings.Contains(value, "url(") || strings.Contains(value, "gradient") {
			return colour{}, false
		}
		switch {
		case value == "" && attribute(n, "bgcolor") != "":
			return colourOf(attribute(n, "bgcolor"))
		case value == "" || value == "transparent" || value == "none" || value == "inherit":
		default:
			return colourOf(value)
		}
	}
	return colour{1, 1, 1}, true
}

// size is the height of an element's letters in pixels.
func (s *styling) size(n *html.Node) float64 {
	if n == nil || n.Type != html.ElementNode {
		return 16
	}
	value := s.own(n)["font-size"]
	if value == "" && n.Data == "button" {
		value = "13.333px"
	}
	if value == "" && (n.Data == "small" || n.Data == "sub" || n.Data == "sup") {
		value = "smaller"
	}
	parent := s.size(n.Parent)
	if value == "" || value == "inherit" {
		return parent
	}
	if size, ok := pixels(value, parent); ok {
		return size
	}
	return parent
}
