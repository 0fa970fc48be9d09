package store

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// A contact's body is text: a base is read and written by the million, and a column for each of its parts
// costs more than all else. The parts stand one after the other behind the four separators that ASCII
// has for this, from the greatest to the least. What a part holds is never empty by accident: an unknown
// value is the empty text. Rows from before the body was (migration 3) have lists, attributes and facts as
// JSON, and no separator before their facts: they are read for ever and written no more.
const (
	partEnd  = '\x1c' // between the parts of a contact
	factEnd  = '\x1d' // between its facts
	itemEnd  = '\x1e' // between the items of a list
	fieldEnd = '\x1f' // between the fields of an item
	escape   = '\x1b' // before a character of these five, 0x40 higher
)

// body collects the text.
type body struct{ b []byte }

// text writes a value, whatever is in it.
func (w *body) text(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= escape && c <= fieldEnd {
			w.b = append(append(w.b, s[from:i]...), escape, c+0x40)
			from = i + 1
		}
	}
	w.b = append(w.b, s[from:]...)
}

func (w *body) end(separator byte) { w.b = append(w.b, separator) }

// day counts from 1970; an unknown one is empty.
func (w *body) day(d campaign.Date) {
	if !d.IsZero() {
		w.b = strconv.AppendInt(w.b, d.Day(), 10)
	}
}

func (w *body) flags(fs ...bool) {
	for _, f := range fs {
		w.b = append(w.b, '0'+byte(flag(f)))
	}
}

func (w *body) list(items []string, separator byte) {
	for n, s := range items {
		if n > 0 {
			w.end(separator)
		}
		w.text(s)
	}
}

// AppendBody writes a contact's body.
func (d *DB) AppendBody(to []byte, c *campaign.Contact) []byte { return appendBody(to, c) }

// ReadBody reads a body into a contact.
func (d *DB) ReadBody(text string, c *campaign.Contact) error { return bodyInto(text, c) }

// appendBody writes a contact's body.
func appendBody(to []byte, c *campaign.Contact) []byte {
	w := &body{to}
	for _, s := range [...]string{c.BadEmail, c.Phone, c.Title, c.FirstName, c.LastName, c.Company, c.JobTitle, c.Language, c.Country} {
		w.text(s)
		w.end(partEnd)
	}
	w.flags(c.Inferred)
	for _, s := range [...]string{c.Timezone, c.Address1, c.Address2, c.PostalCode, c.City} {
		w.end(partEnd)
		w.text(s)
	}
	w.end(partEnd)
	w.list(c.MergedIDs, itemEnd)
	w.end(partEnd)
	for n, k := range sortedNames(c.Attributes) {
		if n > 0 {
			w.end(itemEnd)
		}
		w.text(k)
		w.end(fieldEnd)
		w.text(c.Attributes[k])
	}
	w.end(partEnd)
	w.facts(&c.Facts)
	if len(c.Joined)+len(c.Corrected) > 0 { // rows from before these parts were end with the facts, and so do most
		w.end(factEnd)
		w.list(c.Joined, itemEnd)
	}
	if len(c.Corrected) > 0 {
		w.end(factEnd)
		w.corrections(c.Corrected)
	}
	return w.b
}

func (w *body) corrections(cs []campaign.Correction) {
	for n, k := range cs {
		if n > 0 {
			w.end(itemEnd)
		}
		w.text(k.Field)
		w.end(fieldEnd)
		w.day(k.On)
	}
}

func sortedNames(attributes map[string]string) []string {
	if len(attributes) == 0 {
		return nil
	}
	names := make([]string, 0, len(attributes))
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *body) facts(f *campaign.Facts) {
	w.end(factEnd)
	w.text(f.Market)
	w.end(factEnd)
	w.text(f.Relationship)
	for _, d := range [...]campaign.Date{f.LastPurchase, f.RelationEnd, f.LastInbound, f.LastMarketing, f.Collected} {
		w.end(factEnd)
		w.day(d)
	}
	w.end(factEnd)
	w.list(f.Origins, itemEnd)
	w.end(factEnd)
	for n := range f.Claims {
		if n > 0 {
			w.end(itemEnd)
		}
		w.claim(&f.Claims[n])
	}
	w.end(factEnd)
	for n, o := range f.Objections {
		if n > 0 {
			w.end(itemEnd)
		}
		w.text(o.Kind)
		w.end(fieldEnd)
		w.day(o.At)
		w.end(fieldEnd)
		w.text(o.Scope)
		if !o.Told.IsZero() { // rows from before this was kept end with the scope, and so do most
			w.end(fieldEnd)
			w.b = strconv.AppendInt(w.b, millis(o.Told), 10)
		}
	}
	w.end(factEnd)
	w.flags(f.OppositionOffered, f.Complaint, f.Minor, f.Deceased, f.Erasure, f.Restricted, f.AddressChanged)
	w.end(factEnd)
	w.text(f.Bounce)
	w.end(factEnd)
	w.day(f.BounceAt)
	w.end(factEnd)
	w.list(f.ExternalLists, itemEnd)
}

