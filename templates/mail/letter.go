package mail

import (
	"bytes"
	"context"
	"strings"
)

// Letter is one message in one language, ready to be drawn.
type Letter struct {
	Language  string // BCP 47
	Direction string // ltr, rtl
	Title     string // the subject
	Sender    string // the organisation as people know it
	Body      []Block
	Ask       Ask
	Choose    Link // to the form
	Answer    []string
	Object    Objection
	Legal     []Section
	Notice    Link // to the privacy notice
}

// Kind says what a block of the body is.
type Kind int

// The kinds of block.
const (
	Prose  Kind = iota // the author's words
	Choice             // the link to the form stands here
	Object             // the block to object stands here
)

// Block is a part of the author's text.
type Block struct {
	Kind Kind
	HTML string // safe: drawn from Markdown without raw HTML, links or images
	Text string
}

// Ask is what is asked for: a sentence, then one per purpose and channel.
type Ask struct {
	Lead  string
	Items []string
}

// Link is a label with where it leads.
type Link struct{ Label, Href string }

// Objection stands apart from everything else (GDPR art. 21(4)).
type Objection struct {
	Text string
	Link Link
}

// Section is a paragraph of the legal block.
type Section struct{ Title, Text string }

// HTML draws the HTML part.
func HTML(l Letter) ([]byte, error) {
	var b bytes.Buffer
	if err := sheet(l).Render(context.Background(), &b); err != nil {
		return nil, err
	}
	return []byte(blocks.Replace(b.String()) + "\n"), nil
}

// blocks puts every block on a line of its own: lines stay short for whoever reads the source, and a
// mailer can encode apart those that hold nothing personal. Between blocks a line break shows nothing.
var blocks = strings.NewReplacer("</head>", "</head>\n", "</style>", "</style>\n", "</p>", "</p>\n", "</h1>", "</h1>\n", "</h2>", "</h2>\n", "</li>", "</li>\n", "</ul>", "</ul>\n",
	"</td>", "</td>\n", "</tr>", "</tr>\n", "</table>", "</table>\n", "<tr>", "<tr>\n")

// Text draws the text part: paragraphs on one line each, links alone on theirs.
func Text(l Letter) string {
	parts := []string{l.Sender}
	for _, b := range l.Body {
		switch b.Kind {
		case Prose:
			parts = append(parts, b.Text)
		case Choice:
			parts = append(parts, l.Choose.text())
		case Object:
			parts = append(parts, l.Object.text())
		}
	}
	parts = append(parts, l.Ask.Lead+"\n- "+strings.Join(l.Ask.Items, "\n- "))
	if !l.places(Choice) {
		parts = append(parts, l.Choose.text())
	}
	parts = append(parts, l.Answer...)
	if !l.places(Object) {
		parts = append(parts, l.Object.text())
	}
	parts = append(parts, "--------")
	for _, s := range l.Legal {
		parts = append(parts, s.Title+"\n"+s.Text)
	}
	return strings.Join(append(parts, l.Notice.text()), "\n\n") + "\n"
}

func (k Link) text() string      { return k.Label + "\n" + k.Href }
func (o Objection) text() string { return o.Text + "\n" + o.Link.text() }

// places reports whether the author has put a block of the layout into the body.
func (l Letter) places(k Kind) bool {
	for _, b := range l.Body {
		if b.Kind == k {
			return true
		}
	}
	return false
}
