package mailer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"mime/quotedprintable"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/templates/mail"
)

// Of one campaign and language nearly every byte is the same for everyone. A stencil is the message
// with all of that encoded already, so that composing for a person only writes values in between. It is
// cut from a message that was composed in full for nobody, so the mail library's rendering stays the
// only one; a test holds the two against each other.

// The values that nobody has, by which a stencil is cut. None of the headers that they stand in is ever
// folded, however long the value.
const (
	nobody   = "nobody@reoptin.invalid"
	noText   = "reoptin-text-part"
	noHTML   = "reoptin-html-part"
	dateForm = time.RFC1123Z
)

var (
	noLink = campaign.LinkID{0x72, 0x65, 0x6f, 0x70, 0x74, 0x69, 0x6e, 0xff}
	noTime = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
)

// stencilKey is what a stencil depends on.
type stencilKey struct {
	campaign       campaign.CampaignID
	hash, language string
	text, html     string
}

type stencil struct {
	file   campaign.File
	domain string
	words  mail.Words
	texts  [][]byte // one more than slots
	slots  []int
	parts  [2]*encodedPart // text, HTML
	room   int             // what a message needs, as far as the sample tells
}

// The slots of a stencil.
const (
	slotMessageID = iota
	slotBoundary
	slotDate
	slotStop
	slotMailto
	slotReturn
	slotReference // begins the return path, so it comes after it
	slotTo
	slotText
	slotHTML
)

// stencils holds those of the campaigns under way.
type stencils struct {
	mu    sync.Mutex
	known map[stencilKey]*stencil
}

// stencil gives the one for a language of a kept campaign, cut when it is first needed; nil when a
// message to a made-up person does not come out of it as it does in full.
func (c *Composer) stencil(language string, content campaign.Content) (*stencil, error) {
	text, page := documentName(language, "txt"), documentName(language, "html")
	key := stencilKey{content.Campaign, content.Frozen.Hash, language, content.Documents[text].SHA256, content.Documents[page].SHA256}
	c.stencils.mu.Lock()
	defer c.stencils.mu.Unlock()
	if s, known := c.stencils.known[key]; known {
		return s, nil
	}
	s, err := c.cut(language, content)
	if err != nil {
		return nil, err
	}
	if key.hash == "" { // not kept: it may change
		return s, nil
	}
	if c.stencils.known == nil || len(c.stencils.known) >= maxParts {
		c.stencils.known = map[stencilKey]*stencil{}
	}
	c.stencils.known[key] = s
	return s, nil
}

func (c *Composer) cut(language string, content campaign.Content) (*stencil, error) {
	l, err := newLayout(*content.Frozen, language)
	if err != nil {
		return nil, err
	}
	subject, err := l.subject()
	if err != nil {
		return nil, err
	}
	i := campaign.Invitation{Language: language, Email: nobody, Link: noLink}
	m, err := c.envelop(i, content, Parts{Subject: subject, Text: noText, HTML: noHTML}, noTime)
	if err != nil {
		return nil, err
	}
	r, err := c.returning(noLink, l.file, content.Test)
	if err != nil {
		return nil, err
	}
	s := &stencil{file: l.file, domain: campaign.Address(l.file.Sender.Address).Domain(), words: l.words}
	for n, kind := range []string{"txt", "html"} {
		name := documentName(language, kind)
		p, err := c.part(content.Documents[name], name)
		if err != nil {
			return nil, err
		}
		escape := plainly
		if kind == "html" {
			escape = html.EscapeString
		}
		s.parts[n] = p.encode(escape)
	}
	marks := []string{m.MessageID, digest("boundary", i), noTime.Format(dateForm), c.stop(noLink), r.stop, r.path, r.reference, nobody, noText, noHTML}
	if !r.signed {
		marks[slotMailto], marks[slotReturn] = "", ""
	}
	s.split(m.Bytes, marks)
	return c.proven(s, language, content)
}

// proven holds a stencil against a message composed in full.
func (c *Composer) proven(s *stencil, language string, content campaign.Content) (*stencil, error) {
	at := c.clock()
	sample := campaign.Invitation{Link: campaign.LinkID{1, 2, 3, 4, 5, 6, 7, 8}, Attempt: 7, Language: language, Email: "someone.else@post.example.net",
		Values: campaign.Values{"first_name": "Zoë <b>", "last_name": "d'Été & Söhne", "title": "Mme", "source": "forum @ 3.5", "relationship": "customer"}}
	full, _, err := c.compose(sample, content, at)
	if err != nil {
		return nil, err
	}
	quick, err := c.write(s, sample, at, nil)
	if err != nil || !bytes.Equal(quick.Bytes, full.Bytes) || quick.MessageID != full.MessageID {
		return nil, nil
	}
	s.room = len(quick.Bytes) + 256
	return s, nil
}

