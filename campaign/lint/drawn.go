package lint

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// drawn gives the pages of a view as drawn in the light and in the dark. Sample contacts share how a page looks, so
// the first of each language stands for all.
func (in *inspection) drawn(see func(v *view, sheet string, p *page, s *styling)) {
	done := map[string]bool{}
	for _, v := range in.views {
		if done[v.Language] {
			continue
		}
		done[v.Language] = true
		for _, dark := range []bool{false, true} {
			see(v, "message", v.message, v.message.styling("", dark))
			see(v, "form", v.form, v.form.styling(v.Form.Style, dark))
		}
	}
}

// least sizes that WCAG and the guidelines on legal texts ask for.
const (
	leastContrast = 4.5
	leastPixels   = 12
)

func checkLegible(in *inspection, tell say) {
	in.drawn(func(v *view, sheet string, p *page, s *styling) {
		judged := map[*html.Node]bool{}
		for n := range p.root.Descendants() {
			if n.Type != html.TextNode || strings.TrimSpace(n.Data) == "" || judged[n.Parent] || undrawn(n.Parent) || s.hides(n.Parent) {
				continue
			}
			judged[n.Parent] = true
			words := strings.Join(strings.Fields(n.Data), " ")
			if size := s.size(n.Parent); size > 0 && size < leastPixels {
				tell(Finding{Where: in.place(v, sheet, words), Text: words, Message: fmt.Sprintf("These letters are only %.0f pixels high. Make them at least 12.", size)})
			}
			ink, known := s.ink(n.Parent)
			ground, sure := s.ground(n.Parent)
			if c := contrast(ink, ground); known && sure && c < leastContrast-0.05 {
				tell(Finding{Where: in.place(v, sheet, words), Text: words, Message: fmt.Sprintf("These letters are too pale for their ground: contrast %.1f to 1. Make it at least 4.5.", c)})
			}
		}
	})
}

// undrawn says whether an element's text is not drawn at all.
func undrawn(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		switch n.Data {
		case "style", "script", "title", "template", "noscript", "head":
			return true
		}
	}
	return false
}

// hides says whether an element is out of sight, by itself or by one around it.
func (s *styling) hides(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n.Type != html.ElementNode {
			continue
		}
		own := s.own(n)
		clipped := strings.HasPrefix(own["clip-path"], "inset(50%") || own["clip"] != ""
		away := own["position"] == "absolute" && (strings.HasPrefix(own["left"], "-") || strings.HasPrefix(own["inset-inline-start"], "-"))
		if isHidden(n) || own["display"] == "none" || own["visibility"] == "hidden" || own["opacity"] == "0" || clipped || away {
			return true
		}
	}
	return false
}

// weighs are the properties by which one button draws more than another.
var weighs = []string{"background-color", "border", "border-color", "border-width", "border-style", "padding", "padding-block", "padding-inline", "width",
	"min-width", "max-width", "height", "min-height", "font-weight", "text-decoration", "text-transform", "letter-spacing", "opacity", "transform", "box-shadow",
	"order", "float", "position", "display", "visibility", "flex", "flex-grow", "grid-column", "align-self", "justify-self", "animation", "filter"}

// differ says in what two controls differ as drawn, "" when they look alike.
func (s *styling) differ(a, b *html.Node) string {
	one, other := s.own(a), s.own(b)
	for _, name := range weighs {
		if one[name] != other[name] {
			return name
		}
	}
	inkA, knownA := s.ink(a)
	inkB, knownB := s.ink(b)
	groundA, sureA := s.ground(a)
	groundB, sureB := s.ground(b)
	switch {
	case math.Abs(s.size(a)-s.size(b)) > 0.5:
		return "font-size"
	case knownA && knownB && sureA && sureB && math.Abs(contrast(inkA, groundA)-contrast(inkB, groundB)) > 0.5:
		return "contrast"
	case knownA && knownB && inkA != inkB:
		return "color"
	}
	return ""
}

// checkDrawnButtons compares the two buttons of the form, and the links to it in the message, as they are drawn.
func checkDrawnButtons(in *inspection, tell say) {
	in.drawn(func(v *view, sheet string, p *page, s *styling) {
		if sheet == "message" {
			checkDrawnLinks(in, v, s, tell)
			return
		}
		save, refuse, both := buttons(p)
		if !both {
			return
		}
		if name := s.differ(save.at, refuse.at); name != "" {
			tell(Finding{Where: "form." + v.Language, Text: save.label + " / " + refuse.label, Message: "As drawn, the two buttons differ in " + name + ". Make them alike, so that neither pulls."})
		}
	})
}

// shout is how much larger than the text around it a link may be.
const shout = 1.5

// checkDrawnLinks wants links to the form alike where there are several, none that shouts, and the link to refuse as
// easy to read as the others.
func checkDrawnLinks(in *inspection, v *view, s *styling, tell say) {
	where := "message." + v.Language
	chooses, stops := v.message.linksTo(choosePath), v.message.linksTo(stopPath)
	for i, l := range chooses {
		if i > 0 && (s.differ(chooses[0].at, l.at) != "" || s.differ(chooses[0].at.Parent, l.at.Parent) != "") {
			tell(Finding{Where: where, Text: chooses[0].text + " / " + l.text, Message: "Two links to the form look different. Show one, or both alike."})
		}
		if s.size(l.at) > shout*s.size(l.at.Parent) || s.size(l.at) > 24 || loud(s, l) {
			tell(Finding{Where: in.place(v, "message", l.text), Text: l.text, Message: "The link to the form shouts. Write it in the size of the text, not in capitals."})
		}
	}
	for _, stop := range stops {
		if len(chooses) > 0 && s.size(stop.at) < 0.8*s.size(chooses[0].at) {
			tell(Finding{Where: in.place(v, "message", stop.text), Text: stop.text, Message: "The link to refuse is smaller than the one to choose. Write both in one size."})
		}
	}
}

// loud says whether a link is written in capitals.
func loud(s *styling, l link) bool {
	upper := len([]rune(l.text)) >= 8 && strings.ToUpper(l.text) == l.text && strings.ToLower(l.text) != l.text
	return upper || s.inherited(l.at, "text-transform") == "uppercase"
}

// moving are elements and properties that draw the eye by moving.
func moving(n *html.Node) bool {
	return slices.Contains([]string{"marquee", "blink", "video", "audio"}, n.Data)
}
