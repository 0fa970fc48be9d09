package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// summing makes short sums of what two places should say alike, so that a million of them can be held against each other in
// memory. They are SHA-256 under a key that is drawn for one verification and kept nowhere: whoever changes the database
// cannot look for a change that leaves a sum as it was. One that guesses gets away with it once in 2^62 times.
type summing struct {
	key []byte
	buf []byte
}

// sum is of 64 bits, the lowest of which is left to tales, and never 0, which stands for what has no sum.
type sum uint64

func (s *summing) begin() { s.buf = append(s.buf[:0], s.key...) }

// number and text are added so that no two lists of them share an encoding.
func (s *summing) number(n int64) { s.buf = binary.BigEndian.AppendUint64(s.buf, uint64(n)) }

func (s *summing) text(t string) {
	s.number(int64(len(t)))
	s.buf = append(s.buf, t...)
}

func (s *summing) sum() sum {
	h := sha256.Sum256(s.buf)
	return sum(binary.BigEndian.Uint64(h[:])&^3 | 2)
}

// delivery is what the last row of evidence of an invitation says, or the invitation itself, and whom its entry is about.
type delivery struct {
	invitation, campaign, contact         int64
	attempt, sentAt                       int64
	outcome, reason, reply, message, hash string
}

func (s *summing) delivery(d delivery) sum {
	s.begin()
	for _, n := range []int64{d.invitation, d.campaign, d.contact, d.attempt, d.sentAt} {
		s.number(n)
	}
	for _, t := range []string{d.outcome, d.reason, d.reply, d.message, d.hash} {
		s.text(t)
	}
	return s.sum()
}

// pinnedFields are those of pinned, in the order in which they are summed.
var pinnedFields = [...]string{"invitation", "link_sha256", "keys_sha256", "route", "address_clear", "address_hmac", "language", "triage", "values"}

// valuesField is the one that an entry leaves out when it is empty.
const valuesField = len(pinnedFields) - 1

// pinnedTexts are the values of pinnedFields as they are written in a payload.
type pinnedTexts [len(pinnedFields)]string

func (s *summing) pinned(p *pinnedTexts) sum {
	s.begin()
	for _, t := range p {
		s.text(t)
	}
	return s.sum()
}

// take takes a field of a payload, if it is one of them.
func (p *pinnedTexts) take(name, value string) {
	for i, field := range pinnedFields {
		if name == field {
			p[i] = value
		}
	}
}

// whole reports whether nothing is missing that is always said.
func (p *pinnedTexts) whole() bool {
	for i, t := range p {
		if t == "" && i != valuesField {
			return false
		}
	}
	return true
}

// canon writes stored texts as they stand in a payload. Few verdicts differ, so that those are remembered.
type canon struct{ verdicts map[string]string }

// pinned are the fields as an entry would state them of an invitation; ok is false when that cannot be said.
func (c *canon) pinned(r *pinnedRow) (p pinnedTexts, ok bool) {
	now := campaign.PinnedOf(r.Invitation)
	p = pinnedTexts{strconv.FormatInt(int64(r.ID), 10), quoted(now.Link), quoted(now.Keys), quoted(string(now.Route)), quoted(string(r.Email)), quoted(strictHex(r.Keys)), quoted(r.Language)}
	if p[valuesField-1], ok = c.verdict(r.verdict); !ok || r.damaged {
		return p, false
	}
	p[valuesField], ok = r.fill, true
	if strings.Contains(r.fill, `\`) { // which it may be written with, where a payload is not
		p[valuesField], ok = canonical(r.fill)
	}
	return p, ok
}

func (c *canon) verdict(text string) (string, bool) {
	if known, ok := c.verdicts[text]; ok {
		return known, true
	}
	said, ok := canonical(text)
	if c.verdicts == nil || len(c.verdicts) >= mostMemos {
		c.verdicts = map[string]string{}
	}
	if ok {
		c.verdicts[text] = said
	}
	return said, ok
}

// canonical is a JSON text as it stands in a payload.
func canonical(text string) (string, bool) {
	b, err := ledger.Canonical(json.RawMessage(text))
	return string(b), err == nil
}

// quoted is a text as it stands in a payload.
func quoted(text string) string {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			b, err := ledger.Canonical(text)
			if err != nil {
				return ""
			}
			return string(b)
		}
	}
	return `"` + text + `"`
}

// personKey is the sum of one key. Those of a person are added up, so that their order does not matter.
func (s *summing) personKey(kind string, digest []byte) sum {
	s.begin()
	s.text(kind)
	s.buf = append(s.buf, digest...)
	return s.sum()
}
