package bounce

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/expression"
)

// delivery reads a delivery status notification (RFC 3464; RFC 6533 for addresses outside ASCII).
func delivery(m *message, r *Report) bool {
	p, ok := m.part("message/delivery-status", "message/global-delivery-status")
	if !ok {
		return false
	}
	for n, block := range blocks(p.body) {
		if n == 0 {
			r.EnvelopeID = block.get("original-envelope-id")
		}
		// One server writes everything into one block, another none for the message.
		if block.has("final-recipient") || block.has("original-recipient") || block.has("action") {
			r.Recipients = append(r.Recipients, recipient(block, m.words()))
		}
		if len(r.Recipients) == most {
			break
		}
	}
	if len(r.Recipients) == 0 { // cut, or none: its words may say more
		return false
	}
	r.Kind = KindDelivery
	m.remember(r)
	return true
}

// remember takes the ids of the returned message.
func (m *message) remember(r *Report) {
	for _, h := range []header{m.returned(), m.head} {
		for _, name := range []string{"message-id", "in-reply-to", "references"} {
			if name == "message-id" && len(h) > 0 && len(m.head) > 0 && &h[0] == &m.head[0] {
				continue // of the report itself
			}
			for _, id := range ids(h.get(name)) {
				if len(r.MessageIDs) < most {
					r.MessageIDs = append(r.MessageIDs, id)
				}
			}
		}
	}
}

// blocks are the groups of fields of a status part, separated by empty lines.
func blocks(b []byte) (out []header) {
	b = lines(b)
	for len(b) > 0 && len(out) < maxParts {
		if b = bytes.TrimLeft(b, "\n"); len(b) == 0 {
			break
		}
		var h header
		if h, b = split(b); len(h) > 0 {
			out = append(out, h)
		}
	}
	return out
}

// recipient reads one block. words is the part for people, which says more where the block says nothing.
func recipient(block header, words string) Recipient {
	out := Recipient{Address: failing(typed(block.get("original-recipient")), typed(block.get("final-recipient")))}
	status := statusIn(block.get("status"))
	text := typedText(block.get("diagnostic-code"))
	if text == "" && general(status) {
		text = around(words, out.Address)
	}
	out.Text = short(text)
	out.Code, out.Status = spoken(text)
	if out.Status == "" || general(out.Status) && !general(status) {
		out.Status = status
	}
	action, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(block.get("action"))), " ") // a remark may follow
	switch action {
	case "delayed":
		out.Meaning = MeansDelayed
	case "delivered", "relayed", "expanded":
		out.Meaning, out.Class = MeansDelivered, Delivered
		return out
	}
	out.judge(text)
	return out
}

// failing is whom a block is about: the final recipient, since the original one may be a list, an alias or a forwarder with
// others behind it; but the original one where the final one is only how its house writes it.
func failing(original, final string) string {
	was, house, _ := strings.Cut(strings.ToLower(original), "@")
	is, host, _ := strings.Cut(strings.ToLower(final), "@")
	if final == "" || was == is && (house == host || strings.HasSuffix(host, "."+house)) {
		return original
	}
	return final
}

// judge gives class and meaning to what a server said, all of it, and the reply code by which it did.
func (r *Recipient) judge(said string) (code int) {
	code = r.Code
	if code == 0 && r.Status != "" {
		code = int(r.Status[0]-'0')*100 + 50
	}
	if r.Status != "" && code/100 != int(r.Status[0]-'0') {
		code = int(r.Status[0]-'0')*100 + 50 // the notification's own status is its last word
	}
	if code == 0 {
		code = 550
	}
	r.Class = Classify(code, r.Status, said)
	switch {
	case r.Meaning != "":
	case r.Class == Delivered:
		r.Meaning = MeansDelivered
	case r.Class.Gone():
		r.Meaning = MeansHard
	default:
		r.Meaning = MeansSoft
	}
	return code
}

// typed is the address of a field "rfc822; a@b" (RFC 3464 section 2.1.2).
func typed(value string) string {
	kind, address, ok := strings.Cut(value, ";")
	if !ok {
		address = value
	}
	if strings.EqualFold(strings.TrimSpace(kind), "utf-8") {
		address = embedded.ReplaceAllStringFunc(address, letter)
	}
	return addressIn(address)
}

// embedded is how a letter is written in an address of type utf-8 where the notification is in ASCII (RFC 6533 section 3).
var embedded = expression.Of(`\\x\{[0-9A-Fa-f]{2,6}\}`)

func letter(written string) string {
	n, err := strconv.ParseInt(written[3:len(written)-1], 16, 32)
	if r := rune(n); err == nil && utf8.ValidRune(r) {
		return string(r)
	}
	return written
}

// typedText is the text of a field "smtp; 550 …".
func typedText(value string) string {
	if kind, text, ok := strings.Cut(value, ";"); ok && !strings.Contains(strings.TrimSpace(kind), " ") {
		return strings.TrimSpace(text)
	}
	return value
}

var (
	anyStatusCode = expression.Of(`(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.?\s|\.?$)`)
	anyReplyCode  = expression.Of(`(?:^|[^\d.,:/#-])([245][0-5]\d)(?:[ -]|$|[.:;]\s)`)
)

// statusIn is the first enhanced code in a text, "" when there is none.
func statusIn(text string) string {
	if m := anyStatusCode.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// general reports whether a status says no more than its class.
func general(status string) bool {
	return status == "" || strings.HasSuffix(status, ".0.0")
}

// spoken finds reply code and enhanced code in a server's words. They belong together only when their first
// digits agree.
func spoken(text string) (code int, status string) {
	if m := anyReplyCode.FindStringSubmatch(text); m != nil {
		code, _ = strconv.Atoi(m[1])
	}
	status = statusIn(text)
	if code != 0 && status != "" && int(status[0]-'0') != code/100 {
		status = ""
	}
	return code, status
}
