package campaign

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
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

// KeyQuestion is the kind of what stands for a purpose and channel among the keys of a withdrawal in the send journal. It
// identifies nobody, and no person has one.
const KeyQuestion KeyKind = "question"

// PersonKey identifies a person without naming them: an HMAC of a normalised identity under a key
// that is kept outside the database and never rotated. It survives erasure.
type PersonKey struct {
	Kind   KeyKind
	Digest [sha256.Size]byte
}

// String is kind:hex, for tests and tables; it holds nothing personal without the key.
func (k PersonKey) String() string { return string(k.Kind) + ":" + hex.EncodeToString(k.Digest[:]) }

// Keyer makes person keys under the installation's suppression key.
type Keyer struct{ seals *sync.Pool } // of *seal: setting one up costs as much as using it

// seal is what a key is made with.
type seal struct {
	hash.Hash
	text []byte // that goes in, and the digest that comes out
}

// NewKeyer takes the 32-byte suppression key.
func NewKeyer(secret []byte) Keyer {
	return Keyer{&sync.Pool{New: func() any { return &seal{Hash: hmac.New(sha256.New, secret)} }}}
}

// Key seals one normalised identity.
func (k Keyer) Key(kind KeyKind, normal string) PersonKey {
	m := k.seals.Get().(*seal)
	defer k.seals.Put(m)
	m.Reset()
	m.text = append(append(append(m.text[:0], kind...), 0), normal...)
	m.Write(m.text)
	m.text = m.Sum(m.text[:0])
	return PersonKey{Kind: kind, Digest: [sha256.Size]byte(m.text)}
}

// Mailbox gives the strict and the mailbox key of a usable address.
func (k Keyer) Mailbox(a Address) []PersonKey {
	m, err := address.Parse(string(a))
	if err != nil {
		return nil
	}
	return []PersonKey{k.Key(KeyStrict, m.Strict()), k.Key(KeyMailbox, m.Folded())}
}

// ShortKey is the part of a key's digest by which contacts are found.
type ShortKey [16]byte

// Short is the key as contacts are found by it.
func (k *PersonKey) Short() ShortKey { return ShortKey(k.Digest[:len(ShortKey{})]) }

// keyKinds are the kinds of a contact's keys, the strictest first.
var keyKinds = [...]KeyKind{KeyStrict, KeyMailbox, KeyPerson}

// KeySize is how many octets a key takes in a list: the initial of its kind, and the digest.
const KeySize = 1 + sha256.Size

// AppendKeys writes a list of keys, the strictest kind first, in each the least digest.
func AppendKeys(to []byte, keys []PersonKey) []byte {
	for _, kind := range keyKinds {
		from := len(to)
		for n := range keys {
			if keys[n].Kind == kind {
				to = append(append(to, kind[0]), keys[n].Digest[:]...)
			}
		}
		sortKeyList(to[from:])
	}
	return to
}

// sortKeyList puts written keys of one kind in order. There are one or two, but for people with many numbers.
func sortKeyList(list []byte) {
	if len(list) <= KeySize {
		return
	}
	keys := slices.SortedFunc(slices.Chunk(slices.Clone(list), KeySize), bytes.Compare)
	for n, k := range keys {
		copy(list[n*KeySize:], k)
	}
}

// KeysIn reads such a list.
func KeysIn(list []byte) (keys []PersonKey, err error) {
	if len(list)%KeySize != 0 {
		return nil, fmt.Errorf("a list of person keys has %d bytes", len(list))
	}
	for ; len(list) > 0; list = list[KeySize:] {
		if keys, err = appendKey(keys, list); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// CutKeys reads such a list behind other keys. It ends where a key would begin with end: what comes after that is the rest, and
// more says that the end was met.
func CutKeys(keys []PersonKey, list string, end byte) (all []PersonKey, rest string, more bool, err error) {
	own, rest, more := CutKeyList(list, end)
	for ; len(own) > 0; own = own[KeySize:] {
		if keys, err = appendKey(keys, own); err != nil {
			return keys, "", false, err
		}
	}
	return keys, rest, more, nil
}

// CutKeyList gives such a list as it is written, up to where a key would begin with end, and what comes after that.
func CutKeyList(list string, end byte) (own, rest string, more bool) {
	for n := 0; n < len(list); n += KeySize {
		if list[n] == end {
			return list[:n], list[n+1:], true
		}
	}
	return list, "", false
}

// appendKey reads the first key of a list behind others.
func appendKey[T string | []byte](keys []PersonKey, list T) ([]PersonKey, error) {
	kind := kindOfInitial(list[0])
	if kind == "" || len(list) < KeySize {
		return keys, fmt.Errorf("a person key is of no known kind, or too short")
	}
	keys = append(keys, PersonKey{}) // filled where it stands: made elsewhere it would be copied while it is still being written
	key := &keys[len(keys)-1]
	key.Kind = kind
	copy(key.Digest[:], list[1:KeySize])
	return keys, nil
}

func kindOfInitial(initial byte) KeyKind {
	for _, kind := range keyKinds {
		if kind[0] == initial {
			return kind
		}
	}
	return ""
}
