package lint

import (
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/expression"
)

// trackingRules want nobody watched while reading or choosing.
func trackingRules() []rule {
	return []rule{
		{about("TRK-001", Error, "message", "pixels and images of one person's own", "directive 2002/58/EC art. 5(3); CNIL deliberation 2026-042"), checkPixels},
		{about("TRK-002", Error, "message", "tracking parameters in links", "GDPR art. 25; directive 2002/58/EC art. 5(3)"), checkParameters},
		{about("TRK-003", Error, "message", "links of one person's own besides the signed ones", "directive 2002/58/EC art. 5(3)"), checkPersonalLinks},
		{about("TRK-004", Error, "header", "requests for a receipt of reading", "RFC 8098; directive 2002/58/EC art. 5(3)"), checkReadReceipt},
		{about("TRK-005", Warning, "message", "anything fetched from elsewhere when the mail is opened", "directive 2002/58/EC art. 5(3)"), checkRemote},
		{about("TRK-006", Error, "form", "third parties and cookies on the form", "directive 2002/58/EC art. 5(3)"), checkFormRemote},
	}
}

// remote says whether a reference is fetched from somewhere.
func remote(ref string) bool {
	ref = strings.ToLower(strings.TrimSpace(ref))
	return strings.HasPrefix(ref, "http:") || strings.HasPrefix(ref, "https:") || strings.HasPrefix(ref, "//")
}

// tiny says whether an image has no more than three pixels a side.
func tiny(n *html.Node) bool {
	for _, side := range []string{"width", "height"} {
		value := strings.TrimSuffix(strings.TrimSpace(attribute(n, side)), "px")
		if size, err := strconv.Atoi(value); err == nil && size <= 3 {
			return true
		}
	}
	return tinyStyle.MatchString(style(n))
}

// tinyStyle is a width or height of at most three pixels.
var tinyStyle = expression.Of(`(^|;)(max-)?(width|height):[0-3](\.\d+)?(px)?(;|$)`)

func checkPixels(in *inspection, tell say) {
	type sample struct{ sources string }
	shown := map[string][]sample{}
	for _, v := range in.views {
		var sources []string
		for _, n := range v.message.elements {
			if n.Data != "img" || !remote(attribute(n, "src")) {
				continue
			}
			sources = append(sources, attribute(n, "src"))
			if tiny(n) || concealedBy(n) {
				tell(Finding{Where: "message." + v.Language, Text: hostOf(attribute(n, "src")), Message: "An image that nobody can see tells when the mail is opened. Take it out."})
			}
		}
		shown[v.Language] = append(shown[v.Language], sample{strings.Join(sources, "\n")})
	}
	for language, samples := range shown {
		for _, s := range samples[1:] {
			if s.sources != samples[0].sources {
				tell(Finding{Where: "message." + language, Message: "Images differ from one person to the next, so opening the mail can be told. Use the same for everybody."})
				break
			}
		}
	}
}

// trackers are parameters that follow people around.
var trackers = expression.Of(`(?i)^(utm_.*|gclid|fbclid|mc_cid|mc_eid|_hsenc|_hsmi|vero_id|ck_subscriber_id|mkt_tok|s_cid|trk|wickedid|oly_enc_id|dclid|msclkid|yclid|igshid|e|email|uid)$`)

func checkParameters(in *inspection, tell say) {
	for _, v := range in.views {
		for _, href := range v.hrefs() {
			for pair := range strings.SplitSeq(address(href).RawQuery, "&") {
				name, _, _ := strings.Cut(pair, "=")
				if plain, err := url.QueryUnescape(name); err == nil && trackers.MatchString(plain) {
					tell(Finding{Where: "message." + v.Language, Text: plain, Message: "The link carries a parameter that follows people. Take it out."})
				}
			}
		}
	}
}

