package bounce

import (
	"html"
	"slices"
	"strings"
	"unicode"

	"github.com/reoptin/reoptin/internal/expression"
)

// Kind is what a message is.
type Kind string

// The kinds.
const (
	KindDelivery Kind = "delivery" // a delivery status notification (RFC 3464, RFC 6533)
	KindFeedback Kind = "feedback" // a feedback report (RFC 5965), or one in a provider's own form
	KindPlain    Kind = "plain"    // a bounce in words, without any standard part
	KindAuto     Kind = "auto"     // an automatic answer (RFC 3834), a challenge
	KindStop     Kind = "stop"     // a person writes that it should stop (COMPLIANCE C.6)
	KindOther    Kind = "other"    // anything else: for people to read
)

// Report is one message as it was understood.
type Report struct {
	Kind       Kind
	From       string      // who wrote it, "" when the message does not say
	To         []string    // the addresses it came to, as far as its header says
	Sender     *string     // its return path, "" for the null one; nil when it is not known
	ID         string      // its own Message-ID, without brackets
	Signed     []Signed    // addresses of ours in it, those it came to first
	MessageIDs []string    // of the messages that it returns or answers, the likeliest first
	EnvelopeID string      // Original-Envelope-Id (RFC 3464 section 2.2.1)
	Recipients []Recipient // what it says of whom; none for KindOther
	Quoted     []Signed    // of an answer that says stop: the links of ours that it quotes, c for the form's and u for the unsubscribe page's
	More       bool        // a person writes stop, and something else that somebody should read
}

// Signed is an address or a link that carries a token; whether it is genuine is for its reader to check.
type Signed struct {
	Mark  byte // what stands before the plus: b for the return path, u for the unsubscribe address; of a link the name of its page
	Token string
}

// Recipient is what a report says of one address.
type Recipient struct {
	Address string // "" when the report names none
	Meaning Meaning
	Class   Class // by COMPLIANCE E.4; "" when no server spoke
	Code    int   // reply code, 0 when none
	Status  string
	Text    string // the server's words, bounded
}

// Genuine reports whether a bounce came in the way that bounces do: from the null sender or from a mail
// server's own mailbox (RFC 5321 section 6.1), as far as is known.
func (r Report) Genuine() bool {
	return r.Sender == nil || *r.Sender == "" || ofServer(*r.Sender)
}

// most bounds the recipients, addresses and tokens of one report.
const most = 20

// Read understands one message. It never fails: what cannot be understood is KindOther.
func Read(raw []byte) Report {
	h, body := split(lines(raw))
	m := message{head: h, parts: leaves(h, body)}
	r := Report{From: addressIn(h.decoded("from")), To: m.to(), ID: bare(h.get("message-id"))}
	if h.has("return-path") {
		sender := sentBy(h.get("return-path"))
		r.Sender = &sender
	}
	for _, understood := range []func(*message, *Report) bool{delivery, feedback, plain, auto, stop} {
		if understood(&m, &r) {
			break
		}
	}
	if r.Kind == "" {
		r.Kind = KindOther
	}
	r.Signed = m.signed(r.To)
	r.asked()
	if r.Kind == KindStop {
		r.Quoted, r.More = m.quoted(), saysMore(ownLines(m.written()))
	}
	return r
}

// sentBy is the address of a return path, "" for the null one; whatever else stands there is not null.
func sentBy(path string) string {
	path = strings.Trim(path, "<> \t")
	if address := addressIn(path); address != "" {
		return address
	}
	return path
}

// asked: whatever a person's mail program sends to an unsubscribe address asks for it, though it may look
// like an automatic answer (RFC 2369 section 3.2).
func (r *Report) asked() {
	to := strings.Join(r.To, "\n")
	found := token.FindStringSubmatch(to)
	if found == nil || found[1][0]|0x20 != 'u' || r.Kind != KindAuto && r.Kind != KindOther && r.Kind != KindStop {
		return
	}
	r.Kind, r.Recipients = KindStop, []Recipient{{Address: r.From, Meaning: MeansOptOut, Text: "unsubscribe address"}}
}

// message is a message taken apart.
type message struct {
	head  header
	parts []part
}

// part gives the first part of one of some media.
func (m *message) part(media ...string) (part, bool) {
	for _, p := range m.parts {
		if slices.Contains(media, p.media) {
			return p, true
		}
	}
	return part{}, false
}

// returned is the header of the message that comes back, as far as it is there.
func (m *message) returned() header {
	p, ok := m.part("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers")
	if !ok {
		return nil
	}
	h, _ := split(lines(p.body))
	return h
}

// words is the text that people read: the first text part, else the words of the first HTML part.
func (m *message) words() string {
	if p, ok := m.part("text/plain"); ok {
		return p.text()
	}
	if p, ok := m.part("text/html"); ok {
		return untagged(p.text())
	}
	return ""
}