// split cuts bytes at every place where one of the marks stands; mark n becomes slot n. An empty one stands
// nowhere.
func (s *stencil) split(b []byte, marks []string) {
	for {
		at, which := len(b), -1
		for n, mark := range marks {
			if i := bytes.Index(b, []byte(mark)); mark != "" && i >= 0 && i < at {
				at, which = i, n
			}
		}
		s.texts = append(s.texts, b[:at])
		if which < 0 {
			return
		}
		s.slots = append(s.slots, which)
		b = b[at+len(marks[which]):]
	}
}

// write makes one person's message.
func (c *Composer) write(s *stencil, i campaign.Invitation, at time.Time, room []byte) (campaign.Message, error) {
	r, err := c.returning(i.Link, s.file, false)
	if err != nil {
		return campaign.Message{}, err
	}
	m := campaign.Message{EnvelopeFrom: r.path, To: i.Email, MessageID: c.links.MintMessage(int64(i.ID), i.Link, i.Attempt) + "@" + s.domain}
	stop := c.stop(i.Link)
	values := fillings(s.words, i.Values)
	values[slotChoose], values[slotUnsubscribe] = c.form(i.Link, s.file.Schedule.Deadline), stop
	filled := [slotHTML + 1]string{slotMessageID: m.MessageID, slotBoundary: digest("boundary", i), slotDate: at.Format(dateForm), slotStop: stop, slotMailto: r.stop, slotReturn: r.path, slotReference: r.reference,
		slotTo: string(i.Email)}
	b := slices.Grow(room[:0], s.room)
	for n, slot := range s.slots {
		b = append(b, s.texts[n]...)
		switch slot {
		case slotText, slotHTML:
			b = s.parts[slot-slotText].append(b, values)
		default:
			b = append(b, filled[slot]...)
		}
	}
	m.Bytes = append(b, s.texts[len(s.texts)-1]...)
	if err := sendable(m); err != nil {
		return campaign.Message{}, err
	}
	sum := sha256.Sum256(m.Bytes)
	m.SHA256 = hex.EncodeToString(sum[:])
	return m, nil
}

func plainly(s string) string { return s }

// encodedPart is a kept document, quoted-printable but for the lines with a placeholder.
type encodedPart struct {
	runs   []encodedRun
	escape func(string) string
}

// encodedRun is some whole lines: encoded, or a piece of the document that is still to be filled. The
// encoding begins anew with every line, so that lines can be encoded apart.
type encodedRun struct {
	encoded []byte
	open    *part
}

func (p *part) encode(escape func(string) string) *encodedPart {
	e := &encodedPart{escape: escape}
	line := &part{texts: []string{""}}
	end := func() {
		if len(line.slots) > 0 {
			e.runs = append(e.runs, encodedRun{open: line})
		} else if line.texts[0] != "" {
			e.runs = append(e.runs, encodedRun{encoded: quoted(line.texts[0])})
		}
		line = &part{texts: []string{""}}
	}
	for n, text := range p.texts {
		if n > 0 {
			line.slots, line.texts = append(line.slots, p.slots[n-1]), append(line.texts, "")
		}
		for piece := range strings.SplitAfterSeq(text, "\n") {
			line.texts[len(line.texts)-1] += piece
			if strings.HasSuffix(piece, "\n") {
				end()
			}
		}
	}
	end()
	e.join()
	return e
}

// join makes one run of neighbours that are encoded.
func (e *encodedPart) join() {
	var runs []encodedRun
	for _, r := range e.runs {
		if last := len(runs) - 1; r.open == nil && last >= 0 && runs[last].open == nil {
			runs[last].encoded = slices.Concat(runs[last].encoded, r.encoded)
			continue
		}
		runs = append(runs, r)
	}
	e.runs = runs
}

func (e *encodedPart) append(b []byte, values map[string]string) []byte {
	var line []byte
	for _, r := range e.runs {
		if r.open == nil {
			b = append(b, r.encoded...)
			continue
		}
		line = r.open.append(line[:0], values, e.escape)
		b = appendQuoted(b, line)
	}
	return b
}

// quoted encodes text as quoted-printable.
func quoted(text string) []byte { return appendQuoted(nil, []byte(text)) }

func appendQuoted(b, text []byte) []byte {
	to := sliceWriter(b)
	w := quotedprintable.NewWriter(&to)
	_, _ = w.Write(text) // a slice takes everything
	_ = w.Close()
	return to
}

// sliceWriter appends what is written.
type sliceWriter []byte

func (s *sliceWriter) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}
