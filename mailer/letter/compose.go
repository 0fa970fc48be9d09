package letter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"time"

	"rsc.io/qr"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/internal/paper"
)

// Words gives what letters say, which is what messages say.
type Words interface {
	LetterSheet(f campaign.Frozen, language string) (campaign.LetterSheet, error)
	LetterValues(i campaign.Invitation, dated time.Time) (map[string]string, error)
	FormLink(i campaign.Invitation, deadline campaign.Date) string
}

// Deps are what a composer works with.
type Deps struct {
	Words   Words
	Links   *link.Keys
	BaseURL string // what links start with
}

// Composer composes letters. It is safe for concurrent use.
type Composer struct {
	Deps
	faces paper.Faces

	mu     sync.Mutex
	sheets map[string]campaign.LetterSheet // by the SHA-256 of what is kept
	set    map[setting][]string            // texts that are the same for all, as they are set
}

// setting is a text with how it is set.
type setting struct {
	text  string
	style paper.Style
	wide  float64
}

// mostSet bounds what is remembered of texts.
const mostSet = 4000

// New makes a composer.
func New(d Deps) (*Composer, error) {
	faces, err := paper.NewFaces()
	if err != nil {
		return nil, err
	}
	return &Composer{Deps: d, faces: faces, sheets: map[string]campaign.LetterSheet{}, set: map[setting][]string{}}, nil
}

// Documents are the letters of a campaign as they are kept, in each of its languages; none when it asks nobody by post.
// A text that no page can hold, or that the font lacks letters for, is fault.Invalid.
func (c *Composer) Documents(f campaign.Frozen) (docs []campaign.Document, err error) {
	for _, r := range f.File.Audience.Routes {
		if r != campaign.RouteLetter {
			continue
		}
		for _, language := range f.File.Languages {
			d, err := c.document(f, language)
			if err != nil {
				return nil, err
			}
			docs = append(docs, d)
		}
	}
	return docs, nil
}

func (c *Composer) document(f campaign.Frozen, language string) (campaign.Document, error) {
	s, err := c.Words.LetterSheet(f, language)
	if err != nil {
		return campaign.Document{}, err
	}
	if s.Labels = labelsOf(language); s.Labels == nil {
		return campaign.Document{}, fault.New(fault.Invalid, "letter.language", "there are no letters in {language}", "language", language).At("letter.Documents").
			Hint("leave the language out, or ask by e-mail alone")
	}
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return campaign.Document{}, fault.Wrap("letter.Documents", err)
	}
	sum := sha256.Sum256(content)
	d := campaign.Document{SHA256: hex.EncodeToString(sum[:]), Name: campaign.LetterDocument(language), Language: language, Media: "application/json", Content: content}
	for _, w := range campaign.Windows() { // somebody with a name that takes little room
		l := c.fill(s, campaign.Invitation{Language: language, Values: campaign.Values{"first_name": "Anne"}}, map[string]string{"greeting": "Anne"}, f.File.Schedule.Deadline)
		l.address = []string{"Anne"}
		if _, err := c.layOut(l, w); err != nil {
			return campaign.Document{}, err
		}
	}
	return d, nil
}

