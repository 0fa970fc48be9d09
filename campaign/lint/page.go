package lint

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/expression"
)

// page is an HTML document taken apart: what a person reads, and what only a machine reads.
type page struct {
	root     *html.Node
	source   string
	language string
	visible  normal // text a person sees, one block a line
	all      normal // with hidden text, alternative texts, titles and labels of buttons
	hidden   []string
	links    []link
	controls []control
	elements []*html.Node // all elements, in document order
}

// link is one anchor.
type link struct {
	href string
	text string
	at   *html.Node
}

// control is one field or button of a form.
type control struct {
	kind  string // checkbox, radio, submit, hidden, text, textarea, select …
	name  string
	value string
	label string // the words beside it
	at    *html.Node
}

// blocks are the elements that end a sentence.
var blocks = expression.Of(`^(address|article|aside|blockquote|body|br|button|caption|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|img|input|label|legend|li|main|nav|ol|option|p|pre|section|select|summary|table|tbody|td|tfoot|th|thead|title|tr|ul)$`)

// concealed are the inline styles that take a text out of sight.
var concealed = expression.Of(`display:none|visibility:hidden|font-size:0(px|pt|em|rem|%)?(;|$)|opacity:0(\.0+)?(;|$)|max-height:0|mso-hide:all|(left|top|text-indent|margin-left):-\d{3,}`)

// parsePage takes a document apart; garbage gives a page with little in it, never an error.
func parsePage(source string) *page {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		root = &html.Node{Type: html.DocumentNode}
	}
	p := &page{root: root, source: source}
	var seen, all strings.Builder
	p.walk(root, false, &seen, &all)
	p.visible, p.all = normalise(tidy(seen.String())).flattened(), normalise(tidy(all.String()))
	p.collect()
	return p
}

// walk writes the text of a subtree, blocks on lines of their own.
func (p *page) walk(n *html.Node, hidden bool, seen, all *strings.Builder) {
	if n.Type == html.TextNode {
		text := strings.Join(strings.Fields(" "+n.Data+" "), " ")
		lead, trail := leadTrail(n.Data)
		all.WriteString(lead + text + trail)
		if hidden && text != "" {
			p.hidden = append(p.hidden, text)
		} else {
			seen.WriteString(lead + text + trail)
		}
		return
	}
	block := false
	if n.Type == html.ElementNode {
		switch n.Data {
		case "script", "style", "template", "noscript":
			return
		}
		block = blocks.MatchString(n.Data)
		hidden = hidden || isHidden(n)
		for _, name := range []string{"alt", "title", "aria-label", "placeholder"} {
			if text := attribute(n, name); text != "" {
				all.WriteString("\n" + text + "\n")
			}
		}
		if n.Data == "input" && isButton(attribute(n, "type")) {
			all.WriteString("\n" + attribute(n, "value") + "\n")
			seen.WriteString("\n" + attribute(n, "value") + "\n")
		}
	}
	if block {
		seen.WriteByte('\n')
		all.WriteByte('\n')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.walk(c, hidden || n.Data == "title", seen, all)
	}
	if block {
		seen.WriteByte('\n')
		all.WriteByte('\n')
	}
}

// collect gathers links and controls in document order.
func (p *page) collect() {
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		p.elements = append(p.elements, n)
		switch n.Data {
		case "html":
			p.language = attribute(n, "lang")
		case "a", "area":
			if href := strings.TrimSpace(attribute(n, "href")); href != "" {
				p.links = append(p.links, link{href, textOf(n), n})
			}
		case "input", "button", "select", "textarea":
			p.controls = append(p.controls, p.control(n))
		}
	}
}