// written is the text of an answer as far as its writer can have written it: the first part with words in it, since what others
// add stands behind. In a page it ends where something is quoted.
func (m *message) written() string {
	for _, p := range m.parts {
		text := ""
		switch p.media {
		case "text/plain":
			text = p.text()
		case "text/html":
			page := unseen.ReplaceAllString(p.text(), " ")
			if at := quotation.FindStringIndex(page); at != nil {
				page = page[:at[0]]
			}
			text = untagged(page)
		}
		if strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}

var (
	unseen    = expression.Of(`(?is)<!--.*?-->|<style.*?</style>|<script.*?</script>`)
	quotation = expression.Of(`(?i)<blockquote\b|<[a-z]+\s[^>]{0,300}\b(?:gmail_quote|moz-cite-prefix|yahoo_quoted|protonmail_quote|divRplyFwdMsg|appendonsend)\b`)
)

var tag = expression.Of(`(?is)<style.*?</style>|<br[^>]*>|</p>|</div>|</tr>|<[^>]*>`)

// untagged is the words of a page, a line for each paragraph.
func untagged(page string) string {
	return html.UnescapeString(tag.ReplaceAllStringFunc(page, func(t string) string {
		switch strings.ToLower(t[:min(len(t), 3)]) {
		case "<br", "</p", "</d", "</t":
			return "\n"
		}
		return " "
	}))
}

// to lists whom a message came to: what the last server wrote down first.
func (m *message) to() (out []string) {
	for _, name := range []string{"delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc"} {
		for _, f := range m.head {
			if f.name != name {
				continue
			}
			for _, a := range addresses(f.value) {
				if !slices.Contains(out, a) && len(out) < most {
					out = append(out, a)
				}
			}
		}
	}
	return out
}

var token = expression.Of(`(?i)\b([bu])\+([a-z2-7]{60})@`)

// signed finds addresses of ours: in those the message came to, then anywhere in it. Letter case is not
// kept by every server.
func (m *message) signed(to []string) []Signed {
	out := Addresses(strings.Join(to, "\n"))
	for _, p := range m.parts {
		for _, s := range Addresses(readable(p.body)) {
			if !slices.Contains(out, s) && len(out) < most {
				out = append(out, s)
			}
		}
	}
	return out
}

// aLink is one of ours, also behind another that checks it first.
var aLink = expression.Of(`(?:/|%2[Ff])([cu])(?:/|%2[Ff])([a-z2-7]{60})\b`)

// quoted finds links of ours anywhere in a message.
func (m *message) quoted() (out []Signed) {
	for _, p := range m.parts {
		for _, found := range aLink.FindAllStringSubmatch(p.text(), most) {
			if s := (Signed{found[1][0], found[2]}); !slices.Contains(out, s) && len(out) < most {
				out = append(out, s)
			}
		}
	}
	return out
}

// Addresses finds the addresses in a text that carry a token, in their order and bounded.
func Addresses(text string) (out []Signed) {
	for _, found := range token.FindAllStringSubmatch(text, most) {
		s := Signed{Mark: found[1][0] | 0x20, Token: strings.ToLower(found[2])}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

var (
	anAddress = expression.Of(`[^\s\pC<>()\[\],;:"'\\=]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,251}[\p{L}\p{N}])?`)
	anID      = expression.Of(`<([^<>\s]{1,250}@[^<>\s]{1,250})>`)
)

// addressIn is the first address in a text, "" when there is none.
func addressIn(text string) string {
	return anAddress.FindString(text)
}

func addresses(text string) []string { return anAddress.FindAllString(text, most) }

// bare is a message id without its brackets.
func bare(id string) string {
	if m := anID.FindStringSubmatch(id); m != nil {
		return m[1]
	}
	return ""
}

// ids are the message ids in a text.
func ids(text string) (out []string) {
	for _, m := range anID.FindAllStringSubmatch(text, most) {
		out = append(out, m[1])
	}
	return out
}

var serverBox = expression.Of(`(?i)^(mailer-?daemon|postmaster|mail-?daemon|mdaemon|mail\.?delivery\.?(system|subsystem|service)?|double-bounce|postoffice)$`)

// ofServer reports whether an address is a mail server's own mailbox.
func ofServer(address string) bool {
	local, _, _ := strings.Cut(address, "@")
	return serverBox.MatchString(local)
}

// maxWords bounds the words of a server that are kept, in octets.
const maxWords = 480

// short is text in one line, printable and bounded.
func short(text string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) { // what would steer a terminal or turn a line around
			return ' '
		}
		return r
	}, text)), " ")
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "")
	}
	return text
}
