package lint

import (
	"bytes"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// ambiguityRules want a clear affirmative act (GDPR art. 4(11), recital 32).
func ambiguityRules() []rule {
	return []rule{
		{about("AMB-001", Error, "form", "a choice already made: checked, selected", "GDPR recital 32; CJEU C-673/17 (Planet49)"), checkPreticked},
		{about("AMB-002", Error, "form", "a box to tick or untick for a no", "GDPR recital 32; EDPB Guidelines 05/2020, par. 79"), checkOptOutBox},
		{about("AMB-003", Error, "form", "an answer recorded without the person's own act", "GDPR art. 7(1), recital 32"), checkSelfAnswering},
		{about("AMB-004", Error, "form", "an answer in which nothing was chosen", "GDPR recital 32"), checkEmptyAnswer},
		{about("AMB-005", Error, "message, form", "silence, opening or reading taken for a yes", "GDPR recital 32"), checkSilence},
		{about("AMB-006", Error, "message", "a form, script or AMP part inside the mail", "GDPR art. 7(1)"), checkActiveMail},
	}
}

func checkPreticked(in *inspection, tell say) {
	for _, v := range in.views {
		for _, n := range v.form.elements {
			switch n.Data {
			case "input", "option", "div", "span", "button", "li", "label":
			default:
				continue
			}
			_, checked := attributeIs(n, "checked")
			_, selected := attributeIs(n, "selected")
			selected = selected && attribute(n, "value") != "" // the empty first line of a list is no choice
			if checked || selected || attribute(n, "aria-checked") == "true" || attribute(n, "aria-selected") == "true" {
				tell(Finding{Where: "form." + v.Language, Text: attribute(n, "name"), Message: "A choice is already made when the form opens. Leave every box empty."})
			}
		}
	}
}

func checkOptOutBox(in *inspection, tell say) {
	in.sayForbidden(tell, "opt-out-box", "The box stands for a no. Let a tick mean yes, and only yes.", func(p passage, _ span) bool {
		return p.sheet != "message"
	})
}

// answering is a query that carries an answer.
var answering = expression.Of(`(?i)(^|&)(answer|decision|choice|consent|reponse|action|optin|opt_in)[^=&]*=`)

func checkSelfAnswering(in *inspection, tell say) {
	for _, v := range in.views {
		where := "form." + v.Language
		for _, n := range v.form.elements {
			switch {
			case n.Data == "meta" && strings.EqualFold(attribute(n, "http-equiv"), "refresh"):
				tell(Finding{Where: where, Text: "refresh", Message: "The page reloads by itself. Nothing may happen without the person."})
			case n.Data == "form" && !strings.EqualFold(attribute(n, "method"), "post") && hasChoice(v.form):
				tell(Finding{Where: where, Text: "method", Message: "The form is not sent by POST, so a mail scanner that follows links could answer."})
			}
			for _, a := range n.Attr {
				if a.Key == "onload" || a.Key == "onpageshow" || strings.Contains(a.Val, ".submit(") {
					tell(Finding{Where: where, Text: a.Key, Message: "A script may send the form by itself. Let only the buttons send it."})
				}
			}
		}
		for _, l := range v.form.links {
			if answering.MatchString(address(l.href).RawQuery) {
				tell(Finding{Where: where, Text: l.text, Message: "A link carries an answer. Following a link must never answer."})
			}
		}
		for _, l := range v.message.links {
			if answering.MatchString(address(l.href).RawQuery) {
				tell(Finding{Where: "message." + v.Language, Text: l.text, Message: "A link carries an answer. Following a link must never answer."})
			}
		}
	}
}

// hasChoice says whether a page asks anything, so that forms of a language switch are left alone.
func hasChoice(p *page) bool { return len(p.choices()) > 0 }

func checkEmptyAnswer(in *inspection, tell say) {
	for _, v := range in.views {
		if v.Form.AcceptsEmpty {
			tell(Finding{Where: "form." + v.Language, Message: "The form records an answer in which nothing was chosen. Ask again instead."})
		}
	}
}

func checkSilence(in *inspection, tell say) {
	in.sayForbidden(tell, "silence", "Silence, opening or reading is never a yes. Say that without an answer you stop writing.", func(p passage, s span) bool {
		// "Silence never means yes" says the right thing.
		return !in.lists.match(p.view.language, "negator", strings.Join(strings.Fields(p.text.text[max(0, s.start-20):s.start]), " "))
	})
}

func checkActiveMail(in *inspection, tell say) {
	for _, v := range in.views {
		where := "message." + v.Language
		for _, n := range v.message.elements {
			switch n.Data {
			case "form", "script", "input", "button", "select", "textarea", "iframe", "object", "embed":
				tell(Finding{Where: where, Text: "<" + n.Data + ">", Message: "Mail programs remove or distrust forms and scripts. Link to the form instead."})
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") && len(a.Key) > 3 {
					tell(Finding{Where: where, Text: a.Key, Message: "The mail holds a script. Take it out."})
				}
				if n.Data == "html" && (a.Key == "⚡4email" || a.Key == "amp4email") {
					tell(Finding{Where: where, Text: a.Key, Message: "The mail is an AMP document. Send plain HTML."})
				}
			}
		}
		if bytes.Contains(bytes.ToLower(v.Message.Raw), []byte("text/x-amp-html")) {
			tell(Finding{Where: where, Text: "text/x-amp-html", Message: "The mail has an AMP part. Send text and HTML only."})
		}
	}
}
