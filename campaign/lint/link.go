package lint

import (
	"encoding/base64"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// linkRules want links that a careful reader can trust.
func linkRules() []rule {
	return []rule{
		{about("LINK-001", Error, "message", "links to hosts that are not the controller's", "GDPR art. 32; directive 2002/58/EC art. 13(4)"), checkHosts},
		{about("LINK-002", Error, "message", "a visible address that is not where the link goes", "GDPR art. 32"), checkVisibleHost},
		{about("LINK-003", Error, "message, form", "links without https", "GDPR art. 32"), checkSecure},
		{about("LINK-004", Warning, "message", "over six different links", "GDPR art. 12(1)"), checkLinkCount},
		{about("LINK-005", Error, "message", "personal data in links", "GDPR art. 25"), checkPersonalData},
	}
}

// textURL is a link in a plain text.
var textURL = expression.Of(`https?://(?:\[[0-9a-fA-F:]+\])?[^\s<>"')\]]*[^\s<>"')\].,;:!?]`)

// loopback says whether a link leads to this machine, as in the demo and on a developer's desk.
func loopback(ref string) bool {
	host := hostOf(ref)
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
}

// shorteners hide where a link goes.
var shorteners = expression.Of(`^(bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|rebrand\.ly|cutt\.ly|lnkd\.in|shorturl\.at|rb\.gy)$`)

// redirector is a link whose query holds another link.
var redirector = expression.Of(`(?i)=(https?:|https?%3a|%2f%2f|//)`)

func checkHosts(in *inspection, tell say) {
	own, base := in.ownDomains(), hostOf(in.BaseURL)
	for _, v := range in.views {
		for _, href := range v.hrefs() {
			u := address(href)
			host := strings.ToLower(u.Hostname())
			if !remote(href) || (loopback(href) && loopback(in.BaseURL)) {
				continue
			}
			f := Finding{Where: "message." + v.Language, Text: host, Message: "The link leads to a host that is not the controller's. Link to its own domain only."}
			switch {
			case shorteners.MatchString(host) || net.ParseIP(host) != nil || strings.Contains(host, "xn--") && !slices.Contains(own, organisational(host)):
				f.Message = "The link hides where it goes. Link to the controller's own domain by its name."
				tell(f)
			case redirector.MatchString(u.RawQuery):
				f.Message = "The link goes through a redirection. Link to the page itself."
				tell(f)
			case host == base && !slices.Contains(own, organisational(host)):
				f.Severity, f.Message = Warning, "The form is served from a domain that is not the controller's, which looks like phishing. Serve it from a sub-domain of the controller."
				tell(f)
			case host != base && !slices.Contains(own, organisational(host)):
				tell(f)
			}
		}
	}
}

// shownURL is a text that looks like an address on the web.
var shownURL = expression.Of(`^(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?(?:/\S*)?$`)

func checkVisibleHost(in *inspection, tell say) {
	for _, v := range in.views {
		for _, l := range v.message.links {
			m := shownURL.FindStringSubmatch(strings.ToLower(strings.TrimSpace(l.text)))
			if m == nil || !remote(l.href) {
				continue
			}
			if strings.TrimPrefix(m[1], "www.") != strings.TrimPrefix(hostOf(l.href), "www.") {
				tell(Finding{Where: "message." + v.Language, Text: l.text, Message: "The words show another address than the link has (" + hostOf(l.href) + ")."})
			}
		}
	}
}

// checkSecure says of all links that base_url leads astray once what to do about it, and how many places it shows at.
func checkSecure(in *inspection, tell say) {
	based := map[string]bool{}
	judge := func(where, href string) {
		if in.plainBase(href) {
			based[where] = true
			return
		}
		in.judgeScheme(where, href, tell)
	}
	for _, v := range in.views {
		for _, href := range v.hrefs() {
			judge("message."+v.Language, href)
		}
		for _, l := range v.form.links {
			judge("form."+v.Language, l.href)
		}
	}
	if len(based) == 0 {
		return
	}
	f := Finding{Where: "base_url", Text: hostOf(in.BaseURL), Places: slices.Sorted(maps.Keys(based)), Message: "Links are not https, because base_url is not. Set it to an https address."}
	if loopback(in.BaseURL) {
		f.Severity, f.Message = Warning, "Links are not https. That is fine on this machine only; set base_url to an https address before people get mail."
	}
	tell(f)
}

// plainBase says whether a link is to where base_url leads, and that is not https.
func (in *inspection) plainBase(ref string) bool {
	base, u := address(in.BaseURL), address(ref)
	return base.Scheme == "http" && u.Scheme == "http" && (strings.EqualFold(u.Host, base.Host) || loopback(ref) && loopback(in.BaseURL))
}

// judgeScheme wants https, or mailto to a mailbox of the controller; a page's own paths are fine.
func (in *inspection) judgeScheme(where, href string, tell say) {
	u := address(href)
	switch strings.ToLower(u.Scheme) {
	case "https":
	case "":
		if strings.HasPrefix(where, "message.") || strings.HasPrefix(href, "//") {
			tell(Finding{Where: where, Text: shape(href), Message: "The link has no https address. Write it in full."})
		}
	case "mailto":
		mailbox, _, _ := strings.Cut(u.Opaque, "?")
		if plain, err := url.PathUnescape(mailbox); err == nil {
			mailbox = plain
		}
		known := []string{in.Controller.Email, in.Controller.DPO, in.Sender.Address, in.Sender.ReplyTo}
		same := func(k string) bool { return strings.EqualFold(k, mailbox) }
		if !slices.ContainsFunc(known, same) && !slices.Contains(in.ownDomains(), organisational(domainOf(mailbox))) {
			tell(Finding{Where: where, Text: mailbox, Message: "The link writes to a mailbox that is not the controller's."})
		}
	case "tel":
	case "http":
		tell(Finding{Where: where, Text: shape(href), Message: "The link is not https. Use https."})
	default:
		tell(Finding{Where: where, Text: u.Scheme, Message: "The link is neither https nor a mailbox of the controller."})
	}
}

// shape gives a link without what identifies a person.
func shape(href string) string {
	u := address(href)
	path := "/"
	if i := strings.IndexByte(strings.TrimPrefix(u.Path, "/"), '/'); i >= 0 {
		path = u.Path[:i+2] + "…"
	}
	return strings.TrimPrefix(u.Scheme+"://", "://") + u.Host + path
}

func checkLinkCount(in *inspection, tell say) {
	for _, v := range in.views {
		distinct := map[string]bool{}
		for _, l := range v.message.links {
			distinct[l.href] = true
		}
		if len(distinct) > 6 {
			tell(Finding{Where: "message." + v.Language, Message: "The message has over six different links. Keep those to choose, to stop and to the privacy notice."})
		}
	}
}

// phoneValue is a part of a link that is nothing but a phone number.
var phoneValue = expression.Of(`^(\+|00|%2[bB])?\d[\d.\- ]{7,14}\d$`)

// clearAddress is a mailbox, perhaps percent-encoded.
var clearAddress = expression.Of(`(?i)[a-z0-9._+-]+(@|%40)[a-z0-9-]+\.[a-z]`)

func checkPersonalData(in *inspection, tell say) {
	for _, v := range in.views {
		for _, href := range v.hrefs() {
			u := address(href)
			if u.Scheme == "mailto" || u.Scheme == "tel" {
				continue
			}
			if clearAddress.MatchString(href) || strings.Contains(href, "@") || strings.Contains(href, "%40") || encodesPerson(u) {
				tell(Finding{Where: "message." + v.Language, Text: hostOf(href), Message: "The link holds an address or phone number. Use a signed link, which says nothing by itself."})
			}
		}
	}
}

// encodesPerson says whether a part of the path or query is a phone number or an encoded mailbox.
func encodesPerson(u *url.URL) bool {
	parts := strings.FieldsFunc(u.Path+"/"+u.RawQuery+"/"+u.Fragment, func(r rune) bool { return strings.ContainsRune("/&=?;", r) })
	for _, part := range parts {
		if phoneValue.MatchString(part) {
			return true
		}
		part = strings.TrimRight(part, "=")
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if plain, err := alphabet.DecodeString(part); err == nil && mailbox.Match(plain) {
				return true
			}
		}
	}
	return false
}

// mailbox is a whole text that is an address.
var mailbox = expression.Of(`^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$`)
