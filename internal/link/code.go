package link

import (
	"crypto/sha256"
	"strings"
	"unicode"

	"github.com/reoptin/reoptin/internal/fault"
)

// Code is what a letter prints beside its link, for whoever types it: 13 signs of 5 bits and a check sign, in
// Crockford's letters and digits, which leave out I, L, O and U.
type Code string

const (
	codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeData    = 13
	codeText    = 40 // longest text that is looked at
)

// ErrCode is the one error of ReadCode: at least one sign is not as it was printed.
var ErrCode error = fault.New(fault.Invalid, "link.code", "this code has a typing error")

// Code makes the code for an invitation's link id. The same id under the same key gives the same code.
func (k *Keys) Code(id [IDSize]byte) Code { return k.code(k.current, id) }

// Codes are those that letters may have carried for a link id: one for each key there is, that of Code first.
func (k *Keys) Codes(id [IDSize]byte) []Code {
	codes := []Code{k.Code(id)}
	for kid := range k.sets {
		if kid != k.current {
			codes = append(codes, k.code(kid, id))
		}
	}
	return codes
}

func (k *Keys) code(kid byte, id [IDSize]byte) Code {
	set, _ := k.set(kid)
	seal := set.code.seal(id[:])
	b := make([]byte, 0, codeData+1)
	var values [codeData]byte
	for n := range values {
		values[n] = fiveBits(seal, n)
		b = append(b, codeLetters[values[n]])
	}
	return Code(append(b, codeLetters[checkSign(values)]))
}

// fiveBits is the nth group of five bits.
func fiveBits(b []byte, n int) byte {
	at := 5 * n
	pair := uint16(b[at/8])<<8 | uint16(b[at/8+1])
	return byte(pair>>(11-at%8)) & 31
}

// unprinted leaves out what parts the signs of a code, or came with it from elsewhere unseen: blanks, dashes of any kind, full
// stops and low lines, soft hyphens and signs of no width, as a telephone puts them that reads the letter with its camera.
func unprinted(r rune) rune {
	if unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || strings.ContainsRune("._\u2212", r) {
		return -1
	}
	return r
}

// ReadCode reads a code as people type it: small or capital letters, blanks and hyphens wherever they are, the
// letters that look like a digit for that digit. ErrCode when its check sign does not fit: any one wrong sign
// is found, and any two that changed places.
func ReadCode(text string) (Code, error) {
	if len(text) > codeText {
		return "", ErrCode
	}
	text = strings.NewReplacer("I", "1", "L", "1", "O", "0").Replace(strings.ToUpper(strings.Map(unprinted, text)))
	if len(text) != codeData+1 {
		return "", ErrCode
	}
	var values [codeData + 1]byte
	for n := range values {
		at := strings.IndexByte(codeLetters, text[n])
		if at < 0 {
			return "", ErrCode
		}
		values[n] = byte(at)
	}
	if checkSign([codeData]byte(values[:codeData])) != values[codeData] {
		return "", ErrCode
	}
	return Code(text), nil
}

// checkSign weighs each sign with another power of a generator of the field of 32 elements. Two signs that change
// places change the sum unless they are equal, the check sign among them: its weight is 1.
func checkSign(values [codeData]byte) (sum byte) {
	for n := codeData - 1; n >= 0; n-- {
		sum ^= values[n]
		if sum <<= 1; sum&32 != 0 {
			sum ^= 0b100101 // x^5 + x^2 + 1
		}
	}
	return sum
}

// Text is the code as printed: 5-5-4.
func (c Code) Text() string { return string(c[:5] + "-" + c[5:10] + "-" + c[10:]) }

// Digest is what is stored of a code.
func (c Code) Digest() [sha256.Size]byte {
	return sha256.Sum256([]byte("reoptin/v1/code:" + string(c)))
}
