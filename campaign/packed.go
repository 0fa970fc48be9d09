package campaign

import (
	"encoding/binary"
	"fmt"

	"github.com/reoptin/reoptin/internal/spool"
)

// Packed is a contact as the store keeps it, without number and verdict. Contacts that are alike are packed
// alike; not all that are packed otherwise differ.
type Packed struct {
	ExternalID string
	Email      string
	Body       string // all else, as Packer writes it
	Keys       []byte // as AppendKeys writes them
}

// Packer knows how the store writes what a contact is like.
type Packer interface {
	AppendBody(to []byte, c *Contact) []byte
	ReadBody(body string, c *Contact) error
}

// same compares what is stored of two contacts.
func (p *Packed) same(q *Packed) bool {
	return p.Body == q.Body && p.Email == q.Email && p.ExternalID == q.ExternalID && string(p.Keys) == string(q.Keys)
}

// unpack gives the contact, without number and verdict.
func (p *Packed) unpack(by Packer) (Contact, error) {
	c := Contact{ExternalID: p.ExternalID, Email: Address(p.Email)}
	err := by.ReadBody(p.Body, &c)
	if err == nil {
		c.Keys, err = KeysIn(p.Keys)
	}
	return c, err
}

// leaf is what the rows of one person say, laid aside until all rows are read.
type leaf struct {
	line    int  // the first
	yes, no bool // whether they say so, on any row
	Packed
}

const (
	leafYes = 1 << iota
	leafNo
)

// leafHead is the length of a leaf, of three of its parts, its line and what it says.
const leafHead = 5*4 + 1

// appendLeaf writes a contact that was read from a line.
func appendLeaf(to []byte, line int, c *Contact, by Packer) []byte {
	from := len(to)
	to = append(to, make([]byte, leafHead)...)
	to = append(append(to, c.ExternalID...), c.Email...)
	keys := len(to)
	to = AppendKeys(to, c.Keys)
	keys = len(to) - keys
	to = by.AppendBody(to, c)
	head := to[from:]
	for n, v := range [...]int{len(head), len(c.ExternalID), len(c.Email), keys, line} {
		binary.LittleEndian.PutUint32(head[4*n:], uint32(v))
	}
	if c.Facts.saidYes() {
		head[leafHead-1] |= leafYes
	}
	if c.Facts.saidNo() {
		head[leafHead-1] |= leafNo
	}
	return to
}

// readLeaf reads what stands at the head of a text; ok is false when it goes on behind its end.
func readLeaf(text string) (l leaf, ok bool) {
	if len(text) < leafHead {
		return l, false
	}
	var n [5]int
	for i := range n {
		n[i] = int(binary.LittleEndian.Uint32([]byte(text[4*i : 4*i+4])))
	}
	if len(text) < n[0] {
		return l, false
	}
	l.line, l.yes, l.no = n[4], text[leafHead-1]&leafYes != 0, text[leafHead-1]&leafNo != 0
	text = text[leafHead:n[0]]
	l.ExternalID, text = text[:n[1]], text[n[1]:]
	l.Email, text = text[:n[2]], text[n[2]:]
	l.Keys, l.Body = []byte(text[:n[3]]), text[n[3]:]
	return l, true
}

// leaves reads leaves that mostly lie one behind the other.
type leaves struct {
	spool *spool.Spool
	buf   []byte
	text  string // of buf
	at    int64  // of text
}

const (
	leavesAhead = 256 << 10 // that are read at once where they lie in order
	leafAhead   = 4 << 10   // and where they do not
)

// read gives the leaf at a place, and what lies behind it is at hand when ahead is long.
func (s *leaves) read(at int64, ahead int) (leaf, error) {
	if from := at - s.at; from >= 0 && from < int64(len(s.text)) {
		if l, ok := readLeaf(s.text[from:]); ok {
			return l, nil
		}
	}
	for {
		if cap(s.buf) < ahead {
			s.buf = make([]byte, ahead)
		}
		n, err := s.spool.Read(s.buf[:ahead], at)
		if err != nil {
			return leaf{}, err
		}
		s.text, s.at = string(s.buf[:n]), at
		if l, ok := readLeaf(s.text); ok {
			return l, nil
		}
		if n < ahead {
			return leaf{}, fmt.Errorf("a row that was laid aside is cut off")
		}
		ahead *= 2
	}
}
