package mailer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// Composition is what a Composer needs.
type Composition struct {
	BaseURL string // what links start with
	Links   *link.Keys
	Clock   func() time.Time
	Returns bool     // what comes back is read: sign the return path
	Reports []string // mail providers that report by webhook: give each message what they report back
	Domain  string   // of the return path; "" is the domain of From
	Signer  *Signer  // nil: signing is left to the relay
}

// Composer draws documents and composes messages. It dials nothing and needs no relay, so lint and
// preview use it alone. It is safe for concurrent use.
type Composer struct {
	base   string
	secure bool // links are https, or lead to this machine
	links  *link.Keys
	clock  func() time.Time
	signer *Signer

	returns      bool
	returnDomain string
	reports      []string

	mu    sync.Mutex
	parts map[string]*part // kept documents taken apart, by SHA-256

	stencils stencils
}

// NewComposer makes a composer. The error is fault.Invalid for a base URL that no link can start with.
func NewComposer(c Composition) (*Composer, error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fault.New(fault.Invalid, "mailer.base_url", "base_url: {url} is nothing that a link can start with", "url", c.BaseURL).
			At("mailer.NewComposer").Hint("write base_url = \"https://choice.example.com\"")
	}
	if c.Domain != "" && !returnable(c.Domain) {
		return nil, noReturn(c.Domain)
	}
	return &Composer{base: strings.TrimRight(u.String(), "/"), secure: u.Scheme == "https" || loopback(u.Hostname()),
		links: c.Links, clock: c.Clock, signer: c.Signer, returns: c.Returns, returnDomain: c.Domain, reports: c.Reports, parts: map[string]*part{}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// longestTo is the longest address that stands on one line behind "To:"; the library folds the line before
// a longer one (RFC 5322 section 2.1.1).
const longestTo = 66

// Compose makes all bytes of one message: the kept documents with the person's values filled in, as
// MIME, signed when there is a signer. The same invitation, content and instant give the same bytes, but for the
// time of the signature. Nothing can fail later. Bytes may be written into room. Errors: fault.Invalid for content that cannot be sent,
// fault.Internal for a kept document that is missing or not what its hash promises.
func (c *Composer) Compose(i campaign.Invitation, content campaign.Content, room []byte) (campaign.Message, error) {
	m, err := c.unsigned(i, content, room)
	if err != nil || c.signer == nil {
		return m, err
	}
	return c.signer.sign(m)
}

func (c *Composer) unsigned(i campaign.Invitation, content campaign.Content, room []byte) (campaign.Message, error) {
	if !c.secure {
		return campaign.Message{}, fault.New(fault.Invalid, "mailer.insecure", "base_url is not https, so nothing can be sent").
			At("mailer.Compose").Hint("set base_url to an https address")
	}
	if content.Test {
		m, _, err := c.compose(i, content, c.clock())
		return m, err
	}
	s, err := c.stencil(i.Language, content)
	if err != nil {
		return campaign.Message{}, err
	}
	// An address that needs quoting, encoding or a line of its own stands in its header in another way.
	if s == nil || len(i.Email) > longestTo || !mailbox(string(i.Email)) || (&netmail.Address{Address: string(i.Email)}).String() != "<"+string(i.Email)+">" {
		m, _, err := c.compose(i, content, c.clock())
		return m, err
	}
	return c.write(s, i, c.clock(), room)
}

// Parts is what a person sees of a message.
type Parts struct {
	Subject string
	Text    string
	HTML    string
	Header  map[string][]string // canonical names, values as sent
}

// Preview composes a message for a sample contact from a campaign that need not be kept yet, the same
// way as a real one. Its links are signed and lead to nobody.
func (c *Composer) Preview(f campaign.Frozen, s campaign.Sample) (campaign.Message, Parts, error) {
	docs, err := c.documents(f, s.Language)
	if err != nil {
		return campaign.Message{}, Parts{}, err
	}
	content := campaign.Content{Name: f.File.Name, Frozen: &f, Documents: map[string]campaign.Document{}}
	for _, d := range docs {
		content.Documents[d.Name] = d
	}
	to := s.Email
	if to == "" {
		to = "someone@example.net"
	}
	m, parts, err := c.compose(campaign.Invitation{Language: s.Language, Email: to, Values: s.Values}, content, c.clock())
	if err != nil {
		return m, parts, err
	}
	if c.signer != nil {
		if m, err = c.signer.sign(m); err != nil {
			return m, parts, err
		}
	}
	read, err := netmail.ReadMessage(bytes.NewReader(m.Bytes))
	if err != nil {
		return m, parts, fault.Wrap("mailer.Preview", err)
	}
	parts.Header = read.Header
	return m, parts, nil
}

func (c *Composer) compose(i campaign.Invitation, content campaign.Content, at time.Time) (campaign.Message, Parts, error) {
	l, err := newLayout(*content.Frozen, i.Language)
	if err != nil {
		return campaign.Message{}, Parts{}, err
	}
	parts := Parts{}
	if parts.Subject, err = l.subject(); err != nil {
		return campaign.Message{}, parts, err
	}
	values := fillings(l.words, i.Values)
	values[slotChoose], values[slotUnsubscribe] = c.form(i.Link, l.file.Schedule.Deadline), c.stop(i.Link)
	if content.Test {
		parts.Subject = testMark + parts.Subject
		values[slotChoose], values[slotUnsubscribe] = c.trial(i.Link), c.trial(i.Link)
	}
	for kind, into := range map[string]*string{"html": &parts.HTML, "txt": &parts.Text} {
		p, err := c.part(content.Documents[documentName(i.Language, kind)], documentName(i.Language, kind))
		if err != nil {
			return campaign.Message{}, parts, err
		}
		escape := html.EscapeString
		if kind == "txt" {
			escape = plainly
		}
		*into = p.fill(values, escape)
	}
	m, err := c.envelop(i, content, parts, at)
	return m, parts, err
}

// form is the link to the form. It outlives the last day by one, so that the day is a whole one in
// every time zone; whether a yes still counts is judged by the desk.
func (c *Composer) form(id campaign.LinkID, deadline campaign.Date) string {
	var expires time.Time
	if !deadline.IsZero() {
		expires = deadline.AddDays(1).Time()
	}
	return c.base + "/c/" + c.links.Mint(link.Form, id, expires)
}

func (c *Composer) stop(id campaign.LinkID) string {
	return c.base + "/u/" + c.links.Mint(link.OneClick, id, time.Time{})
}

// testMark begins the subject of a test message.
const testMark = "[TEST] "

// testDays is how long the link of a test message shows the form.
const testDays = 7

// trial is the one link of a test message.
func (c *Composer) trial(id campaign.LinkID) string {
	return c.base + "/t/" + c.links.Mint(link.Test, id, c.clock().AddDate(0, 0, testDays))
}

// envelop writes the MIME message and checks it once more as bytes.
func (c *Composer) envelop(i campaign.Invitation, content campaign.Content, parts Parts, at time.Time) (campaign.Message, error) {
	sender := content.Frozen.File.Sender
	domain := campaign.Address(sender.Address).Domain()
	if !mailbox(sender.Address) || !ascii(sender.Address) || sender.ReplyTo != "" && (!mailbox(sender.ReplyTo) || !ascii(sender.ReplyTo)) || !mailbox(string(i.Email)) {
		return campaign.Message{}, fault.New(fault.Invalid, "mailer.address", "sender.address, sender.reply_to or the recipient is no mailbox").At("mailer.Compose")
	}
	if c.signer != nil {
		if err := campaign.Signable(campaign.Address(sender.Address), c.signer.domain); err != nil {
			return campaign.Message{}, err
		}
	}
	r, err := c.returning(i.Link, content.Frozen.File, content.Test)
	if err != nil {
		return campaign.Message{}, err
	}
	m := campaign.Message{EnvelopeFrom: r.path, To: i.Email, MessageID: c.links.MintMessage(int64(i.ID), i.Link, i.Attempt) + "@" + domain}
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(digest("boundary", i)))
	list := "c" + strconv.FormatInt(int64(content.Campaign), 10)
	for _, h := range [][2]string{
		{"From", named("From", sender.Name, sender.Address)},
		{"Subject", encoded("Subject", parts.Subject)},
		{"Content-Language", i.Language},
		{"List-Id", "<" + list + ".reoptin." + domain + ">"},
		{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "OOF, AutoReply"},
		{"Feedback-ID", list + ":reoptin:" + domain},
	} {
		g.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	if sender.ReplyTo != "" {
		g.SetGenHeader("Reply-To", "<"+sender.ReplyTo+">")
	}
	g.SetDateWithValue(at)
	g.SetMessageIDWithValue(m.MessageID)
	// Preformatted: a folded List-Unsubscribe breaks signatures made by some relays (COMPLIANCE E.2). It is the only
	// one: the library writes such fields in no order.
	stop := c.stop(i.Link)
	if content.Test {
		stop = c.trial(i.Link)
	}
	stop = "<" + stop + ">"
	if r.signed {
		stop += ", <mailto:" + r.stop + "?subject=unsubscribe>"
		g.SetGenHeader("CFBL-Address", r.path+"; report=arf")
	}
	for _, h := range referenceHeaders(c.reports, r.reference) {
		g.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	g.SetGenHeaderPreformatted("List-Unsubscribe", stop)
	g.ToMailAddress(&netmail.Address{Address: string(i.Email)})
	g.SetBodyString(gomail.TypeTextPlain, parts.Text)
	g.AddAlternativeString(gomail.TypeTextHTML, parts.HTML)
	var b bytes.Buffer
	if _, err := g.WriteTo(&b); err != nil {
		return campaign.Message{}, fault.Wrap("mailer.Compose", err)
	}
	m.Bytes = b.Bytes()
	if err := sendable(m); err != nil {
		return campaign.Message{}, err
	}
	sum := sha256.Sum256(m.Bytes)
	m.SHA256 = hex.EncodeToString(sum[:])
	return m, nil
}

// sendable looks at the finished bytes, whatever made them.
func sendable(m campaign.Message) error {
	head, _, ok := bytes.Cut(m.Bytes, []byte("\r\n\r\n"))
	if !ok || !wellFormed(m.Bytes) || !ascii(head) && ascii(m.To) || !bytes.Contains(head, []byte("\r\nContent-Type: multipart/alternative")) {
		return fault.New(fault.Internal, "mailer.bytes", "a composed message is not what mail servers accept").At("mailer.Compose")
	}
	return nil
}

// digest names a message without saying anything of the person or the link: 128 bits of a hash over
// the secret link id.
func digest(what string, i campaign.Invitation) string {
	h := sha256.New()
	h.Write([]byte("reoptin/" + what + "\x00"))
	h.Write(i.Link[:])
	h.Write([]byte(strconv.Itoa(i.Attempt)))
	return hex.EncodeToString(h.Sum(nil)[:digestSize])
}

const digestSize = 16

// part is a kept document taken apart at its placeholders.
type part struct {
	texts []string // one more than slots
	slots []filled
}

// part takes a kept document apart, once; what is sent must be what was approved.
func (c *Composer) part(d campaign.Document, name string) (*part, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.parts[d.SHA256]; p != nil {
		return p, nil
	}
	sum := sha256.Sum256(d.Content)
	if d.SHA256 == "" || hex.EncodeToString(sum[:]) != d.SHA256 {
		return nil, fault.New(fault.Internal, "mailer.document", "the kept document {name} is missing or no longer matches its hash", "name", name).
			At("mailer.Compose").Hint("reoptin ledger verify")
	}
	p := &part{}
	rest := string(d.Content)
	for _, m := range placeholder.FindAllStringSubmatchIndex(rest, -1) {
		name, otherwise, _ := strings.Cut(rest[m[2]:m[3]], "|")
		p.slots = append(p.slots, filled{name, otherwise})
	}
	p.texts = placeholder.Split(rest, -1)
	if len(c.parts) >= maxParts {
		clear(c.parts)
	}
	c.parts[d.SHA256] = p
	return p, nil
}

// maxParts bounds the documents held in memory; lint makes new ones with every draft.
const maxParts = 256

// fill writes the document in one pass: what a value holds is never looked at again.
func (p *part) fill(values map[string]string, escape func(string) string) string {
	return string(p.append(nil, values, escape))
}

func (p *part) append(b []byte, values map[string]string, escape func(string) string) []byte {
	for i, slot := range p.slots {
		b = append(b, p.texts[i]...)
		if value := values[slot.name]; value != "" {
			b = append(b, escape(value)...)
		} else {
			b = append(b, slot.otherwise...) // escaped when the document was drawn
		}
	}
	return append(b, p.texts[len(p.texts)-1]...)
}
