package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// TimeLayout is how every time of this format is written: RFC 3339, UTC, whole milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// MaxSize bounds the number of entries a ledger may claim to have. It is far beyond any real
// ledger, and keeps tree arithmetic on hostile input away from integer overflow.
const MaxSize = int64(1) << 48

// maxKind bounds the length of an entry's kind in bytes.
const maxKind = 64

// KindErased is the kind of an entry that tells of an erasure. Its payload lists the numbers of the
// entries whose salt and payload were destroyed in its field "entries".
const KindErased = "erased"

// Leaf is the public part of an entry: what the tree hashes. It holds no personal data.
type Leaf struct {
	Seq        int64     // number of the entry, from 0
	Kind       string    // lower-case ASCII letters, digits, '.', '_' and '-', at most 64
	At         time.Time // when the entry was appended; milliseconds
	Commitment [32]byte  // Commit(salt, payload)
}

// Marshal returns the canonical bytes of the leaf:
//
//	{"c":"<base64url of the commitment>","seq":N,"t":"<kind>","ts":"<time>","v":1}
func (l Leaf) Marshal() []byte {
	b := make([]byte, 0, 160)
	b = append(b, `{"c":"`...)
	b = base64.RawURLEncoding.AppendEncode(b, l.Commitment[:])
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, l.Seq, 10)
	b = append(b, `,"t":`...)
	b = appendString(b, l.Kind)
	b = append(b, `,"ts":"`...)
	b = l.At.UTC().AppendFormat(b, TimeLayout)
	return append(b, `","v":1}`...)
}

// ParseLeaf reads a leaf. Only the exact bytes that Marshal writes are accepted, so that one leaf
// has one spelling.
func ParseLeaf(text []byte) (Leaf, error) {
	if l, ok := plainLeaf(text); ok {
		return l, nil
	}
	return oddLeaf(text)
}

// plainLeaf reads a leaf, and says nothing of what is wrong with one.
func plainLeaf(text []byte) (l Leaf, ok bool) {
	rest, _ := bytes.CutPrefix(text, []byte(`{"c":"`))
	commitment, rest, _ := bytes.Cut(rest, []byte(`","seq":`))
	seq, rest, _ := bytes.Cut(rest, []byte(`,"t":"`))
	kind, rest, _ := bytes.Cut(rest, []byte(`","ts":"`))
	at, _, _ := bytes.Cut(rest, []byte(`"`))
	if base64.RawURLEncoding.DecodedLen(len(commitment)) != len(l.Commitment) {
		return l, false
	}
	_, err := base64.RawURLEncoding.Decode(l.Commitment[:], commitment)
	if err != nil {
		return l, false
	}
	if l.Seq, err = strconv.ParseInt(string(seq), 10, 64); err != nil {
		return l, false
	}
	if l.At, err = time.Parse(TimeLayout, string(at)); err != nil {
		return l, false
	}
	l.Kind = string(kind)
	return l, validKind(l.Kind) && l.Seq >= 0 && l.Seq < MaxSize && bytes.Equal(l.Marshal(), text)
}

// oddLeaf says what is wrong with a leaf, if anything is.
func oddLeaf(text []byte) (Leaf, error) {
	var raw struct {
		C   string `json:"c"`
		Seq int64  `json:"seq"`
		T   string `json:"t"`
		TS  string `json:"ts"`
		V   int    `json:"v"`
	}
	if len(text) > 512 {
		return Leaf{}, errors.New("the leaf is longer than any leaf can be")
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return Leaf{}, errors.New("the leaf is not JSON of the expected shape")
	}
	if raw.V != 1 {
		return Leaf{}, fmt.Errorf("the leaf has version %d, only 1 is known", raw.V)
	}
	at, err := ParseTime(raw.TS)
	if err != nil {
		return Leaf{}, err
	}
	c, err := base64.RawURLEncoding.DecodeString(raw.C)
	if err != nil || len(c) != sha256.Size {
		return Leaf{}, errors.New("the leaf's commitment is not 32 bytes in base64url")
	}
	l := Leaf{Seq: raw.Seq, Kind: raw.T, At: at, Commitment: [32]byte(c)}
	if !validKind(l.Kind) || l.Seq < 0 || l.Seq >= MaxSize {
		return Leaf{}, errors.New("the leaf's kind or number is out of bounds")
	}
	if string(l.Marshal()) != string(text) {
		return Leaf{}, errors.New("the leaf is not written canonically")
	}
	return l, nil
}

// ParseTime reads a time written in TimeLayout and refuses every other spelling.
func ParseTime(s string) (time.Time, error) {
	at, err := time.Parse(TimeLayout, s)
	if err != nil || at.Format(TimeLayout) != s {
		return time.Time{}, fmt.Errorf("%s is not a time in UTC with milliseconds", quote(s))
	}
	return at, nil
}

func validKind(kind string) bool {
	if kind == "" || len(kind) > maxKind {
		return false
	}
	for _, c := range []byte(kind) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// Commit binds an entry to its payload without showing it: HMAC-SHA-256 of the payload bytes under
// the entry's own random salt. Once the salt is destroyed nobody can tell what was committed to.
func Commit(salt [32]byte, payload []byte) [32]byte {
	m := hmac.New(sha256.New, salt[:])
	m.Write(payload)
	var sum [32]byte
	m.Sum(sum[:0])
	return sum
}

// NewSalt draws the salt of one entry. A salt is never used twice.
func NewSalt(rand io.Reader) ([32]byte, error) {
	var salt [32]byte
	if _, err := io.ReadFull(rand, salt[:]); err != nil {
		return salt, fmt.Errorf("draw a salt: %w", err)
	}
	return salt, nil
}
