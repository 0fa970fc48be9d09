package account

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as the apps that people have speak it; what is asked of it holds (RFC 6194)
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Codes that change with the time (RFC 6238), as every authenticator app makes them: HMAC-SHA-1, six digits, a step
// of thirty seconds.
const (
	codeStep   = 30 // seconds
	codeDigits = 6
	codeSkew   = 1  // steps to either side: the clock of a phone, and the time that typing takes
	seedSize   = 20 // octets, as RFC 4226 asks for
)

// Seed is what an authenticator app and the house share.
type Seed []byte

// NewSeed draws one.
func NewSeed(random io.Reader) (Seed, error) {
	s := make(Seed, seedSize)
	_, err := io.ReadFull(random, s)
	return s, fault.Wrap("account.NewSeed", err)
}

var seedText = base32.StdEncoding.WithPadding(base32.NoPadding)

// String is the seed as people type it into an app.
func (s Seed) String() string { return seedText.EncodeToString(s) }

// ParseSeed reads what String wrote.
func ParseSeed(text string) (Seed, bool) {
	s, err := seedText.DecodeString(strings.ToUpper(strings.ReplaceAll(text, " ", "")))
	return s, err == nil && len(s) == seedSize
}

// URI is what an app reads from a QR code. The house is named, so that somebody with many codes finds this one.
func (s Seed) URI(house, name string) string {
	q := url.Values{"secret": {s.String()}, "issuer": {house}}
	return "otpauth://totp/" + url.PathEscape(house+":"+name) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Code is the code of a step.
func (s Seed) Code(step int64) string {
	m := hmac.New(sha1.New, s)
	_ = binary.Write(m, binary.BigEndian, step) // a hash takes whatever it is given
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range codeDigits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", codeDigits, n%mod)
}

// StepOf is the step of an instant.
func StepOf(at time.Time) int64 { return at.Unix() / codeStep }

// Step finds the step that a code is of, among those about now. All are compared, so that the time tells nothing.
func (s Seed) Step(code string, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	for n := StepOf(now) - codeSkew; n <= StepOf(now)+codeSkew; n++ {
		if hmac.Equal([]byte(s.Code(n)), []byte(code)) {
			step, ok = n, true
		}
	}
	return step, ok
}