func (w *body) claim(c *campaign.Claim) {
	w.text(c.Status)
	w.end(fieldEnd)
	w.day(c.At)
	for _, s := range [...]string{c.Method, c.Source} {
		w.end(fieldEnd)
		w.text(s)
	}
	w.end(fieldEnd)
	for n, channel := range c.Channels { // of the desk's own words: none has a comma
		if n > 0 {
			w.b = append(w.b, ',')
		}
		w.text(channel)
	}
	for _, s := range [...]string{c.Text, c.Proof} {
		w.end(fieldEnd)
		w.text(s)
	}
	w.end(fieldEnd)
	w.day(c.DoubleAt)
	for _, s := range [...]string{c.Bundled, c.Incentive, c.Purpose, c.Controller} {
		w.end(fieldEnd)
		w.text(s)
	}
	if len(c.Stated) > 0 { // names of fields: none has a comma
		w.end(fieldEnd)
		w.text(strings.Join(c.Stated, ","))
		w.end(fieldEnd)
		w.text(c.StatedBy)
	}
}

// parts reads what body wrote, from the front.
type parts struct {
	rest    string
	escaped bool // somewhere in the whole body
	brief   bool // without the attributes
	claims  []campaign.Claim
	wrong   error
}

// failed keeps the first thing that was wrong.
func (p *parts) failed(err error) {
	if p.wrong == nil {
		p.wrong = err
	}
}

// next is the text up to the separator, or all that is left. Most parts are empty or a few letters: of eight octets, as one number,
// those that are the separator become 0, and taking 1 from a 0 sets its highest bit, which it had not.
func (p *parts) next(separator byte) string {
	rest := p.rest
	if len(rest) >= 8 {
		eight := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		eight ^= everyOctet * uint64(separator)
		if met := (eight - everyOctet) &^ eight & (everyOctet << 7); met != 0 { // the lowest bit is that of the first; those above may err
			i := bits.TrailingZeros64(met) / 8
			p.rest = rest[i+1:]
			return rest[:i]
		}
	}
	i := strings.IndexByte(rest, separator)
	if i < 0 {
		p.rest = ""
		return rest
	}
	p.rest = rest[i+1:]
	return rest[:i]
}

// everyOctet is 1 in each of eight octets.
const everyOctet = 0x0101010101010101

func (p *parts) text(separator byte) string { return p.plain(p.next(separator)) }

// plain takes the escapes out.
func (p *parts) plain(s string) string {
	if !p.escaped || s == "" || strings.IndexByte(s, escape) < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == escape && i+1 < len(s) {
			i++
			c = s[i] - 0x40
		}
		out = append(out, c)
	}
	return string(out)
}

func (p *parts) day(separator byte) campaign.Date {
	s := p.next(separator)
	if s == "" {
		return campaign.Date{}
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		p.failed(fmt.Errorf("the day of a contact is no number: %w", err))
	}
	return campaign.DayOf(int64(n))
}

func (p *parts) time(separator byte) time.Time {
	s := p.next(separator)
	if s == "" {
		return time.Time{}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.failed(fmt.Errorf("a time of a contact is no number: %w", err))
	}
	return fromMillis(n)
}

func (p *parts) flags(s string, into ...*bool) {
	if len(s) != len(into) {
		p.failed(fmt.Errorf("a contact has %d flags where there are %d", len(s), len(into)))
		return
	}
	for n, f := range into {
		*f = s[n] == '1'
	}
}

// items cuts a list; the empty text is the empty list.
func (p *parts) items(s string) []string {
	if s == "" {
		return nil
	}
	if s == onlyOwn[0] { // nearly always, and never changed in place
		return onlyOwn
	}
	list := strings.Split(s, string(itemEnd))
	for n := range list {
		list[n] = p.plain(list[n])
	}
	return list
}

// fields reads the fields of one item.
func (p *parts) fields(item string) parts { return parts{rest: item, escaped: p.escaped} }

// bodyInto reads a body into a contact. What it reads shares the memory of the text.
func bodyInto(text string, c *campaign.Contact) error {
	p := parts{rest: text, escaped: strings.IndexByte(text, escape) >= 0}
	return p.contact(c)
}

// briefInto leaves out the attributes, which no rule of the audit asks for. The claims go behind others.
func briefInto(text string, c *campaign.Contact, claims []campaign.Claim) ([]campaign.Claim, error) {
	p := parts{rest: text, escaped: strings.IndexByte(text, escape) >= 0, brief: true, claims: claims}
	err := p.contact(c)
	return p.claims, err
}