// control reads one field or button.
func (p *page) control(n *html.Node) control {
	c := control{kind: strings.ToLower(attribute(n, "type")), name: attribute(n, "name"), value: attribute(n, "value"), at: n}
	switch {
	case n.Data == "button":
		if c.kind == "" {
			c.kind = "submit"
		}
		c.label = textOf(n)
	case n.Data != "input":
		c.kind = n.Data
		c.label = p.labelOf(n)
	case isButton(c.kind):
		c.label = c.value
	default:
		if c.kind == "" {
			c.kind = "text"
		}
		c.label = p.labelOf(n)
	}
	return c
}

// labelOf finds the words that a person reads beside a field.
func (p *page) labelOf(field *html.Node) string {
	for up := field.Parent; up != nil; up = up.Parent {
		if up.Data == "label" {
			return textOf(up)
		}
	}
	id := attribute(field, "id")
	ids := strings.Fields(attribute(field, "aria-labelledby"))
	var words []string
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		named := n.Data == "label" && id != "" && attribute(n, "for") == id
		for _, other := range ids {
			named = named || attribute(n, "id") == other
		}
		if named {
			words = append(words, textOf(n))
		}
	}
	if len(words) == 0 {
		return attribute(field, "aria-label")
	}
	return strings.Join(words, " ")
}

// submits gives the buttons that send a form, in order.
func (p *page) submits() []control {
	var out []control
	for _, c := range p.controls {
		if c.kind == "submit" || c.kind == "image" {
			out = append(out, c)
		}
	}
	return out
}

// action gives the submit button with one value of the field "action".
func (p *page) action(value string) (control, bool) {
	for _, c := range p.submits() {
		if c.name == "action" && c.value == value {
			return c, true
		}
	}
	return control{}, false
}

// choices gives the fields by which a person decides: check boxes, radio buttons and lists.
func (p *page) choices() []control {
	var out []control
	for _, c := range p.controls {
		if c.kind == "checkbox" || c.kind == "radio" || c.kind == "select" {
			out = append(out, c)
		}
	}
	return out
}

// attribute gives an attribute of an element, or "".
func attribute(n *html.Node, name string) string {
	value, _ := attributeIs(n, name)
	return value
}

// attributeIs gives an attribute and whether it is there at all.
func attributeIs(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// style gives the inline style without spaces, in lower case.
func style(n *html.Node) string {
	return strings.ToLower(strings.Join(strings.Fields(attribute(n, "style")), ""))
}

// isHidden says whether an element is out of sight by itself.
func isHidden(n *html.Node) bool {
	if _, ok := attributeIs(n, "hidden"); ok {
		return true
	}
	s := style(n)
	return s != "" && (concealed.MatchString(s) || sameColour(s))
}

// sameColour says whether a style paints letters in the colour of their ground.
func sameColour(s string) bool {
	var ink, ground string
	for part := range strings.SplitSeq(s, ";") {
		switch name, value, _ := strings.Cut(part, ":"); name {
		case "color":
			ink = value
		case "background", "background-color":
			ground = value
		}
	}
	return ink != "" && ink == ground
}

// concealedBy says whether an element or one around it is out of sight.
func concealedBy(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && isHidden(n) {
			return true
		}
	}
	return false
}

// isButton says whether an input type is a button.
func isButton(kind string) bool {
	switch strings.ToLower(kind) {
	case "submit", "button", "reset", "image":
		return true
	}
	return false
}

// textOf gives the text of a subtree on one line.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
		if d.Type == html.ElementNode && (blocks.MatchString(d.Data)) {
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// leadTrail keeps one space where a text node begins or ends with space.
func leadTrail(s string) (lead, trail string) {
	if s == "" || strings.TrimSpace(s) == "" {
		return "", " "
	}
	if strings.TrimLeft(s, " \t\r\n") != s {
		lead = " "
	}
	if strings.TrimRight(s, " \t\r\n") != s {
		trail = " "
	}
	return lead, trail
}

// tidy drops empty lines and doubled spaces.
func tidy(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// address parses a link; what is no URL gives an empty one.
func address(href string) *url.URL {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return &url.URL{}
	}
	return u
}