// sheet reads the kept letter of a language.
func (c *Composer) sheet(content campaign.Content, language string) (campaign.LetterSheet, error) {
	doc, ok := content.Documents[campaign.LetterDocument(language)]
	if !ok {
		return campaign.LetterSheet{}, fault.New(fault.Internal, "letter.document", "the campaign keeps no letter in {language}", "language", language).At("letter.sheet")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, known := c.sheets[doc.SHA256]; known {
		return s, nil
	}
	var s campaign.LetterSheet
	sum := sha256.Sum256(doc.Content)
	if err := json.Unmarshal(doc.Content, &s); err != nil || hex.EncodeToString(sum[:]) != doc.SHA256 {
		return s, fault.New(fault.Internal, "letter.document", "the campaign keeps no letter in {language}", "language", language).At("letter.sheet").Because(err)
	}
	c.sheets[doc.SHA256] = s
	return s, nil
}

// letter is all that one page says.
type letter struct {
	sheet   campaign.LetterSheet
	values  map[string]string
	address []string
	brief   []string // the same with both lines of the street in one
	link    string
	typed   string // address of the page where codes are typed, as people read it
	code    string
}

// Proof composes a letter in full and gives the hash of what it says, its date apart.
func (c *Composer) Proof(i campaign.Invitation, content campaign.Content, w campaign.Window) (string, campaign.CodeDigest, error) {
	l, err := c.letter(i, content, time.Time{})
	if err != nil {
		return "", campaign.CodeDigest{}, err
	}
	if _, err := c.layOut(l, w); err != nil {
		return "", campaign.CodeDigest{}, err
	}
	return l.hash(), campaign.CodeDigest(c.Links.Code(i.Link).Digest()), nil
}

// Codes are the digests of the codes that letters with a link may have carried.
func (c *Composer) Codes(l campaign.LinkID) (digests []campaign.CodeDigest) {
	for _, code := range c.Links.Codes(l) {
		digests = append(digests, campaign.CodeDigest(code.Digest()))
	}
	return digests
}

// letter fills in one person.
func (c *Composer) letter(i campaign.Invitation, content campaign.Content, dated time.Time) (letter, error) {
	s, err := c.sheet(content, i.Language)
	if err != nil {
		return letter{}, err
	}
	values, err := c.Words.LetterValues(i, dated)
	if err != nil {
		return letter{}, err
	}
	l := c.fill(s, i, values, content.Frozen.File.Schedule.Deadline)
	if l.address, err = addressOf(i.Values, s.Home); err != nil {
		return l, err
	}
	if v := maps.Clone(i.Values); v[campaign.ValueLine2] != "" {
		v[campaign.ValueLine1], v[campaign.ValueLine2] = v[campaign.ValueLine1]+", "+v[campaign.ValueLine2], ""
		if l.brief, err = addressOf(v, s.Home); err != nil {
			return l, err
		}
	}
	return l, l.printable()
}

func (c *Composer) fill(s campaign.LetterSheet, i campaign.Invitation, values map[string]string, deadline campaign.Date) letter {
	_, typed, _ := strings.Cut(c.BaseURL, "://")
	return letter{sheet: s, values: values, link: c.Words.FormLink(i, deadline), typed: strings.TrimRight(typed, "/") + "/l", code: c.Links.Code(i.Link).Text()}
}

// printable refuses what the font cannot print, of the person or of the campaign.
func (l letter) printable() error {
	for _, text := range append(l.texts(), l.address...) {
		if sign := paper.Lacking(text); sign != "" {
			return fault.New(fault.Invalid, "letter.script", "{sign} cannot be printed: letters are printed in Latin, Greek and Cyrillic script", "sign", sign).At("letter.printable").
				Hint("give the name and address in Latin letters, or ask this person another way")
		}
	}
	return nil
}

// texts are all texts of a letter but its address and date.
func (l letter) texts() []string {
	s := l.sheet
	out := []string{s.Sender, s.Return, s.Subject}
	out = append(append(out, s.Body...), s.Ask)
	for _, i := range s.Items {
		out = append(out, i.Text, i.Brief)
	}
	out = append(append(out, s.Answer...), s.Object)
	for _, p := range s.Legal {
		out = append(out, p.Title, p.Text)
	}
	for _, name := range labelNames {
		out = append(out, s.Labels[name])
	}
	for n := range out {
		out[n] = l.say(out[n])
	}
	return out
}

// hash is over everything that the letter says.
func (l letter) hash() string {
	h := sha256.New()
	for _, text := range append(append(l.texts(), l.address...), l.link, l.code) {
		h.Write([]byte(text))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// say fills the placeholders of a text, of the person in double braces and of the layout in single ones, in one pass.
func (l letter) say(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if name, after, ok := strings.Cut(strings.TrimPrefix(rest, "{"), "}}"); ok && strings.HasPrefix(rest, "{") {
			b.WriteString(l.values[strings.TrimSpace(name)])
			text = after
			continue
		}
		name, after, ok := strings.Cut(rest, "}")
		switch value, known := map[string]string{"address": l.typed, "to": l.sheet.Return}[name]; {
		case ok && known:
			b.WriteString(value)
			text = after
		default:
			b.WriteByte('{')
			text = rest
		}
	}
}

// matrix is the code to scan.
func (l letter) matrix() (*qr.Code, error) {
	code, err := qr.Encode(l.link, qr.M)
	if err != nil {
		return nil, fault.New(fault.Internal, "letter.qr", "the link is too long for a code").At("letter.matrix").Because(err)
	}
	return code, nil
}
