// Package audit holds the reports that are forwarded: of an audit, and of what a campaign came to. Each is one page
// that stands for itself, to be read on a phone, printed and filed. It has no script and loads nothing; its style sheet and its charts are in it. Each
// chart is drawn with the figures beside it, so that nothing is said by colour alone.
//
// They take view models whose words come from the printer in it, and count people only: nothing here can name
// one of those in the base.
package audit

import (
	"bytes"
	"context"
	_ "embed"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/reoptin/reoptin/internal/i18n"
)

//go:embed audit.css
var sheet string

// style is the style sheet as an element. It is ours, and holds no text of others.
func style() string { return "<style>\n" + sheet + "</style>" }

// Report is the whole page.
type Report struct {
	P            i18n.Printer
	Organisation string
	AsOf         string
	People       int
	Headline     []string // the result in sentences
	Classes      []Part
	Routes       []Part
	Questions    []Question
	Funnel       []Step // from the imported on; what remains after each
	Askable      []Line // who is left, by what they may be asked as
	AskableTotal int
	Ages         []Age
	Sources      []Source
	Reasons      []Reason
	Countries    []Country
	Unevaluated  []Pair // rows that did not run, with what is missing
	Limits       []Pair
	Versions     []Pair
}

// Part is a part of a whole, with its colour.
type Part struct {
	Label string
	Kind  string // good, wait, bad, mild, off
	N     int
}

// Question is one of the four that an audit answers.
type Question struct {
	Title, Text string
	Of          int
	Parts       []Part
}

// Step is a step of the funnel.
type Step struct {
	Label   string
	Lost    int // 0 in the first and the last
	Remains int
	Reasons []Line
}

// Line is a count with its words.
type Line struct {
	Code, Label string
	N           int
}

// Age counts consents of one age.
type Age struct {
	Label     string
	N, Proven int
}

// Source counts the people of one source.
type Source struct {
	Name     string
	N, Doubt int
}

// Reason is one row of the decision table, with what to do.
type Reason struct {
	Code, Text, Class, Kind, Route, Next string
	N                                    int
}

// Country is what holds for the people of one country.
type Country struct {
	Name, Mode, Says, Signed, Source string
	N                                int
}

// Pair is a term and its text.
type Pair struct{ Term, Text string }

// HTML draws the report.
func HTML(r Report) ([]byte, error) { return render(document(r)) }

func render(c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// width of every chart in its own units.
const width = 1000

// box is one rectangle of a chart.
type box struct {
	x, w string
	kind string
}

// boxes lay parts side by side over a whole. What is there is seen: nobody is narrower than a hair.
func boxes(parts []Part, of int) (out []box) {
	x := 0.0
	for _, p := range parts {
		if p.N <= 0 || of <= 0 {
			continue
		}
		w := width * float64(p.N) / float64(of)
		out = append(out, box{units(x), units(max(w, 2)), p.Kind})
		x += w
	}
	return out
}

func units(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// share is a part of a whole in percent, rounded, and never 0 or 100 unless it is.
func share(p i18n.Printer, n, of int) string {
	percent := 0
	switch {
	case of <= 0 || n <= 0:
	case n >= of:
		percent = 100
	default:
		percent = min(max((200*n+of)/(2*of), 1), 99)
	}
	return p.T("audit.percent", "n", percent)
}

// alternative says a chart in words.
func alternative(p i18n.Printer, parts []Part) string {
	text := ""
	for i, one := range parts {
		if i > 0 {
			text += ", "
		}
		text += one.Label + " " + p.Number(one.N)
	}
	return text
}

// longestAge and longestSource scale the bars of their charts.
func (r Report) longestAge() (n int) {
	for _, a := range r.Ages {
		n = max(n, a.N)
	}
	return n
}

func (r Report) longestSource() (n int) {
	for _, s := range r.Sources {
		n = max(n, s.N)
	}
	return n
}

// contents are the sections that have something to show, with their numbers.
func (r Report) contents() (out []Pair) {
	for _, s := range []string{"worth", "questions", "funnel", "ages", "sources", "next", "basis"} {
		if s == "basis" || r.People > 0 && (s != "ages" || r.longestAge() > 0) && (s != "sources" || r.longestSource() > 0) {
			out = append(out, Pair{s, r.P.T("audit." + s + ".title")})
		}
	}
	return out
}

// nameEnds is where a name such as organisation.similar_to_purchases may break: behind a mark within it, and not at the dot of a number.
var nameEnds = regexp.MustCompile(`[a-z](?:_|\.\b)`)

// breakable is a text as HTML whose long names break at these marks, and not within a word.
func breakable(text string) string {
	var b strings.Builder
	start := 0
	for _, at := range nameEnds.FindAllStringIndex(text, -1) {
		b.WriteString(html.EscapeString(text[start:at[1]]) + "<wbr>")
		start = at[1]
	}
	return b.String() + html.EscapeString(text[start:])
}
