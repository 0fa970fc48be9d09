package lint

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/expression"
)

// mimeRules want a mail that every program and every reader can read.
func mimeRules() []rule {
	return []rule{
		{about("MIME-001", Error, "message", "a text part that says what the HTML says", "RFC 2046 sec. 5.1.4; accessibility"), checkTextPart},
		{about("MIME-002", Error, "message", "a message of images", "accessibility (WCAG 1.4.5)"), checkImageOnly},
		{about("MIME-003", Warning, "message", "HTML over 100 KB; attachments are an error", "deliverability"), checkWeight},
		{about("MIME-004", Warning, "message", "language, heading, alternative texts, roles of tables, words of links", "WCAG 2.2: 1.1.1, 1.3.1, 2.4.4, 3.1.1"), checkAccessible},
		{about("MIME-005", Error, "message", "hidden text", "GDPR art. 5(1)(a)"), checkHidden},
		{about("MIME-006", Error, "message", "line lengths, bare line ends, NUL, raw letters in headers", "RFC 5321 sec. 4.5.3.1.6; RFC 5322 sec. 2.1.1; RFC 2047"), checkBytes},
	}
}

func checkTextPart(in *inspection, tell say) {
	for _, v := range in.views {
		where := "message." + v.Language
		if strings.TrimSpace(v.Message.Text) == "" {
			tell(Finding{Where: where, Message: "The message has no text part. Add one that says the same."})
			continue
		}
		known := map[string]bool{}
		for _, w := range wordsOf(v.text.text) {
			known[w] = true
		}
		words := wordsOf(v.message.visible.text)
		shared := 0
		for _, w := range words {
			if known[w] {
				shared++
			}
		}
		if shared*10 < len(words)*6 {
			tell(Finding{Where: where, Message: "The text part says less than the HTML part. Let both say the same."})
		}
	}
}

func checkImageOnly(in *inspection, tell say) {
	for _, v := range in.views {
		if len(wordsOf(v.message.visible.text)) < 100 {
			tell(Finding{Where: "message." + v.Language, Message: "The HTML part has fewer than 100 words to read. Say everything in text, not in images."})
		}
		if pictured(v) {
			tell(Finding{Where: "message." + v.Language, Message: "Images take over 40 % of the message. Say everything in text, not in images."})
		}
	}
}

// pictured says whether images take more than two fifths of a message 600 pixels wide, in which nine words make a line.
func pictured(v *view) bool {
	area := 0
	for _, n := range v.message.elements {
		if n.Data == "img" {
			w, _ := strconv.Atoi(strings.TrimSuffix(attribute(n, "width"), "px"))
			h, _ := strconv.Atoi(strings.TrimSuffix(attribute(n, "height"), "px"))
			area += min(max(w, 0), 2000) * min(max(h, 0), 5000)
		}
	}
	text := (len(wordsOf(v.message.visible.text))/9 + 1) * 24 * 600
	return area*5 > (area+text)*2
}

// attached is a part that is saved, not read.
var attached = expression.Of(`(?im)^content-disposition:\s*attachment`)

func checkWeight(in *inspection, tell say) {
	for _, v := range in.views {
		where := "message." + v.Language
		if len(v.Message.HTML) > 100_000 {
			tell(Finding{Where: where, Message: "The HTML part is over 100 KB; some mail programs cut it off. Make it smaller."})
		}
		if attached.Match(v.Message.Raw) {
			tell(Finding{Severity: Error, Where: where, Message: "The message has an attachment. Take it out."})
		}
	}
}

func checkAccessible(in *inspection, tell say) {
	for _, v := range in.views {
		where := "message." + v.Language
		lacks := func(text, message string) { tell(Finding{Where: where, Text: text, Message: message}) }
		if v.message.language == "" {
			lacks("", "The HTML part does not say its language. Set lang on its first element.")
		}
		headed := false
		for _, n := range v.message.elements {
			_, hasAlt := attributeIs(n, "alt")
			switch n.Data {
			case "h1", "h2", "h3":
				headed = true
			case "img":
				if !hasAlt {
					lacks("<img>", "An image has no alternative text. Set alt, empty for mere ornament.")
				}
			case "table":
				if role := attribute(n, "role"); role != "presentation" && role != "none" && !hasHead(n) {
					lacks("<table>", "A table for layout does not say so. Set role to presentation.")
				}
			}
		}
		if !headed {
			lacks("", "The HTML part has no heading.")
		}
		for _, l := range v.message.links {
			label := strings.Trim(normalise(l.text+" "+imageText(l)).text, " .!→>»")
			if label == "" || in.lists.match(v.language, "click-here", label) {
				lacks(l.text, "The words of the link do not say where it goes.")
			}
		}
	}
}

// hasHead says whether a table is one of data.
func hasHead(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == "th" {
			return true
		}
	}
	return false
}

// checkHidden allows a preheader of 150 characters that says nothing which is not in sight too.
func checkHidden(in *inspection, tell say) {
	for _, v := range in.views {
		hidden := strings.Join(slices.DeleteFunc(slices.Clone(v.message.hidden), func(s string) bool {
			return strings.Trim(s, " \u00a0\u200c\u200b\u034f\u00ad\ufeff\u2007") == ""
		}), " ")
		title := pageTitle(v.message)
		hidden = strings.TrimSpace(strings.TrimPrefix(hidden, title))
		if hidden == "" {
			continue
		}
		shown := " " + strings.Join(wordsOf(v.message.visible.text+" "+v.subject.text), " ") + " "
		words, known := wordsOf(normalise(hidden).text), 0
		for _, w := range words {
			if strings.Contains(shown, " "+w+" ") {
				known++
			}
		}
		if len([]rune(hidden)) > 150 || known*10 < len(words)*6 {
			tell(Finding{Where: "message." + v.Language, Text: hidden, Message: "The message holds text that nobody can see. Show it or take it out."})
		}
	}
}

// pageTitle gives the title of a document, which is not shown in a mail and hides nothing.
func pageTitle(p *page) string {
	for _, n := range p.elements {
		if n.Data == "title" {
			return textOf(n)
		}
	}
	return ""
}

func checkBytes(in *inspection, tell say) {
	for _, v := range in.views {
		if len(v.Message.Raw) == 0 {
			continue
		}
		if fault := badBytes(v.Message.Raw); fault != "" {
			tell(Finding{Where: "message." + v.Language, Message: "The message cannot be sent as it is: " + fault + "."})
		}
	}
}

// badBytes says what is wrong with a raw message, "" when nothing is.
func badBytes(raw []byte) string {
	if bytes.IndexByte(raw, 0) >= 0 {
		return "it holds a NUL"
	}
	without := bytes.ReplaceAll(raw, []byte("\r\n"), nil)
	if bytes.ContainsAny(without, "\r\n") {
		return "a line does not end with CR LF"
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 {
			return "a line has over 998 octets"
		}
	}
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for _, b := range head {
		if b > 127 {
			return "a header has letters outside ASCII that are not encoded"
		}
	}
	return ""
}
