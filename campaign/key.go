package campaign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"

	"github.com/reoptin/reoptin/internal/address"
)

// KeyKind says what a person key stands for (RELIABILITY 2.4).
type KeyKind string

// The kinds of person key. Strict, mailbox and person collisions hold an invitation back.
const (
	KeyStrict  KeyKind = "strict"  // the mailbox as written, normalised
	KeyMailbox KeyKind = "mailbox" // the mailbox it is delivered to: tags, dots and aliases folded
	KeyPerson  KeyKind = "person"  // the company's own id of the person, or name and postal address
)

// PersonKey identifies a person without naming them: an HMAC of a normalised identity under a key
// that is kept outside the database and never rotated. It survives erasure.
type PersonKey struct {
	Kind   KeyKind
	Digest [sha256.Size]byte
}

// String is kind:hex, for tests and tables; it holds nothing personal without the key.
func (k PersonKey) String() string { return string(k.Kind) + ":" + hex.EncodeToString(k.Digest[:]) }

// Keyer makes person keys under the installation's suppression key.
type Keyer struct{ seals *sync.Pool } // of hash.Hash: setting one up costs as much as using it

// NewKeyer takes the 32-byte suppression key.
func NewKeyer(secret []byte) Keyer {
	return Keyer{&sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}
}

// Key seals one normalised identity.
func (k Keyer) Key(kind KeyKind, normal string) PersonKey {
	m := k.seals.Get().(hash.Hash)
	defer k.seals.Put(m)
	m.Reset()
	text := make([]byte, 0, 128)
	m.Write(append(append(append(text, kind...), 0), normal...))
	p := PersonKey{Kind: kind}
	m.Sum(p.Digest[:0])
	return p
}

// Mailbox gives the strict and the mailbox key of a usable address.
func (k Keyer) Mailbox(a Address) []PersonKey {
	m, err := address.Parse(string(a))
	if err != nil {
		return nil
	}
	return []PersonKey{k.Key(KeyStrict, m.Strict()), k.Key(KeyMailbox, m.Folded())}
}
