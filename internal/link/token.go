package link

import (
	"crypto/hmac"
	"encoding/base32"
	"encoding/binary"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Purpose says what a token opens.
type Purpose byte

// The purposes; their numbers are part of every token already sent.
const (
	Form              Purpose = 1 + iota // the consent form
	OneClick                             // RFC 8058 one-click and the unsubscribe page
	Preferences                          // see, change, withdraw, rights
	Bounce                               // return path (VERP)
	MailtoUnsubscribe                    // address of the mailto: unsubscribe
	Receipt                              // the receipt page
	Postal                               // the link in a letter
	Test                                 // the link in a test message: shows the form, records nothing
)

// String names a purpose, for the evidence.
func (p Purpose) String() string {
	names := [...]string{"", "form", "one_click", "preferences", "bounce", "mailto_unsubscribe", "receipt", "postal", "test"}
	if int(p) >= len(names) {
		return ""
	}
	return names[p]
}

// neverExpires reports whether a token of this purpose must stay valid for ever.
func (p Purpose) neverExpires() bool {
	return p == OneClick || p == Preferences || p == MailtoUnsubscribe || p == Receipt
}

// mayOutlive reports whether an expired token of this purpose still opens a page that can say no.
func (p Purpose) mayOutlive() bool { return p == Form || p == Postal }

// Layout of a token. TokenSize is the length of its text.
const (
	IDSize    = 16
	TokenSize = 60

	version    = 1
	macSize    = 16
	bodySize   = 3 + IDSize + 2
	binarySize = bodySize + macSize
	neverDay   = 0xFFFF
	day        = 24 * time.Hour

	selfTestToken = "aeaaeaabaibqibiga4eascqlbqgq4d7776gosb62bh2spyovfjmdkofnkmna" // computed once by another program
)

// What stands before the token in an address of ours: its local part is 62 letters long, of the 64 that
// RFC 5321 section 4.5.3.1.1 allows.
const (
	ReturnMark = "b+" // Bounce
	StopMark   = "u+" // MailtoUnsubscribe
)

// ErrInvalid is the one error of Parse, whatever is wrong with a token.
var ErrInvalid error = fault.New(fault.NotFound, "link.invalid", "this link is not valid or has expired")

// Token is what a valid token says.
type Token struct {
	ID      [IDSize]byte
	Key     byte      // key id it was minted with, for the evidence
	Expired bool      // the last day is over: only a no may follow
	Expires time.Time // end of the last day, UTC; zero for never
}

func never() time.Time { return time.Time{} }

// Mint writes the token for an invitation's link id. It stays valid to the end of the UTC day of
// expires; the zero time, a day too far to be written, and every purpose that can only say no mean
// for ever. p must be one of the eight. The same arguments under the same key give the same token.
func (k *Keys) Mint(p Purpose, id [IDSize]byte, expires time.Time) string {
	b := make([]byte, 0, binarySize)
	b = append(b, version, k.current, byte(p))
	b = append(b, id[:]...)
	b = binary.BigEndian.AppendUint16(b, lastDay(p, expires))
	set, _ := k.set(k.current)
	return encoding.EncodeToString(append(b, set.token[p].seal(b)...))
}

// Parse reads a token for the purpose of the page it came to. A form or letter token past its day
// parses with Expired set. Every other failure is ErrInvalid.
func (k *Keys) Parse(p Purpose, token string, now time.Time) (Token, error) {
	b, ok := decode(token)
	if p < Form || p > Test {
		return Token{}, ErrInvalid
	}
	set, known := k.set(b[1])
	genuine := hmac.Equal(set.token[p].seal(b[:bodySize]), b[bodySize:])
	if !ok || !known || !genuine || b[0] != version || Purpose(b[2]) != p {
		return Token{}, ErrInvalid
	}
	t := Token{ID: [IDSize]byte(b[3 : 3+IDSize]), Key: b[1]}
	if last := binary.BigEndian.Uint16(b[3+IDSize:]); last != neverDay {
		t.Expires = time.Unix(0, 0).UTC().Add((time.Duration(last) + 1) * day)
		t.Expired = !now.Before(t.Expires)
	}
	if t.Expired && !p.mayOutlive() {
		return Token{}, ErrInvalid
	}
	return t, nil
}

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// decode gives the octets of a token in its one valid spelling; for any other text, as many zeros, so
// that the caller does the same work.
func decode(token string) ([binarySize]byte, bool) {
	var b [binarySize]byte
	if len(token) != TokenSize {
		return b, false
	}
	raw, err := encoding.DecodeString(token)
	if err != nil || len(raw) != binarySize || encoding.EncodeToString(raw) != token {
		return b, false
	}
	return [binarySize]byte(raw), true
}

// lastDay counts days since 1970-01-01.
func lastDay(p Purpose, expires time.Time) uint16 {
	if expires.IsZero() || p.neverExpires() {
		return neverDay
	}
	d := expires.Unix() / int64(day/time.Second)
	if d < 0 {
		return 0
	}
	return uint16(min(d, neverDay))
}
