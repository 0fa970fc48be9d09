package lint

import (
	"bufio"
	"bytes"
	"maps"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// inspection is a draft with its sheets taken apart once for all rules.
type inspection struct {
	Draft
	lists    lists
	views    []*view
	authored []authored
	scanned  map[[3]string][]hit // by language, sentence and the one before where that matters: most sheets share most sentences
	read     []passage
	baits    []baited
}

// baited is a hit of the lexicon and where it stands.
type baited struct {
	in passage
	hit
}

// view is what one sample contact would see, taken apart.
type view struct {
	Sheets
	language string // primary tag: "fr" of "fr-CA"
	subject  normal
	text     normal // the plain text part
	message  *page
	form     *page
	thanks   *page
	header   map[string][]string // canonical names
}

// authored is an author's text as the patterns see it.
type authored struct {
	Authored
	language string
	folded   normal
}

// inspect takes a draft apart.
func inspect(d Draft) *inspection {
	in := &inspection{Draft: d, lists: lists{patterns: naming(patterns().patterns, d.Controller), words: map[string][]cue{}, seen: map[string]*lineSeen{}}, scanned: map[[3]string][]hit{}}
	pages := map[string]*page{}
	parse := func(source string) *page {
		if pages[source] == nil {
			pages[source] = parsePage(source)
		}
		return pages[source]
	}
	for _, s := range d.Sheets {
		in.views = append(in.views, &view{
			Sheets: s, language: primary(s.Language),
			subject: normalise(s.Message.Subject), text: normalise(unfold(s.Message.Text)).flattened(),
			message: parse(s.Message.HTML), form: parse(s.Form.HTML), thanks: parse(s.Form.Thanks),
			header: headers(s.Message),
		})
	}
	for _, a := range slices.Concat(d.Authored, worded(d.Questions)) {
		in.authored = append(in.authored, authored{a, primary(a.Language), normalise(unmark(a.Text))})
	}
	in.read = in.passages()
	for _, p := range in.read {
		in.scan(p, func(h hit) { in.baits = append(in.baits, baited{p, h}) })
	}
	return in
}

// naming adds to what is no hit how the company calls itself and says who it is, as a whole and line by line: a shop
// called "Atelier Iris" or "Bonus & Sons" offers nothing by signing its message.
func naming(known map[string]map[string][]pattern, c Controller) map[string]map[string][]pattern {
	out := maps.Clone(known)
	every := maps.Clone(known["*"])
	if every == nil {
		every = map[string][]pattern{}
	}
	except := slices.Clone(every["except"])
	names := append([]string{c.Name, c.LegalName, c.Email, c.Phone, c.DPO, c.PrivacyURL}, c.Brands...)
	for _, text := range []string{c.Registration, c.Address, c.Authority} {
		names = append(names, text)
		for piece := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == ';' }) {
			if piece = strings.TrimSpace(piece); len(piece) >= leastStem {
				names = append(names, piece)
			}
		}
	}
	for _, name := range names {
		if folded := strings.TrimSpace(normalise(name).text); folded != "" {
			except = append(except, newPattern(regexp.QuoteMeta(folded)))
		}
	}
	every["except"] = except
	out["*"] = every
	return out
}

// worded gives the words of the purposes, which their author wrote in the organisation file.
func worded(questions []Question) []Authored {
	var out []Authored
	known := map[string]bool{}
	for _, q := range questions {
		for part, words := range map[string]map[string]string{"title": q.Title, "description": q.Description} {
			for language, text := range words {
				where := "purpose." + q.Purpose + "." + part + "." + language
				if !known[where] {
					known[where] = true
					out = append(out, Authored{where, language, text})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Authored) int { return strings.Compare(a.Where, b.Where) })
	return out
}

// primary gives the first part of a language tag.
func primary(tag string) string {
	head, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return head
}

// languages gives the primary tags of the campaign.
func (in *inspection) languages() []string {
	var out []string
	for _, l := range in.Languages {
		out = append(out, primary(l))
	}
	return out
}

// headers gives the header fields under canonical names, from the raw message when that is all
// there is.
func headers(m Message) map[string][]string {
	out := map[string][]string{}
	for name, values := range m.Header {
		name = textproto.CanonicalMIMEHeaderKey(name)
		out[name] = append(out[name], values...)
	}
	if len(out) > 0 || len(m.Raw) == 0 {
		return out
	}
	parsed, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(m.Raw))).ReadMIMEHeader()
	if err != nil && len(parsed) == 0 {
		return out
	}
	return parsed
}

// Markdown that stands between the words of an author.
var (
	markLink = expression.Of(`!?\[([^\]]*)\]\([^)]*\)`)
	markSign = expression.Of("[*_`#>]+")
	markLine = expression.Of(`([^\n])\n([^\n])`)
)

// unmark takes the Markdown off an author's text: paragraphs stay lines, lines of one paragraph join.
func unmark(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = markSign.ReplaceAllString(markLink.ReplaceAllString(text, "$1"), "")
	text = markLine.ReplaceAllString(markLine.ReplaceAllString(text, "$1 $2"), "$1 $2")
	return tidy(text)
}

// place says where words stand: at the text an author wrote, else in the sheet ("message.fr").
func (in *inspection) place(v *view, sheet, words string) string {
	here := sheet + "." + v.Language
	folded := normalise(words).text
	if folded == "" {
		return here
	}
	best := ""
	for _, a := range in.authored {
		if (a.language != "" && a.language != v.language) || !strings.Contains(a.folded.text, folded) {
			continue
		}
		if strings.HasPrefix(a.Where, sheet+".") {
			return a.Where
		}
		if best == "" && !strings.HasPrefix(a.Where, "message.") && !strings.HasPrefix(a.Where, "form.") {
			best = a.Where
		}
	}
	if best != "" {
		return best
	}
	return here
}

