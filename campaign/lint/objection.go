package lint

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/expression"
)

// Paths of the signed links that the layout sets.
const (
	choosePath = "/c/"
	stopPath   = "/u/"
)

// linksTo gives the links of a page whose path starts with one of the signed paths.
func (p *page) linksTo(path string) []link {
	var out []link
	for _, l := range p.links {
		if strings.Contains(address(l.href).Path, path) {
			out = append(out, l)
		}
	}
	return out
}

// checkObjection wants the right to object "clearly and separately from any other information".
func checkObjection(in *inspection, tell say) {
	for _, v := range in.views {
		stops := v.message.linksTo(stopPath)
		separate := false
		for _, l := range stops {
			block := objectionBlock(l.at)
			separate = separate || (len(sentences(normalise(textOf(block)).text)) <= 2 && !leadsTo(block, choosePath))
		}
		where := "message." + v.Language
		switch {
		case len(stops) == 0:
			tell(Finding{Where: where, Message: "The HTML part of the message has no link to refuse all messages. Give it a block of its own."})
		case !separate:
			tell(Finding{Where: where, Message: "The link to refuse all messages stands among other information. Give it a block of its own of at most two sentences."})
		}
		if !separateInText(v.Message.Text) {
			tell(Finding{Where: where, Message: "The text part of the message has no paragraph of its own, of at most two sentences, with the link to refuse all messages."})
		}
	}
}

// ownBlock are elements that stand apart on the page.
var ownBlock = expression.Of(`^(p|div|td|section|aside|article|li|footer|body)$`)

// objectionBlock gives the element of class or role "objection" around a link, else its nearest block.
func objectionBlock(n *html.Node) *html.Node {
	var nearest *html.Node
	for up := n.Parent; up != nil; up = up.Parent {
		if up.Type != html.ElementNode {
			continue
		}
		if strings.Contains(attribute(up, "class")+" "+attribute(up, "role"), "objection") {
			return up
		}
		if nearest == nil && ownBlock.MatchString(up.Data) {
			nearest = up
		}
	}
	if nearest == nil {
		return n
	}
	return nearest
}

// leadsTo says whether a link to a path stands inside an element.
func leadsTo(n *html.Node, path string) bool {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == "a" && strings.Contains(address(attribute(d, "href")).Path, path) {
			return true
		}
	}
	return false
}

// emptyLine parts the paragraphs of a plain text.
var emptyLine = expression.Of(`\n[ \t]*\n`)

// separateInText says whether a paragraph of a plain text holds the link to refuse, little else, and
// not the link to choose.
func separateInText(text string) bool {
	for _, paragraph := range emptyLine.Split(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		urls := textURL.FindAllString(paragraph, -1)
		stop, choose := false, false
		for _, u := range urls {
			stop = stop || strings.Contains(address(u).Path, stopPath)
			choose = choose || strings.Contains(address(u).Path, choosePath)
		}
		words := strings.Join(strings.Fields(textURL.ReplaceAllString(paragraph, "")), " ")
		if stop && !choose && len(sentences(normalise(words).text)) <= 2 {
			return true
		}
	}
	return false
}

func checkChooseLink(in *inspection, tell say) {
	for _, v := range in.views {
		inText := false
		for _, u := range textURL.FindAllString(v.Message.Text, -1) {
			inText = inText || strings.Contains(address(u).Path, choosePath)
		}
		if len(v.message.linksTo(choosePath)) == 0 || !inText {
			tell(Finding{Where: "message." + v.Language, Message: "The message does not link to the form in both its parts."})
		}
	}
}
