package lint

import (
	"net/textproto"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/expression"
)

// formRules want a form that serves only the answer.
func formRules() []rule {
	return []rule{
		{about("FORM-001", Error, "form", "headers against caches, search engines, frames and foreign content", "GDPR art. 32; RFC 9111; CSP Level 3"), checkFormHeaders},
		{about("FORM-002", Error, "form", "works without script", "GDPR art. 7(2); WCAG 2.2"), checkScripts},
		{about("FORM-003", Error, "form", "an address or phone number in clear", "GDPR art. 25, 32"), checkClearData},
		{about("FORM-004", Warning, "form", "more data asked for than the answer", "GDPR art. 5(1)(c)"), checkExtraData},
		{about("FORM-005", Error, "form", "the page after the answer: what, when, receipt, change", "GDPR art. 7(1), 7(3)"), checkThanks},
		{about("FORM-006", Error, "form", "the masked address that the answer is about", "GDPR art. 7(1), 25"), checkMasked},
		{about("FORM-007", Warning, "form", "a switch between the languages", "GDPR art. 12(1)"), checkSwitch},
		{about("FORM-008", Error, "form", "language and labels for those who listen to the page", "WCAG 2.2: 1.3.1, 3.1.1, 4.1.2"), checkLabels},
		{about("FORM-009", Error, "form", "a nonce, so that nobody else can answer", "GDPR art. 7(1), 32"), checkNonce},
	}
}

func checkFormHeaders(in *inspection, tell say) {
	wanted := []struct{ name, holds string }{
		{"Cache-Control", "no-store"}, {"Referrer-Policy", ""}, {"X-Robots-Tag", "noindex"},
		{"Content-Security-Policy", "frame-ancestors 'none'"}, {"X-Content-Type-Options", "nosniff"},
	}
	for _, v := range in.views {
		where := "form." + v.Language
		have := map[string]string{}
		for name, values := range v.Form.Header {
			have[textproto.CanonicalMIMEHeaderKey(name)] = strings.ToLower(strings.Join(values, ", "))
		}
		for _, w := range wanted {
			value := have[textproto.CanonicalMIMEHeaderKey(w.name)]
			if value == "" || !strings.Contains(value, w.holds) || value == "unsafe-url" {
				tell(Finding{Where: where, Text: w.name, Message: "The form is served without this header or with a wrong value."})
			}
		}
		robots := slices.ContainsFunc(v.form.elements, func(n *html.Node) bool {
			return n.Data == "meta" && strings.EqualFold(attribute(n, "name"), "robots") && strings.Contains(attribute(n, "content"), "noindex")
		})
		if !robots {
			tell(Finding{Where: where, Text: "robots", Message: "The form does not tell search engines to stay away. Add a robots meta element with noindex."})
		}
	}
}

func checkScripts(in *inspection, tell say) {
	for _, v := range in.views {
		for _, n := range v.form.elements {
			if n.Data == "script" {
				tell(Finding{Where: "form." + v.Language, Text: "<script>", Message: "The form has a script. It must work, and be served, without."})
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") && len(a.Key) > 3 || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
					tell(Finding{Where: "form." + v.Language, Text: a.Key, Message: "The form has a script. It must work, and be served, without."})
				}
			}
		}
	}
}

// Clear data: a mailbox, a phone number as people write it.
var (
	shownMailbox = expression.Of(`[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}`)
	shownPhone   = expression.Of(`(\+\d{1,3}[ .]?(\(0\))?|\b0)\d([ .-]?\d{2,4}){3,5}\b`)
)

func checkClearData(in *inspection, tell say) {
	c := in.Controller
	known := []string{strings.ToLower(c.Email), strings.ToLower(c.DPO), strings.ToLower(in.Sender.Address), strings.ToLower(in.Sender.ReplyTo)}
	for _, v := range in.views {
		text := v.form.all.text
		for _, field := range v.form.controls {
			text += "\n" + normalise(field.value).text
		}
		for _, m := range shownMailbox.FindAllString(text, -1) {
			if !slices.Contains(known, m) && !strings.Contains(strings.ToLower(c.DPO+" "+c.Address), m) {
				tell(Finding{Where: "form." + v.Language, Message: "The form shows an address in clear; whoever gets the mail forwarded reads it. Mask it."})
			}
		}
		for _, m := range shownPhone.FindAllString(text, -1) {
			phone := squash(m)
			if phone != squash(c.Phone) && !strings.Contains(squash(normalise(c.Address+" "+c.Registration+" "+c.DPO).text), phone) {
				tell(Finding{Where: "form." + v.Language, Message: "The form shows a phone number in clear. Mask it."})
			}
		}
	}
}

