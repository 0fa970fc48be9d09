package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// How long a login lasts: at most Longest, and Idle after the person last did something.
const (
	Idle    = 30 * time.Minute
	Longest = 12 * time.Hour
	// touch is how old the last sign of life may be before it is written anew.
	touch = time.Minute
)

// Secret is the random id of a session, which only the person's browser has.
type Secret [32]byte

// Key is what the database knows a session by. From it the secret cannot be found.
type Key [32]byte

// NewSecret draws one.
func NewSecret(r io.Reader) (Secret, error) {
	var s Secret
	_, err := io.ReadFull(r, s[:])
	return s, fault.Wrap("account.NewSecret", err)
}

// String is the secret as a cookie carries it.
func (s Secret) String() string { return base64.RawURLEncoding.EncodeToString(s[:]) }

// ParseSecret reads a cookie. No second spelling is accepted.
func ParseSecret(text string) (Secret, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(Secret{}) {
		return Secret{}, false
	}
	return Secret(b), true
}

// Key is the database's name of the session.
func (s Secret) Key() Key { return sha256.Sum256(s[:]) }

// FormToken proves that a form was drawn for this session. It tells nothing of the secret.
func (s Secret) FormToken() string {
	m := hmac.New(sha256.New, s[:])
	m.Write([]byte("form"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// Fits reports whether a form's token belongs to this session.
func (s Secret) Fits(token string) bool { return hmac.Equal([]byte(s.FormToken()), []byte(token)) }

// Session is one login.
type Session struct {
	Key       Key
	Account   ID
	CreatedAt time.Time
	SeenAt    time.Time
	ProvedAt  time.Time // when the person last proved who they are
	SignedOn  bool      // an identity provider vouched for the person
	Half      bool      // the password was right, and the second factor is waited for: nothing else can be done with it
}

// Live reports whether the session still holds.
func (s Session) Live(now time.Time) bool {
	if s.Half {
		return now.Before(s.CreatedAt.Add(halfTime))
	}
	return now.Before(s.CreatedAt.Add(Longest)) && now.Before(s.SeenAt.Add(Idle))
}

// Fresh reports whether the person has proved who they are a short while ago.
func (s Session) Fresh(now time.Time) bool { return now.Before(s.ProvedAt.Add(Fresh)) }
