package mailer

import (
	"bytes"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/reoptin/reoptin/templates/mail"
)

// Around the number of a placeholder while Markdown is read, so that nothing in its name is markup.
const (
	markOpen  = "\uE000"
	markClose = "\uE001"
)

// prose reads the author's Markdown and gives its blocks. Raw HTML, links and images are refused: the
// links of a message are set by the layout.
func (l *layout) prose() ([]mail.Block, error) {
	where := "message." + l.language + ".body"
	body := strings.ReplaceAll(l.file.Message[l.language].Body, "\r\n", "\n")
	if strings.ContainsFunc(body, func(r rune) bool { return unicode.Is(unicode.Co, r) || r != '\n' && r != '\t' && unicode.IsControl(r) }) {
		return nil, foreign(where, "it holds control or private-use characters, which mean nothing to readers")
	}
	if word := linkLike(body); word != "" {
		return nil, foreign(where, "{word} would become a link; the links of the message are set by the layout", "word", word)
	}
	source, marks, err := l.mark(where, body)
	if err != nil {
		return nil, err
	}
	md := goldmark.New()
	doc := md.Parser().Parse(text.NewReader(source))
	if err := l.refuse(where, doc); err != nil {
		return nil, err
	}
	var blocks []mail.Block
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		plain := writeText(n, source)
		if b, ok := marks.block(plain); ok {
			blocks = append(blocks, b)
			continue
		}
		var b bytes.Buffer
		if err := md.Renderer().Render(&b, source, n); err != nil {
			return nil, err
		}
		blocks = append(blocks, mail.Block{HTML: marks.fill(b.String(), html.EscapeString), Text: marks.fill(plain, func(s string) string { return s })})
	}
	return blocks, marks.once(where, blocks)
}

// linkLike is a word that mail programs would turn into a link.
func linkLike(body string) string {
	for w := range strings.FieldsSeq(body) {
		if low := strings.ToLower(w); strings.Contains(low, "://") || strings.HasPrefix(strings.TrimLeft(low, "(<[*_"), "www.") {
			return w
		}
	}
	return ""
}

// marks are the placeholders of a text, by number.
type marks struct {
	slots []filled
	known map[string]string
}

// mark puts numbers in the place of placeholders.
func (l *layout) mark(where, body string) ([]byte, *marks, error) {
	m := &marks{known: l.known}
	wrong := unfilled(where, body, ofBody())
	out := placeholder.ReplaceAllStringFunc(body, func(found string) string {
		f, err := read(where, placeholder.FindStringSubmatch(found)[1])
		_, known := l.known[f.name]
		if err == nil && !known && !personal(f.name) && f.name != slotChoose && f.name != slotUnsubscribe {
			err = unknownPlaceholder(where, f.name, ofBody())
		}
		if wrong == nil {
			wrong = err
		}
		m.slots = append(m.slots, f)
		return markOpen + strconv.Itoa(len(m.slots)-1) + markClose
	})
	if wrong != nil {
		return nil, nil, wrong
	}
	if braces(out) {
		return nil, nil, foreign(where, "a placeholder is not closed")
	}
	return []byte(out), m, nil
}

// fill writes the organisation's values, escaped, and the personal placeholders in braces, each with its fallback,
// escaped likewise: a kept document is safe as it stands.
func (m *marks) fill(s string, escape func(string) string) string {
	pairs := make([]string, 0, 2*len(m.slots))
	for i, f := range m.slots {
		value, known := m.known[f.name]
		switch {
		case known:
			value = escape(value)
		case f.otherwise != "":
			value = "{{" + f.name + "|" + escape(f.otherwise) + "}}"
		default:
			value = "{{" + f.name + "}}"
		}
		pairs = append(pairs, markOpen+strconv.Itoa(i)+markClose, value)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// block is the layout's block that a paragraph of a single placeholder stands for.
func (m *marks) block(plain string) (mail.Block, bool) {
	inner, opened := strings.CutPrefix(strings.TrimSpace(plain), markOpen)
	number, closed := strings.CutSuffix(inner, markClose)
	i, err := strconv.Atoi(number)
	if !opened || !closed || err != nil {
		return mail.Block{}, false
	}
	switch m.slots[i].name {
	case slotChoose:
		return mail.Block{Kind: mail.Choice}, true
	case slotUnsubscribe:
		return mail.Block{Kind: mail.Object}, true
	}
	return mail.Block{}, false
}

// once refuses a link in the middle of a sentence, and one that stands twice.
func (m *marks) once(where string, blocks []mail.Block) error {
	for slot, kind := range map[string]mail.Kind{slotChoose: mail.Choice, slotUnsubscribe: mail.Object} {
		named, placed := 0, 0
		for _, f := range m.slots {
			if f.name == slot {
				named++
			}
		}
		for _, b := range blocks {
			if b.Kind == kind {
				placed++
			}
		}
		if named > 1 || named != placed {
			return foreign(where, "{name} may stand once, alone in a paragraph", "name", "{{"+slot+"}}")
		}
	}
	return nil
}

// allowed are the kinds of node that a message may have.
var allowed = []ast.NodeKind{ast.KindDocument, ast.KindParagraph, ast.KindTextBlock, ast.KindHeading, ast.KindList, ast.KindListItem,
	ast.KindBlockquote, ast.KindThematicBreak, ast.KindText, ast.KindString, ast.KindEmphasis}

func (l *layout) refuse(where string, doc ast.Node) error {
	return ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || slices.Contains(allowed, n.Kind()) {
			return ast.WalkContinue, nil
		}
		what := "code cannot stand in a message"
		switch n.Kind() {
		case ast.KindLink, ast.KindAutoLink:
			what = "a link of its own cannot stand in a message; the layout sets the links"
		case ast.KindImage:
			what = "an image cannot stand in a message"
		case ast.KindHTMLBlock, ast.KindRawHTML:
			what = "HTML cannot stand in a message; write Markdown"
		}
		return ast.WalkStop, foreign(where, what)
	})
}

// writeText gives a block as plain text.
func writeText(n ast.Node, source []byte) string {
	switch n := n.(type) {
	case *ast.ThematicBreak:
		return "* * *"
	case *ast.List:
		var items []string
		number := n.Start
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			bullet := "- "
			if n.IsOrdered() {
				bullet = strconv.Itoa(number) + ". "
				number++
			}
			items = append(items, bullet+indent(writeChildren(item, source), "  "))
		}
		return strings.Join(items, "\n")
	case *ast.Blockquote:
		return "> " + indent(writeChildren(n, source), "> ")
	case *ast.Text:
		s := string(util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(n.Segment.Value(source)))))
		switch {
		case n.HardLineBreak():
			s += "\n"
		case n.SoftLineBreak():
			s += " "
		}
		return s
	case *ast.String:
		return string(n.Value)
	}
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		b.WriteString(writeText(c, source))
	}
	return b.String()
}

func writeChildren(n ast.Node, source []byte) string {
	var parts []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		parts = append(parts, writeText(c, source))
	}
	return strings.Join(parts, "\n")
}

func indent(s, by string) string { return strings.ReplaceAll(s, "\n", "\n"+by) }