func checkExtraData(in *inspection, tell say) {
	for _, v := range in.views {
		for _, c := range v.form.controls {
			switch c.kind {
			case "checkbox", "radio", "hidden", "submit", "button", "reset", "image", "password":
				continue // passwords are INFO-003's
			case "select":
				if strings.HasPrefix(c.name, "lang") || strings.HasPrefix(c.name, "decision.") {
					continue
				}
			}
			if trap(c.at) {
				continue
			}
			tell(Finding{Where: "form." + v.Language, Text: c.name, Message: "The form asks for more than the answer. Take the field out."})
		}
	}
}

// trap says whether a field is there for machines only: out of sight and out of the tab order.
func trap(n *html.Node) bool {
	if attribute(n, "tabindex") == "-1" {
		return true
	}
	for up := n; up != nil; up = up.Parent {
		if up.Type == html.ElementNode && (attribute(up, "aria-hidden") == "true" || isHidden(up)) {
			return true
		}
	}
	return false
}

// clockTime is an hour of the day.
var clockTime = expression.Of(`\b\d{1,2} ?[:h] ?\d{2}\b`)

func checkThanks(in *inspection, tell say) {
	for _, v := range in.views {
		lacks := func(what string) {
			tell(Finding{Where: "form." + v.Language, Message: "The page after the answer does not show " + what + "."})
		}
		if strings.TrimSpace(v.Form.Thanks) == "" {
			lacks("anything")
			continue
		}
		text := v.thanks.visible
		for _, q := range in.Questions {
			if title := q.Title[v.Language]; title != "" && !holds(title)(text) {
				lacks("what was recorded")
				break
			}
		}
		if !clockTime.MatchString(text.text) {
			lacks("when the answer was recorded")
		}
		if !in.speaks(v.language, "receipt")(text) && len(v.thanks.linksTo("/r/")) == 0 {
			lacks("the number of the receipt")
		}
		if len(v.thanks.linksTo(choosePath))+len(v.thanks.linksTo("/p/"))+len(v.thanks.linksTo(stopPath)) == 0 {
			lacks("a link to change the answer or take it back")
		}
	}
}

// maskedMailbox is an address with most of its letters covered.
var maskedMailbox = expression.Of(`[•*·…●.]{2,}[^\s]*@|@[^\s]*[•*·…●]|@[^\s]*\.{3}`)

func checkMasked(in *inspection, tell say) {
	for _, v := range in.views {
		// Masks are looked for in the folded text, where "…" is three full stops.
		v.needForm(tell, func(n normal) bool { return maskedMailbox.MatchString(n.text) }, "does not show the masked address that the answer is about.")
	}
}

func checkSwitch(in *inspection, tell say) {
	if len(in.Languages) < 2 {
		return
	}
	for _, v := range in.views {
		found := slices.ContainsFunc(v.form.elements, func(n *html.Node) bool {
			other := attribute(n, "hreflang")
			if n.Data == "a" && other == "" {
				other = attribute(n, "lang")
			}
			href := address(attribute(n, "href"))
			byQuery := n.Data == "a" && (href.Query().Get("lang") != "" || href.Query().Get("language") != "" || href.Query().Get("l") != "")
			byField := (n.Data == "select" || n.Data == "button" || n.Data == "input") && strings.HasPrefix(attribute(n, "name"), "lang")
			return (n.Data == "a" && other != "" && primary(other) != v.language) || byQuery || byField
		})
		if !found {
			tell(Finding{Where: "form." + v.Language, Message: "The form does not offer the campaign's other languages."})
		}
	}
}

func checkLabels(in *inspection, tell say) {
	for _, v := range in.views {
		if v.form.language == "" {
			tell(Finding{Where: "form." + v.Language, Message: "The form does not say its language. Set lang on its first element."})
		}
		for _, c := range v.form.choices() {
			if strings.TrimSpace(c.label) == "" {
				tell(Finding{Where: "form." + v.Language, Text: c.name, Message: "The field has no label. Give it one that says what a tick means."})
			}
		}
	}
}

func checkNonce(in *inspection, tell say) {
	for _, v := range in.views {
		found := slices.ContainsFunc(v.form.controls, func(c control) bool { return c.kind == "hidden" && c.name == "form" && c.value != "" })
		if !found {
			tell(Finding{Where: "form." + v.Language, Text: "form", Message: "The form has no nonce. Without it another page could answer for the person."})
		}
	}
}