// passage is one folded text of a sheet with its place.
type passage struct {
	view  *view
	sheet string // message, form
	where string // fixed place, "" when the words decide
	text  normal
}

// passages gives every text a person may read, hidden and alternative texts included, and what the
// authors wrote even if no sample shows it.
func (in *inspection) passages() []passage {
	var out []passage
	for _, v := range in.views {
		out = append(out,
			passage{v, "message", "message." + v.Language + ".subject", v.subject},
			passage{v, "message", "", v.message.all}, passage{v, "message", "", v.text},
			passage{v, "form", "", v.form.all}, passage{v, "form", "", v.thanks.all})
	}
	for _, a := range in.authored {
		if a.language != "" {
			sheet, _, _ := strings.Cut(a.Where, ".")
			out = append(out, passage{&view{Sheets: Sheets{Language: a.Language}, language: a.language}, sheet, a.Where, a.folded})
		}
	}
	return out
}

// spot gives the place and the words of a span in a passage.
func (in *inspection) spot(p passage, s span) Finding {
	words := p.text.words(s.start, s.end)
	where := p.where
	if where == "" {
		where = in.place(p.view, p.sheet, words)
	}
	return Finding{Where: where, Text: words}
}

// scan runs the lexicon over one passage, sentence by sentence.
func (in *inspection) scan(p passage, see func(hit)) {
	language := p.view.language
	before, last := "", 0
	for _, s := range sentences(p.text.text) {
		sentence := p.text.text[s.start:s.end]
		if reward, ok := in.lists.across(language, before, sentence); ok {
			see(hit{span: span{s.start + reward.start, s.start + reward.end}, class: "incentive"})
		}
		if _, joined := neighbours(before, sentence); !joined || strings.Contains(p.text.text[last:s.start], "\n") {
			before = "" // what stands in another block is no neighbour
		}
		hits := in.hits(language, before, sentence)
		if before, last = sentence, s.end; slices.ContainsFunc(hits, sure) || slices.ContainsFunc(hits, weighed) {
			before = "" // what is found there is not found again here
		}
		for _, h := range hits {
			h.span, h.told = h.moved(s.start), slices.Clone(h.told)
			for i := range h.told {
				h.told[i] = h.told[i].moved(s.start)
			}
			see(h)
		}
	}
}

// hits is what the lists and the weights say of a sentence, remembered.
func (in *inspection) hits(language, before, sentence string) []hit {
	alone, after := [3]string{language, sentence, "\n"}, [3]string{language, sentence, before}
	hits, known := in.scanned[after]
	if known {
		return hits
	}
	heard, known := in.scanned[alone]
	if !known {
		heard = in.lists.hear(language, in.languages(), sentence)
		in.scanned[alone] = heard
	}
	hits = in.lists.settle(language, before, sentence, heard)
	in.scanned[after] = hits
	return hits
}

// sayHits reports every hit of some classes, wherever it stands.
func (in *inspection) sayHits(tell say, message string, classes ...string) {
	for _, b := range in.baits {
		if slices.Contains(classes, b.class) {
			f := in.spot(b.in, b.span)
			f.Message = message
			tell(f)
		}
	}
}

// sayForbidden reports every place of a forbidden class.
func (in *inspection) sayForbidden(tell say, class, message string, keep func(p passage, s span) bool) {
	for _, p := range in.read {
		for _, s := range in.lists.forbidden(p.view.language, class, p.text.text) {
			if keep == nil || keep(p, s) {
				f := in.spot(p, s)
				f.Message = message
				tell(f)
			}
		}
	}
}

// undenied passes over what its sentence denies: "we will not write again".
func (in *inspection) undenied(p passage, s span) bool {
	strong, weak := in.lists.negated(p.view.language, p.text.text, s.start)
	inside := p.text.text[s.start:s.end]
	return !strong && !weak && !in.lists.match(p.view.language, "denial", inside) && !in.lists.match(p.view.language, "negator", inside)
}

// need reports a message that lacks something in its HTML or in its text part.
func (v *view) need(tell say, present func(normal) bool, message string) {
	inHTML, inText := present(v.message.visible), present(v.text)
	part := ""
	switch {
	case !inHTML && !inText:
		part = "The message " // neither part of it
	case !inHTML:
		part = "The HTML part of the message "
	case !inText:
		part = "The text part of the message "
	default:
		return
	}
	tell(Finding{Where: "message." + v.Language, Message: part + message})
}

// needForm reports a form that lacks something.
func (v *view) needForm(tell say, present func(normal) bool, message string) {
	if !present(v.form.visible) {
		tell(Finding{Where: "form." + v.Language, Message: "The form " + message})
	}
}

// squash leaves letters and digits only, to compare names and addresses however they are laid out.
func squash(folded string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127 {
			return r
		}
		return -1
	}, folded)
}

// holds says whether a text holds a name or address, however it is broken into lines.
func holds(words string) func(normal) bool {
	wanted := squash(normalise(words).text)
	return func(n normal) bool {
		flat := n.flat
		if flat == "" {
			flat = squash(n.text)
		}
		return wanted != "" && strings.Contains(flat, wanted)
	}
}

// speaks says whether a text has a sentence of a class; a language without such a list always has.
func (in *inspection) speaks(language, class string) func(normal) bool {
	return func(n normal) bool { return !in.lists.has(language, class) || in.lists.match(language, class, n.text) }
}