func (p *parts) contact(c *campaign.Contact) error {
	for _, s := range [...]*string{&c.BadEmail, &c.Phone, &c.Title, &c.FirstName, &c.LastName, &c.Company, &c.JobTitle, &c.Language, &c.Country} {
		*s = p.text(partEnd)
	}
	p.flags(p.next(partEnd), &c.Inferred)
	for _, s := range [...]*string{&c.Timezone, &c.Address1, &c.Address2, &c.PostalCode, &c.City} {
		*s = p.text(partEnd)
	}
	merged, attributes, facts := p.next(partEnd), p.next(partEnd), p.rest
	if facts == "" || facts[0] != factEnd {
		return errors.Join(p.wrong, decode(merged, &c.MergedIDs), decode(attributes, &c.Attributes), decode(facts, &c.Facts))
	}
	c.MergedIDs = p.items(merged)
	if attributes != "" && !p.brief {
		c.Attributes = p.attributes(attributes)
	}
	p.facts(facts[1:], &c.Facts)
	c.Joined = p.items(p.next(factEnd))
	if p.rest != "" {
		c.Corrected = p.corrections(p.rest)
	}
	return p.wrong
}

func (p *parts) corrections(list string) (out []campaign.Correction) {
	for item := range strings.SplitSeq(list, string(itemEnd)) {
		f := p.fields(item)
		out = append(out, campaign.Correction{Field: f.text(fieldEnd), On: f.day(fieldEnd)})
		p.failed(f.wrong)
	}
	return out
}

func (p *parts) attributes(list string) map[string]string {
	out := make(map[string]string, 1+strings.Count(list, string(itemEnd)))
	for item := range strings.SplitSeq(list, string(itemEnd)) {
		f := p.fields(item)
		key := f.text(fieldEnd)
		out[key] = p.plain(f.rest)
	}
	return out
}

func (p *parts) facts(text string, f *campaign.Facts) {
	p.rest = text
	f.Market, f.Relationship = p.text(factEnd), p.text(factEnd)
	for _, d := range [...]*campaign.Date{&f.LastPurchase, &f.RelationEnd, &f.LastInbound, &f.LastMarketing, &f.Collected} {
		*d = p.day(factEnd)
	}
	f.Origins = p.items(p.next(factEnd))
	if claims := p.next(factEnd); claims != "" {
		first := len(p.claims)
		if !p.brief {
			p.claims = make([]campaign.Claim, 0, 1+strings.Count(claims, string(itemEnd)))
		}
		for more := true; more; {
			var item string
			item, claims, more = strings.Cut(claims, string(itemEnd))
			p.claims = append(p.claims, campaign.Claim{})
			p.claim(item, &p.claims[len(p.claims)-1])
		}
		f.Claims = p.claims[first:len(p.claims):len(p.claims)]
	}
	if objections := p.next(factEnd); objections != "" {
		for item := range strings.SplitSeq(objections, string(itemEnd)) {
			o := p.fields(item)
			f.Objections = append(f.Objections, campaign.Objection{Kind: o.text(fieldEnd), At: o.day(fieldEnd), Scope: o.text(fieldEnd), Told: o.time(fieldEnd)})
			p.failed(o.wrong)
		}
	}
	p.flags(p.next(factEnd), &f.OppositionOffered, &f.Complaint, &f.Minor, &f.Deceased, &f.Erasure, &f.Restricted, &f.AddressChanged)
	f.Bounce, f.BounceAt = p.text(factEnd), p.day(factEnd)
	f.ExternalLists = p.items(p.next(factEnd))
}

// The lists that nearly every contact has.
var (
	onlyEmail = []string{"email"}
	onlyOwn   = []string{"own"}
)

func (p *parts) claim(item string, c *campaign.Claim) {
	f := p.fields(item)
	c.Status, c.At = f.text(fieldEnd), f.day(fieldEnd)
	c.Method, c.Source = f.text(fieldEnd), f.text(fieldEnd)
	switch channels := f.text(fieldEnd); channels {
	case "":
	case onlyEmail[0]: // nearly always, and never changed in place
		c.Channels = onlyEmail
	default:
		c.Channels = strings.Split(channels, ",")
	}
	c.Text, c.Proof, c.DoubleAt = f.text(fieldEnd), f.text(fieldEnd), f.day(fieldEnd)
	c.Bundled, c.Incentive, c.Purpose, c.Controller = f.text(fieldEnd), f.text(fieldEnd), f.text(fieldEnd), f.text(fieldEnd)
	if stated := f.text(fieldEnd); stated != "" {
		c.Stated, c.StatedBy = strings.Split(stated, ","), f.text(fieldEnd)
	}
	p.failed(f.wrong)
}