// hrefs gives the links of both parts of a message.
func (v *view) hrefs() []string {
	var out []string
	for _, l := range v.message.links {
		out = append(out, l.href)
	}
	for _, u := range textURL.FindAllString(v.Message.Text, -1) {
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// signed are the paths of links that must differ for each person.
var signed = expression.Of(`/(c|u|p|r)/[^/]+/?$`)

func checkPersonalLinks(in *inspection, tell say) {
	samples, seen := map[string]int{}, map[string]map[string]int{}
	for _, v := range in.views {
		samples[v.Language]++
		if seen[v.Language] == nil {
			seen[v.Language] = map[string]int{}
		}
		own := map[string]bool{}
		for _, href := range v.hrefs() {
			u := address(href)
			if remote(href) && (!signed.MatchString(u.Path) || u.RawQuery != "") {
				own[href] = true
			}
		}
		for href := range own {
			seen[v.Language][href]++
		}
	}
	for language, hrefs := range seen {
		for href, count := range hrefs {
			if count != samples[language] {
				tell(Finding{Where: "message." + language, Text: hostOf(href), Message: "A link differs from one person to the next. Only the signed links to choose, stop and read the receipt may."})
			}
		}
	}
}

func checkReadReceipt(in *inspection, tell say) {
	for _, v := range in.views {
		for _, name := range []string{"Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To"} {
			if len(v.header[textproto.CanonicalMIMEHeaderKey(name)]) > 0 {
				tell(Finding{Where: "message." + v.Language, Text: name, Message: "The header asks to be told when the mail is read. Take it out."})
			}
		}
	}
}

// cssURL is what a style sheet fetches.
var cssURL = expression.Of(`(?i)(?:@import\s+|url\()\s*['"]?\s*((?:https?:)?//[^'")\s]+)`)

// fetched gives what a page fetches when it is opened.
func fetched(p *page) []string {
	var out []string
	add := func(ref string) {
		if remote(ref) {
			out = append(out, ref)
		}
	}
	for _, n := range p.elements {
		for _, a := range n.Attr {
			switch {
			case a.Key == "src" || a.Key == "background" || a.Key == "poster" || a.Key == "data":
				add(a.Val)
			case a.Key == "href" && (n.Data == "link" || n.Data == "image" || n.Data == "use"):
				if rel := attribute(n, "rel"); rel != "canonical" && rel != "alternate" {
					add(a.Val)
				}
			case a.Key == "srcset":
				for part := range strings.SplitSeq(a.Val, ",") {
					add(part)
				}
			case a.Key == "style":
				for _, m := range cssURL.FindAllStringSubmatch(a.Val, -1) {
					add(m[1])
				}
			}
		}
		if n.Data == "style" && n.FirstChild != nil {
			for _, m := range cssURL.FindAllStringSubmatch(n.FirstChild.Data, -1) {
				add(m[1])
			}
		}
	}
	return out
}

func checkRemote(in *inspection, tell say) {
	for _, v := range in.views {
		for _, ref := range fetched(v.message) {
			message := "The mail fetches something when it is opened. Put it into the mail or leave it out."
			if !slices.Contains(in.ownDomains(), organisational(hostOf(ref))) {
				message = "The mail fetches something from a third party when it is opened. Put it into the mail or leave it out."
			}
			tell(Finding{Where: "message." + v.Language, Text: hostOf(ref), Message: message})
		}
	}
}

func checkFormRemote(in *inspection, tell say) {
	for _, v := range in.views {
		where := "form." + v.Language
		for _, ref := range append(fetched(v.form), fetched(v.thanks)...) {
			if !strings.EqualFold(hostOf(ref), hostOf(in.BaseURL)) {
				tell(Finding{Where: where, Text: hostOf(ref), Message: "The form fetches something from elsewhere. Serve everything from the form's own host."})
			}
		}
		for _, n := range v.form.elements {
			if n.Data == "iframe" || n.Data == "object" || n.Data == "embed" {
				tell(Finding{Where: where, Text: "<" + n.Data + ">", Message: "The form embeds another page. Take it out."})
			}
		}
		for name := range v.Form.Header {
			if textproto.CanonicalMIMEHeaderKey(name) == "Set-Cookie" {
				tell(Finding{Where: where, Text: "Set-Cookie", Message: "The form sets a cookie. It needs none."})
			}
		}
	}
}

// hostOf gives the host of a link, without port, in lower case.
func hostOf(ref string) string { return strings.ToLower(address(ref).Hostname()) }
