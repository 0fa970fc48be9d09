package lint

import (
	"net/mail"
	"net/textproto"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// headerRules want the headers that a bulk question needs.
func headerRules() []rule {
	return []rule{
		{about("HDR-001", Error, "header", "List-Unsubscribe with an https address, and one-click", "RFC 8058; RFC 2369"), checkOneClick},
		{about("HDR-002", Error, "header", "the signature covers all headers that matter", "RFC 6376 sec. 5.4; RFC 8058 sec. 4"), checkSigned},
		{about("HDR-003", Error, "header", "exactly one Date, From, To, Message-ID; one sender", "RFC 5322 sec. 3.6"), checkRequired},
		{about("HDR-004", Warning, "header", "Auto-Submitted, List-Id, Feedback-ID; no priority, no Precedence", "RFC 3834; RFC 2919"), checkAutomatic},
	}
}

// angled is one address of List-Unsubscribe.
var angled = expression.Of(`<\s*([^>]+?)\s*>`)

func checkOneClick(in *inspection, tell say) {
	for _, v := range in.views {
		where := "message." + v.Language
		secure, based := 0, 0
		for _, field := range v.header["List-Unsubscribe"] {
			for _, m := range angled.FindAllStringSubmatch(field, -1) {
				switch {
				case strings.HasPrefix(strings.ToLower(m[1]), "https://"):
					secure++
				case in.plainBase(m[1]):
					based++
				}
			}
		}
		post := v.header["List-Unsubscribe-Post"]
		switch {
		case len(post) != 1 || strings.TrimSpace(post[0]) != "List-Unsubscribe=One-Click":
			tell(Finding{Where: where, Text: strings.Join(post, ", "), Message: "List-Unsubscribe-Post must be exactly List-Unsubscribe=One-Click."})
		case secure == 1:
		case secure == 0 && based == 1 && loopback(in.BaseURL):
			tell(Finding{Severity: Warning, Where: where, Message: "List-Unsubscribe is not https. That is fine on this machine only; set base_url to an https address before people get mail."})
		default:
			tell(Finding{Where: where, Message: "List-Unsubscribe must hold exactly one https address."})
		}
	}
}

// signedHeaders must be covered by a signature; oversigned twice, so that a second one cannot be added.
var (
	signedHeaders = []string{"from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "list-unsubscribe", "list-unsubscribe-post"}
	oversigned    = []string{"from", "subject", "date", "to"}
	dkimHeaders   = expression.Of(`(?is)(?:^|;)\s*h\s*=([^;]*)`)
)

// checkSigned judges the signature of the house; where the relay signs there is none to see yet.
func checkSigned(in *inspection, tell say) {
	for _, v := range in.views {
		for _, signature := range v.header["Dkim-Signature"] {
			covered := map[string]int{}
			if m := dkimHeaders.FindStringSubmatch(signature); m != nil {
				for name := range strings.SplitSeq(m[1], ":") {
					covered[strings.ToLower(strings.TrimSpace(name))]++
				}
			}
			for _, name := range signedHeaders {
				wanted := 1
				if slices.Contains(oversigned, name) {
					wanted = 2
				}
				if present := len(v.header[textproto.CanonicalMIMEHeaderKey(name)]) > 0 || wanted == 2; present && covered[name] < wanted {
					tell(Finding{Where: "message." + v.Language, Text: name, Message: "The signature does not cover this header, or not against a second one of its name. Sign it."})
				}
			}
		}
	}
}

func checkRequired(in *inspection, tell say) {
	for _, v := range in.views {
		where := "message." + v.Language
		for _, name := range []string{"Date", "From", "To", "Message-Id"} {
			if len(v.header[name]) != 1 {
				tell(Finding{Where: where, Text: name, Message: "The message must have the header exactly once."})
			}
		}
		for _, from := range v.header["From"] {
			if list, err := mail.ParseAddressList(from); err != nil || len(list) != 1 {
				tell(Finding{Where: where, Text: "From", Message: "The message must come from exactly one valid address."})
			}
		}
	}
}

func checkAutomatic(in *inspection, tell say) {
	for _, v := range in.views {
		where := "message." + v.Language
		for name, wanted := range map[string]string{"Auto-Submitted": "auto-generated", "List-Id": "", "Feedback-Id": ""} {
			values := v.header[name]
			if len(values) != 1 || (wanted != "" && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(values[0])), wanted)) {
				tell(Finding{Where: where, Text: name, Message: "The header is missing or wrong; without it, vacation notes come back and providers cannot tell the campaign."})
			}
		}
		for _, name := range []string{"Precedence", "X-Priority", "Importance", "Bcc"} {
			if len(v.header[name]) > 0 {
				tell(Finding{Where: where, Text: name, Message: "The header does not belong into this message. Take it out."})
			}
		}
	}
}
