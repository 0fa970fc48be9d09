package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"time"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// Nonce is what a rendered form says of itself when it comes back: it was shown for this link, at this
// time, with this document, in this language.
type Nonce struct {
	At       time.Time     // rendered, UTC, to the millisecond
	Word     uint32        // the person's last word that it showed, as the caller numbers words
	Document [32]byte      // SHA-256 of the document shown
	Language string        // BCP 47, as shown
	Age      time.Duration // between rendering and now; the caller judges one younger than 2 s
}

// NonceLife is how long a rendered form can be sent.
const NonceLife = 24 * time.Hour

// Layout of a nonce: version, key id, random, word, time, document, language, MAC.
const (
	nonceRandom   = 8
	nonceWord     = 2 + nonceRandom
	nonceTime     = nonceWord + 4
	nonceHead     = nonceTime + 8 + sha256.Size
	nonceLanguage = 20 // longest language tag, in octets
	nonceText     = 120
)

// ErrNonce is the one error of CheckNonce: the form is to be shown again.
var ErrNonce error = fault.New(fault.Invalid, "link.nonce", "this page was open for too long or was not sent by us; please choose again")

// Nonce writes the nonce of one rendering of the form behind link id. rand gives its 8 random octets;
// language is a BCP 47 tag of at most 20 characters. The text is URL-safe and at most 120 characters. The
// link id is sealed in, not written.
func (k *Keys) Nonce(id [IDSize]byte, document [sha256.Size]byte, word uint32, language string, now time.Time, rand io.Reader) (string, error) {
	if !languageTag.MatchString(language) || len(language) > nonceLanguage {
		return "", fault.New(fault.Invalid, "link.language", "{language} is not a language tag of at most {limit} characters", "language", language, "limit", nonceLanguage)
	}
	b := make([]byte, nonceHead, nonceHead+nonceLanguage+macSize)
	b[0], b[1] = version, k.current
	if _, err := io.ReadFull(rand, b[2:2+nonceRandom]); err != nil {
		return "", fault.Wrap("link.Nonce", err)
	}
	binary.BigEndian.PutUint32(b[nonceWord:], word)
	binary.BigEndian.PutUint64(b[nonceTime:], uint64(now.UnixMilli()))
	copy(b[nonceHead-sha256.Size:], document[:])
	b = append(b, language...)
	set, _ := k.set(k.current)
	return base64.RawURLEncoding.EncodeToString(append(b, set.nonce.seal(id[:], b)...)), nil
}

// CheckNonce reads a nonce that came back with link id. ErrNonce for one that is forged, of another
// link, spelled otherwise, from the future by more than a minute, or older than 24 hours.
func (k *Keys) CheckNonce(nonce string, id [IDSize]byte, now time.Time) (Nonce, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if len(nonce) > nonceText || err != nil || len(b) < nonceHead+macSize || base64.RawURLEncoding.EncodeToString(b) != nonce {
		return Nonce{}, ErrNonce
	}
	body, mac := b[:len(b)-macSize], b[len(b)-macSize:]
	set, known := k.set(body[1])
	if genuine := hmac.Equal(set.nonce.seal(id[:], body), mac); !genuine || !known || body[0] != version {
		return Nonce{}, ErrNonce
	}
	n := Nonce{At: time.UnixMilli(int64(binary.BigEndian.Uint64(body[nonceTime:]))).UTC(), Word: binary.BigEndian.Uint32(body[nonceWord:]), Language: string(body[nonceHead:])}
	copy(n.Document[:], body[nonceHead-sha256.Size:])
	n.Age = now.Sub(n.At)
	if n.Age > NonceLife || n.Age < -time.Minute {
		return Nonce{}, ErrNonce
	}
	return n, nil
}

var languageTag = expression.Of(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
